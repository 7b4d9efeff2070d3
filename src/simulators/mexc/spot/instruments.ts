/**
 * The spot symbols as the neutral exchange trades them, MEXC's rules of spot as policy, and how symbols are named and printed.
 *
 * Entry points: `SPOT_INSTRUMENTS`, `SPOT_POLICY`, `spotListingOf`, `spotListingNamed`, `spotTradeId`. Sources: "Exchange Information", "New
 * Order", "Query Order", "All Orders", "Signed" and "Spot Account Deals" of the spot v3 documentation.
 */
import { createHash } from 'node:crypto';
import { Decimal, decimal } from '../../../core/decimal.ts';
import type { Instrument } from '../../exchange/instrument.ts';
import type { MarketPolicy } from '../../exchange/policy.ts';
import { offeredLiquidity } from '../../market/offered-liquidity.ts';
import { fixed } from '../../wire/figures.ts';
import { Listings, spotSymbol } from '../../wire/listings.ts';
import { PRICE_BAND, SPOT_FEES, SPOT_SYMBOLS, unitOf, type SpotSymbol } from './symbols.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Amounts of quote are not held to a grid but to so many digits. */
const MOST_SCALE = 8;

/** A symbol with its name at the exchange, and how its figures are printed. */
export interface SpotListing {
  readonly symbol: SpotSymbol;
  readonly id: string;
  /** `BTC/USDT`. */
  readonly unified: string;
  readonly price: (value: Decimal) => string;
  readonly quantity: (value: Decimal) => string;
}

export const SPOT_LISTINGS: readonly SpotListing[] = SPOT_SYMBOLS.map((symbol) => ({
  symbol,
  id: symbol.id,
  unified: spotSymbol(symbol),
  price: (value) => fixed(value, symbol.priceScale),
  quantity: (value) => fixed(value, symbol.quantityScale),
}));

const listings = new Listings(SPOT_LISTINGS, ({ id }) => id);

/** The listing of a unified symbol of this venue. */
export const spotListingOf = (unified: string): SpotListing => listings.of(unified);

/** The listing that a request names, or undefined. */
export function spotListingNamed(id: string): SpotListing | undefined {
  return listings.named(id);
}

export const SPOT_INSTRUMENTS: readonly Instrument[] = SPOT_LISTINGS.map(
  ({ symbol, unified }): Instrument => {
    const step = unitOf(symbol.quantityScale);
    return {
      symbol: unified,
      marketType: 'spot',
      base: symbol.base,
      quote: symbol.quote,
      priceTick: unitOf(symbol.priceScale),
      quantityStep: step,
      minQuantity: symbol.minQuantity.max(step),
      // Only the amount has an upper bound, which is checked with the request.
      maxQuantity: decimal('1000000000000'),
      maxMarketQuantity: null,
      minNotional: symbol.minAmount,
      costStep: unitOf(MOST_SCALE),
      contractSize: Decimal.one,
      priceBand: {
        lowest: PRICE_BAND.askMultiplierDown,
        highest: PRICE_BAND.bidMultiplierUp,
        oneSided: true,
      },
      maxOpenOrders: 500,
      maxUntriggeredOrders: 500,
      swap: null,
      liquidity: offeredLiquidity(symbol),
    };
  },
);

/**
 * No rule about a repeated client id is stated anywhere: it makes another order. Orders are listed for seven days. Fees are in the quote
 * asset, of a purchase as well (the recorded deals of ccxt's class: `n`, `N` of a buy), unless they are paid in MX: its rate in the
 * example of "Spot Account Deals" is four fifths of the listed one.
 */
export const SPOT_POLICY: MarketPolicy = {
  clientOrderId: { onDuplicate: 'accept', knownWhile: 'ever', forMs: null, scope: 'symbol' },
  lookUp: { unfilledForMs: null, finishedForMs: 7 * DAY_MS, clientOrderIdEndsWithOrder: false },
  requestLifetime: { defaultMs: 5000, maxMs: 60_000, aheadMs: 1000 },
  fees: SPOT_FEES,
  spotFeesIn: 'quote',
  feeCoin: { asset: 'MX', part: decimal('0.8') },
  wallet: 'spot',
  orderIds: 'per_venue',
  orderIdPrefix: 'C02__',
  conditionalIdsFrom: null,
  // No code refuses a maker order in the answer.
  postOnlyWouldTake: 'canceled',
  unfilledRest: 'canceled',
  alreadyTriggered: 'refuse',
  onTrigger: 'same_order',
  triggeredClientOrderId: 'same',
  defaultSelfTradePrevention: 'none',
  rejectsLate: [],
  collateralRates: null,
};

/** Deals have ids of digits with an ending: `505979017439002624X1`. The same number of a symbol always gives the same id. */
export function spotTradeId({
  symbol,
  tradeId,
}: {
  readonly symbol: string;
  readonly tradeId: string;
}): string {
  const index = SPOT_LISTINGS.findIndex(({ unified }) => unified === symbol);
  return `5${String(index + 10)}${tradeId.padStart(15, '0')}X1`;
}

/** The id of an asset in the pushes of an account: 32 hexadecimal digits. */
export function coinId(asset: string): string {
  return createHash('md5').update(asset).digest('hex');
}
