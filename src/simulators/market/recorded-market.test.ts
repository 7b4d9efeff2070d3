/** Recorded candles as a market: reading them, their paths, and the exchange that repeats them. */
import { gzipSync } from 'node:zlib';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decimal } from '../../core/decimal.ts';
import { heldExchange, START_AT } from '../exchange/example-venue.ts';
import { parseRecording, pathOf, readRecording, RecordedMarket } from './recorded-market.ts';

const ROWS = `open_time_ms,open,high,low,close,volume
1704067200000,60100,60400,60000,60300,12.5
1704067260000,60300,60350,59900,60000,11
`;

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'recording-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

test('a candle goes by its extremes, the low first when it rose, and ends at its close', () => {
  const [candle, fallen] = parseRecording(ROWS, 'rows.csv', 'BTC/USDT').get('BTC/USDT') ?? [];
  if (candle === undefined || fallen === undefined) throw new Error('two candles are there');
  const path = pathOf(candle, 7, decimal('0.01')).map(String);
  expect(path).toEqual(['60100', '60050', '60000', '60200', '60400', '60350', '60300']);
  expect(pathOf(fallen, 1, decimal('1')).map(String)).toEqual(['60300', '60350', '59900', '60000']);
});

test('the exchange trades at every turn of the candles, at the speed asked for, and holds the last price', () => {
  const exchange = heldExchange();
  const market = new RecordedMarket(parseRecording(ROWS, 'rows.csv', 'BTC/USDT'), 10);
  for (let at = START_AT; at <= START_AT + 20_000; at += 500) {
    market.feed(exchange, at);
    exchange.advance(at);
  }
  const prices = exchange.recentTrades('BTC/USDT', 1000).map(({ price }) => price.toString());
  for (const turn of ['60100', '60000', '60400', '60300', '60350', '59900']) expect(prices).toContain(turn);
  expect(exchange.market('BTC/USDT')).toMatchObject({ held: true });
  expect(exchange.market('BTC/USDT')?.lastPrice.toString()).toBe('60000');
});

test('a stop fires at a price that only the low of a candle reached', () => {
  const exchange = heldExchange();
  const stop = exchange.placeOrder(START_AT, 'alice', {
    symbol: 'BTC/USDT',
    side: 'sell',
    type: 'stop_market',
    quantity: decimal('0.1'),
    stopPrice: decimal('59950'),
  });
  if (!stop.ok) throw new Error(stop.refusal.code);
  const market = new RecordedMarket(parseRecording(ROWS, 'rows.csv', 'BTC/USDT'), 10);
  for (let at = START_AT; at <= START_AT + 20_000; at += 500) {
    market.feed(exchange, at);
    exchange.advance(at);
  }
  expect(exchange.orders(exchange.now(), 'alice', {})).toMatchObject([{ status: 'filled' }]);
});

test('files: gzipped, with a column of symbols, or of one symbol that the option names', async () => {
  const one = join(directory, 'one.csv.gz');
  await writeFile(one, gzipSync(ROWS));
  expect((await readRecording(`BTC/USDT=${one}`)).get('BTC/USDT')).toHaveLength(2);
  const several = join(directory, 'several.csv');
  const [header = '', first = '', second = ''] = ROWS.split('\n');
  await writeFile(several, [`symbol,${header}`, `BTC/USDT,${first}`, `ETH/USDT,${second}`].join('\n'));
  expect([...(await readRecording(several)).keys()]).toEqual(['BTC/USDT', 'ETH/USDT']);
  await expect(readRecording(join(directory, 'none.csv'))).rejects.toThrow(/none\.csv cannot be read/);
});

test.each([
  ['open_time_ms,open,high,low\n', 'rows.csv has no column close'],
  [ROWS.split('\n').slice(0, 1).join(''), 'rows.csv has no candles'],
  [`${ROWS}1704067200000,1,1,1,1,1\n`, 'line 4: open_time_ms must rise'],
  [`${ROWS}1704067320000,1,x,1,1,1\n`, 'line 4: high must be a figure above zero'],
  [`${ROWS}1704067320000,5,4,3,4,1\n`, 'line 4: open and close must lie between low and high'],
])('a broken recording is refused with its line: %j', (text, message) => {
  expect(() => parseRecording(text, 'rows.csv', 'BTC/USDT')).toThrow(message);
});

test('without a column of symbols the option must name the one', () => {
  expect(() => parseRecording(ROWS, 'rows.csv', null)).toThrow('rows.csv has no column symbol');
});
