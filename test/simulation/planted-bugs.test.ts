/** Planted bugs stand as docs/simulation.md lists them, and each still finds its text in the sources; that each is found is mutation.test.ts and named-tests.test.ts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { patchedFiles, PLANTED_BUGS, type PlantedBug } from './testing/planted-bugs.ts';

const ROOT = join(import.meta.dirname, '../..');

it.each(PLANTED_BUGS.map((bug) => [bug.name, bug] as const))(
  'the text that a planted bug replaces stands exactly once: %s',
  (_name, bug) => {
    expect(patchedFiles(bug).size).toBeGreaterThan(0);
  },
);

it('docs/simulation.md lists every planted bug with the seed or the test that finds it', () => {
  const foundBy = (bug: PlantedBug): string =>
    'foundBy' in bug
      ? `seed ${bug.foundBy}`
      : `\`${bug.foundIn.file.replace('src/', '')}\`: ${bug.foundIn.title}`;
  const rows = readFileSync(join(ROOT, 'docs/simulation.md'), 'utf8')
    .split('# Would it notice')[1]
    ?.split('\n## ')[0]
    ?.matchAll(/^\| (.+?) +\| (.+?) +\|$/gm);
  const listed = [...(rows ?? [])].map(([, name, found]) => [name, found]).slice(2);
  expect(listed).toEqual(PLANTED_BUGS.map((bug) => [bug.name, foundBy(bug)]));
});
