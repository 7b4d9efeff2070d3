/** One engine for each portfolio, and accounts that are taken over as the directory has them. */
import { describe, expect, it } from 'vitest';
import { accountId, portfolioId } from '../core/ids.ts';
import { NOTHING_SET } from '../core/risk/limits.ts';
import type { EngineAccount } from '../engine/accounts.ts';
import { memoryEmergencyLog } from '../engine/emergency-log.ts';
import { createIdentity } from '../engine/identity.ts';
import { silentLog } from '../engine/log.ts';
import { PortfolioEngine } from '../engine/portfolio-engine.ts';
import { MemoryStorage, openMemoryJournal } from '../journal/testing/memory-journal.ts';
import { memoryReadModels } from '../journal/testing/memory-read-models.ts';
import { VirtualScheduler } from '../journal/testing/virtual-scheduler.ts';
import { Portfolios } from './portfolios.ts';
import { clockOf } from '../engine/testing/scheduler-clock.ts';

const MAIN = portfolioId('main');
const ACCOUNT = accountId('account-1');

interface Served {
  readonly portfolios: Portfolios;
  readonly scheduler: VirtualScheduler;
  readonly engines: PortfolioEngine[];
  readonly failures: unknown[];
  /** The answers of the directory, one after another; the last one is repeated. */
  readonly answers: (() => Promise<EngineAccount | null>)[];
  readonly asked: () => number;
}

function serve(makes: () => Promise<void> = () => Promise.resolve()): Served {
  const scheduler = new VirtualScheduler(1_767_614_400_000);
  scheduler.runByItself();
  const clock = clockOf(scheduler);
  const storage = new MemoryStorage(scheduler);
  const engines: PortfolioEngine[] = [];
  const failures: unknown[] = [];
  const answers: Served['answers'] = [];
  let asked = 0;
  const portfolios = new Portfolios({
    make: async (portfolio) => {
      await makes();
      const engine = new PortfolioEngine({
        portfolioId: portfolio,
        node: `node-${engines.length}`,
        journal: openMemoryJournal({ storage, random: () => 0.5 }),
        readModels: memoryReadModels(storage),
        accounts: [],
        limits: NOTHING_SET,
        clock,
        identity: createIdentity('t', () => 0.5),
        emergencyLog: memoryEmergencyLog(),
        log: silentLog,
      });
      engines.push(engine);
      return engine;
    },
    accountOf: () => {
      asked += 1;
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      return answer === undefined ? Promise.resolve(null) : answer();
    },
    onFailure: (_portfolio, error) => failures.push(error),
    onDelay: (_portfolio, _account, error) => failures.push(error),
    clock,
  });
  return { portfolios, scheduler, engines, failures, answers, asked: () => asked };
}

async function end({ portfolios, scheduler }: Served): Promise<void> {
  await portfolios.stop();
  scheduler.stop();
}

describe('Portfolios', () => {
  it('open a portfolio once, however often they are asked to', async () => {
    const served = serve();
    await Promise.all([served.portfolios.open(MAIN), served.portfolios.open(MAIN)]);
    await served.portfolios.open(MAIN);
    expect(served.engines).toHaveLength(1);
    expect(served.portfolios.deskOf(MAIN)).toBe(served.engines[0]);
    await expect.poll(() => served.portfolios.deskOf(MAIN)?.ready).toBe(true);
    await end(served);
  });

  it('open a portfolio again that could not be opened', async () => {
    let isThere = false;
    const served = serve(() => (isThere ? Promise.resolve() : Promise.reject(new Error('no database'))));
    await expect(served.portfolios.open(MAIN)).rejects.toThrow('no database');
    expect(served.portfolios.deskOf(MAIN)).toBeUndefined();
    isThere = true;
    await served.portfolios.open(MAIN);
    expect(served.portfolios.deskOf(MAIN)).toBe(served.engines[0]);
    await end(served);
  });

  it('take an account over when the portfolio is open, and ask the directory for no other', async () => {
    const served = serve();
    await served.portfolios.alignAccount(MAIN, ACCOUNT);
    expect(served.asked()).toBe(0);
    const opening = served.portfolios.open(MAIN);
    await served.portfolios.alignAccount(MAIN, ACCOUNT);
    await opening;
    expect(served.asked()).toBe(1);
    await end(served);
  });

  it('try a change again that could not be made, until it is', async () => {
    const served = serve();
    await served.portfolios.open(MAIN);
    const gone = (): Promise<never> => Promise.reject(new Error('the simulator is gone'));
    served.answers.push(gone, gone, () => Promise.resolve(null));
    await served.portfolios.alignAccount(MAIN, ACCOUNT);
    expect(served.failures).toHaveLength(1);
    await expect.poll(() => served.asked()).toBe(3);
    expect(served.failures).toHaveLength(2);
    await end(served);
  });
});
