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
import type { MemoryStorage } from '../../src/journal/memory-journal.ts';
import { toJsonObject } from '../../src/journal/stored-record.ts';

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
  return violations;
}

function firstDifference(left: string, right: string): string {
  let index = 0;
  while (index < left.length && left[index] === right[index]) index += 1;
  const from = Math.max(0, index - 120);
  return `...${left.slice(from, index + 160)}... against ...${right.slice(from, index + 160)}...`;
}
