/**
 * The parts that all accounts at one address of a venue share: instruments, the clock, market-data connections.
 *
 * Entry point: `openAccess`, which a venue's folder adds its allowances to. Requests are counted per IP address nearly everywhere, and
 * instruments are tens of megabytes: both are kept once.
 */
import type { AccountMode } from '../core/ids.ts';
import { addressesFor } from './addresses.ts';
import type { AddressTable, VenueAddresses } from './addresses.ts';
import { AllPrices } from './all-prices.ts';
import type { AllPricesOptions } from './all-prices.ts';
import type { GatewayOptions } from './connection.ts';
import { MarketStreams } from './market-stream.ts';
import { MarketTable } from './markets.ts';
import type { Platform } from './platform.ts';
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
  return {
    addresses: addressesFor(table, mode, endpoints),
    platform,
    clock: new VenueClock(platform.scheduler),
    markets: new MarketTable(),
    marketStreams: new MarketStreams(platform),
    sharedReading: () => new SharedReading(monotonic),
    allPrices: (allowance) => new AllPrices({ monotonic, allowance }),
  };
}
