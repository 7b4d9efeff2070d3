/**
 * I1, I2: after a kill at any moment nothing acknowledged is lost, nothing is doubled, and the service is ready again
 * within ten seconds. A run prints its seed; PLIMSOLL_SEED repeats it, PLIMSOLL_LONG=1 runs all rounds.
 */
import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Api } from './api.ts';
import { untilBooksAgree, type FurtherAccount } from './audit.ts';
import type { Control } from './control.ts';
import { checkAnswers, Load } from './load.ts';
import { processesOf } from './processes.ts';
import { makeHome, NOBODY, startService, type Home, type ServiceProcess } from './service.ts';
import { until } from './until.ts';

const isLong = process.env['PLIMSOLL_LONG'] === '1';
const isRoot = process.getuid?.() === 0;
const ROUNDS = isLong ? 20 : 3;
const READY_AGAIN_MS = 10_000;
/** A create in doubt is proven absent after the request's lifetime, the venue's allowance and a read lag; then some. */
const SETTLES_WITHIN_MS = 60_000;
/** PostgreSQL outlives its last user by 30 s, so that a restart finds it. */
const ORPHANS_GONE_MS = 60_000;
const LONGEST_LOAD_MS = 1_500;
const TEST_LIMIT_MS = isLong ? 2_700_000 : 900_000;
const SYMBOLS = ['BTC/USDT', 'BTC/USDT:USDT'];

type Kill = 'group' | 'alone' | 'everything';

// Most of the time of each goes by in waiting for what may still be proven, so they run side by side.
describe.concurrent('kill -9 under load', () => {
  it.runIf(isRoot)('as root in a directory of mode 0700', () => killRounds(null), TEST_LIMIT_MS);
  it('as an ordinary user', () => killRounds(isRoot ? NOBODY : null), TEST_LIMIT_MS);
});

async function killRounds(runAs: typeof NOBODY | null): Promise<void> {
  const home = await makeHome({ runAs });
  try {
    await killRoundsIn(home, runAs);
  } finally {
    await home.release();
  }
}

async function killRoundsIn(home: Home, runAs: typeof NOBODY | null): Promise<void> {
  const seed = Number(process.env['PLIMSOLL_SEED'] ?? randomInt(1, 2 ** 31));
  print(`seed ${seed}`);
  let service = await startService(home);
  let control = await service.control();
  for (const symbol of SYMBOLS) await control.price(symbol, '60000', true);
  const { instance } = await control.health();
  const hedged = await addHedgedAccount(service.api);
  const load = new Load({ api: service.api, seed, hedgedAccount: hedged.accountId });

  const kills: Kill[] = Array.from({ length: ROUNDS }, (): Kill[] => ['group', 'alone']).flat();
  kills.push(...Array.from({ length: Math.ceil(ROUNDS / 4) }, (): Kill => 'everything'));
  for (const [round, kill] of kills.entries()) {
    load.begin(service.api);
    await disturbMarket(load, control);
    await killBy(service, kill);
    await load.end();
    service = await startAgain(home, `round ${round + 1} (${kill})`);
    control = await service.control();
    expect((await control.health()).instance).toBe(instance);
    await load.repeatOpenQuestions(service.api);
    if (isLong) await expectNothingLost(service, control, load, hedged);
  }
  await tradeBothSides(load, control, service.api);
  print(`${load.actions.length} requests, ${load.answered} answered`);
  expect(load.answered).toBeGreaterThan(kills.length * 5);
  await expectNothingLost(service, control, load, hedged);

  expect(await service.stop()).toEqual({ code: 0, signal: null });
  await expectNoProcess(home, 5_000);
  // The grace of the orphans is waited for once, unless there is time.
  if (isRoot && runAs === null && !isLong) return;
  service = await startService(home);
  await service.killGroup();
  await expectNoProcess(home, ORPHANS_GONE_MS);
}

/** An account of its own at the venue, added to the service and put into hedged mode. */
async function addHedgedAccount(api: Api): Promise<FurtherAccount> {
  const account = JSON.stringify({ exchange: 'binance', mode: 'paper', label: 'hedged' });
  const added = await api.ask('POST', '/accounts', account);
  expect(added.status, JSON.stringify(added.body)).toBe(201);
  const { id, portfolio_id: portfolioId } = added.body as { id: string; portfolio_id: string };
  const mode = JSON.stringify({ exchange: 'binance', account: id, position_mode: 'hedged' });
  await until(
    'the account is in hedged mode',
    async () => (await api.ask('PUT', '/trading/v2/position-mode', mode)).status === 200,
  );
  // A further paper account has its own at the simulator, under this name.
  return { accountId: id, venueAccountId: `${portfolioId}-${id}` };
}

const EVERY_SIDE = ['buy long', 'buy net', 'buy short', 'sell long', 'sell net', 'sell short'];

/** Lets the load run on until every side was opened and closed: one that never closed a side would prove little of it. */
async function tradeBothSides(load: Load, control: Control, api: Api): Promise<void> {
  const isMissing = (): boolean => {
    const filled = filledSides(load);
    return EVERY_SIDE.some((side) => !filled.has(side));
  };
  if (!isMissing()) return;
  load.begin(api);
  await until(
    `orders of each side have filled: ${EVERY_SIDE.join(', ')}`,
    async () => {
      await moveMarket(load, control);
      return !isMissing();
    },
    60_000,
  );
  await load.end();
}

/** `buy long` for every pair of side and position side that an answer shows filled in part at least. */
function filledSides(load: Load): ReadonlySet<string> {
  const filled = new Set<string>();
  for (const { answers } of load.actions)
    for (const answer of answers)
      if (answer.kind === 'order' && answer.order.filled_quantity !== '0')
        filled.add(`${answer.order.side} ${answer.order.position_side}`);
  return filled;
}

/** Lets the load run for a random while, with the market moving through resting orders. */
async function disturbMarket(load: Load, control: Control): Promise<void> {
  const answeredBefore = load.answered;
  const killAt = performance.now() + load.pick(LONGEST_LOAD_MS);
  await until('the load has begun', () => load.answered > answeredBefore + 5);
  while (performance.now() < killAt) {
    await moveMarket(load, control);
    await pause(load.pick(200));
  }
}

async function moveMarket(load: Load, control: Control): Promise<void> {
  const symbol = SYMBOLS[load.pick(SYMBOLS.length)] ?? 'BTC/USDT';
  await control.price(symbol, String(59_990 + load.pick(20)), true);
}

async function killBy(service: ServiceProcess, kill: Kill): Promise<void> {
  switch (kill) {
    case 'group':
      await service.killGroup();
      return;
    case 'alone':
      await service.killAlone();
      return;
    case 'everything':
      await service.killEverything();
      return;
  }
}

/**
 * Starts the service again and measures the promise. On a machine that other work keeps from running it, it is measured
 * once more, and the time that both processes waited for a CPU is left out.
 */
async function startAgain(place: Home, what: string): Promise<ServiceProcess> {
  const service = await startService(place);
  print(`${what}: ${readiness(service)}`);
  if (service.readyAfterMs <= READY_AGAIN_MS) return service;
  await service.killAlone();
  const again = await startService(place);
  print(`${what}: measured again: ${readiness(again)}`);
  expect(again.readyAfterMs - again.waitedForCpuMs).toBeLessThanOrEqual(READY_AGAIN_MS);
  return again;
}

function readiness({ readyAfterMs, waitedForCpuMs }: ServiceProcess): string {
  return `ready after ${Math.round(readyAfterMs)} ms, ${Math.round(waitedForCpuMs)} ms of them waiting for a CPU`;
}

async function expectNothingLost(
  service: ServiceProcess,
  control: Control,
  load: Load,
  hedged: FurtherAccount,
): Promise<void> {
  const { orders } = await untilBooksAgree(service.api, control, SETTLES_WITHIN_MS, { further: [hedged] });
  expect(checkAnswers(load, orders)).toEqual([]);
}

async function expectNoProcess(place: Home, boundMs: number): Promise<void> {
  let left = processesOf(place.root);
  await until(
    'no process is left',
    () => {
      left = processesOf(place.root);
      return left.length === 0;
    },
    boundMs,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${JSON.stringify(left)}`, { cause: error });
  });
}

function print(line: string): void {
  process.stdout.write(`crashes: ${line}\n`);
}
