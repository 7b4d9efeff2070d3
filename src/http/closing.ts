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
 *  4. The same key gives the first order again, even when the position is gone.
 */
import { claimsHedgedSide, type PositionSide } from '../core/order/terms.ts';
import { openPosition } from './position-reference.ts';
import { Decimal } from '../core/decimal.ts';
import { clientOrderId } from '../core/ids.ts';
import { remainingQuantity, type Order } from '../core/order/order.ts';
import type { AccountRecord } from '../directory/accounts.ts';
import type { Caller } from '../directory/callers.ts';
import { gettingOut, type Desk, type PositionReading } from '../engine/desk.ts';
import { requesterName, type HttpContext } from './context.ts';
import {
  answerPlaced,
  cancelSoon,
  earlierAnswer,
  untilFinished,
  type AnsweredOrder,
} from './order-answer.ts';
import { contentHash } from './idempotency.ts';
import { Problem } from './problem.ts';
import { SerialQueue } from './serial-queue.ts';
import type { InstrumentSymbol } from '../core/ids.ts';

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
  readonly strategy: string | null;
  /** The idempotency key; null for a request that has none. */
  readonly key: string | null;
  /** The content of a request over several positions that this is a part of; null for a close by itself. */
  readonly request: Readonly<Record<string, unknown>> | null;
  readonly waitMs: number;
}

export interface ClosedPosition {
  readonly answered: AnsweredOrder;
  /** Base units that rounding down to the lot leaves open; null where there are none. */
  readonly dust: Decimal | null;
  /** Base units that were to be closed and that the account does not hold, or others have locked; null where there are none. */
  readonly notHeld: Decimal | null;
}

interface Sized extends Pick<ClosedPosition, 'dust' | 'notHeld'> {
  readonly side: 'buy' | 'sell';
  readonly quantity: Decimal;
}

/** The content of a close that its key stands for. */
type CloseContent = Omit<CloseWish, 'account' | 'key' | 'waitMs'> & {
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
    if ('replayed' in placed) return { answered: placed.replayed, dust: null, notHeld: null };
    const answered = await answerPlaced(this.#context, desk, placed.intent, placed.answer, wish.waitMs);
    return { answered, dust: placed.dust, notHeld: placed.notHeld };
  }

  async #place(desk: Desk, caller: Caller, wish: CloseWish) {
    const hash = hashOfClose(wish);
    const earlier = wish.key === null ? null : await earlierAnswer(this.#context, desk, wish.key, hash);
    if (earlier !== null) return { replayed: earlier };
    const reading = await openPosition(desk, wish.account, wish.symbol, wish.positionSide);
    const { kind, positionSide } = reading.position;
    const { side, quantity, dust, notHeld } = await this.#sized(desk, caller, reading, wish);
    const intent = gettingOut({
      accountId: wish.account.accountId,
      clientOrderId: wish.clientOrderId === null ? null : clientOrderId(wish.clientOrderId),
      symbol: wish.symbol,
      side,
      positionSide,
      quantity,
      // A hedged position never turns over: its closing side only reduces, and venues refuse the flag there.
      reduceOnly: kind === 'linear_swap' && positionSide === 'net',
      marketProtectionBps: wish.marketProtectionBps,
      strategy: wish.strategy,
      requestedBy: requesterName(caller),
      idempotency: wish.key === null ? null : { key: wish.key, contentHash: hash },
    });
    return { intent, answer: await desk.orders.place(intent), dust, notHeld };
  }

  async #sized(desk: Desk, caller: Caller, reading: PositionReading, wish: CloseWish): Promise<Sized> {
    const { position, instrument } = reading;
    if (instrument === null) {
      throw new Problem('venue_unreachable', `${wish.symbol} cannot be read from the exchange now.`);
    }
    const side = position.netQuantity.isPositive() ? 'sell' : 'buy';
    const net = position.netQuantity.abs();
    const { value: open } = await desk.books.openOrders({
      accountIds: [wish.account.accountId],
      symbol: wish.symbol,
    });
    const closing = open.filter(
      (order) => order.side === side && order.positionSide === position.positionSide,
    );
    const closable = net.subtract(sumRemaining(closing.filter(tradesAtOnce))).max(Decimal.zero);
    if (closable.isZero()) {
      throw new Problem('position_closing', `Orders on their way close all of ${net.toString()} already.`, {
        actual: net.toString(),
      });
    }
    const asked =
      wish.quantity ?? (wish.fraction === null ? closable : net.multiply(wish.fraction).min(closable));
    // A figure that was given stays as it is; of a computed one as much is closed as is there.
    const there = reading.closable.subtract(net.subtract(closable)).max(Decimal.zero);
    const wanted = wish.quantity ?? asked.min(there);
    if (wanted.isZero()) {
      throw new Problem(
        'insufficient_balance',
        `Of ${asked.toString()} ${position.base} that were to be closed the account holds nothing that is not locked.`,
        { limit: '0', actual: asked.toString() },
      );
    }
    if (wanted.greaterThan(closable)) {
      throw new Problem('not_reducing', `quantity: at most ${closable.toString()} can be closed`, {
        limit: closable.toString(),
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
    const resting = closing.filter((order) => !tradesAtOnce(order));
    if (position.kind === 'spot') await this.#unlock(desk, caller, reading, quantity, resting);
    // Orders in the book close no more of a hedged side than it holds, this one with them.
    const claims = resting.filter(claimsHedgedSide);
    if (net.subtract(sumRemaining(claims)).lessThan(quantity)) await cancelAll(desk, caller, claims);
    const rest = wanted.subtract(quantity);
    const missing = asked.subtract(wanted);
    return {
      side,
      quantity,
      dust: rest.isPositive() ? rest : null,
      notHeld: missing.isPositive() ? missing : null,
    };
  }

  /** Cancels the resting sells that lock the base, as far as the free balance does not suffice. */
  async #unlock(
    desk: Desk,
    caller: Caller,
    { position }: PositionReading,
    needed: Decimal,
    resting: readonly Order[],
  ): Promise<void> {
    const { value: balances } = await desk.books.balances(position.accountId);
    const available =
      balances.find(({ balance }) => balance.wallet === position.wallet && balance.asset === position.base)
        ?.available ?? Decimal.zero;
    if (available.atLeast(needed)) return;
    await cancelAll(desk, caller, resting);
  }
}

/** Resolves when each is finished, or after `UNLOCK_WAIT_MS`. */
async function cancelAll(desk: Desk, caller: Caller, orders: readonly Order[]): Promise<void> {
  await Promise.all(
    orders.map(async (order) => {
      const answer = await cancelSoon(desk, order.orderId, requesterName(caller));
      if (answer.kind === 'canceling' || answer.kind === 'annulled' || answer.kind === 'already_finished')
        await untilFinished(desk, answer.order, UNLOCK_WAIT_MS);
    }),
  );
}

function tradesAtOnce(order: Order): boolean {
  return order.type === 'market' || order.timeInForce === 'IOC' || order.timeInForce === 'FOK';
}

function sumRemaining(orders: readonly Order[]): Decimal {
  return orders.reduce((sum, order) => sum.add(remainingQuantity(order) ?? Decimal.zero), Decimal.zero);
}
