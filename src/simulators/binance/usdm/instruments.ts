/** The USD-M symbols as the neutral exchange trades them, and Binance futures' rules as policy. */
import { decimal } from '../../../core/decimal.ts';
import type { Instrument } from '../../exchange/instrument.ts';
import type { MarketPolicy } from '../../exchange/policy.ts';
import { fixed } from '../../wire/figures.ts';
import { gridOf, type Listing } from '../listing.ts';
import { SMALLER_START_PRICES } from './smaller-symbols.ts';
import { LIQUIDATION_FEE, PERCENT_PRICE, USDM_LIMITS, USDM_SYMBOLS, type UsdmSymbol } from './symbols.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

const MARKETS: Readonly<Record<string, readonly [startPrice: string, volatilityPpm: number]>> = {
  BTCUSDT: ['60000', 60],
  ETHUSDT: ['2500', 80],
  SOLUSDT: ['150', 120],
};

const DEFAULT_LEVERAGE = 20;

/** `BTCUSDT` as `BTC/USDT:USDT`. */
export function unifiedUsdmSymbol(symbol: UsdmSymbol): string {
  return `${symbol.base}/${symbol.quote}:${symbol.quote}`;
}

export const USDM_INSTRUMENTS: readonly Instrument[] = USDM_SYMBOLS.map((symbol) => {
  const [startPrice, volatilityPpm] = MARKETS[symbol.id] ?? [SMALLER_START_PRICES.get(symbol.id) ?? '1', 100];
  const isSmall = MARKETS[symbol.id] === undefined;
  return {
    symbol: unifiedUsdmSymbol(symbol),
    marketType: 'swap',
    ...gridOf(symbol),
    priceBand: { lowest: PERCENT_PRICE.down, highest: PERCENT_PRICE.up, oneSided: true },
    maxOpenOrders: USDM_LIMITS.maxOrders,
    maxUntriggeredOrders: USDM_LIMITS.maxAlgoOrders,
    swap: {
      defaultLeverage: DEFAULT_LEVERAGE,
      maxLeverage: symbol.leverageCaps[0]?.[0] ?? DEFAULT_LEVERAGE,
      maintenanceMarginRate: symbol.maintenanceMarginRate,
      liquidationFeeRate: LIQUIDATION_FEE,
      fundingIntervalMs: 8 * HOUR_MS,
      fundingRate: decimal('0.0001'),
    },
    liquidity: {
      startPrice: decimal(startPrice),
      levels: isSmall ? 20 : 50,
      levelNotional: decimal(isSmall ? '20000' : '60000'),
      volatilityPpm,
    },
  };
});

/** How market data prints a symbol: prices and quantities to its precision. */
function listingOf(symbol: UsdmSymbol): Listing {
  return {
    id: symbol.id,
    unified: unifiedUsdmSymbol(symbol),
    price: (value) => fixed(value, symbol.pricePrecision),
    quantity: (value) => fixed(value, symbol.quantityPrecision),
    amount: (value) => fixed(value, 5),
    turnover: (value) => fixed(value, 2),
    averageScale: symbol.pricePrecision,
  };
}

export const USDM_LISTINGS: readonly Listing[] = USDM_SYMBOLS.map(listingOf);

const LISTINGS = new Map(USDM_LISTINGS.map((listing) => [listing.id, listing]));

/** The listing of a symbol's id, or undefined. */
export function usdmListing(id: string): Listing | undefined {
  return LISTINGS.get(id);
}

const BY_UNIFIED = new Map(USDM_SYMBOLS.map((symbol) => [unifiedUsdmSymbol(symbol), symbol]));

/** The symbol of a unified one, or undefined when it is not a USD-M one. */
export function usdmSymbolOf(unified: string): UsdmSymbol | undefined {
  return BY_UNIFIED.get(unified);
}

/**
 * Client ids are unique among open orders only; orders that ended without a fill are found for 3 days, any order for
 * 90. A triggered conditional order makes another order, which carries the same client id. Ids of conditional orders have a range
 * of their own, in which no order's id lies (the documented examples begin at 3,000,000,000,003,505).
 * Source: "New Order", "Query Order", "New Algo Order" of the USD-M futures documentation.
 */
export const USDM_POLICY: MarketPolicy = {
  clientOrderId: { onDuplicate: 'refuse', knownWhile: 'open', forMs: null, scope: 'symbol' },
  lookUp: { unfilledForMs: 3 * DAY_MS, finishedForMs: 90 * DAY_MS, clientOrderIdEndsWithOrder: false },
  requestLifetime: { defaultMs: 5000, maxMs: 60_000, aheadMs: 1000 },
  fees: { maker: decimal('0.0002'), taker: decimal('0.0005') },
  wallet: 'swap',
  orderIds: 'per_symbol',
  conditionalIdsFrom: 3_000_000_000_000_000,
  feeCoin: { asset: 'BNB', part: decimal('0.9') },
  postOnlyWouldTake: 'refuse',
  unfilledRest: 'expired',
  alreadyTriggered: 'refuse',
  onTrigger: 'new_order',
  triggeredClientOrderId: 'same',
  defaultSelfTradePrevention: 'expire_maker',
  rejectsLate: [],
  collateralRates: null,
};
