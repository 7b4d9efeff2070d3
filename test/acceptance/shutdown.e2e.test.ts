/** SIGTERM in the middle of a burst: a request that was taken in is answered or its order can be found; no other left an order. */
import { randomInt } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { untilBooksAgree } from './audit.ts';
import { checkAnswers, Load } from './load.ts';
import { processesOf } from './processes.ts';
import { until } from './until.ts';
import { openWorld, type World } from './world.ts';

const ROUNDS = process.env['PLIMSOLL_LONG'] === '1' ? 10 : 2;
const SETTLES_WITHIN_MS = 60_000;

let world: World | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

it('ends with status 0, every request answered or provably not taken in, and starts again with the same books', async () => {
  const seed = Number(process.env['PLIMSOLL_SEED'] ?? randomInt(1, 2 ** 31));
  process.stdout.write(`shutdown: seed ${seed}\n`);
  world = await openWorld();
  const { control, home } = world;
  const load = new Load({ api: world.api, seed, callers: 32 });
  for (let round = 0; round < ROUNDS; round += 1) {
    const answeredBefore = load.answered;
    load.begin();
    const enough = 20 + load.pick(100);
    await until('the burst is on', () => load.answered > answeredBefore + enough);
    expect(await world.service().stop()).toEqual({ code: 0, signal: null });
    await load.end();
    expect(processesOf(home.dataDir)).toEqual([]);
    await world.restart();
    const { orders } = await untilBooksAgree(world.api, control, SETTLES_WITHIN_MS);
    expect(checkAnswers(load, orders)).toEqual([]);
    const tags = new Set(orders.map(({ strategy }) => strategy));
    const taken = load.actions.filter(
      ({ tag, answers }) => answers.every(({ kind }) => kind === 'lost') && tags.has(tag),
    );
    expect(
      taken.map(({ tag, answers }) => `${tag} was taken in and not answered: ${JSON.stringify(answers)}`),
    ).toEqual([]);
  }
}, 300_000);
