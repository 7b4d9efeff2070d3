import { describe, expect, it } from 'vitest';
import { simulate } from './simulation.ts';
import { itHoldsForSeeds } from './testing/hold.ts';
import { settingOf } from './world-setting.ts';

describe('whole-service simulation', () => {
  it('the same seed gives the same run', { timeout: 120_000 }, async () => {
    const seeds = [3, 17, 145];
    const gateways = new Set(seeds.map((seed) => settingOf(seed).gateway));
    expect([...gateways].toSorted()).toEqual(['light', 'real']);
    for (const seed of seeds) {
      const first = await simulate(seed);
      const second = await simulate(seed);
      expect(second.traceHash).toBe(first.traceHash);
      expect(second.events).toBe(first.events);
    }
  });

  it('another seed gives another run', { timeout: 120_000 }, async () => {
    const [first, second] = [await simulate(3), await simulate(4)];
    expect(second.traceHash).not.toBe(first.traceHash);
  });

  // The other half is in more-seeds.test.ts, so that two workers share them.
  itHoldsForSeeds(1, 150);
});
