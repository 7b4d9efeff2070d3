/** The refusals that a key is remembered with: those that say what is wrong with the request, and not what this service lacks now. */
import { expect, it } from 'vitest';
import { isDecided } from './answered-requests.ts';
import { Problem } from './problem.ts';

it('a close for an account that is not served now is not decided: under the same key it closes once the account is back', () => {
  expect(isDecided(new Problem('position_not_found', 'nothing is open'))).toBe(true);
  for (const code of ['account_not_found', 'client_order_id_conflict'] as const)
    expect(isDecided(new Problem(code, 'not now'))).toBe(false);
  expect(isDecided(new Problem('not_reducing', 'too much', { order_id: 'o-1' }))).toBe(false);
});

it('a refusal that passes by itself is not decided: a repeat of its key is carried out', () => {
  for (const code of [
    'position_closing',
    'insufficient_balance',
    'market_data_missing',
    'market_data_stale',
    'value_unknown',
    'leverage_unknown',
    'margin_unknown',
    'order_rate_limit',
  ] as const)
    expect(isDecided(new Problem(code, 'not now'))).toBe(false);
  for (const code of ['quantity_too_small', 'quantity_off_lot', 'strategy_part_offset'] as const)
    expect(isDecided(new Problem(code, 'never so'))).toBe(true);
});
