/** A fault that has been taken out of the worlds is noticed by what the seeds have met. */
import { expect, test } from 'vitest';
import { simulate } from './simulation.ts';
import { missingIn } from './testing/must-meet.ts';

const SEEDS = 60;

test(
  'without one fault of the private stream, sixty seeds miss that fault and nothing else',
  { timeout: 240_000 },
  async () => {
    const met: (readonly string[])[] = [];
    for (let seed = 1; seed <= SEEDS; seed += 1)
      met.push((await simulate(seed, { setting: { withoutFaults: ['reorder'] } })).met);
    expect(missingIn(met)).toEqual([
      expect.stringMatching(/^fault stream reorder: met by 0 of 60 seeds, at least [1-9]\d* are asked for$/),
    ]);
  },
);
