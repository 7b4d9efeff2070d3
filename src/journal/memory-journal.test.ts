import { journalConformance, type StorageUnderTest } from './conformance.ts';
import { type MemoryJournal, MemoryStorage, openMemoryJournal } from './memory-journal.ts';
import { memoryReadModels } from './memory-read-models.ts';
import type { Journal } from './journal.ts';
import { seededRandom } from './testing/seeded-random.ts';
import { VirtualScheduler } from './testing/virtual-scheduler.ts';

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
