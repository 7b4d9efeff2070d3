/** One execution as the API shows it. */
import { POSITION_SIDES } from '../../core/order/terms.ts';
import { z } from 'zod';
import type { VenueFill } from '../../core/venue/report.ts';
import { decimalOut, isoTime, timeOut } from '../fields.ts';

export const fillView = z
  .object({
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

export function toFillView(fill: VenueFill): FillView {
  return {
    trade_id: fill.tradeId,
    venue_order_id: fill.venueOrderId,
    symbol: fill.symbol,
    side: fill.side,
    position_side: fill.positionSide,
    price: fill.price.toString(),
    quantity: fill.quantity.toString(),
    cost: fill.price.multiply(fill.quantity).toString(),
    fee: fill.fee.toString(),
    fee_asset: fill.feeAsset,
    liquidity: fill.liquidity,
    executed_at: isoTime(fill.executedAt),
  };
}
