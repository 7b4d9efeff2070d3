/**
 * Readings of a portfolio's books: orders, positions, balances, risk and drift, each at a seq of the journal.
 *
 * Entry point: `PortfolioBooks`. Invariant: every reading but `openInMemory` is of durable state.
 */
import { isMarginKnown } from '../core/balance/margin.ts';
import { hasPooledCollateral, availableBalance, heldOf } from '../core/balance/available.ts';
import { kindsOf } from '../core/balance/wallet.ts';
import type { Balance } from '../core/balance/balance.ts';
import { Decimal } from '../core/decimal.ts';
import type {
  AccountId,
  AccountMode,
  InstrumentSymbol,
  OrderId,
  PortfolioId,
  TimeMs,
  Venue,
  VenueOrderId,
} from '../core/ids.ts';
import type { Order } from '../core/order/order.ts';
import { protectedQuantity, stopsTooLarge, type StopTooLarge } from '../core/order/protection-alarms.ts';
import { decodeOrder } from '../core/portfolio/codec.ts';
import { findByVenueIds, orderOf, walletsOf, type PortfolioState } from '../core/portfolio/state.ts';
import { closableQuantity, quantityBeingClosed } from '../core/position/closable.ts';
import { positionKey } from '../core/portfolio/keys.ts';
import type { Position } from '../core/position/position.ts';
import { closablePart } from '../core/position/strategy-part.ts';
import type { DriftCase } from '../core/reconcile/drift.ts';
import { accountEquityOf } from '../core/risk/capital.ts';
import { awaitsWord } from '../core/risk/unexplained.ts';
import { baseCurrencyOf } from '../core/risk/conversion.ts';
import { realizedToday, type Valuation } from '../core/risk/equity.ts';
import { limitsInForce, scopeKey, type LimitSubject } from '../core/risk/limit-scopes.ts';
import { hasOpenSwap } from '../core/risk/booked-swaps.ts';
import { currentMargin, type AccountMargin } from '../core/risk/liquidation.ts';
import type { RiskLimits, SetLimits } from '../core/risk/limits.ts';
import { strategyFigures } from '../core/risk/strategy-books.ts';
import { openOfStrategy, valuationOf } from '../core/risk/strategy-limits.ts';
import { tradingStateFor, type TradingSubject } from '../core/risk/trading-state.ts';
import { equityOf, hasJoinedAccount, ladderOf, mainModeOf, modesOf } from '../core/risk/mode-books.ts';
import { openOrdersOf } from '../core/risk/rules/open-orders.ts';
import { riskUsage } from '../core/risk/usage.ts';
import type { ReadModels } from '../journal/journal.ts';
import type { Accounts } from './accounts.ts';
import type { ConversionPrices } from './conversions.ts';
import type { AssetPrices } from './asset-prices.ts';
import type { EquityMonitor } from './equity-monitor.ts';
import type { MarginMonitor } from './margin-monitor.ts';
import type { ProtectionMonitor } from './protection-monitor.ts';
import type { EffectExecutor } from './effect-executor.ts';
import type { Clock } from './clock.ts';
import {
  EngineUnavailable,
  type AccountReading,
  type AsOf,
  type BalanceReading,
  type Books,
  type HeldReading,
  type LimitsReading,
  type OrderFilter,
  type PositionFilter,
  type PositionPlace,
  type PositionReading,
  type RiskReading,
  type StrategyPartReading,
  type StrategyReading,
  type TradingStatesReading,
} from './desk.ts';
import type { StopKeeper } from './stop-keeper.ts';
import type { PortfolioWriter } from './writer.ts';

export interface BooksOptions {
  readonly portfolioId: PortfolioId;
  readonly writer: PortfolioWriter;
  readonly accounts: Accounts;
  readonly effectExecutor: EffectExecutor;
  readonly readModels: ReadModels;
  readonly prices: AssetPrices;
  readonly conversions: ConversionPrices;
  readonly equity: Pick<EquityMonitor, 'blind' | 'unconfirmedStep'>;
  readonly margin: Pick<MarginMonitor, 'alarms'>;
  readonly protection: Pick<ProtectionMonitor, 'alarms'>;
  readonly stops: Pick<StopKeeper, 'lost'>;
  /** Limits that the environment sets. */
  readonly environment: SetLimits;
  readonly clock: Clock;
}

export class PortfolioBooks implements Books {
  readonly #options: BooksOptions;

  constructor(options: BooksOptions) {
    this.#options = options;
  }

  async order(orderId: OrderId, refresh = false): Promise<Order | null> {
    const { writer, effectExecutor } = this.#options;
    if (refresh && orderOf(writer.state, orderId) !== undefined) await effectExecutor.refresh(orderId);
    const inMemory = await writer.read((state) => orderOf(state, orderId) ?? null);
    return inMemory ?? (await this.stored(orderId));
  }

  /** An order that must exist. Rejects with `EngineUnavailable` when it cannot be read. */
  async mustHave(orderId: OrderId): Promise<Order> {
    const order = await this.order(orderId);
    if (order === null)
      throw new EngineUnavailable('recovering', `order ${orderId} cannot be read now`, 1_000);
    return order;
  }

  /** The order as the read model has it. */
  async stored(orderId: OrderId): Promise<Order | null> {
    const document = await this.#options.readModels.order(this.#options.portfolioId, orderId);
    return document === null ? null : decodeOrder(document);
  }

  async orderByVenueOrderId(
    accountId: AccountId,
    symbol: InstrumentSymbol,
    venueOrderId: VenueOrderId,
  ): Promise<Order | null> {
    const { writer, readModels, portfolioId } = this.#options;
    const inMemory = await writer.read(
      (state) => findByVenueIds(state, accountId, symbol, venueOrderId, null) ?? null,
    );
    if (inMemory !== null) return inMemory;
    const document = await readModels.orderByVenueOrderId(portfolioId, accountId, symbol, venueOrderId);
    return document === null ? null : decodeOrder(document);
  }

  /** Unfinished orders as decided so far, durable or not. */
  openInMemory(filter: OrderFilter): readonly Order[] {
    return openIn(this.#options.writer.state, filter);
  }

  openOrders(filter: OrderFilter): Promise<AsOf<readonly Order[]>> {
    return this.#options.writer.read((state, seq) => ({ value: openIn(state, filter), seq }));
  }

  positions(filter: PositionFilter): Promise<AsOf<readonly PositionReading[]>> {
    return this.#options.writer.read((state, seq) => ({
      value: [...state.positions.values()]
        .filter(
          (position) =>
            !position.netQuantity.isZero() &&
            !this.#isOfRemoved(position) &&
            matches(filter, position) &&
            (filter.positionSide === undefined || filter.positionSide === position.positionSide),
        )
        .map((position) => this.#position(state, position)),
      seq,
    }));
  }

  stopsTooLarge({ accountId, symbol, positionSide }: PositionPlace): Promise<AsOf<readonly StopTooLarge[]>> {
    return this.#options.writer.read((state, seq) => {
      const position = state.positions.get(positionKey(accountId, symbol, positionSide));
      const lot = this.#options.accounts.instrument(accountId, symbol)?.lotSize;
      const found = position === undefined ? [] : stopsTooLarge(state, position);
      return {
        value: found.map(({ order, fits }) => ({
          order,
          fits: lot === undefined ? Decimal.zero : fits.roundToMultipleOf(lot, 'down'),
        })),
        seq,
      };
    });
  }

  balances(accountId: AccountId): Promise<AsOf<readonly BalanceReading[]>> {
    return this.#options.writer.read((state, seq) => ({
      value: this.#balances(
        state,
        [...state.balances.values()].filter((balance) => balance.accountId === accountId),
      ),
      seq,
    }));
  }

  held(): Promise<AsOf<HeldReading>> {
    return this.#options.writer.read((state, seq) => ({
      value: {
        positions: [...state.positions.values()]
          .filter((position) => !this.#isOfRemoved(position))
          .map((position) => this.#position(state, position)),
        balances: this.#balances(
          state,
          [...state.balances.values()].filter((balance) => !this.#isOfRemoved(balance)),
        ),
      },
      seq,
    }));
  }

  async account(accountId: AccountId): Promise<AccountReading | null> {
    const { writer, accounts, prices, conversions, clock } = this.#options;
    const account = accounts.get(accountId);
    const reading = await writer.read((state) => {
      const books = state.accounts.get(accountId);
      return books === undefined
        ? null
        : {
            account: books,
            baseCurrency: conversions.baseCurrency,
            realizedToday: realizedToday(state, accountId, clock.now(), prices.valuation(books.mode)),
            equity: accountEquityOf(state, accountId, clock.now()),
            equityAt: equityOf(state, books.mode)?.at ?? null,
            margin: this.#margin(state, accountId),
          };
    });
    return reading === null || account === undefined
      ? null
      : { ...reading, connection: account.gateway.connection() };
  }

  risk(wanted?: AccountMode): Promise<AsOf<RiskReading>> {
    const { writer, accounts, clock, equity, margin, protection, stops } = this.#options;
    return writer.read((state, seq) => {
      const modes = this.#modes(state);
      const mode = wanted ?? mainModeOf(modes);
      const limits = (subject: LimitSubject | null): RiskLimits => this.#limits(state, subject);
      const { halted } = writer;
      const market = {
        marks: accounts.marks(),
        leverages: accounts.leverages(),
        margins: accounts.margins(),
        removedAccounts: accounts.removed,
      };
      return {
        value: {
          limits: limits(null),
          killSwitch: state.killSwitch,
          baseCurrency: this.#options.conversions.baseCurrency,
          tradingStates: [...state.tradingStates.values()],
          mode,
          modes: [...modes],
          equity: equityOf(state, mode),
          ladder: ladderOf(state, mode),
          unconfirmedStep: equity.unconfirmedStep(mode),
          isMeasured: hasJoinedAccount(state, mode),
          blind: equity.blind(),
          margins: [...state.accounts.values()]
            .filter((account) => !this.#isOfRemoved(account) && hasOpenSwap(state, account.accountId))
            .map(({ accountId, mode: of }) => ({
              accountId,
              mode: of,
              actual: this.#margin(state, accountId),
            })),
          marginAlarms: margin.alarms(),
          protectionAlarms: protection.alarms(),
          lostStops: stops.lost().filter((stop) => !this.#isOfRemoved(stop)),
          detached: [...state.detached.values()],
          unexplained: state.unexplained.filter(
            (change) => awaitsWord(change) && state.accounts.get(change.accountId)?.mode === mode,
          ),
          openOrders: openOrdersOf(state, mode),
          usage: riskUsage(state, {
            mode,
            at: clock.now(),
            limits,
            halted,
            ...market,
            ...this.#options.conversions.conversions(null, null),
          }),
          halted,
        },
        seq,
      };
    });
  }

  limits(subject: LimitSubject | null): Promise<AsOf<LimitsReading>> {
    const { writer, environment } = this.#options;
    return writer.read((state, seq) => ({
      value: {
        environment,
        stored: [...state.storedLimits.values()],
        inForce: this.#limits(state, subject),
      },
      seq,
    }));
  }

  drift(): Promise<AsOf<readonly DriftCase[]>> {
    return this.#options.writer.read((state, seq) => ({ value: [...state.drift.values()], seq }));
  }

  tradingStates(subject: TradingSubject): Promise<AsOf<TradingStatesReading>> {
    return this.#options.writer.read((state, seq) => ({
      value: {
        stored: [...state.tradingStates.values()],
        inForce: tradingStateFor(state.tradingStates, subject),
      },
      seq,
    }));
  }

  strategies(): Promise<AsOf<readonly StrategyReading[]>> {
    const { writer, clock, accounts, conversions } = this.#options;
    return writer.read((state, seq) => {
      const at = clock.now();
      // The marks and rates that the limits of strategies are judged by.
      const context = { ...accounts.agedMarks(at), ...conversions.conversions(null, null) };
      return { value: strategyReadings(state, at, (accountId) => valuationOf(context, accountId)), seq };
    });
  }

  strategyParts(
    strategy: string,
    accountId: AccountId,
    symbol: InstrumentSymbol,
  ): Promise<readonly StrategyPartReading[]> {
    const { writer, accounts } = this.#options;
    return writer.read((state) =>
      [...state.strategyBooks.values()]
        .filter(
          ({ strategy: of, position }) =>
            of === strategy &&
            position.accountId === accountId &&
            position.symbol === symbol &&
            !position.netQuantity.isZero(),
        )
        .map((book) => ({
          ...closablePart(state, book),
          instrument: accounts.instrument(accountId, symbol) ?? null,
        })),
    );
  }

  #position(state: PortfolioState, position: Position): PositionReading {
    const { accounts } = this.#options;
    const { accountId, symbol } = position;
    // Quotes are asked for where something is open alone: asking subscribes to them.
    if (position.netQuantity.isZero()) return { position, ...NOTHING_OPEN };
    const quote = accounts.knownQuote(accountId, symbol);
    return {
      position,
      mark: quote?.mark ?? null,
      markAt: quote?.markAt ?? null,
      instrument: accounts.instrument(accountId, symbol) ?? null,
      venue: accounts.venuePosition(accountId, symbol, position.positionSide),
      margin: marginOfPosition(this.#margin(state, accountId), position),
      protectedQuantity: protectedQuantity(state, position),
      closable: closableQuantity(state, position),
      beingClosed: quantityBeingClosed(state, position),
    };
  }

  #balances(state: PortfolioState, balances: readonly Balance[]): readonly BalanceReading[] {
    const { accounts } = this.#options;
    const market = {
      marks: accounts.marks(),
      leverages: accounts.leverages(),
      collateralWorth: accounts.collateralWorth(),
    };
    return balances.map((balance) => {
      const { accountId, wallet, asset } = balance;
      const kinds = kindsOf(walletsOf(state, accountId), wallet);
      const use = kinds.includes('spot') ? 'spends' : 'holds_margin';
      return {
        balance,
        kinds,
        held: heldOf(state, accountId, wallet, asset, null),
        available: availableBalance(state, accountId, wallet, asset, use, market, null),
        isMarginKnown: isMarginKnown(
          state,
          accountId,
          wallet,
          hasPooledCollateral(state, accountId, wallet) ? null : asset,
          market.marks,
          market.leverages,
        ),
      };
    });
  }

  /** By the last reading of the account's margin and the marks of now; unknown once a position has changed since. */
  #margin(state: PortfolioState, accountId: AccountId): AccountMargin | null {
    const { accounts } = this.#options;
    return currentMargin(state, accountId, accounts.margins().get(accountId), accounts.marks());
  }

  /** Positions of an account that was removed are left to its venue: they are in the journal, and in no book. */
  #isOfRemoved({ accountId }: { readonly accountId: AccountId }): boolean {
    return this.#options.accounts.removed.has(accountId);
  }

  /** Of the accounts that the portfolio has now; where it has none, of those that it had. */
  #modes(state: PortfolioState): ReadonlySet<AccountMode> {
    const present = [...state.accounts.values()].filter(({ accountId }) =>
      this.#options.accounts.has(accountId),
    );
    return present.length === 0 ? modesOf(state) : new Set(present.map(({ mode }) => mode));
  }

  #limits({ storedLimits }: PortfolioState, subject: LimitSubject | null): RiskLimits {
    return limitsInForce(storedLimits, this.#options.environment, subject);
  }
}

const NOTHING_OPEN: Omit<PositionReading, 'position'> = {
  mark: null,
  markAt: null,
  instrument: null,
  venue: null,
  margin: null,
  protectedQuantity: Decimal.zero,
  closable: Decimal.zero,
  beingClosed: Decimal.zero,
};

function strategyReadings(
  state: PortfolioState,
  at: TimeMs,
  valueBy: (accountId: AccountId) => Valuation,
): readonly StrategyReading[] {
  const names = new Set<string>();
  for (const { strategy } of state.strategyBooks.values()) names.add(strategy);
  for (const { scope } of [...state.storedLimits.values(), ...state.tradingStates.values()])
    if (scope.kind === 'strategy') names.add(scope.strategy);
  for (const { strategy } of state.unfinished.values()) if (strategy !== null) names.add(strategy);
  const baseCurrency = baseCurrencyOf(state);
  return [...names].sort().map((strategy) => {
    const key = scopeKey({ kind: 'strategy', strategy });
    return {
      strategy,
      books: [...state.strategyBooks.values()]
        .filter((book) => book.strategy === strategy)
        .map((book) => ({
          book,
          figures: strategyFigures(book, at, valueBy(book.position.accountId), baseCurrency),
        })),
      baseCurrency,
      openOrders: openOfStrategy(state, strategy, null).count,
      limits: state.storedLimits.get(key) ?? null,
      tradingState: state.tradingStates.get(key) ?? null,
    };
  });
}

function openIn(state: PortfolioState, filter: OrderFilter): readonly Order[] {
  return [...state.unfinished.values()]
    .filter((order) => matches(filter, order))
    .sort((a, b) => a.createdAt - b.createdAt);
}

function matches(
  filter: OrderFilter,
  subject: { readonly accountId: AccountId; readonly symbol: InstrumentSymbol; readonly venue: Venue },
): boolean {
  return (
    (filter.accountIds === undefined || filter.accountIds.includes(subject.accountId)) &&
    (filter.exchange === undefined || filter.exchange === subject.venue) &&
    (filter.symbol === undefined || filter.symbol === subject.symbol)
  );
}

function marginOfPosition(
  account: AccountMargin | null,
  { symbol, positionSide, kind }: Position,
): PositionReading['margin'] {
  const found =
    kind === 'spot'
      ? undefined
      : account?.positions.find((one) => one.symbol === symbol && one.positionSide === positionSide);
  return account === null || found === undefined ? null : { ...found, readAt: account.readAt };
}
