/**
 * Closing many positions with one request, each by itself: a position that cannot be closed keeps no other from it. The coin that an
 * exchange takes fees in is closed after the others of its account (`fee-coins.ts`).
 *
 * Entry points: `closeEach`, `hashOfPart`, `inTime`.
 *
 * Invariants:
 *  1. Each close has a bound in time; one that is late goes on, and its result says that it is late.
 *  2. The order that closes a position has a key that is made of the request's and the position (`keyOfPart`): the same key closes it once.
 */
import { positionKeyOf } from '../core/portfolio/keys.ts';
import type { Order } from '../core/order/order.ts';
import type { Position } from '../core/position/position.ts';
import type { AccountRecord } from '../directory/accounts.ts';
import type { Caller } from '../directory/callers.ts';
import { EngineUnavailable, type Desk, type PositionReading } from '../engine/desk.ts';
import { keyOfPart } from '../core/order/parts-of-key.ts';
import { hashOfClose, type ClosedPosition, type Closer, type CloseWish } from './closing.ts';
import { feeCoinsLast, subjectOf } from './fee-coins.ts';
import { Problem } from './problem.ts';

/** Sizing, placing and waiting for an order together, in milliseconds. */
const PLACED_MS = 15_000;

export interface CloseEachWish {
  /** Where the positions are. */
  readonly accounts: readonly AccountRecord[];
  readonly marketProtectionBps: number | null;
  /** The idempotency key of the request; null for one that has none. */
  readonly key: string | null;
  /** The content of the request that the orders belong to, which their keys stand for too; null for one that keeps a receipt of its own. */
  readonly request: Readonly<Record<string, unknown>> | null;
  readonly waitMs: number;
}

/** The outcome for one position: the order that closes it, or the error that kept it from being placed. */
export interface PositionOutcome {
  readonly position: Position;
  readonly outcome: ClosedPosition | { readonly error: unknown };
}

/** Resolves with one outcome for each position, in their order. Never rejects. */
export function closeEach(
  closer: Closer,
  desk: Desk,
  caller: Caller,
  positions: readonly PositionReading[],
  wish: CloseEachWish,
): Promise<readonly PositionOutcome[]> {
  const close = async (position: Position): Promise<ClosedPosition> => {
    const account = wish.accounts.find(({ accountId }) => accountId === position.accountId);
    if (account === undefined) throw new Problem('account_not_found', `No account ${position.accountId}.`);
    return closer.close(desk, caller, {
      ...wholeOf(position, wish.marketProtectionBps, wish.request),
      account,
      key: wish.key === null ? null : keyOfPosition(wish.key, position),
      ...(wish.request === null ? { hasReceipt: true } : {}),
      waitMs: wish.waitMs,
    });
  };
  return feeCoinsLast(
    positions,
    ({ position }) => subjectOf(position),
    async ({ position }): Promise<PositionOutcome> => {
      try {
        return { position, outcome: await inTime(close(position), PLACED_MS) };
      } catch (error) {
        return { position, outcome: { error } };
      }
    },
  );
}

/** The close of all of a position. */
function wholeOf(
  { symbol, positionSide }: Pick<Position, 'symbol' | 'positionSide'>,
  marketProtectionBps: number | null,
  request: CloseEachWish['request'],
): Omit<CloseWish, 'account' | 'key' | 'waitMs'> {
  return {
    symbol,
    positionSide: positionSide === 'net' ? null : positionSide,
    quantity: null,
    fraction: null,
    marketProtectionBps,
    clientOrderId: null,
    strategy: null,
    request,
  };
}

/** The hash that the key of an order stands for which closed its position for such a request. */
export function hashOfPart(
  order: Order,
  marketProtectionBps: number | null,
  request: CloseEachWish['request'],
): string {
  return hashOfClose({
    ...wholeOf(order, marketProtectionBps, request),
    account: { accountId: order.accountId },
  });
}

/** The key of the first order that closes a position for a request with the key. */
export function keyOfPosition(key: string, position: Parameters<typeof positionKeyOf>[0]): string {
  return keyOfPart(key, positionKeyOf(position).replaceAll(' ', '/'));
}

/** The result of the work; after `waitMs` rejects with `journal_stalled`, and the work goes on by itself. */
export function inTime<Value>(work: Promise<Value>, waitMs: number): Promise<Value> {
  const late = pause(waitMs).then(() => {
    throw new EngineUnavailable('journal_stalled', 'the journal does not answer', 1_000);
  });
  return Promise.race([work, late]);
}

/** Resolves after `waitMs`; keeps no process from ending. */
export function pause(waitMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, waitMs).unref();
  });
}
