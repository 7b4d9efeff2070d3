/**
 * A Python client that is generated from the OpenAPI document passes a strict check of types, and trades.
 *
 * Generator and checker are installed at the versions of `python-client.requirements.txt`, once for a checkout. A machine without
 * Python, or on which they cannot be installed, passes the test over and says so.
 */
import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { access, copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startService, type TestService } from '../testing/service-fixture.ts';

const run = promisify(execFile);
const OUTPUT = join(import.meta.dirname, '../../../test-output');
const REQUIREMENTS = join(import.meta.dirname, 'python-client.requirements.txt');
const PROGRAM = join(import.meta.dirname, 'python-client-program.py');
const INSTALLED_WITHIN_MS = 180_000;
/** The generator's own formatting of its output is left out: nobody reads it. */
const CONFIGURATION =
  'project_name_override: plimsoll-client\npackage_name_override: plimsoll_client\npost_hooks: []\n';

let service: TestService;
let directory: string;

beforeAll(async () => {
  service = await startService();
  await mkdir(OUTPUT, { recursive: true });
  directory = await mkdtemp(join(OUTPUT, 'python-client-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
  await service.stop();
});

/** The Python that has generator and checker; a text says why there is none. */
async function preparedPython(): Promise<{ readonly python: string } | { readonly missing: string }> {
  const wanted = hash('sha256', await readFile(REQUIREMENTS, 'utf8'), 'hex').slice(0, 12);
  const kept = join(OUTPUT, `python-${wanted}`);
  const python = join(kept, 'bin/python');
  const isThere = await access(python).then(
    () => true,
    () => false,
  );
  if (isThere) return { python };
  const draft = `${kept}.${process.pid}`;
  try {
    await run('python3', ['-m', 'venv', draft], { timeout: INSTALLED_WITHIN_MS });
    await run(
      join(draft, 'bin/python'),
      ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS],
      { timeout: INSTALLED_WITHIN_MS },
    );
    await rename(draft, kept);
    return { python };
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}

const prepared = await preparedPython();
if ('missing' in prepared) process.stderr.write(`No Python client is generated: ${prepared.missing}\n`);

it.runIf('python' in prepared)(
  'is generated without a warning, passes a strict check of types, and places an order',
  async () => {
    if (!('python' in prepared)) return;
    const { python } = prepared;
    await service.control('POST', 'binance/price', { symbol: 'BTC/USDT', price: '60000', hold: true });
    const { body: document } = await service.call('GET', '//openapi.json', { token: null });
    await writeFile(join(directory, 'openapi.json'), JSON.stringify(document));
    await writeFile(join(directory, 'config.yml'), CONFIGURATION);
    await copyFile(PROGRAM, join(directory, 'program.py'));
    const client = join(directory, 'client');
    const generated = await run(
      python,
      ['-m', 'openapi_python_client', 'generate', '--path', 'openapi.json', '--config', 'config.yml'].concat([
        '--output-path',
        client,
        '--fail-on-warning',
      ]),
      { cwd: directory },
    );
    expect(generated.stdout).toBe(`Generating ${client}\n`);
    await copyFile(PROGRAM, join(client, 'program.py'));
    // A line that expects an error and has none is an error too.
    const checked = await run(python, ['-m', 'mypy', '--strict', '--follow-imports=silent', 'program.py'], {
      cwd: client,
    }).catch((error: { readonly stdout: string }) => error);
    expect(checked.stdout).toContain('Success: no issues found');
    const traded = await run(python, ['program.py', service.url, service.tokens.trade], { cwd: client });
    expect(JSON.parse(traded.stdout)).toEqual({
      status: 'open',
      price: '55000.1',
      open: 1,
      refused: 'invalid_request',
    });
  },
  600_000,
);
