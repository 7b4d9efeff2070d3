/** Limits, how much of them is used, and whether trading is open, as the API shows it. */
import { z } from 'zod';
import { Decimal } from '../../core/decimal.ts';
import type { RiskReading } from '../../engine/desk.ts';
import { decimalOut, isoTime, timeOut } from '../fields.ts';

const RATIO_SCALE = 6;

export const riskStatusView = z
  .object({
    trading: z.enum(['open', 'killed', 'halted']),
    kill_switch: z.object({
      engaged: z.boolean(),
      requested_by: z.string().nullable(),
      reason: z.string().nullable(),
      at: timeOut.nullable(),
    }),
    halted: z.string().nullable().meta({ description: 'Why trading is halted.' }),
    equity: z
      .object({
        current: decimalOut,
        peak: decimalOut,
        day_start: decimalOut,
        day_pnl: decimalOut,
        at: timeOut,
      })
      .nullable(),
    usage: z.object({
      open_orders: z.object({ limit: z.int().nullable(), actual: z.int() }),
      daily_loss: z.object({ limit: decimalOut.nullable(), actual: decimalOut.nullable() }),
      drawdown: z.object({ limit: decimalOut.nullable(), actual: decimalOut.nullable() }),
    }),
    limits: z.object({
      checks_enabled: z.boolean(),
      max_position_notional: decimalOut.nullable(),
      max_total_exposure: decimalOut.nullable(),
      max_order_notional: decimalOut.nullable(),
      max_order_quantity: decimalOut.nullable(),
      max_open_orders: z.int().nullable(),
      max_orders_per_window: z.int().nullable(),
      order_rate_window_ms: z.int(),
      max_leverage: decimalOut.nullable(),
      max_daily_loss: decimalOut.nullable(),
      max_drawdown: decimalOut.nullable(),
      price_collar_bps: z.int().nullable(),
      stale_quote_ms: z.int(),
      duplicate_window_ms: z.int(),
      allowed_symbols: z.array(z.string()).nullable(),
    }),
    as_of_seq: z.int(),
  })
  .meta({ id: 'RiskStatus' });

export function toRiskStatusView(
  { limits, killSwitch, equity, halted }: RiskReading,
  openOrders: number,
  seq: number,
): z.output<typeof riskStatusView> {
  const wasSet = killSwitch.at > 0;
  const dayPnl = equity === null ? null : equity.current.subtract(equity.dayStart);
  const drawdown =
    equity === null || !equity.peak.isPositive()
      ? null
      : equity.peak.subtract(equity.current).divide(equity.peak, RATIO_SCALE, 'up').max(Decimal.zero);
  return {
    trading: halted !== null ? 'halted' : killSwitch.engaged ? 'killed' : 'open',
    kill_switch: {
      engaged: killSwitch.engaged,
      requested_by: wasSet ? killSwitch.requestedBy : null,
      reason: wasSet ? killSwitch.why : null,
      at: wasSet ? isoTime(killSwitch.at) : null,
    },
    halted,
    equity:
      equity === null || dayPnl === null
        ? null
        : {
            current: equity.current.toString(),
            peak: equity.peak.toString(),
            day_start: equity.dayStart.toString(),
            day_pnl: dayPnl.toString(),
            at: isoTime(equity.at),
          },
    usage: {
      open_orders: { limit: limits.maxOpenOrders, actual: openOrders },
      daily_loss: {
        limit: limits.maxDailyLoss?.toString() ?? null,
        actual: dayPnl?.negate().max(Decimal.zero).toString() ?? null,
      },
      drawdown: { limit: limits.maxDrawdown?.toString() ?? null, actual: drawdown?.toString() ?? null },
    },
    limits: {
      checks_enabled: limits.checksEnabled,
      max_position_notional: limits.maxPositionNotional?.toString() ?? null,
      max_total_exposure: limits.maxTotalExposure?.toString() ?? null,
      max_order_notional: limits.maxOrderNotional?.toString() ?? null,
      max_order_quantity: limits.maxOrderQuantity?.toString() ?? null,
      max_open_orders: limits.maxOpenOrders,
      max_orders_per_window: limits.maxOrdersPerWindow,
      order_rate_window_ms: limits.orderRateWindowMs,
      max_leverage: limits.maxLeverage?.toString() ?? null,
      max_daily_loss: limits.maxDailyLoss?.toString() ?? null,
      max_drawdown: limits.maxDrawdown?.toString() ?? null,
      price_collar_bps: limits.priceCollarBps,
      stale_quote_ms: limits.staleQuoteMs,
      duplicate_window_ms: limits.duplicateWindowMs,
      allowed_symbols: limits.allowedSymbols === null ? null : [...limits.allowedSymbols],
    },
    as_of_seq: seq,
  };
}
