/** A venue's reports of orders, executions, balances and positions, in our words and units. */
import type { Decimal } from '../decimal.ts';
import type { Asset, InstrumentSymbol, TimeMs, TradeId, VenueClientOrderId, VenueOrderId } from '../ids.ts';
import type { Wallet } from '../balance/wallet.ts';
import type { PositionSide, Side } from '../order/terms.ts';

/** An order as the venue shows it. */
export interface OrderReport {
  readonly symbol: InstrumentSymbol;
  readonly venueOrderId: VenueOrderId;
  readonly venueClientOrderId: VenueClientOrderId | null;
  readonly status:
    | 'untriggered'
    | 'triggered'
    | 'open'
    | 'partially_filled'
    | 'filled'
    | 'canceled'
    | 'expired'
    | 'rejected';
  readonly side: Side;
  /** Null where the report does not say. */
  readonly positionSide: PositionSide | null;
  /** Base units; null where the report does not say. */
  readonly quantity: Decimal | null;
  readonly price: Decimal | null;
  /** Cumulative, base units. Triggers a fetch of fills; never books one. */
  readonly filledQuantity: Decimal;
  /** The new venue order of a triggered stop, where it is another one. */
  readonly triggeredVenueOrderId: VenueOrderId | null;
  /** The venue's own reason for an end that we did not ask for; empty when none. */
  readonly venueReason: string;
  /** Venue clock. */
  readonly updatedAt: TimeMs;
}

/** One execution as the venue shows it. */
export interface VenueFill {
  readonly symbol: InstrumentSymbol;
  readonly tradeId: TradeId;
  readonly venueOrderId: VenueOrderId;
  /** Null where the venue's list of executions does not carry it. */
  readonly venueClientOrderId: VenueClientOrderId | null;
  readonly side: Side;
  /** The position that it traded; `net` for spot and in one-way mode. */
  readonly positionSide: PositionSide;
  /**
   * Orders the executions of one instrument within one millisecond, where the venue documents such an order; null where it
   * does not. The trade id itself is text without order.
   */
  readonly sequence: number | null;
  readonly price: Decimal;
  /** Base units. */
  readonly quantity: Decimal;
  /**
   * Spot: the quote units that moved by the venue's own books, where they are not price x quantity because those have fewer digits;
   * left out where they are, and where the venue does not say.
   */
  readonly quoteQuantity?: Decimal | undefined;
  /** The amount charged; negative for a rebate. */
  readonly fee: Decimal;
  readonly feeAsset: Asset | null;
  readonly liquidity: 'maker' | 'taker' | null;
  /** The PnL of a swap execution by the venue, in the settle asset, fees apart; null for spot or where it does not say. */
  readonly realizedPnl: Decimal | null;
  /** Venue clock. */
  readonly executedAt: TimeMs;
}

/** Where reading the executions of one instrument goes on; opaque outside the gateway. */
export type FillsCursor = string;

export interface FillsPage {
  /** In the order of execution. */
  readonly fills: readonly VenueFill[];
  /** Where the next read starts; everything before it has been returned. */
  readonly cursor: FillsCursor;
  readonly hasMore: boolean;
}

export interface BalanceReport {
  readonly wallet: Wallet;
  readonly asset: Asset;
  readonly total: Decimal;
  readonly free: Decimal;
  /** The amount locked by resting spot orders, ours and external; null in a wallet without spot, or if the venue does not say. */
  readonly lockedByOrders: Decimal | null;
  /** The share of its value that the venue counts as collateral for swaps of the wallet; null where it counts none. */
  readonly collateralRate: Decimal | null;
  /**
   * The venue lists it as a receipt for what lies outside of the wallet, where it has left capital as a transfer: the total is zero here,
   * and one that the books still hold goes without being a loss.
   */
  readonly isReceipt?: true;
}

export interface PositionReport {
  readonly symbol: InstrumentSymbol;
  readonly positionSide: PositionSide;
  /** Base units, negative for short. */
  readonly quantity: Decimal;
  readonly entryPrice: Decimal | null;
  readonly markPrice: Decimal | null;
  readonly leverage: Decimal | null;
  readonly marginMode: 'cross' | 'isolated' | null;
  /** `none`: the venue says that no price above zero liquidates the position; null where it does not say. */
  readonly liquidationPrice: Decimal | 'none' | null;
  /** Settle units that the position needs behind it; null where the venue does not say. */
  readonly maintenanceMargin: Decimal | null;
  /** Settle units behind an isolated position, its unrealized PnL included; null in cross mode, or where the venue does not say. */
  readonly isolatedMargin: Decimal | null;
  readonly unrealizedPnl: Decimal | null;
}

/** The margin of a wallet's positions in cross mode, which stand and fall together, in settle units. */
export interface MarginReport {
  readonly wallet: Wallet;
  /** The amount that stands behind them, their unrealized PnL included; null where the venue does not say. */
  readonly marginBalance: Decimal | null;
  /** The least that has to stand behind them; null where the venue does not say. */
  readonly maintenanceMargin: Decimal | null;
}

/** One change of a swap wallet that is not a trade. */
export interface FundingRecord {
  readonly id: string;
  readonly symbol: InstrumentSymbol;
  /** `net` in one-way mode, and where the venue does not say which side was charged. */
  readonly positionSide: PositionSide;
  readonly asset: Asset;
  /** Negative when we paid. */
  readonly amount: Decimal;
  readonly at: TimeMs;
}
