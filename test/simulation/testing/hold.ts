/** Tests over ranges of seeds, for files that run side by side. */
import { expect, it } from 'vitest';
import { countKinds, type Kind } from '../coverage.ts';
import { simulate } from '../simulation.ts';
import { missingIn } from './must-meet.ts';

/** Seeds that are held to hold, from 1 on: the tests of planted bugs ask for no other. */
export const HELD_SEEDS = 300;
/** Seeds in one test: few enough that a failure is reported soon. */
const SEEDS_IN_A_TEST = 25;

/** Of every 150 seeds, the least that must meet each kind of world. */
const LEAST_MET: Readonly<Partial<Record<Kind, number>>> = {
  real_gateway: 50,
  at_okx: 4,
  at_bybit: 4,
  at_kucoin: 4,
  at_bitget: 3,
  at_mexc: 3,
  at_coinbase: 3,
  at_htx: 3,
  venue_said_stop: 10,
  hedged: 10,
  both_sides_open: 5,
  mode_switched: 10,
  unified: 10,
  unified_both_products: 10,
  text_trade_ids: 10,
  stop_kept_id: 3,
  side_funded: 3,
  in_bitcoin: 10,
  state_set: 20,
  paid_in_coin: 10,
};

/**
 * Declares tests that run seeds `first` to `last` and name the first one that fails, and one that these seeds have met the
 * worlds they are meant to meet.
 */
export function itHoldsForSeeds(first: number, last: number): void {
  const runs = new Map<number, readonly Kind[]>();
  const met: (readonly string[])[] = [];
  for (let from = first; from <= last; from += SEEDS_IN_A_TEST) {
    const until = Math.min(last, from + SEEDS_IN_A_TEST - 1);
    it(`everything holds for seeds ${from} to ${until}`, { timeout: 180_000 }, async () => {
      for (let seed = from; seed <= until; seed += 1) {
        const verdict = await simulate(seed);
        const { violations, kinds } = verdict;
        runs.set(seed, kinds);
        met.push(verdict.met);
        expect(violations, `repeat with: npm run simulate:seed -- ${seed}`).toEqual([]);
      }
    });
  }
  it(`seeds ${first} to ${last} meet every kind of world`, () => {
    expect(runs.size).toBe(last - first + 1);
    const kinds = countKinds([...runs.values()]);
    for (const [kind, least] of Object.entries(LEAST_MET))
      expect(kinds.get(kind as Kind), kind).toBeGreaterThanOrEqual(least);
    expect(missingIn(met)).toEqual([]);
  });
}
