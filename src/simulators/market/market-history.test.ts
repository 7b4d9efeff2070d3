import { expect, test } from 'vitest';
import { decimal } from '../../core/decimal.ts';
import { Exchange } from '../exchange/exchange.ts';
import { BTC, examplePolicy, heldExchange, START_AT } from '../exchange/example-venue.ts';
import { MarketHistory } from './market-history.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

function world(): { exchange: Exchange; history: MarketHistory } {
  const exchange = new Exchange({
    venue: 'example',
    instruments: [BTC],
    policy: examplePolicy(),
    seed: 3,
    limits: true,
    startAt: START_AT,
  });
  return { exchange, history: new MarketHistory(exchange, START_AT) };
}

test('candles of the past are whole, on the grid, and meet each other', () => {
  const { history } = world();
  for (const interval of [{ ms: MINUTE_MS }, { ms: HOUR_MS }, { ms: 24 * HOUR_MS }]) {
    const candles = history.candles(BTC.symbol, interval, { limit: 50 }, START_AT);
    expect(candles).toHaveLength(50);
    for (const [index, candle] of candles.entries()) {
      expect(candle.openAt % interval.ms).toBe(0);
      expect(candle.closeAt).toBe(candle.openAt + interval.ms - 1);
      expect(candle.high.atLeast(candle.open.max(candle.close))).toBe(true);
      expect(candle.low.atMost(candle.open.min(candle.close))).toBe(true);
      expect(candle.close.isMultipleOf(BTC.priceTick)).toBe(true);
      const next = candles[index + 1];
      // The last one reaches into the live minute, which opens where the past ends and has no trade yet.
      if (next === undefined) continue;
      expect(next.open.toString()).toBe(candle.close.toString());
      expect(candle.volume.isPositive()).toBe(true);
    }
  }
});

test('the past is the same whenever it is asked for', () => {
  const { history } = world();
  const query = { startMs: START_AT - 10 * HOUR_MS, limit: 5 };
  const once = history.candles(BTC.symbol, { ms: HOUR_MS }, query, START_AT);
  const again = history.candles(BTC.symbol, { ms: HOUR_MS }, query, START_AT + HOUR_MS);
  expect(JSON.stringify(again)).toBe(JSON.stringify(once));
});

test('live minutes hold what was traded in them, and nothing is lost in longer candles', () => {
  const { exchange, history } = world();
  const end = START_AT + 3 * MINUTE_MS;
  exchange.advance(end);
  const minutes = history.candles(BTC.symbol, { ms: MINUTE_MS }, { startMs: START_AT, limit: 10 }, end);
  const traded = exchange.recentTrades(BTC.symbol, 1000);
  for (const minute of minutes) {
    const within = traded.filter((trade) => trade.at >= minute.openAt && trade.at <= minute.closeAt);
    expect(minute.trades).toBe(within.length);
    expect(minute.close.toString()).toBe(within.at(-1)?.price.toString());
  }
  const day = history.day(BTC.symbol, end);
  expect(day?.last.toString()).toBe(traded.at(-1)?.price.toString());
  expect(day?.high.atLeast(minutes[0]?.high ?? BTC.priceTick)).toBe(true);
});

test('months are calendar months and weeks begin on Monday', () => {
  const { history } = world();
  const months = history.candles(BTC.symbol, 'month', { limit: 3 }, START_AT);
  expect(months.map((candle) => new Date(candle.openAt).toISOString().slice(0, 10))).toEqual([
    '2023-09-01',
    '2023-10-01',
    '2023-11-01',
  ]);
  const [week] = history.candles(BTC.symbol, { ms: 7 * 24 * HOUR_MS }, { limit: 1 }, START_AT);
  expect(new Date(week?.openAt ?? 0).getUTCDay()).toBe(1);
});

test('an unknown symbol has no candles', () => {
  const { history } = world();
  expect(history.candles('NO/SUCH', { ms: HOUR_MS }, { limit: 5 }, START_AT)).toEqual([]);
  expect(history.day('NO/SUCH', START_AT)).toBeNull();
});

test('a market that is made elsewhere has no past: nothing before its first trade, whose price is the first open', () => {
  const exchange = heldExchange();
  const show = (at: number, trades: readonly string[]): void => {
    const level = (price: string) => [{ price: decimal(price), quantity: decimal('1') }];
    exchange.showMarket(at, BTC.symbol, {
      bids: level('41999'),
      asks: level('42001'),
      trades: trades.map((price) => ({ side: 'buy', price: decimal(price), quantity: decimal('0.5') })),
      last: trades.length === 0 ? decimal('41990') : null,
      mark: null,
      index: null,
    });
  };
  show(START_AT, []);
  const history = new MarketHistory(exchange, START_AT);
  const minutes = (at: number) => history.candles(BTC.symbol, { ms: MINUTE_MS }, { limit: 50 }, at);
  expect(minutes(START_AT + HOUR_MS)).toEqual([]);
  expect(history.day(BTC.symbol, START_AT)?.last.toString()).toBe('41990');
  show(START_AT + HOUR_MS, ['42000', '42010']);
  expect(
    minutes(START_AT + HOUR_MS).map(({ open, close }) => `${open.toString()} ${close.toString()}`),
  ).toEqual(['42000 42010']);
  expect(minutes(START_AT + HOUR_MS + MINUTE_MS)).toHaveLength(2);
  expect(history.day(BTC.symbol, START_AT + HOUR_MS)).toMatchObject({ trades: 2 });
  expect(history.day(BTC.symbol, START_AT + HOUR_MS)?.low.toString()).toBe('42000');
});
