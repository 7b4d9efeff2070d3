/**
 * Routes venue events into the inbox. Recalls an evicted order when a late event names it; drops fills that are already
 * booked.
 *
 * Entry points: `VenueIntake`: `listenerFor` (stream events), `takeFills` (fills that were read).
 * Invariants:
 *  1. Events of an order in memory take the `venue` lane at once.
 *  2. All other events are unmatched, and may be external: they give way to ours, from a stream through `ExternalIntake`,
 *     from a reading in groups of the same size on the same lane.
 */
import type { AccountId, InstrumentSymbol, PortfolioId, TimeMs } from '../core/ids.ts';
import { isFinished } from '../core/order/transitions.ts';
import { decodeOrder } from '../core/portfolio/codec.ts';
import type { Input } from '../core/portfolio/decide.ts';
import { findByVenueIds, type PortfolioState } from '../core/portfolio/state.ts';
import type { FillsCursor, OrderReport, VenueFill } from '../core/venue/report.ts';
import { fillKey, type ReadModels } from '../journal/journal.ts';
import type { GatewayListener } from '../venues/gateway.ts';
import type { Background } from './background.ts';
import type { Clock } from './clock.ts';
import { ExternalIntake, MOST_IN_GROUP } from './external-intake.ts';
import type { Identity } from './identity.ts';
import type { InboxLane, InputFacts } from './inbox.ts';
import type { Log } from './log.ts';
import type { QuoteSubscriptions } from './quote-subscriptions.ts';

export interface VenueIntakeOptions {
  readonly portfolioId: PortfolioId;
  readonly readModels: Pick<ReadModels, 'knownFills' | 'orderByVenueOrderId' | 'orderByVenueClientOrderId'>;
  readonly identity: Identity;
  readonly clock: Clock;
  readonly log: Log;
  readonly background: Background;
  readonly subscriptions: QuoteSubscriptions;
  readonly state: () => PortfolioState;
  readonly submit: (lane: InboxLane, make: () => Input, known?: InputFacts) => Promise<unknown>;
  /** Reads an instrument's executions from its cursor, or from `since` (venue clock); resolves with whether all were read. */
  readonly fetchFills: (accountId: AccountId, symbol: InstrumentSymbol, since: TimeMs) => Promise<boolean>;
  readonly isListed: (accountId: AccountId, symbol: InstrumentSymbol) => boolean;
}

type Identified = Pick<VenueFill, 'symbol' | 'venueOrderId' | 'venueClientOrderId'>;

export class VenueIntake {
  readonly #options: VenueIntakeOptions;
  readonly #external: ExternalIntake;

  constructor(options: VenueIntakeOptions) {
    this.#options = options;
    const { clock, log, background, submit, fetchFills, isListed } = options;
    this.#external = new ExternalIntake({
      clock,
      log,
      background,
      submit,
      fetchFills,
      isListed,
      isInMemory: (accountId, event) => this.#isInMemory(accountId, event),
      newFills: (accountId, symbol, fills) => this.#newFills(accountId, symbol, fills),
      recall: (accountId, report) => this.#recall(accountId, report),
    });
  }

  /** The listener of one account; calls `reconcile` when events may have been missed, or the account was changed. */
  listenerFor(accountId: AccountId, reconcile: () => void): GatewayListener {
    const { subscriptions } = this.#options;
    return {
      onOrder: (report) => this.#onReport(accountId, report),
      onFill: (fill) => this.#onFill(accountId, fill),
      onGap: () => reconcile(),
      onQuote: (quote) => subscriptions.emit(accountId, quote),
      onAccountChanged: () => reconcile(),
    };
  }

  /** Whether executions of this account were reported that are not decided yet: balances are ahead of the books. */
  isBehind(accountId: AccountId): boolean {
    return this.#external.isBehind(accountId);
  }

  stop(): void {
    this.#external.stop();
  }

  /**
   * Takes in executions of one instrument that were read from the venue; resolves once all of them are in the books. The
   * cursor, if one is given, moves with the last of them.
   */
  async takeFills(
    accountId: AccountId,
    symbol: InstrumentSymbol,
    fills: readonly VenueFill[],
    cursor: FillsCursor | null,
  ): Promise<void> {
    const { clock, submit } = this.#options;
    const unbooked = await this.#newFills(accountId, symbol, fills);
    const ours = unbooked.filter((fill) => this.#isInMemory(accountId, fill));
    const others = unbooked.filter((fill) => !this.#isInMemory(accountId, fill));
    const since = clock.monotonic();
    const take = (
      lane: InboxLane,
      group: readonly VenueFill[],
      movesTo: FillsCursor | null,
    ): Promise<unknown> =>
      submit(lane, () => ({ type: 'fills', accountId, symbol, fills: group, cursor: movesTo }), { since });
    if (others.length === 0) {
      if (ours.length > 0 || cursor !== null) await take('venue', ours, cursor);
      return;
    }
    if (ours.length > 0) await take('venue', ours, null);
    for (let from = 0; from < others.length; from += MOST_IN_GROUP) {
      const isLast = from + MOST_IN_GROUP >= others.length;
      await take('external', others.slice(from, from + MOST_IN_GROUP), isLast ? cursor : null);
    }
  }

  #onReport(accountId: AccountId, report: OrderReport): void {
    if (!this.#isInMemory(accountId, report)) {
      this.#external.addReport(accountId, report);
      return;
    }
    const { background, submit } = this.#options;
    this.#external.dropReport(accountId, report);
    background.run(submit('venue', () => ({ type: 'order_report', accountId, report })));
  }

  #onFill(accountId: AccountId, fill: VenueFill): void {
    if (!this.#isInMemory(accountId, fill)) {
      this.#external.addFill(accountId, fill);
      return;
    }
    const { background, submit } = this.#options;
    const { symbol } = fill;
    background.run(
      submit('venue', () => ({ type: 'fills', accountId, symbol, fills: [fill], cursor: null })),
    );
  }

  #isInMemory(accountId: AccountId, { symbol, venueOrderId, venueClientOrderId }: Identified): boolean {
    const state = this.#options.state();
    return findByVenueIds(state, accountId, symbol, venueOrderId, venueClientOrderId) !== undefined;
  }

  /**
   * The executions that are not booked yet; orders that they may belong to are recalled into memory. An execution that is
   * booked for an evicted order is found in the read model, and is left out.
   */
  async #newFills(
    accountId: AccountId,
    symbol: InstrumentSymbol,
    fills: readonly VenueFill[],
  ): Promise<readonly VenueFill[]> {
    const { portfolioId, readModels } = this.#options;
    const unmatched = fills.filter((fill) => !this.#isInMemory(accountId, fill));
    if (unmatched.length === 0) return fills;
    const booked = await readModels.knownFills(
      portfolioId,
      accountId,
      symbol,
      unmatched.map((fill) => fill.tradeId),
    );
    const unbooked = fills.filter(
      (fill) => this.#isInMemory(accountId, fill) || !booked.has(fillKey(fill.venueOrderId, fill.tradeId)),
    );
    const orders = [...new Map(unbooked.map((fill) => [fill.venueOrderId, fill])).values()];
    for (let from = 0; from < orders.length; from += MOST_IN_GROUP)
      await Promise.all(
        orders.slice(from, from + MOST_IN_GROUP).map((fill) => this.#recall(accountId, fill)),
      );
    return unbooked;
  }

  async #recall(
    accountId: AccountId,
    { symbol, venueOrderId, venueClientOrderId }: Identified,
  ): Promise<void> {
    const { portfolioId, readModels, identity, state, submit } = this.#options;
    if (findByVenueIds(state(), accountId, symbol, venueOrderId, venueClientOrderId) !== undefined) return;
    if (venueClientOrderId !== null && !identity.isOurs(venueClientOrderId)) return;
    const document =
      (await readModels.orderByVenueOrderId(portfolioId, accountId, symbol, venueOrderId)) ??
      (venueClientOrderId === null
        ? null
        : await readModels.orderByVenueClientOrderId(portfolioId, accountId, venueClientOrderId));
    if (document === null) return;
    const order = decodeOrder(document);
    // An order that is still in memory was journaled after the look above: the decision will find it.
    if (isFinished(order.status)) await submit('venue', () => ({ type: 'recall', order }));
  }
}
