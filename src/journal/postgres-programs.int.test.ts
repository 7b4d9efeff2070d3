import { cp, lstat, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newDataDir } from './embedded-postgres/testing/clusters.ts';
import { makeMissingLinks } from './postgres-programs.ts';

test('links that npm left out are made, and a second time changes nothing', async () => {
  const directory = await newDataDir();
  await mkdir(join(directory, 'native', 'lib'), { recursive: true });
  await writeFile(join(directory, 'native', 'lib', 'libx.so.1.2'), 'x');
  await symlink('libx.so.1.2', join(directory, 'native', 'lib', 'libx.so.1'));
  await writeFile(
    join(directory, 'native', 'pg-symlinks.json'),
    JSON.stringify([
      { source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so' },
      { source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so.1' },
      { source: '../../etc/passwd', target: '../../tmp/evil' },
    ]),
  );
  await makeMissingLinks(directory);
  await makeMissingLinks(directory);
  expect(await readFile(join(directory, 'native', 'lib', 'libx.so'), 'utf8')).toBe('x');
  expect((await lstat(join(directory, 'native', 'lib', 'libx.so'))).isSymbolicLink()).toBe(true);
  await cp(join(directory, 'native'), join(directory, 'moved'), { recursive: true, verbatimSymlinks: true });
  expect(await readFile(join(directory, 'moved', 'lib', 'libx.so'), 'utf8')).toBe('x');
});
