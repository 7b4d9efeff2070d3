/** Why we refuse an order: a closed union with a stable code, the limit and the actual figure. */
import type { Decimal } from '../decimal.ts';

/** The rules in their declared precedence: the first that refuses gives an order its reason. */
export const RISK_RULES = [
  'kill_switch',
  'instrument_allowed',
  'trading_state',
  'order_shape',
  'market_data',
  'base_value',
  'instrument_filters',
  'reduce_only',
  'own_part',
  'stop_trigger',
  'price_collar',
  'order_size',
  'available_balance',
  'position_limit',
  'total_exposure',
  'open_orders',
  'order_rate',
  'leverage',
  'margin',
  'self_cross',
  'daily_loss',
  'drawdown',
  'strategy_limits',
  'duplicate_order',
] as const;

export type RiskRuleName = (typeof RISK_RULES)[number];

export type RefusalCode =
  | 'kill_switch_engaged'
  | 'instrument_not_allowed'
  | 'instrument_unknown'
  | 'instrument_not_active'
  | 'trading_halted'
  | 'trading_reduce_only'
  | 'unsupported_order'
  | 'market_data_missing'
  | 'market_data_stale'
  | 'value_unknown'
  | 'price_off_tick'
  | 'price_out_of_range'
  | 'price_outside_band'
  | 'quantity_off_lot'
  | 'quantity_too_small'
  | 'quantity_too_large'
  | 'notional_too_small'
  | 'not_reducing'
  | 'beyond_strategy_part'
  | 'would_trigger'
  | 'price_outside_collar'
  | 'order_quantity_limit'
  | 'order_notional_limit'
  | 'insufficient_balance'
  | 'position_limit'
  | 'total_exposure_limit'
  | 'open_orders_limit'
  | 'order_rate_limit'
  | 'leverage_limit'
  | 'leverage_unknown'
  | 'margin_ratio_limit'
  | 'liquidation_distance_limit'
  | 'margin_unknown'
  | 'would_self_cross'
  | 'daily_loss_limit'
  | 'drawdown_limit'
  | 'strategy_position_limit'
  | 'strategy_open_orders_limit'
  | 'strategy_daily_loss_limit'
  | 'strategy_books_limit'
  | 'duplicate_order';

export interface Refusal {
  readonly rule: RiskRuleName;
  readonly code: RefusalCode;
  /** The figure that may not be passed; null where the rule has none. */
  readonly limit: string | null;
  /** The figure this order would make. */
  readonly actual: string | null;
  /** One sentence that names the field and the reason. */
  readonly detail: string;
}

export function refusal(
  rule: RiskRuleName,
  code: RefusalCode,
  detail: string,
  figures?: { readonly limit: Decimal | number | string; readonly actual: Decimal | number | string },
): Refusal {
  return {
    rule,
    code,
    limit: figures === undefined ? null : figures.limit.toString(),
    actual: figures === undefined ? null : figures.actual.toString(),
    detail,
  };
}
