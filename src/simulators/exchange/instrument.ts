/**
 * An instrument of a simulated venue: grid, limits, margin terms and the market that is made in it.
 *
 * An instrument is code-side data of the venue's folder, never part of the saved state, so a corrected tick or limit
 * takes effect on the next start. Figures are the venue's own, in the units named.
 */
import { Decimal } from '../../core/decimal.ts';

export type MarketType = 'spot' | 'swap';

/** The margin terms of a linear perpetual swap. */
export interface SwapTerms {
  readonly defaultLeverage: number;
  readonly maxLeverage: number;
  /** Maintenance margin as a fraction of notional at the mark price. */
  readonly maintenanceMarginRate: Decimal;
  /** Charged on the notional of a liquidation, paid to the venue. */
  readonly liquidationFeeRate: Decimal;
  /** Funding is settled at every whole multiple of this since the epoch (8 h: 00:00, 08:00 and 16:00 UTC). */
  readonly fundingIntervalMs: number;
  /** Paid by longs to shorts per interval; negative the other way round. */
  readonly fundingRate: Decimal;
}

/** The resting liquidity that the venue's own market maker shows. See market/market-process.ts for the model. */
export interface LiquidityTerms {
  /** The mid price of a fresh venue. */
  readonly startPrice: Decimal;
  /** Price levels on each side. */
  readonly levels: number;
  /** The worth of each level in quote, before the seeded variation of half to one and a half times. */
  readonly levelNotional: Decimal;
  /** Typical move of the mid per step, in millionths of the price. */
  readonly volatilityPpm: number;
}

/** A limit price must stay between these multiples of the reference price: the last one on spot, the mark on swaps. */
export interface PriceBand {
  readonly lowest: Decimal;
  readonly highest: Decimal;
  /** Whether a buy has an upper bound alone and a sell a lower one. */
  readonly oneSided?: boolean;
}

export interface Instrument {
  /** Unified symbol: `BTC/USDT`, or `BTC/USDT:USDT` for a linear swap. */
  readonly symbol: string;
  readonly marketType: MarketType;
  readonly base: string;
  readonly quote: string;
  readonly priceTick: Decimal;
  /** The grid of quantity: base units on spot, contracts on a swap. */
  readonly quantityStep: Decimal;
  readonly minQuantity: Decimal;
  readonly maxQuantity: Decimal;
  /** Largest quantity of a market order; null where the venue has no separate limit. */
  readonly maxMarketQuantity: Decimal | null;
  /** Least price x quantity x contract size, in quote. */
  readonly minNotional: Decimal;
  /** The grid of a cost (quote amount) given in a market order. */
  readonly costStep: Decimal;
  /** Base units in one unit of quantity; one on spot and where a venue counts swaps in base. */
  readonly contractSize: Decimal;
  readonly priceBand: PriceBand | null;
  /** Open orders of one account, conditional ones included. Lifted by `--limits off`. */
  readonly maxOpenOrders: number;
  /** Untriggered orders of one account. Lifted by `--limits off`. */
  readonly maxUntriggeredOrders: number;
  /** Null on spot. */
  readonly swap: SwapTerms | null;
  /**
   * The spot instrument in whose book this one trades, on the same grid: an order of either may meet one of the other, each paid in its own
   * quote, of which one counts as much as one of the other's. Absent: it has a book of its own.
   */
  readonly sharesBookOf?: string;
  readonly liquidity: LiquidityTerms;
}

/** The asset that a swap settles in and that a spot trade is paid in. */
export function settleAsset(instrument: Instrument): string {
  return instrument.quote;
}

/** Value in quote of `quantity` (venue units) at `price`; exact. */
export function notional(instrument: Instrument, price: Decimal, quantity: Decimal): Decimal {
  const value = price.multiply(quantity);
  return instrument.contractSize.equals(Decimal.one) ? value : value.multiply(instrument.contractSize);
}
