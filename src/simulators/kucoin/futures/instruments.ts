/**
 * The listed contracts as the neutral exchange trades them, KuCoin's rules of futures as policy, and how contracts are named.
 *
 * Entry points: `FUTURES_INSTRUMENTS`, `futuresPolicy`, `contractOf`, `contractNamed`. Sources: "Add Order", "Get Order By OrderId" and "Get Symbol" of
 * the futures documentation; for how long orders are found, "Get Order Details" of the unified account, on classic accounts.
 */
import { Decimal, decimal } from '../../../core/decimal.ts';
import type { Instrument } from '../../exchange/instrument.ts';
import type { MarketPolicy } from '../../exchange/policy.ts';
import { offeredLiquidity } from '../../market/offered-liquidity.ts';
import { Listings, swapSymbol } from '../../wire/listings.ts';
import { DAY_MS } from '../pages.ts';
import { clientOrderIdPolicy, REQUEST_LIFETIME } from '../spot/instruments.ts';
import type { UndecidedBehaviour } from '../undecided.ts';
import { FUTURES_SYMBOLS, type FuturesSymbol } from './symbols.ts';

/** A contract with its name at the exchange. */
export interface Contract {
  readonly symbol: FuturesSymbol;
  /** `XBTUSDTM` */
  readonly id: string;
  /** `BTC/USDT:USDT` */
  readonly unified: string;
}

export const CONTRACTS: readonly Contract[] = FUTURES_SYMBOLS.map((symbol) => ({
  symbol,
  id: symbol.id,
  unified: swapSymbol(symbol),
}));

const listings = new Listings(CONTRACTS, ({ id }) => id);

/** The contract of a unified symbol. */
export const contractOf = (unified: string): Contract => listings.of(unified);

/** The contract that a request names, or undefined. */
export function contractNamed(id: string): Contract | undefined {
  return listings.named(id);
}

export const FUNDING_MS = 8 * 60 * 60 * 1_000;
/** `buyLimit` and `sellLimit` of a contract lie this far from its mark price. */
export const PRICE_LIMIT = decimal('0.05');

export const FUTURES_INSTRUMENTS: readonly Instrument[] = CONTRACTS.map(
  ({ symbol, unified }): Instrument => ({
    symbol: unified,
    marketType: 'swap',
    base: symbol.base,
    quote: symbol.quote,
    priceTick: symbol.tickSize,
    quantityStep: Decimal.one,
    minQuantity: Decimal.one,
    maxQuantity: decimal(String(symbol.maxOrderQty)),
    maxMarketQuantity: null,
    minNotional: Decimal.zero,
    costStep: decimal('0.000001'),
    contractSize: symbol.multiplier,
    priceBand: {
      lowest: Decimal.one.subtract(PRICE_LIMIT),
      highest: Decimal.one.add(PRICE_LIMIT),
      oneSided: true,
    },
    // "you can place a maximum of 100 active limit orders", "50 stop orders" for a contract.
    maxOpenOrders: 150,
    maxUntriggeredOrders: 50,
    swap: {
      defaultLeverage: 10,
      maxLeverage: symbol.maxLeverage,
      maintenanceMarginRate: symbol.maintainMargin,
      liquidationFeeRate: decimal('0.0006'),
      fundingIntervalMs: FUNDING_MS,
      fundingRate: decimal('0.0001'),
    },
    liquidity: offeredLiquidity(symbol),
  }),
);

/** "canceled orders" and filled ones are found by their ids for three months, by `clientOid` for seven days. */
const FOUND_MS = 90 * DAY_MS;

export function futuresPolicy(undecided: UndecidedBehaviour): MarketPolicy {
  return {
    clientOrderId: clientOrderIdPolicy(undecided),
    lookUp: { unfilledForMs: FOUND_MS, finishedForMs: FOUND_MS, clientOrderIdEndsWithOrder: false },
    requestLifetime: REQUEST_LIFETIME,
    fees: { maker: decimal('0.0002'), taker: decimal('0.0006') },
    feeCoin: null,
    wallet: 'swap',
    orderIds: 'per_venue',
    conditionalIdsFrom: null,
    postOnlyWouldTake: 'canceled',
    unfilledRest: 'canceled',
    alreadyTriggered: undecided.alreadyTriggered,
    onTrigger: 'same_order',
    triggeredClientOrderId: 'none',
    defaultSelfTradePrevention: 'none',
    rejectsLate: undecided.rejectsLate,
    collateralRates: null,
  };
}
