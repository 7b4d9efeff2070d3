/**
 * I5: folding the journal anew gives the state that the last process had, bit for bit, and the chain holds.
 *
 * Entry point: `replayedEqually`. The one check that uses core itself: there is nothing to compare with but the fold.
 */
import type { PortfolioId } from '../../src/core/ids.ts';
import { decodeEvent } from '../../src/core/portfolio/codec.ts';
import { evolve } from '../../src/core/portfolio/evolve.ts';
import { decodeState, encodeState } from '../../src/core/portfolio/snapshot.ts';
import { initialState } from '../../src/core/portfolio/state.ts';
import {
  advanceChain,
  canonicalJson,
  GENESIS_HASH,
  type ChainPosition,
} from '../../src/journal/hash-chain.ts';
import type { MemoryStorage } from '../../src/journal/testing/memory-journal.ts';
import { toJournalRecord, toJsonObject } from '../../src/journal/stored-record.ts';
import {
  collectRows,
  emptyRows,
  NO_GENERATIONS,
  type ReadModelRows,
} from '../../src/journal/prepared-append.ts';
import type { ReadModelChange } from '../../src/journal/journal.ts';
import { foldPortfolio } from '../../src/cli/portfolio-fold.ts';

/** `storage` after an orderly stop, which leaves a snapshot of the state that the process had. */
export function replayedEqually(storage: MemoryStorage, portfolioId: PortfolioId): readonly string[] {
  const violations: string[] = [];
  const snapshot = storage.portfolio(portfolioId)?.snapshots.at(-1);
  if (snapshot === undefined) return ['I5: an orderly stop left no snapshot'];
  const state = initialState();
  let position: ChainPosition = { seq: 0, hash: GENESIS_HASH };
  try {
    for (const record of storage.records(portfolioId)) {
      position = advanceChain(position, record);
      if (record.seq > snapshot.seq) continue;
      evolve(state, record.at, decodeEvent(record.type, toJsonObject(record.payloadText)));
    }
  } catch (error) {
    return [`I5: the journal cannot be replayed: ${String(error)}`];
  }
  const folded = canonicalJson(encodeState(state));
  if (folded !== snapshot.text)
    violations.push(`I5: the replayed state differs: ${firstDifference(folded, snapshot.text)}`);
  const again = canonicalJson(encodeState(decodeState(toJsonObject(snapshot.text))));
  if (again !== snapshot.text)
    violations.push(`I5: a snapshot does not survive reading: ${firstDifference(again, snapshot.text)}`);
  violations.push(...rowsReplayedEqually(storage, portfolioId));
  return violations;
}

function firstDifference(left: string, right: string): string {
  let index = 0;
  while (index < left.length && left[index] === right[index]) index += 1;
  const from = Math.max(0, index - 120);
  return `...${left.slice(from, index + 160)}... against ...${right.slice(from, index + 160)}...`;
}

const NEVER_READ_AGAIN: ReadonlySet<string> = new Set(['venue_order_ids', 'positions', 'balances']);

/** Of an order that came alive again, and of its ids, rows are there or not by how the events were grouped. */
function isOfFinishedOrder(table: string, row: object, orders: ReadModelRows['orders']): boolean {
  if (table !== 'orders' && table !== 'venue_order_ids') return true;
  return orders.get((row as { readonly orderId: string }).orderId)?.finished === true;
}

function rowsReplayedEqually(storage: MemoryStorage, portfolioId: PortfolioId): readonly string[] {
  const stored = storage.portfolio(portfolioId)?.rows ?? emptyRows();
  const fold = foldPortfolio();
  const rebuilt = emptyRows();
  let generations = NO_GENERATIONS;
  const put = (changes: readonly ReadModelChange[]): void => {
    const collected = collectRows(changes, generations);
    generations = collected.generations;
    for (const [table, rows] of Object.entries(collected.rows))
      for (const [key, row] of rows as Map<string, unknown>)
        (rebuilt[table as keyof ReadModelRows] as Map<string, unknown>).set(key, row);
  };
  for (const record of storage.records(portfolioId)) put(fold.take(toJournalRecord(record)));
  put(fold.rest());
  const differing: string[] = [];
  for (const table of Object.keys(rebuilt) as (keyof ReadModelRows)[]) {
    if (table === 'quotes') continue;
    const left = stored[table] as ReadonlyMap<string, object>;
    const right = rebuilt[table] as ReadonlyMap<string, object>;
    const findable = (row: object | undefined, orders: ReadModelRows['orders']): object | undefined =>
      row !== undefined && isOfFinishedOrder(table, row, orders) ? row : undefined;
    for (const key of new Set([...left.keys(), ...right.keys()])) {
      const [one, other] = [findable(left.get(key), stored.orders), findable(right.get(key), rebuilt.orders)];
      if (one === undefined && other === undefined) continue;
      const row = (one ?? other) as { accountId?: string; generation?: number };
      if (NEVER_READ_AGAIN.has(table) && row.generation !== (generations.get(row.accountId ?? '') ?? 0))
        continue;
      if (JSON.stringify(one) !== JSON.stringify(other))
        differing.push(
          `I5: ${table} ${key.replaceAll('\0', ' ')}: stored ${JSON.stringify(one)}, rebuilt ${JSON.stringify(other)}`,
        );
    }
  }
  return differing;
}
