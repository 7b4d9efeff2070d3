import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { Desk, NO_LIMITS, quoteAt, SPOT, START, SWAP, SWAP_INSTRUMENT } from '../testing/fixture.ts';
import {
  freshMarketPriceFor,
  impliedDirection,
  isProtective,
  isReached,
  marketPriceFor,
  namedType,
  triggerDirectionOf,
} from './protection.ts';
import type { Order, OrderRequest } from './order.ts';
import { ORDER_TYPES } from './terms.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});
afterEach(() => {
  desk.expectReplayEqual();
});

const now = (order: Order): Order => desk.order(order.orderId);
const stop = (given: Partial<OrderRequest> = {}): Partial<OrderRequest> => ({
  symbol: SWAP,
  side: 'sell',
  type: 'stop_market',
  stopPrice: decimal('90'),
  trigger: 'mark',
  quantity: decimal('1'),
  reduceOnly: true,
  ...given,
});

describe('the direction in which a stop triggers', () => {
  it('is what type and side say', () => {
    expect(
      ORDER_TYPES.map((type) => [type, impliedDirection(type, 'sell'), impliedDirection(type, 'buy')]),
    ).toEqual([
      ['market', null, null],
      ['limit', null, null],
      ['stop_market', 'falling', 'rising'],
      ['stop_limit', 'falling', 'rising'],
      ['take_profit_market', 'rising', 'falling'],
      ['take_profit_limit', 'rising', 'falling'],
    ]);
  });

  it('is that of the request wherever the market stands: without a fresh price the venue decides', () => {
    desk.hold(SWAP, '2');
    for (const stopPrice of ['90', '110']) {
      const { orderId } = desk.place(stop({ stopPrice: decimal(stopPrice) }), { quote: null });
      expect(desk.order(orderId)).toMatchObject({ status: 'submitting', stopDirection: 'down' });
      expect(namedType(desk.order(orderId))).toBe('stop_market');
    }
  });

  it('of an older record is the one that was recorded, and names the type', () => {
    const order = { type: 'stop_limit', side: 'sell', stopDirection: 'up' } as const;
    expect(triggerDirectionOf(order)).toBe('rising');
    expect(namedType(order)).toBe('take_profit_limit');
    expect(namedType({ ...order, stopDirection: 'down' })).toBe('stop_limit');
  });
});

describe('a stop that the market has reached', () => {
  const quote = { bid: decimal('99'), ask: decimal('101'), mark: decimal('100') };
  const reaches = (order: Parameters<typeof isReached>[0]): boolean => {
    const market = marketPriceFor(order, quote);
    return market !== null && isReached(order, market);
  };
  it.each([
    // On the mark: at it or beyond.
    ['sell', 'stop_market', 'mark', '99.99', false],
    ['sell', 'stop_market', 'mark', '100', true],
    ['buy', 'stop_market', 'mark', '100', true],
    ['buy', 'stop_market', 'mark', '100.01', false],
    ['sell', 'take_profit_market', 'mark', '100', true],
    ['sell', 'take_profit_market', 'mark', '100.01', false],
    // On the last price: beyond both sides of the book.
    ['sell', 'stop_market', 'last', '101', true],
    ['sell', 'stop_market', 'last', '100.99', false],
    ['buy', 'stop_limit', 'last', '99', true],
    ['buy', 'stop_limit', 'last', '99.01', false],
    ['sell', 'take_profit_limit', 'last', '99', true],
    ['buy', 'take_profit_limit', null, '101', true],
    ['buy', 'take_profit_limit', null, '100', false],
  ] as const)('%s %s on %s at %s: %s', (side, type, trigger, stopPrice, reached) => {
    expect(reaches({ side, type, trigger, stopPrice: decimal(stopPrice) })).toBe(reached);
  });

  it('is refused with both prices, on a fresh quote alone', () => {
    desk.hold(SWAP, '2');
    expect(desk.refusalBy('stop_trigger', stop({ stopPrice: decimal('100.01') }))).toMatchObject({
      code: 'would_trigger',
      limit: '100',
      actual: '100.01',
      detail: expect.stringMatching(/100\.01.*100/) as unknown,
    });
    expect(desk.refusalBy('stop_trigger', stop({ stopPrice: decimal('99.99') }))).toBeNull();
    const aged = (ms: number) => ({
      quote: quoteAt(SWAP_INSTRUMENT, decimal('100'), desk.at - ms),
      limits: { ...NO_LIMITS, staleQuoteMs: 5_000 },
    });
    const reached = stop({ stopPrice: decimal('100.01') });
    expect(desk.refusalBy('stop_trigger', reached, aged(5_000))).not.toBeNull();
    expect(desk.refusalBy('stop_trigger', reached, aged(5_001))).toBeNull();
  });
});

describe('the price that a stop is measured against', () => {
  const quote = quoteAt(SWAP_INSTRUMENT, decimal('100'));
  const limits = { ...NO_LIMITS, staleQuoteMs: 5_000 };
  const priceOf = (trigger: 'mark' | 'last', given: Partial<typeof quote>): string | undefined =>
    freshMarketPriceFor(
      { type: 'stop_market', side: 'sell', trigger },
      { quote: { ...quote, ...given }, at: START, limits },
    )?.toString();
  const [fresh, old] = [START - 5_000, START - 5_001];

  it('is as old as the datum that triggers it, whatever is known beside', () => {
    expect(priceOf('mark', { markAt: old, bookAt: START })).toBeUndefined();
    expect(priceOf('mark', { markAt: fresh, bookAt: old })).toBe('100');
    expect(priceOf('last', { markAt: START, bookAt: old })).toBeUndefined();
    expect(priceOf('last', { markAt: old, bookAt: fresh })).toBe('100.01');
  });

  it('is no mark that was taken from a book', () => {
    expect(priceOf('mark', { markSource: 'book' })).toBeUndefined();
  });
});

describe('what protects a position', () => {
  it('closes it and triggers against it, above its entry price too; a take-profit does not', () => {
    desk.hold(SWAP, '2');
    const risen = { quote: quoteAt(SWAP_INSTRUMENT, decimal('110'), desk.at) };
    const loss = desk.open(stop());
    const trailing = desk.open(stop({ stopPrice: decimal('105') }), risen);
    const profit = desk.open(stop({ type: 'take_profit_market', stopPrice: decimal('120') }));
    const limit = desk.open({ symbol: SWAP, side: 'sell', reduceOnly: true, price: decimal('120') });
    expect([loss, trailing, profit, limit].map((order) => isProtective(desk.state, now(order)))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('of a short position triggers rising', () => {
    desk.hold(SWAP, '-2');
    const fallen = { quote: quoteAt(SWAP_INSTRUMENT, decimal('90'), desk.at) };
    const loss = desk.open(stop({ side: 'buy', stopPrice: decimal('110') }));
    const trailing = desk.open(stop({ side: 'buy', stopPrice: decimal('95') }), fallen);
    const profit = desk.open(stop({ side: 'buy', type: 'take_profit_market', stopPrice: decimal('80') }));
    expect([loss, trailing, profit].map((order) => isProtective(desk.state, now(order)))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('is to be kept too while its placement is in doubt, so that nothing cancels it for that', () => {
    desk.hold(SWAP, '2');
    const loss = desk.submitting(stop());
    desk.outcome(loss, { kind: 'unknown', detail: 'no answer' });
    expect([desk.status(loss), isProtective(desk.state, now(loss))]).toEqual(['unknown', true]);
  });

  it('is no stop that opens: one without a position, or larger than it', () => {
    const entry = desk.open(stop({ reduceOnly: false }));
    expect(isProtective(desk.state, now(entry))).toBe(false);
    desk.hold(SWAP, '1');
    const larger = desk.open(stop({ reduceOnly: false, quantity: decimal('2') }));
    expect(isProtective(desk.state, now(larger))).toBe(false);
  });

  it('of spot is every sale that triggers falling', () => {
    desk.hold(SPOT, '2');
    const sell = { symbol: SPOT, reduceOnly: false, trigger: 'last' } as const;
    const loss = desk.open(stop(sell));
    const profit = desk.open(
      stop({ ...sell, type: 'take_profit_limit', stopPrice: decimal('120'), price: decimal('119') }),
    );
    const entry = desk.open(stop({ ...sell, side: 'buy', stopPrice: decimal('110') }));
    expect([loss, profit, entry].map((order) => isProtective(desk.state, now(order)))).toEqual([
      true,
      false,
      false,
    ]);
  });
});
