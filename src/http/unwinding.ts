/**
 * Orders and positions that nobody could end any more once their account or their user is gone: found, and ended on request.
 *
 * Entry points: `openIn`, `refuseOpen`, `unwind`.
 *
 * Invariants:
 *  1. Without a request that says so, nothing is canceled or closed.
 *  2. Positions are closed first, by the rules of any close (closing.ts): nothing is canceled before its order has passed the risk rules,
 *     and what was canceled is put back where it fails. While a position of an account stays open, its other orders stay too.
 *  3. A position of which less than one lot is there, which no order can close, keeps nothing from ending; it is listed as left. Fees
 *     that were paid in its coin are not there any more, although the position has them until a reading shows it.
 */
import { z } from 'zod';
import { Decimal } from '../core/decimal.ts';
import type { AccountId, OrderId } from '../core/ids.ts';
import type { Order } from '../core/order/order.ts';
import { ORDER_STATUSES } from '../core/order/transitions.ts';
import { POSITION_SIDES } from '../core/order/terms.ts';
import type { AccountRecord } from '../directory/accounts.ts';
import type { Caller } from '../directory/callers.ts';
import { EngineUnavailable, type Desk, type PositionReading } from '../engine/desk.ts';
import type { Closer } from './closing.ts';
import { requesterName } from './context.ts';
import { feeCoinsLast, subjectOf } from './fee-coins.ts';
import { decimalOut } from './fields.ts';
import { cancelSoon, untilFinished } from './order-answer.ts';
import { DEFAULT_WAIT_MS } from './order-request.ts';
import { netBooks } from './netting.ts';
import { Problem } from './problem.ts';

/** How long the answer waits for a cancel to be confirmed, in milliseconds. */
const CANCELED_WITHIN_MS = 5_000;

export const unwindQuery = {
  orders: z
    .enum(['refuse', 'cancel'], { error: 'must be refuse or cancel' })
    .default('refuse')
    .meta({ description: 'Of orders that are not finished: refuse the request, or cancel them first.' }),
  positions: z
    .enum(['refuse', 'close', 'leave'], { error: 'must be refuse, close or leave' })
    .default('refuse')
    .meta({
      description:
        'Of open positions: refuse the request, close them at the market first, or leave them to be managed at the exchange.',
    }),
};

export interface UnwindWish {
  readonly orders: 'refuse' | 'cancel';
  readonly positions: 'refuse' | 'close' | 'leave';
}

/** Whether the request asks for orders to be canceled or positions to be closed. */
export function endsSomething({ orders, positions }: UnwindWish): boolean {
  return orders === 'cancel' || positions === 'close';
}

/** The unfinished orders and the positions of one desk's accounts. */
export interface Open {
  readonly desk: Desk;
  readonly accounts: readonly AccountRecord[];
  readonly orders: readonly Order[];
  /** Those that an order can close. */
  readonly positions: readonly PositionReading[];
  /** Of each less than one lot is there. */
  readonly dust: readonly PositionReading[];
}

const openPositionView = z.object({
  account: z.string(),
  symbol: z.string(),
  position_side: z.enum(POSITION_SIDES),
  quantity: decimalOut.meta({ description: 'Base units; negative for a short.' }),
});

export const unwoundView = z
  .object({
    canceled: z.array(
      z.object({
        order_id: z.string(),
        account: z.string(),
        status: z.enum(ORDER_STATUSES),
        problem: z
          .string()
          .optional()
          .meta({ description: 'Why it could not be canceled; left out where it was.' }),
      }),
    ),
    closed: z.array(
      openPositionView.extend({
        order_id: z.string().nullable(),
        status: z.enum(ORDER_STATUSES).nullable(),
        problem: z.string().nullable().meta({ description: 'Why no order closes it.' }),
      }),
    ),
    left: z.object({
      order_ids: z.array(z.string()),
      positions: z.array(openPositionView),
      dust: z.array(openPositionView),
    }),
  })
  .meta({ id: 'Unwound', description: 'What was ended on request, and what stays open.' });

export type Unwound = z.output<typeof unwoundView>;

/** Rejects with `EngineUnavailable` where this node does not run the portfolio. */
export async function openIn(desk: Desk, accounts: readonly AccountRecord[]): Promise<Open> {
  const accountIds = accountIdsOf({ accounts });
  if (accountIds.length === 0) return { desk, accounts, orders: [], positions: [], dust: [] };
  const [{ value: orders }, { value: positions }] = await Promise.all([
    desk.books.openOrders({ accountIds }),
    desk.books.positions({ accountIds }),
  ]);
  const readings = await Promise.all(
    positions.map(async (reading) => ({ reading, isDust: await isDust(desk, reading) })),
  );
  return {
    desk,
    accounts,
    orders,
    positions: readings.flatMap(({ reading, isDust: isLess }) => (isLess ? [] : [reading])),
    dust: readings.flatMap(({ reading, isDust: isLess }) => (isLess ? [reading] : [])),
  };
}

function accountIdsOf({ accounts }: Pick<Open, 'accounts'>): readonly AccountId[] {
  return accounts.map(({ accountId }) => accountId);
}

/** Whether less than one lot of a position is there: of spot no more is than its wallet has, locked or not. */
async function isDust(desk: Desk, { position, instrument }: PositionReading): Promise<boolean> {
  if (instrument === null) return false;
  const { accountId, kind, wallet, base } = position;
  const net = position.netQuantity.abs();
  const balances = kind === 'spot' ? (await desk.books.balances(accountId)).value : [];
  const held = balances.find(({ balance }) => balance.wallet === wallet && balance.asset === base);
  const there = kind === 'spot' ? net.min(held?.balance.total ?? Decimal.zero) : net;
  return there.roundToMultipleOf(instrument.lotSize, 'down').isZero();
}

/** Throws the problem where something is open that the request does not say what to do with. */
export function refuseOpen(
  code: 'account_in_use' | 'user_in_use',
  subject: string,
  open: readonly Open[],
  wish: UnwindWish,
): void {
  const orders = wish.orders === 'refuse' ? open.flatMap((part) => part.orders) : [];
  const positions = wish.positions === 'refuse' ? open.flatMap((part) => part.positions) : [];
  if (orders.length > 0 || positions.length > 0) throw inUse(code, subject, orders, positions);
}

/** The problem that names what is open. */
export function inUse(
  code: 'account_in_use' | 'user_in_use',
  subject: string,
  orders: readonly Order[],
  positions: readonly PositionReading[],
  unwound?: Unwound,
): Problem {
  const parts = [
    ...(orders.length === 0
      ? []
      : [orders.length === 1 ? 'an unfinished order' : `${orders.length} unfinished orders`]),
    ...(positions.length === 0
      ? []
      : [positions.length === 1 ? 'an open position' : `${positions.length} open positions`]),
  ].join(' and ');
  const remedy = [
    ...(orders.length === 0 ? [] : ['orders=cancel']),
    ...(positions.length === 0 ? [] : ['positions=close']),
  ].join('&');
  return new Problem(
    code,
    `${subject} has ${parts}, which nobody could end afterwards; end them first, or send ${remedy}.`,
    {
      order_ids: orders.map(({ orderId }) => orderId),
      positions: positions.map(toOpenPosition),
      ...(unwound === undefined ? {} : { unwound }),
    },
  );
}

/** Closes and cancels as wished. Resolves with what came of it. */
export async function unwind(
  closer: Closer,
  caller: Caller,
  open: readonly Open[],
  wish: UnwindWish,
): Promise<Unwound> {
  const parts = await Promise.all(open.map((part) => unwindPart(closer, caller, part, wish)));
  return {
    canceled: parts.flatMap(({ canceled }) => canceled),
    closed: parts.flatMap(({ closed }) => closed),
    left: {
      order_ids: parts.flatMap(({ left }) => left.order_ids),
      positions: parts.flatMap(({ left }) => left.positions),
      dust: parts.flatMap(({ left }) => left.dust),
    },
  };
}

async function unwindPart(closer: Closer, caller: Caller, open: Open, wish: UnwindWish): Promise<Unwound> {
  const { desk } = open;
  const closes = wish.positions === 'close';
  const none = new Set<AccountId>();
  // Each close makes its own room, once its order has passed the rules, and puts back what it canceled where it fails.
  const first = closes ? await closeAll(closer, caller, open, open.positions, none) : NOTHING_CLOSED;
  const { orders, positions: stay } = closes ? await readAnew(open) : open;
  const busy = closes ? new Set(stay.map(({ position }) => position.accountId)) : none;
  const canceled = await Promise.all(
    (wish.orders === 'cancel' ? orders : [])
      .filter(({ accountId }) => !busy.has(accountId))
      .map((order) => cancel(desk, caller, order)),
  );
  // The cancels may have come too late for an order that has opened a position.
  const late = closes
    ? await closeAll(closer, caller, open, (await readAnew(open)).positions, busy)
    : NOTHING_CLOSED;
  if (closes) await netBooks(desk, caller, { accountIds: accountIdsOf(open) });
  const left = await readAnew(open);
  return {
    canceled: [...first.canceled, ...canceled, ...late.canceled],
    closed: [...first.closed, ...late.closed],
    left: {
      order_ids: left.orders.map(({ orderId }) => orderId),
      positions: left.positions.map(toOpenPosition),
      dust: left.dust.map(toOpenPosition),
    },
  };
}

type Closed = Pick<Unwound, 'canceled' | 'closed'>;

const NOTHING_CLOSED: Closed = { canceled: [], closed: [] };

/** Closes the positions of accounts that are not among `except`. */
async function closeAll(
  closer: Closer,
  caller: Caller,
  open: Open,
  positions: readonly PositionReading[],
  except: ReadonlySet<AccountId>,
): Promise<Closed> {
  const outcomes = await feeCoinsLast(
    positions.filter(({ position }) => !except.has(position.accountId)),
    ({ position }) => subjectOf(position),
    (reading) => close(closer, caller, open, reading),
  );
  return {
    canceled: outcomes.flatMap(({ canceled }) => canceled),
    closed: outcomes.flatMap(({ closed }) => closed),
  };
}

/** The orders and positions that are open now; those that were open before, where the books cannot be read. */
async function readAnew(open: Open): Promise<Open> {
  try {
    return await openIn(open.desk, open.accounts);
  } catch (error) {
    if (error instanceof EngineUnavailable) return open;
    throw error;
  }
}

async function cancel(desk: Desk, caller: Caller, order: Order): Promise<Unwound['canceled'][number]> {
  try {
    const answer = await cancelSoon(
      desk,
      order.orderId,
      requesterName(caller),
      'its account or user is being ended',
    );
    const known = answer.kind === 'unknown_order' ? order : (answer.order ?? order);
    const after =
      answer.kind === 'canceling' || answer.kind === 'annulled'
        ? await untilFinished(desk, known, CANCELED_WITHIN_MS)
        : known;
    return viewOf(after);
  } catch (error) {
    return { ...viewOf(order), problem: wordsOf(error) };
  }
}

async function close(
  closer: Closer,
  caller: Caller,
  { desk, accounts }: Open,
  reading: PositionReading,
): Promise<Closed> {
  const { accountId, symbol, positionSide } = reading.position;
  const account = accounts.find((record) => record.accountId === accountId);
  if (account === undefined) throw new RangeError(`${accountId} was not asked for`);
  try {
    const { answered, further, canceled } = await closer.close(desk, caller, {
      account,
      symbol,
      positionSide,
      quantity: null,
      fraction: null,
      marketProtectionBps: null,
      clientOrderId: null,
      strategy: null,
      key: null,
      request: null,
      waitMs: DEFAULT_WAIT_MS,
    });
    const closed = [{ answered }, ...further].map((outcome) =>
      'error' in outcome ? notClosed(reading, outcome.error) : closedBy(reading, outcome.answered.order),
    );
    return { canceled: await canceledForClose(desk, canceled), closed };
  } catch (error) {
    const ids = error instanceof Problem ? error.figures.canceled_order_ids : [];
    const canceled = Array.isArray(ids) ? (ids as readonly OrderId[]) : [];
    return { canceled: await canceledForClose(desk, canceled), closed: [notClosed(reading, error)] };
  }
}

/** Orders that a close canceled to make room for its own. */
async function canceledForClose(desk: Desk, orderIds: readonly OrderId[]): Promise<Unwound['canceled']> {
  const orders = await Promise.all(orderIds.map((orderId) => desk.books.order(orderId).catch(() => null)));
  return orders.flatMap((order) => (order === null ? [] : [viewOf(order)]));
}

function viewOf({ orderId, accountId, status }: Order): Unwound['canceled'][number] {
  return { order_id: orderId, account: accountId, status };
}

function closedBy(reading: PositionReading, { orderId, status }: Order): Unwound['closed'][number] {
  return { ...toOpenPosition(reading), order_id: orderId, status, problem: null };
}

function notClosed(reading: PositionReading, error: unknown): Unwound['closed'][number] {
  const orderId = error instanceof Problem ? error.figures.order_id : null;
  return {
    ...toOpenPosition(reading),
    order_id: typeof orderId === 'string' ? orderId : null,
    status: null,
    problem: wordsOf(error),
  };
}

/** The code and the words of any failure: what was done beside it is reported all the same. */
function wordsOf(error: unknown): string {
  if (error instanceof Problem) return `${error.problemCode}: ${error.message}`;
  if (error instanceof EngineUnavailable) return `${error.reason}: ${error.message}`;
  return 'internal_error: it failed here';
}

function toOpenPosition({ position }: PositionReading): z.output<typeof openPositionView> {
  const { accountId, symbol, positionSide, netQuantity } = position;
  return { account: accountId, symbol, position_side: positionSide, quantity: netQuantity.toString() };
}
