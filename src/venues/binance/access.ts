/**
 * The parts that all accounts at one Binance address share: instruments, the clock, the address's rate allowance,
 * market data.
 *
 * Entry point: `BinanceAccess`. Request weight is counted per IP address, so every account of this service draws on
 * the same windows; instruments are tens of megabytes, so they are kept once.
 */
import type { AccountMode } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import { AllPrices } from '../all-prices.ts';
import { MarketStreams } from '../market-stream.ts';
import type { MarketStream } from '../market-stream.ts';
import { MarketTable } from '../markets.ts';
import type { Platform } from '../platform.ts';
import { RateStop, RateWindow } from '../rate-budget.ts';
import { SharedReading } from '../shared-reading.ts';
import { SYSTEM_PLATFORM } from '../system-platform.ts';
import { VenueClock } from '../venue-clock.ts';
import { WEIGHT_LIMITS, addressesFor } from './endpoints.ts';
import type { VenueAddresses } from './endpoints.ts';
import { marketProtocol } from './streams.ts';
import { parseRateLimits, parseSpotInstruments, parseSwapInstruments } from './markets.ts';
import type { RateLimit } from './markets.ts';
import type { JsonValue } from '../../core/json.ts';

/** Name of the request-weight window. */
export const WEIGHT = 'request_weight';

const MINUTE_MS = 60_000;

export interface BinanceAccessOptions {
  readonly mode: AccountMode;
  readonly endpoints: { readonly rest: string | null; readonly ws: string | null };
  readonly platform?: Platform;
  /** Subscriptions that one market-data connection carries; the venue's own bound unless given. */
  readonly streamsPerConnection?: number;
}

export class BinanceAccess {
  readonly addresses: VenueAddresses;
  readonly platform: Platform;
  readonly clock: VenueClock;
  readonly markets = new MarketTable();
  readonly weights: Readonly<Record<InstrumentKind, RateWindow>>;
  /** The venue's "stop": spot and futures count apart. */
  readonly stops: Readonly<Record<InstrumentKind, RateStop>>;
  readonly allPrices: Readonly<Record<InstrumentKind, AllPrices>>;
  readonly #streams: MarketStreams;
  readonly #streamsPerConnection: number | undefined;
  readonly #rateLimits: Readonly<Record<InstrumentKind, SharedReading<readonly RateLimit[]>>>;

  constructor(options: BinanceAccessOptions) {
    this.#streamsPerConnection = options.streamsPerConnection;
    this.addresses = addressesFor(options.mode, options.endpoints);
    this.platform = options.platform ?? SYSTEM_PLATFORM;
    this.clock = new VenueClock(this.platform.scheduler);
    this.#streams = new MarketStreams(this.platform);
    const now = (): number => this.clock.now();
    const window = (kind: InstrumentKind): RateWindow =>
      new RateWindow(WEIGHT, WEIGHT_LIMITS[kind].weight, MINUTE_MS, now);
    this.weights = { spot: window('spot'), linear_swap: window('linear_swap') };
    this.stops = { spot: new RateStop(), linear_swap: new RateStop() };
    const monotonic = (): number => this.platform.scheduler.monotonic();
    const allPrices = (kind: InstrumentKind): AllPrices =>
      new AllPrices({ monotonic, allowance: this.weights[kind] });
    this.allPrices = { spot: allPrices('spot'), linear_swap: allPrices('linear_swap') };
    const limits = (): SharedReading<readonly RateLimit[]> => new SharedReading(monotonic);
    this.#rateLimits = { spot: limits(), linear_swap: limits() };
  }

  /** The one market-data connection to `url`; open while any account has joined it. */
  marketStream(kind: InstrumentKind, url: string): MarketStream {
    return this.#streams.get(url, () =>
      marketProtocol({ kind, url, mostTopics: this.#streamsPerConnection }),
    );
  }

  /**
   * Reads the instruments of a kind into `markets`, unless they were read less than `maxAgeMs` ago or are being read;
   * a failed read is tried again by the next caller. Resolves with the venue's rate limits.
   */
  async loadMarkets(
    kind: InstrumentKind,
    maxAgeMs: number,
    read: () => Promise<JsonValue>,
  ): Promise<readonly RateLimit[]> {
    return this.#rateLimits[kind].get(maxAgeMs, async () => this.#take(kind, await read()));
  }

  #take(kind: InstrumentKind, body: JsonValue): readonly RateLimit[] {
    const rateLimits = parseRateLimits(body);
    const weight = rateLimits.find(
      (limit) => limit.type === 'REQUEST_WEIGHT' && limit.intervalMs === MINUTE_MS,
    );
    if (weight !== undefined) this.weights[kind].limit = weight.limit;
    this.markets.put(kind, kind === 'spot' ? parseSpotInstruments(body) : parseSwapInstruments(body));
    return rateLimits;
  }
}
