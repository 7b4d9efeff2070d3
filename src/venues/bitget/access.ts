/**
 * The parts that all accounts at one Bitget address share, with the allowances of the address.
 *
 * Entry point: `openBitgetAccess`. All requests of an address are counted together, and public endpoints each for itself: every account of this
 * service draws on the same windows.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import { openAccess } from '../access.ts';
import type { AccessOptions, VenueAccess } from '../access.ts';
import type { AllPrices } from '../all-prices.ts';
import type { MarketStream } from '../market-stream.ts';
import { RateStop, RateWindow } from '../rate-budget.ts';
import type { SharedReading } from '../shared-reading.ts';
import { ADDRESSES, ENDPOINTS, demoHeaders } from './endpoints.ts';
import type { Endpoint, StreamName } from './endpoints.ts';
import type { CollateralTiers } from './normalize-account.ts';
import { marketProtocol } from './streams.ts';

/** Name of the window of all requests of the address, and what it takes: "6000/IP/Min". */
export const ADDRESS = 'address';
const ADDRESS_REQUESTS = 6_000;
const ADDRESS_WINDOW_MS = 60_000;

/** Name of the window of one endpoint, and how long it is. */
export const OWN = 'endpoint';
export const SECOND_MS = 1_000;

export interface BitgetAccess extends VenueAccess<StreamName> {
  /** Of every request in this mode. */
  readonly headers: Readonly<Record<string, string>>;
  readonly requests: RateWindow;
  /** The window of a public endpoint; made when it is first asked for. */
  addressWindow(endpoint: Endpoint): RateWindow;
  /** The venue's "stop", where an answer asks for a pause. */
  readonly stop: RateStop;
  readonly prices: Readonly<Record<InstrumentKind, AllPrices>>;
  /** The one market-data connection of a kind: a spot pair and its perpetual have one name, which two connections keep apart. */
  marketStream(kind: InstrumentKind): MarketStream;
  /** How far coins count as collateral. */
  readonly tiers: SharedReading<CollateralTiers>;
}

export function openBitgetAccess(options: AccessOptions): BitgetAccess {
  const access = openAccess(ADDRESSES, options);
  const { addresses, clock, marketStreams } = access;
  const rolling = (name: string, limit: number, windowMs: number): RateWindow =>
    new RateWindow(name, limit, windowMs, () => clock.now(), 'rolling');
  const prices = (): AllPrices =>
    access.allPrices({ limit: ENDPOINTS.tickers.perSecond, intervalMs: SECOND_MS });
  return {
    ...access,
    headers: demoHeaders(options.mode),
    requests: rolling(ADDRESS, ADDRESS_REQUESTS, ADDRESS_WINDOW_MS),
    addressWindow: ({ path, perSecond }) => access.window(path, OWN, perSecond, SECOND_MS),
    stop: new RateStop(),
    prices: { spot: prices(), linear_swap: prices() },
    marketStream: (kind) => {
      const url = addresses.streams.public;
      return marketStreams.get(`${kind} ${url}`, () => marketProtocol(kind, url));
    },
    tiers: access.sharedReading(),
  };
}
