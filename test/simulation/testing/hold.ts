/** Tests over ranges of seeds, for files that run side by side. */
import { expect, it } from 'vitest';
import { simulate } from '../simulation.ts';

/** Seeds in one test: few enough that a failure is reported soon. */
const SEEDS_IN_A_TEST = 25;

/** Declares tests that run seeds `first` to `last` and name the first one that fails. */
export function itHoldsForSeeds(first: number, last: number): void {
  for (let from = first; from <= last; from += SEEDS_IN_A_TEST) {
    const until = Math.min(last, from + SEEDS_IN_A_TEST - 1);
    it(`everything holds for seeds ${from} to ${until}`, { timeout: 180_000 }, async () => {
      for (let seed = from; seed <= until; seed += 1) {
        const { violations } = await simulate(seed);
        expect(violations, `repeat with: npm run simulate:seed -- ${seed}`).toEqual([]);
      }
    });
  }
}
