/** The simulators as a process of their own: killed at any time, ended by a signal, ended with their parent. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';

/** Runs the command alone, whatever other commands there are. */
const COMMAND = `
  import { simulateCommand } from ${JSON.stringify(new URL('./simulate.ts', import.meta.url).href)};
  await simulateCommand.parseAsync(process.argv.slice(1), { from: 'user' });
`;
/** A parent that starts the command on a pipe, prints its address, and waits to be killed. */
const PARENT = `
  import { spawn } from 'node:child_process';
  const child = spawn(process.execPath, ['--input-type=module', '-e', ${JSON.stringify(COMMAND)}, '--',
    '--control-port', '0', '--parent-pid', String(process.pid)], { stdio: [process.argv[1], 'inherit', 'inherit'] });
  child.on('exit', () => process.exit(3));
`;
const ready = z.object({ ready: z.literal(true), control: z.string() });
const step = z.object({ step: z.string() });

const started: ChildProcess[] = [];
const directories: string[] = [];

afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
});

async function run(
  script: string,
  options: readonly string[],
): Promise<{ child: ChildProcess; control: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, '--', ...options], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, LOG_LEVEL: 'error' },
  });
  started.push(child);
  const { stdout } = child;
  if (stdout === null) throw new Error('standard output is a pipe');
  for await (const line of createInterface({ input: stdout })) {
    const said: unknown = JSON.parse(line);
    // A child of a service says each step of its start.
    if (step.safeParse(said).success) continue;
    return { child, control: ready.parse(said).control };
  }
  throw new Error('the simulators ended before they were ready');
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

test('after kill -9 everything that was answered is there, in the same instance', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'simulators-'));
  directories.push(directory);
  const options = ['--control-port', '0', '--state-dir', directory];
  const first = await run(COMMAND, options);
  const instance = z.object({ instance: z.string() });
  const before = instance.parse(await (await fetch(`${first.control}/control/health`)).json());
  const accounts = Array.from({ length: 50 }, (_, number) => `account-${number}`);
  const answered: string[] = [];
  const register = async (accountId: string): Promise<void> => {
    const response = await fetch(`${first.control}/control/binance/accounts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ account_id: accountId }),
    });
    if (response.status === 201) answered.push(accountId);
    // In the midst of the others.
    if (answered.length === 20) first.child.kill('SIGKILL');
  };
  await Promise.allSettled(accounts.map(register));
  await ended(first.child);
  expect(answered.length).toBeGreaterThanOrEqual(20);

  const second = await run(COMMAND, options);
  expect(instance.parse(await (await fetch(`${second.control}/control/health`)).json()).instance).toBe(
    before.instance,
  );
  const rows = z
    .array(z.object({ account_id: z.string() }))
    .parse(await (await fetch(`${second.control}/control/binance/accounts`)).json());
  expect(rows.map((row) => row.account_id)).toEqual(expect.arrayContaining(answered));
});

test('a signal ends it cleanly', async () => {
  const { child } = await run(COMMAND, ['--control-port', '0']);
  child.kill('SIGTERM');
  expect(await ended(child)).toBe(0);
});

test.each(['pipe', 'ignore'])(
  'a child with standard input %s ends when its parent is killed',
  async (input) => {
    const { child, control } = await run(PARENT, [input]);
    expect((await fetch(`${control}/control/health`)).ok).toBe(true);
    child.kill('SIGKILL');
    await expect
      .poll(
        () =>
          fetch(`${control}/control/health`).then(
            () => 'serves',
            () => 'gone',
          ),
        { timeout: 15_000 },
      )
      .toBe('gone');
  },
);

test('without a parent named it outlives a closed standard input', async () => {
  const { child, control } = await run(COMMAND, ['--control-port', '0']);
  child.stdin?.end();
  expect((await fetch(`${control}/control/health`)).ok).toBe(true);
  expect(child.exitCode).toBeNull();
});
