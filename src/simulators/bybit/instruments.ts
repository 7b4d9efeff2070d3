/**
 * The listed symbols as the neutral exchange trades them, Bybit's rules as policy, and how symbols are named and printed.
 *
 * Entry points: `BYBIT_INSTRUMENTS`, `bybitPolicy`, `listingOf`, `listingNamed`. Sources: "Place Order", "Get Open & Closed
 * Orders", "Get Order History", "Integration Guidance" and "Get Instruments Info" of the v5 documentation.
 */
import { createHash } from 'node:crypto';
import { Decimal, decimal } from '../../core/decimal.ts';
import type { Instrument } from '../exchange/instrument.ts';
import type { MarketPolicy, VenuePolicy } from '../exchange/policy.ts';
import { offeredLiquidity } from '../market/offered-liquidity.ts';
import { fixed } from '../wire/figures.ts';
import { Listings, spotSymbol, swapSymbol } from '../wire/listings.ts';
import { BYBIT_SYMBOLS, FUNDING_HOURS, priceScaleOf, type BybitSymbol, type Category } from './symbols.ts';
import type { UndecidedBehaviour } from './undecided.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const DEFAULT_LEVERAGE = 10;

/** A symbol with its instrument, and how its figures are printed. */
export interface Listing {
  readonly symbol: BybitSymbol;
  readonly id: string;
  readonly category: Category;
  /** `BTC/USDT`, or `BTC/USDT:USDT`. */
  readonly unified: string;
  readonly price: (value: Decimal) => string;
  readonly quantity: (value: Decimal) => string;
}

export const LISTINGS: readonly Listing[] = BYBIT_SYMBOLS.map((symbol) => ({
  symbol,
  id: symbol.id,
  category: symbol.category,
  unified: (symbol.category === 'spot' ? spotSymbol : swapSymbol)(symbol),
  price: (value) => fixed(value, priceScaleOf(symbol)),
  quantity: (value) => fixed(value, symbol.quantityStep.scale),
}));

const listings = new Listings(LISTINGS, ({ category, id }) => `${category} ${id}`);

/** The listing of a unified symbol of this venue. */
export const listingOf = (unified: string): Listing => listings.of(unified);

/** The listing that a request names, or undefined. */
export function listingNamed(category: Category, id: string): Listing | undefined {
  return listings.named(`${category} ${id}`);
}

export const BYBIT_INSTRUMENTS: readonly Instrument[] = LISTINGS.map(({ symbol, unified }): Instrument => {
  const isSpot = symbol.category === 'spot';
  const { x } = symbol.priceLimit;
  return {
    symbol: unified,
    marketType: isSpot ? 'spot' : 'swap',
    base: symbol.base,
    quote: symbol.quote,
    priceTick: symbol.tickSize,
    quantityStep: symbol.quantityStep,
    // "no longer check minOrderQty": on spot the least amount alone counts.
    minQuantity: isSpot ? symbol.quantityStep : symbol.minQuantity,
    maxQuantity: symbol.maxQuantity,
    maxMarketQuantity: symbol.maxMarketQuantity,
    minNotional: symbol.minNotional,
    costStep: decimal('0.0000001'),
    contractSize: Decimal.one,
    priceBand: { lowest: Decimal.one.subtract(x), highest: Decimal.one.add(x), oneSided: true },
    maxOpenOrders: 500,
    maxUntriggeredOrders: isSpot ? 30 : 10,
    swap: isSpot
      ? null
      : {
          defaultLeverage: DEFAULT_LEVERAGE,
          maxLeverage: symbol.maxLeverage,
          maintenanceMarginRate: symbol.maintenanceMarginRate,
          liquidationFeeRate: decimal('0.00055'),
          fundingIntervalMs: FUNDING_HOURS * HOUR_MS,
          fundingRate: decimal('0.0001'),
        },
    liquidity: offeredLiquidity(symbol),
  };
});

/** Worth at which assets count as collateral: the ratio of the first tier ("Get Tiered Collateral Ratio"). */
export const COLLATERAL_RATES: Readonly<Record<string, Decimal>> = {
  USDT: Decimal.one,
  BTC: decimal('0.95'),
  ETH: decimal('0.95'),
  SOL: decimal('0.85'),
  XRP: decimal('0.85'),
  DOGE: decimal('0.8'),
};

/**
 * One wallet for spot and swaps, in which every asset is collateral. Unfilled orders that were canceled or rejected are in the
 * history for a day, orders with a fill for two years. A post-only order that would take is accepted and canceled.
 */
export function bybitPolicy({ duplicateIdWhile, rejectsLate }: UndecidedBehaviour): VenuePolicy {
  const common = {
    clientOrderId: { onDuplicate: 'refuse', knownWhile: duplicateIdWhile, forMs: null, scope: 'account' },
    lookUp: { unfilledForMs: DAY_MS, finishedForMs: null, clientOrderIdEndsWithOrder: false },
    // A longest lifetime is not stated.
    requestLifetime: { defaultMs: 5000, maxMs: Number.MAX_SAFE_INTEGER, aheadMs: 1000 },
    feeCoin: null,
    wallet: 'unified',
    conditionalIdsFrom: null,
    postOnlyWouldTake: 'canceled',
    unfilledRest: 'canceled',
    onTrigger: 'same_order',
    triggeredClientOrderId: 'same',
    defaultSelfTradePrevention: 'none',
    rejectsLate,
  } as const satisfies Partial<MarketPolicy>;
  return {
    spot: {
      ...common,
      fees: { maker: decimal('0.001'), taker: decimal('0.001') },
      orderIds: 'per_market',
      // A spot trigger has no direction: on which side of the price it lies decides.
      alreadyTriggered: 'trigger',
      collateralRates: null,
    },
    swap: {
      ...common,
      fees: { maker: decimal('0.0002'), taker: decimal('0.00055') },
      orderIds: 'uuid',
      alreadyTriggered: 'refuse',
      collateralRates: COLLATERAL_RATES,
    },
  };
}

/** Spot executions are numbered, those of contracts have UUIDs. The same number of a symbol always gives the same id. */
export function executionId({
  symbol,
  tradeId,
}: {
  readonly symbol: string;
  readonly tradeId: string;
}): string {
  const {
    category,
    id,
    symbol: { symbolId },
  } = listingOf(symbol);
  if (category === 'spot') return `22${String(symbolId).padStart(3, '0')}${tradeId.padStart(14, '0')}`;
  const hex = createHash('sha1').update(`${id} ${tradeId}`).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
