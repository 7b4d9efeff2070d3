/** A simulated Binance with what its tests need: the control API, an independent client, requests by hand. */
import { MainClient } from 'binance';
import { runSimulators, type SimulatorOptions } from '../host.ts';
import { signedRequest, type Answer } from './signed-request.ts';

export type SimulatedVenue = {
  readonly restUrl: string;
  readonly wsUrl: string;
  readonly key: string;
  readonly secret: string;
  readonly client: MainClient;
  /** A call of the control API; throws when it is refused. */
  readonly control: (method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown) => Promise<unknown>;
  /** A signed request, to see status, code and text. */
  readonly raw: (method: string, path: string, params?: Record<string, string>) => Promise<Answer>;
  /** Pins a market at a price. */
  readonly price: (symbol: string, value: string) => Promise<void>;
  readonly close: () => Promise<void>;
};

export async function simulatedVenue(options: Partial<SimulatorOptions> = {}): Promise<SimulatedVenue> {
  const simulators = await runSimulators({ controlPort: 0, venues: ['binance'], ...options });
  const venue = simulators.venues.get('binance');
  if (venue === undefined) throw new Error('binance is not being simulated');
  const { restUrl, wsUrl } = venue.urls;
  const { key, secret } = venue.paperCredentials;
  const control: SimulatedVenue['control'] = async (method, path, body) => {
    const answer = await fetch(`${simulators.controlUrl}/control/binance/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
    return JSON.parse(text);
  };
  return {
    restUrl,
    wsUrl,
    key,
    secret,
    client: new MainClient({ api_key: key, api_secret: secret, baseUrl: restUrl, disableTimeSync: true }),
    control,
    raw: (method, path, params) => signedRequest({ restUrl, key, secret }, method, path, params),
    price: async (symbol, value) => {
      await control('POST', 'price', { symbol, price: value, hold: true });
    },
    close: () => simulators.close(),
  };
}
