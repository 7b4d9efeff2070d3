/**
 * Reads the equity of each mode every second and carries out the ladder's last step: closing what was opened through us.
 *
 * Entry point: `EquityMonitor`. Core decides on a reading (its meaning, the step that is due); this reads the prices and
 * places the orders. An account that cannot be read holds up nobody else: `blind` lists it, since when and why.
 *
 * Long because: the readings, who is not seen, and the orders that follow from a reading share what the monitor has seen so far.
 */
import { freeOf } from '../core/balance/available.ts';
import { Decimal } from '../core/decimal.ts';
import type { AccountId, AccountMode, InstrumentSymbol, OrderId, TimeMs } from '../core/ids.ts';
import type { Instrument } from '../core/instrument.ts';
import type { Input, Reply } from '../core/portfolio/decide.ts';
import type { Order } from '../core/order/order.ts';
import { isUnprovable } from '../core/order/unprovable.ts';
import { claimsHedgedSide } from '../core/order/terms.ts';
import { instrumentKey, positionKeyOf } from '../core/portfolio/keys.ts';
import type { PortfolioState } from '../core/portfolio/state.ts';
import {
  closableQuantity,
  inOrders,
  isInBook,
  quantityBeingClosed,
  quantityLeftLocked,
} from '../core/position/closable.ts';
import type { Position } from '../core/position/position.ts';
import { roomToClose } from '../core/position/room-to-close.ts';
import type { KeptPrice } from '../core/risk/equity-record.ts';
import { SECOND_DATUM_WITHIN_MS, type FirstDatum, type LadderStepped } from '../core/risk/ladder.ts';
import type { LadderStep } from '../core/risk/ladder-step.ts';
import type { RiskLimits } from '../core/risk/limits.ts';
import { equityOf, ladderOf, modesOf } from '../core/risk/mode-books.ts';
import { EQUITY_HAIRCUT } from '../core/risk/valuation.ts';
import type { ConnectionState } from '../venues/gateway.ts';
import type { AssetPrices } from './asset-prices.ts';
import type { BlindAccount, BlindReason } from '../core/risk/blind-account.ts';
import type { Clock } from './clock.ts';
import { EngineUnavailable, gettingOut, type PlaceAnswer, type PlaceIntent } from './desk.ts';
import type { InboxLane } from './inbox.ts';
import type { Log } from './log.ts';
import { START_QUIET_MS } from './start-quiet.ts';
import type { BookNetting } from './strategy-netting.ts';

const READ_EVERY_MS = 1_000;
/** How soon a reading that asks for a second one is repeated. */
const READ_AGAIN_MS = 300;
/** How long readings wait after the start for fresh prices of what is held. */
export const START_PRICES_MS = 15_000;
/** How long an account whose books are known waits for fresh prices before it joins without those that are missing. */
export const JOIN_PRICES_MS = 30_000;
/** How long the ladder waits for the cancel of an order that is in the way of a close before it closes beside it. */
export const CANCEL_CONFIRMED_WITHIN_MS = 30_000;
const FLATTEN = 'risk ladder: flatten';
/**
 * The protection of the closing orders of the ladder, in basis points from the side that they take: each order for one position is
 * allowed the next step, and none more than the last. Orders of a person have whatever protection they ask for.
 */
export const FLATTEN_PROTECTION_BPS = [200, 400, 800, 1_600] as const;

export interface EquityMonitorOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly isOpen: () => boolean;
  readonly state: () => PortfolioState;
  /** Whether the portfolio has the account now, also while it is being removed. */
  readonly isPresent: (accountId: AccountId) => boolean;
  /** Null until its gateway has started. */
  readonly connection: (accountId: AccountId) => ConnectionState | null;
  /** Whether its books have been compared with its venue since the start. */
  readonly isCompared: (accountId: AccountId) => boolean;
  /** Whether a balance of it differs while the venue's list of what may explain that does not answer. */
  readonly awaitsRecords: (accountId: AccountId) => boolean;
  readonly submit: (lane: InboxLane, make: () => Input) => Promise<Reply>;
  readonly limits: () => RiskLimits;
  readonly prices: AssetPrices;
  readonly instrument: (accountId: AccountId, symbol: InstrumentSymbol) => Instrument | undefined;
  readonly place: (intent: PlaceIntent) => Promise<PlaceAnswer>;
  readonly netting: Pick<BookNetting, 'candidates' | 'net'>;
}

export class EquityMonitor {
  readonly #options: EquityMonitorOptions;
  #stopTimer: (() => void) | null = null;
  #reading = false;
  /** Closing orders that the ladder has placed for a position that is not flat yet, by `positionKey`. */
  readonly #closesPlaced = new Map<string, number>();
  /** When the ladder began to wait for the cancel of an order, on the monotonic clock. */
  readonly #cancelsAwaited = new Map<OrderId, number>();
  #startedAt: number | null = null;
  /** When each account that may join was first seen to be complete, on the monotonic clock. */
  readonly #completeSince = new Map<AccountId, number>();
  readonly #blind = new Map<AccountId, BlindAccount>();
  /** The reason that the log gave last of each of those. */
  readonly #blindLogged = new Map<AccountId, BlindReason>();
  readonly #unconfirmed = new Map<AccountMode, LadderStep>();

  constructor(options: EquityMonitorOptions) {
    this.#options = options;
  }

  start(): void {
    const tick = (): void => {
      this.#stopTimer = this.#options.clock.after(READ_EVERY_MS, tick);
      if (this.#reading || !this.#options.isOpen()) return;
      this.#reading = true;
      this.#read().then(
        () => {
          this.#reading = false;
        },
        (error: unknown) => {
          this.#reading = false;
          this.#options.log.warn({ error }, 'the equity could not be read');
        },
      );
    };
    this.#stopTimer ??= this.#options.clock.after(READ_EVERY_MS, tick);
  }

  stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
  }

  /** The accounts that are not seen now, by account; one that is detached is listed too. */
  blind(): readonly BlindAccount[] {
    return [...this.#blind.values()];
  }

  /** The step of a mode that one reading asked for and no second one has confirmed; null where there is none. */
  unconfirmedStep(mode: AccountMode): LadderStep | null {
    return this.#unconfirmed.get(mode) ?? null;
  }

  /**
   * Reads every mode once and keeps the readings, so that they show a change that was just made. Never rejects: the readings of the
   * timer follow in any case, and a step that asks for a second reading waits for them.
   */
  async readNow(): Promise<void> {
    const { log, prices, state } = this.#options;
    try {
      await this.#leaveRemoved();
    } catch (error) {
      log.warn({ error }, 'an account that was removed could not leave the equity yet');
    }
    for (const mode of modesOf(state())) {
      if (this.#awaitsPrices(mode, prices.confirmed(mode))) continue;
      try {
        await this.#submitReading(mode, null, true);
      } catch (error) {
        log.warn({ mode, error }, 'the equity of a mode could not be read');
      }
    }
  }

  async #read(): Promise<void> {
    const { clock, log, state } = this.#options;
    this.#startedAt ??= clock.monotonic();
    await this.#leaveRemoved();
    for (const mode of modesOf(state())) {
      const prices = this.#options.prices.confirmed(mode);
      this.#noteBlind(mode, prices);
      if (this.#awaitsPrices(mode, prices)) continue;
      try {
        await this.#readMode(mode);
        if (ladderOf(state(), mode).step === 'flatten') await this.#flatten(mode);
      } catch (error) {
        log.warn({ mode, error }, 'the equity of a mode could not be read');
      }
    }
    const flattens = [...modesOf(state())].some((mode) => ladderOf(state(), mode).step === 'flatten');
    if (!flattens) {
      this.#closesPlaced.clear();
      this.#cancelsAwaited.clear();
    }
  }

  /** The worth of an account leaves the equity of its mode once the portfolio has it no more. */
  async #leaveRemoved(): Promise<void> {
    for (const { accountId } of this.#options.state().capitals.values())
      if (!this.#options.isPresent(accountId))
        await this.#options.submit('timer', () => ({ type: 'leave_equity', accountId }));
  }

  /** One reading, and while it asks for a second one, more of them until the step is confirmed or its time is over. */
  async #readMode(mode: AccountMode): Promise<void> {
    const { clock, log } = this.#options;
    let first: FirstDatum | null = null;
    let askedAt = 0;
    for (;;) {
      const second = await this.#submitReading(mode, first);
      if (second === null) {
        this.#unconfirmed.delete(mode);
        return;
      }
      if (first === null) {
        askedAt = clock.monotonic();
        first = second;
        if (!this.#unconfirmed.has(mode))
          log.warn({ mode, step: second.step }, 'a loss asks for a step of the ladder; it is read once more');
      }
      this.#unconfirmed.set(mode, second.step);
      if (clock.monotonic() - askedAt > SECOND_DATUM_WITHIN_MS - READ_AGAIN_MS || !this.#options.isOpen())
        return;
      await new Promise<void>((resolve) => {
        clock.after(READ_AGAIN_MS, resolve);
      });
    }
  }

  async #submitReading(
    mode: AccountMode,
    first: FirstDatum | null,
    isAsked = false,
  ): Promise<FirstDatum | null> {
    const { submit, limits } = this.#options;
    const reply = await submit('timer', () => {
      const prices = this.#options.prices.confirmed(mode);
      return {
        type: 'equity_reading',
        mode,
        prices,
        joinable: this.#joinable(mode, prices),
        first,
        isAsked,
        limits: limits(),
      };
    });
    if (reply.kind !== 'equity') return null;
    if (reply.stepped !== null) this.#logStep(mode, reply.stepped);
    return reply.second;
  }

  #logStep(mode: AccountMode, { ladder, equity, canceled }: LadderStepped): void {
    this.#options.log.warn(
      {
        mode,
        step: ladder.step,
        why: ladder.why,
        equity: equity.current.toString(),
        low: equity.low.toString(),
        high: equity.high.toString(),
        peak: equity.peak.toString(),
        dayStart: equity.dayStart.toString(),
        canceled,
      },
      'the risk ladder takes a step',
    );
  }

  /** Accounts that have answered, with a fresh price of all that is held and has a market; without one after a bound. */
  #joinable(mode: AccountMode, prices: readonly KeptPrice[]): readonly AccountId[] {
    const { clock, state } = this.#options;
    const joinable: AccountId[] = [];
    for (const { accountId, ...account } of state().accounts.values()) {
      if (account.mode !== mode || state().capitals.has(accountId) || state().detached.has(accountId))
        continue;
      const isComplete =
        account.balancesKnown &&
        account.positionsKnown &&
        this.#options.isPresent(accountId) &&
        this.#options.connection(accountId) !== null &&
        // The books hold what was moved while the service was down only after a comparison.
        this.#options.isCompared(accountId);
      if (!isComplete) {
        this.#completeSince.delete(accountId);
        continue;
      }
      const since = this.#completeSince.get(accountId) ?? clock.monotonic();
      this.#completeSince.set(accountId, since);
      if (this.#isPriced(accountId, prices) || clock.monotonic() - since >= JOIN_PRICES_MS)
        joinable.push(accountId);
    }
    return joinable;
  }

  #isPriced(accountId: AccountId, prices: readonly KeptPrice[]): boolean {
    const { clock, prices: markets, state } = this.#options;
    const fresh = new Set(
      prices.filter(({ at }) => clock.now() - at <= EQUITY_HAIRCUT.freshForMs).map(({ key }) => key),
    );
    for (const balance of state().balances.values()) {
      if (balance.accountId !== accountId || balance.total.isZero()) continue;
      if (markets.pricedBy(accountId, balance.asset).length > 0 && !fresh.has(balance.asset)) return false;
    }
    return [...this.#openPositions(accountId)].every(({ symbol }) =>
      fresh.has(instrumentKey(accountId, symbol)),
    );
  }

  /** Right after the start no market has shown a price yet: what was held before is valued once it has, or after a bound. */
  #awaitsPrices(mode: AccountMode, prices: readonly KeptPrice[]): boolean {
    const { clock, state } = this.#options;
    if (equityOf(state(), mode) === null) return false;
    if (clock.monotonic() - (this.#startedAt ?? 0) >= START_PRICES_MS) return false;
    const known = new Set(prices.map(({ key }) => key));
    for (const { accountId } of state().capitals.values())
      for (const { symbol } of this.#openPositions(accountId))
        if (
          state().accounts.get(accountId)?.mode === mode &&
          this.#options.isPresent(accountId) &&
          !known.has(instrumentKey(accountId, symbol))
        )
          return true;
    return false;
  }

  *#openPositions(accountId: AccountId): Iterable<Position> {
    for (const position of this.#options.state().positions.values())
      if (position.accountId === accountId && !position.netQuantity.isZero()) yield position;
  }

  #noteBlind(mode: AccountMode, prices: readonly KeptPrice[]): void {
    const { clock, log, state } = this.#options;
    const pricedAt = new Map(prices.map(({ key, at }) => [key, at]));
    for (const account of state().accounts.values()) {
      if (account.mode !== mode) continue;
      const { accountId } = account;
      const why = this.#blindReason(accountId, pricedAt);
      const before = this.#blind.get(accountId);
      if (why === null) {
        if (before !== undefined && this.#blindLogged.has(accountId))
          log.info({ accountId, since: before.since }, 'the account is seen again');
        this.#blind.delete(accountId);
        this.#blindLogged.delete(accountId);
        continue;
      }
      const since = before?.since ?? clock.now();
      if (before?.why !== why) this.#blind.set(accountId, { accountId, mode, why, since });
      if (this.#blindLogged.get(accountId) === why || this.#isNoNews(why, since)) continue;
      this.#blindLogged.set(accountId, why);
      log.warn({ accountId, why, since }, 'the equity of an account is not known from its venue');
    }
  }

  /** Whether it is no news yet that an account is not seen: its venue has not answered since the start, or a position is so new that its first price is on its way. */
  #isNoNews(why: BlindReason, since: TimeMs): boolean {
    const { clock } = this.#options;
    if (why === 'prices_old') return clock.now() - since < EQUITY_HAIRCUT.freshForMs;
    const awaitsVenue = why === 'not_connected' || why === 'books_unknown';
    return awaitsVenue && clock.monotonic() - (this.#startedAt ?? 0) < START_QUIET_MS;
  }

  #blindReason(accountId: AccountId, pricedAt: ReadonlyMap<string, TimeMs>): BlindReason | null {
    const { clock, state } = this.#options;
    const account = state().accounts.get(accountId);
    // A removed account whose books are closed concerns nobody any more.
    if (!this.#options.isPresent(accountId)) return state().capitals.has(accountId) ? 'removed' : null;
    if (state().detached.has(accountId)) return 'detached';
    const connection = this.#options.connection(accountId);
    if (connection === null) return 'not_connected';
    if (account?.balancesKnown !== true || !account.positionsKnown) return 'books_unknown';
    if (!state().capitals.has(accountId) && !this.#options.isCompared(accountId)) return 'books_unknown';
    if (connection.privateStream !== 'connected' || connection.breaker === 'open') return 'unreachable';
    if (this.#options.awaitsRecords(accountId)) return 'records_unread';
    for (const { symbol } of this.#openPositions(accountId)) {
      const at = pricedAt.get(instrumentKey(accountId, symbol));
      if (at === undefined || clock.now() - at > EQUITY_HAIRCUT.freshForMs) return 'prices_old';
    }
    return null;
  }

  /**
   * Closes every position of the mode opened through us that nothing is closing yet; asked again until all are flat. Accounts
   * are closed beside each other: one that cannot place an order, or is slow to, holds up no other.
   */
  async #flatten(mode: AccountMode): Promise<void> {
    const byAccount = new Map<AccountId, Position[]>();
    for (const position of this.#options.state().positions.values())
      if (position.mode === mode && this.#options.isPresent(position.accountId))
        byAccount.set(position.accountId, [...(byAccount.get(position.accountId) ?? []), position]);
    await Promise.all([...byAccount.values()].map(async (positions) => this.#closeEach(positions)));
    await this.#netBooks(mode);
  }

  /**
   * Nets what strategies hold against one another once no order is left to send for the position: its own executions close most of it,
   * at their price. Without a mark it is tried again with the next reading.
   */
  async #netBooks(mode: AccountMode): Promise<void> {
    const { log, netting } = this.#options;
    for (const position of netting.candidates({})) {
      const { accountId, symbol } = position;
      const instrument = this.#options.instrument(accountId, symbol);
      if (position.mode !== mode || instrument === undefined || this.#isBeingClosed(position)) continue;
      if (inOrders(this.#leftToClose(position, instrument), instrument).length > 0) continue;
      try {
        const outcome = await netting.net(position, FLATTEN, 'timer');
        if (outcome.kind === 'netted')
          log.warn(
            { accountId, symbol, price: outcome.netted.price.toString() },
            'the risk ladder closes what strategies hold against one another',
          );
      } catch (error) {
        const level = levelOf(error);
        log[level](
          { accountId, symbol, error },
          'books of strategies could not be netted; it is tried again',
        );
      }
    }
  }

  async #closeEach(positions: readonly Position[]): Promise<void> {
    for (const position of positions) {
      try {
        await this.#close(position);
      } catch (error) {
        const { accountId, symbol, positionSide } = position;
        this.#options.log[levelOf(error)](
          { accountId, symbol, positionSide, error },
          'the ladder could not close a position; it is tried again',
        );
      }
    }
  }

  /**
   * Closes a position in orders that are each no larger than the venue takes. The rest of it is looked at before each order: a person may
   * close it meanwhile, and of spot a sale beside theirs would sell what was there before the position.
   */
  async #close(position: Position): Promise<void> {
    const key = positionKeyOf(position);
    if (position.netQuantity.isZero()) {
      this.#closesPlaced.delete(key);
      return;
    }
    if (this.#isBeingClosed(position)) return;
    const instrument = this.#options.instrument(position.accountId, position.symbol);
    if (instrument === undefined) return;
    const parts = inOrders(this.#leftToClose(position, instrument), instrument);
    const left = parts.reduce((sum, part) => sum.add(part), Decimal.zero);
    if (parts.length === 0 || (await this.#cancelClaims(position, left))) return;
    let placed = 0;
    for (const part of parts) {
      const now = this.#options.state().positions.get(key);
      const quantity = now === undefined ? Decimal.zero : part.min(this.#leftToClose(now, instrument));
      if (now === undefined || !quantity.isPositive() || quantity.lessThan(instrument.minQuantity)) break;
      const intent = this.#closingIntent(now, quantity);
      this.#logClose(intent, await this.#options.place(intent));
      placed += 1;
    }
    // An order that could not be placed was not refused for its price: the next one is allowed no more protection.
    if (placed > 0) this.#closesPlaced.set(key, (this.#closesPlaced.get(key) ?? 0) + 1);
  }

  #logClose(intent: PlaceIntent, answer: PlaceAnswer): void {
    const { accountId, symbol, side, positionSide, quantity, marketProtectionBps } = intent;
    const refusals = answer.kind === 'denied' ? answer.refusals : [];
    this.#options.log.warn(
      {
        accountId,
        symbol,
        side,
        positionSide,
        quantity: quantity?.toString() ?? null,
        marketProtectionBps,
        answer: answer.kind,
        orderId: 'order' in answer ? answer.order.orderId : null,
        ...(refusals.length === 0
          ? {}
          : { refusals: refusals.map(({ code, detail }) => ({ code, detail })) }),
      },
      answer.kind === 'accepted'
        ? 'the risk ladder closes a position'
        : 'an order of the risk ladder was not taken; it is tried again',
    );
  }

  /**
   * Cancels orders in the book that would keep a hedged side from being closed, and of those that lock coins on spot as many as a
   * close of so much needs, stops with them: the close takes the place of their protection. Whether there were any.
   */
  async #cancelClaims(position: Position, quantity: Decimal): Promise<boolean> {
    const { state, submit } = this.#options;
    const inBook = [...state().unfinished.values()].filter(
      (order) => positionKeyOf(order) === positionKeyOf(position) && isInBook(order),
    );
    const sales = inBook.filter((order) => order.kind === 'spot' && order.side === 'sell');
    const free = freeOf(state(), position.accountId, position.wallet, position.base, null);
    const claims =
      position.kind === 'spot'
        ? roomToClose(position, sales, { quantity, left: quantity, free }).canceled
        : inBook.filter(claimsHedgedSide);
    if (claims.length === 0) return false;
    const { accountId, symbol } = position;
    const why = `it is in the way of the close of the position on ${symbol}`;
    for (const { orderId } of claims)
      await submit('cancel', () => ({ type: 'cancel_order', orderId, requestedBy: FLATTEN, why }));
    this.#options.log.warn(
      { accountId, symbol, canceled: claims.map(({ orderId }) => orderId) },
      'the risk ladder cancels orders that are in the way of a close',
    );
    return true;
  }

  #closingIntent(position: Position, quantity: Decimal): PlaceIntent {
    const { accountId, symbol, positionSide, kind, netQuantity } = position;
    const placed = this.#closesPlaced.get(positionKeyOf(position)) ?? 0;
    return gettingOut({
      accountId,
      symbol,
      side: netQuantity.isPositive() ? 'sell' : 'buy',
      positionSide,
      quantity,
      reduceOnly: kind === 'linear_swap' && positionSide === 'net',
      marketProtectionBps: FLATTEN_PROTECTION_BPS[placed] ?? FLATTEN_PROTECTION_BPS[3],
      requestedBy: FLATTEN,
    });
  }

  /**
   * Base units that orders of ours leave to close, rounded down to the lot: what is less cannot be sold and stays as dust. Those in the
   * book that are in the way are canceled first, and count for nothing here.
   */
  #leftToClose(position: Position, { lotSize }: Instrument): Decimal {
    const state = this.#options.state();
    return closableQuantity(state, position)
      .subtract(quantityBeingClosed(state, position))
      .subtract(quantityLeftLocked(state, position))
      .max(Decimal.zero)
      .roundToMultipleOf(lotSize, 'down');
  }

  /**
   * Whether an order that trades at once is closing it already, as `quantityBeingClosed` says for every close, or the cancel of one that
   * is in the way is awaited: one that is not confirmed no longer than `CANCEL_CONFIRMED_WITHIN_MS`.
   */
  #isBeingClosed(position: Position): boolean {
    const state = this.#options.state();
    if (quantityBeingClosed(state, position).isPositive()) return true;
    const closingSide = position.netQuantity.isPositive() ? 'sell' : 'buy';
    for (const order of state.unfinished.values()) {
      if (order.side !== closingSide || positionKeyOf(order) !== positionKeyOf(position)) continue;
      if (order.cancelRequested && !isUnprovable(state, order) && this.#awaitsCancel(order)) return true;
    }
    return false;
  }

  #awaitsCancel({ orderId }: Order): boolean {
    const now = this.#options.clock.monotonic();
    const since = this.#cancelsAwaited.get(orderId) ?? now;
    this.#cancelsAwaited.set(orderId, since);
    return now - since < CANCEL_CONFIRMED_WITHIN_MS;
  }
}

/** A refusal of the engine is no fault here: another node has the portfolio, or the journal takes nothing, which is said elsewhere. */
function levelOf(error: unknown): 'warn' | 'error' {
  return error instanceof EngineUnavailable ? 'warn' : 'error';
}
