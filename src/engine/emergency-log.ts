/**
 * Cancels that were sent while the journal could not take them: kept in an fsynced file, and journaled later by the owner
 * of the portfolio, this node or another. One JSON object a line; a torn last line is left out.
 *
 * Entry points: `fileEmergencyLog`, `memoryEmergencyLog`.
 */
import { open, readFile, rename, rm } from 'node:fs/promises';
import type { OrderId, PortfolioId, TimeMs } from '../core/ids.ts';
import { orderId, portfolioId } from '../core/ids.ts';

export interface EmergencyCancel {
  readonly portfolioId: PortfolioId;
  readonly orderId: OrderId;
  readonly requestedBy: string;
  readonly at: TimeMs;
}

export interface EmergencyLog {
  /** Resolves once the entry survives power loss. */
  write(entry: EmergencyCancel): Promise<void>;
  /** The entries of a portfolio so far. */
  entries(portfolio: PortfolioId): Promise<readonly EmergencyCancel[]>;
  /** Drops entries that are journaled, or handed over to the owner; entries written meanwhile stay. */
  remove(entries: readonly EmergencyCancel[]): Promise<void>;
}

function isSame(left: EmergencyCancel, right: EmergencyCancel): boolean {
  return left.portfolioId === right.portfolioId && left.orderId === right.orderId && left.at === right.at;
}

export function fileEmergencyLog(path: string): EmergencyLog {
  // The content of the file once it was read: no other process writes the file, and it is read often.
  let kept: readonly EmergencyCancel[] | null = null;
  // A serial queue: an entry that is appended while the file is rewritten would be lost.
  let last: Promise<unknown> = Promise.resolve();
  const inSeries = <Value>(work: () => Promise<Value>): Promise<Value> => {
    const done = last.then(work, work);
    last = done.catch(() => undefined);
    return done;
  };
  const readAll = async (): Promise<readonly EmergencyCancel[]> => {
    kept ??= await readLines(path);
    return kept;
  };
  return {
    write: (entry) =>
      inSeries(async () => {
        await writeLines(path, 'a', [entry]);
        if (kept !== null) kept = [...kept, entry];
      }),
    entries: async (portfolio) =>
      (await inSeries(readAll)).filter((entry) => entry.portfolioId === portfolio),
    remove: (entries) =>
      inSeries(async () => {
        const left = (await readAll()).filter((entry) => !entries.some((gone) => isSame(gone, entry)));
        if (left.length > 0) {
          await writeLines(`${path}.new`, 'w', left);
          await rename(`${path}.new`, path);
        } else await rm(path, { force: true });
        kept = left;
      }),
  };
}

async function readLines(path: string): Promise<readonly EmergencyCancel[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissingFile(error)) return '';
    throw error;
  });
  return text.split('\n').flatMap(parseLine);
}

async function writeLines(path: string, flag: 'a' | 'w', entries: readonly EmergencyCancel[]): Promise<void> {
  const file = await open(path, flag, 0o600);
  try {
    await file.appendFile(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** For portfolios whose journal cannot fail apart from the process, as in a simulation. */
export function memoryEmergencyLog(): EmergencyLog {
  let kept: EmergencyCancel[] = [];
  return {
    write: (entry) => {
      kept.push(entry);
      return Promise.resolve();
    },
    entries: (portfolio) => Promise.resolve(kept.filter((entry) => entry.portfolioId === portfolio)),
    remove: (entries) => {
      kept = kept.filter((entry) => !entries.some((gone) => isSame(gone, entry)));
      return Promise.resolve();
    },
  };
}

function parseLine(line: string): EmergencyCancel[] {
  if (line === '') return [];
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed !== 'object' || parsed === null) return [];
    const fields = parsed as Record<string, unknown>;
    const { portfolioId: portfolio, orderId: order, requestedBy, at } = fields;
    if (
      typeof portfolio !== 'string' ||
      typeof order !== 'string' ||
      typeof requestedBy !== 'string' ||
      typeof at !== 'number'
    )
      return [];
    return [{ portfolioId: portfolioId(portfolio), orderId: orderId(order), requestedBy, at }];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function isMissingFile(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
