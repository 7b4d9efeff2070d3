/** A market that is made elsewhere: the book that is shown, the orders of users beside it, and when nothing is known of it. */
import { describe, expect, test } from 'vitest';
import { Decimal, decimal } from '../../core/decimal.ts';
import { decode, encode } from '../state/codec.ts';
import type { Command, ShownMarket } from './command.ts';
import { exampleConfig, heldExchange, START_AT } from './example-venue.ts';
import { Exchange } from './exchange.ts';
import type { Order, OrderRequest } from './order.ts';
import { applyCommand } from './replay.ts';
import type { ExchangeSnapshot } from './snapshot.ts';

const SPOT = 'BTC/USDT';
const SWAP = 'BTC/USDT:USDT';
const AT = START_AT;

type Levels = readonly (readonly [price: string, quantity: string])[];

function shown(
  bids: Levels,
  asks: Levels,
  trades: readonly (readonly ['buy' | 'sell', string, string])[] = [],
  more: Partial<ShownMarket> = {},
): ShownMarket {
  const levels = (side: Levels): ShownMarket['bids'] =>
    side.map(([price, quantity]) => ({ price: decimal(price), quantity: decimal(quantity) }));
  return {
    bids: levels(bids),
    asks: levels(asks),
    trades: trades.map(([side, price, quantity]) => ({
      side,
      price: decimal(price),
      quantity: decimal(quantity),
    })),
    last: null,
    mark: null,
    index: null,
    ...more,
  };
}

function show(exchange: Exchange, market: ShownMarket, symbol = SPOT): void {
  const result = exchange.showMarket(AT, symbol, market);
  if (!result.ok) throw new Error(result.refusal.code);
}

function place(exchange: Exchange, request: Partial<OrderRequest>): Order {
  const placed = exchange.placeOrder(AT, 'alice', {
    symbol: SPOT,
    side: 'buy',
    type: 'limit',
    ...request,
  });
  if (!placed.ok) throw new Error(placed.refusal.code);
  return placed.order;
}

function limit(exchange: Exchange, side: 'buy' | 'sell', price: string, quantity: string): Order {
  return place(exchange, { side, price: decimal(price), quantity: decimal(quantity) });
}

function bookOf(exchange: Exchange, symbol = SPOT): { readonly bids: string[]; readonly asks: string[] } {
  const book = exchange.book(symbol, 100);
  const text = (side: 'bids' | 'asks'): string[] =>
    (book?.[side] ?? []).map(([price, quantity]) => `${price.toString()} x ${quantity.toString()}`);
  return { bids: text('bids'), asks: text('asks') };
}

function filledOf(exchange: Exchange, order: Order): string {
  return (
    exchange.lookUp(AT, 'alice', { symbol: SPOT, venueOrderId: order.venueOrderId })?.filled.toString() ?? ''
  );
}

function tape(exchange: Exchange, count: number): string[] {
  return exchange
    .recentTrades(SPOT, count)
    .map(({ takerSide, price, quantity }) => `${takerSide} ${quantity.toString()} at ${price.toString()}`);
}

const QUIET = shown(
  [
    ['59990', '2'],
    ['59980', '3'],
  ],
  [
    ['60010', '1'],
    ['60020', '4'],
  ],
);

describe('the book that is shown', () => {
  test('is the whole book; orders walk it, and a lot that was taken comes back with another quantity of its level alone', () => {
    const exchange = heldExchange();
    show(exchange, QUIET);
    expect(bookOf(exchange)).toEqual({
      bids: ['59990 x 2', '59980 x 3'],
      asks: ['60010 x 1', '60020 x 4'],
    });
    place(exchange, { type: 'market', quantity: decimal('1.2') });
    expect(
      exchange
        .fills('alice', {})
        .map(({ price, quantity }) => `${quantity.toString()} at ${price.toString()}`),
    ).toEqual(['1 at 60010', '0.2 at 60020']);
    exchange.advance(AT + 5000);
    show(exchange, QUIET);
    expect(bookOf(exchange).asks).toEqual(['60020 x 3.8']);
    show(
      exchange,
      shown(
        [['59990', '2']],
        [
          ['60010', '0.5'],
          ['60020', '4'],
        ],
      ),
    );
    expect(bookOf(exchange)).toEqual({ bids: ['59990 x 2'], asks: ['60010 x 0.5', '60020 x 3.8'] });
  });

  test('its middle is the mid, also of one side; marks and index come with it or follow it', () => {
    const exchange = heldExchange();
    show(exchange, shown([['59990', '2']], [['60011', '1']]), SWAP);
    expect(exchange.market(SWAP)?.markPrice.toString()).toBe('60000.5');
    const marks = { mark: decimal('60003.3'), index: decimal('60004') };
    show(exchange, shown([['59990', '2']], [], [], marks), SWAP);
    expect(exchange.market(SWAP)).toMatchObject({ isMadeElsewhere: true });
    expect(exchange.market(SWAP)?.markPrice.toString()).toBe('60003.3');
    expect(exchange.market(SWAP)?.indexPrice.toString()).toBe('60004');
    show(exchange, shown([['59990', '2']], []), SWAP);
    expect(exchange.market(SWAP)?.markPrice.toString()).toBe('59990');
  });

  test('trades elsewhere are printed, move the last price and fire stops into the new book; nobody pays for them', () => {
    const exchange = heldExchange();
    const supply = exchange.supply('BTC');
    const stop = place(exchange, {
      side: 'sell',
      type: 'stop_market',
      quantity: decimal('0.5'),
      stopPrice: decimal('59500'),
    });
    show(
      exchange,
      shown(
        [['59400', '2']],
        [['59410', '1']],
        [
          ['sell', '59450', '0.7'],
          ['buy', '59410', '0.1'],
        ],
      ),
    );
    expect(tape(exchange, 3)).toEqual(['sell 0.7 at 59450', 'buy 0.1 at 59410', 'sell 0.5 at 59400']);
    expect(filledOf(exchange, stop)).toBe('0.5');
    expect(exchange.supply('BTC').equals(supply)).toBe(true);
    show(exchange, shown([['59400', '2']], [['59410', '1']], [], { last: decimal('59405') }));
    expect(exchange.market(SPOT)?.lastPrice.toString()).toBe('59405');
    expect(tape(exchange, 1)).toEqual(['sell 0.5 at 59400']);
  });

  test.each([
    ['a price off the tick', shown([['59990.001', '2']], []), 'price_off_tick'],
    ['sides that touch', shown([['60000', '2']], [['60000', '1']]), 'bad_field'],
    ['a level without quantity', shown([['59990', '0']], []), 'bad_field'],
    ['a trade off the tick', shown([], [], [['buy', '1.005', '1']]), 'price_off_tick'],
    ['a mark of zero', shown([], [], [], { mark: Decimal.zero }), 'bad_field'],
  ])('%s is refused, and nothing changes', (_what, market, code) => {
    const exchange = heldExchange();
    show(exchange, QUIET);
    const before = bookOf(exchange);
    expect(exchange.showMarket(AT, SPOT, market)).toMatchObject({ ok: false, refusal: { code } });
    expect(bookOf(exchange)).toEqual(before);
  });

  test("nobody moves its price, mark or book by hand; its status is the operator's", () => {
    const exchange = heldExchange();
    show(exchange, QUIET, SWAP);
    const refused = { ok: false, refusal: { code: 'bad_field', field: 'symbol' } };
    expect(exchange.movePrice(AT, SWAP, [decimal('50000')], true)).toMatchObject(refused);
    expect(exchange.setMarket(AT, SWAP, { mark: decimal('50000') })).toMatchObject(refused);
    expect(exchange.setMarket(AT, SWAP, { status: 'halted' })).toMatchObject({ ok: true });
    show(exchange, shown([['59000', '1']], [['59001', '1']]), SWAP);
    expect(exchange.setMarket(AT, SWAP, { status: 'trading' })).toMatchObject({ ok: true });
    expect(bookOf(exchange, SWAP)).toEqual({ bids: ['59000 x 1'], asks: ['59001 x 1'] });
  });
});

describe('orders of users beside it', () => {
  test('a level that comes to their price fills them with its quantity, at their own price, and shows the rest', () => {
    const exchange = heldExchange();
    show(exchange, QUIET);
    const order = limit(exchange, 'buy', '60000', '1');
    show(
      exchange,
      shown(
        [['59990', '2']],
        [
          ['60000', '0.3'],
          ['60010', '1'],
        ],
      ),
    );
    expect(filledOf(exchange, order)).toBe('0.3');
    expect(bookOf(exchange)).toEqual({ bids: ['60000 x 0.7', '59990 x 2'], asks: ['60010 x 1'] });
    // The same lot is no other one.
    show(
      exchange,
      shown(
        [['59990', '2']],
        [
          ['60000', '0.3'],
          ['60010', '1'],
        ],
      ),
    );
    expect(filledOf(exchange, order)).toBe('0.3');
    show(exchange, shown([['59980', '2']], [['59995', '2']]));
    expect(filledOf(exchange, order)).toBe('1');
    expect(
      exchange.fills('alice', {}).map(({ price, liquidity }) => `${price.toString()} ${liquidity}`),
    ).toEqual(['60000 maker', '60000 maker']);
    expect(bookOf(exchange).asks).toEqual(['59995 x 1.3']);
  });

  test('a trade past their price fills them in full, one at their price not at all', () => {
    const exchange = heldExchange();
    show(exchange, QUIET);
    const order = limit(exchange, 'sell', '60005', '1.5');
    show(exchange, { ...QUIET, trades: shown([], [], [['buy', '60005', '9']]).trades });
    expect(filledOf(exchange, order)).toBe('0');
    show(exchange, { ...QUIET, trades: shown([], [], [['buy', '60005.01', '0.1']]).trades });
    expect(filledOf(exchange, order)).toBe('1.5');
    expect(exchange.fills('alice', {}).map(({ price }) => price.toString())).toEqual(['60005']);
    expect(bookOf(exchange)).toEqual({
      bids: ['59990 x 2', '59980 x 3'],
      asks: ['60010 x 1', '60020 x 4'],
    });
  });

  test('a trade past their price leaves the shown levels between as they are', () => {
    const exchange = heldExchange();
    show(exchange, QUIET);
    const order = limit(exchange, 'sell', '60015', '0.5');
    show(exchange, { ...QUIET, trades: shown([], [], [['buy', '60016', '3']]).trades });
    expect(filledOf(exchange, order)).toBe('0.5');
    expect(bookOf(exchange).asks).toEqual(['60010 x 1', '60020 x 4']);
    expect(
      exchange
        .fills('alice', {})
        .map(({ price, quantity }) => `${quantity.toString()} at ${price.toString()}`),
    ).toEqual(['0.5 at 60015']);
  });
});

describe('when nothing is known of it', () => {
  test('the book is empty, nothing trades or moves, cancels work, and it resumes with what is shown next', () => {
    const exchange = heldExchange();
    show(exchange, QUIET);
    const [kept, canceled] = [limit(exchange, 'buy', '59000', '0.1'), limit(exchange, 'buy', '58000', '0.1')];
    exchange.blankMarket(AT, SPOT);
    exchange.advance(AT + 10_000);
    expect(bookOf(exchange)).toEqual({ bids: ['59000 x 0.1', '58000 x 0.1'], asks: [] });
    expect(exchange.market(SPOT)).toMatchObject({ status: 'cancel_only', isMadeElsewhere: true });
    const refused = { ok: false, refusal: { code: 'symbol_not_trading', status: 'cancel_only' } };
    const request = { symbol: SPOT, side: 'buy', type: 'market', quantity: decimal('0.1') } as const;
    expect(exchange.placeOrder(AT, 'alice', request)).toMatchObject(refused);
    const change = { price: decimal('58500') };
    const reference = { symbol: SPOT, venueOrderId: kept.venueOrderId };
    expect(exchange.amendOrder(AT, 'alice', reference, change)).toMatchObject(refused);
    expect(
      exchange.cancelOrder(AT, 'alice', { symbol: SPOT, venueOrderId: canceled.venueOrderId }),
    ).toMatchObject({ ok: true });
    show(exchange, shown([['58990', '2']], [['58995', '1']]));
    expect(exchange.market(SPOT)).toMatchObject({ status: 'trading' });
    expect(filledOf(exchange, kept)).toBe('0.1');
  });

  test('released, the maker makes the market from where it stands', () => {
    const exchange = heldExchange();
    show(exchange, shown([['58990', '2']], [['58991', '1']]));
    exchange.blankMarket(AT, SPOT);
    expect(exchange.releaseMarket(AT, SPOT)).toMatchObject({ ok: true });
    expect(exchange.market(SPOT)).toMatchObject({ status: 'trading', isMadeElsewhere: false, held: false });
    const { bids, asks } = bookOf(exchange);
    expect([bids.length, asks.length]).toEqual([20, 20]);
    expect(exchange.market(SPOT)?.markPrice.toString()).toBe('58990.5');
  });
});

test('a log of what was shown gives the same state again, as does a snapshot taken between', () => {
  const first = heldExchange();
  const saved = encode(first.snapshot());
  const log: Command[] = [];
  first.onCommand((command) => log.push(command));
  show(first, QUIET);
  const order = limit(first, 'buy', '60000', '1');
  show(first, shown([['59990', '2']], [['60000', '0.3']], [['sell', '60000', '0.2']]));
  first.blankMarket(AT + 10, 'ETH/USDT');
  const between = encode(first.snapshot());
  show(first, shown([['59000', '2']], [['59995', '2']], [['buy', '59996', '0.2']]));
  first.releaseMarket(AT + 20, 'ETH/USDT');
  expect(filledOf(first, order)).toBe('1');
  const replayed = new Exchange(exampleConfig(), decode(saved) as ExchangeSnapshot);
  for (const command of log) applyCommand(replayed, decode(encode(command)) as Command);
  expect(encode(replayed.snapshot())).toBe(encode(first.snapshot()));
  const resumed = new Exchange(exampleConfig(), decode(between) as ExchangeSnapshot);
  for (const command of log.slice(4)) applyCommand(resumed, decode(encode(command)) as Command);
  expect(encode(resumed.snapshot())).toBe(encode(first.snapshot()));
});
