/** One execution as the API shows it. */
import { POSITION_SIDES } from '../../core/order/terms.ts';
import { z } from 'zod';
import { VENUES, type AccountId, type OrderId, type Venue } from '../../core/ids.ts';
import { quoteAmount } from '../../core/position/quote-amount.ts';
import type { VenueFill } from '../../core/venue/report.ts';
import { decimalOut, isoTime, timeOut } from '../fields.ts';

export const fillView = z
  .object({
    order_id: z.string().nullable().meta({ description: 'Null: of an order that was not placed here.' }),
    exchange: z
      .enum(VENUES)
      .nullable()
      .meta({ description: 'Null for a removed account that no order was ever placed on here.' }),
    account: z.string(),
    trade_id: z.string(),
    venue_order_id: z.string(),
    symbol: z.string(),
    side: z.enum(['buy', 'sell']),
    position_side: z.enum(POSITION_SIDES),
    price: decimalOut,
    quantity: decimalOut,
    cost: decimalOut,
    fee: decimalOut,
    fee_asset: z.string().nullable(),
    liquidity: z.enum(['maker', 'taker']).nullable(),
    executed_at: timeOut,
  })
  .meta({ id: 'Fill' });

export type FillView = z.output<typeof fillView>;

/** The order, the account and the exchange of an execution. */
export interface FillOwner {
  readonly orderId: OrderId | null;
  readonly accountId: AccountId;
  /** Null where it is not known any more. */
  readonly exchange: Venue | null;
}

export function toFillView(fill: VenueFill, owner: FillOwner): FillView {
  return {
    order_id: owner.orderId,
    exchange: owner.exchange,
    account: owner.accountId,
    trade_id: fill.tradeId,
    venue_order_id: fill.venueOrderId,
    symbol: fill.symbol,
    side: fill.side,
    position_side: fill.positionSide,
    price: fill.price.toString(),
    quantity: fill.quantity.toString(),
    cost: quoteAmount(fill).toString(),
    fee: fill.fee.toString(),
    fee_asset: fill.feeAsset,
    liquidity: fill.liquidity,
    executed_at: isoTime(fill.executedAt),
  };
}
