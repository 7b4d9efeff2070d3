/**
 * All state of one exchange: its accounts, its symbols with their books, every order and fill, the counters, the time.
 *
 * The world decides nothing: the functions of this folder, which take the world first, change it. From the
 * top down, each file imports only what stands below it (of one line, what stands after it):
 *
 *   exchange.ts                            one call, from the record of the command to the events that it caused
 *   timetable.ts                           what is due by itself: expiries, funding, market steps
 *   settling.ts                            the consequences of a call: triggers, liquidations, held quotes, book events
 *   market-settings.ts                     what the operator of a market sets: mark, book, status
 *   market-maker.ts, liquidation.ts        the venue's own orders
 *   shown-market.ts                        a market that is made elsewhere
 *   order-lists.ts, amendments.ts, placing.ts, cancelling.ts, registering.ts   requests of users
 *   triggers.ts                            orders that wait for a price
 *   matching.ts                            an order meets the book
 *   review.ts, intake.ts                   whether an order may be accepted; accepting it
 *   endings.ts                             an order ends before it is filled
 *   settlement.ts, funding.ts, swap-settings.ts   money and margin
 *   resting.ts, holds.ts, emit.ts, positions.ts   books, holds, events, positions
 *
 * All of it is synchronous. Funds are reviewed before an order is accepted, so that matching cannot fail.
 */
import type { ExchangeEvent } from './event.ts';
import type { Instrument, MarketType } from './instrument.ts';
import { Ledger } from './ledger.ts';
import { isOpen, type Fill, type Order } from './order.ts';
import { OrderIndex } from './order-index.ts';
import type { VenuePolicy } from './policy.ts';
import { Random } from './random.ts';
import {
  FEE_ACCOUNT,
  FLOW_ACCOUNT,
  INSURANCE_ACCOUNT,
  MAKER_ACCOUNT,
  newAccount,
  newSymbolState,
  sharingState,
  type AccountState,
  type ListState,
  type SymbolState,
  type WorkingOrder,
} from './state.ts';
import { STEP_MS } from '../market/market-process.ts';

export interface ExchangeConfig {
  readonly venue: string;
  readonly instruments: readonly Instrument[];
  readonly policy: VenuePolicy;
  /** Any whole number; the same seed and calls give the same world. */
  readonly seed: number;
  /** False lifts count limits (open orders per account), for load tests. */
  readonly limits: boolean;
  /** Ms since the epoch at which the world begins. */
  readonly startAt: number;
}

export class World {
  readonly seed: number;
  readonly policy: VenuePolicy;
  readonly limits: boolean;
  /** Ms since the epoch; set by the timetable alone. */
  now: number;
  /** When all markets make their next step. */
  nextStepAt: number;
  readonly symbols = new Map<string, SymbolState>();
  readonly ledger: Ledger;
  /** Users' orders, oldest first. */
  readonly orders: WorkingOrder[] = [];
  readonly index: OrderIndex;
  readonly fills: Fill[] = [];
  readonly lists = new Map<string, ListState>();
  /** Lists whose first order was filled in this call, and whose others are still to be placed. */
  readonly filledLists: ListState[] = [];
  /** Open GTD orders, the first to end first. */
  readonly expiring: WorkingOrder[] = [];
  /** Symbols that `settle` has to look at. */
  readonly dirty = new Set<SymbolState>();
  readonly idRandom: Random;
  nextSequence = 1;
  nextListNumber: number;
  /** Of conditional orders that count over the whole market (policy `conditionalIdsFrom`). */
  nextConditionalNumber: number;
  readonly nextOrderNumbers: Record<MarketType, number>;
  /** Whether anybody listens: a replay saves itself the making of events. */
  hasListeners = false;
  /** Events since the last call of `takeEvents`. */
  #events: ExchangeEvent[] = [];

  constructor(config: ExchangeConfig) {
    this.seed = config.seed;
    this.policy = config.policy;
    this.limits = config.limits;
    this.now = config.startAt;
    this.nextStepAt = nextMultiple(config.startAt, STEP_MS);
    this.idRandom = new Random(config.seed ^ 0x5bd1e995);
    // Counting from the start time keeps the ids of a world that was reset apart from those of its former life.
    const first = Math.max(1, config.startAt);
    this.nextListNumber = first;
    this.nextConditionalNumber = first;
    this.nextOrderNumbers = { spot: first, swap: first };
    for (const instrument of config.instruments) {
      const symbol = newSymbolState(instrument, config.policy[instrument.marketType], first, config.seed);
      if (instrument.swap !== null)
        symbol.nextFundingAt = nextMultiple(this.now, instrument.swap.fundingIntervalMs);
      this.symbols.set(instrument.symbol, symbol);
    }
    for (const instrument of config.instruments) {
      if (instrument.sharesBookOf === undefined) continue;
      this.symbols.set(
        instrument.symbol,
        sharingState(instrument, this.symbolOf({ symbol: instrument.sharesBookOf })),
      );
    }
    this.index = new OrderIndex(this.symbols);
    this.ledger = new Ledger(this.symbols);
    for (const accountId of [MAKER_ACCOUNT, FLOW_ACCOUNT, FEE_ACCOUNT, INSURANCE_ACCOUNT])
      this.ledger.add(newAccount(accountId, this.now, true));
  }

  account(accountId: string): AccountState {
    const account = this.ledger.accounts.get(accountId);
    if (account === undefined) throw new Error(`no account ${accountId}`);
    return account;
  }

  symbolOf(order: Pick<Order, 'symbol'>): SymbolState {
    const symbol = this.symbols.get(order.symbol);
    if (symbol === undefined) throw new Error(`no symbol ${order.symbol}`);
    return symbol;
  }

  /** The symbols with a book of their own. */
  *books(): Generator<SymbolState> {
    for (const symbol of this.symbols.values()) if (symbol.sharedWith === null) yield symbol;
  }

  /** `settle` has to look at the symbol. */
  markDirty(symbol: SymbolState): void {
    this.dirty.add(symbol.sharedWith ?? symbol);
  }

  /** Enters a user's order in the records; a restored one too. */
  addOrder(account: AccountState, order: WorkingOrder): void {
    this.orders.push(order);
    account.orders.push(order);
    this.index.add(order);
    if (!isOpen(order.status)) return;
    account.openOrders.add(order);
    if (order.expiresAt !== null) this.#addExpiring(order, order.expiresAt);
  }

  /** Enters a user's fill in the records; a restored one too. */
  addFill(account: AccountState, fill: Fill): void {
    this.fills.push(fill);
    const fills = account.fills.get(fill.symbol);
    if (fills === undefined) account.fills.set(fill.symbol, [fill]);
    else fills.push(fill);
  }

  #addExpiring(order: WorkingOrder, expiresAt: number): void {
    let index = this.expiring.length;
    while (index > 0 && (this.expiring[index - 1]?.expiresAt ?? 0) > expiresAt) index -= 1;
    this.expiring.splice(index, 0, order);
  }

  readonly emit = (event: ExchangeEvent): void => {
    if (this.hasListeners) this.#events.push(event);
  };

  takeEvents(): readonly ExchangeEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}

/** The first whole multiple of the interval since the epoch that is later than `at`. Both in ms. */
export function nextMultiple(at: number, intervalMs: number): number {
  return (Math.floor(at / intervalMs) + 1) * intervalMs;
}
