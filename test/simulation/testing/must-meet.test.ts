import { describe, expect, it } from 'vitest';
import { ORDER_EVENT_TYPES, ORDER_STATUSES } from '../../../src/core/order/transitions.ts';
import { RISK_RULES } from '../../../src/core/risk/refusal.ts';
import { cellName } from '../met.ts';
import { leastOf, MET_OF_300, missingIn, seldomerIn, whyNotMet } from './must-meet.ts';

/** Rules that no world brings to refuse yet, and what holds them. */
const RULES_HELD_ELSEWHERE: Readonly<Record<string, string>> = {
  base_value: 'core/risk/rules/base-value.test',
  margin: 'core/risk/rules/margin.test',
  strategy_limits: 'core/risk/strategy-books.test',
  own_part: 'core/position/strategy-part.test',
};

describe('what the seeds must meet', () => {
  it.each(ORDER_STATUSES)('names every cell of %s, or why it is not met', (status) => {
    for (const event of ORDER_EVENT_TYPES)
      expect(
        MET_OF_300[cellName(status, event)] ?? whyNotMet(status, event),
        cellName(status, event),
      ).not.toBeNull();
  });

  it.each(RISK_RULES)('has worlds in which %s refuses', (rule) => {
    const isMet = Object.keys(MET_OF_300).some((name) => name.startsWith(`refusal ${rule} `));
    expect(isMet).toBe(RULES_HELD_ELSEWHERE[rule] === undefined);
  });

  it('names what a range has met too seldom', () => {
    const name = 'fault create_order drop_response';
    const least = leastOf(MET_OF_300[name] ?? 0, 1_000);
    expect(least).toBeGreaterThan(0);
    const all = Object.keys(MET_OF_300);
    const runs = Array.from({ length: 1_000 }, () => all);
    expect(missingIn(runs)).toEqual([]);
    const without = runs.map((_, index) => (index < least - 1 ? all : all.filter((one) => one !== name)));
    expect(missingIn(without)).toEqual([
      `${name}: met by ${least - 1} of 1000 seeds, at least ${least} are asked for`,
    ]);
  });

  it('says of a name that it has become seldomer before a longer range falls short of it', () => {
    const name = 'record send_unknown';
    const all = Object.keys(MET_OF_300);
    const metBy = (count: number) =>
      Array.from({ length: 3_000 }, (_, index) => (index < count ? all : all.filter((one) => one !== name)));
    const expected = 10 * (MET_OF_300[name] ?? 0);
    const fewer = Math.floor(0.87 * expected);
    expect(seldomerIn(metBy(Math.floor(0.95 * expected)))).toEqual([]);
    expect(missingIn(metBy(fewer))).toEqual([]);
    expect(seldomerIn(metBy(fewer))).toEqual([
      `${name}: met by ${fewer} of 3000 seeds, ${expected} were expected`,
    ]);
  });

  // Of the expected 9.0 and 9.25 none are met once in 8,100 and in 10,400 ranges.
  it.each([
    [3.6, 1_000, 0],
    [3.7, 1_000, 1],
    [20, 300, 3],
    [40, 1_000, 65],
    [300, 5_000, 3_522],
  ])('asks, where %d of 300 meet a name, %d seeds for %d', (metOf300, seeds, least) => {
    expect(leastOf(metOf300, seeds)).toBe(least);
  });

  it('asks a thousand seeds for nine in ten of the names, and five thousand for each', () => {
    const names = Object.values(MET_OF_300);
    const askedOf = (seeds: number): number => names.filter((met) => leastOf(met, seeds) > 0).length;
    expect(askedOf(1_000)).toBeGreaterThanOrEqual(0.9 * names.length);
    expect(askedOf(5_000)).toBe(names.length);
  });
});
