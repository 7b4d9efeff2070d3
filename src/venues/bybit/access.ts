/**
 * The parts that all accounts at one Bybit address share: instruments, the clock, the address's rate allowance, market data.
 *
 * Entry point: `BybitAccess`. Requests are counted per IP address, so every account of this service draws on the same window;
 * instruments are many, so they are kept once.
 */
import type { AccountMode } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonValue } from '../../core/json.ts';
import { AllPrices } from '../all-prices.ts';
import { MarketStreams } from '../market-stream.ts';
import type { MarketStream } from '../market-stream.ts';
import { MarketTable } from '../markets.ts';
import type { Platform } from '../platform.ts';
import { RateStop, RateWindow } from '../rate-budget.ts';
import { SharedReading } from '../shared-reading.ts';
import { SYSTEM_PLATFORM } from '../system-platform.ts';
import { VenueClock } from '../venue-clock.ts';
import { addressesFor } from './endpoints.ts';
import type { VenueAddresses } from './endpoints.ts';
import { parseSpotInstruments, parseSwapInstruments } from './markets.ts';
import { collateralTiers } from './normalize-account.ts';
import type { CollateralTiers } from './normalize-account.ts';
import { marketProtocol } from './streams.ts';

/** Name of the address's window, and what it takes: "600 requests within a 5-second window per IP". */
export const ADDRESS = 'address';
const ADDRESS_REQUESTS = 600;
const ADDRESS_WINDOW_MS = 5_000;

export interface BybitAccessOptions {
  readonly mode: AccountMode;
  readonly endpoints: { readonly rest: string | null; readonly ws: string | null };
  readonly platform?: Platform;
}

export class BybitAccess {
  readonly addresses: VenueAddresses;
  readonly platform: Platform;
  readonly clock: VenueClock;
  readonly markets = new MarketTable();
  readonly requests: RateWindow;
  /** The venue's "stop": a ban of the address. */
  readonly stop = new RateStop();
  readonly allPrices: Readonly<Record<InstrumentKind, AllPrices>>;
  readonly #streams: MarketStreams;
  readonly #loaded: Readonly<Record<InstrumentKind, SharedReading<true>>>;
  readonly #tiers: SharedReading<CollateralTiers>;

  constructor(options: BybitAccessOptions) {
    this.addresses = addressesFor(options.mode, options.endpoints);
    this.platform = options.platform ?? SYSTEM_PLATFORM;
    this.clock = new VenueClock(this.platform.scheduler);
    this.#streams = new MarketStreams(this.platform);
    const now = (): number => this.clock.now();
    this.requests = new RateWindow(ADDRESS, ADDRESS_REQUESTS, ADDRESS_WINDOW_MS, now, 'rolling');
    const monotonic = (): number => this.platform.scheduler.monotonic();
    const allPrices = (): AllPrices => new AllPrices({ monotonic, allowance: this.requests });
    this.allPrices = { spot: allPrices(), linear_swap: allPrices() };
    this.#loaded = { spot: new SharedReading(monotonic), linear_swap: new SharedReading(monotonic) };
    this.#tiers = new SharedReading(monotonic);
  }

  /** The one market-data connection of a kind; open while any account has joined it. */
  marketStream(kind: InstrumentKind): MarketStream {
    const url = this.addresses.streams.public[kind];
    return this.#streams.get(url, () => marketProtocol(kind, url));
  }

  /**
   * Reads the instruments of a kind into `markets`, unless they were read less than `maxAgeMs` ago or are being read; a failed
   * read is tried again by the next caller. `read` gives every page.
   */
  async loadMarkets(
    kind: InstrumentKind,
    maxAgeMs: number,
    read: () => Promise<readonly JsonValue[]>,
  ): Promise<void> {
    const parse = kind === 'spot' ? parseSpotInstruments : parseSwapInstruments;
    await this.#loaded[kind].get(maxAgeMs, async () => {
      this.markets.put(kind, (await read()).flatMap(parse));
      return true;
    });
  }

  /** How far coins count as collateral, read at most so often for all accounts. */
  async collateralTiers(maxAgeMs: number, read: () => Promise<JsonValue>): Promise<CollateralTiers> {
    return this.#tiers.get(maxAgeMs, async () => collateralTiers(await read()));
  }
}
