/** The simulation finds bugs: each planted one is caught within 300 seeds, and without one nothing is. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copySources, FOUND_BY_SEEDS, whilePlanted } from './testing/planted-bugs.ts';

const SEEDS = '1-300';
const CONTROL_SEEDS = '1-40';
/** A planted bug that does not run at all is no proof of anything. */
const BROKEN_PLANT = /ReferenceError|SyntaxError|is not a function/;

let copy: ReturnType<typeof copySources>;
beforeAll(() => {
  copy = copySources();
});
afterAll(() => {
  copy.remove();
});

interface Found {
  readonly status: number | null;
  readonly output: string;
}

/** Runs the simulation of the copy until a seed fails. Code compiled for one run serves the next, patched files excepted. */
function simulate(seeds: string): Promise<Found> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [join(copy.path, 'test/simulation/run.ts'), '--seeds', seeds, '--until-failure'],
      {
        cwd: copy.path,
        env: { ...process.env, NODE_COMPILE_CACHE: join(copy.path, 'compile-cache') },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let output = '';
    const keep = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('exit', (status) => resolve({ status, output }));
  });
}

/** The seed that has found a bug before is asked first; worlds change, and then the others are. */
async function find(foundBy: number): Promise<Found> {
  const first = await simulate(`${foundBy}-${foundBy}`);
  return first.status === 1 ? first : simulate(SEEDS);
}

describe('mutation test of the simulation', { timeout: 240_000 }, () => {
  for (const bug of FOUND_BY_SEEDS) {
    it(`finds it when ${bug.name}`, async ({ annotate }) => {
      const { status, output } = await whilePlanted(bug, copy.path, () => find(bug.foundBy));
      const caught = /^seed (\d+) fails:\n(.*)$/m.exec(output);
      expect(status, output).toBe(1);
      expect(caught, output).not.toBeNull();
      expect(output).not.toMatch(BROKEN_PLANT);
      await annotate(`seed ${caught?.[1] ?? ''}: ${caught?.[2]?.trim() ?? ''}`);
    });
  }

  it('and finds nothing in a copy that is not patched', async () => {
    const { status, output } = await simulate(CONTROL_SEEDS);
    expect(status, output).toBe(0);
  });
});
