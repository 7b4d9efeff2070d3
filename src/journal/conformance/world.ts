/** The storage that a journal's cases run on, and how they write to it and read it back. */
import {
  accountId,
  clientOrderId,
  instrumentSymbol,
  orderId,
  type PortfolioId,
  venueClientOrderId,
  venueOrderId,
} from '../../core/ids.ts';
import type { StoredRecord } from '../hash-chain.ts';
import type {
  Append,
  AppendResult,
  Journal,
  JournalRecord,
  JsonObject,
  NewRecord,
  ReadModelChange,
  ReadModels,
} from '../journal.ts';

export interface NodeOptions {
  readonly leaseMs?: number;
  readonly renewsLeases?: boolean;
}

/** One storage, on which several nodes may open a journal each. */
export interface StorageUnderTest {
  open(options?: NodeOptions): Promise<Journal>;
  readonly readModels: ReadModels;
  monotonicMs(): number;
  pause(durationMs: number): Promise<void>;
  /** The node's process dies, as the storage sees it. */
  crash(journal: Journal): void;
  /** The answer to the node's next group commit is lost, after or before it took effect. */
  loseNextAnswer(journal: Journal, written: boolean): void;
  storedRecords(portfolioId: PortfolioId): Promise<readonly StoredRecord[]>;
  /** Replaces one stored record behind the journal's back. */
  tamper(
    portfolioId: PortfolioId,
    seq: number,
    change: (record: StoredRecord) => StoredRecord,
  ): Promise<void>;
  dispose(): Promise<void>;
}

export const A = accountId('acct-a');
export const B = accountId('acct-b');
export const BTC = instrumentSymbol('BTC/USDT');
export const ETH = instrumentSymbol('ETH/USDT');
export const AT = 1_700_000_000_000;

export interface Writer {
  readonly journal: Journal;
  readonly portfolio: PortfolioId;
  readonly epoch: number;
  seq: number;
}

/** The things that the cases of one storage share. */
export interface JournalWorld {
  /** There from the first `beforeAll` on, like `node`. */
  readonly storage: StorageUnderTest;
  readonly node: Journal;
  /** An id that no case has used; the portfolio is not made. */
  newPortfolio(): PortfolioId;
  /** Throws where another owns it. */
  claim(journal: Journal, portfolio: PortfolioId, nodeName?: string): Promise<Writer>;
  /** A portfolio of its own, made and owned. */
  newWriter(journal?: Journal): Promise<Writer>;
}

export async function write(
  writer: Writer,
  records: readonly NewRecord[],
  changes: readonly ReadModelChange[] = [],
): Promise<AppendResult> {
  const append: Append = {
    portfolioId: writer.portfolio,
    epoch: writer.epoch,
    expectedSeq: writer.seq,
    records,
    changes,
  };
  const result = await writer.journal.append(append);
  if (result.kind === 'durable') writer.seq = result.seq;
  return result;
}

export function event(type: string, payload: JsonObject = {}): NewRecord {
  return { at: AT, type, payload };
}

export interface OrderParts {
  readonly venueOrderIds?: readonly string[];
  readonly status?: string;
  readonly finished?: boolean;
  readonly document?: JsonObject;
}

export function newOrder(id: string, parts: OrderParts = {}): Extract<ReadModelChange, { model: 'order' }> {
  return {
    model: 'order',
    orderId: orderId(id),
    accountId: A,
    exchange: 'binance',
    symbol: BTC,
    clientOrderId: clientOrderId(`c-${id}`),
    venueClientOrderId: venueClientOrderId(`vc-${id}`),
    venueOrderIds: (parts.venueOrderIds ?? []).map((text) => venueOrderId(text)),
    status: parts.status ?? 'filled',
    finished: parts.finished ?? true,
    createdAt: AT,
    updatedAt: AT,
    side: 'buy',
    strategy: null,
    document: parts.document ?? { id },
  };
}

export async function claimWithin(
  storage: StorageUnderTest,
  journal: Journal,
  portfolio: PortfolioId,
  boundMs: number,
): Promise<Awaited<ReturnType<Journal['claim']>>> {
  const deadline = storage.monotonicMs() + boundMs;
  for (;;) {
    const claimed = await journal.claim(portfolio, 'node-2', AT);
    if (claimed.kind === 'owned' || storage.monotonicMs() > deadline) return claimed;
    await storage.pause(claimed.retryAfterMs);
  }
}

export async function recordsOf(journal: Journal, portfolio: PortfolioId): Promise<readonly JournalRecord[]> {
  return collect((await journal.load(portfolio)).records);
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
