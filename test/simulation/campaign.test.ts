/** The bounds of a campaign of seeds, from the command line. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = (programArguments: string): Promise<{ readonly stdout: string }> =>
  promisify(execFile)(process.execPath, [
    join(import.meta.dirname, 'run.ts'),
    ...programArguments.split(' '),
  ]);

test(
  'a campaign whose time is up ends after the least number of seeds, and says how many they were',
  { timeout: 240_000 },
  async () => {
    const { stdout } = await run('--seeds 1-40 --minutes 0 --at-least 2');
    expect(stdout).toContain('seeds 1 to 2: the 0 minutes were up before seed 3\n2 seeds, ');
    const whole = await run('--seeds 2-2 --minutes 60');
    expect(whole.stdout).toMatch(/^1 seeds, /);
  },
);

test.each(['--seeds 2-1', '--seeds 1-2 --minutes', '--seeds 1-2 --minutes soon', '--seed 1 --at-least 2'])(
  'a campaign that is not asked for properly is refused: %s',
  async (programArguments) => {
    await expect(run(programArguments)).rejects.toMatchObject({ code: 2 });
  },
);
