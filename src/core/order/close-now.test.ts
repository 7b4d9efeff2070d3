/** A closing stop with `close_now` that the market has reached. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { Desk, marketContext, quoteAt, SWAP, SWAP_INSTRUMENT, typesOf } from '../testing/fixture.ts';
import type { OrderRequest } from './order.ts';

const STOP: Partial<OrderRequest> = {
  symbol: SWAP,
  side: 'sell',
  type: 'stop_market',
  stopPrice: decimal('105'),
  trigger: 'mark',
  quantity: decimal('2'),
  reduceOnly: true,
  onWouldTrigger: 'close_now',
};
let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
  desk.hold(SWAP, '2');
});
afterEach(() => {
  desk.expectReplayEqual();
});

it('is sent as a protected market order, with the stop and the price it was measured against', () => {
  const { orderId } = desk.place(STOP);
  const order = desk.order(orderId);
  expect(order).toMatchObject({
    status: 'submitting',
    type: 'market',
    stopPrice: null,
    stopDirection: null,
    timeInForce: 'IOC',
    reduceOnly: true,
    insteadOfStop: { stopPrice: decimal('105'), marketPrice: decimal('100') },
  });
  expect(order.protectionPrice?.lessThan(decimal('100'))).toBe(true);
});

it('waits as a stop where the market has not reached it', () => {
  const { orderId } = desk.place({ ...STOP, stopPrice: decimal('95') });
  expect(desk.order(orderId)).toMatchObject({ type: 'stop_market', stopDirection: 'down' });
});

it('is refused where it closes nothing', () => {
  const open = { ...STOP, reduceOnly: false, side: 'buy', stopPrice: decimal('95') } as const;
  expect(desk.refusalBy('order_shape', open)).toMatchObject({ code: 'unsupported_order' });
});

it('without a fresh price is sent as a stop, and closed at the market once the venue says that it has reached it', () => {
  const { orderId } = desk.place(STOP, { quote: null });
  const order = desk.order(orderId);
  expect(order).toMatchObject({ status: 'submitting', type: 'stop_market' });
  const refused = desk.outcome(order, {
    kind: 'refused',
    reason: { kind: 'would_trigger', venueCode: '-2021', venueMessage: 'Order would immediately trigger.' },
  });
  expect(typesOf(refused)).toEqual(['stop_reached']);
  expect(desk.order(orderId)).toMatchObject({ status: 'accepted', retryAt: desk.at });
  const retried = desk.run({
    type: 'retry_due',
    orderId,
    context: marketContext({ at: desk.at, instrument: SWAP_INSTRUMENT }),
  });
  expect(typesOf(retried)).toEqual(['stop_closes_now', 'send_attempted']);
  expect(desk.order(orderId)).toMatchObject({ status: 'submitting', type: 'market', stopPrice: null });
  expect(desk.order(orderId).protectionPrice).not.toBeNull();
});

it('is closed at the market on a retry that finds it reached', () => {
  const { orderId } = desk.place({ ...STOP, stopPrice: decimal('95') });
  desk.outcome(desk.order(orderId), { kind: 'not_sent', reason: 'connect_failed', detail: '' });
  const quote = quoteAt(SWAP_INSTRUMENT, decimal('94'), desk.at);
  const retried = desk.run({
    type: 'retry_due',
    orderId,
    context: marketContext({ at: desk.at, instrument: SWAP_INSTRUMENT, quote }),
  });
  expect(typesOf(retried)).toEqual(['stop_closes_now', 'send_attempted']);
  expect(desk.order(orderId)).toMatchObject({
    type: 'market',
    insteadOfStop: { stopPrice: decimal('95'), marketPrice: decimal('94') },
  });
});

it('without close_now the refusal of the venue ends it under the same code', () => {
  const { onWouldTrigger: _, ...plain } = STOP;
  const { orderId } = desk.place(plain, { quote: null });
  desk.outcome(desk.order(orderId), {
    kind: 'refused',
    reason: { kind: 'would_trigger', venueCode: '-2021', venueMessage: 'Order would immediately trigger.' },
  });
  expect(desk.order(orderId)).toMatchObject({ status: 'rejected', reason: { code: 'would_trigger' } });
});
