/**
 * The listed instruments as the neutral exchange trades them, OKX's rules as policy, and how instruments are named and printed.
 *
 * Entry points: `OKX_INSTRUMENTS`, `okxPolicy`, `listingOf`, `listingNamed`, `listingOfCode`. Sources: "Place order", "Order details",
 * "Order history", "General Info" and "Get discount rate and interest-free quota" of the v5 documentation.
 */
import { Decimal, decimal } from '../../core/decimal.ts';
import type { Instrument } from '../exchange/instrument.ts';
import type { MarketPolicy, VenuePolicy } from '../exchange/policy.ts';
import { offeredLiquidity } from '../market/offered-liquidity.ts';
import { Listings, spotSymbol, swapSymbol } from '../wire/listings.ts';
import { FUNDING_HOURS, OKX_SYMBOLS, type InstType, type OkxSymbol } from './symbols.ts';

const HOUR_MS = 60 * 60 * 1_000;
const DAY_MS = 24 * HOUR_MS;
const DEFAULT_LEVERAGE = 3;

/** An instrument with its name at the exchange. */
export interface Listing {
  readonly symbol: OkxSymbol;
  /** `BTC-USDT` or `BTC-USDT-SWAP`. */
  readonly id: string;
  readonly instType: InstType;
  /** `BTC/USDT`, or `BTC/USDT:USDT`. */
  readonly unified: string;
}

export const LISTINGS: readonly Listing[] = OKX_SYMBOLS.map((symbol) => ({
  symbol,
  id: symbol.id,
  instType: symbol.instType,
  unified: (symbol.instType === 'SPOT' ? spotSymbol : swapSymbol)(symbol),
}));

const listings = new Listings(LISTINGS, ({ id }) => id);
const BY_CODE = new Map(LISTINGS.map((listing) => [listing.symbol.idCode, listing]));

/** The listing of a unified symbol of this venue. */
export const listingOf = (unified: string): Listing => listings.of(unified);

/** The listing that a request names, or undefined. */
export function listingNamed(instId: string): Listing | undefined {
  return listings.named(instId);
}

/** The listing that a request over WebSocket names, or undefined. */
export function listingOfCode(idCode: number): Listing | undefined {
  return BY_CODE.get(idCode);
}

/** How far a limit price may lie from the reference price, as a fraction of it: "Get limit price" states the bounds alone. */
export const PRICE_LIMIT: Readonly<Record<InstType, Decimal>> = {
  SPOT: decimal('0.02'),
  SWAP: decimal('0.01'),
};

export const OKX_INSTRUMENTS: readonly Instrument[] = LISTINGS.map(
  ({ symbol, unified, instType }): Instrument => {
    const isSpot = instType === 'SPOT';
    const limit = PRICE_LIMIT[instType];
    return {
      symbol: unified,
      marketType: isSpot ? 'spot' : 'swap',
      base: symbol.base,
      quote: symbol.quote,
      priceTick: symbol.tickSize,
      quantityStep: symbol.lotSize,
      minQuantity: symbol.minSize,
      maxQuantity: symbol.maxLimitSize,
      maxMarketQuantity: symbol.maxMarketSize,
      // The least size alone counts.
      minNotional: Decimal.zero,
      costStep: decimal('0.00000001'),
      contractSize: symbol.contractValue,
      priceBand: { lowest: Decimal.one.subtract(limit), highest: Decimal.one.add(limit), oneSided: true },
      // "The maximum number of pending orders per trading symbol is 500", "TP/SL order: 100 per instrument".
      maxOpenOrders: 500,
      maxUntriggeredOrders: 100,
      swap: isSpot
        ? null
        : {
            defaultLeverage: DEFAULT_LEVERAGE,
            maxLeverage: symbol.maxLeverage,
            maintenanceMarginRate: symbol.maintenanceMarginRate,
            liquidationFeeRate: decimal('0.0005'),
            fundingIntervalMs: FUNDING_HOURS * HOUR_MS,
            fundingRate: decimal('0.0001'),
          },
      liquidity: offeredLiquidity(symbol),
    };
  },
);

/** Worth at which assets count as collateral: the discount rate of the first tier. */
export const DISCOUNT_RATES: Readonly<Record<string, Decimal>> = {
  USDT: Decimal.one,
  BTC: decimal('0.98'),
  ETH: decimal('0.98'),
  SOL: decimal('0.95'),
  XRP: decimal('0.95'),
  DOGE: decimal('0.95'),
};

/** "The incomplete orders that have been canceled are only reserved for 2 hours" ("Order history"). */
export const UNFILLED_FOR_MS = 2 * HOUR_MS;
export const HISTORY_MS = 7 * DAY_MS;
export const ARCHIVE_MS = 90 * DAY_MS;
/** "The server rejects requests where this differs from server time by more than 30 seconds" ("Making Requests"). */
const TIMESTAMP_MS = 30_000;

/**
 * Multi-currency margin mode: one wallet for spot and swaps, in which every asset is collateral at its discount rate. A client id is taken
 * as long as its order is pending. A post-only order that would take is accepted and canceled. A conditional order is an algo order, an
 * object of its own with an id of its own, which makes an order without a client id when it triggers.
 */
export function okxPolicy(): VenuePolicy {
  const common = {
    clientOrderId: { onDuplicate: 'refuse', knownWhile: 'open', forMs: null, scope: 'account' },
    lookUp: {
      unfilledForMs: UNFILLED_FOR_MS,
      finishedForMs: ARCHIVE_MS,
      clientOrderIdEndsWithOrder: false,
    },
    requestLifetime: { defaultMs: TIMESTAMP_MS, maxMs: TIMESTAMP_MS, aheadMs: TIMESTAMP_MS },
    // `cashBal` and `balChg` are shown with as many digits as there are ("Get balance", "Get bills details").
    spotCostIsExact: true,
    feeCoin: null,
    wallet: 'unified',
    orderIds: 'per_venue',
    conditionalIdsFrom: 1_800_000_000_000_000,
    postOnlyWouldTake: 'canceled',
    unfilledRest: 'canceled',
    alreadyTriggered: 'refuse',
    onTrigger: 'new_order',
    triggeredClientOrderId: 'none',
    // "The default value of this field is `cancel_maker`" ("Place order").
    defaultSelfTradePrevention: 'expire_maker',
    rejectsLate: [],
  } as const satisfies Partial<MarketPolicy>;
  return {
    spot: {
      ...common,
      fees: { maker: decimal('0.0008'), taker: decimal('0.001') },
      collateralRates: null,
    },
    swap: {
      ...common,
      fees: { maker: decimal('0.0002'), taker: decimal('0.0005') },
      collateralRates: DISCOUNT_RATES,
    },
  };
}
