import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withStartLock } from './start-lock.ts';
import { newDataDir } from './testing/clusters.ts';

test('one caller at a time holds the start lock, under the name that older releases use', async () => {
  const base = await newDataDir();
  const file = join(base, 'turn.lock');
  const steps: string[] = [];
  const hold = (name: string): Promise<void> =>
    withStartLock({ base }, async () => {
      steps.push(`${name} begins, held by ${await readFile(file, 'utf8')}`);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      steps.push(`${name} ends`);
    });
  await Promise.all([hold('first'), hold('second')]);
  const [winner, loser] = steps[0]?.startsWith('first') === true ? ['first', 'second'] : ['second', 'first'];
  expect(steps).toEqual([
    `${winner} begins, held by ${process.pid}`,
    `${winner} ends`,
    `${loser} begins, held by ${process.pid}`,
    `${loser} ends`,
  ]);
  expect(existsSync(file)).toBe(false);
});

test('a start lock of a dead process is stale, also one with our own id from before a reboot', async () => {
  const base = await newDataDir();
  for (const holder of ['4194304', String(process.pid)]) {
    await writeFile(join(base, 'turn.lock'), holder);
    expect(await withStartLock({ base }, () => Promise.resolve('ran'))).toBe('ran');
  }
});
