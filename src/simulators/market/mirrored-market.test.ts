/** The mirror of a live market over a client that answers what the test says: staleness, torn books, grids, pauses between attempts. */
import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import { Decimal, decimal } from '../../core/decimal.ts';
import type { Clock } from '../clock.ts';
import { BTC, BTC_SWAP, ETH, heldExchange, START_AT } from '../exchange/example-venue.ts';
import { gridLevels, SHOWN_LEVELS } from './grid-levels.ts';
import { FIRST_RETRY_MS, LiveMarket, LONGEST_RETRY_MS, type LiveClient } from './live-market.ts';
import { instrumentsToFollow } from './market-option.ts';
import { MIRROR_STALE_AFTER_MS, MirroredMarket } from './mirrored-market.ts';

/** Answers to one question, handed out as they are given. */
class Answers<Answer> {
  readonly #waiting: PromiseWithResolvers<Answer>[] = [];
  asked = 0;

  readonly next = (): Promise<Answer> => {
    this.asked += 1;
    const waiting = Promise.withResolvers<Answer>();
    this.#waiting.push(waiting);
    return waiting.promise;
  };

  give(answer: Answer): void {
    this.#waiting.shift()?.resolve(answer);
  }

  fail(): void {
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('the connection is gone'));
  }
}

type Book = Awaited<ReturnType<LiveClient['watchOrderBook']>>;

const shutdownHooks: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of shutdownHooks.splice(0)) await close();
});

function mirror(
  markets: LiveClient['markets'] = { [BTC.symbol]: {}, [BTC_SWAP.symbol]: { contractSize: 0.1 } },
) {
  let now = START_AT;
  const pauses: number[] = [];
  const clock: Clock = {
    nowMs: () => now,
    sleep: async (durationMs) => {
      pauses.push(durationMs);
      await Promise.resolve();
    },
  };
  const books = { spot: new Answers<Book>(), swap: new Answers<Book>() };
  const trades = { spot: new Answers<never[]>(), swap: new Answers<never[]>() };
  const marks = new Answers<{ markPrice: unknown; indexPrice: unknown }>();
  const of = <Kind>(kinds: { spot: Kind; swap: Kind }, symbol: string): Kind =>
    symbol === BTC.symbol ? kinds.spot : kinds.swap;
  const all = [books.spot, books.swap, trades.spot, trades.swap, marks];
  const client: LiveClient = {
    has: {},
    markets,
    loadMarkets: async () => undefined,
    fetchTicker: async () => ({ last: 60_123.4 }),
    watchOrderBook: (symbol) => of(books, symbol).next(),
    watchTrades: (symbol) => of(trades, symbol).next(),
    watchMarkPrice: () => marks.next(),
    watchTicker: () => marks.next(),
    close: async () => {
      for (const answers of all) answers.fail();
    },
  };
  const live = new LiveMarket('binance', [BTC, ETH, BTC_SWAP], client, {
    clock,
    logger: pino({ level: 'silent' }),
  });
  live.start();
  shutdownHooks.push(() => live.close());
  const exchange = heldExchange();
  const market = new MirroredMarket(live);
  return {
    books,
    marks,
    pauses,
    exchange,
    market,
    live,
    wait: (forMs: number) => {
      now += forMs;
    },
    now: () => now,
    feed: () => {
      market.feed(exchange, now);
    },
  };
}

const SPOT_BOOK: Book = { bids: [[60_000.017, 1.0019]], asks: [[60_001, 2]] };
const SWAP_BOOK: Book = { bids: [[59_999.5, 30]], asks: [[60_000.5, 40]] };

async function known(mirrored: ReturnType<typeof mirror>): Promise<void> {
  await vi.waitUntil(() => mirrored.books.swap.asked > 0 && mirrored.marks.asked > 0);
  mirrored.books.spot.give(SPOT_BOOK);
  mirrored.books.swap.give(SWAP_BOOK);
  mirrored.marks.give({ markPrice: 60_000.25, indexPrice: '60000.75' });
  await vi.waitUntil(() => mirrored.market.trouble(mirrored.now()) === null);
  await vi.waitUntil(() => mirrored.marks.asked > 1);
}

test('prices come on the grid and in our contracts; symbols that the exchange lacks are blank', async () => {
  const mirrored = mirror();
  mirrored.feed();
  for (const { symbol } of [BTC, ETH, BTC_SWAP])
    expect(mirrored.exchange.market(symbol)).toMatchObject({ status: 'cancel_only' });
  await known(mirrored);
  mirrored.feed();
  const { exchange } = mirrored;
  expect(exchange.book(BTC.symbol, 5)?.bids.map(String)).toEqual(['60000.01,1.001']);
  expect(exchange.market(BTC.symbol)?.lastPrice.toString()).toBe('60123.4');
  expect(exchange.book(BTC_SWAP.symbol, 5)?.asks.map(String)).toEqual(['60000.5,4']);
  expect(exchange.market(BTC_SWAP.symbol)?.markPrice.toString()).toBe('60000.25');
  expect(exchange.market(BTC_SWAP.symbol)?.indexPrice.toString()).toBe('60000.75');
  expect(exchange.market(ETH.symbol)).toMatchObject({ status: 'cancel_only' });
});

test('a kind of market that is silent for the bound is known still, one ms longer it is not, and the whole venue is blank', async () => {
  const mirrored = mirror();
  await known(mirrored);
  mirrored.wait(MIRROR_STALE_AFTER_MS);
  expect(mirrored.market.trouble(mirrored.now())).toBeNull();
  mirrored.wait(1);
  expect(mirrored.market.trouble(mirrored.now())).toBe('nothing comes of spot any more');
  mirrored.feed();
  for (const { symbol } of [BTC, BTC_SWAP])
    expect(mirrored.exchange.book(symbol, 5)).toMatchObject({ bids: [], asks: [] });
  mirrored.books.spot.give({ bids: [[59_000, 1]], asks: [[59_001, 1]] });
  mirrored.books.swap.give(SWAP_BOOK);
  await vi.waitUntil(() => mirrored.market.trouble(mirrored.now()) === null);
  mirrored.feed();
  expect(mirrored.exchange.book(BTC.symbol, 1)?.bids.map(String)).toEqual(['59000,1']);
});

test('a book that crosses itself is not shown; the one before stays until it is whole again', async () => {
  const mirrored = mirror();
  await known(mirrored);
  mirrored.feed();
  mirrored.books.spot.give({ bids: [[60_002, 1]], asks: [[60_001, 2]] });
  await vi.waitUntil(() => mirrored.books.spot.asked === 3);
  mirrored.feed();
  expect(mirrored.exchange.book(BTC.symbol, 1)?.bids.map(String)).toEqual(['60000.01,1.001']);
});

test('a stream that breaks makes its symbol blank at once; it is asked again after pauses that grow to their bound', async () => {
  const mirrored = mirror();
  await known(mirrored);
  mirrored.feed();
  for (let attempt = 0; attempt < 9; attempt += 1) {
    const { asked } = mirrored.books.spot;
    mirrored.books.spot.fail();
    await vi.waitUntil(() => mirrored.books.spot.asked > asked);
    mirrored.feed();
    expect(mirrored.exchange.book(BTC.symbol, 1)).toMatchObject({ bids: [], asks: [] });
  }
  expect(mirrored.pauses.slice(0, 2)).toEqual([FIRST_RETRY_MS, 2 * FIRST_RETRY_MS]);
  expect(Math.max(...mirrored.pauses)).toBe(LONGEST_RETRY_MS);
  mirrored.books.spot.give(SPOT_BOOK);
  await vi.waitUntil(() => mirrored.market.trouble(mirrored.now()) === null);
  mirrored.feed();
  expect(mirrored.exchange.book(BTC.symbol, 1)?.asks.map(String)).toEqual(['60001,2']);
});

test('levels between two ticks stand at the worse one, add up there, and are cut to the step and to their number', () => {
  const rows = (prices: readonly string[]) =>
    prices.map((price) => [decimal(price), decimal('0.0006')] as const);
  const text = (side: 'bids' | 'asks', prices: readonly string[]): string[] =>
    gridLevels(BTC, side, rows(prices)).map(
      ({ price, quantity }) => `${quantity.toString()}@${price.toString()}`,
    );
  expect(text('bids', ['10.019', '10.011', '10.005'])).toEqual(['0.001@10.01']);
  expect(text('asks', ['10.011', '10.019', '10.02', '10.03'])).toEqual(['0.001@10.02']);
  const many = Array.from(
    { length: SHOWN_LEVELS + 1 },
    (_, index) =>
      [decimal('10').add(decimal('0.01').multiply(Decimal.fromInteger(index))), Decimal.one] as const,
  );
  expect(gridLevels(BTC, 'asks', many)).toHaveLength(SHOWN_LEVELS);
  expect(gridLevels(BTC, 'asks', many.slice(0, SHOWN_LEVELS))).toHaveLength(SHOWN_LEVELS);
});

test('named symbols are followed, and BTC of each kind with them', () => {
  const symbols = (named: readonly string[] | null) =>
    instrumentsToFollow([BTC, ETH, BTC_SWAP], named).map(({ symbol }) => symbol);
  expect(symbols(null)).toEqual([BTC.symbol, ETH.symbol, BTC_SWAP.symbol]);
  expect(symbols([])).toEqual([BTC.symbol, BTC_SWAP.symbol]);
  expect(symbols([ETH.symbol])).toEqual([BTC.symbol, ETH.symbol, BTC_SWAP.symbol]);
});
