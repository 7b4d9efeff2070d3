/**
 * What venues tell without being asked, on its way into the inbox. An order that has left memory is brought back first
 * when something late arrives for it; an execution that is booked already goes no further.
 *
 * Entry point: `VenueIntake`.
 */
import type { AccountId, InstrumentSymbol, PortfolioId, VenueOrderId } from '../core/ids.ts';
import { isFinished } from '../core/order/transitions.ts';
import { decodeOrder } from '../core/portfolio/codec.ts';
import type { Input } from '../core/portfolio/decide.ts';
import { findByVenueIds, type PortfolioState } from '../core/portfolio/state.ts';
import type { OrderReport, VenueFill } from '../core/venue/report.ts';
import { fillKey, type ReadModels } from '../journal/journal.ts';
import type { GatewayListener } from '../venues/gateway.ts';
import type { Background } from './background.ts';
import type { Identity } from './identity.ts';
import type { InboxLane } from './inbox.ts';
import type { QuoteWatchers } from './quote-watchers.ts';

export interface VenueIntakeOptions {
  readonly portfolioId: PortfolioId;
  readonly readModels: ReadModels;
  readonly identity: Identity;
  readonly background: Background;
  readonly watchers: QuoteWatchers;
  readonly state: () => PortfolioState;
  readonly submit: (lane: InboxLane, make: () => Input) => Promise<unknown>;
}

export class VenueIntake {
  readonly #options: VenueIntakeOptions;

  constructor(options: VenueIntakeOptions) {
    this.#options = options;
  }

  /** The listener of one account; `reconcile` is asked for when something may have been missed or moved. */
  listenerFor(accountId: AccountId, reconcile: () => void): GatewayListener {
    const { background, watchers } = this.#options;
    return {
      onOrder: (report) => background.run(this.#takeReport(accountId, report)),
      onFill: (fill) => background.run(this.#takeFill(accountId, fill)),
      onGap: () => reconcile(),
      onQuote: (quote) => watchers.tell(accountId, quote),
      onAccountChanged: () => reconcile(),
    };
  }

  /**
   * The executions that are not booked yet, with the orders they may belong to back in memory. One that is booked for an
   * order which has left memory is known from the read model, and needs neither.
   */
  async newFills(
    accountId: AccountId,
    symbol: InstrumentSymbol,
    fills: readonly VenueFill[],
  ): Promise<readonly VenueFill[]> {
    const { portfolioId, readModels, state } = this.#options;
    const isInMemory = (fill: VenueFill): boolean =>
      findByVenueIds(state(), accountId, symbol, fill.venueOrderId, fill.venueClientOrderId) !== undefined;
    const strangers = fills.filter((fill) => !isInMemory(fill));
    if (strangers.length === 0) return fills;
    const booked = await readModels.knownFills(
      portfolioId,
      accountId,
      symbol,
      strangers.map((fill) => fill.tradeId),
    );
    const isNew = (fill: VenueFill): boolean =>
      isInMemory(fill) || !booked.has(fillKey(fill.venueOrderId, fill.tradeId));
    const unbooked = fills.filter(isNew);
    const asked = new Set<string>();
    for (const fill of unbooked) {
      if (asked.has(fill.venueOrderId)) continue;
      asked.add(fill.venueOrderId);
      await this.#recall(accountId, symbol, fill.venueOrderId, fill.venueClientOrderId);
    }
    return unbooked;
  }

  async #takeReport(accountId: AccountId, report: OrderReport): Promise<void> {
    const { venueOrderId, venueClientOrderId, symbol } = report;
    await this.#recall(accountId, symbol, venueOrderId, venueClientOrderId);
    await this.#options.submit('venue', () => ({ type: 'order_report', accountId, report }));
  }

  async #takeFill(accountId: AccountId, fill: VenueFill): Promise<void> {
    const { symbol } = fill;
    const fills = await this.newFills(accountId, symbol, [fill]);
    if (fills.length === 0) return;
    await this.#options.submit('venue', () => ({ type: 'fills', accountId, symbol, fills, cursor: null }));
  }

  async #recall(
    accountId: AccountId,
    symbol: InstrumentSymbol,
    venueOrderId: VenueOrderId,
    venueClientOrderId: VenueFill['venueClientOrderId'],
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
