/**
 * Orders in and out: what is asked of the writer when a caller places, checks or cancels.
 *
 * Entry point: `PortfolioOrderEntry`. Invariants:
 *  - Nothing is placed before the venue has shown the account's balances since the start.
 *  - A cancel goes out first and is journaled second; what a caller is told of it outlives this process.
 */
import type { OrderId, PortfolioId } from '../core/ids.ts';
import type { Order, OrderRequest } from '../core/order/order.ts';
import type { PriorOrder } from '../core/order/place.ts';
import { isFinished } from '../core/order/transitions.ts';
import type { OrderSetting } from '../core/portfolio/events.ts';
import { orderOf, type PortfolioState } from '../core/portfolio/state.ts';
import { sizeOrder, type OrderSize } from '../core/position/sizing.ts';
import type { Refusal } from '../core/risk/refusal.ts';
import { review, type Review } from '../core/risk/review.ts';
import type { MarketContext } from '../core/risk/rule.ts';
import type { Journal, ReadModels } from '../journal/journal.ts';
import { settingFor, type Accounts } from './accounts.ts';
import type { Background } from './background.ts';
import type { PortfolioBooks } from './books.ts';
import { isSettled, type Carrier } from './carrier.ts';
import type { Clock } from './clock.ts';
import {
  EngineUnavailable,
  type CancelAnswer,
  type OrderEntry,
  type OrderFilter,
  type PlaceAnswer,
  type PlaceIntent,
} from './desk.ts';
import type { EmergencyLog } from './emergency-log.ts';
import type { Identity } from './identity.ts';
import type { OrderWaiters } from './order-waiters.ts';
import type { PortfolioWriter } from './writer.ts';

const DEFAULT_PROTECTION_BPS = 200;
const SEND_WITHIN_AT_ONCE_MS = 2_000;
const SEND_WITHIN_RESTING_MS = 30_000;
/** How long a caller waits for the journal before he is told that nothing is known yet. */
const PLACE_ANSWER_MS = 5_000;
const CANCEL_ANSWER_MS = 2_000;

export interface OrderEntryOptions {
  readonly portfolioId: PortfolioId;
  readonly writer: PortfolioWriter;
  readonly accounts: Accounts;
  readonly books: PortfolioBooks;
  readonly carrier: Carrier;
  readonly waiters: OrderWaiters;
  readonly journal: Journal;
  readonly readModels: ReadModels;
  readonly emergencyLog: EmergencyLog;
  readonly background: Background;
  readonly clock: Clock;
  readonly identity: Identity;
  /** Whether the engine is being stopped. */
  readonly isStopped: () => boolean;
}

export class PortfolioOrderEntry implements OrderEntry {
  readonly #options: OrderEntryOptions;

  constructor(options: OrderEntryOptions) {
    this.#options = options;
  }

  async place(intent: PlaceIntent): Promise<PlaceAnswer> {
    const { accounts, writer, books, background } = this.#options;
    const account = accounts.get(intent.accountId);
    if (account === undefined) return { kind: 'unknown_account' };
    writer.requireOpen();
    if (this.#options.isStopped())
      throw new EngineUnavailable('recovering', 'the service is stopping', 1_000);
    const prior = await this.#priorOrder(intent);
    if (prior === null) accounts.requireConnected(account);
    const instrument = account.gateway.instrument(intent.symbol);
    if (instrument === undefined) return { kind: 'unknown_instrument' };
    const quote = prior === null ? await accounts.freshQuote(intent.accountId, intent.symbol) : null;
    const request = this.#request(intent);
    const setting = settingFor(account, instrument);
    const submitted = writer.submit('place', () => ({
      type: 'place_order',
      request,
      setting,
      context: accounts.context(account, instrument, quote),
      prior,
    }));
    const reply = await background.unlessLate(submitted, PLACE_ANSWER_MS);
    if (reply === null) {
      throw new EngineUnavailable(
        'journal_stalled',
        'the journal does not answer: whether the order was taken in is not known yet; look for it, or repeat the request under its key',
        1_000,
        request.orderId,
      );
    }
    switch (reply.kind) {
      case 'accepted':
        return { kind: 'accepted', order: reply.order, replayed: false };
      case 'denied':
        return {
          kind: 'denied',
          order: await books.mustHave(reply.orderId),
          refusals: reply.refusals,
          replayed: false,
        };
      case 'conflict':
        return { kind: 'conflict', orderId: reply.orderId };
      case 'replayed': {
        const order = await books.mustHave(reply.orderId);
        if (order.status !== 'denied') return { kind: 'accepted', order, replayed: true };
        return { kind: 'denied', order, refusals: await this.#refusalsOf(order.orderId), replayed: true };
      }
      case 'canceling':
      case 'annulled':
      case 'already_finished':
      case 'unknown_order':
      case 'done':
        throw new TypeError(`not an answer to an order: ${reply.kind}`);
    }
  }

  check(intent: PlaceIntent): Promise<Review | null> {
    return this.#consider(intent, (state, request, setting, context) =>
      review(state, request, setting, context, null),
    );
  }

  size(intent: PlaceIntent): Promise<OrderSize | null> {
    return this.#consider(intent, (state, request, setting, context) =>
      sizeOrder(state, request, setting, context, null),
    );
  }

  settled(orderId: OrderId, waitMs: number): Promise<Order> {
    return this.#options.waiters.waitFor(orderId, isSettled, waitMs);
  }

  async cancel(orderId: OrderId, requestedBy: string): Promise<CancelAnswer> {
    const { writer, books, carrier, journal, background, accounts, portfolioId, clock } = this.#options;
    writer.requireOpen();
    const inMemory = orderOf(writer.state, orderId);
    const order = inMemory ?? (await books.stored(orderId));
    if (order === null) return { kind: 'unknown_order' };
    if (isFinished(order.status)) return { kind: 'already_finished', order };
    // The owner has every unfinished order in memory: whoever has not owns the portfolio no more, and cannot cancel it.
    if (inMemory === undefined)
      throw new EngineUnavailable('not_owner', 'another node owns this portfolio', 1_000);
    // Out first, journaled second: a trader who wants out does not wait for a disk.
    const isWaitingForJournal = writer.isStalled || !journal.healthy;
    if (order.status !== 'accepted') carrier.cancel(orderId);
    const submitted = writer.submit('cancel', () => ({ type: 'cancel_order', orderId, requestedBy }));
    const reply = await background.unlessLate(submitted, isWaitingForJournal ? 0 : CANCEL_ANSWER_MS);
    if (reply === null) {
      // What the caller is told outlives this process, whether or not the journal comes back before it ends.
      await this.#options.emergencyLog.write({ portfolioId, orderId, requestedBy, at: clock.now() });
      // Kept, but neither journaled nor sent: that is no cancel to acknowledge.
      if (accounts.get(order.accountId)?.started !== true)
        throw new EngineUnavailable(
          'venue_unreachable',
          'neither the journal nor the exchange can be reached; the cancel is kept, and nothing was sent yet',
          1_000,
        );
      return { kind: 'canceling', order };
    }
    const after = (await books.order(orderId)) ?? order;
    switch (reply.kind) {
      case 'canceling':
      case 'annulled':
        return { kind: reply.kind, order: after };
      case 'already_finished':
      case 'unknown_order':
        return { kind: 'already_finished', order: after };
      case 'accepted':
      case 'denied':
      case 'conflict':
      case 'replayed':
      case 'done':
        throw new TypeError(`not an answer to a cancel: ${reply.kind}`);
    }
  }

  openNow(filter: OrderFilter): readonly Order[] {
    this.#options.writer.requireOpen();
    return this.#options.books.openInMemory(filter);
  }

  /** What a reading of the state says of an order that is not placed. Null where account or instrument is unknown. */
  async #consider<Value>(
    intent: PlaceIntent,
    reading: (
      state: PortfolioState,
      request: OrderRequest,
      setting: OrderSetting,
      context: MarketContext,
    ) => Value,
  ): Promise<Value | null> {
    const { accounts, writer } = this.#options;
    const account = accounts.get(intent.accountId);
    const instrument = account?.gateway.instrument(intent.symbol);
    if (account === undefined || instrument === undefined) return null;
    accounts.requireConnected(account);
    const quote = await accounts.freshQuote(intent.accountId, intent.symbol);
    const request = this.#request(intent);
    return writer.read((state) =>
      reading(state, request, settingFor(account, instrument), accounts.context(account, instrument, quote)),
    );
  }

  #request(intent: PlaceIntent): OrderRequest {
    const { clock, identity } = this.#options;
    const { marketProtectionBps, sendWithinMs, ...rest } = intent;
    const isAtOnce = intent.type === 'market' || intent.timeInForce === 'IOC' || intent.timeInForce === 'FOK';
    return {
      ...rest,
      orderId: identity.orderId(clock.now()),
      venueClientOrderId: identity.venueClientOrderId(),
      marketProtectionBps: marketProtectionBps ?? DEFAULT_PROTECTION_BPS,
      sendWithinMs: sendWithinMs ?? (isAtOnce ? SEND_WITHIN_AT_ONCE_MS : SEND_WITHIN_RESTING_MS),
      parentId: null,
      leg: null,
    };
  }

  /** The order that the read model knows under this key; one still in memory is found by the decision itself. */
  async #priorOrder(intent: PlaceIntent): Promise<PriorOrder | null> {
    if (intent.idempotency === null) return null;
    return this.#options.readModels.idempotency(this.#options.portfolioId, intent.idempotency.key);
  }

  async #refusalsOf(orderId: OrderId): Promise<readonly Refusal[]> {
    const records = await this.#options.readModels.recordsOfOrder(this.#options.portfolioId, orderId);
    const denial = records.find((record) => record.type === 'order_denied');
    return (denial?.payload['refusals'] ?? []) as unknown as readonly Refusal[];
  }
}
