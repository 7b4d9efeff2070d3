/**
 * The parts that all accounts at one Binance address share, with the address's rate allowance.
 *
 * Entry point: `openBinanceAccess`. Request weight is counted per IP address, so every account of this service draws on the same
 * windows; spot and futures count apart.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import { openAccess } from '../access.ts';
import type { AccessOptions, VenueAccess } from '../access.ts';
import type { AllPrices } from '../all-prices.ts';
import type { MarketStream } from '../market-stream.ts';
import { RateStop, RateWindow } from '../rate-budget.ts';
import { ADDRESSES, WEIGHT_LIMITS } from './endpoints.ts';
import type { StreamName } from './endpoints.ts';
import type { RateLimit } from './markets.ts';
import { marketProtocol } from './streams.ts';

/** Name of the request-weight window. */
export const WEIGHT = 'request_weight';

const MINUTE_MS = 60_000;

export interface BinanceAccessOptions extends AccessOptions {
  /** Subscriptions that one market-data connection carries; the venue's own bound unless given. */
  readonly streamsPerConnection?: number;
}

export interface BinanceAccess extends VenueAccess<StreamName> {
  readonly weights: Readonly<Record<InstrumentKind, RateWindow>>;
  /** The venue's "stop". */
  readonly stops: Readonly<Record<InstrumentKind, RateStop>>;
  readonly prices: Readonly<Record<InstrumentKind, AllPrices>>;
  /** The one market-data connection to `url`. */
  marketStream(kind: InstrumentKind, url: string): MarketStream;
  /** Takes in the limits that the venue publishes with its instruments. */
  noteRateLimits(kind: InstrumentKind, limits: readonly RateLimit[]): void;
  /** As the venue published them with its instruments; none until then. */
  rateLimitsOf(kind: InstrumentKind): readonly RateLimit[];
}

export function openBinanceAccess(options: BinanceAccessOptions): BinanceAccess {
  const access = openAccess(ADDRESSES, options);
  const { clock, marketStreams } = access;
  const window = (kind: InstrumentKind): RateWindow =>
    new RateWindow(WEIGHT, WEIGHT_LIMITS[kind].weight, MINUTE_MS, () => clock.now());
  const weights = { spot: window('spot'), linear_swap: window('linear_swap') };
  const limits: Record<InstrumentKind, readonly RateLimit[]> = { spot: [], linear_swap: [] };
  return {
    ...access,
    weights,
    stops: { spot: new RateStop(), linear_swap: new RateStop() },
    prices: { spot: access.allPrices(weights.spot), linear_swap: access.allPrices(weights.linear_swap) },
    marketStream: (kind, url) =>
      marketStreams.get(url, () => marketProtocol({ kind, url, mostTopics: options.streamsPerConnection })),
    noteRateLimits: (kind, published) => {
      limits[kind] = published;
      const weight = published.find(
        ({ type, intervalMs }) => type === 'REQUEST_WEIGHT' && intervalMs === MINUTE_MS,
      );
      if (weight !== undefined) weights[kind].limit = weight.limit;
    },
    rateLimitsOf: (kind) => limits[kind],
  };
}
