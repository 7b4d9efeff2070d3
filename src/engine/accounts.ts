/**
 * The accounts of one portfolio: their gateways, the venue's last reading of each swap, and the market context of a
 * decision.
 *
 * Entry point: `Accounts`.
 * Invariants:
 *  1. Reads only; nothing here is journaled.
 *  2. A setting that the venue has confirmed is kept until a reading that began after the confirmation.
 */
import { Decimal } from '../core/decimal.ts';
import type { CollateralWorth } from '../core/balance/available.ts';
import { walletFor } from '../core/balance/wallet.ts';
import type { AccountId, AccountMode, Asset, InstrumentSymbol, TimeMs, Venue } from '../core/ids.ts';
import { openGroups } from '../core/order/open-orders.ts';
import type { Instrument, Quote } from '../core/instrument.ts';
import type { Order } from '../core/order/order.ts';
import { freshMarketPriceFor, isReached } from '../core/order/protection.ts';
import { POSITION_SIDES, type PositionSide } from '../core/order/terms.ts';
import type { OrderSetting } from '../core/portfolio/events.ts';
import { balanceKey, instrumentKey, positionKey } from '../core/portfolio/keys.ts';
import type { PortfolioState } from '../core/portfolio/state.ts';
import type { Conversions } from '../core/risk/conversion.ts';
import type { LimitSubject } from '../core/risk/limit-scopes.ts';
import type { RiskLimits } from '../core/risk/limits.ts';
import type { MarginReading } from '../core/risk/liquidation.ts';
import type { MarketContext } from '../core/risk/rule.ts';
import { OLDEST_MARK_MS } from '../core/risk/strategy-limits.ts';
import type { KindCapabilities } from '../core/venue/capabilities.ts';
import type { BalanceReport, PositionReport } from '../core/venue/report.ts';
import type { SettingChange, SwapSettings } from '../core/venue/setting.ts';
import type { Gateway, ReadAnswer } from '../venues/gateway.ts';
import type { Clock } from './clock.ts';
import { EngineUnavailable } from './desk.ts';
import { LeverageReadings } from './leverage-readings.ts';

export interface EngineAccount {
  readonly accountId: AccountId;
  readonly venue: Venue;
  readonly mode: AccountMode;
  readonly gateway: Gateway;
  /** Identifies the keys and addresses that the gateway was made with: a different id requires a new gateway. */
  readonly connectionId: string;
  /** The simulator instance behind a paper account; null for real venues. */
  readonly instance: string | null;
}

/** An account that the engine trades on. */
export interface ActiveAccount extends Pick<EngineAccount, 'accountId' | 'venue' | 'mode'> {
  /** Replaced while the engine runs: a request under way keeps the gateway that it went through. */
  gateway: Gateway;
  connectionId: string;
  instance: string | null;
  /** Whether its gateway has started. */
  started: boolean;
}

/** The share of its value that an asset counts with as collateral. */
interface CollateralRate {
  readonly accountId: AccountId;
  readonly asset: Asset;
  readonly rate: Decimal;
}

export interface AccountsOptions {
  readonly accounts: readonly EngineAccount[];
  /** Accounts that the portfolio had and has no more; none unless given. */
  readonly removed?: readonly AccountId[];
  readonly clock: Clock;
  /** The state as decided so far. */
  readonly state: () => PortfolioState;
  /** The limits in force for orders on an instrument of an account. */
  readonly limits: (subject: LimitSubject) => RiskLimits;
  /** The price of an asset in settle units; null where it is not known. */
  readonly priceAt: (accountId: AccountId, asset: Asset) => Decimal | null;
  /** The rates of an order in a quote asset of an account, and of everything that is held or open. */
  readonly conversions: (accountId: AccountId, quote: Asset) => Conversions;
  /** Why no new risk may be taken; null when it may. */
  readonly halted: () => string | null;
}

export class Accounts {
  readonly #options: AccountsOptions;
  readonly #accounts = new Map<AccountId, ActiveAccount>();
  readonly #leaving = new Set<AccountId>();
  readonly #removed: Set<AccountId>;
  /** By `positionKey`. */
  readonly #venuePositions = new Map<string, PositionReport>();
  /** The shares of their value that assets count with as collateral, by `balanceKey`. */
  readonly #collateralRates = new Map<string, CollateralRate>();
  readonly #margins = new Map<AccountId, MarginReading>();
  /** Confirmed settings that no reading has shown yet, by instrument. */
  readonly #confirmed = new Map<string, readonly { readonly at: TimeMs; readonly change: SettingChange }[]>();

  readonly #leverageReadings: LeverageReadings;

  constructor(options: AccountsOptions) {
    this.#options = options;
    this.#removed = new Set(options.removed);
    this.#leverageReadings = new LeverageReadings(options.clock);
    for (const account of options.accounts) this.put(account);
  }

  put(wanted: EngineAccount): ActiveAccount {
    const account = { ...wanted, started: false };
    this.#accounts.set(account.accountId, account);
    this.#removed.delete(account.accountId);
    return account;
  }

  /** The account takes no new orders; requests under way still find its gateway until `remove`. */
  beginRemoval(accountId: AccountId): void {
    this.#leaving.add(accountId);
  }

  /** The account takes new orders again. */
  endRemoval(accountId: AccountId): void {
    this.#leaving.delete(accountId);
  }

  /** Whether the portfolio has the account, also while it is being removed. */
  has(accountId: AccountId): boolean {
    return this.#accounts.has(accountId);
  }

  /**
   * The accounts that the portfolio has no more: what they hold is nobody's here. One that is being removed, is not connected, or
   * that only another node has added so far is not among them.
   */
  get removed(): ReadonlySet<AccountId> {
    return this.#removed;
  }

  /** Drops the gateway and its readings; the account's orders, positions and balances stay in the state. */
  remove(accountId: AccountId): void {
    this.#accounts.delete(accountId);
    this.#removed.add(accountId);
    this.#leaving.delete(accountId);
    this.#margins.delete(accountId);
    this.#leverageReadings.forget(accountId);
    for (const kept of [this.#venuePositions, this.#collateralRates, this.#confirmed])
      for (const key of kept.keys()) if (key.startsWith(`${accountId} `)) kept.delete(key);
  }

  /** Also undefined for an account that is being removed. */
  get(accountId: AccountId): ActiveAccount | undefined {
    return this.#leaving.has(accountId) ? undefined : this.#accounts.get(accountId);
  }

  /** Without accounts that are being removed. */
  all(): readonly ActiveAccount[] {
    return [...this.#accounts.values()].filter(({ accountId }) => !this.#leaving.has(accountId));
  }

  /** The gateway once it has started. */
  startedGateway(accountId: AccountId): Gateway | undefined {
    const account = this.#accounts.get(accountId);
    return account?.started === true ? account.gateway : undefined;
  }

  instrument(accountId: AccountId, symbol: InstrumentSymbol): Instrument | undefined {
    return this.#accounts.get(accountId)?.gateway.instrument(symbol);
  }

  /** The last quote, however old; the call subscribes to the instrument's quotes. */
  knownQuote(accountId: AccountId, symbol: InstrumentSymbol): Quote | undefined {
    return this.#accounts.get(accountId)?.gateway.quote(symbol);
  }

  /** A quote no older than orders may be placed on; null when none can be had. */
  async freshQuote(accountId: AccountId, symbol: InstrumentSymbol): Promise<Quote | null> {
    const account = this.#accounts.get(accountId);
    const staleQuoteMs = this.staleQuoteMs(accountId, symbol);
    if (account?.started !== true || staleQuoteMs === undefined) return null;
    const answer = await account.gateway.freshQuote(symbol, staleQuoteMs);
    return answer.kind === 'ok' ? answer.value : null;
  }

  /** The age at which a quote is too old to decide on; undefined for an account that the portfolio does not have. */
  staleQuoteMs(accountId: AccountId, symbol: InstrumentSymbol): number | undefined {
    const account = this.#accounts.get(accountId);
    return account === undefined
      ? undefined
      : this.#options.limits({ accountId, venue: account.venue, symbol }).staleQuoteMs;
  }

  /** Whether a market has reached a stop by a price no older than `maxAgeMs`, which is read unless it is known; null without one. */
  async isReachedWithin(stop: Order, maxAgeMs: number): Promise<boolean | null> {
    const answer = await this.startedGateway(stop.accountId)?.freshQuote(stop.symbol, maxAgeMs);
    if (answer?.kind !== 'ok') return null;
    const limits = { staleQuoteMs: maxAgeMs };
    const price = freshMarketPriceFor(stop, { quote: answer.value, at: this.#options.clock.now(), limits });
    return price === null ? null : isReached(stop, price);
  }

  /** Reads the quote of a market unless one is known that is at most `maxAgeMs` old. */
  async quoteWithin(accountId: AccountId, symbol: InstrumentSymbol, maxAgeMs: number): Promise<void> {
    await this.startedGateway(accountId)?.freshQuote(symbol, maxAgeMs);
  }

  /**
   * Asks for the leverage of a side of a swap under a limit where no reading has shown it; without an answer it stays unknown. Of a
   * hedged swap a venue may list the side alone that is open.
   */
  async readLeverage(
    { accountId, venue, gateway }: ActiveAccount,
    instrument: Instrument,
    side: PositionSide,
  ): Promise<void> {
    const { kind, symbol } = instrument;
    if (kind !== 'linear_swap') return;
    if (this.#options.limits({ accountId, venue, symbol }).maxLeverage === null) return;
    const shown = this.venuePosition(accountId, symbol, side)?.leverage ?? null;
    if (shown === null) await this.#leverageReadings.read(accountId, gateway, symbol);
  }

  /** Asks a venue for the settings of a swap now; they are known for a while then, also while no reading of positions shows them. */
  async readSwapSettings(accountId: AccountId, symbol: InstrumentSymbol): Promise<ReadAnswer<SwapSettings>> {
    const gateway = this.startedGateway(accountId);
    if (gateway === undefined)
      return { kind: 'failed', reason: 'unreachable', detail: 'the exchange has not answered yet' };
    return this.#leverageReadings.ask(accountId, gateway, symbol);
  }

  /** The settings of a swap as a reading of its position shows them, or as the venue was asked for them a while ago; null where neither is. */
  swapSettings(accountId: AccountId, symbol: InstrumentSymbol, side?: PositionSide): SwapSettings | null {
    return this.venuePosition(accountId, symbol, side) ?? this.#leverageReadings.settings(accountId, symbol);
  }

  /** The venue says that settings of the account are others: leverage that was asked for before is not known any more. */
  forgetLeverage(accountId: AccountId): void {
    this.#leverageReadings.forget(accountId);
  }

  /** Throws `EngineUnavailable` until the venue has shown the account's balances. */
  requireConnected(account: ActiveAccount): void {
    const books = this.#options.state().accounts.get(account.accountId);
    if (!account.started || books?.balancesKnown !== true) {
      throw new EngineUnavailable(
        'venue_unreachable',
        `${account.venue} has not answered yet since the start; nothing was journaled`,
        1_000,
      );
    }
  }

  /** The position as the venue last showed it; of a flat hedged position, that of its instrument. */
  venuePosition(
    accountId: AccountId,
    symbol: InstrumentSymbol,
    side: PositionSide = 'net',
  ): PositionReport | null {
    return (
      this.#venuePositions.get(positionKey(accountId, symbol, side)) ??
      this.#venuePositions.get(instrumentKey(accountId, symbol)) ??
      null
    );
  }

  /**
   * Replaces the readings of the account's swaps. A setting that was confirmed after the reading began is kept, since the
   * reading may show the value before it.
   */
  setVenuePositions(accountId: AccountId, reports: readonly PositionReport[], startedAt: TimeMs): void {
    for (const key of this.#venuePositions.keys())
      if (key.startsWith(`${accountId} `)) this.#venuePositions.delete(key);
    for (const report of reports) {
      const key = instrumentKey(accountId, report.symbol);
      if (report.leverage !== null)
        this.#leverageReadings.noteShown(accountId, report.symbol, report.positionSide, report.leverage);
      // One that lies ahead was confirmed before the clock was set back, and so before the reading.
      const now = this.#options.clock.now();
      const confirmed = (this.#confirmed.get(key) ?? []).filter(({ at }) => at >= startedAt && at <= now);
      if (confirmed.length === 0) this.#confirmed.delete(key);
      else this.#confirmed.set(key, confirmed);
      this.#venuePositions.set(
        positionKey(accountId, report.symbol, report.positionSide),
        confirmed.reduce((position, { change }) => withSetting(position, change), report),
      );
    }
  }

  /** Applies a setting that the venue has confirmed, before the next reading shows it. */
  confirmSetting(accountId: AccountId, change: SettingChange): void {
    if (change.setting === 'position_mode') return;
    this.#leverageReadings.forget(accountId, change.symbol);
    const key = instrumentKey(accountId, change.symbol);
    const others = (this.#confirmed.get(key) ?? []).filter(
      (noted) => noted.change.setting !== change.setting,
    );
    this.#confirmed.set(key, [...others, { at: this.#options.clock.now(), change }]);
    for (const side of POSITION_SIDES) {
      const ofSide = positionKey(accountId, change.symbol, side);
      const known = this.#venuePositions.get(ofSide);
      if (known !== undefined) this.#venuePositions.set(ofSide, withSetting(known, change));
    }
  }

  /** Replaces the rates at which the venue counts an account's assets as collateral. */
  setCollateralRates(accountId: AccountId, reports: readonly BalanceReport[]): void {
    for (const [key, rate] of this.#collateralRates)
      if (rate.accountId === accountId) this.#collateralRates.delete(key);
    const wallets = this.#accounts.get(accountId)?.gateway.wallets ?? [];
    const pooled = wallets.filter(({ collateral }) => collateral === 'all_assets');
    for (const { wallet, asset, collateralRate } of reports) {
      // A price that is asked for is subscribed to: only where assets are collateral together is it needed.
      if (!pooled.some((declared) => declared.wallet === wallet)) continue;
      const rate = collateralRate ?? Decimal.zero;
      this.#collateralRates.set(balanceKey(accountId, wallet, asset), { accountId, asset, rate });
    }
  }

  /**
   * Replaces the reading of the account's margin, unless the one that is kept began later. One that lies ahead of the clock began
   * before it was set back.
   */
  setMargins(accountId: AccountId, reading: MarginReading): void {
    const kept = this.#margins.get(accountId);
    const isLater =
      kept !== undefined && kept.readAt > reading.readAt && kept.readAt <= this.#options.clock.now();
    if (this.#accounts.has(accountId) && !isLater) this.#margins.set(accountId, reading);
  }

  /** The last reading of margin of each account, however old. */
  margins(): ReadonlyMap<AccountId, MarginReading> {
    return this.#margins;
  }

  /** The worth of the assets of wallets whose assets are collateral together, by `balanceKey`, as far as prices are known. */
  collateralWorth(): ReadonlyMap<string, CollateralWorth> {
    const worth = new Map<string, CollateralWorth>();
    for (const [key, { accountId, asset, rate }] of this.#collateralRates) {
      const price = this.#options.priceAt(accountId, asset);
      if (price !== null) worth.set(key, { asCollateral: price.multiply(rate), asDebt: price });
    }
    return worth;
  }

  /** The marks of every instrument with a position, also one of a strategy, or an open order. */
  marks(): ReadonlyMap<string, Decimal> {
    return this.#marksOf((quote) => quote.mark);
  }

  /** As `marks`, with the keys of those that are older than `OLDEST_MARK_MS` at `at`. */
  agedMarks(at: TimeMs): Pick<MarketContext, 'marks' | 'oldMarks'> {
    const oldMarks = new Set<string>();
    const marks = this.#marksOf(({ mark, markAt }, key) => {
      if (mark !== null && (markAt === null || at - markAt > OLDEST_MARK_MS)) oldMarks.add(key);
      return mark;
    });
    return { marks, oldMarks };
  }

  /** As `marks`, for what the service does by itself: no jump that nothing has confirmed. */
  confirmedMarks(): ReadonlyMap<string, Decimal> {
    return this.#marksOf((quote) => quote.confirmedMark);
  }

  #marksOf(markOf: (quote: Quote, key: string) => Decimal | null): ReadonlyMap<string, Decimal> {
    const state = this.#options.state();
    const marks = new Map<string, Decimal>();
    const add = (accountId: AccountId, symbol: InstrumentSymbol): void => {
      const key = instrumentKey(accountId, symbol);
      if (marks.has(key)) return;
      const quote = this.knownQuote(accountId, symbol);
      const mark = quote === undefined ? null : markOf(quote, key);
      if (mark !== null) marks.set(key, mark);
    };
    for (const position of state.positions.values())
      if (!position.netQuantity.isZero()) add(position.accountId, position.symbol);
    for (const group of openGroups(state)) add(group.accountId, group.symbol);
    // Two strategies may hold what nets to nothing on the account.
    for (const { position } of state.strategyBooks.values())
      if (!position.netQuantity.isZero()) add(position.accountId, position.symbol);
    return marks;
  }

  leverages(): ReadonlyMap<string, Decimal> {
    const leverages = new Map<string, Decimal>(this.#leverageReadings.known());
    for (const [key, { leverage }] of this.#venuePositions)
      if (leverage !== null) leverages.set(key, leverage);
    return leverages;
  }

  /** The market context of a decision on this instrument now; `fetched` is used where the stream has no quote. */
  context(account: ActiveAccount, instrument: Instrument, fetched: Quote | null): MarketContext {
    const { clock, limits, halted, conversions } = this.#options;
    const at = clock.now();
    return {
      at,
      venueAt: account.gateway.venueNow(),
      instrument,
      capabilities: capabilitiesFor(account, instrument),
      quote: account.gateway.quote(instrument.symbol) ?? fetched,
      limits: limits({ accountId: account.accountId, venue: account.venue, symbol: instrument.symbol }),
      ...this.agedMarks(at),
      leverages: this.leverages(),
      margins: this.#margins,
      removedAccounts: this.#removed,
      collateralWorth: this.collateralWorth(),
      halted: halted(),
      ...conversions(account.accountId, instrument.quote),
    };
  }

  settingOf(accountId: AccountId, symbol: InstrumentSymbol): OrderSetting | null {
    const account = this.#accounts.get(accountId);
    const instrument = account?.gateway.instrument(symbol);
    if (account === undefined || instrument === undefined) return null;
    return walletFor(account.gateway.wallets, instrument.kind) === null
      ? null
      : settingFor(account, instrument);
  }
}

/** The capabilities of an account for an instrument. Throws `RangeError` for a kind that it cannot trade. */
export function capabilitiesFor(
  { venue, gateway }: Pick<EngineAccount, 'venue' | 'gateway'>,
  { symbol, kind }: Instrument,
): KindCapabilities {
  const capabilities = gateway.capabilities.kinds[kind];
  if (capabilities === null) throw new RangeError(`${venue} lists ${symbol} but cannot trade ${kind}`);
  return capabilities;
}

/** An order's setting on an account. Throws `RangeError` for a kind of instrument that the account has no wallet for. */
export function settingFor(
  { venue, mode, gateway }: Pick<EngineAccount, 'venue' | 'mode' | 'gateway'>,
  { symbol, kind, base, quote }: Instrument,
): OrderSetting {
  const wallet = walletFor(gateway.wallets, kind);
  if (wallet === null) throw new RangeError(`${venue} lists ${symbol} but the account has no wallet for it`);
  return { venue, mode, kind, wallet, base, quote };
}

function withSetting(position: PositionReport, change: SettingChange): PositionReport {
  switch (change.setting) {
    case 'leverage':
      return { ...position, leverage: change.leverage };
    case 'margin_mode':
      return { ...position, marginMode: change.marginMode };
    case 'position_mode':
      return position;
  }
}
