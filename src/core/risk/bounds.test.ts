import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { EXPLANATION_MS } from './unexplained.ts';
import { MOST_UNEXPLAINED } from './capital-changes.ts';
import { MOST_UNCERTAIN_BPS } from './equity-reading.ts';
import { UNPRICED_FEE_BPS, UNPRICED_FOR_MS, UNPRICED_LEFT_OUT_BPS } from './unpriced.ts';
import { SECOND_DATUM_AFTER_MS, SECOND_DATUM_WITHIN_MS } from './ladder.ts';

const BOUNDS = {
  EXPLANATION_MS,
  MOST_UNEXPLAINED,
  UNPRICED_LEFT_OUT_BPS,
  UNPRICED_FEE_BPS,
  UNPRICED_FOR_MS,
  MOST_UNCERTAIN_BPS,
  SECOND_DATUM_AFTER_MS,
  SECOND_DATUM_WITHIN_MS,
};

it('docs/risk.md lists the bounds of equity that the code has', () => {
  const document = readFileSync(new URL('../../../docs/risk.md', import.meta.url), 'utf8');
  for (const [name, value] of Object.entries(BOUNDS))
    expect(document).toMatch(new RegExp(`\\| \`${name}\`\\s*\\| ${String(value)}\\s*\\|`));
});
