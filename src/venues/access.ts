/**
 * The parts that all accounts at one address of a venue share: instruments, the clock, market-data connections.
 *
 * Entry point: `openAccess`, which a venue's folder adds its allowances to. Requests are counted per IP address nearly everywhere, and
 * instruments are tens of megabytes: both are kept once.
 */
import type { AccountMode } from '../core/ids.ts';
import type { InstrumentKind } from '../core/instrument.ts';
import { addressesFor } from './addresses.ts';
import type { AddressTable, VenueAddresses } from './addresses.ts';
import { AllPrices } from './all-prices.ts';
import type { AllPricesOptions } from './all-prices.ts';
import type { GatewayOptions } from './connection.ts';
import { MarketStreams } from './market-stream.ts';
import { MarketTable } from './markets.ts';
import type { ListedInstrument } from './markets.ts';
import type { Platform } from './platform.ts';
import { RateWindow } from './rate-budget.ts';
import { SharedReading } from './shared-reading.ts';
import { SYSTEM_PLATFORM } from './system-platform.ts';
import { VenueClock } from './venue-clock.ts';

export interface AccessOptions {
  readonly mode: AccountMode;
  readonly endpoints: GatewayOptions['endpoints'];
  readonly platform?: Platform;
}

export interface VenueAccess<StreamName extends string = string> {
  readonly addresses: VenueAddresses<StreamName>;
  readonly platform: Platform;
  readonly clock: VenueClock;
  readonly markets: MarketTable;
  /** One connection to each URL; open while any account has joined it. */
  readonly marketStreams: MarketStreams;
  /**
   * Puts the instruments of a kind into `markets` as `read` brings them, unless that was done less than `maxAgeMs` ago or is being done;
   * a failed reading is tried again by the next caller.
   */
  readMarkets(
    kind: InstrumentKind,
    maxAgeMs: number,
    read: () => Promise<readonly ListedInstrument[]>,
  ): Promise<void>;
  /** The window of `key`, counted back from each request on the venue's clock; made when it is first asked for, with the name and size given. */
  window(key: string, name: string, limit: number, windowMs: number): RateWindow;
  /** A reading that is made once for all accounts. */
  sharedReading<Value>(): SharedReading<Value>;
  /** Readings of the prices of all instruments, within a share of the allowance. */
  allPrices(allowance: AllPricesOptions['allowance']): AllPrices;
}

export function openAccess<StreamName extends string>(
  table: AddressTable<StreamName>,
  { mode, endpoints, platform = SYSTEM_PLATFORM }: AccessOptions,
): VenueAccess<StreamName> {
  const monotonic = (): number => platform.scheduler.monotonic();
  const clock = new VenueClock(platform.scheduler);
  const markets = new MarketTable();
  const loaded: Readonly<Record<InstrumentKind, SharedReading<void>>> = {
    spot: new SharedReading(monotonic),
    linear_swap: new SharedReading(monotonic),
  };
  const windows = new Map<string, RateWindow>();
  return {
    addresses: addressesFor(table, mode, endpoints),
    platform,
    clock,
    markets,
    marketStreams: new MarketStreams(platform),
    readMarkets: async (kind, maxAgeMs, read) =>
      loaded[kind].get(maxAgeMs, async () => {
        markets.put(kind, await read());
      }),
    window: (key, name, limit, windowMs) => {
      const known = windows.get(key);
      if (known !== undefined) return known;
      const window = new RateWindow(name, limit, windowMs, () => clock.now(), 'rolling');
      windows.set(key, window);
      return window;
    },
    sharedReading: () => new SharedReading(monotonic),
    allPrices: (allowance) => new AllPrices({ monotonic, allowance }),
  };
}
