/**
 * Orders in and out: places, checks and cancels orders through the writer of the portfolio.
 *
 * Entry point: `PortfolioOrderEntry`. Invariants:
 *  - Nothing is placed before the venue has shown the account's balances since the start.
 *  - A cancel goes out first and is journaled second; an acknowledged cancel outlives this process.
 */
import type { InstrumentSymbol, OrderId, PortfolioId } from '../core/ids.ts';
import { asTaken } from '../core/order/close-now.ts';
import { keysOf, type Order, type OrderRequest } from '../core/order/order.ts';
import { isProtective } from '../core/order/protection.ts';
import { besidePosition } from '../core/order/uncovered.ts';
import type { BesidePosition } from '../core/order/kept-stop-record.ts';
import { saleBoundsOf } from '../core/reconcile/holdings.ts';
import { outlivedStops } from '../core/reconcile/outlived-stops.ts';
import {
  repeatedKeys,
  answerOfPrior,
  takenBy,
  type Placement,
  type PlaceReply,
  type PriorOrder,
} from '../core/order/place.ts';
import { isFinished } from '../core/order/transitions.ts';
import type { Input, Reply } from '../core/portfolio/decide.ts';
import type { OrderSetting } from '../core/portfolio/events.ts';
import { orderOf, type PortfolioState } from '../core/portfolio/state.ts';
import { sizeOrder, type OrderSize } from '../core/position/sizing.ts';
import type { Refusal } from '../core/risk/refusal.ts';
import { closesPosition } from '../core/risk/exposure.ts';
import { review, type Review } from '../core/risk/review.ts';
import type { MarketContext } from '../core/risk/rule.ts';
import type { KindCapabilities } from '../core/venue/capabilities.ts';
import type { Journal, ReadModels } from '../journal/journal.ts';
import { capabilitiesFor, settingFor, type Accounts } from './accounts.ts';
import type { Background } from './background.ts';
import type { ConversionPrices } from './conversions.ts';
import type { PortfolioBooks } from './books.ts';
import { isSettled, type EffectExecutor } from './effect-executor.ts';
import type { Clock } from './clock.ts';
import {
  EngineUnavailable,
  KeyTaken,
  KeysRepeated,
  type CancelAnswer,
  type CanceledStop,
  type StopToKeep,
  type ExternalCancel,
  type OrderEntry,
  type OrderFilter,
  type PlaceAnswer,
  type PlaceIntent,
} from './desk.ts';
import type { EmergencyCancel, EmergencyLog } from './emergency-log.ts';
import { cancelExternal } from './external-cancels.ts';
import type { Identity } from './identity.ts';
import type { Log } from './log.ts';
import type { PlacementLane } from './inbox.ts';
import type { OrderWaiters } from './order-waiters.ts';
import { releaseStops, releaseStopsOf } from './release-stops.ts';
import type { StopKeeper } from './stop-keeper.ts';
import type { PortfolioWriter } from './writer.ts';

const DEFAULT_PROTECTION_BPS = 200;
const SEND_WITHIN_AT_ONCE_MS = 2_000;
const SEND_WITHIN_RESTING_MS = 30_000;
/** How long a caller waits for the journal before the answer is that the outcome is not known yet. */
const PLACE_ANSWER_MS = 5_000;
/** How often a request is tried whose key the journal has and memory has not. */
const KEY_ATTEMPTS = 3;
const CANCEL_ANSWER_MS = 2_000;
/** How long a cancel waits for the emergency log before it is answered as not recorded. */
export const KEEP_WITHIN_MS = 1_000;

export interface OrderEntryOptions {
  readonly portfolioId: PortfolioId;
  readonly writer: PortfolioWriter;
  readonly accounts: Accounts;
  readonly books: PortfolioBooks;
  readonly conversions: ConversionPrices;
  readonly effectExecutor: EffectExecutor;
  readonly waiters: OrderWaiters;
  readonly stopKeeper: StopKeeper;
  readonly journal: Journal;
  readonly readModels: ReadModels;
  readonly emergencyLog: EmergencyLog;
  readonly background: Background;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly log: Log;
  /** Whether the engine is being stopped. */
  readonly isStopped: () => boolean;
}

interface PreparedOrder {
  readonly orderId: OrderId;
  readonly lane: PlacementLane;
  readonly placement: () => Placement;
}

export class PortfolioOrderEntry implements OrderEntry {
  readonly #options: OrderEntryOptions;

  constructor(options: OrderEntryOptions) {
    this.#options = options;
  }

  place(intent: PlaceIntent): Promise<PlaceAnswer> {
    return withKnownKeys(() => this.#place(intent));
  }

  async #place(intent: PlaceIntent): Promise<PlaceAnswer> {
    const prepared = await this.#prepare(intent);
    if ('kind' in prepared) return prepared;
    // Its removal may have begun while a quote was read.
    if (this.#options.accounts.get(intent.accountId) === undefined) return { kind: 'unknown_account' };
    const reply = await this.#submit(
      () => ({ type: 'place_order', ...prepared.placement() }),
      [prepared.orderId],
      prepared.lane,
    );
    return this.#answerTo(placeReply(reply));
  }

  async placeAll(intents: readonly PlaceIntent[]): Promise<readonly PlaceAnswer[]> {
    const repeated = repeatedKeys(intents);
    if (repeated.length > 0) throw new KeysRepeated(repeated);
    return withKnownKeys(() => this.#placeAll(intents));
  }

  async #placeAll(intents: readonly PlaceIntent[]): Promise<readonly PlaceAnswer[]> {
    const read = await Promise.all(intents.map((intent) => this.#prepare(intent)));
    const prepared = read.map((one, index): PreparedOrder | PlaceAnswer => {
      const id = intents[index]?.accountId;
      const isGone = id !== undefined && this.#options.accounts.get(id) === undefined;
      return isGone && !('kind' in one) ? { kind: 'unknown_account' } : one;
    });
    const ready = prepared.flatMap((one) => ('kind' in one ? [] : [one]));
    if (ready.length < prepared.length) {
      const because = prepared.findIndex((one) => 'kind' in one);
      return prepared.map((one) => ('kind' in one ? one : { kind: 'withheld', orderId: null, because }));
    }
    const reply = await this.#submit(
      () => ({ type: 'place_all', placements: ready.map(({ placement }) => placement()) }),
      ready.map(({ orderId }) => orderId),
      ready.every(({ lane }) => lane === 'close') ? 'close' : 'place',
    );
    if (reply.kind !== 'placed_all') throw new TypeError(`not an answer to a batch: ${reply.kind}`);
    return Promise.all(
      reply.replies.map(async (one) => (one.kind === 'withheld' ? one : this.#answerTo(one))),
    );
  }

  /** Everything that a decision on the order needs; its context is made at the moment it is decided. */
  async #prepare(intent: PlaceIntent): Promise<PreparedOrder | PlaceAnswer> {
    const { accounts, writer, isStopped } = this.#options;
    const account = accounts.get(intent.accountId);
    if (account === undefined) return { kind: 'unknown_account' };
    writer.requireOpen();
    if (isStopped()) throw new EngineUnavailable('recovering', 'the service is stopping', 1_000);
    const prior = await this.#priorOrder(intent);
    if (prior === null) accounts.requireConnected(account);
    const instrument = account.gateway.instrument(intent.symbol);
    if (instrument === undefined) {
      // The answer to an earlier request under this key needs no venue.
      if (prior !== null) return this.#answerTo(answerOfPrior(prior, intent));
      return { kind: 'unknown_instrument' };
    }
    const request = this.#request(intent, capabilitiesFor(account, instrument));
    const isClosing = (): boolean => closesPosition(writer.state, request);
    const [quote] =
      prior === null
        ? await Promise.all([
            accounts.freshQuote(intent.accountId, intent.symbol),
            this.#options.conversions.read(intent.accountId, instrument.quote),
            instrument.kind === 'spot' || isClosing()
              ? undefined
              : accounts.readLeverage(account, instrument, intent.positionSide),
          ])
        : [null];
    const setting = settingFor(account, instrument);
    return {
      orderId: request.orderId,
      lane: isClosing() ? 'close' : 'place',
      placement: () => ({
        request,
        setting,
        context: contextOf(intent, accounts.context(account, instrument, quote)),
        prior,
      }),
    };
  }

  async #submit(make: () => Input, places: readonly OrderId[], lane: PlacementLane): Promise<Reply> {
    const { writer, background } = this.#options;
    const reply = await background.unlessLate(writer.submit(lane, make, { places }), PLACE_ANSWER_MS);
    if (reply !== null) return reply;
    throw new EngineUnavailable(
      'journal_stalled',
      'the journal does not answer: whether the order was taken in is not known yet; look for it, or repeat the request under its key',
      1_000,
      places[0] ?? null,
    );
  }

  async #answerTo(reply: PlaceReply): Promise<PlaceAnswer> {
    const { books } = this.#options;
    switch (reply.kind) {
      case 'accepted':
        return { kind: 'accepted', order: reply.order, replayed: false };
      case 'denied':
        return { kind: 'denied', order: reply.order, refusals: reply.refusals, replayed: false };
      case 'conflict':
        return { kind: 'conflict', orderId: reply.orderId };
      case 'replayed': {
        const order = await books.mustHave(reply.orderId);
        if (order.status !== 'denied') return { kind: 'accepted', order, replayed: true };
        return { kind: 'denied', order, refusals: await this.#refusalsOf(order.orderId), replayed: true };
      }
    }
  }

  check(intent: PlaceIntent, excluding: OrderId | null = null): Promise<Review | null> {
    return this.#consider(intent, (state, request, setting, context) =>
      review(state, request, setting, context, excluding),
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

  async cancel(
    orderId: OrderId,
    requestedBy: string,
    why?: string,
    keep?: StopToKeep,
  ): Promise<CancelAnswer> {
    const { writer, books, effectExecutor, journal, background, accounts, portfolioId, clock } =
      this.#options;
    writer.requireOpen();
    // Asked before anything is awaited: meanwhile its send could become durable, and leave.
    const isWithdrawable = writer.isWithdrawable(orderId);
    const inMemory = orderOf(writer.state, orderId);
    const order = inMemory ?? (isWithdrawable ? null : await books.stored(orderId));
    if (!isWithdrawable) {
      if (order === null) return { kind: 'unknown_order' };
      const isAskedFor = keep === undefined && why === undefined;
      if (isFinished(order.status) && isAskedFor) await releaseStopsOf(this.#options, order);
      if (isFinished(order.status)) return { kind: 'already_finished', order };
      // The owner has every unfinished order in memory: a node without it has lost the portfolio, and cannot cancel it.
      if (inMemory === undefined)
        throw new EngineUnavailable('not_owner', 'another node owns this portfolio', 1_000);
      // Nobody would send it. An order that was not sent yet is ended here, without its account.
      if (order.status !== 'accepted' && !accounts.has(order.accountId)) return { kind: 'no_account', order };
      // Out first, journaled second: a trader who wants out does not wait for a disk. A crash must not lose a stop that is to be put back.
      if (order.status !== 'accepted' && keep === undefined) effectExecutor.cancel(orderId);
    }
    if (keep !== undefined) this.#options.stopKeeper.claim(orderId);
    const isWaitingForJournal = writer.isStalled || !journal.healthy;
    const submitted = writer.submit('cancel', () => ({
      type: 'cancel_order',
      orderId,
      requestedBy,
      ...(why === undefined ? {} : { why }),
      ...(keep === undefined ? {} : { keep }),
    }));
    const reply = await background.unlessLate(submitted, isWaitingForJournal ? 0 : CANCEL_ANSWER_MS);
    if (reply === null) {
      // It waits for the journal, and so does the order that it is to make room for.
      if (keep !== undefined && order !== null) return { kind: 'not_sent', order, recorded: false };
      // An acknowledged cancel outlives this process, whether or not the journal comes back before it ends.
      const recorded = await this.#isKept({
        portfolioId,
        orderId,
        requestedBy,
        ...(why === undefined ? {} : { why }),
        at: clock.now(),
      });
      if (order === null) return { kind: 'withdrawn', order, recorded };
      // Neither journaled nor sent: that is no cancel to acknowledge. One that is withdrawn needs no request.
      if (!isWithdrawable && accounts.get(order.accountId)?.started !== true)
        return { kind: 'not_sent', order, recorded };
      return { kind: 'canceling', order, recorded };
    }
    const after = (await this.#afterwards(orderId)) ?? order;
    // Its placement was not journaled after all: it is not in the books, and nobody sends it any more.
    if (after === null || (reply.kind === 'unknown_order' && isWithdrawable))
      return {
        kind: 'withdrawn',
        order: after === null ? null : { ...after, status: 'canceled' },
        recorded: true,
      };
    const isUnderWay = reply.kind === 'canceling' || reply.kind === 'annulled';
    return isUnderWay
      ? { kind: reply.kind, order: after, recorded: true }
      : { kind: 'already_finished', order: after };
  }

  /** The order as the books have it; null where they cannot be read now. */
  async #afterwards(orderId: OrderId): Promise<Order | null> {
    try {
      return await this.#options.books.order(orderId);
    } catch (error) {
      // The cancel is journaled: only its outcome cannot be read.
      if (error instanceof EngineUnavailable) return null;
      throw error;
    }
  }

  /** Whether a cancel is in the emergency log. It is at its venue by now: a disk that fails must not hide that. */
  async #isKept(entry: EmergencyCancel): Promise<boolean> {
    const { emergencyLog, background, portfolioId, log } = this.#options;
    const { orderId } = entry;
    try {
      const written = emergencyLog.write(entry).then(() => true);
      if ((await background.unlessLate(written, KEEP_WITHIN_MS)) === true) return true;
      log.error({ portfolioId, orderId }, 'the emergency log does not answer: a cancel is not recorded');
    } catch (error) {
      log.error({ portfolioId, orderId, error }, 'the emergency log fails: a cancel is not recorded');
    }
    return false;
  }

  cancelExternal(filter: OrderFilter, requestedBy: string): Promise<readonly ExternalCancel[]> {
    return cancelExternal(this.#options, filter, requestedBy);
  }

  openNow(filter: OrderFilter): readonly Order[] {
    this.#options.writer.requireOpen();
    return this.#options.books.openInMemory(filter);
  }

  isCancelAccepted(orderId: OrderId): boolean {
    return this.#options.effectExecutor.isCancelAccepted(orderId);
  }

  isLeftToPutBack({ orderId }: Order): boolean {
    const { stopKeeper, writer } = this.#options;
    return writer.state.keptStops.has(orderId) && !stopKeeper.looksAfterStop(orderId);
  }

  keepStop(canceled: CanceledStop): void {
    this.#options.stopKeeper.keep(canceled);
  }

  async releaseStops(which: (stop: Order) => boolean): Promise<void> {
    await releaseStops(this.#options, which);
  }

  isProtectiveNow(order: Order): boolean {
    return isProtective(this.#options.writer.state, order);
  }

  besideNow(stop: Order): BesidePosition {
    return besidePosition(this.#options.writer.state, stop);
  }

  hasOutlivedNow({ accountId, orderId }: Order): boolean {
    const { accounts, writer } = this.#options;
    if (accounts.startedGateway(accountId)?.connection().privateStream !== 'connected') return false;
    const instrumentOf = (symbol: InstrumentSymbol) => accounts.instrument(accountId, symbol);
    const bounds = saleBoundsOf(writer.state, accountId, instrumentOf, accounts.confirmedMarks());
    return outlivedStops(writer.state, accountId, bounds).some(({ order }) => order.orderId === orderId);
  }

  /** A reading of the state for an order that is not placed. Null where account or instrument is unknown. */
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
    const [quote] = await Promise.all([
      accounts.freshQuote(intent.accountId, intent.symbol),
      this.#options.conversions.read(intent.accountId, instrument.quote),
      accounts.readLeverage(account, instrument, intent.positionSide),
    ]);
    const request = this.#request(intent, capabilitiesFor(account, instrument));
    return writer.read((state) => {
      const context = contextOf(intent, accounts.context(account, instrument, quote));
      return reading(state, asTaken(request, context), settingFor(account, instrument), context);
    });
  }

  #request(intent: PlaceIntent, { clientOrderIds }: KindCapabilities): OrderRequest {
    const { clock, identity } = this.#options;
    const { marketProtectionBps, sendWithinMs, ownPartOnly: _ownPartOnly, ...rest } = intent;
    const isAtOnce = intent.type === 'market' || intent.timeInForce === 'IOC' || intent.timeInForce === 'FOK';
    return {
      ...rest,
      orderId: identity.orderId(clock.now()),
      venueClientOrderId: identity.venueClientOrderId(clientOrderIds),
      marketProtectionBps: marketProtectionBps ?? DEFAULT_PROTECTION_BPS,
      sendWithinMs: sendWithinMs ?? (isAtOnce ? SEND_WITHIN_AT_ONCE_MS : SEND_WITHIN_RESTING_MS),
      parentId: null,
      leg: null,
    };
  }

  /** The order that the read model has under this key; the decision itself finds one that is still in memory. */
  async #priorOrder(intent: PlaceIntent): Promise<PriorOrder | null> {
    const { readModels, portfolioId } = this.#options;
    const [key, clientOrderId] = keysOf(intent);
    if (key === undefined) return null;
    const byKey = await readModels.idempotency(portfolioId, key);
    if (byKey !== null || clientOrderId === undefined) return byKey;
    const holder = await readModels.idempotency(portfolioId, clientOrderId);
    return holder === null ? null : takenBy(holder.orderId);
  }

  async #refusalsOf(orderId: OrderId): Promise<readonly Refusal[]> {
    const records = await this.#options.readModels.recordsOfOrder(this.#options.portfolioId, orderId);
    const denial = records.find((record) => record.type === 'order_denied');
    return (denial?.payload['refusals'] ?? []) as unknown as readonly Refusal[];
  }
}

/** Asks again where the journal had a key that memory did not know: the next attempt finds what has it. */
async function withKnownKeys<Answer>(attempt: () => Promise<Answer>): Promise<Answer> {
  for (let made = 1; ; made += 1)
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof KeyTaken) || made === KEY_ATTEMPTS) throw error;
    }
}

function contextOf({ ownPartOnly }: PlaceIntent, context: MarketContext): MarketContext {
  return ownPartOnly === undefined ? context : { ...context, ownPartOnly };
}

function placeReply(reply: Reply): PlaceReply {
  if (
    reply.kind === 'accepted' ||
    reply.kind === 'denied' ||
    reply.kind === 'conflict' ||
    reply.kind === 'replayed'
  )
    return reply;
  throw new TypeError(`not an answer to an order: ${reply.kind}`);
}
