import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SPOT_INSTRUMENT } from '../core/testing/fixture.ts';
import { decimal } from '../core/decimal.ts';
import { MarketTable } from './markets.ts';
import type { TopOfBook } from '../core/quote.ts';
import { type MarketListener, Quotes } from './quotes.ts';
import { VenueClock } from './venue-clock.ts';

const { symbol } = SPOT_INSTRUMENT;
const VENUE_SYMBOL = 'BTCUSDT';
const TOP: TopOfBook = {
  bid: decimal('99'),
  bidQuantity: decimal('1'),
  ask: decimal('101'),
  askQuantity: decimal('1'),
  venueAt: null,
};

let reads = 0;
let isReachable = true;
let listeners: MarketListener[] = [];
/** Lives all the time: each ping is answered whenever it is asked. */
const connection = {
  state: 'connected' as 'connected' | 'connecting',
  connection: 1,
  get lastMessageAt() {
    return performance.now();
  },
  join: (listener: MarketListener) => void listeners.push(listener),
  leave: () => undefined,
  want: () => true,
};
let quotes: Quotes;

beforeEach(() => {
  vi.useFakeTimers();
  reads = 0;
  isReachable = true;
  listeners = [];
  Object.assign(connection, { state: 'connected', connection: 1 });
  const markets = new MarketTable();
  markets.put('spot', [{ venueSymbol: VENUE_SYMBOL, instrument: SPOT_INSTRUMENT }]);
  quotes = new Quotes({
    clock: new VenueClock(),
    markets,
    listener: { onQuote: () => undefined },
    feed: {
      channelsOf: () => [{ connection, name: 'book' }],
      read: () => {
        reads += 1;
        return isReachable
          ? Promise.resolve({ top: TOP, mark: null })
          : Promise.reject(new Error('the venue cannot be reached'));
      },
    },
  });
  quotes.latest(symbol);
});
afterEach(() => {
  quotes.close();
  vi.useRealTimers();
});

const ageMs = (): number => Date.now() - (quotes.latest(symbol)?.bookAt ?? 0);

it('a quote that was streamed is as fresh as its connection, and is not read again', async () => {
  for (const listener of listeners) listener.onTop(VENUE_SYMBOL, TOP);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(ageMs()).toBeLessThan(10);
  expect(reads).toBe(1);
});

it('what a new connection says nothing of is read once, so that a calm market does not grow stale at once', async () => {
  for (const listener of listeners) listener.onTop(VENUE_SYMBOL, TOP);
  isReachable = false;
  connection.state = 'connecting';
  await vi.advanceTimersByTimeAsync(7_000);
  expect(ageMs()).toBeLessThan(10);
  // Back before anything could be read, and nothing has changed meanwhile.
  Object.assign(connection, { state: 'connected', connection: 2 });
  isReachable = true;
  expect(ageMs()).toBeGreaterThan(6_000);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(ageMs()).toBeLessThanOrEqual(2_000);
  const before = reads;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(reads).toBe(before);
  for (const listener of listeners) listener.onTop(VENUE_SYMBOL, TOP);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(ageMs()).toBeLessThan(10);
  expect(reads).toBe(before);
});
