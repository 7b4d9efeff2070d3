/**
 * A real ccxt `pro.binance` on a simulated venue, for the tests of this folder.
 *
 * Spot's streams go by `/stream/ws`, since ccxt knows spot by the word "stream" in the URL.
 */
import ccxt from 'ccxt';
import { redirect, type Internals } from '../../testing/ccxt-bot.ts';

export type BinanceClient = InstanceType<typeof ccxt.pro.binance>;

export type ClientOptions = {
  readonly restUrl: string;
  readonly wsUrl: string;
  readonly key: string;
  readonly secret: string;
};

/** The caller closes it with `closeClient` of `testing/ccxt-bot.ts`. */
export async function ccxtClient(options: ClientOptions): Promise<BinanceClient> {
  const client = new ccxt.pro.binance({
    apiKey: options.key,
    secret: options.secret,
    enableRateLimit: false,
  });
  await redirect(client, options.restUrl);
  const { ws } = (client as unknown as Internals).urls.api;
  ws['spot'] = `${options.wsUrl}/stream/ws`;
  ws['future'] = `${options.wsUrl}/ws`;
  ws['ws-api'] = { spot: `${options.wsUrl}/ws-api/v3`, future: `${options.wsUrl}/ws-fapi/v1` };
  return client;
}
