import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SPOT_INSTRUMENT, SWAP_INSTRUMENT } from '../core/testing/fixture.ts';
import { decimal, type Decimal } from '../core/decimal.ts';
import type { TopOfBook } from '../core/quote.ts';
import { JUMP_CONFIRM_AFTER_MS, JUMP_CONFIRM_WITHIN_MS } from '../core/mark-confirmation.ts';
import { DEFAULT_LIMITS } from '../core/risk/limits.ts';
import { AllPrices, type PriceReading } from './all-prices.ts';
import { MarketTable } from './markets.ts';
import { LOOK_EVERY_MS, MATTERS_FOR_MS, type MarketListener, Quotes, SILENT_AFTER_MS } from './quotes.ts';
import { VenueClock } from './venue-clock.ts';
import { SYSTEM_PLATFORM } from './system-platform.ts';

const SPOT = SPOT_INSTRUMENT.symbol;
const SWAP = SWAP_INSTRUMENT.symbol;
const VENUE_SYMBOL = 'BTCUSDT';
const { staleQuoteMs } = DEFAULT_LIMITS;

function top(price: string): TopOfBook {
  const middle = decimal(price);
  return {
    bid: middle.subtract(decimal('1')),
    bidQuantity: decimal('1'),
    ask: middle.add(decimal('1')),
    askQuantity: decimal('1'),
    venueAt: null,
  };
}

let venue: { top: TopOfBook; mark: Decimal; isReachable: boolean; answersAfterMs: number };
let reads: { single: number; all: number };
let listeners: MarketListener[];
/** Connected all the time. */
const connection = {
  state: 'connected' as const,
  join: (listener: MarketListener) => void listeners.push(listener),
  leave: () => undefined,
  want: () => true,
};
let quotes: Quotes;
let allPrices: AllPrices;

beforeEach(() => {
  vi.useFakeTimers();
  venue = { top: top('60000'), mark: decimal('60000'), isReachable: true, answersAfterMs: 0 };
  reads = { single: 0, all: 0 };
  listeners = [];
  const clock = new VenueClock(SYSTEM_PLATFORM.scheduler);
  allPrices = new AllPrices({
    monotonic: () => performance.now(),
    allowance: { limit: 2_400, intervalMs: 60_000 },
  });
  quotes = newQuotes(clock);
});
afterEach(() => {
  quotes.close();
  vi.useRealTimers();
});

function newQuotes(clock: VenueClock): Quotes {
  const markets = new MarketTable();
  markets.put('spot', [{ venueSymbol: VENUE_SYMBOL, instrument: SPOT_INSTRUMENT }]);
  markets.put('linear_swap', [{ venueSymbol: VENUE_SYMBOL, instrument: SWAP_INSTRUMENT }]);
  const answer = async <Value>(value: Value): Promise<Value> => {
    const { isReachable, answersAfterMs } = venue;
    if (answersAfterMs > 0) await new Promise((resolve) => setTimeout(resolve, answersAfterMs));
    if (!isReachable) throw new Error('the venue cannot be reached');
    return value;
  };
  const all = async <Price>(
    name: string,
    weight: number,
    price: () => Price,
  ): Promise<PriceReading<Price> | null> =>
    allPrices.get(name, weight, async () => {
      reads.all += 1;
      return answer(new Map([[VENUE_SYMBOL, price()]]));
    });
  return new Quotes({
    clock,
    markets,
    listener: { onQuote: () => undefined },
    feed: {
      channelsOf: () => [{ connection, name: 'book' }],
      read: ({ instrument }) => {
        reads.single += 1;
        return answer({
          top: venue.top,
          mark: instrument.kind === 'spot' ? null : venue.mark,
          average: null,
        });
      },
      allBooks: async () => all('books', 5, () => venue.top),
      allMarks: async () => all('marks', 10, () => venue.mark),
    },
  });
}

/** Lets time pass while somebody who decides on the instrument asks for it each second. */
async function watch(symbol: typeof SPOT, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1_000) {
    quotes.latest(symbol);
    await vi.advanceTimersByTimeAsync(Math.min(1_000, ms - passed));
  }
}

const ageOf = (at: number | null | undefined): number => Date.now() - (at ?? 0);

it('a swap of which a fresh book is known and no mark is read before an order rests on it', async () => {
  venue.isReachable = false;
  quotes.latest(SWAP);
  await vi.advanceTimersByTimeAsync(1);
  for (const listener of listeners) listener.onTop(VENUE_SYMBOL, top('60000'));
  venue.isReachable = true;
  expect((await quotes.fresh(SWAP, staleQuoteMs)).mark?.toString()).toBe('60000');
});

it('a stream that is connected and silent does not keep a price fresh: what moved meanwhile is read', async () => {
  quotes.latest(SWAP);
  for (const listener of listeners) {
    listener.onTop(VENUE_SYMBOL, venue.top);
    listener.onMark(VENUE_SYMBOL, venue.mark);
  }
  // From here on no message comes, although the connection lives.
  venue = { ...venue, top: top('49800'), mark: decimal('49800') };
  await watch(SWAP, 30_000);
  const quote = quotes.latest(SWAP);
  expect([quote?.bid?.toString(), quote?.mark?.toString(), quote?.confirmedMark?.toString()]).toEqual([
    '49799',
    '49800',
    '49800',
  ]);
  expect(ageOf(quote?.bookAt)).toBeLessThan(staleQuoteMs);
  expect(ageOf(quote?.markAt)).toBeLessThan(staleQuoteMs);
  expect(reads.single).toBe(1);
});

it('the same answer again is a fresh one; without an answer the price grows old', async () => {
  quotes.latest(SPOT);
  await watch(SPOT, 30_000);
  expect(ageOf(quotes.latest(SPOT)?.bookAt)).toBeLessThanOrEqual(SILENT_AFTER_MS + 1_000);
  venue.isReachable = false;
  await watch(SPOT, 10_000);
  expect(ageOf(quotes.latest(SPOT)?.bookAt)).toBeGreaterThan(10_000);
  await expect(quotes.fresh(SPOT, staleQuoteMs)).rejects.toThrow('the venue cannot be reached');
  venue.isReachable = true;
  await watch(SPOT, 2_000);
  expect(ageOf(quotes.latest(SPOT)?.bookAt)).toBeLessThan(staleQuoteMs);
});

it('an instrument whose stream speaks is not read, nor one that nobody asks for any more', async () => {
  quotes.latest(SPOT);
  for (let second = 0; second < 20; second += 1) {
    for (const listener of listeners) listener.onTop(VENUE_SYMBOL, venue.top);
    await watch(SPOT, 1_000);
  }
  // The first mark of all is asked for once more.
  expect(reads).toEqual({ single: 1, all: 1 });
  await vi.advanceTimersByTimeAsync(MATTERS_FOR_MS + 1_000);
  const before = reads.all;
  expect(before).toBeGreaterThan(1);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(reads.all).toBe(before);
  expect(ageOf(quotes.latest(SPOT)?.bookAt)).toBeGreaterThan(60_000);
});

it(`a silent instrument is read after ${SILENT_AFTER_MS} ms, and no sooner`, async () => {
  quotes.latest(SPOT);
  const speak = (): void => {
    for (const listener of listeners) listener.onTop(VENUE_SYMBOL, venue.top);
  };
  for (let second = 0; second < 5; second += 1) {
    await vi.advanceTimersByTimeAsync(1_000);
    speak();
  }
  const before = reads.all;
  await vi.advanceTimersByTimeAsync(SILENT_AFTER_MS);
  expect(reads.all).toBe(before);
  await vi.advanceTimersByTimeAsync(LOOK_EVERY_MS);
  expect(reads.all).toBe(before + 1);
});

it(`an instrument is read until ${MATTERS_FOR_MS} ms after it was last asked for`, async () => {
  venue.isReachable = false;
  quotes.latest(SPOT);
  let lastReadMs = 0;
  for (let passedMs = 0; passedMs < 3 * MATTERS_FOR_MS; passedMs += LOOK_EVERY_MS) {
    const before = reads.all;
    await vi.advanceTimersByTimeAsync(LOOK_EVERY_MS);
    if (reads.all > before) lastReadMs = passedMs + LOOK_EVERY_MS;
  }
  expect(lastReadMs).toBeLessThanOrEqual(MATTERS_FOR_MS);
  expect(lastReadMs).toBeGreaterThan(MATTERS_FOR_MS - 1_000);
});

it('prices that take a while to read are of when they were asked for', async () => {
  venue.answersAfterMs = 1_500;
  const askedAt = Date.now();
  const reading = quotes.fresh(SWAP, staleQuoteMs);
  await vi.advanceTimersByTimeAsync(venue.answersAfterMs);
  const { bookAt, markAt } = await reading;
  expect([bookAt, markAt]).toEqual([askedAt, askedAt]);
});

it('what was streamed while an older answer was on its way stays', async () => {
  venue.answersAfterMs = 1_000;
  quotes.latest(SPOT);
  await vi.advanceTimersByTimeAsync(500);
  for (const listener of listeners) listener.onTop(VENUE_SYMBOL, top('59000'));
  await vi.advanceTimersByTimeAsync(600);
  expect(quotes.latest(SPOT)?.bid?.toString()).toBe('58999');
});

it('while the allowance permits no new reading of all prices, what the last one showed grows old', async () => {
  // A reading of the books draws the share of a minute.
  allPrices = new AllPrices({
    monotonic: () => performance.now(),
    allowance: { limit: 50, intervalMs: 60_000 },
  });
  quotes.latest(SPOT);
  await watch(SPOT, 30_000);
  expect(reads).toEqual({ single: 1, all: 1 });
  expect(ageOf(quotes.latest(SPOT)?.bookAt)).toBe(30_000 - LOOK_EVERY_MS);
});

it('two accounts at one address share the readings of silent instruments', async () => {
  const other = newQuotes(new VenueClock(SYSTEM_PLATFORM.scheduler));
  quotes.latest(SPOT);
  await watch(SPOT, 20_000);
  const alone = reads.all;
  reads.all = 0;
  for (let second = 0; second < 20; second += 1) {
    other.latest(SPOT);
    await watch(SPOT, 1_000);
  }
  expect(reads.all).toBeLessThanOrEqual(alone + 2);
  other.close();
});

it('the book and the mark of a swap grow old apart', async () => {
  quotes.latest(SWAP);
  await watch(SWAP, 1_000);
  for (const listener of listeners) listener.onMark(VENUE_SYMBOL, decimal('60010'));
  const quote = quotes.latest(SWAP);
  expect(quote?.mark?.toString()).toBe('60010');
  expect(ageOf(quote?.markAt)).toBe(0);
  expect(ageOf(quote?.bookAt)).toBe(1_000);
});

it('a jump of the mark counts once a second datum, asked for, confirms it', async () => {
  quotes.latest(SPOT);
  await watch(SPOT, 2_000);
  expect(quotes.latest(SPOT)?.confirmedMark?.toString()).toBe('60000');
  venue.top = top('30000');
  for (const listener of listeners) listener.onTop(VENUE_SYMBOL, venue.top);
  const jumped = quotes.latest(SPOT);
  expect([jumped?.mark?.toString(), jumped?.confirmedMark?.toString()]).toEqual(['30000', '60000']);
  await vi.advanceTimersByTimeAsync(JUMP_CONFIRM_AFTER_MS - 1);
  expect(quotes.latest(SPOT)?.confirmedMark?.toString()).toBe('60000');
  await vi.advanceTimersByTimeAsync(JUMP_CONFIRM_WITHIN_MS - JUMP_CONFIRM_AFTER_MS);
  expect(quotes.latest(SPOT)?.confirmedMark?.toString()).toBe('30000');
});

it('a book that was swept and filled again never counts', async () => {
  quotes.latest(SPOT);
  await watch(SPOT, 2_000);
  const swept = { ...venue.top, bid: decimal('0'), bidQuantity: decimal('0') };
  for (const listener of listeners) listener.onTop(VENUE_SYMBOL, swept);
  const quote = quotes.latest(SPOT);
  expect([quote?.bid, quote?.ask?.toString(), quote?.mark, quote?.confirmedMark?.toString()]).toEqual([
    null,
    '60001',
    null,
    '60000',
  ]);
  // One far order on the side that was swept is no price either.
  for (const listener of listeners) listener.onTop(VENUE_SYMBOL, { ...venue.top, bid: decimal('50000') });
  await watch(SPOT, 1_000);
  expect(quotes.latest(SPOT)?.confirmedMark?.toString()).toBe('60000');
});

describe('a clock of ours that is set', () => {
  const HOUR_MS = 3_600_000;

  it.each([
    ['back', -HOUR_MS],
    ['back by less than the readings pause', -5_000],
    ['ahead', HOUR_MS],
  ])('%s leaves no old price of a silent stream fresh: it is read anew', async (_way, stepMs) => {
    quotes.latest(SPOT);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(quotes.latest(SPOT)?.bid?.toString()).toBe('59999');
    vi.setSystemTime(Date.now() + stepMs);
    venue = { ...venue, top: top('48000') };
    await watch(SPOT, 15_000);
    expect(quotes.latest(SPOT)?.bid?.toString()).toBe('47999');
    expect(ageOf(quotes.latest(SPOT)?.bookAt)).toBeLessThan(staleQuoteMs);
  });

  it('changes the age of no price, and no order rests on one that only looks new', async () => {
    quotes.latest(SWAP);
    await vi.advanceTimersByTimeAsync(1_000);
    venue.isReachable = false;
    await watch(SWAP, 8_000);
    const agesOf = () => {
      const quote = quotes.latest(SWAP);
      return [quote?.bookAt, quote?.markAt].map(ageOf);
    };
    const before = agesOf();
    vi.setSystemTime(Date.now() - HOUR_MS);
    expect(agesOf()).toEqual(before);
    await expect(quotes.fresh(SWAP, staleQuoteMs)).rejects.toThrow('the venue cannot be reached');
    vi.setSystemTime(Date.now() + 2 * HOUR_MS);
    expect(agesOf()).toEqual(before);
  });
});
