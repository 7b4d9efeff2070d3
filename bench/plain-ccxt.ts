/**
 * ccxt's Binance class as a bot would use it, pointed at a local venue: no rate limiter, nothing but spot.
 *
 * Entry points: `openExchange`, `orderTerms`.
 */
import { binance } from 'ccxt';

export const SYMBOL = 'BTC/USDT';
/** Base units of every order of the bench. */
export const QUANTITY = 0.001;
/** How far past the market an order may trade: as far as the service protects its market orders by default. */
const PROTECTION = { buy: 1.02, sell: 0.98 } as const;
const MARKET_PRICE = 60_000;

export interface VenueAddress {
  readonly rest: string;
  readonly key: string;
  readonly secret: string;
}

/** Markets are loaded when it resolves. */
export async function openExchange(venue: VenueAddress): Promise<binance> {
  const exchange = new binance({
    apiKey: venue.key,
    secret: venue.secret,
    enableRateLimit: false,
    options: {
      defaultType: 'spot',
      fetchMarkets: { types: ['spot'] },
      fetchMargins: false,
      fetchCurrencies: false,
    },
  });
  const { api } = exchange.urls as { api: Record<string, string> };
  for (const [name, url] of Object.entries(api)) {
    if (url.startsWith('http')) api[name] = `${venue.rest}${new URL(url).pathname}`;
  }
  await exchange.loadMarkets();
  return exchange;
}

/** The service's form of a market order: an immediate-or-cancel limit at its protection. */
export function orderTerms(
  side: 'buy' | 'sell',
): readonly [price: number, parameters: { timeInForce: 'IOC' }] {
  return [Math.round(MARKET_PRICE * PROTECTION[side]), { timeInForce: 'IOC' }];
}
