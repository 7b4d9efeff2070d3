import { describe, expect, it } from 'vitest';
import { CANDLE_INTERVALS } from '../core/venue/market.ts';
import { candleFrom, closeOf, dayFiguresOf, lengthOf, spanEnd } from './market-data.ts';

const at = (text: string): number => Date.parse(text);

describe('candles of a venue that states when they opened alone', () => {
  it.each([
    ['1m', '2026-11-30T10:00:00Z', '2026-11-30T10:00:59.999Z'],
    ['8h', '2026-11-30T08:00:00Z', '2026-11-30T15:59:59.999Z'],
    ['1w', '2026-11-30T00:00:00Z', '2026-12-06T23:59:59.999Z'],
    ['1M', '2026-02-01T00:00:00Z', '2026-02-28T23:59:59.999Z'],
    ['1M', '2028-02-01T00:00:00Z', '2028-02-29T23:59:59.999Z'],
    ['1M', '2026-12-01T00:00:00Z', '2026-12-31T23:59:59.999Z'],
  ] as const)('%s opened at %s closes at %s', (interval, opened, closes) => {
    expect(new Date(closeOf(at(opened), interval)).toISOString()).toBe(new Date(closes).toISOString());
  });

  it('last longer from each interval to the next', () => {
    const lengths = CANDLE_INTERVALS.map(lengthOf);
    expect(lengths).toEqual(lengths.toSorted((left, right) => left - right));
  });

  it('are asked for as far as the wanted number reaches', () => {
    const span = { since: null, until: null, limit: 1_000 };
    expect(spanEnd(span, '1m', 10)).toBeNull();
    expect(spanEnd({ ...span, since: 600_000 }, '1m', 10)).toBe(1_199_999);
    expect(spanEnd({ ...span, until: 900_000 }, '1m', 10)).toBe(899_999);
    expect(spanEnd({ ...span, since: 600_000, until: 900_000 }, '1m', 10)).toBe(899_999);
    expect(spanEnd({ ...span, since: 600_000, until: 9_000_000 }, '1m', 10)).toBe(1_199_999);
  });
});

describe('the figures of a day', () => {
  const keys = { last: 'c', open: 'o', high: 'h', low: 'l', volume: 'v', quoteVolume: null } as const;

  it('are null where the venue says nothing, or zero for a price', () => {
    const day = { c: '0', o: '', h: '0.00', v: '0' };
    expect(dayFiguresOf(day, keys, { changePercent: null, closesAt: 7 })).toMatchObject({
      last: null,
      open: null,
      high: null,
      low: null,
      quoteVolume: null,
      change: null,
      changePercent: null,
      closesAt: 7,
    });
    expect(dayFiguresOf(day, keys, { changePercent: null, closesAt: 7 }).volume?.toString()).toBe('0');
  });

  it('have the change from the price of the day before', () => {
    const day = { c: '110', o: '100', h: '120', l: '90', v: '3' };
    expect(dayFiguresOf(day, keys, { changePercent: null, closesAt: null }).change?.toString()).toBe('10');
  });
});

it('leaves the quote volume of a candle open where the venue does not state it', () => {
  const columns = { open: 1, high: 2, low: 3, close: 4, volume: 5, quoteVolume: null } as const;
  const times = { openedAt: 0, closesAt: 59_999, trades: null };
  expect(candleFrom(['0', '1', '2', '0.5', '1.5', '7'], columns, times, 60_000)).toMatchObject({
    quoteVolume: null,
    isComplete: true,
  });
});
