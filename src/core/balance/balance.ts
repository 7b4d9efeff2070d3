/**
 * Balances: what the venue showed last, moved on by every fill since.
 *
 * available = total - holds of our unfinished orders - what others have locked at the venue.
 * The venue's own `free` leaves out what our resting orders lock, so it is never used to judge a new order.
 */
import type { Decimal } from '../decimal.ts';
import type { AccountId, Asset, TimeMs } from '../ids.ts';
import type { Wallet } from './wallet.ts';
import type { Position, PositionFill } from '../position/position.ts';
import { quoteAmount } from '../position/quote-amount.ts';

export interface Balance {
  readonly accountId: AccountId;
  readonly wallet: Wallet;
  readonly asset: Asset;
  readonly total: Decimal;
  /** Locked at the venue by something other than our orders; counted when the books were last compared. */
  readonly externalLocked: Decimal;
  readonly updatedAt: TimeMs;
}

/** The record of totals that a reading has shown. */
export interface BalancesObserved {
  readonly type: 'balances_observed';
  readonly accountId: AccountId;
  readonly balances: readonly Balance[];
  /** Venue clock, when it was answered; earlier releases have not kept it. */
  readonly readAt?: TimeMs;
  /** Venue clock, when it was asked for; earlier releases have not kept it. */
  readonly askedAt?: TimeMs;
  /** The totals that it does not name were ours. */
  readonly isComplete?: true;
}

/** One change of a total. */
export interface BalanceDelta {
  readonly wallet: Wallet;
  readonly asset: Asset;
  readonly delta: Decimal;
}

/**
 * The changes of an account's totals by one execution. Spot moves base, quote and the fee's asset; a swap moves
 * only its settle asset, by what was realised (the venue's own figure where it gives one) less the fee.
 */
export function balanceDeltas(
  position: Pick<Position, 'kind' | 'wallet' | 'base' | 'quote'>,
  fill: PositionFill,
  realizedPnl: Decimal,
): readonly BalanceDelta[] {
  const deltas: BalanceDelta[] = [];
  const { wallet } = position;
  if (position.kind === 'spot') {
    const cost = quoteAmount(fill);
    const buys = fill.side === 'buy';
    deltas.push({ wallet, asset: position.base, delta: buys ? fill.quantity : fill.quantity.negate() });
    deltas.push({ wallet, asset: position.quote, delta: buys ? cost.negate() : cost });
  } else if (!realizedPnl.isZero()) {
    deltas.push({ wallet, asset: position.quote, delta: realizedPnl });
  }
  if (fill.feeAsset !== null && !fill.fee.isZero()) {
    deltas.push({ wallet, asset: fill.feeAsset, delta: fill.fee.negate() });
  }
  return deltas;
}
