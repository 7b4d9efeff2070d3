/**
 * Directories that released programs have written, opened by this one: everything is there as the released program answered it,
 * the journal and what follows from it hold, and it trades on. README.md says how a fixture is made.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/cli/testing/run-command.ts';
import type { Control } from '../acceptance/control.ts';
import { killAllOf } from '../acceptance/service.ts';
import { until } from '../acceptance/until.ts';
import { differencesFrom, readAnswers, type Answers } from './answers.ts';
import { serveFrom, type RunningService } from './released-program.ts';
import { type Examples, SPOT, SWAP } from './scenario.ts';

/** Of BTC/USDT, in BTC. */
const LOT = 0.00001;
const ROOT = join(import.meta.dirname, '../..');
const forms = (await readdir(import.meta.dirname))
  .filter((name) => name.endsWith('.plimsoll'))
  .map((name) => name.replace('.plimsoll', ''));

interface Released {
  readonly examples: Examples;
  readonly venue_orders: number;
  readonly answers: Answers;
}

it('there is a fixture of each release', () => {
  expect(forms).toEqual(expect.arrayContaining(['0010_left_cancels', '0012_position_sides']));
});

/** Each test goes on from where the one before it left the directory. */
describe.each(forms)('a directory of the form %s', { timeout: 240_000 }, (form) => {
  let root: string;
  let dataDir: string;
  let released: Released;
  let service: RunningService;
  let control: Control;

  const command = (...words: readonly string[]) => runCommand(words, { DATA_DIR: dataDir });

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'plimsoll-upgrade-'));
    dataDir = join(root, 'data');
    const packed = await readFile(join(import.meta.dirname, `${form}.answers.json.gz`));
    released = JSON.parse(gunzipSync(packed).toString('utf8')) as Released;
  });
  afterAll(async () => {
    await killAllOf(root);
    await rm(root, { recursive: true, force: true });
  });

  it('is restored, and its journal, read models and snapshots hold', async () => {
    const restored = await command('restore', join(import.meta.dirname, `${form}.plimsoll`));
    expect(restored).toMatchObject({ status: 0, problems: '' });
    expect(await command('verify')).toMatchObject({ status: 0, problems: '' });
    await expectReplayed();
  });

  it('answers everything as the released program did', async () => {
    service = await serveFrom(ROOT, dataDir);
    control = await service.control();
    // Figures at the market follow once prices have come.
    const differences = async (): Promise<readonly string[]> => {
      const answers = await readAnswers(service.api, Object.values(released.examples));
      return differencesFrom(released.answers, answers);
    };
    await expect.poll(differences, { timeout: 30_000, interval: 500 }).toEqual([]);
  });

  it('has sent nothing anew', async () => {
    expect((await control.orders()).length).toBe(released.venue_orders);
  });

  it('trades on: an open order is canceled, a position closed, and the books still equal the exchange', async () => {
    const { api } = service;
    const drift = (await api.drift()).map(({ id }) => id);
    const { open_limit: openLimit = '', open_swap_stop: openStop = '' } = released.examples;
    for (const id of [openLimit, openStop])
      expect(await api.cancel(id)).toMatchObject({ kind: 'order', order: { status: 'canceled' } });
    const close = (symbol: string) =>
      api.ask(
        'POST',
        `/trading/v2/positions/${encodeURIComponent(symbol)}/close`,
        JSON.stringify({ exchange: 'binance' }),
      );
    const before = (await control.orders()).length;
    for (const symbol of [SWAP, SPOT])
      expect(await close(symbol)).toMatchObject({ status: 201, body: { status: 'filled' } });
    expect((await control.orders()).length).toBe(before + 2);
    await until('both are flat, but for less than a lot', async () => {
      const held = (await api.positions()).filter(({ quantity }) => Number(quantity) >= LOT);
      return !held.some(({ symbol }) => symbol === SPOT || symbol === SWAP);
    });
    const atVenue = await control.balances();
    await until('balances equal the exchange', async () => {
      const ours = await api.balances();
      return atVenue.every(
        ({ wallet, asset, total }) =>
          ours.find((row) => row.wallet === wallet && row.asset === asset)?.total === total ||
          Number(total) === 0,
      );
    });
    expect((await api.drift()).map(({ id }) => id)).toEqual(drift);
  });

  it('holds after the end of the service too', async () => {
    await service.stop();
    expect(await command('verify')).toMatchObject({ status: 0, problems: '' });
    await expectReplayed();
  });

  async function expectReplayed(): Promise<void> {
    const replayed = await command('replay');
    expect(replayed, replayed.out).toMatchObject({ status: 0, problems: '' });
    // One that the released program wrote, not only those of this one.
    expect(replayed.out).toMatch(/snapshot at seq \d+: equal/);
  }
});
