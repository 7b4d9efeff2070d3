/** Recorded books as a market: reading them, how changes join the whole book, and the exchange that repeats them. */
import { gzipSync } from 'node:zlib';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decimal } from '../../core/decimal.ts';
import { heldExchange, START_AT } from '../exchange/example-venue.ts';
import { readMarketOption } from './market-option.ts';
import { parseBookRecording, RecordedBooks } from './recorded-books.ts';

const SYMBOL = 'BTC/USDT';
const NS = 1_700_000_000_000_000_000n;

type Levels = readonly (readonly [string, string])[];

function line(afterMs: number, message: object): string {
  return `${NS + BigInt(afterMs) * 1_000_000n} ${JSON.stringify(message)}`;
}

function depth(
  afterMs: number,
  first: number,
  last: number,
  bids: Levels,
  asks: Levels,
  more: object = {},
): string {
  const data = { e: 'depthUpdate', E: 1, s: 'BTCUSDT', U: first, u: last, b: bids, a: asks, ...more };
  return line(afterMs, { stream: 'btcusdt@depth@100ms', data });
}

function trade(
  afterMs: number,
  price: string,
  quantity: string,
  isBuyerMaker: boolean,
  more: object = {},
): string {
  return line(afterMs, {
    stream: 'btcusdt@trade',
    data: { e: 'trade', s: 'BTCUSDT', t: 1, p: price, q: quantity, m: isBuyerMaker, ...more },
  });
}

/** Three changes before the whole book, one of them newer than it; changes, trades and other streams after it. */
const ROWS = [
  depth(0, 90, 98, [['1.00', '5']], []),
  line(10, { stream: 'btcusdt@bookTicker', data: { u: 99, s: 'BTCUSDT', b: '1', B: '1', a: '2', A: '1' } }),
  depth(20, 99, 100, [['59999.00', '9.000']], []),
  depth(30, 101, 103, [['59998.00', '0.500']], []),
  line(40, {
    lastUpdateId: 100,
    bids: [['59999.00', '1.000']],
    asks: [
      ['60001.00', '1.500'],
      ['60002.00', '2'],
    ],
  }),
  depth(140, 104, 105, [], [['60001.00', '0.000']]),
  trade(140, '60001.00', '1.500', false),
  depth(240, 106, 106, [['59999.00', '0.700']], [['60003.00', '4']]),
  trade(240, '59990.00', '0.300', true),
  trade(240, '0', '0', true, { X: 'NA' }),
  line(1040, { e: 'depthUpdate', U: 107, u: 108, b: [['60000.00', '0.2']], a: [] }),
].join('\n');

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'books-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

test('the whole book and its changes come in their time, at the speed asked for, with the trades between', () => {
  const exchange = heldExchange();
  const market = new RecordedBooks(new Map([[SYMBOL, parseBookRecording(ROWS, 'rows.jsonl')]]), 2);
  const shownAt = (afterMs: number): string => {
    market.feed(exchange, START_AT + afterMs);
    const book = exchange.book(SYMBOL, 20);
    const side = (name: 'bids' | 'asks'): string =>
      (book?.[name] ?? []).map(([price, quantity]) => `${quantity.toString()}@${price.toString()}`).join(' ');
    return `${side('bids')} | ${side('asks')}`;
  };
  expect(shownAt(0)).toBe('1@59999 0.5@59998 | 1.5@60001 2@60002');
  expect(shownAt(49)).toBe('1@59999 0.5@59998 | 1.5@60001 2@60002');
  expect(shownAt(50)).toBe('1@59999 0.5@59998 | 2@60002');
  expect(
    exchange.recentTrades(SYMBOL, 1).map(({ takerSide, price }) => `${takerSide} ${price.toString()}`),
  ).toEqual(['buy 60001']);
  expect(shownAt(100)).toBe('0.7@59999 0.5@59998 | 2@60002 4@60003');
  expect(exchange.market(SYMBOL)?.lastPrice.toString()).toBe('59990');
  expect(shownAt(499)).toBe('0.7@59999 0.5@59998 | 2@60002 4@60003');
  expect(shownAt(500)).toBe('0.2@60000 0.7@59999 0.5@59998 | 2@60002 4@60003');
  exchange.advance(START_AT + 60_000);
  expect(shownAt(60_000)).toBe('0.2@60000 0.7@59999 0.5@59998 | 2@60002 4@60003');
});

test('marks of swaps come with their books, and changes join by the id of the one before', () => {
  const rows = [
    line(0, { lastUpdateId: 50, bids: [['59999', '1']], asks: [['60001', '1']] }),
    depth(10, 40, 60, [['59999', '2']], [], { pu: 39 }),
    depth(20, 75, 80, [['59999', '3']], [], { pu: 60 }),
    line(30, { e: 'markPriceUpdate', s: 'BTCUSDT', p: '60000.12', i: '60000.5' }),
  ].join('\n');
  const exchange = heldExchange();
  const market = new RecordedBooks(new Map([['BTC/USDT:USDT', parseBookRecording(rows, 'rows.jsonl')]]), 1);
  market.feed(exchange, START_AT);
  market.feed(exchange, START_AT + 30);
  expect(exchange.book('BTC/USDT:USDT', 1)?.bids[0]?.map(String)).toEqual(['59999', '3']);
  expect(exchange.market('BTC/USDT:USDT')?.markPrice.toString()).toBe('60000.12');
  expect(exchange.market('BTC/USDT:USDT')?.indexPrice.toString()).toBe('60000.5');
});

test.each([
  ['without a time', '{"a":1}', 'line 1: must be nanoseconds, a space and a JSON object'],
  ['that is no JSON', '1 {"a":}', 'line 1: is no JSON behind the time'],
  [
    'without ids',
    line(0, { lastUpdateId: 1, bids: [], asks: [] }) + '\n' + line(1, { e: 'depthUpdate' }),
    'line 2: a depthUpdate needs U and u',
  ],
  ['without levels', line(0, { lastUpdateId: 1, bids: [] }), 'line 1: needs a list asks'],
  [
    'with a level that is none',
    line(0, { lastUpdateId: 1, bids: [['x', '1']], asks: [] }),
    'line 1: bids must hold pairs',
  ],
  ['before the last one', `${ROWS}\n${trade(1, '1', '1', true)}`, 'line 12: times of receipt must not fall'],
  [
    'after a gap',
    `${ROWS}\n${depth(2000, 110, 111, [], [])}`,
    'line 12: changes between update 108 and 110 are missing',
  ],
  [
    'with a trade of nothing',
    `${ROWS}\n${trade(2000, '1', '0', true)}`,
    'line 12: a trade needs p and q above zero',
  ],
])('a line %s is refused with its number', (_what, text, message) => {
  expect(() => parseBookRecording(text, 'rows.jsonl')).toThrow(`market: rows.jsonl ${message}`);
});

test('a file without a whole book is refused', () => {
  expect(() => parseBookRecording(depth(0, 1, 2, [], []), 'rows.jsonl')).toThrow(
    'market: rows.jsonl has no whole book (lastUpdateId)',
  );
});

test('files: gzipped, beside candles of another symbol; the option must name the symbol, and each once', async () => {
  const books = join(directory, 'books.jsonl.gz');
  await writeFile(books, gzipSync(ROWS));
  const candles = join(directory, 'candles.csv');
  await writeFile(candles, 'open_time_ms,open,high,low,close\n1704067200000,3100,3100,3100,3100\n');
  const options = [`record:${SYMBOL}=${books}`, `record:ETH/USDT=${candles}`];
  const choice = await readMarketOption(options, 1);
  if (choice.kind !== 'recorded') throw new Error('it was recorded');
  const [source, exchange] = [choice.open(), heldExchange()];
  source.feed(exchange, START_AT);
  expect(exchange.book(SYMBOL, 1)?.asks[0]?.map(String)).toEqual(['60001', '1.5']);
  expect(exchange.market('ETH/USDT')?.markPrice.equals(decimal('3100'))).toBe(true);
  expect([SYMBOL, 'ETH/USDT'].map((symbol) => source.covers(symbol))).toEqual([true, false]);
  await expect(readMarketOption([`record:${books}`], 1)).rejects.toThrow('names no unified symbol');
  await expect(readMarketOption([...options, `record:ETH/USDT=${candles}`], 1)).rejects.toThrow(
    'is the second recording of ETH/USDT',
  );
  await expect(readMarketOption(['mirror', ...options], 1)).rejects.toThrow('mirror goes with nothing else');
  await expect(readMarketOption(['mirrored'], 1)).rejects.toThrow('market: must be record:FILE');
});
