/** The command line that lets a locked out admin in again, beside a running service and without one. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from './testing/run-command.ts';
import { call, ready, startServe, type Served } from './testing/served.ts';

let dataDir: string;
const running = new Set<Served>();
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'plimsoll-admin-'));
});
afterEach(async () => {
  for (const served of running) await served.end();
  running.clear();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(variables: Record<string, string>): Promise<Served> {
  const served = await startServe(dataDir, variables);
  running.add(served);
  await ready(served);
  return served;
}

const newToken = (...words: string[]) => runCommand(['admin', 'new-token', ...words], { DATA_DIR: dataDir });

describe('admin new-token', () => {
  it('lets an admin in beside a running service, and after its end; a changed PLIMSOLL_ADMIN_TOKEN works', async () => {
    expect(await newToken()).toMatchObject({
      status: 2,
      problems: expect.stringContaining('There is nothing to administer'),
    });
    const first = await start({ PLIMSOLL_ADMIN_TOKEN: 'the-first-token' });
    const made = await newToken('--label', 'recovery');
    expect(made).toMatchObject({ status: 0, out: expect.stringMatching(/^plm_\S+\n$/) });
    const token = made.out.trim();
    expect(made.problems).not.toContain(token);
    const listed = await call(first, token, 'GET', '/tokens');
    expect(listed).toMatchObject({
      status: 200,
      body: {
        tokens: [
          { created_by: 'PLIMSOLL_ADMIN_TOKEN' },
          { label: 'recovery', created_by: expect.stringContaining('npm run admin') },
        ],
      },
    });
    expect(await newToken('--user', 'nobody')).toMatchObject({
      status: 2,
      problems: expect.stringContaining('There is no user nobody'),
    });
    await first.end();
    running.delete(first);

    const stopped = await newToken();
    expect(stopped.status).toBe(0);
    const second = await start({ PLIMSOLL_ADMIN_TOKEN: 'the-second-token' });
    expect(second.output()).toContain('PLIMSOLL_ADMIN_TOKEN was changed');
    const statusOf = async (text: string): Promise<number> =>
      (await call(second, text, 'GET', '/tokens')).status;
    expect(await statusOf(stopped.out.trim())).toBe(200);
    expect(await statusOf('the-second-token')).toBe(200);
    expect(await statusOf('the-first-token')).toBe(401);
  });
});
