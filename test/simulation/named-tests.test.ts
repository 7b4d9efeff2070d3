/** Named tests find what no world meets: with each planted bug the test that it names fails. */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AskedProcess } from './testing/asked-process.ts';
import { FOUND_BY_TESTS } from './testing/planted-bugs.ts';
import type { NamedOutcome, NamedRun } from './testing/planted-tests.ts';

/** A planted bug that does not run at all is no proof of anything. */
const BROKEN_PLANT = /ReferenceError|SyntaxError|is not a function/;

const runner = new AskedProcess<NamedRun, NamedOutcome>(
  join(import.meta.dirname, 'testing/planted-tests.ts'),
);
afterAll(() => runner.end());

describe('mutation test of named tests', { timeout: 120_000 }, () => {
  it.for(FOUND_BY_TESTS.map(({ name }) => name))('one notices it when %s', async (bug, { signal }) => {
    const { states, messages } = await runner.ask({ bug }, signal);
    expect(states, messages.join('\n')).toContain('failed');
    expect(messages.join('\n')).not.toMatch(BROKEN_PLANT);
  });
});
