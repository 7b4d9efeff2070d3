/**
 * The contract of the journal: the append-only record of events, its single writer per portfolio, and the
 * read models that change in the same transaction. PostgreSQL and memory keep it alike (`conformance.ts`).
 *
 * Invariants:
 *  1. `append` resolves `durable` only when the records and the read-model changes survive power loss.
 *  2. Records of a portfolio have consecutive `seq` from 1; each hash covers all columns and the hash before it.
 *  3. Raising the epoch (`claim`) makes every later append under an older epoch `fenced`.
 *  4. One portfolio's fence or conflict never delays or undoes another's append in the same group commit.
 *  5. A lost answer to COMMIT is settled by reading the head: the result is `durable` or `lost`, never a guess.
 */
import type { JsonObject } from '../core/json.ts';
import type { PositionSide } from '../core/order/terms.ts';
import type { Recordable } from '../core/portfolio/codec.ts';
import {
  ACCOUNT_MODES,
  accountId,
  type AccountId,
  type AccountMode,
  type ClientOrderId,
  type InstrumentSymbol,
  type OrderId,
  type PortfolioId,
  type TimeMs,
  type TradeId,
  type Venue,
  type VenueClientOrderId,
  type VenueOrderId,
} from '../core/ids.ts';

export type { JsonObject, JsonValue } from '../core/json.ts';

/** An event before it has a place in the journal. */
export interface NewRecord {
  readonly at: TimeMs;
  readonly type: string;
  readonly payload: Recordable;
}

export interface JournalRecord extends NewRecord {
  readonly payload: JsonObject;
  readonly portfolioId: PortfolioId;
  readonly seq: number;
  /** SHA-256 over the canonical bytes of every other column and `previousHash`, lower-case hex. */
  readonly hash: string;
  readonly previousHash: string;
}

/**
 * A change of a read model, made in the transaction of the events it follows from.
 * Every row is an upsert on its key, so that a rebuild from the journal gives the same bytes; `document` is
 * what the API shows, the other fields are what it is found by.
 */
export type ReadModelChange =
  /**
   * An order that is finished: an unfinished one is kept in memory and in the journal alone. `finished` is false for one
   * that came alive again after it had been reported as finished; no reading finds it then.
   */
  | {
      readonly model: 'order';
      readonly orderId: OrderId;
      readonly accountId: AccountId;
      readonly exchange: Venue;
      readonly symbol: InstrumentSymbol;
      readonly clientOrderId: ClientOrderId | null;
      readonly venueClientOrderId: VenueClientOrderId;
      /** Every venue order id known so far; each is found by `orderByVenueOrderId`. */
      readonly venueOrderIds: readonly VenueOrderId[];
      readonly status: string;
      readonly finished: boolean;
      readonly createdAt: TimeMs;
      readonly updatedAt: TimeMs;
      readonly side: 'buy' | 'sell';
      readonly strategy: string | null;
      readonly document: Recordable;
    }
  | {
      readonly model: 'fill';
      readonly accountId: AccountId;
      readonly symbol: InstrumentSymbol;
      readonly venueOrderId: VenueOrderId;
      readonly tradeId: TradeId;
      /** Null for an execution of an order that is not ours. */
      readonly orderId: OrderId | null;
      readonly executedAt: TimeMs;
      readonly document: Recordable;
    }
  /**
   * The instance name of the simulator behind a paper account. Every name after the first means that it began anew: it
   * counts its ids from the start, and its ids no longer find rows from before.
   */
  | { readonly model: 'account_instance'; readonly accountId: AccountId; readonly instance: string }
  | {
      readonly model: 'position';
      readonly accountId: AccountId;
      readonly symbol: InstrumentSymbol;
      readonly positionSide: PositionSide;
      readonly document: Recordable;
    }
  | {
      readonly model: 'balance';
      readonly accountId: AccountId;
      readonly wallet: string;
      readonly asset: string;
      readonly document: Recordable;
    }
  | {
      readonly model: 'drift';
      readonly driftId: string;
      readonly open: boolean;
      readonly document: Recordable;
    }
  | {
      readonly model: 'equity';
      readonly accountId: AccountId;
      readonly at: TimeMs;
      readonly document: Recordable;
    }
  /** The market at a moment. An observation: it does not follow from the events, and a rebuild leaves it alone. */
  | {
      readonly model: 'quote';
      readonly accountId: AccountId;
      readonly symbol: InstrumentSymbol;
      readonly moment: TimeMs;
      readonly document: JsonObject;
    }
  /** First come, first served: a second row with the same key makes the whole append a `duplicate_key`. */
  | ({
      readonly model: 'idempotency';
      readonly key: string;
    } & KeyFound);

/** The use of an idempotency key. */
export interface KeyFound {
  readonly contentHash: string;
  /** Null for a request that placed no order. */
  readonly orderId: OrderId | null;
  /** The answer to such a request, as JSON text; null where that is not kept, and for an order. */
  readonly answer: string | null;
}

export interface Append {
  readonly portfolioId: PortfolioId;
  readonly epoch: number;
  /** The seq of the last record the writer has seen; the first new record gets the next. */
  readonly expectedSeq: number;
  readonly records: readonly NewRecord[];
  readonly changes: readonly ReadModelChange[];
}

export type AppendResult =
  | { readonly kind: 'durable'; readonly seq: number; readonly hash: string }
  /** Another owner raised the epoch, or the head is not where the writer thinks. Nothing was written. */
  | { readonly kind: 'fenced' }
  /** An idempotency key is taken already. Nothing of this append was written. */
  | { readonly kind: 'duplicate_key'; readonly key: string }
  /** Proven not written after a failure. Every decision built on it is void: reload. */
  | { readonly kind: 'lost'; readonly detail: string }
  /** Not written, since the storage refuses these records or rows themselves: it would refuse them again. */
  | { readonly kind: 'refused'; readonly detail: string };

export type ClaimResult =
  | { readonly kind: 'owned'; readonly epoch: number; readonly seq: number; readonly hash: string }
  /** A living owner holds it; try again after `retryAfterMs`. */
  | { readonly kind: 'owned_elsewhere'; readonly node: string; readonly retryAfterMs: number };

/** A folded state as of `seq`, kept so that recovery does not read the whole journal. */
export interface Snapshot {
  readonly seq: number;
  readonly state: Recordable;
}

export interface LoadedSnapshot {
  readonly seq: number;
  readonly state: JsonObject;
}

export interface Loaded {
  readonly snapshot: LoadedSnapshot | null;
  /** Everything after the snapshot up to the head as of the call, in order, hash chain verified. Throws `JournalCorrupt` where it does not hold. */
  readonly records: AsyncIterable<JournalRecord>;
}

export interface HistoryFilter {
  readonly portfolioId: PortfolioId;
  readonly accountIds?: readonly AccountId[];
  /** An account is of one exchange for ever. */
  readonly exchange?: Venue;
  readonly symbol?: InstrumentSymbol;
  readonly status?: string;
  readonly side?: 'buy' | 'sell';
  readonly strategy?: string;
  /** Bounds on `createdAt`, inclusive and exclusive. */
  readonly since?: TimeMs;
  readonly until?: TimeMs;
  readonly limit: number;
  /** As returned with the page before. */
  readonly cursor?: string;
}

export interface HistoryPage {
  readonly documents: readonly JsonObject[];
  readonly nextCursor: string | null;
}

/** An execution as kept: its document, and what it belongs to. */
export interface StoredFill {
  readonly document: JsonObject;
  readonly accountId: AccountId;
  /** Null for an execution of an order that is not ours. */
  readonly orderId: OrderId | null;
}

export interface FillsPage {
  readonly fills: readonly StoredFill[];
  readonly nextCursor: string | null;
}

/** A cancel that was acknowledged by a node that could not journal it, and does not own the portfolio any more. */
export interface HandedOverCancel {
  readonly orderId: OrderId;
  readonly requestedBy: string;
  /** Left out where the request was about this order alone. */
  readonly why?: string;
  readonly at: TimeMs;
}

/**
 * The writing side. One object per node, shared by all its portfolios.
 * `createPortfolio`, `claim`, `release`, `handOverCancels`, `dropHandedOverCancels` and `append` stay pending while the storage
 * is unavailable and go on when it is back; `load`, `handedOverCancels` and `saveSnapshot` reject then and may be repeated.
 */
export interface Journal {
  /** Makes the portfolio's head if it has none. Idempotent. */
  createPortfolio(portfolioId: PortfolioId): Promise<void>;
  /**
   * Becomes the only writer: raises the epoch and appends `ownership_taken {node, epoch}` before anything else.
   * `at` is our clock; expiry of another's lease is judged by the database's.
   */
  claim(portfolioId: PortfolioId, node: string, at: TimeMs): Promise<ClaimResult>;
  /** Until when (our monotonic clock, milliseconds) this node may act as owner; renewed in the background. */
  ownedUntil(portfolioId: PortfolioId): number;
  /** Gives up ownership, so that another node need not wait. */
  release(portfolioId: PortfolioId): Promise<void>;
  load(portfolioId: PortfolioId): Promise<Loaded>;
  /**
   * Appends in the next group commit. Stays pending while the database is unavailable: the caller sees a stall by its own clock.
   * One append per portfolio may be outstanding. Rejects, with nothing written, an append without records, with a number
   * that JSON does not have (NaN, an infinity), with a time that is no whole number, or one beside an outstanding one;
   * and, with nothing known, an append that was under way when the journal was closed without its database.
   */
  append(append: Append): Promise<AppendResult>;
  /** The state is written down before this returns its promise; it may change from then on. */
  saveSnapshot(portfolioId: PortfolioId, snapshot: Snapshot): Promise<void>;
  /** Hands cancels over to the owner of the portfolio. Durable once resolved; one order's stand once. */
  handOverCancels(portfolioId: PortfolioId, cancels: readonly HandedOverCancel[]): Promise<void>;
  /** The cancels that were handed over, in order of time; a second old at the most, so that it may be asked often. */
  handedOverCancels(portfolioId: PortfolioId): Promise<readonly HandedOverCancel[]>;
  /** Drops those that the owner has journaled. */
  dropHandedOverCancels(portfolioId: PortfolioId, orderIds: readonly OrderId[]): Promise<void>;
  /** Whether the last attempt to reach the storage succeeded. */
  readonly healthy: boolean;
  close(): Promise<void>;
}

declare const fillKeyBrand: unique symbol;
/** Names one execution inside (account, instrument); made by `fillKey` only, so that a bare trade id cannot stand for it. */
export type FillKey = string & { readonly [fillKeyBrand]: true };
/** A self-trade gives both of its orders the same trade id, so the venue's order id is part of the key. */
export const fillKey = (venueOrderId: VenueOrderId, tradeId: TradeId): FillKey =>
  `${venueOrderId}/${tradeId}` as FillKey;

export interface FillsFilter {
  readonly portfolioId: PortfolioId;
  readonly accountId?: AccountId;
  readonly symbol?: InstrumentSymbol;
  /** Bounds on `executedAt`, inclusive and exclusive. */
  readonly since?: TimeMs;
  readonly until?: TimeMs;
  readonly limit: number;
  readonly cursor?: string;
}

/** Stands for all accounts together where a read model is kept by account: readings of equity of earlier releases. */
export const WHOLE_PORTFOLIO: AccountId = accountId('');

/** Stands for the accounts of one mode in the readings of equity. */
export function equityRowsOf(mode: AccountMode): AccountId {
  return accountId(`mode:${mode}`);
}

/** Everything that readings of equity are kept under. */
export const EQUITY_ROWS: readonly AccountId[] = [WHOLE_PORTFOLIO, ...ACCOUNT_MODES.map(equityRowsOf)];

export interface EquityFilter {
  readonly portfolioId: PortfolioId;
  readonly accountId: AccountId;
  /** Bounds on `at`, inclusive and exclusive. */
  readonly since?: TimeMs;
  readonly until?: TimeMs;
  /** One reading of each interval, its last; intervals begin at multiples of it since 1970. 1 gives all. */
  readonly intervalMs: number;
  readonly limit: number;
  readonly cursor?: string;
}

export interface DriftFilter {
  readonly portfolioId: PortfolioId;
  /** Absent: open ones and settled ones. */
  readonly open?: boolean;
  readonly limit: number;
  readonly cursor?: string;
}

export interface RecordPage {
  readonly records: readonly JournalRecord[];
  readonly nextCursor: string | null;
}

export interface RecordFilter {
  readonly portfolioId: PortfolioId;
  /** Bounds on `at`, inclusive and exclusive. */
  readonly since?: TimeMs;
  readonly until?: TimeMs;
  readonly types?: readonly string[];
  /** Who asked, as the record names them (`user/token`), or the user alone. */
  readonly actor?: string;
  /** Only records whose payload names this account, itself or in its drift case. */
  readonly accountId?: AccountId;
  readonly limit: number;
  readonly cursor?: string;
}

/** Records that one page looks through at the most. A page may be short, even empty, and yet have a `nextCursor`. */
export const RECORDS_LOOKED_THROUGH = 5_000;

/** The types of record that `recordsOfType` finds: rare ones, which people cause. */
export type RareRecordType = 'limits_changed' | 'trading_state_set';

/**
 * The reading side: what the API and recovery ask of the read models. Calls reject while the storage is unavailable;
 * a cursor that was not given out by the same call is refused with `CursorInvalid`.
 */
export interface ReadModels {
  /** A finished order; null for any other. So are the two look-ups after it. */
  order(portfolioId: PortfolioId, orderId: OrderId): Promise<JsonObject | null>;
  orderByVenueOrderId(
    portfolioId: PortfolioId,
    accountId: AccountId,
    symbol: InstrumentSymbol,
    venueOrderId: VenueOrderId,
  ): Promise<JsonObject | null>;
  orderByVenueClientOrderId(
    portfolioId: PortfolioId,
    accountId: AccountId,
    venueClientOrderId: VenueClientOrderId,
  ): Promise<JsonObject | null>;
  /** The use of a key: an order, or a request that placed none. */
  idempotency(portfolioId: PortfolioId, key: string): Promise<KeyFound | null>;
  /**
   * The orders under the keys that a request with this key gives to its parts (`keyOfPart`), and under the keys `<key>/…`, which
   * earlier releases gave them, in the order of the keys; the first 1,000 of them.
   */
  idempotencyOfParts(
    portfolioId: PortfolioId,
    key: string,
  ): Promise<readonly { readonly key: string; readonly contentHash: string; readonly orderId: OrderId }[]>;
  /** Finished orders, newest first, by cursor in constant time. */
  history(filter: HistoryFilter): Promise<HistoryPage>;
  fillsOfOrder(portfolioId: PortfolioId, orderId: OrderId): Promise<readonly StoredFill[]>;
  /** Which executions with these trade ids are booked already; ask the answer with `fillKey(venueOrderId, tradeId)`. */
  knownFills(
    portfolioId: PortfolioId,
    accountId: AccountId,
    symbol: InstrumentSymbol,
    tradeIds: readonly TradeId[],
  ): Promise<ReadonlySet<FillKey>>;
  /** Executions, newest first, by cursor in constant time. */
  fills(filter: FillsFilter): Promise<FillsPage>;
  positions(portfolioId: PortfolioId): Promise<readonly JsonObject[]>;
  balances(portfolioId: PortfolioId): Promise<readonly JsonObject[]>;
  /** Readings of equity, newest first, by cursor in constant time for each reading given. */
  equity(filter: EquityFilter): Promise<HistoryPage>;
  /** The market at those of the moments that it was kept of: when a record was journaled, or so long after a fill. */
  quotes(
    portfolioId: PortfolioId,
    accountId: AccountId,
    symbol: InstrumentSymbol,
    moments: readonly TimeMs[],
  ): Promise<ReadonlyMap<TimeMs, JsonObject>>;
  /** Drift cases as last journaled, newest first, by cursor in constant time. */
  drift(filter: DriftFilter): Promise<HistoryPage>;
  /** One case, and whether it is open; null when there never was such a one. */
  driftCase(
    portfolioId: PortfolioId,
    driftId: string,
  ): Promise<{ readonly open: boolean; readonly document: JsonObject } | null>;
  /**
   * The records that name an order, in order: who, when, why, on what numbers. A record names an order where its
   * payload holds, at any depth, `orderId` or `order_id` (a string) or `orderIds` or `order_ids` (strings).
   */
  recordsOfOrder(portfolioId: PortfolioId, orderId: OrderId): Promise<readonly JournalRecord[]>;
  /** The records of one type, newest first, by cursor in constant time. */
  recordsOfType(
    portfolioId: PortfolioId,
    type: RareRecordType,
    limit: number,
    cursor?: string,
  ): Promise<RecordPage>;
  /**
   * Records that fit, newest first by time and `seq`. At most `RECORDS_LOOKED_THROUGH` are read for one page, so that a page
   * costs the same however rare its records are.
   */
  records(filter: RecordFilter): Promise<RecordPage>;
  /** At most `limit` records after `afterSeq`, in order: what a stream that reconnects has missed. */
  recordsAfter(portfolioId: PortfolioId, afterSeq: number, limit: number): Promise<readonly JournalRecord[]>;
}

/** A cursor that no page gave out. */
export class CursorInvalid extends Error {
  override readonly name = 'CursorInvalid';
}

/** A journal that does not add up. Only this stops the process. */
export class JournalCorrupt extends Error {
  override readonly name = 'JournalCorrupt';
}
