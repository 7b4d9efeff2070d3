/** Limits as the API shows them: in force, as stored for a scope, and with the history of their changes. */
import { z } from 'zod';
import { VENUES } from '../../core/ids.ts';
import { decodeEvent } from '../../core/portfolio/codec.ts';
import type { LimitScope, StoredLimits } from '../../core/risk/limit-scopes.ts';
import { NOTHING_SET, type RiskLimits, type SetLimits } from '../../core/risk/limits.ts';
import type { JournalRecord } from '../../journal/journal.ts';
import { decimalOut, isoTime, timeOut } from '../fields.ts';

const figures = {
  max_position_notional: decimalOut.nullable(),
  max_total_exposure: decimalOut.nullable(),
  max_order_notional: decimalOut.nullable(),
  max_order_quantity: decimalOut.nullable(),
  max_open_orders: z.int().nullable(),
  max_orders_per_window: z.int().nullable(),
  max_leverage: decimalOut.nullable(),
  max_daily_loss: decimalOut.nullable(),
  max_drawdown: decimalOut.nullable(),
  max_margin_ratio: decimalOut.nullable(),
  min_liquidation_distance: decimalOut.nullable(),
  price_collar_bps: z.int().nullable(),
  allowed_symbols: z.array(z.string()).nullable(),
};

/** Null: there is no such limit. */
export const limitsInForceView = z
  .object({
    checks_enabled: z.boolean(),
    ...figures,
    order_rate_window_ms: z.int(),
    stale_quote_ms: z.int(),
    duplicate_window_ms: z.int(),
  })
  .meta({
    id: 'LimitsInForce',
    description: 'The limits that orders are checked against; null: there is no such limit.',
  });

export const setLimitsView = z
  .object({
    checks_enabled: z.boolean().nullable(),
    ...figures,
    order_rate_window_ms: z.int().nullable(),
    stale_quote_ms: z.int().nullable(),
    duplicate_window_ms: z.int().nullable(),
  })
  .meta({ id: 'SetLimits', description: 'The limits that one source sets; null: it sets none.' });

/** The name of each limit on the wire. */
export const LIMIT_FIELDS = {
  checksEnabled: 'checks_enabled',
  maxPositionNotional: 'max_position_notional',
  maxTotalExposure: 'max_total_exposure',
  maxOrderNotional: 'max_order_notional',
  maxOrderQuantity: 'max_order_quantity',
  maxOpenOrders: 'max_open_orders',
  maxOrdersPerWindow: 'max_orders_per_window',
  orderRateWindowMs: 'order_rate_window_ms',
  maxLeverage: 'max_leverage',
  maxDailyLoss: 'max_daily_loss',
  maxDrawdown: 'max_drawdown',
  maxMarginRatio: 'max_margin_ratio',
  minLiquidationDistance: 'min_liquidation_distance',
  priceCollarBps: 'price_collar_bps',
  staleQuoteMs: 'stale_quote_ms',
  duplicateWindowMs: 'duplicate_window_ms',
  allowedSymbols: 'allowed_symbols',
} as const satisfies Readonly<Record<keyof RiskLimits, keyof z.output<typeof setLimitsView>>>;

function figuresOf(limits: SetLimits): Pick<z.output<typeof setLimitsView>, keyof typeof figures> {
  return {
    max_position_notional: limits.maxPositionNotional?.toString() ?? null,
    max_total_exposure: limits.maxTotalExposure?.toString() ?? null,
    max_order_notional: limits.maxOrderNotional?.toString() ?? null,
    max_order_quantity: limits.maxOrderQuantity?.toString() ?? null,
    max_open_orders: limits.maxOpenOrders,
    max_orders_per_window: limits.maxOrdersPerWindow,
    max_leverage: limits.maxLeverage?.toString() ?? null,
    max_daily_loss: limits.maxDailyLoss?.toString() ?? null,
    max_drawdown: limits.maxDrawdown?.toString() ?? null,
    max_margin_ratio: limits.maxMarginRatio?.toString() ?? null,
    min_liquidation_distance: limits.minLiquidationDistance?.toString() ?? null,
    price_collar_bps: limits.priceCollarBps,
    allowed_symbols: limits.allowedSymbols === null ? null : [...limits.allowedSymbols],
  };
}

export function toLimitsInForceView(limits: RiskLimits): z.output<typeof limitsInForceView> {
  return {
    checks_enabled: limits.checksEnabled,
    ...figuresOf(limits),
    order_rate_window_ms: limits.orderRateWindowMs,
    stale_quote_ms: limits.staleQuoteMs,
    duplicate_window_ms: limits.duplicateWindowMs,
  };
}

export function toSetLimitsView(limits: SetLimits): z.output<typeof setLimitsView> {
  return {
    checks_enabled: limits.checksEnabled,
    ...figuresOf(limits),
    order_rate_window_ms: limits.orderRateWindowMs,
    stale_quote_ms: limits.staleQuoteMs,
    duplicate_window_ms: limits.duplicateWindowMs,
  };
}

/** The scope of limits or of a trading state. */
export const scopeFields = {
  scope: z.enum(['portfolio', 'account', 'instrument', 'strategy']),
  account: z.string().nullable(),
  exchange: z.enum(VENUES).nullable(),
  symbol: z.string().nullable(),
  strategy: z.string().nullable(),
};

export const storedLimitsView = z
  .object({
    ...scopeFields,
    version: z.int().meta({ description: 'Send it back with a change; 0 where nothing was ever stored.' }),
    limits: setLimitsView,
    changed_by: z.string().nullable(),
    reason: z.string().nullable(),
    changed_at: timeOut.nullable(),
  })
  .meta({
    id: 'StoredLimits',
    description: 'The limits that are stored for one scope, and who last changed them.',
  });

export type StoredLimitsView = z.output<typeof storedLimitsView>;

export function toStoredLimitsView(stored: StoredLimits): StoredLimitsView {
  const { scope, version, limits, requestedBy, why, at } = stored;
  return {
    ...scopeView(scope),
    version,
    limits: toSetLimitsView(limits),
    changed_by: requestedBy === '' ? null : requestedBy,
    reason: why === '' ? null : why,
    changed_at: at === 0 ? null : isoTime(at),
  };
}

/** A scope for which nothing was ever stored. */
export function untouchedLimitsView(scope: LimitScope): StoredLimitsView {
  return toStoredLimitsView({ scope, version: 0, limits: NOTHING_SET, requestedBy: '', why: '', at: 0 });
}

export function scopeView(scope: LimitScope): Pick<StoredLimitsView, keyof typeof scopeFields> {
  const none = { account: null, exchange: null, symbol: null, strategy: null };
  switch (scope.kind) {
    case 'portfolio':
      return { scope: scope.kind, ...none };
    case 'account':
      return { scope: scope.kind, ...none, account: scope.accountId };
    case 'instrument':
      return { scope: scope.kind, ...none, exchange: scope.venue, symbol: scope.symbol };
    case 'strategy':
      return { scope: scope.kind, ...none, strategy: scope.strategy };
  }
}

export const limitChangeView = storedLimitsView
  .extend({ version: z.int().nullable(), seq: z.int().meta({ description: 'Its place in the journal.' }) })
  .meta({
    id: 'LimitChange',
    description: 'One change of the limits of a scope, and what they were after it.',
  });

/** Null for a record that is no change of limits. */
export function toLimitChangeView({
  seq,
  at,
  type,
  payload,
}: JournalRecord): z.output<typeof limitChangeView> | null {
  const event = decodeEvent(type, payload);
  if (event.type !== 'limits_changed') return null;
  const { scope = { kind: 'portfolio' }, limits, requestedBy, why, version } = event;
  return {
    ...toStoredLimitsView({ scope, version: version ?? 0, limits, requestedBy, why, at }),
    version: version ?? null,
    seq,
  };
}
