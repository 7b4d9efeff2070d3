/**
 * The channels of the stream: those of a portfolio, which emit its events once they are durable, and the prices of an
 * instrument, `prices:<exchange>:<symbol>`.
 *
 * Entry points: `parseChannel`, `CHANNELS_OF`.
 */
import { venueNamed } from '../../configuration/environment.ts';
import { VENUES, type InstrumentSymbol, type Venue } from '../../core/ids.ts';
import type { PortfolioEventType } from '../../core/portfolio/events.ts';
import { parseSymbol } from '../symbol-text.ts';

export const PORTFOLIO_CHANNELS = ['orders', 'fills', 'positions', 'balances', 'risk', 'drift'] as const;
export type PortfolioChannel = (typeof PORTFOLIO_CHANNELS)[number];

export interface PriceChannel {
  /** The name in messages: with this service's name of the exchange (`htx`, not `huobi`) and the unified symbol. */
  readonly name: string;
  readonly exchange: Venue;
  readonly symbol: InstrumentSymbol;
}

export type ParsedChannel =
  | { readonly kind: 'portfolio'; readonly channel: PortfolioChannel }
  | { readonly kind: 'prices'; readonly channel: PriceChannel }
  | { readonly kind: 'nonsense'; readonly reason: string };

const PRICES = 'prices:';

export function parseChannel(text: string): ParsedChannel {
  const known = PORTFOLIO_CHANNELS.find((channel) => channel === text);
  if (known !== undefined) return { kind: 'portfolio', channel: known };
  if (!text.startsWith(PRICES))
    return {
      kind: 'nonsense',
      reason: `must be of ${PORTFOLIO_CHANNELS.join(', ')}, or prices:<exchange>:<symbol>`,
    };
  const [exchangeText = '', ...rest] = text.slice(PRICES.length).split(':');
  const exchange = venueNamed(exchangeText);
  if (exchange === undefined)
    return { kind: 'nonsense', reason: `must name one of ${VENUES.join(', ')} after prices:` };
  const symbol = parseSymbol(rest.join(':'));
  if (symbol === null)
    return {
      kind: 'nonsense',
      reason: `must end with a symbol, as in prices:${exchange}:BTC/USDT or prices:${exchange}:BTC/USDT:USDT`,
    };
  return { kind: 'prices', channel: { name: `${PRICES}${exchange}:${symbol}`, exchange, symbol } };
}

/** The channels that each event is sent on. */
export const CHANNELS_OF: Readonly<Record<PortfolioEventType, readonly PortfolioChannel[]>> = {
  ownership_taken: [],
  clock_stepped: [],
  base_currency_set: [],
  account_opened: ['balances'],
  wallets_declared: ['balances'],
  position_mode_seen: ['positions'],
  account_reset: ['orders', 'positions', 'balances'],
  order_accepted: ['orders'],
  order_denied: ['orders', 'risk'],
  send_attempted: ['orders'],
  send_accepted: ['orders'],
  send_refused: ['orders'],
  send_not_sent: ['orders'],
  send_unknown: ['orders'],
  stop_reached: ['orders'],
  stop_closes_now: ['orders'],
  absence_observed: [],
  absence_proven: ['orders'],
  order_given_up: ['orders'],
  working_seen: ['orders'],
  stop_trigger_seen: ['orders'],
  venue_order_linked: ['orders'],
  final_seen: [],
  order_closed: ['orders'],
  fill_booked: ['orders', 'fills', 'positions', 'balances'],
  fill_parked: [],
  external_fill_seen: ['fills', 'positions', 'balances'],
  position_adopted: ['positions'],
  position_cut: ['positions'],
  position_cut_replaced: ['positions', 'balances'],
  fills_cursor_moved: [],
  cancel_requested: ['orders'],
  external_cancel_requested: [],
  cancel_refused: ['orders'],
  order_annulled: ['orders'],
  drift_opened: ['drift'],
  drift_resolved: ['drift'],
  positions_observed: ['positions'],
  balances_observed: ['balances'],
  funding_booked: ['positions', 'balances'],
  account_record_booked: ['positions', 'balances'],
  account_records_read: [],
  limits_changed: ['risk'],
  trading_state_set: ['risk'],
  kill_switch_set: ['risk'],
  kill_switch_answered: [],
  setting_requested: [],
  setting_denied: ['risk'],
  setting_answered: ['positions'],
  capital_moved: ['risk'],
  equity_observed: ['risk'],
  order_recalled: [],
  orders_evicted: [],
};
