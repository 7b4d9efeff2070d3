import { describe, expect, test } from 'vitest';
import { portfolioId } from '../../core/ids.ts';
import { journalConformance } from '../conformance/suite.ts';
import type { StorageUnderTest } from '../conformance/world.ts';
import { verifyChain } from '../hash-chain.ts';
import { type MemoryJournal, MemoryStorage, openMemoryJournal } from './memory-journal.ts';
import { memoryReadModels } from './memory-read-models.ts';
import type { Journal } from '../journal.ts';
import { seededRandom } from './seeded-random.ts';
import { VirtualScheduler } from './virtual-scheduler.ts';

journalConformance('memory', () => {
  const scheduler = new VirtualScheduler();
  scheduler.runByItself();
  const storage = new MemoryStorage(scheduler);
  const journals = new Map<Journal, MemoryJournal>();
  const journalOf = (journal: Journal): MemoryJournal => {
    const found = journals.get(journal);
    if (found === undefined) throw new Error('not a journal of this storage');
    return found;
  };
  const underTest: StorageUnderTest = {
    open: (options) => {
      const journal = openMemoryJournal({ storage, random: seededRandom(journals.size + 1), ...options });
      journals.set(journal, journal);
      return Promise.resolve(journal);
    },
    readModels: memoryReadModels(storage),
    monotonicMs: () => scheduler.monotonicMs(),
    pause: (durationMs) =>
      new Promise((resolve) => {
        scheduler.after(durationMs, resolve);
      }),
    crash: (journal) => journalOf(journal).crash(),
    loseNextAnswer: (journal, written) => journalOf(journal).loseNextAnswer(written),
    storedRecords: (portfolioId) => Promise.resolve(storage.records(portfolioId)),
    tamper: (portfolioId, seq, change) => {
      storage.corrupt(portfolioId, seq, change);
      return Promise.resolve();
    },
    dispose: () => {
      scheduler.stop();
      return Promise.resolve();
    },
  };
  return Promise.resolve(underTest);
});

/** One node after another lives on the storage, appends until it crashes, and is succeeded; returns all that was seen. */
async function liveAndDie(seed: number): Promise<{
  readonly trace: readonly string[];
  readonly acknowledged: readonly string[];
  readonly inFlightAtCrash: readonly string[];
  readonly stored: readonly string[];
}> {
  const scheduler = new VirtualScheduler();
  const random = seededRandom(seed);
  const storage = new MemoryStorage(scheduler);
  const portfolio = portfolioId('main');
  const trace: string[] = [];
  const acknowledged: string[] = [];
  const inFlightAtCrash: string[] = [];
  const nextRound = (): Promise<void> =>
    new Promise((resolve) => {
      setImmediate(resolve);
    });
  for (let life = 0; life < 6; life += 1) {
    const journal = openMemoryJournal({
      storage,
      random,
      faults: { commitMs: [1, 8], lostAnswerProbability: 0.15, reconnectMs: [1, 40] },
    });
    let submitted: string | null = null;
    const live = async (): Promise<void> => {
      await journal.createPortfolio(portfolio);
      const claimed = await journal.claim(portfolio, `node-${life}`, scheduler.now());
      if (claimed.kind !== 'owned') throw new Error('a dead owner holds on');
      trace.push(`${scheduler.now()} owned ${claimed.epoch} at ${claimed.seq}`);
      let { seq } = claimed;
      for (let n = 0; ; n += 1) {
        submitted = `life ${life} event ${n}`;
        const result = await journal.append({
          portfolioId: portfolio,
          epoch: claimed.epoch,
          expectedSeq: seq,
          records: [{ at: scheduler.now(), type: submitted, payload: {} }],
          changes: [],
        });
        trace.push(`${scheduler.now()} ${submitted} ${result.kind}`);
        if (result.kind === 'durable') {
          acknowledged.push(submitted);
          seq = result.seq;
        }
        submitted = null;
      }
    };
    void live().catch((error: unknown) => trace.push(String(error)));
    const steps = 40 + Math.floor(random() * 60);
    for (let step = 0; step < steps; step += 1) {
      if (step === 20 && random() < 0.3) storage.becomeUnavailable(30);
      scheduler.runNext();
      await nextRound();
    }
    journal.crash();
    if (submitted !== null) inFlightAtCrash.push(submitted);
    trace.push(`${scheduler.now()} crash`);
  }
  const records = storage.records(portfolio);
  await verifyChain(records, { head: storage.portfolio(portfolio)?.head ?? { seq: -1, hash: '' } });
  const stored = records.map((record) => record.type).filter((type) => type !== 'ownership_taken');
  return { trace, acknowledged, inFlightAtCrash, stored };
}

describe('under faults and crashes', () => {
  test('what was acknowledged is stored, once and in order; beyond it only what was in flight at a crash', async () => {
    let keptInFlight = 0;
    let droppedInFlight = 0;
    let lost = 0;
    for (let seed = 1; seed <= 150; seed += 1) {
      const { trace, acknowledged, inFlightAtCrash, stored } = await liveAndDie(seed);
      const inFlight = new Set(inFlightAtCrash);
      expect(
        stored.filter((type) => !inFlight.has(type)),
        `seed ${seed}`,
      ).toEqual(acknowledged);
      expect(new Set(stored).size, `seed ${seed}`).toBe(stored.length);
      keptInFlight += stored.filter((type) => inFlight.has(type)).length;
      droppedInFlight += inFlightAtCrash.filter((type) => !stored.includes(type)).length;
      lost += trace.filter((line) => line.endsWith(' lost')).length;
      expect(trace.some((line) => line.includes('Error'))).toBe(false);
    }
    // The faults did occur: a run without them would prove nothing.
    expect(keptInFlight).toBeGreaterThan(20);
    expect(droppedInFlight).toBeGreaterThan(20);
    expect(lost).toBeGreaterThan(20);
  });

  test('a seed repeats its run exactly, and another seed makes another', async () => {
    expect(await liveAndDie(7)).toEqual(await liveAndDie(7));
    expect((await liveAndDie(7)).trace).not.toEqual((await liveAndDie(8)).trace);
  });
});
