/**
 * The contract of a venue's folder with the host that runs it: `export const binanceProtocol: VenueProtocol` from
 * `<venue>/protocol.ts`, listed in host.ts.
 */
import type { Clock } from './clock.ts';
import type { Credentials } from './exchange/account.ts';
import type { Exchange } from './exchange/exchange.ts';
import type { Instrument } from './exchange/instrument.ts';
import type { VenuePolicy } from './exchange/policy.ts';
import type { WireDeclaration } from './wire/wire.ts';

export const VENUE_NAMES = [
  'binance',
  'okx',
  'bybit',
  'htx',
  'bitget',
  'coinbase',
  'kucoin',
  'mexc',
] as const;

/** The fixed order is the order of the ports: 9101 and on. */
export type VenueName = (typeof VENUE_NAMES)[number];

export interface VenueProtocol {
  readonly name: VenueName;
  readonly instruments: readonly Instrument[];
  readonly policy: VenuePolicy;
  /** The assets that a ready-made account has beside those of every venue, by name. */
  readonly openingAssets?: Readonly<Record<string, string>>;
  /** New credentials in the venue's form. `randomHex(bytes)` is cryptographic. */
  readonly newCredentials: (randomHex: (bytes: number) => string) => Credentials;
  /** How the venue writes the id of a trade that the exchange counts; absent: as it is. */
  readonly tradeId?: (trade: { readonly symbol: string; readonly tradeId: string }) => string;
  /** Why a public key is not one that the venue takes for a key of an account; null: it is. Absent: it takes none. */
  readonly publicKeyFault?: (pem: string) => string | null;
  /** The protocol over one exchange. Timers of it (periodic public pushes) hang on the context's `signal` through its `clock`. */
  readonly declare: (context: VenueContext) => WireDeclaration;
}

export interface VenueContext {
  readonly exchange: Exchange;
  readonly clock: Clock;
  /** False lifts the venue's rate and count limits. */
  readonly limits: boolean;
  /** Hexadecimal digits of so many random bytes, for listen keys and the like. */
  readonly randomHex: (bytes: number) => string;
  /** Aborted when the venue is closed or reset. */
  readonly signal: AbortSignal;
}

export interface RunningVenue {
  /** `http://127.0.0.1:9101` */
  readonly restUrl: string;
  /** `ws://127.0.0.1:9101` */
  readonly wsUrl: string;
  readonly close: () => Promise<void>;
}
