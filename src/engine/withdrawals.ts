/**
 * Sends that are decided and have not left: a cancel that comes now takes them back.
 *
 * Entry point: `Withdrawals`. Invariant: a send of an order for which a cancel waits when its append becomes durable never
 * leaves; its attempt ends as `not_sent(annulled)`.
 */
import type { OrderId } from '../core/ids.ts';
import type { Input } from '../core/portfolio/decide.ts';
import type { Effect } from '../core/portfolio/draft.ts';
import type { PortfolioState } from '../core/portfolio/state.ts';
import type { Inbox, InboxItem } from './inbox.ts';

export class Withdrawals {
  readonly #inbox: Inbox;
  /** Inputs of a batch that was taken apart: they are decided next. */
  readonly #held = new Set<InboxItem>();
  /** Orders whose send waits for the append under way. */
  #sendsToCome: ReadonlySet<OrderId> = new Set();

  constructor(inbox: Inbox) {
    this.#inbox = inbox;
  }

  /** An append with these effects is under way. */
  expect(effects: readonly Effect[]): void {
    this.#sendsToCome = new Set(
      effects.flatMap((effect) => (effect.type === 'send' ? [effect.orderId] : [])),
    );
  }

  hold(items: readonly InboxItem[]): void {
    for (const item of items) this.#held.add(item);
  }

  release(items: readonly InboxItem[]): void {
    for (const item of items) this.#held.delete(item);
  }

  /** Whether the send of an order is not durable yet, so that a cancel that comes now keeps it from leaving. */
  has(orderId: OrderId): boolean {
    if (this.#sendsToCome.has(orderId) || this.#inbox.isPlacing(orderId)) return true;
    return [...this.#held].some(({ places }) => places.includes(orderId));
  }

  /**
   * The append under way is durable. Gives the effects that may leave, and the orders whose send is taken back since a cancel
   * waits for them.
   */
  settle(effects: readonly Effect[]): {
    readonly leaving: readonly Effect[];
    readonly withdrawn: readonly OrderId[];
  } {
    this.#sendsToCome = new Set();
    const canceled = this.#inbox.canceled();
    for (const { cancels } of this.#held) if (cancels !== null) canceled.add(cancels);
    if (canceled.size === 0) return { leaving: effects, withdrawn: [] };
    const isWithdrawn = (effect: Effect): boolean => effect.type === 'send' && canceled.has(effect.orderId);
    return {
      leaving: effects.filter((effect) => !isWithdrawn(effect)),
      withdrawn: effects.flatMap((effect) =>
        effect.type === 'send' && canceled.has(effect.orderId) ? [effect.orderId] : [],
      ),
    };
  }
}

/** The end of an attempt that was taken back. */
export function withdrawnOutcome(state: PortfolioState, orderId: OrderId): Input {
  return {
    type: 'send_outcome',
    orderId,
    n: state.unfinished.get(orderId)?.attempts.length ?? 0,
    outcome: { kind: 'not_sent', reason: 'annulled', detail: 'canceled before it was sent' },
    jitter: 0,
  };
}
