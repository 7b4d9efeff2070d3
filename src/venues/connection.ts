/**
 * How an account is connected to its venue: the options that every gateway is made from.
 *
 * Entry points: `GatewayOptions`, `DEFAULT_TIMEOUTS`.
 */
import type { AccountId, AccountMode } from '../core/ids.ts';
import type { InstrumentKind } from '../core/instrument.ts';
import type { Credentials } from './ccxt/exchange.ts';
import type { Platform } from './platform.ts';

export interface GatewayTimeouts {
  /** For one create or cancel, from the moment it may leave to the last byte of the answer. */
  readonly writeMs: number;
  /** For one read with all its attempts. */
  readonly readMs: number;
  /** For one attempt of a read. */
  readonly readAttemptMs: number;
  readonly connectMs: number;
  /** How long a private stream may stay silent about an order that the venue acknowledged, before it is renewed. */
  readonly streamEvidenceMs: number;
}

export const DEFAULT_TIMEOUTS: GatewayTimeouts = {
  writeMs: 5_000,
  readMs: 15_000,
  readAttemptMs: 5_000,
  connectMs: 3_000,
  streamEvidenceMs: 5_000,
};

export interface GatewayOptions {
  readonly accountId: AccountId;
  readonly mode: AccountMode;
  /** Held for signing only; no answer, error or log line carries them. */
  readonly credentials: Credentials;
  /** Scheme, host and port that replace the mode's own; null keeps those. A paper account has both. */
  readonly endpoints: { readonly rest: string | null; readonly ws: string | null };
  /** The kinds that the keys may trade; one left out is not asked for at all. */
  readonly kinds?: readonly InstrumentKind[];
  readonly timeouts?: Partial<GatewayTimeouts>;
  /** The machine that it runs on; the real one unless given. */
  readonly platform?: Platform;
  readonly breaker?: { readonly failures: number; readonly halfOpenAfterMs: number };
  /** Share of the account's order allowance that this service may use, above 0 and at most 1; the rest is for others. */
  readonly orderShare?: number;
}
