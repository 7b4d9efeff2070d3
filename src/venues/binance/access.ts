/**
 * What all accounts at one Binance address share: instruments, the clock, the address's rate allowance, market data.
 *
 * Entry points: `BinanceAccess`. Request weight is counted per IP address, so every account of this service draws on
 * the same windows; instruments are tens of megabytes, so they are kept once.
 */
import type { AccountMode } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import { RateStop, RateWindow } from '../rate-budget.ts';
import { VenueClock } from '../venue-clock.ts';
import { WEIGHT_LIMITS, addressesFor } from './endpoints.ts';
import type { VenueAddresses } from './endpoints.ts';
import { PublicStream } from './streams.ts';
import { MarketTable, parseRateLimits, parseSpotInstruments, parseSwapInstruments } from './markets.ts';
import type { ListedInstrument, RateLimit } from './markets.ts';
import type { JsonValue } from '../../core/json.ts';

/** Name of the request-weight window. */
export const WEIGHT = 'request_weight';

const MINUTE_MS = 60_000;

/** The instruments and limits of one kind. */
export interface KindMarkets {
  readonly listed: readonly ListedInstrument[];
  readonly rateLimits: readonly RateLimit[];
}

export interface BinanceAccessOptions {
  readonly mode: AccountMode;
  readonly endpoints: { readonly rest: string | null; readonly ws: string | null };
  readonly now?: () => number;
}

export class BinanceAccess {
  readonly addresses: VenueAddresses;
  readonly clock: VenueClock;
  readonly weights: Readonly<Record<InstrumentKind, RateWindow>>;
  /** The venue's "stop": spot and futures count apart. */
  readonly stops: Readonly<Record<InstrumentKind, RateStop>>;
  readonly #streams = new Map<string, PublicStream>();
  readonly #markets: Partial<Record<InstrumentKind, Promise<KindMarkets>>> = {};

  constructor(options: BinanceAccessOptions) {
    this.addresses = addressesFor(options.mode, options.endpoints);
    this.clock = new VenueClock(options.now);
    const now = (): number => this.clock.now();
    const window = (kind: InstrumentKind): RateWindow =>
      new RateWindow(WEIGHT, WEIGHT_LIMITS[kind].weight, MINUTE_MS, now);
    this.weights = { spot: window('spot'), linear_swap: window('linear_swap') };
    this.stops = { spot: new RateStop(), linear_swap: new RateStop() };
  }

  /** The one market-data connection to `url`; open while anyone listens. */
  publicStream(kind: InstrumentKind, url: string): PublicStream {
    let stream = this.#streams.get(url);
    if (stream === undefined) {
      stream = new PublicStream({ kind, url });
      this.#streams.set(url, stream);
    }
    return stream;
  }

  /** Reads the markets of a kind the first time; a failed read is tried again by the next caller. */
  async markets(kind: InstrumentKind, read: () => Promise<JsonValue>): Promise<KindMarkets> {
    const loading = this.#markets[kind];
    if (loading !== undefined) return loading;
    const first = read().then((body) => this.#take(kind, body));
    this.#markets[kind] = first;
    try {
      return await first;
    } catch (error) {
      if (this.#markets[kind] === first) delete this.#markets[kind];
      throw error;
    }
  }

  #take(kind: InstrumentKind, body: JsonValue): KindMarkets {
    const rateLimits = parseRateLimits(body);
    const weight = rateLimits.find(
      (limit) => limit.type === 'REQUEST_WEIGHT' && limit.intervalMs === MINUTE_MS,
    );
    if (weight !== undefined) this.weights[kind].limit = weight.limit;
    const listed = kind === 'spot' ? parseSpotInstruments(body) : parseSwapInstruments(body);
    return { listed, rateLimits };
  }
}

export function tableOf(markets: readonly KindMarkets[]): MarketTable {
  return new MarketTable(markets.flatMap((kind) => kind.listed));
}
