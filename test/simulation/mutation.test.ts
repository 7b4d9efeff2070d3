/** The simulation finds bugs: each planted one is caught within the seeds that hold without it. */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AskedProcess } from './testing/asked-process.ts';
import { HELD_SEEDS } from './testing/hold.ts';
import { FOUND_BY_SEEDS } from './testing/planted-bugs.ts';
import type { Found, Search } from './testing/planted-seeds.ts';

/** Seeds that hold in the process that has met every bug: none has left anything behind that fails a run. */
const CONTROL_SEEDS = 10;
/** A planted bug that does not run at all is no proof of anything. */
const BROKEN_PLANT = /ReferenceError|SyntaxError|is not a function/;

const finder = new AskedProcess<Search, Found>(join(import.meta.dirname, 'testing/planted-seeds.ts'));
afterAll(() => finder.end());

const seedsUntil = (last: number): readonly number[] => Array.from({ length: last }, (_, index) => index + 1);

describe('mutation test of the simulation', { timeout: 240_000 }, () => {
  for (const bug of FOUND_BY_SEEDS) {
    it(`finds it when ${bug.name}`, async ({ annotate, signal }) => {
      expect(bug.foundBy).toBeLessThanOrEqual(HELD_SEEDS);
      // The seed that has found it before is asked first; worlds change, and then the others are.
      const seeds = [bug.foundBy, ...seedsUntil(HELD_SEEDS)];
      const { seed, violations } = await finder.ask({ bug: bug.name, seeds }, signal);
      expect(violations).not.toEqual([]);
      expect(violations.join('\n')).not.toMatch(BROKEN_PLANT);
      await annotate(`seed ${seed}: ${violations[0]}`);
    });
  }

  it('and finds nothing in sources that are loaded anew without one', async ({ signal }) => {
    const found = await finder.ask({ bug: null, seeds: seedsUntil(CONTROL_SEEDS) }, signal);
    expect(found).toEqual({ seed: null, violations: [] });
  });
});
