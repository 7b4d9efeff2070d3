/** The writer of one portfolio on a journal in memory, for tests of the writer alone. */
import { SEPARATE_WALLETS } from '../../core/balance/wallet.ts';
import { decimal } from '../../core/decimal.ts';
import { orderId, portfolioId } from '../../core/ids.ts';
import type { Input, Reply } from '../../core/portfolio/decide.ts';
import type { Effect } from '../../core/portfolio/draft.ts';
import { ACCOUNT, balanceReport, marketContext, orderRequest, setting } from '../../core/testing/fixture.ts';
import type { OrderRequest } from '../../core/order/order.ts';
import {
  openMemoryJournal,
  type MemoryJournal,
  type MemoryStorage,
} from '../../journal/testing/memory-journal.ts';
import type { Journal } from '../../journal/journal.ts';
import type { VirtualScheduler } from '../../journal/testing/virtual-scheduler.ts';
import type { Clock } from '../clock.ts';
import type { DurableEvents } from '../desk.ts';
import { silentLog, type Log } from '../log.ts';
import { PortfolioWriter } from '../writer.ts';
import { clockOf } from './scheduler-clock.ts';

export const MAIN = portfolioId('main');

export interface WriterNode<Kind extends Journal = Journal> {
  readonly writer: PortfolioWriter;
  readonly journal: Kind;
  readonly effects: Effect[];
  readonly durable: DurableEvents[];
  isFenced: boolean;
  /** Milliseconds by which its wall clock is off. */
  skewMs: number;
}

export interface NodeOptions {
  readonly storage: MemoryStorage;
  readonly scheduler: VirtualScheduler;
  readonly name?: string;
  readonly renewsLeases?: boolean;
  readonly skewMs?: number;
  readonly log?: Log;
}

/** On a journal in memory, under virtual time. */
export function openNode(options: NodeOptions): Promise<WriterNode<MemoryJournal>> {
  const { storage, scheduler, name = 'node-1', renewsLeases = true, skewMs = 0, log = silentLog } = options;
  const journal = openMemoryJournal({ storage, random: () => 0.5, renewsLeases });
  return openNodeOn(journal, clockOf(scheduler), name, log, skewMs);
}

/** Resolves once the node owns the portfolio, which waits for the lease of another one to run out. */
export async function openNodeOn<Kind extends Journal>(
  journal: Kind,
  clock: Clock,
  name: string,
  log: Log,
  skewMs = 0,
): Promise<WriterNode<Kind>> {
  const node: WriterNode<Kind> = {
    journal,
    effects: [],
    durable: [],
    isFenced: false,
    skewMs,
    writer: new PortfolioWriter({
      portfolioId: MAIN,
      node: name,
      journal,
      clock: { ...clock, now: () => clock.now() + node.skewMs },
      log,
      settingOf: () => setting(),
      onEffects: (effects) => node.effects.push(...effects),
      onDurable: (durable) => node.durable.push(durable),
      observations: () => [],
      onFenced: () => {
        node.isFenced = true;
      },
    }),
  };
  for (let waitMs = await node.writer.open(); waitMs !== null; waitMs = await node.writer.open()) {
    const pauseMs = waitMs;
    await new Promise<void>((resolve) => {
      clock.after(pauseMs, resolve);
    });
  }
  return node;
}

/** Opens the account with 1,000 USDT. */
export async function funded(node: WriterNode): Promise<void> {
  await node.writer.submit('venue', () => ({
    type: 'account',
    accountId: ACCOUNT,
    venue: 'binance',
    mode: 'paper',
    wallets: SEPARATE_WALLETS,
    instance: null,
  }));
  await node.writer.submit('venue', () => ({
    type: 'balances',
    accountId: ACCOUNT,
    comparable: true,
    reports: [balanceReport('spot', 'USDT', '1000')],
  }));
}

/** A limit buy at 100. */
export const placing = (
  id: string,
  quantity = '1',
  given: Partial<OrderRequest> = {},
): Extract<Input, { type: 'place_order' }> => ({
  type: 'place_order',
  request: orderRequest({
    orderId: orderId(id),
    quantity: decimal(quantity),
    price: decimal('100'),
    ...given,
  }),
  setting: setting(),
  context: marketContext(),
  prior: null,
});

export const place = (node: WriterNode, id: string, quantity = '1'): Promise<Reply> =>
  node.writer.submit('place', () => placing(id, quantity), { places: [orderId(id)] });

export const cancel = (node: WriterNode, id: string): Promise<Reply> =>
  node.writer.submit('cancel', () => ({
    type: 'cancel_order',
    orderId: orderId(id),
    requestedBy: 'test',
  }));

/** Resolves once the condition holds; throws when it does not within 10,000 turns of the event loop. */
export async function untilTrue(condition: () => boolean): Promise<void> {
  for (let round = 0; round < 10_000; round += 1) {
    if (condition()) return;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  throw new Error('the condition did not come');
}
