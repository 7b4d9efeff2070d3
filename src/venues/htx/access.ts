/**
 * The parts that all accounts at one HTX address share, with the allowances of the address.
 *
 * Entry point: `openHtxAccess`.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import { openAccess } from '../access.ts';
import type { AccessOptions, VenueAccess } from '../access.ts';
import type { AllPrices } from '../all-prices.ts';
import type { MarketStream } from '../market-stream.ts';
import { RateStop } from '../rate-budget.ts';
import type { RateWindow } from '../rate-budget.ts';
import { ADDRESSES, SPOT, SWAP } from './endpoints.ts';
import type { Endpoint, StreamName } from './endpoints.ts';
import { contractProtocol, marketProtocol } from './streams.ts';

/** Names of the windows of an allowance: of the endpoint or of those that it counts with, and of the account's share for orders. */
export const OWN = 'endpoint';
export const ORDERS = 'orders';

export type MarketStreamName = Extract<StreamName, 'public' | 'contracts' | 'marks'>;

export interface HtxAccess extends VenueAccess<StreamName> {
  /** The window that a public endpoint counts in; made when it is first asked for. */
  addressWindow(endpoint: Endpoint): RateWindow;
  /** The venue's "stop", where an answer asks for a pause. */
  readonly stop: RateStop;
  readonly prices: Readonly<Record<InstrumentKind, AllPrices>>;
  /** Of the contracts that any account has asked for the quotes of: a mark is a question each. */
  readonly marks: AllPrices;
  readonly quotedContracts: Set<string>;
  /** The market-data connection of spot, of contracts, or of their marks. */
  marketStream(name: MarketStreamName): MarketStream;
}

export function openHtxAccess(options: AccessOptions): HtxAccess {
  const access = openAccess(ADDRESSES, options);
  const { addresses, markets, marketStreams } = access;
  const pricesAt = ({ count, perMs }: Endpoint): AllPrices =>
    access.allPrices({ limit: count, intervalMs: perMs });
  return {
    ...access,
    addressWindow: ({ window: name, count, perMs }) => access.window(name, OWN, count, perMs),
    stop: new RateStop(),
    prices: { spot: pricesAt(SPOT.tickers), linear_swap: pricesAt(SWAP.bestPrices) },
    marks: pricesAt(SWAP.markCandles),
    quotedContracts: new Set(),
    marketStream: (name) => {
      const url = addresses.streams[name];
      return marketStreams.get(`${name} ${url}`, () =>
        name === 'public'
          ? marketProtocol(url)
          : contractProtocol(name, url, (symbol) => markets.byVenueSymbol('linear_swap', symbol)),
      );
    },
  };
}
