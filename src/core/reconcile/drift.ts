/** A drift case: one proven difference between our books and the venue's, shown until a person or the venue settles it. */
import type { AccountId, InstrumentSymbol, OrderId, TimeMs } from '../ids.ts';

export const DRIFT_KINDS = [
  /** A total differs although no fill or send overlapped its reading. The venue's figure has been taken over. */
  'balance',
  /** A swap position differs. */
  'position',
  /** The venue shows something of our order that it had ruled out. */
  'order_contradiction',
  /** An order works at the venue that we did not place. */
  'external_order',
  /** Orders that are not ours trade on an instrument. The first execution is named; later ones open no case of their own. */
  'external_fill',
  /** Neither outcome of an order can be proven any more; a person must look. */
  'unprovable_order',
] as const;

export type DriftKind = (typeof DRIFT_KINDS)[number];

export interface DriftCase {
  /** Made of kind, account and subject, so that the same difference is one case. */
  readonly driftId: string;
  readonly kind: DriftKind;
  readonly accountId: AccountId;
  /** The thing that differs: an asset, a symbol, an order id. */
  readonly subject: string;
  readonly symbol: InstrumentSymbol | null;
  readonly orderId: OrderId | null;
  readonly ours: string;
  readonly theirs: string;
  readonly detail: string;
  readonly openedAt: TimeMs;
}

export function driftId(kind: DriftKind, account: AccountId, subject: string): string {
  return `${kind}:${account}:${subject}`;
}
