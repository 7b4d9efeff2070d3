/** One account at Binance that is connected: what its orders, readings and settings work with. */
import type { InstrumentKind } from '../../core/instrument.ts';
import type { Names } from '../markets.ts';
import type { VenueClock } from '../venue-clock.ts';
import type { BinanceRequests } from './requests.ts';

export interface BinanceAccount {
  readonly kinds: readonly InstrumentKind[];
  readonly clock: VenueClock;
  readonly requests: BinanceRequests;
  /** Whether the venue serves the wallet's lists (`/sapi`) in the account's mode. */
  readonly hasWalletApi: boolean;
  readonly names: Readonly<Record<InstrumentKind, Names>>;
}
