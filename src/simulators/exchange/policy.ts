/**
 * The rules in which venues differ and which decide whether an order is ever doubled or lost from sight:
 * duplicate client ids, how long finished orders can be looked up, how long a signed request lives,
 * and what a venue does with an order that cannot rest. All of it is data that a venue hands in.
 */
import type { Decimal } from '../../core/decimal.ts';
import type { MarketType } from './instrument.ts';

export interface ClientOrderIdPolicy {
  /** The answer to a second create with a known id: a refusal, the first order again, or another order. */
  readonly onDuplicate: 'refuse' | 'return_existing' | 'accept';
  /** Which earlier orders make an id known: those still open, those with no fill yet, or every one. */
  readonly knownWhile: 'open' | 'unfilled' | 'ever';
  /** How long after its creation an earlier order counts, in ms; null: without end. */
  readonly forMs: number | null;
  /** Whether ids are compared within one symbol or over the whole account (of one market type). */
  readonly scope: 'symbol' | 'account';
}

export interface LookUpPolicy {
  /** How long after its last update a canceled or expired order without a fill can be looked up, in ms; null: without end. */
  readonly unfilledForMs: number | null;
  /** How long after its creation any finished order can be looked up, in ms; null: without end. */
  readonly finishedForMs: number | null;
  /** Whether look-up by client id ends at once when the order is finished (the id of a finished order means nothing). */
  readonly clientOrderIdEndsWithOrder: boolean;
  /** Look-ups by client id alone, where they do not find what those by the venue's id do; absent: they do. */
  readonly byClientOrderId?: ClientOrderIdLookUp;
}

/** A client id means its newest order, finished or not; without this, one that is open goes before. */
export interface ClientOrderIdLookUp {
  /** How long after its creation an open order is found, in ms. */
  readonly openForMs: number;
  /** How long after its creation a finished order is found, in ms. */
  readonly finishedForMs: number;
}

export interface RequestLifetimePolicy {
  /** How long a signed request lives when it does not say, in ms. */
  readonly defaultMs: number;
  /** The longest lifetime that a request may ask for, in ms. */
  readonly maxMs: number;
  /** How far a timestamp may lie ahead of the venue's clock, in ms. */
  readonly aheadMs: number;
}

export interface FeeRates {
  readonly maker: Decimal;
  readonly taker: Decimal;
}

/**
 * `unified` is for venues whose spot and swap markets draw on one wallet. Nothing is traded from `funding` (the way in and out)
 * and `earn` (lent out).
 */
export type WalletName = 'spot' | 'swap' | 'unified' | 'funding' | 'earn';

/** The rules that differ per market type (spot, swap) at one venue. */
export interface MarketPolicy {
  readonly clientOrderId: ClientOrderIdPolicy;
  readonly lookUp: LookUpPolicy;
  readonly requestLifetime: RequestLifetimePolicy;
  readonly fees: FeeRates;
  /**
   * The asset of a spot fee: what the order receives, or the quote asset, which a buy then pays on top of its cost;
   * `quote_within_cost`: but a market order by cost has it within. Absent: what is received. Fees of swaps are in the quote asset always.
   */
  readonly spotFeesIn?: 'received' | 'quote' | 'quote_within_cost';
  /** Whether a spot trade moves the exact product of its price and quantity; absent: what eight digits hold of it, rounded down. */
  readonly spotCostIsExact?: true;
  /**
   * The venue's own coin, in which an account may pay its fees, and the part of them that is due then; null: there is none. Its
   * price is that of the coin's market against the fee's asset, else against USDT.
   */
  readonly feeCoin: { readonly asset: string; readonly part: Decimal } | null;
  /** The wallet that this market's orders use; two markets that name the same one share it. */
  readonly wallet: WalletName;
  /**
   * How venue order ids are made: counted per symbol, counted over the market, counted over all markets of the venue (from a number
   * that a double does not hold), or random UUIDs from the seed.
   */
  readonly orderIds: 'per_symbol' | 'per_market' | 'per_venue' | 'uuid';
  /** Stands before the number of every venue order id that is counted; absent: nothing does. */
  readonly orderIdPrefix?: string;
  /**
   * Conditional orders that are objects of their own (`onTrigger` `new_order`): their ids count over the market from this
   * number on; null: as orders do.
   */
  readonly conditionalIdsFrom: number | null;
  /** A post-only order that would take: refused in the answer, or accepted and ended at once with that status. */
  readonly postOnlyWouldTake: 'refuse' | 'canceled' | 'expired' | 'rejected';
  /** How the rest of an IOC, FOK or market order ends. */
  readonly unfilledRest: 'canceled' | 'expired';
  /** A trigger price that the market has already passed: refused in the answer, or triggered at once. */
  readonly alreadyTriggered: 'refuse' | 'trigger';
  /**
   * The effect of a trigger: `same_order` lets the order itself go to work under its own id; `new_order` makes the
   * conditional order `triggered` and creates another venue order with an id of its own.
   */
  readonly onTrigger: 'same_order' | 'new_order';
  /** The client id of the order that a trigger creates (`new_order` only). */
  readonly triggeredClientOrderId: 'same' | 'none';
  /** The mode of self-trade prevention when the order names none. */
  readonly defaultSelfTradePrevention: SelfTradePrevention;
  /**
   * Faults that the venue's answer does not state: the order is accepted, and ends as `rejected` at once. All others are
   * refused in the answer.
   */
  readonly rejectsLate: readonly LateRejection[];
  /**
   * The part of its worth at which each asset of the wallet backs the swaps that settle in it, beside the settle asset itself;
   * null: the settle asset backs them alone. The price of an asset is that of its spot market against the settle asset.
   */
  readonly collateralRates: Readonly<Record<string, Decimal>> | null;
}

/** Faults that a venue may find only after it has accepted an order. */
export type LateRejection = 'insufficient_balance' | 'reduce_only_refused';

/** Which side of a match between two orders of one account ends. `decrement` takes the smaller quantity off both. */
export type SelfTradePrevention = 'none' | 'expire_taker' | 'expire_maker' | 'expire_both' | 'decrement';

export type VenuePolicy = Readonly<Record<MarketType, MarketPolicy>>;

export type RequestLifetimeVerdict = 'in_time' | 'expired' | 'ahead_of_clock' | 'lifetime_too_long';

/**
 * Judges a signed request by the venue's clock. `lifetimeMs` is what the request asked for, null when it did not say.
 * All times in ms since the epoch.
 */
export function judgeRequestLifetime(
  policy: RequestLifetimePolicy,
  request: { readonly timestampMs: number; readonly lifetimeMs: number | null; readonly nowMs: number },
): RequestLifetimeVerdict {
  const lifetimeMs = request.lifetimeMs ?? policy.defaultMs;
  if (lifetimeMs > policy.maxMs) return 'lifetime_too_long';
  if (request.timestampMs >= request.nowMs + policy.aheadMs) return 'ahead_of_clock';
  return request.nowMs - request.timestampMs <= lifetimeMs ? 'in_time' : 'expired';
}
