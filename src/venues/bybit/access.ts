/**
 * The parts that all accounts at one Bybit address share, with the address's rate allowance.
 *
 * Entry point: `openBybitAccess`. Requests are counted per IP address, so every account of this service draws on the same window.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import { openAccess } from '../access.ts';
import type { AccessOptions, VenueAccess } from '../access.ts';
import type { AllPrices } from '../all-prices.ts';
import type { MarketStream } from '../market-stream.ts';
import { RateStop, RateWindow } from '../rate-budget.ts';
import type { SharedReading } from '../shared-reading.ts';
import { ADDRESSES } from './endpoints.ts';
import type { StreamName } from './endpoints.ts';
import type { CollateralTiers } from './normalize-account.ts';
import { marketProtocol } from './streams.ts';

/** Name of the address's window, and what it takes: "600 requests within a 5-second window per IP". */
export const ADDRESS = 'address';
const ADDRESS_REQUESTS = 600;
const ADDRESS_WINDOW_MS = 5_000;

export interface BybitAccess extends VenueAccess<StreamName> {
  readonly requests: RateWindow;
  /** The venue's "stop": a ban of the address. */
  readonly stop: RateStop;
  readonly prices: Readonly<Record<InstrumentKind, AllPrices>>;
  /** The one market-data connection of a kind. */
  marketStream(kind: InstrumentKind): MarketStream;
  /** How far coins count as collateral. */
  readonly tiers: SharedReading<CollateralTiers>;
}

export function openBybitAccess(options: AccessOptions): BybitAccess {
  const access = openAccess(ADDRESSES, options);
  const { addresses, clock, marketStreams } = access;
  const requests = new RateWindow(ADDRESS, ADDRESS_REQUESTS, ADDRESS_WINDOW_MS, () => clock.now(), 'rolling');
  return {
    ...access,
    requests,
    stop: new RateStop(),
    prices: { spot: access.allPrices(requests), linear_swap: access.allPrices(requests) },
    marketStream: (kind) => {
      const url = addresses.streams[kind];
      return marketStreams.get(url, () => marketProtocol(kind, url));
    },
    tiers: access.sharedReading(),
  };
}
