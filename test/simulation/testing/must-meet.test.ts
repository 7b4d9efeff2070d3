import { describe, expect, it } from 'vitest';
import { ORDER_EVENT_TYPES, ORDER_STATUSES } from '../../../src/core/order/transitions.ts';
import { RISK_RULES } from '../../../src/core/risk/refusal.ts';
import { cellName } from '../met.ts';
import { LEAST_OF_300, missingIn, whyNotMet } from './must-meet.ts';

/** Rules that no world brings to refuse yet, and what holds them. */
const RULES_HELD_ELSEWHERE: Readonly<Record<string, string>> = {
  base_value: 'core/risk/rules/base-value.test',
  margin: 'core/risk/rules/margin.test',
  daily_loss: 'core/risk/rules/daily-loss.test',
  drawdown: 'core/risk/rules/drawdown.test',
  strategy_limits: 'core/risk/strategy-books.test',
  own_part: 'core/position/strategy-part.test',
};

describe('what the seeds must meet', () => {
  it.each(ORDER_STATUSES)('names every cell of %s, or why it is not met', (status) => {
    for (const event of ORDER_EVENT_TYPES)
      expect(
        LEAST_OF_300[cellName(status, event)] ?? whyNotMet(status, event),
        cellName(status, event),
      ).not.toBeNull();
  });

  it.each(RISK_RULES)('has worlds in which %s refuses', (rule) => {
    const isMet = Object.keys(LEAST_OF_300).some((name) => name.startsWith(`refusal ${rule} `));
    expect(isMet).toBe(RULES_HELD_ELSEWHERE[rule] === undefined);
  });

  it('names what a range has met too seldom', () => {
    const [name = '', least = 0] =
      Object.entries(LEAST_OF_300).find(([candidate]) => candidate === 'fault create_order drop_response') ??
      [];
    expect(least).toBeGreaterThan(0);
    const all = Object.keys(LEAST_OF_300);
    const runs = Array.from({ length: 300 }, () => all);
    expect(missingIn(runs)).toEqual([]);
    const without = runs.map(() => all.filter((one) => one !== name));
    expect(missingIn(without)).toEqual([`${name}: met by 0 of 300 seeds, at least ${least} are asked for`]);
  });
});
