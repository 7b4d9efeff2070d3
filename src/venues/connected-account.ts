/**
 * The parts of a connected account that a venue's folder provides to `AccountGateway`.
 *
 * Entry points: `VenueConnector`, `ConnectedAccount`. Only what differs between venues stands here: how a request is
 * put, what an answer proves, where a reading comes from. The promises of every gateway are kept by `AccountGateway`.
 * Every reading rejects with `ReadFailure` or `MalformedAnswer`.
 */
import type { Decimal } from '../core/decimal.ts';
import type { InstrumentSymbol, TimeMs, VenueOrderId } from '../core/ids.ts';
import type { InstrumentKind, Quote } from '../core/instrument.ts';
import type { WalletDeclaration } from '../core/balance/wallet.ts';
import type { AccountRecords } from '../core/venue/account-record.ts';
import type { VenueCapabilities } from '../core/venue/capabilities.ts';
import type {
  Candle,
  CandleInterval,
  CandleSpan,
  DayFigures,
  OrderBook,
  PublicTrade,
} from '../core/venue/market.ts';
import type { CancelOutcome, SendOutcome } from '../core/venue/outcome.ts';
import type {
  BalanceReport,
  FillsCursor,
  FillsPage,
  MarginReport,
  OrderReport,
  PositionReport,
} from '../core/venue/report.ts';
import type { MarginMode, PositionMode, SettingOutcome, SwapSettings } from '../core/venue/setting.ts';
import type { VenueBreaker } from './breaker.ts';
import type { GatewayTimeouts } from './connection.ts';
import type {
  CancelRequest,
  ConnectionState,
  GatewayListener,
  Lane,
  LookUpRequest,
  SendRequest,
} from './gateway.ts';
import type { OrderSearch } from './look-up.ts';
import type { ListedInstrument, Markets } from './markets.ts';
import type { VenueClock } from './venue-clock.ts';
import type { Write } from './write.ts';

/** One venue, for one account that is not connected yet. */
export interface VenueConnector {
  readonly capabilities: VenueCapabilities;
  /** The wallets of the account, as it is set up at the venue. */
  readonly wallets: readonly WalletDeclaration[];
  readonly clock: VenueClock;
  /**
   * Measures the clock, loads the markets, tries the keys and assembles all but the streams' connections. Leaves
   * nothing behind when it rejects.
   */
  connect(request: ConnectRequest): Promise<ConnectedAccount>;
}

export interface ConnectRequest {
  readonly kinds: readonly InstrumentKind[];
  readonly timeouts: GatewayTimeouts;
  readonly listener: GatewayListener;
}

/** One account that is connected. */
export interface ConnectedAccount {
  readonly markets: Markets;
  readonly requests: AccountRequests;
  readonly orders: Orders;
  readonly readings: Readings;
  readonly settings: Settings;
  readonly marketData: MarketData;
  readonly quotes: QuoteSource;
  /** Not open yet. One stream may serve both kinds. */
  readonly privateStreams: ReadonlyMap<InstrumentKind, AccountStream>;
  /** As it was read while connecting; null for an account without swaps. */
  readonly positionMode: PositionMode | null;
  /** Takes in what the venue lists by now. */
  readMarkets(): Promise<void>;
  /** Ends every connection; requests under way are lost. */
  disconnect(): Promise<void>;
}

export interface AccountRequests {
  readonly breaker: VenueBreaker;
  /** 0 to 1. */
  rateBudgetLeft(): number;
  /** Samples the venue's clock in the background. */
  measureClock(): void;
  close(): void;
}

/** Orders and their cancels, as requests that are ready to leave. */
export interface Orders {
  /** Throws `Inexpressible`. */
  create(listed: ListedInstrument, request: SendRequest): Write<SendOutcome>;
  cancel(listed: ListedInstrument, request: CancelRequest): Write<CancelOutcome>;
}

/** Readings of the account. Those of swaps are asked of accounts with swaps only. */
export interface Readings {
  search(listed: ListedInstrument, request: LookUpRequest): OrderSearch;
  /** Null when the venue does not know it. */
  orderByVenueId(listed: ListedInstrument, venueOrderId: VenueOrderId): Promise<OrderReport | null>;
  openOrders(): Promise<readonly OrderReport[]>;
  fills(listed: ListedInstrument, cursor: FillsCursor | null, since: TimeMs): Promise<FillsPage>;
  balances(): Promise<readonly BalanceReport[]>;
  positions(): Promise<readonly PositionReport[]>;
  /** Those of one swap, flat ones too, as the venue shows them where it is asked by name; asked of swaps that `positions` leaves out. */
  positionsOf(listed: ListedInstrument): Promise<readonly PositionReport[]>;
  /** See `Gateway.margins`. */
  margins(): Promise<readonly MarginReport[]>;
  /** See `Gateway.accountRecords`. */
  accountRecords(since: TimeMs): Promise<AccountRecords>;
  positionMode(lane: Lane): Promise<PositionMode>;
  swapSettings(listed: ListedInstrument): Promise<SwapSettings>;
}

/** The settings of swaps, as requests that are ready to leave. Each throws `Inexpressible`. */
export interface Settings {
  leverage(listed: ListedInstrument, leverage: Decimal): Write<SettingOutcome>;
  marginMode(listed: ListedInstrument, marginMode: MarginMode): Write<SettingOutcome>;
  positionMode(positionMode: PositionMode): Write<SettingOutcome>;
}

export interface MarketData {
  book(listed: ListedInstrument, depth: number): Promise<OrderBook>;
  dayFigures(listed: ListedInstrument): Promise<DayFigures>;
  trades(listed: ListedInstrument, limit: number): Promise<readonly PublicTrade[]>;
  candles(listed: ListedInstrument, interval: CandleInterval, span: CandleSpan): Promise<readonly Candle[]>;
}

export interface QuoteSource {
  readonly state: ConnectionState['publicStream'];
  latest(symbol: InstrumentSymbol): Quote | undefined;
  fresh(symbol: InstrumentSymbol, maxAgeMs: number): Promise<Quote>;
  close(): void;
}

export interface AccountStream {
  readonly state: ConnectionState['privateStream'];
  open(): void;
  close(): void;
  /** The venue acknowledged this order: a stream that says nothing of it in time is not to be trusted. */
  expect(symbol: InstrumentSymbol, venueOrderId: VenueOrderId): void;
}
