/**
 * The listed instruments as the neutral exchange trades them, Bitget's rules as policy, and how instruments are named.
 *
 * Entry points: `BITGET_INSTRUMENTS`, `bitgetPolicy`, `listingOf`, `listingNamed`, `executionId`. Sources: "Place Order", "Get Order
 * Details", "Get Order History", "Get Instruments", "Get Discount Rate" and the change log of the unified account's documentation.
 */
import { Decimal, decimal } from '../../core/decimal.ts';
import type { Instrument } from '../exchange/instrument.ts';
import type { MarketPolicy, VenuePolicy } from '../exchange/policy.ts';
import { offeredLiquidity } from '../market/offered-liquidity.ts';
import { Listings, spotSymbol, swapSymbol } from '../wire/listings.ts';
import { BITGET_SYMBOLS, FUNDING_HOURS, PRICE_LIMIT, type BitgetSymbol, type Category } from './symbols.ts';

const HOUR_MS = 60 * 60 * 1_000;
const DAY_MS = 24 * HOUR_MS;
const DEFAULT_LEVERAGE = 10;

/** An instrument with its name at the exchange. */
export interface Listing {
  readonly symbol: BitgetSymbol;
  /** `BTCUSDT`, of spot and of the perpetual alike. */
  readonly id: string;
  readonly category: Category;
  /** The category as messages of streams write it. */
  readonly instType: 'spot' | 'usdt-futures';
  /** `BTC/USDT`, or `BTC/USDT:USDT`. */
  readonly unified: string;
}

export const LISTINGS: readonly Listing[] = BITGET_SYMBOLS.map((symbol): Listing => {
  const { id, category } = symbol;
  const isSpot = category === 'SPOT';
  return {
    symbol,
    id,
    category,
    instType: isSpot ? 'spot' : 'usdt-futures',
    unified: (isSpot ? spotSymbol : swapSymbol)(symbol),
  };
});

const listings = new Listings(LISTINGS, ({ category, id }) => `${category} ${id}`);

/** The listing of a unified symbol of this venue. */
export const listingOf = (unified: string): Listing => listings.of(unified);

/** The listing that a request names, or undefined. */
export function listingNamed(category: Category, id: string): Listing | undefined {
  return listings.named(`${category} ${id}`);
}

export const BITGET_INSTRUMENTS: readonly Instrument[] = LISTINGS.map(
  ({ symbol, unified, category }): Instrument => {
    const isSpot = category === 'SPOT';
    const limit = PRICE_LIMIT[category];
    return {
      symbol: unified,
      marketType: isSpot ? 'spot' : 'swap',
      base: symbol.base,
      quote: symbol.quote,
      priceTick: symbol.tickSize,
      quantityStep: symbol.quantityStep,
      minQuantity: symbol.minQuantity,
      maxQuantity: symbol.maxQuantity,
      maxMarketQuantity: symbol.maxMarketQuantity,
      minNotional: symbol.minNotional,
      costStep: decimal('0.00000001'),
      contractSize: Decimal.one,
      priceBand: { lowest: Decimal.one.subtract(limit), highest: Decimal.one.add(limit), oneSided: true },
      // "Order Limit: 400 orders across all" pairs of spot, and as many of futures.
      maxOpenOrders: 400,
      maxUntriggeredOrders: 400,
      swap: isSpot
        ? null
        : {
            defaultLeverage: DEFAULT_LEVERAGE,
            maxLeverage: symbol.maxLeverage,
            maintenanceMarginRate: symbol.maintenanceMarginRate,
            liquidationFeeRate: decimal('0.0006'),
            fundingIntervalMs: FUNDING_HOURS * HOUR_MS,
            fundingRate: decimal('0.0001'),
          },
      liquidity: offeredLiquidity(symbol),
    };
  },
);

/** Worth at which assets count as collateral: the rate of the first tier. */
export const DISCOUNT_RATES: Readonly<Record<string, Decimal>> = {
  USDT: Decimal.one,
  BTC: decimal('0.98'),
  ETH: decimal('0.98'),
  SOL: decimal('0.95'),
  XRP: decimal('0.95'),
  DOGE: decimal('0.9'),
  BGB: decimal('0.9'),
};

/** "Query historical orders within the last 90 days." */
export const HISTORY_MS = 90 * DAY_MS;
/** The request "expires" when its timestamp is thirty seconds off. */
const TIMESTAMP_MS = 30_000;

/**
 * A unified account in advanced mode: one wallet for spot and futures, in which every asset is collateral at its discount rate. A client id
 * "cannot be duplicated during the order pending period; once the order is filled or canceled" it can (change log, 9 October 2025). A
 * post-only order that would take is accepted and canceled (`post_only_fill_cancel`). Fees of spot may be paid in BGB, a fifth less.
 */
export function bitgetPolicy(): VenuePolicy {
  const common = {
    clientOrderId: { onDuplicate: 'refuse', knownWhile: 'open', forMs: null, scope: 'account' },
    lookUp: { unfilledForMs: HISTORY_MS, finishedForMs: HISTORY_MS, clientOrderIdEndsWithOrder: false },
    requestLifetime: { defaultMs: TIMESTAMP_MS, maxMs: TIMESTAMP_MS, aheadMs: TIMESTAMP_MS },
    wallet: 'unified',
    orderIds: 'per_venue',
    conditionalIdsFrom: null,
    postOnlyWouldTake: 'canceled',
    unfilledRest: 'canceled',
    alreadyTriggered: 'refuse',
    onTrigger: 'same_order',
    triggeredClientOrderId: 'same',
    // No page says that a trade moves less than its worth.
    spotCostIsExact: true,
    // "`none`: not setting STP (default)".
    defaultSelfTradePrevention: 'none',
    rejectsLate: [],
  } as const satisfies Partial<MarketPolicy>;
  return {
    spot: {
      ...common,
      fees: { maker: decimal('0.001'), taker: decimal('0.001') },
      feeCoin: { asset: 'BGB', part: decimal('0.8') },
      collateralRates: null,
    },
    swap: {
      ...common,
      fees: { maker: decimal('0.0002'), taker: decimal('0.0006') },
      feeCoin: null,
      collateralRates: DISCOUNT_RATES,
    },
  };
}

/** The id of an execution, unique at the venue: its instrument's number and its own. */
export function executionId({
  symbol,
  tradeId,
}: {
  readonly symbol: string;
  readonly tradeId: string;
}): string {
  const index = LISTINGS.findIndex(({ unified }) => unified === symbol);
  return `13${String(index).padStart(2, '0')}${tradeId.padStart(15, '0')}`;
}
