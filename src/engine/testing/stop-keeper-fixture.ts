/** A keeper of stops over a desk of the core, on a clock of the test's own. */
import { decimal, type Decimal } from '../../core/decimal.ts';
import { portfolioId, type OrderId } from '../../core/ids.ts';
import type { Order } from '../../core/order/order.ts';
import { besidePosition } from '../../core/order/uncovered.ts';
import { orderOf } from '../../core/portfolio/state.ts';
import { Desk, quoteAt, SPOT, SPOT_INSTRUMENT } from '../../core/testing/fixture.ts';
import { EngineUnavailable, type OnWouldTrigger, type PlaceAnswer } from '../desk.ts';
import { StopKeeper } from '../stop-keeper.ts';

export const UNREACHABLE = new EngineUnavailable('venue_unreachable', 'not connected', 1_000);
export const STOP = { type: 'stop_market', side: 'sell', price: null, stopPrice: decimal('90') } as const;

/**
 * A position of 2 beside an inventory of `beside`, a stop for all of both (or for `quantity`), where asked for a position that is opened
 * later with a stop of its own, and a keeper; `answer` says what becomes of a placement, which
 * is counted. The market stands at `market.price`, and is known anew where `market.isKnown`.
 */
export function world(
  answer: (place: () => Order, quantity: Decimal, onWouldTrigger: OnWouldTrigger) => PlaceAnswer,
  {
    position = '2',
    beside = '0',
    quantity = decimal(position).add(decimal(beside)).toString(),
    other = null as { readonly position: string; readonly stopPrice: string } | null,
  } = {},
) {
  const core = Desk.funded('1000000', beside);
  if (position !== '0') core.hold(SPOT, position);
  const stop = core.open({ ...STOP, quantity: decimal(quantity) });
  if (other !== null) {
    core.hold(SPOT, other.position);
    core.open({ ...STOP, quantity: decimal(other.position), stopPrice: decimal(other.stopPrice) });
  }
  const market = { price: '100', isKnown: true };
  let timers: { at: number; action: () => void }[] = [];
  const lines: string[] = [];
  const tries: { readonly at: number; readonly quantity: string; readonly onWouldTrigger: OnWouldTrigger }[] =
    [];
  const note = (_fields: unknown, words: string): number => lines.push(words);
  const began = core.at;
  const place = (quantity: Decimal): Order => core.submitting({ ...STOP, quantity });
  /** As the read model has them. */
  const stored = new Map<OrderId, Order>();
  let isCompared = true;
  let isRemoved = false;
  const start = (): StopKeeper =>
    new StopKeeper({
      portfolioId: portfolioId('p'),
      clock: {
        now: () => core.at,
        // The two clocks of a process have nothing in common.
        monotonic: () => core.at - began,
        after: (delayMs, action) => {
          const timer = { at: core.at + delayMs, action };
          timers.push(timer);
          return () => {
            timers = timers.filter((other) => other !== timer);
          };
        },
      },
      log: { info: note, warn: note, error: note },
      background: { run: (work) => void work },
      isOpen: () => true,
      state: () => core.state,
      order: async (id) => orderOf(core.state, id) ?? stored.get(id) ?? null,
      lotSize: () => decimal('0.001'),
      isCompared: () => isCompared,
      isRemoved: () => isRemoved,
      place: async ({ quantity, ...intent }) => {
        const onWouldTrigger: OnWouldTrigger = intent.onWouldTrigger ?? 'refuse';
        if (quantity === null) throw new TypeError('a stop without a quantity');
        tries.push({ at: core.at - began, quantity: quantity.toString(), onWouldTrigger });
        return answer(() => place(quantity), quantity, onWouldTrigger);
      },
      submit: async (make) => core.run(make()).reply,
      isReachedNow: async ({ stopPrice }) =>
        market.isKnown ? stopPrice?.atLeast(decimal(market.price)) === true : null,
    });
  const keeper = start();
  const besidePlace = besidePosition(core.state, stop);
  const keep = (replacement: Order | null = null, isShort?: true): void =>
    keeper.keep({
      beside: besidePlace,
      isShort,
      requestedBy: 'ann',
      stop: core.order(stop.orderId),
      replacement: replacement?.orderId ?? null,
      placeAnew: async (quantity, onWouldTrigger) => {
        tries.push({ at: core.at - began, quantity: quantity.toString(), onWouldTrigger });
        return answer(() => place(quantity), quantity, onWouldTrigger);
      },
    });
  const pass = async (ms: number): Promise<void> => {
    for (const until = core.at + ms; core.at < until;) {
      core.at += 500;
      const due = timers.filter(({ at }) => at <= core.at);
      timers = timers.filter(({ at }) => at > core.at);
      for (const { action } of due) action();
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  };
  /** The cancel of a request that puts the stop back. */
  const askToCancel = (): void => {
    core.run({
      type: 'cancel_order',
      orderId: stop.orderId,
      requestedBy: 'ann',
      keep: { beside: besidePlace },
    });
  };
  const cancel = (): void => {
    askToCancel();
    core.report(core.order(stop.orderId), { status: 'canceled' });
  };
  /** The next process over the same journal. */
  const restart = ({ compared = true } = {}): StopKeeper => {
    timers = [];
    core.expectReplayEqual();
    core.reopen();
    isCompared = compared;
    const next = start();
    next.start();
    return next;
  };
  /** Orders that were finished by now leave memory. */
  const evict = (): void => {
    for (const order of core.state.finished.values()) stored.set(order.orderId, order);
    core.at += 60_000;
    core.run({ type: 'evict', finishedBefore: core.at });
  };
  const removeAccount = (): void => {
    isRemoved = true;
  };
  const uncompare = (): void => {
    isCompared = false;
  };
  const compare = (): void => {
    isCompared = true;
  };
  return {
    core,
    stop,
    keeper,
    keep,
    pass,
    askToCancel,
    cancel,
    restart,
    evict,
    removeAccount,
    uncompare,
    compare,
    lines,
    tries,
    market,
  };
}

export const taken = (order: Order): PlaceAnswer => ({ kind: 'accepted', order, replayed: false });
export const unreachable = (): PlaceAnswer => {
  throw UNREACHABLE;
};

/** As `world`; a placement is decided by the rules, at a market of 85 at first, which is beyond the stop price of 90. */
export function passedWorld(
  given: NonNullable<Parameters<typeof world>[1]> & { readonly isTakenOver?: boolean } = {},
) {
  const made: ReturnType<typeof world> = world((_place, quantity, onWouldTrigger) => {
    const { core, market } = made;
    const closes = onWouldTrigger === 'close_now' ? { onWouldTrigger } : {};
    const quote = market.isKnown ? quoteAt(SPOT_INSTRUMENT, decimal(market.price), core.at) : null;
    const { reply } = core.place(
      { ...STOP, quantity, getsOut: true, replaces: made.stop.orderId, ...closes },
      { quote },
    );
    if (reply.kind === 'accepted') return taken(reply.order);
    if (reply.kind !== 'denied') throw new TypeError(reply.kind);
    return { ...reply, replayed: false };
  }, given);
  made.market.price = '85';
  made.cancel();
  if (given.isTakenOver === true) made.restart();
  else made.keep();
  const closing = (): Order => {
    const found = [...made.core.state.unfinished.values()].at(-1);
    if (found === undefined) throw new Error('nothing was placed');
    return made.core.order(found.orderId);
  };
  return { ...made, closing };
}
