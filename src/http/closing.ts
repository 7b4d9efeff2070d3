/**
 * Closing a position with a market order.
 *
 * Entry points: `closerOf`, `Closer`, `hashOfClose`.
 *
 * Invariants:
 *  1. Closes of one position are decided one after another, each after what the one before sent: together they sell no
 *     more than there is, also on spot, where no venue checks that.
 *  2. Only a computed quantity is rounded, down to the lot; the remainder is reported as dust.
 *  3. Of spot no more is sold than the account holds; what is missing is reported as not held.
 *  4. A quantity that is larger than the largest order of the exchange is closed in several orders, all sent at once.
 *  5. The same key gives the first orders again, even when the position is gone, with the figures of the first answer (`kept-close.ts`); or
 *     `AnsweredBefore` where it was kept without an order.
 *  6. Nothing is canceled for a close before its first order has passed the risk rules, and no more than it needs. A stop that was
 *     canceled for it is placed anew for what the close leaves open, all of it where the close fails, and so is each order for what
 *     it was to sell beside the position. The answer names every order that was canceled.
 *  7. A close for a strategy closes what its own book holds, and cancels or amends orders of its own alone. It never opens
 *     anything for the account: where others hold the opposite it closes as much as the account has.
 *  8. A stop that is larger than what the close leaves for it is amended to that, and named in the answer where it cannot be.
 */
import { claimsHedgedSide, type PositionSide } from '../core/order/terms.ts';
import { freeBase, nothingUnlocked, openPosition } from './position-reference.ts';
import { Decimal } from '../core/decimal.ts';
import { clientOrderId, type InstrumentSymbol, type OrderId } from '../core/ids.ts';
import type { Instrument } from '../core/instrument.ts';
import { finishesAtOnce, type Order } from '../core/order/order.ts';
import { inOrders } from '../core/position/closable.ts';
import type { Position } from '../core/position/position.ts';
import { allOf, roomToClose, sumRemaining, type RoomToClose } from '../core/position/room-to-close.ts';
import type { AccountRecord } from '../directory/accounts.ts';
import type { Caller } from '../directory/callers.ts';
import { keyOfPart } from '../core/order/parts-of-key.ts';
import { gettingOut, type Desk, type PlaceAnswer, type PlaceIntent } from '../engine/desk.ts';
import { requesterName, type HttpContext } from './context.ts';
import {
  answerPlaced,
  cancelSoon,
  earlierAnswer,
  untilFinished,
  type AnsweredOrder,
} from './order-answer.ts';
import {
  fitStops,
  restoreStops,
  stopsToKeep,
  stopsTooLarge,
  withStops,
  type MovedStop,
  type OpenAfterClose,
  type StopsOf,
} from './closing-stops.ts';
import { closedBy, positiveOrNull, unfilled } from './close-remainder.ts';
import { contentHash } from './idempotency.ts';
import { closedFigures, keepClose, keptClose } from './kept-close.ts';
import { closesBeside, closingOrders, requireApproved } from './orders-beside-close.ts';
import { fieldProblem, Problem } from './problem.ts';
import { SerialQueue } from './serial-queue.ts';

/** How long a resting sell may take to give its base back. */
const UNLOCK_WAIT_MS = 5_000;

export interface CloseWish {
  readonly account: AccountRecord;
  readonly symbol: InstrumentSymbol;
  /** Null where the instrument has one open position. */
  readonly positionSide: PositionSide | null;
  /** Base units; null with a null fraction closes all of it. */
  readonly quantity: Decimal | null;
  readonly fraction: Decimal | null;
  readonly marketProtectionBps: number | null;
  readonly clientOrderId: string | null;
  /** Null closes the account's position, a name what that strategy holds of it. */
  readonly strategy: string | null;
  /** The idempotency key; null for a request that has none. */
  readonly key: string | null;
  /** The content of a request over several positions that this is a part of; null for a close by itself. */
  readonly request: Readonly<Record<string, unknown>> | null;
  /** The request keeps its whole answer by itself (the kill switch): nothing is kept of this close. */
  readonly hasReceipt?: true;
  readonly waitMs: number;
}

/** An order that was placed, or what kept it from being placed. */
export type OrderOutcome = { readonly answered: AnsweredOrder } | { readonly error: unknown };

export interface ClosedPosition {
  /** The first of its orders that was placed. */
  readonly answered: AnsweredOrder;
  /** The other orders of a close that is larger than the exchange's largest order; those that were not placed among them. */
  readonly further: readonly OrderOutcome[];
  /** Base units that rounding down to the lot leaves open; null where there are none. */
  readonly dust: Decimal | null;
  /** Base units that were to be closed and that the account does not hold, or others have locked; null where there are none. */
  readonly notHeld: Decimal | null;
  /** Base units that could be closed and have no order: one was refused or ended early, or a close takes no more; null where there are none. */
  readonly left: Decimal | null;
  /** The orders that were canceled to make room. */
  readonly canceled: readonly OrderId[];
  /** Those of them that were to be placed anew for what is left to them, and the stops that the close made smaller. */
  readonly stops: readonly MovedStop[];
  /** Stops that are larger than what is left for them; null where that cannot be read now. */
  readonly stopsTooLarge: readonly OrderId[] | null;
}

interface Sized extends Pick<ClosedPosition, 'dust' | 'notHeld'> {
  readonly side: 'buy' | 'sell';
  /** All of it, base units. */
  readonly quantity: Decimal;
  /** One for each order; together less than all where that would take too many. */
  readonly quantities: readonly Decimal[];
}

/** An intent and the engine's answer to it. */
interface Placed {
  readonly intent: PlaceIntent;
  readonly answer: PlaceAnswer;
}

/** The content of a close that its key stands for. */
type CloseContent = Omit<CloseWish, 'account' | 'key' | 'hasReceipt' | 'waitMs'> & {
  readonly account: Pick<AccountRecord, 'accountId'>;
};

/** The hash that a key of a close stands for. A request that names no side has the hash that it had before there were sides. */
export function hashOfClose(wish: CloseContent): string {
  return contentHash({
    closes: wish.symbol,
    ...(wish.positionSide === null ? {} : { positionSide: wish.positionSide }),
    accountId: wish.account.accountId,
    quantity: wish.quantity,
    fraction: wish.fraction,
    marketProtectionBps: wish.marketProtectionBps,
    clientOrderId: wish.clientOrderId,
    strategy: wish.strategy,
    ...(wish.request === null ? {} : { request: wish.request }),
  });
}

/** The figures of an earlier close that are not known. */
const NOTHING_KEPT = { dust: null, notHeld: null, canceled: [], stops: [] } as const;

const closerByContext = new WeakMap<HttpContext, Closer>();

/** The closer of a service, of which it has one: closes that come by different routes wait for one another. */
export function closerOf(context: HttpContext): Closer {
  const known = closerByContext.get(context);
  if (known !== undefined) return known;
  const made = new Closer(context);
  closerByContext.set(context, made);
  return made;
}

export class Closer {
  readonly #context: HttpContext;
  /** By position. */
  readonly #queue = new SerialQueue();

  constructor(context: HttpContext) {
    this.#context = context;
  }

  /** Throws a `Problem` where there is nothing to close or the order is not taken. */
  async close(desk: Desk, caller: Caller, wish: CloseWish): Promise<ClosedPosition> {
    const placed = await this.#queue.take(
      `${desk.portfolioId} ${wish.account.accountId} ${wish.symbol}`,
      () => this.#place(desk, caller, wish),
    );
    if ('replayed' in placed) {
      const [answered, ...further] = placed.replayed;
      const orders = placed.replayed.map(({ order }) => order);
      const { mark } = placed;
      const kept = mark === null ? null : await keptClose(this.#context.readModels, desk.portfolioId, mark);
      return {
        answered,
        further: further.map((order) => ({ answered: order })),
        ...(kept === null
          ? { ...NOTHING_KEPT, left: await leftBy(desk, wish, orders) }
          : closedFigures(kept, orders, (await openNow(desk, wish))?.open ?? null)),
        stopsTooLarge: await stopsTooLarge(desk, stopsOf(wish, answered.order)),
      };
    }
    const outcomes = await Promise.all(
      placed.orders.map(async ({ intent, answer }): Promise<OrderOutcome> => {
        try {
          return { answered: await answerPlaced(this.#context, desk, intent, answer, wish.waitMs) };
        } catch (error) {
          return { error };
        }
      }),
    );
    if (placed.error !== null) outcomes.push({ error: placed.error });
    const first = outcomes.find((outcome) => 'answered' in outcome);
    const stops = await restoreStops(desk, caller, placed.canceled, placed.room, () => openNow(desk, wish));
    const canceled = placed.canceled.map(({ orderId }) => orderId);
    if (first === undefined) throw withStops(firstError(outcomes), canceled, stops, this.#context);
    const further = outcomes.filter((outcome) => outcome !== first);
    const answered = outcomes.flatMap((outcome) => ('answered' in outcome ? [outcome.answered.order] : []));
    const beside = stopsOf(wish, first.answered.order);
    const fitted = await fitStops(this.#context, desk, caller, beside, wish.waitMs);
    const kept = { whole: placed.whole, ...placed.rest, canceled, stops: [...stops, ...fitted] };
    if (placed.mark !== null && wish.hasReceipt !== true) await keepClose(desk, placed.mark, kept);
    return {
      answered: first.answered,
      further,
      ...closedFigures(kept, answered, null),
      stopsTooLarge: await stopsTooLarge(desk, beside),
    };
  }

  async #place(desk: Desk, caller: Caller, wish: CloseWish) {
    const hash = hashOfClose(wish);
    const earlier = wish.key === null ? null : await this.#earlierAnswers(desk, wish.key, hash);
    const mark = wish.key === null ? null : { key: wish.key, contentHash: hash };
    if (earlier !== null) return { replayed: earlier, mark };
    let target = await targetOf(desk, wish);
    let sized = sizeClose(target, wish);
    const intentOf = (quantity: Decimal, index: number): PlaceIntent =>
      gettingOut({
        accountId: wish.account.accountId,
        clientOrderId: wish.clientOrderId === null || index > 0 ? null : clientOrderId(wish.clientOrderId),
        symbol: wish.symbol,
        side: sized.side,
        positionSide: target.position.positionSide,
        quantity,
        // A hedged position never turns over: its closing side only reduces, and venues refuse the flag there.
        reduceOnly: target.position.kind === 'linear_swap' && target.position.positionSide === 'net',
        marketProtectionBps: wish.marketProtectionBps,
        strategy: wish.strategy,
        requestedBy: requesterName(caller),
        idempotency: wish.key === null ? null : { key: keyOfOrder(wish.key, index), contentHash: hash },
      });
    const room = await target.roomFor(sized.quantity);
    const inTheWay = room.canceled;
    const leaving = await target.leavingFor(sized.quantity);
    const canceled: Order[] = [];
    const orders: Placed[] = [];
    let error: unknown = null;
    try {
      if (inTheWay.length + leaving.length > 0) {
        if (inTheWay.length > 0) {
          await requireApproved(desk, intentOf(sized.quantities[0] ?? sized.quantity, 0), inTheWay);
          await cancelAll(desk, caller, room, canceled);
        }
        await Promise.all(leaving.map((order) => untilFinished(desk, order, UNLOCK_WAIT_MS)));
        // They may have closed a part of the position until they were gone.
        target = await targetOf(desk, wish);
        const isLess = target.left.isPositive() && wish.quantity?.greaterThan(target.left) === true;
        sized = sizeClose(target, isLess ? { ...wish, quantity: target.left } : wish);
      }
      for (const [index, quantity] of sized.quantities.entries()) {
        const intent = intentOf(quantity, index);
        const answer = await desk.orders.place(intent);
        orders.push({ intent, answer });
        // The same rules would refuse the orders after it.
        if (answer.kind !== 'accepted') break;
      }
    } catch (failure) {
      // Those before it are placed or canceled, and must be answered.
      error = failure;
    }
    const { dust, notHeld, quantity: whole } = sized;
    return { orders, error, canceled, room, whole, rest: { dust, notHeld }, mark };
  }

  /** The orders of an earlier close with the key; null where there is none. Throws a `Problem` where the key was another's. */
  async #earlierAnswers(
    desk: Desk,
    key: string,
    hash: string,
  ): Promise<readonly [AnsweredOrder, ...AnsweredOrder[]] | null> {
    const first = await earlierAnswer(this.#context, desk, key, hash);
    if (first === null) return null;
    const parts = await this.#context.readModels.idempotencyOfParts(desk.portfolioId, key);
    const orders = await Promise.all(
      parts
        .filter(({ contentHash: known }) => known === hash)
        .map(async ({ orderId }) => desk.books.order(orderId)),
    );
    return [
      first,
      ...orders
        .filter((order) => order !== null)
        .map((order): AnsweredOrder => ({ status: 200, order, replayed: true })),
    ];
  }
}

/** The position, or the part of one, that a close is of. */
interface Target {
  readonly position: Position;
  readonly instrument: Instrument | null;
  /** Base units of it that orders on their way leave to close. */
  readonly left: Decimal;
  /** As much of that as the account can close now. */
  readonly there: Decimal;
  /** The problem where something was asked for and nothing is there. */
  readonly nothingThere: (asked: Decimal) => Problem;
  /** The resting orders that are canceled for a close of so much. */
  readonly roomFor: (quantity: Decimal) => Promise<RoomToClose>;
  /** Resting orders that somebody is canceling already and whose room a close of so much needs: it waits for them, and puts none of them back. */
  readonly leavingFor: (quantity: Decimal) => Promise<readonly Order[]>;
}

/** Throws a `Problem` where there is nothing to close, or not so much. */
function sizeClose(target: Target, wish: CloseWish): Sized {
  const { position, instrument, left, there, nothingThere } = target;
  if (instrument === null) {
    throw new Problem('venue_unreachable', `${wish.symbol} cannot be read from the exchange now.`);
  }
  const net = position.netQuantity.abs();
  if (left.isZero()) {
    throw new Problem('position_closing', `Orders on their way close all of ${net.toString()} already.`, {
      actual: net.toString(),
    });
  }
  const asked = wish.quantity ?? (wish.fraction === null ? left : net.multiply(wish.fraction).min(left));
  // A figure that was given stays as it is; of a computed one as much is closed as is there.
  const wanted = wish.quantity ?? asked.min(there);
  if (wanted.isZero() || (wish.strategy !== null && there.isZero())) throw nothingThere(asked);
  const most = wish.strategy === null ? left : there;
  if (wanted.greaterThan(most)) {
    throw new Problem('not_reducing', `quantity: at most ${most.toString()} can be closed`, {
      limit: most.toString(),
      actual: wanted.toString(),
    });
  }
  // A figure that was given stays as it is: the engine refuses it when it is off the grid.
  const quantity = wish.quantity ?? wanted.roundToMultipleOf(instrument.lotSize, 'down');
  if (quantity.isZero()) {
    throw new Problem(
      'quantity_too_small',
      `${wanted.toString()} is less than one lot of ${instrument.lotSize.toString()}: it cannot be closed.`,
      { limit: instrument.lotSize.toString(), actual: wanted.toString(), dust: wanted.toString() },
    );
  }
  // The engine says what is wrong with a quantity that no order can have.
  const parts = quantity.isMultipleOf(instrument.lotSize) ? inOrders(quantity, instrument) : [];
  return {
    side: position.netQuantity.isPositive() ? 'sell' : 'buy',
    quantity,
    quantities: parts.length > 0 ? parts : [quantity],
    dust: positiveOrNull(wanted.subtract(quantity)),
    notHeld: positiveOrNull(asked.subtract(wanted)),
  };
}

/** Throws a `Problem` where there is no such position. */
function targetOf(desk: Desk, wish: CloseWish): Promise<Target> {
  return wish.strategy === null ? wholePosition(desk, wish) : strategyPart(desk, wish, wish.strategy);
}

/** Nothing is open without a position; null where that cannot be read. */
async function openNow(desk: Desk, wish: CloseWish): Promise<OpenAfterClose | null> {
  try {
    const { left, instrument, position } = await targetOf(desk, wish);
    const onLot = (figure: Decimal): Decimal =>
      instrument === null ? figure : figure.roundToMultipleOf(instrument.lotSize, 'down');
    const free = position.kind === 'spot' ? onLot(await freeBase(desk, position)) : null;
    return { open: onLot(left), free };
  } catch (error) {
    const isGone = error instanceof Problem && error.problemCode === 'position_not_found';
    return isGone ? { open: Decimal.zero, free: null } : null;
  }
}

/**
 * Base units that an earlier close was to close and that have no order, where it was not kept how much it was to close: of a quantity what
 * its orders leave of that, of a fraction what they were to fill, of all of it what is open now.
 */
async function leftBy(desk: Desk, wish: CloseWish, orders: readonly Order[]): Promise<Decimal | null> {
  const open = (await openNow(desk, wish))?.open ?? null;
  if (open === null || (wish.quantity === null && wish.fraction === null))
    return positiveOrNull(open ?? Decimal.zero);
  const whole = wish.quantity?.subtract(closedBy(orders)) ?? unfilled(orders) ?? Decimal.zero;
  return positiveOrNull(whole.min(open));
}

async function wholePosition(desk: Desk, wish: CloseWish): Promise<Target> {
  const reading = await openPosition(desk, wish.account, wish.symbol, wish.positionSide);
  const { position, instrument, closable, beingClosed } = reading;
  const net = position.netQuantity.abs();
  const orders = (await closingOrders(desk, position)).filter((order) => !finishesAtOnce(order));
  const leaving = orders.filter(({ cancelRequested }) => cancelRequested);
  const resting = orders.filter((order) => !leaving.includes(order));
  const left = net.subtract(beingClosed).max(Decimal.zero);
  return {
    position,
    instrument,
    left,
    there: closable.subtract(beingClosed).max(Decimal.zero),
    nothingThere: (asked) => nothingUnlocked(asked, position),
    roomFor: async (quantity) => {
      if (position.kind === 'spot') {
        const free = (await freeBase(desk, position)).add(sumRemaining(leaving));
        const room = roomToClose(position, resting, { quantity, left, free });
        const lot = instrument?.lotSize ?? null;
        return lot === null ? room : { ...room, beside: room.beside.roundToMultipleOf(lot, 'down') };
      }
      // Orders in the book close no more of a hedged side than it holds, this one with them.
      const claims = resting.filter(claimsHedgedSide);
      return allOf(net.subtract(sumRemaining(claims)).lessThan(quantity) ? claims : []);
    },
    leavingFor: async (quantity) => {
      if (position.kind === 'spot') return (await freeBase(desk, position)).lessThan(quantity) ? leaving : [];
      const claims = orders.filter(claimsHedgedSide);
      return net.subtract(sumRemaining(claims)).lessThan(quantity) ? leaving.filter(claimsHedgedSide) : [];
    },
  };
}

async function strategyPart(desk: Desk, wish: CloseWish, strategy: string): Promise<Target> {
  const { account, symbol, positionSide } = wish;
  const parts = await desk.books.strategyParts(strategy, account.accountId, symbol);
  const [found, other] = parts.filter(
    ({ part }) => positionSide === null || part.positionSide === positionSide,
  );
  if (found === undefined)
    throw new Problem(
      'position_not_found',
      `${strategy} holds nothing of ${symbol} on ${account.accountId}.`,
    );
  if (other !== undefined)
    throw fieldProblem('position_side', `is required: ${strategy} has a long and a short part of ${symbol}`);
  const { part, instrument, left, closable, ofAccount } = found;
  const ownOrders = async (): Promise<readonly Order[]> =>
    (await closingOrders(desk, part)).filter(
      (order) => order.strategy === strategy && !finishesAtOnce(order) && closesBeside(order),
    );
  return {
    position: part,
    instrument,
    left,
    there: closable,
    nothingThere: (asked) =>
      ofAccount.isZero()
        ? new Problem(
            'strategy_part_offset',
            `${strategy} holds ${part.netQuantity.toString()} of ${symbol}, and others the opposite: the account has nothing there that an order could close. What would close the part opens a position of the account.`,
            { limit: '0', actual: asked.toString() },
          )
        : nothingUnlocked(asked, part),
    roomFor: async (quantity) => {
      const own = (await ownOrders()).filter(({ cancelRequested }) => !cancelRequested);
      return allOf(part.netQuantity.abs().subtract(sumRemaining(own)).lessThan(quantity) ? own : []);
    },
    leavingFor: async (quantity) => {
      const own = await ownOrders();
      const isNeeded = part.netQuantity.abs().subtract(sumRemaining(own)).lessThan(quantity);
      return isNeeded ? own.filter(({ cancelRequested }) => cancelRequested) : [];
    },
  };
}

/** Resolves when each is finished, or after `UNLOCK_WAIT_MS`; adds to `canceled` each one that a cancel was asked for, as it stands then. */
async function cancelAll(desk: Desk, caller: Caller, room: RoomToClose, canceled: Order[]): Promise<void> {
  const keeps = stopsToKeep(room);
  const outcomes = await Promise.allSettled(
    room.canceled.map(async (order) => {
      const why = `it is in the way of the close of the position on ${order.symbol}`;
      const answer = await cancelSoon(
        desk,
        order.orderId,
        requesterName(caller),
        why,
        keeps.get(order.orderId),
      );
      if (answer.kind === 'canceling' || answer.kind === 'annulled' || answer.kind === 'already_finished')
        canceled.push(await untilFinished(desk, answer.order, UNLOCK_WAIT_MS));
      else if (answer.kind === 'withdrawn' && answer.order !== null) canceled.push(answer.order);
      else if (answer.kind === 'not_sent') canceled.push(answer.order);
    }),
  );
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

/** The key of one order of a close: that of the close itself for the first. The keys of the others sort in their order. */
function keyOfOrder(key: string, index: number): string {
  return index === 0 ? key : keyOfPart(key, String(index + 1).padStart(2, '0'));
}

function firstError(outcomes: readonly OrderOutcome[]): unknown {
  const failed = outcomes.find((outcome) => 'error' in outcome);
  return failed?.error ?? new RangeError('a close without an order');
}

function stopsOf({ strategy }: CloseWish, { accountId, symbol, positionSide }: Order): StopsOf {
  return { accountId, symbol, positionSide, strategy };
}
