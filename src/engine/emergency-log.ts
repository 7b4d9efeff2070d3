/**
 * Cancels that were carried out while the journal could not take them: kept in an fsynced file, journaled later.
 * One JSON object a line; a torn last line is left out.
 */
import { open, readFile, rm } from 'node:fs/promises';
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
  /** Drops everything; call once all entries are journaled. */
  clear(): Promise<void>;
}

export function fileEmergencyLog(path: string): EmergencyLog {
  return {
    async write(entry) {
      const file = await open(path, 'a', 0o600);
      try {
        await file.appendFile(`${JSON.stringify(entry)}\n`);
        await file.datasync();
      } finally {
        await file.close();
      }
    },
    async entries(portfolio) {
      const text = await readFile(path, 'utf8').catch((error: unknown) => {
        if (isMissingFile(error)) return '';
        throw error;
      });
      return text
        .split('\n')
        .flatMap(parseLine)
        .filter((entry) => entry.portfolioId === portfolio);
    },
    async clear() {
      await rm(path, { force: true });
    },
  };
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
    clear: () => {
      kept = [];
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
