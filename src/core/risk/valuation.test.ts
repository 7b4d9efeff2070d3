import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { decimal } from '../decimal.ts';
import {
  addIntervals,
  between,
  EQUITY_HAIRCUT,
  exactly,
  haircutBps,
  priceInterval,
  scaleInterval,
  subtractIntervals,
  widthOf,
  type Interval,
} from './valuation.ts';

const text = ({ low, high }: Interval): string => `${low.toString()}..${high.toString()}`;
const amount = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((whole) => decimal(`${whole}e-3`));

describe('intervals', () => {
  it('hold every result of the values that their parts hold', () => {
    fc.assert(
      fc.property(fc.tuple(amount, amount, amount, amount, amount), ([a, b, c, d, factor]) => {
        const left = between(a, b);
        const right = between(c, d);
        for (const one of [a, b]) {
          const scaled = scaleInterval(left, factor);
          expect(scaled.low.atMost(one.multiply(factor))).toBe(true);
          expect(scaled.high.atLeast(one.multiply(factor))).toBe(true);
          for (const other of [c, d]) {
            for (const [interval, value] of [
              [addIntervals(left, right), one.add(other)],
              [subtractIntervals(left, right), one.subtract(other)],
            ] as const) {
              expect(interval.low.atMost(value)).toBe(true);
              expect(interval.high.atLeast(value)).toBe(true);
            }
          }
        }
      }),
    );
  });

  it('of one point have no width', () => {
    expect(widthOf(exactly(decimal('5'))).isZero()).toBe(true);
    expect(widthOf(between(decimal('3'), decimal('-1'))).toString()).toBe('4');
  });
});

describe('a price', () => {
  it.each([
    [-5_000, 0],
    [10_000, 0],
    [10_001, 10],
    [70_000, 10],
    [70_001, 20],
    [10_000 + 499 * 60_000, 4_990],
    [10_000 + 500 * 60_000, 5_000],
    [10_000 + 501 * 60_000, 5_000],
    [30 * 86_400_000, 5_000],
  ])('%i ms old may be off by %i basis points', (ageMs, bps) => {
    expect(haircutBps(ageMs, EQUITY_HAIRCUT)).toBe(bps);
  });

  it('stands as it is while fresh, and with its haircut on both sides afterwards', () => {
    const confirmed = { price: decimal('60000'), at: 1_000_000 };
    expect(text(priceInterval(confirmed, 1_010_000, EQUITY_HAIRCUT))).toBe('60000..60000');
    expect(text(priceInterval(confirmed, 1_010_001, EQUITY_HAIRCUT))).toBe('59940..60060');
    expect(text(priceInterval({ price: decimal('0.00000003'), at: 0 }, 20_000, EQUITY_HAIRCUT))).toBe(
      '0.00000002997..0.00000003003',
    );
  });
});

it('docs/risk.md lists the haircut that the code has', () => {
  const document = readFileSync(new URL('../../../docs/risk.md', import.meta.url), 'utf8');
  for (const [name, value] of Object.entries(EQUITY_HAIRCUT))
    expect(document).toMatch(new RegExp(`\\| \`${name}\`\\s*\\| ${String(value)}\\s*\\|`));
});
