/** `npm ci` as a newcomer runs it, with a Node that packages do not name. */
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');

it('npm ci prints no warning of engines, since the locked Node runs everything', async () => {
  const project = await mkdtemp(join(tmpdir(), 'plimsoll-install-'));
  try {
    const base = { name: 'example', version: '1.0.0', dependencies: { 'left-out': '1.0.0' } };
    const locked = {
      version: '1.0.0',
      resolved: 'https://registry.npmjs.org/left-out/-/left-out-1.0.0.tgz',
      engines: { node: '>=9999' },
    };
    await writeFile(join(project, 'package.json'), JSON.stringify(base));
    await writeFile(
      join(project, 'package-lock.json'),
      JSON.stringify({
        ...base,
        lockfileVersion: 3,
        requires: true,
        packages: { '': base, 'node_modules/left-out': locked },
      }),
    );
    // A dry run fetches nothing.
    const problems = async (): Promise<string> =>
      (
        await run('npm', ['ci', '--dry-run', '--offline', '--ignore-scripts'], {
          cwd: project,
          // Without the settings that an npm around the tests passes on.
          env: { PATH: process.env['PATH'] ?? '', HOME: project },
        })
      ).stderr;
    expect(await problems()).toContain('EBADENGINE');
    await copyFile(join(ROOT, '.npmrc'), join(project, '.npmrc'));
    expect(await problems()).toBe('');
  } finally {
    await rm(project, { recursive: true, force: true });
  }
});
