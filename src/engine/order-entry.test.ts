/** Whether a kept stop has outlived its position, as the kill switch asks: by books that a private stream keeps up to date. */
import { expect, it } from 'vitest';
import { decimal } from '../core/decimal.ts';
import { Desk, SWAP, SWAP_INSTRUMENT } from '../core/testing/fixture.ts';
import { PortfolioOrderEntry, type OrderEntryOptions } from './order-entry.ts';

it('a stop has outlived its position only while the private stream is connected: else the books may lack what was opened since', () => {
  const desk = Desk.funded();
  desk.hold(SWAP, '1');
  const stop = desk.open({
    symbol: SWAP,
    type: 'stop_market',
    side: 'sell',
    quantity: decimal('1'),
    price: null,
    stopPrice: decimal('90'),
    reduceOnly: true,
  });
  desk.fill(desk.open({ symbol: SWAP, side: 'sell', quantity: decimal('1') }), 'closed');
  let privateStream = 'connected';
  const entry = new PortfolioOrderEntry({
    writer: { state: desk.state },
    accounts: {
      startedGateway: () => ({ connection: () => ({ privateStream }) }),
      instrument: () => SWAP_INSTRUMENT,
      confirmedMarks: () => new Map(),
    },
  } as unknown as OrderEntryOptions);
  const order = desk.order(stop.orderId);
  expect(entry.hasOutlivedNow(order)).toBe(true);
  privateStream = 'connecting';
  expect(entry.hasOutlivedNow(order)).toBe(false);
});

it('a cancel that is to make room claims its stop before it is journaled, and goes out after that: else the keeper would place it beside the request, and a crash lose it', async () => {
  const desk = Desk.funded();
  desk.hold(SWAP, '1');
  const stop = desk.open({
    symbol: SWAP,
    type: 'stop_market',
    side: 'sell',
    quantity: decimal('1'),
    price: null,
    stopPrice: decimal('90'),
    reduceOnly: true,
  });
  const steps: string[] = [];
  const entry = new PortfolioOrderEntry({
    writer: {
      state: desk.state,
      isStalled: false,
      requireOpen: () => undefined,
      isWithdrawable: () => false,
      submit: async () => {
        steps.push('journaled');
        return { kind: 'canceling' };
      },
    },
    journal: { healthy: true },
    books: { order: async () => desk.order(stop.orderId) },
    accounts: { has: () => true },
    effectExecutor: { cancel: () => steps.push('sent') },
    stopKeeper: { claim: () => steps.push('claimed') },
    background: { unlessLate: async (work: Promise<unknown>) => work },
    clock: { now: () => desk.at },
  } as unknown as OrderEntryOptions);
  const none = { ofThisStop: decimal('0'), ofAllStops: decimal('0') };
  await entry.cancel(stop.orderId, 'ann', undefined, { beside: none });
  expect(steps).toEqual(['claimed', 'journaled']);
});
