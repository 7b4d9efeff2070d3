/** A journal that takes a while for each record. */
import type { Clock } from '../../src/engine/clock.ts';
import type { Journal } from '../../src/journal/journal.ts';

/** A journal whose appends take longer the more records they hold. */
export function slowed(journal: Journal, clock: Clock, recordMs: number): Journal {
  return {
    createPortfolio: (portfolio) => journal.createPortfolio(portfolio),
    claim: (portfolio, node, at) => journal.claim(portfolio, node, at),
    ownedUntil: (portfolio) => journal.ownedUntil(portfolio),
    release: (portfolio) => journal.release(portfolio),
    load: (portfolio) => journal.load(portfolio),
    append: async (append) => {
      await new Promise<void>((resolve) => {
        clock.after(append.records.length * recordMs, resolve);
      });
      return journal.append(append);
    },
    saveSnapshot: (portfolio, snapshot) => journal.saveSnapshot(portfolio, snapshot),
    handOverCancels: (portfolio, cancels) => journal.handOverCancels(portfolio, cancels),
    handedOverCancels: (portfolio) => journal.handedOverCancels(portfolio),
    dropHandedOverCancels: (portfolio, orderIds) => journal.dropHandedOverCancels(portfolio, orderIds),
    get healthy() {
      return journal.healthy;
    },
    close: () => journal.close(),
  };
}
