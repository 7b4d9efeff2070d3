/**
 * Every way in which a request can fail, in one table, and the RFC 9457 document that says so.
 *
 * Entry points: `Problem`, `PROBLEMS`, `problemDocument`.
 *
 * Invariants:
 *  1. A code has one status and one title; a code that is not in the table does not compile.
 *  2. A document carries no stack, no secret and nothing that the caller may not see.
 */
import type { RefusalCode } from '../core/risk/refusal.ts';
import type { Unavailable } from '../engine/desk.ts';

type RequestFault =
  | 'malformed_json'
  | 'invalid_request'
  | 'cursor_invalid'
  | 'unauthenticated'
  | 'scope_missing'
  | 'route_not_found'
  | 'order_not_found'
  | 'position_not_found'
  | 'account_not_found'
  | 'portfolio_not_found'
  | 'drift_not_found'
  | 'user_not_found'
  | 'token_not_found'
  | 'name_taken'
  | 'keys_refused'
  | 'keys_may_withdraw'
  | 'account_in_use'
  | 'live_not_allowed'
  | 'exchange_not_supported'
  | 'mode_mismatch'
  | 'client_order_id_conflict'
  | 'order_not_cancelable'
  | 'position_closing'
  | 'batch_refused'
  | 'body_too_large'
  | 'unsupported_media_type'
  | 'login_throttled'
  | 'internal_error';

type VenueFault = 'venue_rejected' | 'not_placed' | 'breaker_open' | 'rate_budget' | 'storage_unavailable';

export type ProblemCode = RequestFault | VenueFault | RefusalCode | Unavailable;

/** Larger bodies are refused unread. */
export const BODY_LIMIT_BYTES = 1_048_576;

interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** Sent as Retry-After unless the moment knows better. */
  readonly retryAfterMs?: number;
}

const denied = (title: string): ProblemKind => ({ status: 422, title });
const later = (title: string, retryAfterMs = 1_000): ProblemKind => ({ status: 503, title, retryAfterMs });

export const PROBLEMS: Readonly<Record<ProblemCode, ProblemKind>> = {
  malformed_json: { status: 400, title: 'The body is not JSON as we take it' },
  invalid_request: { status: 400, title: 'The request has wrong, missing or unknown fields' },
  cursor_invalid: { status: 400, title: 'No page gave out this cursor' },
  unauthenticated: { status: 401, title: 'A valid bearer token is needed' },
  scope_missing: { status: 403, title: 'The token may not do this' },
  route_not_found: { status: 404, title: 'There is no such endpoint' },
  order_not_found: { status: 404, title: 'There is no such order' },
  position_not_found: { status: 404, title: 'There is no such open position' },
  account_not_found: { status: 404, title: 'There is no such account' },
  portfolio_not_found: { status: 404, title: 'There is no such portfolio' },
  drift_not_found: { status: 404, title: 'There is no such drift case' },
  user_not_found: { status: 404, title: 'There is no such user' },
  token_not_found: { status: 404, title: 'There is no such token' },
  name_taken: { status: 409, title: 'The name is taken' },
  keys_refused: denied('The exchange does not take these keys'),
  keys_may_withdraw: denied('The keys may withdraw'),
  account_in_use: { status: 409, title: 'The account has orders that are not finished' },
  live_not_allowed: denied('No live account while the risk check is off'),
  exchange_not_supported: denied('This exchange is not supported yet'),
  mode_mismatch: { status: 409, title: 'The account is of another mode than the request says' },
  client_order_id_conflict: { status: 409, title: 'The key was used before, with other content' },
  order_not_cancelable: { status: 409, title: 'The order is finished' },
  position_closing: { status: 409, title: 'Orders on their way close the position already' },
  batch_refused: denied('Another order of the batch was refused'),
  body_too_large: { status: 413, title: 'The body is larger than 1 MB' },
  unsupported_media_type: { status: 415, title: 'Send application/json' },
  login_throttled: { status: 429, title: 'Too many wrong tokens from here', retryAfterMs: 30_000 },
  internal_error: { status: 500, title: 'The service failed' },

  venue_rejected: denied('The exchange refused the order'),
  not_placed: later('The order was not placed'),
  breaker_open: later('The exchange does not answer; new orders wait', 5_000),
  rate_budget: { status: 429, title: "The exchange's rate allowance is used up", retryAfterMs: 1_000 },
  storage_unavailable: later('The database does not answer'),

  recovering: later('The portfolio is being recovered'),
  journal_stalled: later('The journal takes no new orders now'),
  not_owner: later('Another node owns this portfolio'),
  overloaded: later('Too much is waiting already'),
  venue_unreachable: later('The exchange cannot be reached', 2_000),
  halted: later('Trading is halted', 30_000),

  kill_switch_engaged: denied('The kill switch is engaged'),
  instrument_not_allowed: denied('This instrument may not be traded'),
  instrument_unknown: denied('The exchange lists no such instrument'),
  instrument_not_active: denied('The instrument is not open for trading'),
  trading_halted: denied('Trading is halted'),
  trading_reduce_only: denied('Only orders that reduce a position are taken'),
  unsupported_order: denied('This kind of order does not exist here'),
  market_data_missing: denied('No price could be read'),
  market_data_stale: denied('The last price is too old'),
  price_off_tick: denied('The price is not on the grid'),
  price_out_of_range: denied('The price is outside the bounds of the exchange'),
  quantity_off_lot: denied('The quantity is not on the grid'),
  quantity_too_small: denied('The quantity is too small'),
  quantity_too_large: denied('The quantity is too large'),
  notional_too_small: denied('The order is worth too little'),
  not_reducing: denied('There is nothing that the order would reduce'),
  price_outside_collar: denied('The price is too far from the market'),
  order_quantity_limit: denied('Above the limit of quantity per order'),
  order_notional_limit: denied('Above the limit of worth per order'),
  insufficient_balance: denied('The balance does not suffice'),
  position_limit: denied('Above the position limit'),
  total_exposure_limit: denied('Above the limit of total exposure'),
  open_orders_limit: denied('Too many open orders'),
  order_rate_limit: denied('Too many orders in a short time'),
  leverage_limit: denied('Above the leverage limit'),
  would_self_cross: denied('The order would trade with an own order'),
  daily_loss_limit: denied('The daily loss limit is reached'),
  drawdown_limit: denied('The drawdown limit is reached'),
  duplicate_order: denied('An order like this was just accepted'),
};

/** What goes beside the fixed fields of a problem, in `snake_case` and ready for JSON. */
export type ProblemFigures = Readonly<Record<string, unknown>>;

/** A request that ends in an error which the caller is told. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly problemCode: ProblemCode;
  readonly figures: ProblemFigures;
  readonly retryAfterMs: number | null;

  constructor(
    problemCode: ProblemCode,
    detail: string,
    figures: ProblemFigures = {},
    retryAfterMs: number | null = PROBLEMS[problemCode].retryAfterMs ?? null,
  ) {
    super(detail);
    this.problemCode = problemCode;
    this.figures = figures;
    this.retryAfterMs = retryAfterMs;
  }

  get status(): number {
    return PROBLEMS[this.problemCode].status;
  }
}

export function isProblemCode(text: string): text is ProblemCode {
  return Object.hasOwn(PROBLEMS, text);
}

/** The body of an `application/problem+json` answer. */
export function problemDocument(problem: Problem, requestId: string): Record<string, unknown> {
  const { status, title } = PROBLEMS[problem.problemCode];
  return {
    type: `urn:plimsoll:problem:${problem.problemCode}`,
    title,
    status,
    detail: problem.message,
    code: problem.problemCode,
    request_id: requestId,
    ...problem.figures,
  };
}

/** Whole seconds, as the header wants them; at least one. */
export function retryAfterSeconds(retryAfterMs: number): string {
  return String(Math.max(1, Math.ceil(retryAfterMs / 1_000)));
}
