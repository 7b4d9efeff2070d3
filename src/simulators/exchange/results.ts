/** The results of an exchange's calls: the effect, or why the call was refused. */
import type { AccountFunding } from './account.ts';
import type { Fill, Order, OrderList } from './order.ts';
import type { Refusal } from './refusal.ts';

export type Refused = { readonly ok: false; readonly refusal: Refusal };
export type OrderResult =
  | {
      readonly ok: true;
      readonly order: Order;
      /** The fills made within this call. */
      readonly fills: readonly Fill[];
      /** True when the policy gave back an earlier order with the same client id instead of creating one. */
      readonly existing: boolean;
    }
  | Refused;
export type CancelResult = { readonly ok: true; readonly order: Order } | Refused;
export type ListResult =
  | { readonly ok: true; readonly list: OrderList; readonly orders: readonly Order[] }
  | Refused;
export type FundingResult = { readonly ok: true; readonly payments: readonly AccountFunding[] } | Refused;
export type DoneResult = { readonly ok: true } | Refused;

export interface CancelReplaceResult {
  readonly cancel: CancelResult;
  /** Null when it was not attempted, because the cancel failed. */
  readonly place: OrderResult | null;
}

export const UNKNOWN_ACCOUNT: Refused = { ok: false, refusal: { code: 'unknown_account' } };
export const NOT_FOUND: Refused = { ok: false, refusal: { code: 'order_not_found' } };

export function refused(refusal: Refusal): Refused {
  return { ok: false, refusal };
}

const DONE: DoneResult = { ok: true };

/** As a call's result, read when it has settled. */
export function doneUnless(refusal: Refusal | null): () => DoneResult {
  return () => (refusal === null ? DONE : refused(refusal));
}
