/** A stop that is amended stays until the new one is known to work. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { Desk, reportOf, SPOT, SWAP } from '../testing/fixture.ts';
import type { Order, OrderRequest } from './order.ts';
import { mayRestBeside } from './replacement.ts';

const STOP: Partial<OrderRequest> = {
  symbol: SWAP,
  side: 'sell',
  type: 'stop_market',
  stopPrice: decimal('90'),
  trigger: 'mark',
  quantity: decimal('2'),
  reduceOnly: true,
};
let desk: Desk;
let old: Order;
beforeEach(() => {
  desk = Desk.funded();
  desk.hold(SWAP, '2');
  old = desk.open(STOP);
});
afterEach(() => {
  desk.expectReplayEqual();
});

const replacement = (): Order =>
  desk.submitting({ ...STOP, stopPrice: decimal('95'), replaces: old.orderId });
const accept = (order: Order, status: 'untriggered' | 'open' = 'untriggered'): void => {
  desk.outcome(order, {
    kind: 'accepted',
    venueOrderId: reportOf(order).venueOrderId,
    report: reportOf(order, { status }),
    fills: [],
  });
};

it('is canceled with the news that the new one works, and no sooner', () => {
  const made = replacement();
  desk.expectStatus(old.orderId, 'open');
  desk.outcome(made, { kind: 'unknown', detail: 'no answer' });
  desk.expectStatus(old.orderId, 'open');
  desk.report(made, { status: 'untriggered' });
  desk.expectStatus(old.orderId, 'canceling');
});

it('stays where the venue refuses the new one', () => {
  const made = replacement();
  desk.outcome(made, {
    kind: 'refused',
    reason: { kind: 'would_trigger', venueCode: '-2021', venueMessage: 'Order would immediately trigger.' },
  });
  desk.expectStatus(old.orderId, 'open');
});

it('that trades first takes the new one with it', () => {
  const made = replacement();
  desk.fill(old, 'stopped');
  accept(made);
  expect(desk.order(made.orderId).cancelRequested).toBe(true);
});

it('is not canceled for a new one that is to be canceled itself', () => {
  const made = replacement();
  desk.run({ type: 'cancel_order', orderId: made.orderId, requestedBy: 'tests' });
  accept(made);
  expect(desk.order(old.orderId).cancelRequested).toBe(false);
});

it('may rest beside the new one while it waits and only closes', () => {
  expect(mayRestBeside(desk.order(old.orderId))).toBe(true);
  const entry = desk.open({ ...STOP, reduceOnly: false });
  expect(mayRestBeside(desk.order(entry.orderId))).toBe(false);
  desk.report(old, { status: 'open' });
  expect(mayRestBeside(desk.order(old.orderId))).toBe(false);
});

it('whose trigger the venue reports takes the new one with it before anything has traded', () => {
  const made = replacement();
  desk.report(old, { status: 'open' });
  expect(desk.order(old.orderId).stopTriggered).toBe(true);
  accept(made);
  expect(desk.order(made.orderId).cancelRequested).toBe(true);
  expect(desk.order(old.orderId).cancelRequested).toBe(false);
});

describe('that is replaced by a close at the market', () => {
  /** The market stands above the stop, so that the changed one closes now. */
  const closing = (terms: Partial<OrderRequest> = {}): Order => {
    const made = desk.submitting({
      ...STOP,
      ...terms,
      stopPrice: decimal('105'),
      onWouldTrigger: 'close_now',
      replaces: old.orderId,
    });
    expect(desk.order(made.orderId).type).toBe('market');
    return made;
  };
  const remains = (): void => {
    desk.expectStatus(old.orderId, 'open');
    expect(desk.order(old.orderId).cancelRequested).toBe(false);
  };

  it.each([
    ['the answer says that it is accepted', (made: Order) => accept(made, 'open')],
    [
      'it is seen to work after a lost answer',
      (made: Order) => {
        desk.outcome(made, { kind: 'unknown', detail: 'no answer' });
        desk.report(made, { status: 'open' });
      },
    ],
  ])('stays while %s, and where the close ends unfilled', (_news, learn) => {
    const made = closing();
    learn(made);
    remains();
    desk.report(made, { status: 'expired' });
    desk.expectStatus(made.orderId, 'expired');
    remains();
  });

  it('ends once the close is filled, and on a swap not by a part of it', () => {
    const made = closing();
    accept(made, 'open');
    desk.fill(made, 'half', { quantity: decimal('1') });
    remains();
    desk.fill(made, 'rest', { quantity: decimal('1') });
    desk.expectStatus(old.orderId, 'canceling');
  });

  it('ends on spot with the first execution: beside each other both could sell more than was asked', () => {
    desk.hold(SPOT, '4');
    old = desk.open({ ...STOP, symbol: SPOT, trigger: 'last', reduceOnly: false });
    const made = closing({ symbol: SPOT, trigger: 'last', reduceOnly: false });
    accept(made, 'open');
    remains();
    desk.fill(made, 'half', { quantity: decimal('1') });
    desk.expectStatus(old.orderId, 'canceling');
  });
});
