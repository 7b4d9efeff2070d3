/** Each planted bug still finds its text in the sources, exactly once; that it is found by a seed is mutation.test.ts. */
import { expect, it } from 'vitest';
import { patchedFiles, PLANTED_BUGS } from './testing/planted-bugs.ts';

it.each(PLANTED_BUGS.map((bug) => [bug.name, bug] as const))(
  'the text that a planted bug replaces stands exactly once: %s',
  (_name, bug) => {
    expect(patchedFiles(bug).size).toBeGreaterThan(0);
  },
);
