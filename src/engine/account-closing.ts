/**
 * Ends the orders of an account that is about to be removed: without its keys nobody could cancel them any more.
 *
 * Entry point: `endOrders`.
 */
import type { AccountId, OrderId, TimeMs } from '../core/ids.ts';
import type { Order } from '../core/order/order.ts';
import type { Gateway } from '../venues/gateway.ts';
import type { Background } from './background.ts';
import type { Clock } from './clock.ts';
import { EngineUnavailable } from './desk.ts';
import type { EffectExecutor } from './effect-executor.ts';
import type { PortfolioWriter } from './writer.ts';

/** The requester of the cancel of an order whose account is removed. */
/** Who cancels the orders of an account that ends, and why. */
export function removalOf(accountId: AccountId): { readonly requestedBy: string; readonly why: string } {
  return { requestedBy: 'removal of the account', why: `account ${accountId} is removed or begins anew` };
}
/** How long a gateway that is replaced or removed may wait for answers: above the deadline of any write. */
export const ANSWERED_WITHIN_MS = 6_000;
/** How long the orders may take to end once their cancels were requested, and how often this is read. */
const ENDED_WITHIN_MS = 5_000;
const ENDED_POLL_MS = 50;
const JOURNALED_WITHIN_MS = 2_000;

export interface EndOrdersOptions {
  readonly writer: PortfolioWriter;
  readonly effectExecutor: EffectExecutor;
  readonly background: Background;
  readonly clock: Clock;
}

/**
 * Cancels every unfinished order of an account that takes no new ones, once the writes under way are answered. Resolves
 * with the orders that are not finished after a bound; with none when all of them ended, which is durable then. Rejects
 * with `EngineUnavailable` when the journal does not answer.
 */
export async function endOrders(
  options: EndOrdersOptions,
  accountId: AccountId,
  gateway: Gateway,
): Promise<readonly Order[]> {
  const { writer, effectExecutor, background, clock } = options;
  // An input that changes nothing: placements that were queued in its lane before it are decided when it is.
  const finishedBefore = 0 as TimeMs;
  await journaled(
    background,
    writer.submit('place', () => ({ type: 'evict', finishedBefore })),
  );
  await effectExecutor.answered(gateway, ANSWERED_WITHIN_MS);
  const requested = new Set<OrderId>();
  const endsAt = clock.monotonic() + ENDED_WITHIN_MS;
  for (;;) {
    const open = await journaled(
      background,
      writer.read((state) => [...state.unfinished.values()].filter((order) => order.accountId === accountId)),
    );
    if (open.length === 0 || clock.monotonic() >= endsAt) return open;
    for (const { orderId } of open) {
      if (requested.has(orderId)) continue;
      requested.add(orderId);
      background.run(
        writer.submit('cancel', () => ({ type: 'cancel_order', orderId, ...removalOf(accountId) })),
      );
    }
    await new Promise<void>((resolve) => {
      clock.after(ENDED_POLL_MS, resolve);
    });
  }
}

async function journaled<Value>(background: Background, work: Promise<Value>): Promise<Value> {
  const value = await background.unlessLate(
    work.then((result) => ({ result })),
    JOURNALED_WITHIN_MS,
  );
  if (value !== null) return value.result;
  throw new EngineUnavailable('journal_stalled', 'the journal does not answer; nothing was removed', 1_000);
}
