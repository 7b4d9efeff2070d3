/**
 * The least that a range of seeds has to meet, so that worlds which have become too mild fail.
 *
 * Entry points: `MET_OF_300`, `missingIn`, `seldomerIn`, `leastOf`, `whyNotMet`. How often each name is met was measured; the longer a range, the more
 * of it is asked for, and nothing that chance alone would keep from it.
 */
import {
  isFinished,
  TRANSITIONS,
  type OrderEventType,
  type OrderStatus,
} from '../../../src/core/order/transitions.ts';
import { countMet } from '../met.ts';

/** In how many of 300 seeds each name of `met.ts` is met, on average: the low end of what was measured. */
export const MET_OF_300: Readonly<Record<string, number>> = {
  // Accounts beside the first one, of which an order was placed; and callers of one who try for another.
  'account in another portfolio': 23,
  'account limit of its own': 17,
  'account of mode live': 23,
  'account of mode paper': 20,
  'trespass cancel unknown_order': 24,
  'trespass place token_bound': 25,
  // Answers to a caller who places.
  'answer accepted': 289,
  'answer conflict': 127,
  'answer denied': 241,
  'answer nothing': 104,
  'answer unavailable': 237,
  'answer unknown_instrument': 59,
  'answer withheld': 128,
  // Answers to a cancel.
  'cancel already_finished': 228,
  'cancel annulled': 4.0,
  'cancel canceling': 219,
  'cancel nothing': 25,
  'cancel unavailable': 71,
  // Cells of the transition table that were looked up, also those that change nothing.
  'cell accepted + annulled': 100,
  'cell accepted + given_up': 106,
  'cell accepted + send_attempted': 289,
  'cell canceled + send_accepted': 19,
  'cell canceled + send_unknown': 2.8,
  'cell canceled + working_seen': 44,
  'cell canceling + closed_canceled': 190,
  'cell canceling + closed_expired': 2.5,
  'cell canceling + closed_filled': 99,
  'cell canceling + fill_booked': 90,
  'cell canceling + send_accepted': 52,
  'cell canceling + working_seen': 88,
  'cell expired + send_accepted': 2.0,
  'cell expired + working_seen': 12,
  'cell filled + send_accepted': 139,
  'cell filled + send_unknown': 10,
  'cell filled + working_seen': 205,
  'cell open + cancel_requested': 196,
  'cell open + closed_canceled': 282,
  'cell open + closed_expired': 11,
  'cell open + fill_booked': 242,
  'cell open + send_accepted': 243,
  'cell open + send_unknown': 7.3,
  'cell open + working_seen': 288,
  'cell partially_filled + cancel_requested': 35,
  'cell partially_filled + closed_expired': 11,
  'cell partially_filled + closed_filled': 243,
  'cell partially_filled + fill_booked': 31,
  'cell partially_filled + working_seen': 28,
  'cell submitting + cancel_requested': 170,
  'cell submitting + closed_canceled': 12,
  'cell submitting + fill_booked': 17,
  'cell submitting + send_accepted': 264,
  'cell submitting + send_not_sent': 100,
  'cell submitting + send_refused': 37,
  'cell submitting + send_unknown': 152,
  'cell submitting + working_seen': 255,
  'cell unknown + absence_proven': 111,
  'cell unknown + cancel_requested': 61,
  'cell unknown + closed_canceled': 10,
  'cell unknown + fill_booked': 27,
  'cell unknown + send_unknown': 0.9,
  'cell unknown + working_seen': 90,
  // Faults by the question that met them.
  'fault balances delay_request': 9.8,
  'fault balances delay_response': 13,
  'fault balances drop_request': 13,
  'fault balances drop_response': 13,
  'fault balances error_after': 14,
  'fault balances error_before': 8.2,
  'fault balances rate_limit': 15,
  'fault balances truncated': 14,
  'fault cancel_order delay_request': 12,
  'fault cancel_order delay_response': 12,
  'fault cancel_order drop_request': 11,
  'fault cancel_order drop_response': 16,
  'fault cancel_order error_after': 12,
  'fault cancel_order error_before': 12,
  'fault cancel_order rate_limit': 12,
  'fault cancel_order truncated': 14,
  'fault create_order delay_request': 40,
  'fault create_order delay_response': 23,
  'fault create_order drop_request': 22,
  'fault create_order drop_response': 18,
  'fault create_order error_after': 21,
  'fault create_order error_before': 19,
  'fault create_order rate_limit': 24,
  'fault create_order slow_engine': 19,
  'fault create_order truncated': 17,
  'fault fills delay_request': 18,
  'fault fills delay_response': 17,
  'fault fills drop_request': 12,
  'fault fills drop_response': 15,
  'fault fills error_after': 16,
  'fault fills error_before': 15,
  'fault fills rate_limit': 17,
  'fault fills truncated': 19,
  'fault open_orders delay_request': 14,
  'fault open_orders delay_response': 16,
  'fault open_orders drop_request': 15,
  'fault open_orders drop_response': 17,
  'fault open_orders error_after': 16,
  'fault open_orders error_before': 18,
  'fault open_orders rate_limit': 14,
  'fault open_orders truncated': 17,
  'fault other delay_request': 35,
  'fault other delay_response': 41,
  'fault other drop_request': 40,
  'fault other drop_response': 37,
  'fault other error_after': 37,
  'fault other error_before': 37,
  'fault other rate_limit': 42,
  'fault other truncated': 35,
  'fault positions delay_request': 6.8,
  'fault positions delay_response': 5.6,
  'fault positions drop_request': 7.2,
  'fault positions drop_response': 8.0,
  'fault positions error_after': 4.4,
  'fault positions error_before': 6.8,
  'fault positions rate_limit': 7.6,
  'fault positions truncated': 1.5,
  'fault query_order delay_request': 20,
  'fault query_order delay_response': 25,
  'fault query_order drop_request': 24,
  'fault query_order drop_response': 21,
  'fault query_order error_after': 24,
  'fault query_order error_before': 21,
  'fault query_order rate_limit': 22,
  'fault query_order truncated': 22,
  'fault quote delay_request': 1.5,
  'fault quote delay_response': 1.3,
  'fault quote drop_request': 0.9,
  'fault quote drop_response': 0.9,
  'fault quote error_after': 0.9,
  'fault quote error_before': 1.0,
  'fault quote rate_limit': 0.9,
  'fault quote truncated': 1.1,
  'fault stream disconnect': 60,
  'fault stream drop': 49,
  'fault stream duplicate': 78,
  'fault stream reorder': 78,
  'fault venue_time delay_request': 1.9,
  'fault venue_time delay_response': 1.9,
  'fault venue_time drop_request': 2.4,
  'fault venue_time drop_response': 1.8,
  'fault venue_time error_after': 2.2,
  'fault venue_time error_before': 2.2,
  'fault venue_time rate_limit': 2.2,
  'fault venue_time truncated': 2.2,
  // Records in the journal, some by their kind.
  'record absence_observed': 111,
  'record absence_proven': 111,
  'record account_opened': 289,
  'record account_record_booked': 105,
  'record account_record_booked deposit': 35,
  'record account_record_booked funding': 79,
  'record account_record_booked transfer_in': 3.8,
  'record account_record_booked transfer_out': 3.8,
  'record account_record_booked withdrawal': 14,
  'record account_records_read': 289,
  'record account_reset': 289,
  'record balances_observed': 289,
  'record base_currency_set': 43,
  'record cancel_requested': 219,
  'record capital_moved': 289,
  'record clock_stepped': 51,
  'record drift_opened': 101,
  'record drift_opened balance': 31,
  'record drift_opened external_fill': 95,
  'record drift_opened external_order': 29,
  'record drift_resolved': 11,
  'record equity_observed': 289,
  'record equity_observed ladder': 17,
  'record equity_observed reset': 10,
  'record external_fill_seen': 95,
  'record fees_valued': 24,
  'record fill_booked': 244,
  'record fill_parked': 88,
  'record fills_cursor_moved': 289,
  'record final_seen': 80,
  'record kill_switch_set': 142,
  'record order_accepted': 289,
  'record order_annulled': 100,
  'record order_closed': 288,
  'record order_denied': 242,
  'record order_given_up': 104,
  'record orders_evicted': 252,
  'record ownership_taken': 289,
  'record position_mode_seen': 182,
  'record positions_observed': 289,
  'record send_accepted': 263,
  'record send_attempted': 289,
  'record send_not_sent': 88,
  'record send_not_sent annulled': 55,
  'record send_not_sent connect_failed': 0.9,
  'record send_not_sent expired': 17,
  'record send_not_sent throttled': 23,
  'record send_not_sent timestamp_refused': 12,
  'record send_refused': 37,
  'record send_refused insufficient_balance': 4.6,
  'record send_refused position_mode': 4.0,
  'record send_refused reduce_only': 15,
  'record send_refused would_take': 9.5,
  'record send_refused would_trigger': 2.3,
  'record send_unknown': 152,
  'record setting_answered': 17,
  'record setting_requested': 17,
  'record stop_trigger_seen': 13,
  'record strategy_books_netted': 25,
  'record strategy_parts_closed': 170,
  'record trading_state_set': 69,
  'record trading_state_set active': 68,
  'record trading_state_set halted': 53,
  'record trading_state_set reduce_only': 54,
  'record venue_order_linked': 74,
  'record wallets_declared': 43,
  'record working_seen': 259,
  // Refusals of ours, by rule and code.
  'refusal available_balance insufficient_balance': 156,
  'refusal daily_loss daily_loss_limit': 11,
  'refusal drawdown drawdown_limit': 7,
  'refusal duplicate_order duplicate_order': 10,
  'refusal instrument_allowed instrument_not_allowed': 33,
  'refusal instrument_filters notional_too_small': 38,
  'refusal instrument_filters price_off_tick': 54,
  'refusal instrument_filters price_out_of_range': 31,
  'refusal instrument_filters quantity_off_lot': 93,
  'refusal instrument_filters quantity_too_large': 19,
  'refusal kill_switch kill_switch_engaged': 88,
  'refusal leverage leverage_limit': 6.4,
  'refusal market_data market_data_stale': 1.2,
  'refusal open_orders open_orders_limit': 18,
  'refusal order_rate order_rate_limit': 18,
  'refusal order_shape unsupported_order': 116,
  'refusal order_size order_notional_limit': 81,
  'refusal order_size order_quantity_limit': 30,
  'refusal position_limit position_limit': 93,
  'refusal price_collar price_outside_collar': 93,
  'refusal reduce_only not_reducing': 124,
  'refusal self_cross would_self_cross': 98,
  'refusal stop_trigger would_trigger': 59,
  'refusal total_exposure total_exposure_limit': 26,
  'refusal trading_state trading_halted': 37,
  'refusal trading_state trading_reduce_only': 32,
  // A reading of equity on either side of 00:00 UTC.
  'midnight between readings': 13,
  // Why nothing was taken in.
  'unavailable journal_stalled': 10,
  'unavailable not_owner': 91,
  'unavailable recovering': 56,
  'unavailable venue_unreachable': 218,
  // The venue's verdicts on creates.
  'venue placed': 289,
  'venue refused insufficient_balance': 5.2,
  'venue refused position_side_mismatch': 3.7,
  'venue refused post_only_would_take': 9.8,
  'venue refused reduce_only_refused': 15,
  'venue refused would_trigger_immediately': 3.1,
  'venue timestamp': 29,
};

/** A name may come to be met so much less often than it was measured, as the worlds change, before that counts. */
const DRIFT = 0.75;
/** The chance, for each name, that a range meets less than is asked of it although nothing is wrong. */
const FALSE_ALARM = 1e-4;
/** The same of a normal distribution, which Poisson's is nearly where more are expected than this: its terms are too small to add there. */
const FALSE_ALARM_SIGMAS = 3.72;
const MOST_EXACT = 100;

/**
 * The least number of seeds that must meet a name, of a range of so many, where `metOf300` of 300 do on average: what a range falls short
 * of by chance once in ten thousand times. 0 where the range is too short to say: a name that about 4 of 300 meet is asked of 1,000.
 */
export function leastOf(metOf300: number, seeds: number): number {
  return leastByChance((DRIFT * metOf300 * seeds) / 300);
}

/** The least number that chance leaves of so many expected, but for one range in ten thousand. */
function leastByChance(expected: number): number {
  if (expected > MOST_EXACT) return Math.floor(expected - FALSE_ALARM_SIGMAS * Math.sqrt(expected));
  // Seeds meet a name independently of one another: how many do is spread no wider than Poisson's distribution.
  let probability = Math.exp(-expected);
  let below = probability;
  let least = 0;
  while (below <= FALSE_ALARM) {
    least += 1;
    probability *= expected / least;
    below += probability;
  }
  return least;
}

/** Each name that a range of runs has met too seldom, with how often it was and should have been. */
export function missingIn(runs: readonly (readonly string[])[]): readonly string[] {
  const met = countMet(runs);
  return Object.entries(MET_OF_300).flatMap(([name, metOf300]) => {
    const least = leastOf(metOf300, runs.length);
    const found = met.get(name) ?? 0;
    return found < least
      ? [`${name}: met by ${found} of ${runs.length} seeds, at least ${least} are asked for`]
      : [];
  });
}

/**
 * Each name that a range of runs has met so seldom that it no longer is as it was measured, although enough are met: what is to be measured
 * again, before a longer range comes to fall short of it.
 */
export function seldomerIn(runs: readonly (readonly string[])[]): readonly string[] {
  const met = countMet(runs);
  return Object.entries(MET_OF_300).flatMap(([name, metOf300]) => {
    const expected = (metOf300 * runs.length) / 300;
    const found = met.get(name) ?? 0;
    return found >= leastOf(metOf300, runs.length) && found < leastByChance(expected)
      ? [`${name}: met by ${found} of ${runs.length} seeds, ${expected.toFixed(0)} were expected`]
      : [];
  });
}

/** Cells where two things meet within milliseconds, which the worlds leave to chance. */
const SELDOM: ReadonlySet<string> = new Set([
  'canceling send_unknown',
  'partially_filled send_accepted',
  'partially_filled send_unknown',
  'submitting closed_expired',
]);

/** Why no world is asked to meet a cell of the transition table, and what goes through it; null for a cell that needs a reason. */
export function whyNotMet(status: OrderStatus, event: OrderEventType): string | null {
  const { kind } = TRANSITIONS[status][event];
  if (kind === 'impossible') return 'it cannot come about';
  if (status === 'armed' || event === 'stop_armed') return 'no stop is held by the service itself yet';
  if (kind === 'contradicts') return 'a venue that takes back what it proved: core/order/found-again.test';
  if (isFinished(status)) return 'late news of a finished order: core/portfolio/interleaving.test';
  if (event === 'closed_rejected') return 'an end that only other venues give: core/order/life.test';
  if (event === 'closed_filled') return 'the executions that make this end come first: core/order/life.test';
  if (event === 'cancel_refused')
    return 'the venue of the worlds refuses no cancel of a working order: core/order/life.test';
  if (event === 'cancel_requested')
    return 'a second cancel is answered before the table is asked: core/order/life.test';
  if (status === 'partially_filled' && event === 'closed_canceled')
    return 'a working order is being canceled by then: core/order/life.test';
  if (SELDOM.has(`${status} ${event}`))
    return 'met by fewer than one of 300 seeds, too seldom to be asked for: core/order/life.test';
  if (status === 'unknown')
    return 'answers come within the deadline or not at all: core/portfolio/interleaving.test';
  return null;
}
