/** The trading state of a scope as the API shows it. */
import { z } from 'zod';
import { decodeEvent } from '../../core/portfolio/codec.ts';
import { TRADING_STATES, type StoredTradingState } from '../../core/risk/trading-state-record.ts';
import type { JournalRecord } from '../../journal/journal.ts';
import { isoTime, timeOut } from '../fields.ts';
import { scopeFields, scopeView } from './limits.ts';

export const tradingStateView = z
  .object({
    ...scopeFields,
    state: z.enum(TRADING_STATES),
    version: z.int().meta({ description: 'Send it back with a looser state.' }),
    set_by: z.string(),
    reason: z.string(),
    set_at: timeOut,
  })
  .meta({ id: 'TradingState', description: 'The trading state of one scope, and who last set it.' });

export function toTradingStateView(stored: StoredTradingState): z.output<typeof tradingStateView> {
  const { scope, state, version, requestedBy, why, at } = stored;
  return {
    ...scopeView(scope),
    state,
    version,
    set_by: requestedBy,
    reason: why,
    set_at: isoTime(at),
  };
}

export const tradingStateChangeView = tradingStateView
  .extend({ seq: z.int().meta({ description: 'Its place in the journal.' }) })
  .meta({ id: 'TradingStateChange', description: 'One change of the trading state of a scope.' });

/** Null for a record that sets no trading state. */
export function toTradingStateChangeView({
  seq,
  at,
  type,
  payload,
}: JournalRecord): z.output<typeof tradingStateChangeView> | null {
  const event = decodeEvent(type, payload);
  return event.type === 'trading_state_set' ? { ...toTradingStateView({ ...event, at }), seq } : null;
}
