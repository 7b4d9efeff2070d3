import { describe } from 'vitest';
import { HELD_SEEDS, itHoldsForSeeds } from './testing/hold.ts';

describe('whole-service simulation, the second half of the seeds', () => {
  itHoldsForSeeds(151, HELD_SEEDS);
});
