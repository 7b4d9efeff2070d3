import { expect, it } from 'vitest';
import { decimal } from '../core/decimal.ts';
import type { Order } from '../core/order/order.ts';
import { Desk, SWAP } from '../core/testing/fixture.ts';
import { LOG_AGAIN_MS } from './margin-monitor.ts';
import { LOOK_AT_STOPS_EVERY_MS, ProtectionMonitor, UNFILLED_STOP_AFTER_MS } from './protection-monitor.ts';

it('warns once of a stop that protects no more and of one that its venue ended, and says when that is over', () => {
  const desk = Desk.funded();
  let isLookedAfter = false;
  let isRemoved = false;
  const timers: (() => void)[] = [];
  const lines: unknown[] = [];
  const noteAs =
    (level: string) =>
    (fields: object, words: string): void => {
      lines.push({ level, words, ...fields });
    };
  const monitor = new ProtectionMonitor({
    clock: {
      now: () => desk.at,
      monotonic: () => desk.at,
      after: (delayMs, action) => {
        expect(delayMs).toBe(LOOK_AT_STOPS_EVERY_MS);
        timers.push(action);
        return () => undefined;
      },
    },
    log: { info: noteAs('info'), warn: noteAs('warn'), error: noteAs('error') },
    isOpen: () => true,
    state: () => desk.state,
    isLookedAfter: () => isLookedAfter,
    isRemoved: () => isRemoved,
  });
  const pass = (): readonly unknown[] => {
    desk.at += LOOK_AT_STOPS_EVERY_MS;
    for (const action of timers.splice(0)) action();
    return lines.splice(0);
  };
  const trade = (side: 'buy' | 'sell', quantity: string): void => {
    const order = desk.open({ symbol: SWAP, side, positionSide: 'long', quantity: decimal(quantity) });
    desk.fill(order, `t${desk.at}`, { quantity: decimal(quantity), executedAt: desk.at });
  };
  desk.hedge();
  monitor.start();
  trade('buy', '10');
  const stop = desk.open({
    symbol: SWAP,
    side: 'sell',
    positionSide: 'long',
    type: 'stop_market',
    stopPrice: decimal('90'),
    trigger: 'mark',
    price: null,
    quantity: decimal('10'),
  });
  expect(pass()).toEqual([]);

  trade('sell', '1');
  expect(pass()).toMatchObject([
    {
      level: 'warn',
      alarm: 'stop_too_large',
      orderId: stop.orderId,
      stopQuantity: '10',
      positionQuantity: '9',
    },
  ]);
  // One that is looked after is looked after for its place, not for its size.
  isLookedAfter = true;
  expect(monitor.alarms()).toMatchObject([{ kind: 'stop_too_large', orderId: stop.orderId }]);
  isLookedAfter = false;
  const since = monitor.alarms()[0]?.since;
  expect(pass()).toEqual([]);
  // The position changes and the stop is still too large: it is so since the first change.
  trade('sell', '1');
  expect(monitor.alarms()).toMatchObject([{ since, positionQuantity: decimal('8') }]);
  trade('buy', '1');
  desk.at += LOG_AGAIN_MS - 3_000;
  expect(pass()).toEqual([]);
  desk.at += 1_000;
  expect(pass()).toMatchObject([{ level: 'warn', alarm: 'stop_too_large', since }]);

  desk.report(stop, {
    status: 'rejected',
    filledQuantity: decimal('0'),
    venueReason: 'Order would be rejected',
  });
  expect(pass()).toMatchObject([
    { level: 'warn', alarm: 'stop_lost', why: expect.stringContaining('Order would be rejected') },
    { level: 'info', alarm: 'stop_too_large' },
  ]);
  expect(pass()).toEqual([]);
  // The stop that it was in the place of has an alarm of its own: there is one for each stop.
  isLookedAfter = true;
  expect(pass()).toMatchObject([{ level: 'info', alarm: 'stop_lost' }]);
  expect(monitor.alarms()).toEqual([]);
  isLookedAfter = false;
  expect(pass()).toMatchObject([{ level: 'warn', alarm: 'stop_lost' }]);
  // Nobody can protect what was left on an account that was removed.
  isRemoved = true;
  expect(pass()).toMatchObject([{ level: 'info', alarm: 'stop_lost' }]);
  isRemoved = false;
  expect(pass()).toMatchObject([{ level: 'warn', alarm: 'stop_lost' }]);
  trade('sell', '9');
  expect(pass()).toMatchObject([{ level: 'info', alarm: 'stop_lost' }]);
  monitor.stop();
});

it('warns of a stop-limit that has triggered once it has rested for its time, and not of one that fills', () => {
  const desk = Desk.funded();
  const timers: (() => void)[] = [];
  const lines: unknown[] = [];
  const note = (fields: object, words: string): void => {
    lines.push({ words, ...fields });
  };
  const monitor = new ProtectionMonitor({
    clock: {
      now: () => desk.at,
      monotonic: () => desk.at,
      after: (_delayMs, action) => {
        timers.push(action);
        return () => undefined;
      },
    },
    log: { info: note, warn: note, error: note },
    isOpen: () => true,
    state: () => desk.state,
    isLookedAfter: () => false,
    isRemoved: () => false,
  });
  const look = (): void => {
    for (const action of timers.splice(0)) action();
  };
  const standing = (): readonly string[] => monitor.alarms().map(({ kind }) => kind);
  desk.hold(SWAP, '10');
  monitor.start();
  const triggered = (): Order => {
    const stop = desk.open({
      symbol: SWAP,
      side: 'sell',
      type: 'stop_limit',
      stopPrice: decimal('90'),
      price: decimal('89'),
      trigger: 'last',
      reduceOnly: true,
      quantity: decimal('5'),
    });
    desk.report(stop, { status: 'untriggered' });
    desk.report(stop, { status: 'open' });
    look();
    return stop;
  };
  const filling = triggered();
  desk.at += UNFILLED_STOP_AFTER_MS - 1;
  look();
  expect([standing(), lines]).toEqual([[], []]);
  desk.fill(filling, 'filled');
  const resting = triggered();
  desk.at += UNFILLED_STOP_AFTER_MS - 1;
  expect(standing()).toEqual([]);
  desk.at += 1;
  expect(standing()).toEqual(['stop_unfilled']);
  look();
  expect(lines).toMatchObject([{ alarm: 'stop_unfilled', orderId: resting.orderId, stopQuantity: '5' }]);
  desk.fill(resting, 'late');
  expect(standing()).toEqual([]);
});
