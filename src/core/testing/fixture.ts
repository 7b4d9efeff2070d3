/**
 * A portfolio in memory for tests of core: instruments, requests and a market to start from, and `Desk`, which
 * decides inputs as the writer does and keeps what a journal would keep, as JSON text.
 */
import { expect } from 'vitest';
import {
  SEPARATE_WALLETS,
  walletFor,
  type Collateral,
  type Wallet,
  type WalletDeclaration,
} from '../balance/wallet.ts';
import { Decimal, decimal } from '../decimal.ts';
import {
  accountId,
  asset,
  instrumentSymbol,
  orderId,
  tradeId,
  venueClientOrderId,
  venueOrderId,
  type OrderId,
  type TimeMs,
} from '../ids.ts';
import type { Instrument, Quote } from '../instrument.ts';
import type { Order, OrderRequest } from '../order/order.ts';
import type { OrderStatus } from '../order/transitions.ts';
import { decodeEvent, encodeEvent } from '../portfolio/codec.ts';
import { decide, type Input, type Reply } from '../portfolio/decide.ts';
import { Draft, type Effect } from '../portfolio/draft.ts';
import type { OrderSetting, PortfolioEvent, PortfolioEventType } from '../portfolio/events.ts';
import { evolve } from '../portfolio/evolve.ts';
import { decodeState, encodeState } from '../portfolio/snapshot.ts';
import { initialState, orderOf, walletsOf, type PortfolioState } from '../portfolio/state.ts';
import type { JsonObject } from '../json.ts';
import type { Conversions } from '../risk/conversion.ts';
import { assetKey, instrumentKey } from '../portfolio/keys.ts';
import { entryPrice } from '../position/position.ts';
import type { EquityRecord } from '../risk/equity-record.ts';
import { SECOND_DATUM_AFTER_MS, type FirstDatum } from '../risk/ladder.ts';
import type { LadderState } from '../risk/ladder-step.ts';
import { equityOf, ladderOf } from '../risk/mode-books.ts';
import { DEFAULT_LIMITS, type RiskLimits } from '../risk/limits.ts';
import type { Refusal, RiskRuleName } from '../risk/refusal.ts';
import { review, type Review } from '../risk/review.ts';
import type { MarketContext } from '../risk/rule.ts';
import type { AccountRecord } from '../venue/account-record.ts';
import type { KindCapabilities } from '../venue/capabilities.ts';
import type { LookUpAnswer, SendOutcome } from '../venue/outcome.ts';
import type { BalanceReport, OrderReport, PositionReport, VenueFill } from '../venue/report.ts';

export const ACCOUNT = accountId('acc-1');
export const SPOT = instrumentSymbol('BTC/USDT');
export const SWAP = instrumentSymbol('BTC/USDT:USDT');
/** The account that gains and loses in `readEquity`. */
const OTHER = accountId('acc-2');
/** 2026-01-05T12:00:00Z. */
export const START: TimeMs = 1_767_614_400_000;

export const SPOT_INSTRUMENT: Instrument = {
  venue: 'binance',
  symbol: SPOT,
  kind: 'spot',
  base: asset('BTC'),
  quote: asset('USDT'),
  settle: asset('USDT'),
  tickSize: decimal('0.01'),
  lotSize: decimal('0.001'),
  minQuantity: decimal('0.001'),
  maxQuantity: decimal('10000'),
  maxMarketQuantity: decimal('1000'),
  minNotional: decimal('5'),
  minPrice: decimal('0.01'),
  maxPrice: decimal('1000000'),
  priceBand: null,
  contractSize: decimal('1'),
  makerFeeRate: decimal('0.001'),
  takerFeeRate: decimal('0.001'),
  buyFeeTakenFrom: 'base',
  active: true,
};

/** A market that is quoted in another currency than dollars, without bounds on quantities. */
export const ETH_BTC_INSTRUMENT: Instrument = {
  ...SPOT_INSTRUMENT,
  symbol: instrumentSymbol('ETH/BTC'),
  base: asset('ETH'),
  quote: asset('BTC'),
  settle: asset('BTC'),
  tickSize: decimal('0.00001'),
  minPrice: decimal('0.00001'),
  minNotional: null,
  maxQuantity: null,
  maxMarketQuantity: null,
};

export const SWAP_INSTRUMENT: Instrument = {
  ...SPOT_INSTRUMENT,
  symbol: SWAP,
  kind: 'linear_swap',
  buyFeeTakenFrom: 'quote',
};

export const CAPABILITIES: KindCapabilities = {
  duplicateId: 'refused_while_open',
  requestLifetimeMs: 2_000,
  signedTimeStepMs: 1,
  signedTimeAheadMs: 1_000,
  engineAllowanceMs: 10_000,
  readLagMs: 2_000,
  lookUpRetentionMs: 7_200_000,
  lookUpByClientId: true,
  clientOrderIds: 'letters_and_digits',
  postOnly: true,
  timesInForce: ['GTC', 'IOC', 'FOK'],
  goodTillAheadMs: null,
  nativeStops: true,
  triggeredStopIsNewOrder: true,
  triggers: ['last', 'mark'],
  marketBuyByCost: true,
  marketBuyByQuantity: true,
  reduceOnly: true,
  marketData: { bookDepth: 1_000, trades: 1_000, candles: 1_000, candleIntervals: ['1m', '1h'] },
  setsLeverage: true,
  marginModes: ['cross', 'isolated'],
  positionModes: ['one_way', 'hedged'],
  listsInsurance: true,
};

export const NO_LIMITS: RiskLimits = {
  ...DEFAULT_LIMITS,
  maxPositionNotional: null,
  maxTotalExposure: null,
  maxOrderNotional: null,
  maxOrderQuantity: null,
  maxOpenOrders: null,
  maxOrdersPerWindow: null,
  maxLeverage: null,
  maxDailyLoss: null,
  maxDrawdown: null,
  priceCollarBps: null,
};

/** Of an account that has these wallets. */
export function setting(
  instrument: Instrument = SPOT_INSTRUMENT,
  wallets: readonly WalletDeclaration[] = SEPARATE_WALLETS,
): OrderSetting {
  return {
    venue: instrument.venue,
    mode: 'paper',
    kind: instrument.kind,
    wallet: walletFor(wallets, instrument.kind) ?? instrument.kind,
    base: instrument.base,
    quote: instrument.quote,
  };
}

/** A book around `mark`, one tick wide on each side. */
export function quoteAt(instrument: Instrument, mark: Decimal, receivedAt: TimeMs = START): Quote {
  return {
    symbol: instrument.symbol,
    bid: mark.subtract(instrument.tickSize),
    bidQuantity: decimal('10'),
    ask: mark.add(instrument.tickSize),
    askQuantity: decimal('10'),
    venueAt: receivedAt,
    bookAt: receivedAt,
    mark,
    markSource: instrument.kind === 'spot' ? 'book' : 'venue',
    markAt: receivedAt,
    averagePrice: null,
    averagePriceAt: null,
    confirmedMark: mark,
    confirmedMarkAt: receivedAt,
  };
}

/** Everything is quoted in the base currency. */
export const NO_CONVERSIONS: Conversions = { baseCurrency: asset('USDT'), baseRates: new Map() };

/** One unit of that asset is one of the base currency, on the account of the fixture. */
export function atPar(name: string): Conversions {
  const one = { low: Decimal.one, high: Decimal.one };
  return { ...NO_CONVERSIONS, baseRates: new Map([[assetKey(ACCOUNT, asset(name)), one]]) };
}

/** A quiet market at 100 with no limits set; the time is `at`. */
export function marketContext(given: Partial<MarketContext> = {}): MarketContext {
  const at = given.at ?? START;
  const instrument = given.instrument ?? SPOT_INSTRUMENT;
  return {
    at,
    venueAt: at,
    instrument,
    capabilities: CAPABILITIES,
    quote: quoteAt(instrument, decimal('100'), at),
    limits: NO_LIMITS,
    marks: new Map(),
    leverages: new Map([[instrumentKey(ACCOUNT, SWAP), Decimal.one]]),
    margins: new Map(),
    removedAccounts: new Set(),
    oldMarks: new Set(),
    collateralWorth: new Map(),
    ...NO_CONVERSIONS,
    halted: null,
    ...given,
  };
}

let made = 0;

/** A limit buy of 1 at 100 on spot, with ids of its own. */
export function orderRequest(given: Partial<OrderRequest> = {}): OrderRequest {
  made += 1;
  return {
    orderId: orderId(`o${made}`),
    accountId: ACCOUNT,
    clientOrderId: null,
    venueClientOrderId: venueClientOrderId(`c${made}`),
    symbol: SPOT,
    type: 'limit',
    side: 'buy',
    positionSide: 'net',
    quantity: decimal('1'),
    cost: null,
    price: given.type === 'market' || given.type === 'stop_market' ? null : decimal('100'),
    stopPrice: null,
    trigger: null,
    timeInForce: 'GTC',
    expiresAt: null,
    postOnly: false,
    reduceOnly: false,
    marketProtectionBps: 200,
    sendWithinMs: 30_000,
    strategy: null,
    parentId: null,
    leg: null,
    requestedBy: 'tests',
    idempotency: null,
    ...given,
  };
}

/** The venue's report of `order`, working with nothing filled by default. */
export function reportOf(order: Order, given: Partial<OrderReport> = {}): OrderReport {
  return {
    symbol: order.symbol,
    venueOrderId: order.venueOrderIds[0] ?? venueIdOf(order),
    venueClientOrderId: order.venueClientOrderId,
    status: 'open',
    side: order.side,
    positionSide: order.positionSide,
    quantity: order.quantity,
    price: order.price,
    filledQuantity: decimal('0'),
    triggeredVenueOrderId: null,
    venueReason: '',
    updatedAt: START,
    ...given,
  };
}

export function venueIdOf(order: Pick<Order, 'orderId'>): ReturnType<typeof venueOrderId> {
  return venueOrderId(`v-${order.orderId}`);
}

/** An execution of `order`, by default all of it at its limit (100 without one), without a fee. */
export function fillOf(order: Order, trade: string, given: Partial<VenueFill> = {}): VenueFill {
  return {
    symbol: order.symbol,
    tradeId: tradeId(trade),
    venueOrderId: order.venueOrderIds[0] ?? venueIdOf(order),
    venueClientOrderId: order.venueClientOrderId,
    side: order.side,
    positionSide: order.positionSide,
    sequence: null,
    price: order.price ?? decimal('100'),
    quantity: order.quantity ?? decimal('1'),
    fee: decimal('0'),
    feeAsset: null,
    liquidity: 'taker',
    realizedPnl: null,
    executedAt: START,
    ...given,
  };
}

/** A balance of which all is free by default. */
export function balanceReport(
  wallet: Wallet,
  of: string,
  total: string,
  given: Partial<BalanceReport> = {},
): BalanceReport {
  const free = given.free ?? decimal(total);
  return {
    wallet,
    asset: asset(of),
    total: decimal(total),
    free,
    lockedByOrders: wallet === 'linear_swap' ? null : decimal(total).subtract(free),
    collateralRate: null,
    ...given,
  };
}

/** A net position of the swap, entered and marked at 100. */
export function positionReport(
  given: Partial<PositionReport> & Pick<PositionReport, 'quantity'>,
): PositionReport {
  return {
    symbol: SWAP,
    positionSide: 'net',
    entryPrice: decimal('100'),
    markPrice: decimal('100'),
    leverage: null,
    marginMode: null,
    liquidationPrice: null,
    maintenanceMargin: null,
    isolatedMargin: null,
    unrealizedPnl: null,
    ...given,
  };
}

export function accepted(
  order: Order,
  given: Partial<Extract<SendOutcome, { kind: 'accepted' }>> = {},
): SendOutcome {
  return { kind: 'accepted', venueOrderId: venueIdOf(order), report: null, fills: [], ...given };
}

export interface JournalLine {
  readonly at: TimeMs;
  readonly type: PortfolioEventType;
  /** As the journal's column holds it. */
  readonly payload: string;
}

/** A funding payment on the swap; `given` makes another record of it. */
export function accountRecord(given: Partial<AccountRecord> = {}): AccountRecord {
  return {
    recordId: 'f1',
    kind: 'funding',
    venueKind: 'FUNDING_FEE',
    wallet: 'linear_swap',
    asset: asset('USDT'),
    amount: decimal('-1'),
    symbol: SWAP,
    positionSide: 'net',
    tradeId: null,
    at: START,
    ...given,
  };
}

export interface Decision {
  readonly reply: Reply;
  readonly events: readonly PortfolioEvent[];
  readonly effects: readonly Effect[];
}

/** One portfolio that decides inputs at a time that the test sets. */
export class Desk {
  state: PortfolioState = initialState();
  at: TimeMs = START;
  readonly journal: JournalLine[] = [];
  /** The settings of instruments, for external executions; tests may empty it. */
  readonly settings = new Map<string, OrderSetting>([
    [SPOT, setting(SPOT_INSTRUMENT)],
    [SWAP, setting(SWAP_INSTRUMENT)],
  ]);

  /** An open account with balances known: 1,000,000 USDT and 1,000 BTC on spot, 1,000,000 USDT for swaps. */
  static funded(usdt = '1000000', btc = '1000'): Desk {
    const desk = new Desk();
    desk.openAccount(null);
    desk.run({
      type: 'balances',
      accountId: ACCOUNT,
      comparable: true,
      reports: [
        balanceReport('spot', 'USDT', usdt),
        balanceReport('spot', 'BTC', btc),
        balanceReport('linear_swap', 'USDT', usdt),
      ],
    });
    return desk;
  }

  /** Opens the account, or opens it again, with the simulator instance and the wallets given. */
  openAccount(instance: string | null, wallets: readonly WalletDeclaration[] = SEPARATE_WALLETS): Decision {
    return this.run({
      type: 'account',
      accountId: ACCOUNT,
      venue: 'binance',
      mode: 'paper',
      wallets,
      instance,
    });
  }

  /** As `funded`, of an account whose spot and swaps share one wallet. */
  static unified(collateral: Collateral, usdt = '1000000', btc = '1000'): Desk {
    const desk = new Desk();
    desk.openAccount(null, [{ wallet: 'unified', kinds: ['spot', 'linear_swap'], collateral }]);
    desk.balances([balanceReport('unified', 'USDT', usdt), balanceReport('unified', 'BTC', btc)]);
    return desk;
  }

  /** A reading of the account's balances at the venue. */
  balances(reports: readonly BalanceReport[], comparable = true): Decision {
    return this.run({ type: 'balances', accountId: ACCOUNT, comparable, reports });
  }

  /** A reading of the account's records at the venue, begun now. */
  records(records: readonly AccountRecord[]): Decision {
    return this.run({ type: 'account_records', accountId: ACCOUNT, records, readAt: this.at });
  }

  /** A reading of the account's positions at the venue; the entry price and mark are 100 by default. */
  positions(reports: readonly (Partial<PositionReport> & Pick<PositionReport, 'quantity'>)[]): Decision {
    return this.run({
      type: 'positions',
      accountId: ACCOUNT,
      reports: reports.map((report) => positionReport(report)),
    });
  }

  /** The setting of an instrument on the account as it is now. */
  settingOf(instrument: Instrument): OrderSetting {
    return setting(instrument, walletsOf(this.state, ACCOUNT));
  }

  inItsWallet(known: OrderSetting): OrderSetting {
    return { ...known, wallet: walletFor(walletsOf(this.state, ACCOUNT), known.kind) ?? known.wallet };
  }

  /** The account trades a long and a short position side by side from here on. */
  hedge(): Decision {
    return this.run({ type: 'position_mode', accountId: ACCOUNT, positionMode: 'hedged' });
  }

  run(input: Input): Decision {
    const draft = new Draft(this.state, this.at);
    const reply = decide(draft, input, (_account, symbol) => {
      const known = this.settings.get(symbol);
      return known === undefined ? null : this.inItsWallet(known);
    });
    for (const event of draft.events)
      this.journal.push({ at: this.at, type: event.type, payload: JSON.stringify(encodeEvent(event)) });
    return { reply, events: draft.events, effects: draft.effects };
  }

  /**
   * A reading of the paper accounts' equity in which an account beside this one has made `pnl` by trading; open positions
   * stand at their entry. The first one takes both accounts in, worth `worth`. A step that needs a second reading gets it,
   * 250 ms later, unless `once` says otherwise.
   */
  readEquity(
    pnl: string,
    given: { readonly limits?: RiskLimits; readonly worth?: string; readonly once?: boolean } = {},
  ): Decision {
    const { limits = NO_LIMITS, worth = '1000', once = false } = given;
    if (!this.state.capitals.has(OTHER)) {
      this.force({ type: 'account_opened', accountId: OTHER, venue: 'binance', mode: 'paper' });
      const flat = { netQuantity: Decimal.zero, openCost: Decimal.zero };
      const position = {
        symbol: SWAP,
        positionSide: 'net',
        setting: setting(SWAP_INSTRUMENT),
        ...flat,
      } as const;
      this.force({ type: 'positions_observed', accountId: OTHER, positions: [position] });
      const none = { capital: Decimal.zero, equity: Decimal.zero, baseline: Decimal.zero };
      const equity = decimal(worth);
      const capital = equity.subtract(decimal(pnl));
      for (const [accountId, brought] of [
        [OTHER, { capital, equity, baseline: equity }],
        [ACCOUNT, none],
      ] as const)
        this.force({ type: 'capital_moved', accountId, mode: 'paper', cause: 'joined', ...brought });
    }
    const made = this.state.positions.get(instrumentKey(OTHER, SWAP))?.fundingTotal ?? Decimal.zero;
    const funding = { symbol: SWAP, positionSide: 'net', asset: asset('USDT') } as const;
    const amount = decimal(pnl).subtract(made);
    const id = `pnl-${this.journal.length}`;
    if (!amount.isZero())
      this.force({
        type: 'funding_booked',
        accountId: OTHER,
        funding: { ...funding, id, amount, at: this.at },
      });
    const read = (first: FirstDatum | null): Decision => {
      const prices = [...this.state.positions.values()].flatMap((position) => {
        const price = entryPrice(position);
        const key = instrumentKey(position.accountId, position.symbol);
        return price === null ? [] : [{ key, price, at: this.at }];
      });
      return this.run({ type: 'equity_reading', mode: 'paper', prices, joinable: [], first, limits });
    };
    const decision = read(null);
    const second = decision.reply.kind === 'equity' ? decision.reply.second : null;
    if (second === null || once) return decision;
    this.at += SECOND_DATUM_AFTER_MS;
    return read(second);
  }

  /** The state as a restart reads it back from a snapshot. */
  reopen(): void {
    this.state = decodeState(JSON.parse(JSON.stringify(encodeState(this.state))) as JsonObject);
  }

  /** The last reading of the paper accounts' equity. */
  get equity(): EquityRecord | null {
    return equityOf(this.state, 'paper');
  }

  /** The ladder of the paper accounts. */
  get ladder(): LadderState {
    return ladderOf(this.state, 'paper');
  }

  /** Folds an event in that no input leads to yet. */
  force(event: PortfolioEvent): void {
    evolve(this.state, this.at, event);
    this.journal.push({ at: this.at, type: event.type, payload: JSON.stringify(encodeEvent(event)) });
  }

  place(
    given: Partial<OrderRequest> = {},
    context: Partial<MarketContext> = {},
  ): Decision & { orderId: OrderId } {
    const instrument = given.symbol === SWAP ? SWAP_INSTRUMENT : SPOT_INSTRUMENT;
    const request = orderRequest(given);
    const decision = this.run({
      type: 'place_order',
      request,
      setting: this.settingOf(context.instrument ?? instrument),
      context: marketContext({ at: this.at, instrument, ...context }),
      prior: null,
    });
    return { ...decision, orderId: request.orderId };
  }

  /** The review's verdict on a request, without placing it. */
  review(given: Partial<OrderRequest> = {}, context: Partial<MarketContext> = {}): Review {
    const instrument = context.instrument ?? (given.symbol === SWAP ? SWAP_INSTRUMENT : SPOT_INSTRUMENT);
    const market = marketContext({ at: this.at, instrument, ...context });
    return review(this.state, orderRequest(given), this.settingOf(instrument), market, null);
  }

  /** The refusal that one rule gives; null when it passes. A rule that did not run is a fault of the test. */
  refusalBy(
    rule: RiskRuleName,
    given: Partial<OrderRequest> = {},
    context: Partial<MarketContext> = {},
  ): Refusal | null {
    const run = this.review(given, context).rules.find((each) => each.rule === rule);
    if (run === undefined) throw new RangeError(`${rule} did not run`);
    return run.verdict.refusal;
  }

  /** Holds `quantity` on an instrument: bought, or sold short on the swap, at 100. */
  hold(symbol: typeof SPOT, quantity: string): void {
    const size = decimal(quantity);
    const side = size.isNegative() ? 'sell' : 'buy';
    const order = this.open({ symbol, side, quantity: size.abs() });
    this.fill(order, `hold-${order.orderId}`);
  }

  /** An order that is on its way. */
  submitting(given: Partial<OrderRequest> = {}, context: Partial<MarketContext> = {}): Order {
    const { orderId: id } = this.place(given, context);
    this.expectStatus(id, 'submitting');
    return this.order(id);
  }

  /** An order that the venue has taken. */
  open(given: Partial<OrderRequest> = {}, context: Partial<MarketContext> = {}): Order {
    const order = this.submitting(given, context);
    this.outcome(order, accepted(order));
    this.expectStatus(order.orderId, 'open');
    return this.order(order.orderId);
  }

  outcome(order: Pick<Order, 'orderId'>, outcome: SendOutcome, n?: number): Decision {
    const attempts = this.order(order.orderId).attempts.length;
    return this.run({ type: 'send_outcome', orderId: order.orderId, n: n ?? attempts, outcome, jitter: 1 });
  }

  report(order: Order, given: Partial<OrderReport> = {}): Decision {
    return this.run({
      type: 'order_report',
      accountId: order.accountId,
      report: reportOf(this.order(order.orderId), given),
    });
  }

  fill(order: Order, trade: string, given: Partial<VenueFill> = {}): Decision {
    return this.fills([fillOf(this.order(order.orderId), trade, given)]);
  }

  fills(fills: readonly VenueFill[], cursor: string | null = null): Decision {
    const symbol = fills[0]?.symbol ?? SPOT;
    return this.run({ type: 'fills', accountId: ACCOUNT, symbol, fills, cursor });
  }

  lookUp(
    order: Pick<Order, 'orderId'>,
    answer: LookUpAnswer,
    given: Partial<KindCapabilities> = {},
  ): Decision {
    return this.run({
      type: 'look_up_answer',
      orderId: order.orderId,
      answer,
      capabilities: { ...CAPABILITIES, ...given },
      jitter: 1,
    });
  }

  cancel(order: Pick<Order, 'orderId'>): Decision {
    return this.run({ type: 'cancel_order', orderId: order.orderId, requestedBy: 'tests' });
  }

  order(id: OrderId): Order {
    const order = orderOf(this.state, id);
    if (order === undefined) throw new RangeError(`no such order: ${id}`);
    return order;
  }

  status(order: Pick<Order, 'orderId'>): OrderStatus {
    return this.order(order.orderId).status;
  }

  expectStatus(id: OrderId, status: OrderStatus): void {
    const order = this.order(id);
    expect(order.status, JSON.stringify(order.reason)).toBe(status);
  }

  /** The journal read back and folded anew, and a snapshot written and read, both give this state. */
  expectReplayEqual(): void {
    const live = encodeState(this.state);
    expect(encodeState(this.replayed())).toEqual(live);
    const snapshot = decodeState(JSON.parse(JSON.stringify(live)) as JsonObject);
    expect(encodeState(snapshot)).toEqual(live);
    expect(indexesOf(snapshot)).toEqual(indexesOf(this.state));
    expect(indexesOf(this.replayed())).toEqual(indexesOf(this.state));
  }

  replayed(): PortfolioState {
    const state = initialState();
    for (const { at, type, payload } of this.journal)
      evolve(state, at, decodeEvent(type, JSON.parse(payload) as JsonObject));
    return state;
  }
}

function indexesOf(state: PortfolioState): unknown {
  const sorted = (map: ReadonlyMap<string, unknown>): unknown =>
    [...map].sort(([left], [right]) => (left < right ? -1 : 1));
  return {
    client: sorted(state.byVenueClientOrderId),
    venue: sorted(state.byVenueOrderId),
    keys: sorted(state.byIdempotencyKey),
    unfinished: [...state.unfinished.keys()].sort(),
    finished: [...state.finished.keys()].sort(),
  };
}

export function typesOf(decision: Decision): readonly PortfolioEventType[] {
  return decision.events.map((event) => event.type);
}
