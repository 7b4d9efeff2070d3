/**
 * The requirements of every journal, as numbered tests. PostgreSQL and memory both pass all of them.
 *
 * Entry point: `journalConformance`, called at the top of a test file with a way to make a storage under test. The cases stand in
 * files by theme; each has a number that never changes.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import { portfolioId, type PortfolioId } from '../../core/ids.ts';
import type { Journal } from '../journal.ts';
import { figureCases } from './figures.ts';
import { groupCommitCases } from './group-commits.ts';
import { orderCases } from './orders.ts';
import { ownershipCases } from './ownership.ts';
import { recordCases } from './records.ts';
import { searchCases } from './searches.ts';
import { AT, type JournalWorld, type StorageUnderTest, type Writer } from './world.ts';

const THEMES: readonly ((world: JournalWorld) => void)[] = [
  recordCases,
  ownershipCases,
  groupCommitCases,
  orderCases,
  figureCases,
  searchCases,
];

export function journalConformance(name: string, makeStorage: () => Promise<StorageUnderTest>): void {
  describe(`journal conformance: ${name}`, () => {
    let storage: StorageUnderTest;
    let node: Journal;
    let portfolios = 0;

    beforeAll(async () => {
      storage = await makeStorage();
      node = await storage.open();
    });
    afterAll(async () => {
      await node.close();
      await storage.dispose();
    });

    const newPortfolio = (): PortfolioId => {
      portfolios += 1;
      return portfolioId(`portfolio-${portfolios}`);
    };
    const claim = async (journal: Journal, portfolio: PortfolioId, nodeName = 'node-1'): Promise<Writer> => {
      const claimed = await journal.claim(portfolio, nodeName, AT);
      if (claimed.kind !== 'owned') throw new Error(`owned by ${claimed.node}`);
      return { journal, portfolio, epoch: claimed.epoch, seq: claimed.seq };
    };
    const world: JournalWorld = {
      get storage() {
        return storage;
      },
      get node() {
        return node;
      },
      newPortfolio,
      claim,
      newWriter: async (journal = node) => {
        const portfolio = newPortfolio();
        await journal.createPortfolio(portfolio);
        return claim(journal, portfolio);
      },
    };
    for (const cases of THEMES) cases(world);
  });
}
