/** Named tests find what no world meets: with each planted bug the test that it names fails. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copySources, FOUND_BY_TESTS, type NamedTest, whilePlanted } from './testing/planted-bugs.ts';

/** A planted bug that does not run at all is no proof of anything. */
const BROKEN_PLANT = /ReferenceError|SyntaxError|is not a function/;

/** The part of the report of a run that is looked at. */
interface Report {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly title: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

let copy: ReturnType<typeof copySources>;
beforeAll(() => {
  copy = copySources();
});
afterAll(() => {
  copy.remove();
});

/** Runs one test in the copy. */
async function runTest({ file, title }: NamedTest): Promise<Report> {
  // The run is one by itself, not a part of the one that this test is in; code compiled for one serves the next.
  const environment = Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'));
  environment.push(['NODE_COMPILE_CACHE', join(copy.path, 'compile-cache')]);
  const vitest = join(copy.path, 'node_modules/vitest/vitest.mjs');
  const only = title.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const report = join(copy.path, 'report.json');
  const options = ['--reporter=json', `--outputFile=${report}`, '--pool=threads', '--no-isolate'];
  const child = spawn(process.execPath, [vitest, 'run', file, '-t', only, ...options], {
    cwd: copy.path,
    env: Object.fromEntries(environment),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (!existsSync(report)) throw new Error(`no report of ${file}: ${complaints}`);
  const text = readFileSync(report, 'utf8');
  rmSync(report);
  return JSON.parse(text) as Report;
}

describe('mutation test of named tests', { timeout: 120_000 }, () => {
  it.each(FOUND_BY_TESTS.map((bug) => [bug.name, bug] as const))(
    'one notices it when %s',
    async (_name, bug) => {
      const { testResults } = await whilePlanted(bug, copy.path, () => runTest(bug.foundIn));
      const ran = testResults
        .flatMap(({ assertionResults }) => assertionResults)
        .filter(({ title, status }) => title === bug.foundIn.title && status !== 'skipped');
      const messages = [
        ...testResults.map(({ message }) => message),
        ...ran.flatMap((one) => one.failureMessages),
      ];
      expect(
        ran.map(({ status }) => status),
        messages.join('\n'),
      ).toContain('failed');
      expect(messages.join('\n')).not.toMatch(BROKEN_PLANT);
    },
  );
});
