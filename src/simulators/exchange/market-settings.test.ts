/** The settings of a market: mark and index price, the book, the status, and their consequences for orders and money. */
import { describe, expect, test } from 'vitest';
import { decimal } from '../../core/decimal.ts';
import { exampleConfig, heldExchange, START_AT } from './example-venue.ts';
import { Exchange } from './exchange.ts';
import type { OrderRequest } from './order.ts';
import type { DoneResult, OrderResult } from './results.ts';
import { FULL_BOOK, type BookShape } from './state.ts';
import { decode, encode } from '../state/codec.ts';
import type { ExchangeSnapshot } from './snapshot.ts';

const SYMBOL = 'BTC/USDT:USDT';
const AT = START_AT;

function outcome(result: OrderResult | DoneResult): string {
  return result.ok ? 'accepted' : result.refusal.code;
}

function order(side: 'buy' | 'sell', quantity: string, more: Partial<OrderRequest> = {}): OrderRequest {
  return { symbol: SYMBOL, side, type: 'market', quantity: decimal(quantity), ...more };
}

function limit(side: 'buy' | 'sell', quantity: string, price: string): OrderRequest {
  return order(side, quantity, { type: 'limit', price: decimal(price) });
}

function show(exchange: Exchange, shape: Partial<BookShape>): void {
  const result = exchange.setMarket(AT, SYMBOL, { shape: { ...FULL_BOOK, ...shape } });
  if (!result.ok) throw new Error(result.refusal.code);
}

function bookOf(exchange: Exchange): { readonly bids: string[]; readonly asks: string[] } {
  const book = exchange.book(SYMBOL, 100);
  const prices = (side: 'bids' | 'asks'): string[] => (book?.[side] ?? []).map(([price]) => price.toString());
  return { bids: prices('bids'), asks: prices('asks') };
}

function open(exchange: Exchange, quantity = '1'): void {
  expect(outcome(exchange.placeOrder(AT, 'alice', order('buy', quantity)))).toBe('accepted');
}

describe('mark and index price apart from the book', () => {
  test('PnL, margin and mark triggers go by the mark; the book and the last price stay', () => {
    const exchange = heldExchange();
    open(exchange);
    const stop = order('sell', '1', {
      type: 'stop_market',
      stopPrice: decimal('58000'),
      triggerSource: 'mark',
    });
    expect(outcome(exchange.placeOrder(AT, 'alice', stop))).toBe('accepted');
    const before = bookOf(exchange);
    exchange.setMarket(AT, SYMBOL, { mark: decimal('59000'), index: decimal('59500.5') });
    expect(bookOf(exchange)).toEqual(before);
    const market = exchange.market(SYMBOL);
    expect([market?.markPrice, market?.indexPrice, market?.lastPrice].map(String)).toEqual([
      '59000',
      '59500.5',
      '60000.01',
    ]);
    const [position] = exchange.positions('alice');
    expect(position?.unrealizedPnl.toString()).toBe('-1000.01');
    exchange.setMarket(AT, SYMBOL, { mark: decimal('57999.9') });
    expect(exchange.positions('alice')[0]?.quantity.toString()).toBe('0');
    // The stop sold at the bid, which never moved.
    expect(exchange.fills('alice', {}).at(-1)?.price.toString()).toBe('59999.99');
  });

  test('a mark alone liquidates, and funding is paid on it', () => {
    const exchange = heldExchange();
    open(exchange, '20');
    exchange.setMarket(AT, SYMBOL, { mark: decimal('59000') });
    const funded = exchange.settleFunding(AT, SYMBOL, decimal('0.001'));
    expect(funded.ok && funded.payments[0]?.payment.amount.toString()).toBe('-1180');
    exchange.setMarket(AT, SYMBOL, { mark: decimal('54000') });
    expect(exchange.positions('alice')[0]?.quantity.toString()).toBe('0');
    expect(exchange.entries('alice').map(({ kind }) => kind)).toContain('liquidation_fee');
    exchange.setMarket(AT, SYMBOL, { mark: null });
    expect(exchange.market(SYMBOL)?.markPrice.toString()).toBe('60000');
  });

  test('prices that are none are refused, and so are those of a spot market', () => {
    const exchange = heldExchange();
    expect(outcome(exchange.setMarket(AT, SYMBOL, { mark: decimal('0') }))).toBe('bad_field');
    expect(outcome(exchange.setMarket(AT, 'BTC/USDT', { index: decimal('1') }))).toBe('bad_field');
    expect(outcome(exchange.setMarket(AT, 'NO/USDT', { mark: decimal('1') }))).toBe('unknown_symbol');
  });
});

describe('the book', () => {
  test('thin: fewer levels and less in each', () => {
    const exchange = heldExchange();
    const full = exchange.book(SYMBOL, 1)?.asks[0]?.[1];
    show(exchange, { bidLevels: 2, askLevels: 3, share: decimal('0.1') });
    const { bids, asks } = bookOf(exchange);
    expect([bids.length, asks.length]).toEqual([2, 3]);
    const thin = exchange.book(SYMBOL, 1)?.asks[0]?.[1];
    expect(thin?.toString()).toBe(
      full?.multiply(decimal('0.1')).roundToMultipleOf(decimal('0.001'), 'down').toString(),
    );
  });

  test('one-sided: a market order that finds nothing ends unfilled', () => {
    const exchange = heldExchange();
    show(exchange, { askLevels: 0 });
    expect(bookOf(exchange).asks).toEqual([]);
    const placed = exchange.placeOrder(AT, 'alice', order('buy', '1'));
    expect(placed.ok && [placed.order.status, placed.order.filled.toString()]).toEqual(['expired', '0']);
  });

  test('swept: what was taken does not come back until the book is shown anew', () => {
    const exchange = heldExchange();
    show(exchange, { askLevels: 1, share: decimal('0.01'), refills: false });
    const [, available] = exchange.book(SYMBOL, 1)?.asks[0] ?? [];
    const placed = exchange.placeOrder(AT, 'alice', order('buy', '1'));
    expect(placed.ok && placed.order.filled.toString()).toBe(available?.toString());
    expect(bookOf(exchange).asks).toEqual([]);
    show(exchange, {});
    expect(bookOf(exchange).asks).toHaveLength(20);
  });

  test('crossed: the best bid stands above the best ask', () => {
    const exchange = heldExchange();
    show(exchange, { distance: decimal('-0.05') });
    const { bids, asks } = bookOf(exchange);
    expect([bids[0], asks[0]]).toEqual(['60000.05', '59999.95']);
    expect(
      outcome(exchange.setMarket(AT, SYMBOL, { shape: { ...FULL_BOOK, distance: decimal('0.005') } })),
    ).toBe('price_off_tick');
  });
});

describe('the status of a symbol', () => {
  test.each([
    ['reduce_only', 'symbol_not_trading', 'accepted', 'accepted', 'accepted'],
    ['cancel_only', 'symbol_not_trading', 'symbol_not_trading', 'symbol_not_trading', 'accepted'],
    ['halted', 'symbol_not_trading', 'symbol_not_trading', 'symbol_not_trading', 'symbol_not_trading'],
  ] as const)('%s: opening %s, closing %s, amending %s, cancelling %s', (status, ...expected) => {
    const exchange = heldExchange();
    open(exchange);
    const resting = exchange.placeOrder(AT, 'alice', limit('buy', '1', '58000'));
    if (!resting.ok) throw new Error('the order rests');
    exchange.setMarket(AT, SYMBOL, { status });
    const close = order('sell', '0.5', { reduceOnly: true });
    expect([
      outcome(exchange.placeOrder(AT, 'alice', order('buy', '1'))),
      outcome(exchange.placeOrder(AT, 'alice', close)),
      outcome(exchange.amendOrder(AT, 'alice', resting.order, { price: decimal('57000') })),
      outcome(exchange.cancelOrder(AT, 'alice', resting.order) as DoneResult),
    ]).toEqual(expected);
    exchange.setMarket(AT, SYMBOL, { status: 'trading' });
    open(exchange);
  });

  test('while halted nothing trades: the price may pass orders and triggers, which act when trading goes on', () => {
    const exchange = heldExchange();
    open(exchange);
    const stop = order('sell', '1', { type: 'stop_market', stopPrice: decimal('59000') });
    exchange.placeOrder(AT, 'alice', stop);
    const resting = exchange.placeOrder(AT, 'alice', limit('buy', '1', '58900'));
    if (!resting.ok) throw new Error('the order rests');
    const now = (): string | undefined => exchange.lookUp(AT, 'alice', resting.order)?.status;
    exchange.setMarket(AT, SYMBOL, { status: 'halted' });
    exchange.movePrice(AT, SYMBOL, [decimal('58000')], true);
    expect([now(), exchange.positions('alice')[0]?.quantity.toString()]).toEqual(['open', '1']);
    exchange.setMarket(AT, SYMBOL, { status: 'trading' });
    exchange.movePrice(AT, SYMBOL, [decimal('58000')], true);
    expect(now()).toBe('filled');
  });

  test('settled: orders are canceled, positions closed at the mark price, and it stays so', () => {
    const exchange = heldExchange();
    open(exchange);
    const resting = exchange.placeOrder(AT, 'alice', limit('buy', '1', '58000'));
    exchange.setMarket(AT, SYMBOL, { mark: decimal('59500') });
    exchange.setMarket(AT, SYMBOL, { status: 'settled' });
    expect(exchange.positions('alice')[0]?.quantity.toString()).toBe('0');
    expect(exchange.fills('alice', {}).at(-1)).toMatchObject({ side: 'sell', price: decimal('59500') });
    expect(exchange.fills('alice', {}).at(-1)?.realizedPnl.toString()).toBe('-500.01');
    expect(resting.ok && exchange.lookUp(AT, 'alice', resting.order)).toMatchObject({
      status: 'canceled',
      endReason: 'symbol_settled',
    });
    expect(bookOf(exchange)).toEqual({ bids: [], asks: [] });
    expect(exchange.supply('USDT').subtract(exchange.openCost('USDT')).toString()).toBe('400000');
    expect(outcome(exchange.setMarket(AT, SYMBOL, { status: 'trading' }))).toBe('symbol_not_trading');
  });
});

test('all of it outlives a restart, and markets saved before it could be set are as they were', () => {
  const exchange = heldExchange();
  const change = {
    mark: decimal('59000'),
    index: decimal('59100'),
    status: 'reduce_only',
    shape: { ...FULL_BOOK, bidLevels: 3 },
  } as const;
  exchange.setMarket(AT, SYMBOL, change);
  const saved = decode(encode(exchange.snapshot())) as ExchangeSnapshot;
  const resumed = new Exchange(exampleConfig(), saved);
  expect(resumed.market(SYMBOL)).toEqual(exchange.market(SYMBOL));
  expect(bookOf(resumed)).toEqual(bookOf(exchange));
  const former = decode(encode(heldExchange().snapshot())) as ExchangeSnapshot;
  const older = {
    ...former,
    symbols: former.symbols.map(({ market, ...symbol }) => {
      const { mark: _mark, index: _index, status: _status, shape: _shape, ...rest } = market;
      return { ...symbol, market: rest };
    }),
  };
  expect(new Exchange(exampleConfig(), older).market(SYMBOL)).toMatchObject({
    markPrice: decimal('60000'),
    status: 'trading',
  });
});

test('a band of one side each bounds buys above and sells below', () => {
  const config = exampleConfig();
  const band = { lowest: decimal('0.95'), highest: decimal('1.05'), oneSided: true };
  const instruments = config.instruments.map((instrument) => ({ ...instrument, priceBand: band }));
  const exchange = heldExchange({ instruments });
  const at = (side: 'buy' | 'sell', price: string): string =>
    outcome(exchange.placeOrder(AT, 'alice', limit(side, '0.1', price)));
  expect([at('buy', '63000.01'), at('buy', '40000')]).toEqual(['price_outside_band', 'accepted']);
  expect([at('sell', '56999.99'), at('sell', '80000')]).toEqual(['price_outside_band', 'accepted']);
});
