/**
 * The listed products as the neutral exchange trades them, Coinbase's rules as policy, and how symbols are named and printed.
 *
 * Entry points: `COINBASE_INSTRUMENTS`, `coinbasePolicy`, `listingOf`, `listingNamed`, `idOf`. Sources: "Create Order", "List Orders" and
 * "List Public Products" of the Advanced Trade API.
 */
import { createHash } from 'node:crypto';
import { Decimal, decimal } from '../../core/decimal.ts';
import type { Instrument } from '../exchange/instrument.ts';
import type { MarketPolicy, VenuePolicy } from '../exchange/policy.ts';
import { offeredLiquidity } from '../market/offered-liquidity.ts';
import { Listings } from '../wire/listings.ts';
import { COINBASE_PRODUCTS, QUOTE_MIN_SIZE, type CoinbaseProduct } from './symbols.ts';
import type { UndecidedBehaviour } from './undecided.ts';

/** "JWTs expire after 2 minutes". */
export const TOKEN_LIFETIME_MS = 120_000;
/** `LIMIT_PRICE_TOO_FAR_FROM_MARKET` is a reason of refusals; how far is not said. */
const PRICE_BAND = { lowest: decimal('0.2'), highest: decimal('5'), oneSided: true };
/** No limit of open orders is stated. */
const NO_LIMIT = 100_000;

/** A product with its name at the exchange. */
export interface Listing {
  readonly product: CoinbaseProduct;
  readonly id: string;
  /** `BTC/USD`. */
  readonly unified: string;
  /** The product and the name of the market in whose book it trades. */
  readonly bookId: string;
  readonly bookUnified: string;
}

const unifiedOf = (id: string): string => id.replace('-', '/');

export const LISTINGS: readonly Listing[] = COINBASE_PRODUCTS.map((product) => ({
  product,
  id: product.id,
  unified: unifiedOf(product.id),
  bookId: product.aliasOf ?? product.id,
  bookUnified: unifiedOf(product.aliasOf ?? product.id),
}));

const listings = new Listings(LISTINGS, ({ id }) => id);

/** The listing of a unified symbol of this venue. */
export const listingOf = (unified: string): Listing => listings.of(unified);

/** The listing that a request names, or undefined. */
export function listingNamed(id: string): Listing | undefined {
  return listings.named(id);
}

export const COINBASE_INSTRUMENTS: readonly Instrument[] = LISTINGS.map(
  ({ product, unified, bookUnified }): Instrument => ({
    symbol: unified,
    marketType: 'spot',
    base: product.base,
    quote: product.quote,
    priceTick: product.priceIncrement,
    quantityStep: product.baseIncrement,
    minQuantity: product.baseIncrement,
    maxQuantity: product.baseMaxSize,
    maxMarketQuantity: null,
    minNotional: QUOTE_MIN_SIZE,
    costStep: product.priceIncrement,
    contractSize: Decimal.one,
    priceBand: PRICE_BAND,
    maxOpenOrders: NO_LIMIT,
    maxUntriggeredOrders: NO_LIMIT,
    swap: null,
    liquidity: offeredLiquidity(product),
    ...(bookUnified === unified ? {} : { sharesBookOf: bookUnified }),
  }),
);

/**
 * An order by its client id is never doubled, whatever became of the first one; fees are in quote, and the amount of a purchase by
 * `quote_size` has them in it. The policy of swaps stands for completeness: none is listed.
 */
export function coinbasePolicy({ duplicateId, rejectsLate }: UndecidedBehaviour): VenuePolicy {
  const market: MarketPolicy = {
    clientOrderId: {
      onDuplicate: duplicateId === 'existing' ? 'return_existing' : 'refuse',
      knownWhile: 'ever',
      forMs: null,
      scope: 'account',
    },
    lookUp: { unfilledForMs: null, finishedForMs: null, clientOrderIdEndsWithOrder: false },
    requestLifetime: { defaultMs: TOKEN_LIFETIME_MS, maxMs: TOKEN_LIFETIME_MS, aheadMs: 1 },
    fees: { maker: decimal('0.006'), taker: decimal('0.012') },
    spotFeesIn: 'quote_within_cost',
    // Values of orders and balances come with sixteen digits (`filled_value` 4.9603174603174603), more than any product has.
    spotCostIsExact: true,
    feeCoin: null,
    wallet: 'spot',
    orderIds: 'uuid',
    conditionalIdsFrom: null,
    postOnlyWouldTake: 'refuse',
    unfilledRest: 'canceled',
    alreadyTriggered: 'refuse',
    onTrigger: 'same_order',
    triggeredClientOrderId: 'same',
    defaultSelfTradePrevention: 'none',
    rejectsLate,
    collateralRates: null,
  };
  return { spot: market, swap: market };
}

/** A UUID that the same words always give. */
export function idOf(...words: readonly string[]): string {
  const hex = createHash('sha256').update(words.join(' ')).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/** The id of a trade that the exchange counts in the book of the symbol. */
export function tradeIdOf({
  symbol,
  tradeId,
}: {
  readonly symbol: string;
  readonly tradeId: string;
}): string {
  return idOf('trade', listingOf(symbol).bookId, tradeId);
}
