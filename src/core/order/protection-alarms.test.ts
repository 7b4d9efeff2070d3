import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { ACCOUNT, Desk, SPOT, SWAP } from '../testing/fixture.ts';
import { positionKey } from '../portfolio/keys.ts';
import { hasTriggered, type Order, type OrderRequest } from './order.ts';
import { isProtective } from './protection.ts';
import type { Position } from '../position/position.ts';
import { protectedQuantity, protectionAlarms, stopsTooLarge } from './protection-alarms.ts';

const SIDES = [
  ['long', 'buy', 'sell', '90'],
  ['short', 'sell', 'buy', '110'],
] as const;

describe.each(SIDES)(
  'a stop of the %s side of a hedged account',
  (positionSide, opening, closing, stopPrice) => {
    let desk: Desk;
    let stop: Order;
    const trade = (side: 'buy' | 'sell', quantity: string): void => {
      desk.at += 1_000;
      const order = desk.open({ symbol: SWAP, side, positionSide, quantity: decimal(quantity) });
      desk.fill(order, `t${desk.at}`, { quantity: decimal(quantity), executedAt: desk.at });
    };
    const stopOf = (quantity: string, more: Partial<OrderRequest> = {}): Order => {
      desk.at += 1_000;
      return desk.open({
        symbol: SWAP,
        side: closing,
        positionSide,
        type: 'stop_market',
        stopPrice: decimal(stopPrice),
        trigger: 'mark',
        price: null,
        quantity: decimal(quantity),
        ...more,
      });
    };
    const ended = (status: 'rejected' | 'expired' | 'canceled', order = stop): void => {
      desk.at += 1_000;
      desk.report(order, { status, filledQuantity: decimal('0'), venueReason: '' });
    };
    const alarms = (): readonly unknown[] =>
      protectionAlarms(desk.state).map(({ kind, orderId, stopQuantity, positionQuantity }) => [
        kind,
        orderId,
        stopQuantity.toString(),
        positionQuantity.toString(),
      ]);
    const evict = (): void => {
      desk.at += 60_000;
      desk.run({ type: 'evict', finishedBefore: desk.at - 30_000 });
    };

    beforeEach(() => {
      desk = Desk.funded();
      desk.hedge();
      trade(opening, '10');
      stop = stopOf('10');
    });
    afterEach(() => {
      desk.expectReplayEqual();
    });

    const held = (): Position => {
      const position = desk.state.positions.get(positionKey(ACCOUNT, SWAP, positionSide));
      if (position === undefined) throw new Error('no position');
      return position;
    };
    const covered = (): string => protectedQuantity(desk.state, held()).toString();
    const tooLarge = (): readonly unknown[] =>
      stopsTooLarge(desk.state, held()).map(({ order, fits }) => [order.orderId, fits.toString()]);
    /** A price that the market comes to after that of `stop`. */
    const LATER = closing === 'sell' ? '80' : '120';

    it('alarms while it is larger than what is left, and no more once there is as much', () => {
      expect(alarms()).toEqual([]);
      expect(covered()).toBe('10');
      trade(closing, '1');
      trade(closing, '1');
      expect(alarms()).toEqual([['stop_too_large', stop.orderId, '10', '8']]);
      expect(tooLarge()).toEqual([[stop.orderId, '8']]);
      expect(covered()).toBe('0');
      trade(opening, '2');
      expect(alarms()).toEqual([]);
      expect(covered()).toBe('10');
    });

    it('counts by what those before it leave, and by what the book leaves one with a limit price', () => {
      desk.run({ type: 'cancel_order', orderId: stop.orderId, requestedBy: 'test' });
      ended('canceled');
      const first = stopOf('6');
      const second = stopOf('6', { stopPrice: decimal(LATER) });
      expect(tooLarge()).toEqual([[second.orderId, '4']]);
      expect(covered()).toBe('6');
      trade(opening, '2');
      expect([tooLarge(), covered()]).toEqual([[], '12']);
      // Nothing is left for the second one: the first closes all there is.
      trade(closing, '6');
      expect([tooLarge(), covered()]).toEqual([[], '6']);
      trade(closing, '1');
      expect(tooLarge()).toEqual([
        [first.orderId, '5'],
        [second.orderId, '5'],
      ]);
      expect(covered()).toBe('0');
      trade(opening, '8');
      const limited = stopOf('1', { type: 'stop_limit', stopPrice: decimal(LATER), price: decimal(LATER) });
      expect([tooLarge(), covered()]).toEqual([[], '13']);
      const target = desk.open({
        symbol: SWAP,
        side: closing,
        positionSide,
        quantity: decimal('13'),
        price: decimal(opening === 'buy' ? '130' : '70'),
      });
      expect(tooLarge()).toEqual([]);
      expect(covered()).toBe('12');
      desk.run({ type: 'cancel_order', orderId: target.orderId, requestedBy: 'test' });
      ended('canceled', target);
      expect(desk.order(limited.orderId).status).toBe('open');
      expect(covered()).toBe('13');
    });

    it('does not bound an order that takes profit, which is too large by itself', () => {
      const target = stopOf('10', {
        type: 'take_profit_market',
        stopPrice: decimal(closing === 'sell' ? '130' : '70'),
      });
      expect([tooLarge(), covered()]).toEqual([[], '10']);
      trade(closing, '1');
      expect(tooLarge()).toEqual([
        [stop.orderId, '9'],
        [target.orderId, '9'],
      ]);
      expect(covered()).toBe('0');
    });

    it.each(['rejected', 'expired'] as const)(
      'that its venue has %s alarms until it is replaced',
      (status) => {
        trade(closing, '1');
        ended(status);
        expect(alarms()).toEqual([['stop_lost', stop.orderId, '10', '9']]);
        // For longer than finished orders stay in memory.
        evict();
        expect(alarms()).toEqual([['stop_lost', stop.orderId, '10', '9']]);
        stopOf('4');
        expect(alarms()).toHaveLength(1);
        stopOf('5');
        expect(alarms()).toEqual([]);
        expect(covered()).toBe('9');
        evict();
        expect(desk.state.finished.has(stop.orderId)).toBe(false);
      },
    );

    it('that is lost alarms no more once its position is closed, also where another is opened', () => {
      ended('rejected');
      expect(alarms()).toHaveLength(1);
      trade(closing, '10');
      expect(alarms()).toEqual([]);
      trade(opening, '3');
      expect(alarms()).toEqual([]);
    });

    it('that somebody cancels, or whose own time is over, is not lost', () => {
      ended('canceled');
      expect(alarms()).toEqual([]);
      const other = stopOf('10');
      desk.run({ type: 'cancel_order', orderId: other.orderId, requestedBy: 'test' });
      ended('canceled', other);
      expect(alarms()).toEqual([]);
    });
  },
);

describe('a stop of a net position', () => {
  const stopOf = (desk: Desk, more: Partial<OrderRequest>): Order =>
    desk.open({
      symbol: SWAP,
      side: 'sell',
      type: 'stop_market',
      stopPrice: decimal('90'),
      trigger: 'mark',
      price: null,
      quantity: decimal('10'),
      ...more,
    });
  const trade = (desk: Desk, side: 'buy' | 'sell', quantity: string): void => {
    desk.at += 1_000;
    const order = desk.open({ symbol: SWAP, side, quantity: decimal(quantity) });
    desk.fill(order, `t${desk.at}`, { quantity: decimal(quantity), executedAt: desk.at });
  };
  it.each([
    [true, '9', 'it is reduce-only: the venue cuts it to the position'],
    [false, '0', 'it would turn the position over'],
  ] as const)('larger than what is left, reduce-only %s, protects %s: %s', (reduceOnly, covered, _why) => {
    const desk = Desk.funded();
    trade(desk, 'buy', '10');
    const stop = stopOf(desk, { reduceOnly });
    trade(desk, 'sell', '1');
    const position = desk.state.positions.get(positionKey(ACCOUNT, SWAP, 'net'));
    if (position === undefined) throw new Error('no position');
    expect(protectedQuantity(desk.state, position).toString()).toBe(covered);
    expect(protectionAlarms(desk.state).map(({ kind, orderId }) => [kind, orderId])).toEqual(
      reduceOnly ? [] : [['stop_too_large', stop.orderId]],
    );
    desk.expectReplayEqual();
  });
});

describe('protected quantity', () => {
  const protecting = (given: Partial<OrderRequest> = {}): Partial<OrderRequest> => ({
    symbol: SWAP,
    side: 'sell',
    type: 'stop_market',
    stopPrice: decimal('90'),
    trigger: 'mark',
    price: null,
    quantity: decimal('10'),
    ...given,
  });
  const covered = (desk: Desk, positionSide: 'net' | 'long'): string => {
    const position = desk.state.positions.get(positionKey(ACCOUNT, SWAP, positionSide));
    if (position === undefined) throw new Error('no position');
    return protectedQuantity(desk.state, position).toString();
  };

  it.each(['net', 'long'] as const)(
    'of a %s position counts a stop once the venue is known to have it, and no more while its cancel is on its way',
    (positionSide) => {
      const desk = Desk.funded();
      if (positionSide === 'long') desk.hedge();
      const opening = desk.open({ symbol: SWAP, side: 'buy', positionSide, quantity: decimal('10') });
      desk.fill(opening, 'opening', { quantity: decimal('10') });
      const terms = protecting({ positionSide, reduceOnly: positionSide === 'net' });
      const parked = desk.submitting(terms);
      desk.outcome(parked, { kind: 'not_sent', reason: 'expired', detail: 'too late' });
      expect([desk.status(parked), covered(desk, positionSide)]).toEqual(['accepted', '0']);
      desk.cancel(parked);
      const stop = desk.submitting(terms);
      expect([desk.status(stop), covered(desk, positionSide)]).toEqual(['submitting', '0']);
      desk.outcome(stop, { kind: 'unknown', detail: 'no answer' });
      expect([desk.status(stop), covered(desk, positionSide)]).toEqual(['unknown', '0']);
      desk.report(stop);
      expect([desk.status(stop), covered(desk, positionSide)]).toEqual(['open', '10']);
      desk.cancel(stop);
      expect([desk.status(stop), covered(desk, positionSide)]).toEqual(['canceling', '0']);
      desk.expectReplayEqual();
    },
  );

  it('of a hedged side leaves to a later stop only what one in doubt before it would leave', () => {
    const desk = Desk.funded();
    desk.hedge();
    const positionSide = 'long';
    const opening = desk.open({ symbol: SWAP, side: 'buy', positionSide, quantity: decimal('10') });
    desk.fill(opening, 'opening', { quantity: decimal('10') });
    desk.submitting(protecting({ positionSide, quantity: decimal('6') }));
    const later = desk.open(protecting({ positionSide, quantity: decimal('4'), stopPrice: decimal('80') }));
    expect(covered(desk, positionSide)).toBe('4');
    desk.cancel(later);
    desk.report(later, { status: 'canceled' });
    desk.open(protecting({ positionSide, quantity: decimal('5'), stopPrice: decimal('80') }));
    expect(covered(desk, positionSide)).toBe('0');
    desk.expectReplayEqual();
  });

  it('is not what takes the place of a lost stop before the venue is known to have it', () => {
    const desk = Desk.funded();
    const opening = desk.open({ symbol: SWAP, side: 'buy', quantity: decimal('10') });
    desk.fill(opening, 'opening', { quantity: decimal('10') });
    const lost = desk.open(protecting({ reduceOnly: true }));
    desk.report(lost, { status: 'rejected' });
    const next = desk.submitting(protecting({ reduceOnly: true }));
    expect(protectionAlarms(desk.state).map(({ orderId }) => orderId)).toEqual([lost.orderId]);
    desk.report(next);
    expect(protectionAlarms(desk.state)).toEqual([]);
  });
});

describe('a stop-limit that has triggered and rests', () => {
  const cases = [
    ['net', SWAP],
    ['long', SWAP],
    ['net', SPOT],
  ] as const;
  it.each(cases)(
    'protects nothing of a %s position of %s, and alarms until that is protected again',
    (positionSide, symbol) => {
      const desk = Desk.funded();
      if (positionSide === 'long') desk.hedge();
      const opening = desk.open({ symbol, side: 'buy', positionSide, quantity: decimal('10') });
      desk.fill(opening, 'opening', { quantity: decimal('10') });
      const stopOf = (given: Partial<OrderRequest> = {}): Order =>
        desk.open({
          symbol,
          side: 'sell',
          positionSide,
          type: 'stop_limit',
          stopPrice: decimal('90'),
          price: decimal('89'),
          trigger: 'last',
          reduceOnly: positionSide === 'net' && symbol === SWAP,
          quantity: decimal('10'),
          ...given,
        });
      const stop = stopOf();
      const standing = (): readonly unknown[] => {
        const position = desk.state.positions.get(positionKey(ACCOUNT, symbol, positionSide));
        if (position === undefined) throw new Error('no position');
        const order = desk.order(stop.orderId);
        return [
          hasTriggered(order),
          isProtective(desk.state, order),
          protectedQuantity(desk.state, position).toString(),
          protectionAlarms(desk.state).map((alarm) => [alarm.kind, alarm.stopQuantity.toString()]),
        ];
      };
      desk.report(stop, { status: 'untriggered' });
      expect(standing()).toEqual([false, true, '10', []]);
      desk.at += 1_000;
      desk.report(stop, { status: 'open' });
      expect(standing()).toEqual([true, false, '0', [['stop_unfilled', '10']]]);
      desk.fill(stop, 'part', { quantity: decimal('4') });
      expect(standing()).toEqual([true, false, '0', [['stop_unfilled', '6']]]);
      desk.cancel(stop);
      expect(standing()).toEqual([true, false, '0', []]);
      desk.report(stop, { status: 'canceled', filledQuantity: decimal('4') });
      desk.at += 1_000;
      stopOf({ quantity: decimal('6') });
      expect(standing()).toEqual([true, false, '6', []]);
      desk.expectReplayEqual();
    },
  );

  it('alarms no more once another stop protects what it was to close', () => {
    const desk = Desk.funded();
    const opening = desk.open({ symbol: SWAP, side: 'buy', quantity: decimal('10') });
    desk.fill(opening, 'opening', { quantity: decimal('10') });
    const terms = {
      symbol: SWAP,
      side: 'sell',
      reduceOnly: true,
      stopPrice: decimal('90'),
      trigger: 'last',
    } as const;
    const stop = desk.open({ ...terms, type: 'stop_limit', price: decimal('89'), quantity: decimal('4') });
    desk.report(stop, { status: 'untriggered' });
    desk.report(stop, { status: 'open' });
    expect(protectionAlarms(desk.state)).toHaveLength(1);
    desk.at += 1_000;
    desk.open({ ...terms, type: 'stop_market', stopPrice: decimal('80'), quantity: decimal('4') });
    expect(protectionAlarms(desk.state)).toEqual([]);
  });

  it('is no alarm of a market stop, which executes as it triggers', () => {
    const desk = Desk.funded();
    const opening = desk.open({ symbol: SWAP, side: 'buy', quantity: decimal('10') });
    desk.fill(opening, 'opening', { quantity: decimal('10') });
    const stop = desk.open({
      symbol: SWAP,
      side: 'sell',
      type: 'stop_market',
      stopPrice: decimal('90'),
      trigger: 'last',
      reduceOnly: true,
      quantity: decimal('10'),
    });
    desk.report(stop, { status: 'untriggered' });
    desk.report(stop, { status: 'open' });
    expect([hasTriggered(desk.order(stop.orderId)), protectionAlarms(desk.state)]).toEqual([true, []]);
  });
});

describe('the reason of an order that its venue ended', () => {
  it.each([
    ['expired', '0'],
    ['expired', '1'],
    ['rejected', '0'],
    ['rejected', '1'],
    ['canceled', '0'],
    ['canceled', '1'],
  ] as const)('is there where the venue gives none: %s with %s filled', (status, filled) => {
    const desk = Desk.funded();
    const order = desk.open({ symbol: SWAP, type: 'limit', timeInForce: 'IOC', quantity: decimal('2') });
    if (filled !== '0') desk.fill(order, 't', { quantity: decimal(filled) });
    desk.report(order, { status, filledQuantity: decimal(filled), venueReason: '' });
    const { status: now, reason } = desk.order(order.orderId);
    expect(reason).toEqual({ code: now, detail: expect.stringMatching(/^the exchange /) as string });
  });
});
