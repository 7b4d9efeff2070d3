/**
 * The listed pairs as the neutral exchange trades them, KuCoin's rules of spot as policy, and how pairs are named.
 *
 * Entry points: `SPOT_INSTRUMENTS`, `spotPolicy`, `listingOf`, `listingNamed`. Sources: "Add Order", "Get Order By OrderId" and "Get All
 * Symbols" of the documentation, "Handling Fees" of its terms; for how long orders are found, "Get Order Details" of the unified account.
 */
import { Decimal, decimal } from '../../../core/decimal.ts';
import type { Instrument } from '../../exchange/instrument.ts';
import type { ClientOrderIdPolicy, MarketPolicy } from '../../exchange/policy.ts';
import { offeredLiquidity } from '../../market/offered-liquidity.ts';
import { Listings, spotSymbol } from '../../wire/listings.ts';
import type { UndecidedBehaviour } from '../undecided.ts';
import { SPOT_SYMBOLS, type SpotSymbol } from './symbols.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;

/** A pair with its name at the exchange. */
export interface SpotListing {
  readonly symbol: SpotSymbol;
  /** `BTC-USDT` */
  readonly id: string;
  /** `BTC/USDT` */
  readonly unified: string;
}

export const SPOT_LISTINGS: readonly SpotListing[] = SPOT_SYMBOLS.map((symbol) => ({
  symbol,
  id: symbol.id,
  unified: spotSymbol(symbol),
}));

const listings = new Listings(SPOT_LISTINGS, ({ id }) => id);

/** The listing of a unified symbol of spot. */
export const listingOf = (unified: string): SpotListing => listings.of(unified);

/** The listing that a request names, or undefined. */
export function listingNamed(id: string): SpotListing | undefined {
  return listings.named(id);
}

export const SPOT_INSTRUMENTS: readonly Instrument[] = SPOT_LISTINGS.map(
  ({ symbol, unified }): Instrument => ({
    symbol: unified,
    marketType: 'spot',
    base: symbol.base,
    quote: symbol.quote,
    priceTick: symbol.priceIncrement,
    quantityStep: symbol.baseIncrement,
    minQuantity: symbol.baseMinSize,
    maxQuantity: symbol.baseMaxSize,
    maxMarketQuantity: null,
    minNotional: symbol.minFunds,
    costStep: symbol.quoteIncrement,
    contractSize: Decimal.one,
    // "When the price of the limit order is outside the threshold range, the price protection mechanism will be triggered".
    priceBand: {
      lowest: Decimal.one.subtract(symbol.priceLimitRate),
      highest: Decimal.one.add(symbol.priceLimitRate),
      oneSided: true,
    },
    // "The maximum active orders for a single trading pair in one account is 200".
    maxOpenOrders: 200,
    maxUntriggeredOrders: 200,
    swap: null,
    liquidity: offeredLiquidity(symbol),
  }),
);

/** "KC-API-TIMESTAMP Invalid -- Time differs from server time by more than 5 seconds". */
export const REQUEST_LIFETIME = { defaultMs: 5_000, maxMs: 5_000, aheadMs: 5_000 } as const;

export function clientOrderIdPolicy({
  duplicateIdWhile,
}: Pick<UndecidedBehaviour, 'duplicateIdWhile'>): ClientOrderIdPolicy {
  return duplicateIdWhile === 'never'
    ? { onDuplicate: 'accept', knownWhile: 'open', forMs: null, scope: 'account' }
    : { onDuplicate: 'refuse', knownWhile: duplicateIdWhile, forMs: null, scope: 'account' };
}

/** Ids of 24 hexadecimal digits: these five, and a number of nineteen. */
const ORDER_ID_PREFIX = '670fd';

/** A post-only order that would take is accepted and canceled by the engine. Fees are in quote, on purchases too (`feeCurrency`). */
export function spotPolicy(undecided: UndecidedBehaviour): MarketPolicy {
  return {
    clientOrderId: clientOrderIdPolicy(undecided),
    lookUp: { unfilledForMs: 2 * DAY_MS, finishedForMs: 7 * DAY_MS, clientOrderIdEndsWithOrder: false },
    requestLifetime: REQUEST_LIFETIME,
    fees: { maker: decimal('0.001'), taker: decimal('0.001') },
    spotFeesIn: 'quote',
    feeCoin: null,
    wallet: 'spot',
    orderIds: 'per_venue',
    orderIdPrefix: ORDER_ID_PREFIX,
    conditionalIdsFrom: null,
    postOnlyWouldTake: 'canceled',
    unfilledRest: 'canceled',
    alreadyTriggered: 'refuse',
    onTrigger: 'same_order',
    triggeredClientOrderId: 'none',
    // "It is not selected by default".
    defaultSelfTradePrevention: 'none',
    rejectsLate: undecided.rejectsLate,
    collateralRates: null,
  };
}
