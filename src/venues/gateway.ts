/**
 * The contract between the engine and a venue: what a gateway can do and what its answers prove.
 *
 * A gateway is our side of one account's connection to its venue. It never decides anything about an order:
 * it carries one request, and says what the answer proves. One path serves paper, testnet and live.
 *
 * Invariants every gateway keeps (the numbered conformance suite in `conformance/` checks each):
 *  1. `send` resolves, always, with one of four outcomes, within its own deadline; it never rejects.
 *  2. `accepted`, `refused` and `not_sent` are proofs; everything else is `unknown`.
 *  3. One `send` call puts at most one create request on the wire. It never retries.
 *  4. The request is signed with `signedAt`, never with now, and is `not_sent` when
 *     `signedAt + requestLifetimeMs` has passed on the venue's clock before it reaches the socket.
 *  5. Nothing is rounded here: a figure that the venue cannot take is a bug upstream.
 *  6. Every possible loss on a private stream is announced by `onGap`.
 *  7. No answer carries a credential.
 *  8. A setting is sent once; an answer that does not prove it is `unknown`, until a reading shows it.
 *  9. No order goes to an account whose position mode does not know the order's position side; `connection` shows the mode.
 */
import type { Decimal } from '../core/decimal.ts';
import type {
  AccountId,
  AccountMode,
  InstrumentSymbol,
  TimeMs,
  Venue,
  VenueClientOrderId,
  VenueOrderId,
} from '../core/ids.ts';
import type { Instrument, Quote } from '../core/instrument.ts';
import type { PositionSide, Side, TimeInForce, TriggerPrice } from '../core/order/terms.ts';
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
import type { CancelOutcome, LookUpAnswer, SendOutcome } from '../core/venue/outcome.ts';
import type {
  BalanceReport,
  FillsCursor,
  FillsPage,
  MarginReport,
  OrderReport,
  PositionReport,
  VenueFill,
} from '../core/venue/report.ts';
import type { MarginMode, PositionMode, SettingOutcome, SwapSettings } from '../core/venue/setting.ts';

/**
 * An order as it goes to the venue: already on the grid, already approved.
 * `type` is what is sent: a protected market order is a `limit` with `IOC` here.
 */
export interface WireOrder {
  readonly symbol: InstrumentSymbol;
  readonly type: 'market' | 'limit' | 'stop_market' | 'stop_limit';
  readonly side: Side;
  /** The position that it trades; `net` on spot and in one-way mode. */
  readonly positionSide: PositionSide;
  /** Base units; null exactly when `cost` is given. */
  readonly quantity: Decimal | null;
  /** Quote units, for a market buy by cost. */
  readonly cost: Decimal | null;
  readonly price: Decimal | null;
  readonly stopPrice: Decimal | null;
  /**
   * Which way the market must move to trigger the order, as its caller said: it decides whether a stop or a take-profit order
   * is sent, wherever the market stands.
   */
  readonly stopDirection: 'up' | 'down' | null;
  readonly trigger: TriggerPrice | null;
  readonly timeInForce: TimeInForce;
  /** For GTD. */
  readonly expiresAt: TimeMs | null;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
}

/** How urgent a request is when the rate budget is short; the first lane is served first. */
export type Lane = 'cancel' | 'look_up' | 'close' | 'new' | 'poll';

export interface SendRequest {
  readonly order: WireOrder;
  readonly venueClientOrderId: VenueClientOrderId;
  /** On the venue's clock, as journaled. */
  readonly signedAt: TimeMs;
  readonly requestLifetimeMs: number;
  /** Reducing orders pass an open breaker. */
  readonly reducing: boolean;
  /** Closing orders have a lane of the rate budget of their own. A spot sale of more than the position is none. */
  readonly closing: boolean;
  /** Aborted by a cancel that overtook this send: then, if it has not reached the socket, it is `not_sent(annulled)`. */
  readonly annul: AbortSignal;
}

export interface CancelRequest {
  readonly symbol: InstrumentSymbol;
  readonly venueClientOrderId: VenueClientOrderId;
  /**
   * Every id that the venue has given the order, as they became known; empty while none is. A triggered stop may have two
   * of them, in either order: its report can be faster than the acknowledgement. Which of them is the order as it is now,
   * and with which call it is asked for, is read from the ids.
   */
  readonly venueOrderIds: readonly VenueOrderId[];
  /** Decides where the order has no id yet: a stop, not known to be triggered, that the venue keeps among its conditional orders. */
  readonly conditional: boolean;
}

export interface LookUpRequest extends CancelRequest {
  /**
   * Whether an absence would count by now. If not, only the direct look-up is asked: the lists behind a proof are dear,
   * and before the request's lifetime has passed they prove nothing.
   */
  readonly thorough: boolean;
  /** The history and fills that an absence is checked over start here (venue clock). */
  readonly since: TimeMs;
}

/** The answer of a read. Reads retry inside the gateway (3, exponential backoff with jitter) before they fail. */
export type ReadAnswer<Value> =
  | {
      readonly kind: 'ok';
      readonly value: Value;
      /** Our clock when the read began. */ readonly startedAt: TimeMs;
      readonly finishedAt: TimeMs;
    }
  | { readonly kind: 'failed'; readonly reason: ReadFailureReason; readonly detail: string };

/** Why a read brought nothing. */
export type ReadFailureReason =
  /** The venue lists no such instrument, or has no such data of it. */
  | 'not_listed'
  /** The rate budget had no room in time; the venue was not asked. */
  | 'rate_budget'
  /** The venue was asked and refused; asking again changes nothing. */
  | 'refused'
  /** No usable answer came, after every attempt. */
  | 'unreachable';

/** The events that a gateway emits. Calls come in the order in which the venue sent them. */
export interface GatewayListener {
  onOrder(report: OrderReport): void;
  onFill(fill: VenueFill): void;
  /** A private stream was (re)connected or may have lost something: reconcile. */
  onGap(reason: string): void;
  onQuote(quote: Quote): void;
  /** The venue says that balances or positions changed for a reason other than our orders. */
  onAccountChanged(): void;
}

export interface ConnectionState {
  readonly privateStream: 'connected' | 'connecting' | 'closed';
  readonly publicStream: 'connected' | 'connecting' | 'closed';
  readonly breaker: 'closed' | 'half_open' | 'open';
  /** Share of the venue's rate allowance still free, 0 to 1. */
  readonly rateBudgetLeft: number;
  /** Venue clock minus ours, milliseconds. */
  readonly clockOffsetMs: number;
  /** Of the account's swaps; null for an account without swaps, and before it is known. */
  readonly positionMode: PositionMode | null;
}

export interface Gateway {
  readonly accountId: AccountId;
  readonly venue: Venue;
  readonly mode: AccountMode;
  readonly capabilities: VenueCapabilities;
  /** The wallets of the account, as it is set up at the venue; the same before and after `start`. */
  readonly wallets: readonly WalletDeclaration[];
  /** Loads markets, measures the clock, opens streams. Rejects when the venue cannot be reached or refuses the keys. */
  start(listener: GatewayListener): Promise<void>;
  stop(): Promise<void>;
  /** Known after `start`; undefined for what the venue does not list. Bare lookup, no IO. */
  instrument(symbol: InstrumentSymbol): Instrument | undefined;
  instruments(): readonly Instrument[];
  /** The freshest quote; undefined until the first. Asking for a symbol subscribes to it. */
  quote(symbol: InstrumentSymbol): Quote | undefined;
  /** Resolves with a quote no older than `maxAgeMs` on our clock, reading one when the stream has none. */
  freshQuote(symbol: InstrumentSymbol, maxAgeMs: number): Promise<ReadAnswer<Quote>>;
  /** Our clock carried over to the venue's, milliseconds. */
  venueNow(): TimeMs;
  connection(): ConnectionState;
  send(request: SendRequest): Promise<SendOutcome>;
  cancel(request: CancelRequest): Promise<CancelOutcome>;
  lookUp(request: LookUpRequest): Promise<LookUpAnswer>;
  /** One order by the venue's own id, ours or not; null when the venue does not know it. Shows whose client id an execution belongs to. */
  orderByVenueId(
    symbol: InstrumentSymbol,
    venueOrderId: VenueOrderId,
  ): Promise<ReadAnswer<OrderReport | null>>;
  /** Every working order of the account, ours or not, conditional ones too. */
  openOrders(): Promise<ReadAnswer<readonly OrderReport[]>>;
  /** Executions on one instrument after `cursor`; `since` (venue clock) starts a first read without one. */
  fills(symbol: InstrumentSymbol, cursor: FillsCursor | null, since: TimeMs): Promise<ReadAnswer<FillsPage>>;
  balances(): Promise<ReadAnswer<readonly BalanceReport[]>>;
  /**
   * Swap positions, and flat swaps whose leverage the venue shows; empty for an account without swaps. A venue that lists open positions
   * alone is asked by name for those of `flatToo` that its list leaves out, so that a flat one is shown as flat. One that is not shown even
   * so is not proven flat: the venue does not list the instrument, or did not answer.
   */
  positions(flatToo?: readonly InstrumentSymbol[]): Promise<ReadAnswer<readonly PositionReport[]>>;
  /** The margin of the cross positions of each wallet with swaps; empty for an account without swaps. */
  margins(): Promise<ReadAnswer<readonly MarginReport[]>>;
  /**
   * The venue's entries of what changed balances, other than executions, that it may have listed since a moment of its clock.
   * A source that lists late repeats what is older, by `RECORDS_LISTED_LATE_MS` at most. Kinds that cannot be read are named.
   */
  accountRecords(since: TimeMs): Promise<ReadAnswer<AccountRecords>>;
  /** The book, at most `depth` levels a side; fewer where the venue shows no more (`marketData.bookDepth`). */
  book(symbol: InstrumentSymbol, depth: number): Promise<ReadAnswer<OrderBook>>;
  /** The last price and the figures of the last 24 hours. */
  dayFigures(symbol: InstrumentSymbol): Promise<ReadAnswer<DayFigures>>;
  /** The last executions of anybody, oldest first, at most `limit`. */
  trades(symbol: InstrumentSymbol, limit: number): Promise<ReadAnswer<readonly PublicTrade[]>>;
  /** Oldest first. */
  candles(
    symbol: InstrumentSymbol,
    interval: CandleInterval,
    span: CandleSpan,
  ): Promise<ReadAnswer<readonly Candle[]>>;
  /** Resolves, always, within its own deadline. */
  setLeverage(symbol: InstrumentSymbol, leverage: Decimal): Promise<SettingOutcome>;
  /** As `setLeverage`. Venues refuse it while the instrument has a position or open orders. */
  setMarginMode(symbol: InstrumentSymbol, marginMode: MarginMode): Promise<SettingOutcome>;
  /** As `setLeverage`, for the whole account. Venues refuse it while there is any position or open order. */
  setPositionMode(positionMode: PositionMode): Promise<SettingOutcome>;
  /** Leverage and margin mode of one swap, flat or not, as the venue shows them. */
  swapSettings(symbol: InstrumentSymbol): Promise<ReadAnswer<SwapSettings>>;
  /** Read from the venue now. */
  positionMode(): Promise<ReadAnswer<PositionMode>>;
}
