/**
 * The channels of the stream: those of a portfolio, which emit its events once they are durable, and the prices of an
 * instrument, `prices:<exchange>:<symbol>`.
 *
 * Entry points: `parseChannel`, `CHANNELS_OF`.
 */
import { venueNamed } from '../../configuration/environment.ts';
import type { InstrumentSymbol, Venue } from '../../core/ids.ts';
import type { PortfolioEventType } from '../../core/portfolio/events.ts';
import { unknownExchange } from '../fields.ts';
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
  | { readonly kind: 'no_exchange' | 'nonsense'; readonly reason: string };

const PRICES = 'prices:';

export function parseChannel(text: string): ParsedChannel {
  const known = PORTFOLIO_CHANNELS.find((channel) => channel === text);
  if (known !== undefined) return { kind: 'portfolio', channel: known };
  if (!text.startsWith(PRICES))
    return {
      kind: 'nonsense',
      reason: `${JSON.stringify(text)} must be of ${PORTFOLIO_CHANNELS.join(', ')}, or prices:<exchange>:<symbol>`,
    };
  const [exchangeText = '', ...rest] = text.slice(PRICES.length).split(':');
  const exchange = venueNamed(exchangeText);
  if (exchange === undefined) return { kind: 'no_exchange', reason: unknownExchange(exchangeText) };
  const symbol = parseSymbol(rest.join(':'));
  if (symbol === null)
    return {
      kind: 'nonsense',
      reason: `${JSON.stringify(text)} must end with a symbol, as in prices:${exchange}:BTC/USDT or prices:${exchange}:BTC/USDT:USDT`,
    };
  return { kind: 'prices', channel: { name: `${PRICES}${exchange}:${symbol}`, exchange, symbol } };
}

/**
 * The channels that each event is sent on. On `positions` and `balances` stands not the event but what is different after it: those
 * that an event may change are read again, and sent where they are not as they were.
 */
export const CHANNELS_OF: Readonly<Record<PortfolioEventType, readonly PortfolioChannel[]>> = {
  ownership_taken: [],
  clock_stepped: [],
  base_currency_set: [],
  account_opened: ['positions', 'balances'],
  wallets_declared: ['positions', 'balances'],
  position_mode_seen: ['positions', 'balances'],
  account_reset: ['orders', 'positions', 'balances'],
  // Orders hold balances, and protect positions.
  order_accepted: ['orders', 'positions', 'balances'],
  order_denied: ['orders', 'risk'],
  send_attempted: ['orders', 'positions', 'balances'],
  send_accepted: ['orders', 'positions', 'balances'],
  send_refused: ['orders', 'positions', 'balances'],
  send_not_sent: ['orders', 'positions', 'balances'],
  send_unknown: ['orders', 'positions', 'balances'],
  stop_reached: ['orders', 'positions', 'balances'],
  stop_closes_now: ['orders', 'positions', 'balances'],
  absence_observed: [],
  absence_proven: ['orders', 'positions', 'balances'],
  order_given_up: ['orders', 'positions', 'balances'],
  working_seen: ['orders', 'positions', 'balances'],
  stop_trigger_seen: ['orders', 'positions', 'balances'],
  venue_order_linked: ['orders'],
  final_seen: [],
  order_closed: ['orders', 'positions', 'balances'],
  fill_booked: ['orders', 'fills', 'positions', 'balances'],
  strategy_parts_closed: [],
  strategy_books_netted: [],
  fill_parked: [],
  external_fill_seen: ['fills', 'positions', 'balances'],
  position_adopted: ['positions', 'balances'],
  position_cut: ['positions', 'balances'],
  position_cut_replaced: ['positions', 'balances'],
  position_cut_changed: ['positions', 'balances'],
  fills_cursor_moved: [],
  cancel_requested: ['orders', 'positions', 'balances'],
  external_cancel_requested: [],
  cancel_refused: ['orders', 'positions', 'balances'],
  order_annulled: ['orders', 'positions', 'balances'],
  drift_opened: ['drift'],
  drift_resolved: ['drift'],
  positions_observed: ['positions', 'balances'],
  balances_observed: ['positions', 'balances'],
  funding_booked: ['positions', 'balances'],
  account_record_booked: ['positions', 'balances'],
  account_records_read: [],
  limits_changed: ['risk'],
  trading_state_set: ['risk'],
  kill_switch_set: ['risk'],
  kill_switch_answered: [],
  stop_kept: [],
  stop_released: [],
  request_answered: [],
  setting_requested: [],
  setting_denied: ['risk'],
  setting_answered: ['positions', 'balances'],
  capital_moved: ['risk'],
  price_stated: ['risk'],
  fees_valued: ['risk'],
  equity_observed: ['risk'],
  order_recalled: ['positions', 'balances'],
  orders_evicted: [],
};

/** The events that are sent on a channel. */
export function eventsOn(channel: PortfolioChannel): readonly PortfolioEventType[] {
  return (Object.keys(CHANNELS_OF) as PortfolioEventType[]).filter((type) =>
    CHANNELS_OF[type].includes(channel),
  );
}
