/**
 * The listed symbols as the neutral exchange trades them, HTX's rules as policy, and how symbols are named and printed.
 *
 * Entry points: `HTX_INSTRUMENTS`, `htxPolicy`, `listingOf`, `listingNamed`. Sources: "Trading" (order states, client order ids, error
 * codes) and "Place a New Order" of the spot documentation; "Place Order", "Get Order Info" and "Set Position Mode" of the v5 one; the
 * announcement that a `client_order_id` of contracts is invalid once its order is filled or cancelled.
 */
import { Decimal, decimal } from '../../core/decimal.ts';
import type { Instrument } from '../exchange/instrument.ts';
import type { MarketPolicy, VenuePolicy } from '../exchange/policy.ts';
import { offeredLiquidity } from '../market/offered-liquidity.ts';
import { Listings, spotSymbol, swapSymbol } from '../wire/listings.ts';
import { FUNDING_HOURS, HTX_SYMBOLS, type HtxSymbol, type Kind } from './symbols.ts';
import type { UndecidedBehaviour } from './undecided.ts';

const HOUR_MS = 60 * 60 * 1000;
const FIVE_MINUTES_MS = 5 * 60 * 1000;
const DEFAULT_LEVERAGE = 5;

export interface Listing {
  readonly symbol: HtxSymbol;
  /** `btcusdt`, or `BTC-USDT`. */
  readonly id: string;
  readonly kind: Kind;
  /** `BTC/USDT`, or `BTC/USDT:USDT`. */
  readonly unified: string;
}

const LISTINGS: readonly Listing[] = HTX_SYMBOLS.map((symbol) => {
  const { base, quote, kind } = symbol;
  return kind === 'spot'
    ? { symbol, kind, id: `${base}${quote}`.toLowerCase(), unified: spotSymbol(symbol) }
    : { symbol, kind, id: `${base}-${quote}`, unified: swapSymbol(symbol) };
});

export const LISTINGS_OF: Readonly<Record<Kind, readonly Listing[]>> = {
  spot: LISTINGS.filter(({ kind }) => kind === 'spot'),
  linear: LISTINGS.filter(({ kind }) => kind === 'linear'),
};

const listings = new Listings(LISTINGS, ({ kind, id }) => `${kind} ${id}`);

/** The listing of a unified symbol of this venue. */
export const listingOf = (unified: string): Listing => listings.of(unified);

/** The listing that a request names, or undefined. Contracts are named in either case. */
export function listingNamed(kind: Kind, id: string): Listing | undefined {
  return listings.named(`${kind} ${kind === 'spot' ? id : id.toUpperCase()}`);
}

/** The id that is unique among executions of contracts, of fifteen digits, which numbers of JSON carry exactly. One number of a contract always gives the same. */
export function contractExecutionId({
  symbol,
  tradeId,
}: {
  readonly symbol: string;
  readonly tradeId: string;
}): string {
  const index = LISTINGS_OF.linear.findIndex(({ unified }) => unified === symbol);
  return `${String(index + 10)}${tradeId.padStart(13, '0')}`;
}

export const HTX_INSTRUMENTS: readonly Instrument[] = LISTINGS.map(({ symbol, unified }): Instrument => {
  const isSpot = symbol.kind === 'spot';
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
    contractSize: symbol.contractSize,
    priceBand: {
      lowest: Decimal.one.subtract(symbol.priceLimit),
      highest: Decimal.one.add(symbol.priceLimit),
      oneSided: true,
    },
    maxOpenOrders: 500,
    maxUntriggeredOrders: 100,
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
});

export function htxPolicy({ refusesKnownContractIds }: UndecidedBehaviour): VenuePolicy {
  const common = {
    // "The value is valid within 5 minutes": before or after is not said.
    requestLifetime: { defaultMs: FIVE_MINUTES_MS, maxMs: FIVE_MINUTES_MS, aheadMs: FIVE_MINUTES_MS },
    feeCoin: null,
    conditionalIdsFrom: null,
    // The reasons of a cancellation have "limit_maker" among them: the order is accepted before.
    postOnlyWouldTake: 'canceled',
    unfilledRest: 'canceled',
    alreadyTriggered: 'refuse',
    onTrigger: 'same_order',
    triggeredClientOrderId: 'same',
    rejectsLate: [],
    collateralRates: null,
  } as const satisfies Partial<MarketPolicy>;
  return {
    spot: {
      ...common,
      // "The uniqueness of the clientOrderId passed in when you place an order will no longer be verified."
      clientOrderId: { onDuplicate: 'accept', knownWhile: 'ever', forMs: null, scope: 'account' },
      lookUp: {
        // "it's no longer queryable after being cancelled for 2 hours".
        unfilledForMs: 2 * HOUR_MS,
        finishedForMs: null,
        clientOrderIdEndsWithOrder: false,
        byClientOrderId: { openForMs: 8 * HOUR_MS, finishedForMs: 2 * HOUR_MS },
      },
      fees: { maker: decimal('0.002'), taker: decimal('0.002') },
      wallet: 'spot',
      orderIds: 'per_market',
      defaultSelfTradePrevention: 'none',
    },
    swap: {
      ...common,
      clientOrderId: {
        onDuplicate: 'refuse',
        knownWhile: refusesKnownContractIds ? 'ever' : 'open',
        forMs: null,
        scope: 'account',
      },
      lookUp: {
        unfilledForMs: null,
        finishedForMs: null,
        clientOrderIdEndsWithOrder: true,
        byClientOrderId: { openForMs: 8 * HOUR_MS, finishedForMs: 0 },
      },
      fees: { maker: decimal('0.0002'), taker: decimal('0.0006') },
      wallet: 'swap',
      // Nineteen digits, which no double holds.
      orderIds: 'per_venue',
      defaultSelfTradePrevention: 'expire_taker',
    },
  };
}
