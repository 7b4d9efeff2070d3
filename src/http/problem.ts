/**
 * Every way in which a request can fail, in one table, and the RFC 9457 document that says so.
 *
 * Entry points: `Problem`, `PROBLEMS`, `FIGURES`, `problemDocument`. docs/errors.md is made from the table.
 *
 * Invariants:
 *  1. A code has one status, one title, and says when it is given and what to do; a code without them does not compile.
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
  | 'drift_already_resolved'
  | 'limits_version_conflict'
  | 'too_many_limits'
  | 'nothing_to_reset'
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
  | 'order_not_amendable'
  | 'amend_unconfirmed'
  | 'position_closing'
  | 'setting_not_offered'
  | 'after_too_old'
  | 'after_unknown'
  | 'too_many_channels'
  | 'batch_refused'
  | 'body_too_large'
  | 'headers_too_large'
  | 'request_timeout'
  | 'unsupported_media_type'
  | 'login_throttled'
  | 'internal_error';

type VenueFault =
  | 'venue_rejected'
  | 'not_placed'
  | 'setting_unknown'
  | 'breaker_open'
  | 'rate_budget'
  | 'storage_unavailable';

export type ProblemCode = RequestFault | VenueFault | RefusalCode | Unavailable;

/** Larger bodies are refused unread. */
export const BODY_LIMIT_BYTES = 1_048_576;

/** What may stand beside the fixed fields of a problem, and what it says. */
export const FIGURES = {
  errors:
    'list of `{"field","reason"}`, with `"in":"querystring"` or `"params"` where the field is not of the body',
  order_id: 'our id of the order; with a 503 the order that may or may not have been journaled',
  order: 'the order as it stands',
  order_ids: 'our ids of the orders in the way',
  rule: 'the risk rule that refused first',
  limit: 'the figure that may not be passed; null where there is none',
  actual: 'the figure that the request would have made; null where there is none',
  refusals: 'every refusal, each with `rule`, `code`, `limit`, `actual` and `detail`',
  expected: 'what the request asserted',
  oldest: 'the smallest seq that may be given',
  canceled_order_id: 'our id of the order that was canceled to make room for this one',
  dust: 'base units that are less than one lot',
  refused_index: 'place of the refused order in the batch, from 0',
  venue_code: "the exchange's own code; null where it gave none",
  venue_message: "the exchange's own words",
  reason: 'what the refusal or failure was classified as',
  needed: 'the scope that is needed',
  scopes: 'the scopes that the token has',
} as const satisfies Readonly<Record<string, string>>;

export type FigureName = keyof typeof FIGURES;

/** The statuses that problems have; docs/errors.md has a chapter for each. */
export type ProblemStatus = 400 | 401 | 403 | 404 | 408 | 409 | 413 | 415 | 422 | 429 | 431 | 500 | 503;

interface ProblemKind {
  readonly status: ProblemStatus;
  readonly title: string;
  /** When it is given, as a sentence. */
  readonly when: string;
  /** What its receiver does about it, as a sentence. */
  readonly remedy: string;
  readonly figures: readonly FigureName[];
  /** Sent as Retry-After unless the moment knows better. */
  readonly retryAfterMs?: number;
}

type ProblemText = Pick<ProblemKind, 'title' | 'when' | 'remedy'> & {
  readonly figures?: readonly FigureName[];
};

const problem = (status: ProblemStatus, text: ProblemText): ProblemKind => ({ status, figures: [], ...text });

/** Given for an order that a risk rule or an instrument's filter refuses; the order is journaled as `denied`. */
const denied = (text: ProblemText): ProblemKind =>
  problem(422, { figures: ['rule', 'limit', 'actual', 'refusals', 'order_id'], ...text });

/** The same request may be sent again after a while. */
const later = (text: ProblemText, retryAfterMs = 1_000): ProblemKind => ({
  ...problem(503, text),
  retryAfterMs,
});

const KEPT_REFUSAL = 'Correct it and send it under a new key: the refusal is kept under the old one.';
const SEND_AGAIN = 'Nothing was journaled: send the same request again after Retry-After.';

export const PROBLEMS: Readonly<Record<ProblemCode, ProblemKind>> = {
  // --- the request ---
  malformed_json: problem(400, {
    title: 'The body is not JSON as we take it',
    when: 'The body is not JSON in UTF-8, is cut off, repeats a name within an object, nests deeper than 16 levels, or holds NUL, half a surrogate pair or a name that reaches the prototype.',
    remedy: 'Read the place in `detail` and correct the body.',
  }),
  invalid_request: problem(400, {
    title: 'The request has wrong, missing or unknown fields',
    when: 'A field, a query parameter, a part of the path or a header does not fit the schema of the call, or the request is no HTTP as we take it.',
    remedy: '`errors` names every field and what is wrong with it. Nothing was done.',
    figures: ['errors'],
  }),
  cursor_invalid: problem(400, {
    title: 'No page gave out this cursor',
    when: 'The `cursor` of a listing was not given out as `next_cursor` by a page of it.',
    remedy: 'Begin again without a cursor.',
    figures: ['errors'],
  }),
  unauthenticated: problem(401, {
    title: 'A valid bearer token is needed',
    when: 'There is no Authorization header of the form `Bearer <token>`, or the token is unknown, expired or revoked.',
    remedy: 'Send a valid token. An admin makes new ones with `POST /tokens`.',
  }),
  scope_missing: problem(403, {
    title: 'The token may not do this',
    when: 'The token is valid but has none of the scopes that the call needs.',
    remedy: 'Use a token with the scope that `needed` names.',
    figures: ['needed', 'scopes'],
  }),
  route_not_found: problem(404, {
    title: 'There is no such endpoint',
    when: 'No endpoint has this path with this method.',
    remedy: 'Compare both with the API reference; the prefix is `/api/v1`.',
  }),
  order_not_found: problem(404, {
    title: 'There is no such order',
    when: 'Your portfolio has no order with this id. Orders of others do not exist for you.',
    remedy: "Use our id, or the exchange's id together with `exchange` and `symbol`.",
  }),
  position_not_found: problem(404, {
    title: 'There is no such open position',
    when: 'The account holds no open position on the instrument.',
    remedy: 'Look at `GET /trading/v2/positions`; a position that was closed is gone from it.',
  }),
  account_not_found: problem(404, {
    title: 'There is no such account',
    when: 'You have no account with this id, or none on this exchange.',
    remedy: 'Look at `GET /accounts`; add one with `POST /accounts`.',
  }),
  portfolio_not_found: problem(404, {
    title: 'There is no such portfolio',
    when: 'You have no portfolio with this id.',
    remedy: 'Look at `GET /portfolios`.',
  }),
  drift_not_found: problem(404, {
    title: 'There is no such drift case',
    when: 'Your portfolio never had a drift case with this id.',
    remedy: 'Look at `GET /drift`.',
  }),
  drift_already_resolved: problem(409, {
    title: 'The drift case is resolved already',
    when: 'Somebody resolved it, or what made it was gone by itself.',
    remedy: '`GET /drift?status=resolved` says who resolved it, when, and how.',
  }),
  limits_version_conflict: problem(409, {
    title: 'The limits were changed meanwhile',
    when: 'The `version` of the request is not the one that is stored for this scope: somebody else changed it. Nothing was changed.',
    remedy: 'Read `GET /risk/limits` again, and send your change with the version that stands there.',
    figures: ['expected', 'actual'],
  }),
  too_many_limits: problem(409, {
    title: 'Too many accounts and instruments have limits of their own',
    when: 'A portfolio keeps limits of its own for at most 1,000 scopes.',
    remedy: 'Use the limits of the account or of the portfolio instead.',
    figures: ['limit'],
  }),
  nothing_to_reset: problem(409, {
    title: 'The risk ladder stands at no step',
    when: 'A reset was asked for while no step of the ladder is taken.',
    remedy: 'Nothing is held back by the ladder; `GET /risk/status` says what is.',
  }),
  user_not_found: problem(404, {
    title: 'There is no such user',
    when: 'There is no user with this id, or the user is disabled.',
    remedy: 'Look at `GET /users`.',
  }),
  token_not_found: problem(404, {
    title: 'There is no such token',
    when: 'There is no token with this id that could be revoked.',
    remedy: 'Look at `GET /tokens`.',
  }),
  name_taken: problem(409, {
    title: 'The name is taken',
    when: 'Another user has this name, or had it and was disabled.',
    remedy: 'Choose another name.',
  }),
  keys_refused: problem(422, {
    title: 'The exchange does not take these keys',
    when: 'The keys were tried at the exchange and refused there; `detail` holds its words.',
    remedy: 'Check key, secret and passphrase, the mode they belong to, and their list of allowed addresses.',
  }),
  keys_may_withdraw: problem(422, {
    title: 'The keys may withdraw',
    when: 'The exchange says that the keys may withdraw funds.',
    remedy: 'Make keys without that right, or send `allow_withdraw_keys: true` if you mean it.',
  }),
  account_in_use: problem(409, {
    title: 'The account has orders that are not finished',
    when: 'An account is to be removed while some of its orders still live.',
    remedy: 'Cancel the orders in `order_ids` first.',
    figures: ['order_ids'],
  }),
  live_not_allowed: problem(422, {
    title: 'No live account while the risk check is off',
    when: 'RISK_CHECK_ENABLED is false and PLIMSOLL_LIVE_WITHOUT_RISK_CHECK is not set.',
    remedy: 'Start the service with the risk check on, or with the second flag if you mean it.',
  }),
  exchange_not_supported: problem(422, {
    title: 'This exchange is not supported yet',
    when: 'The service has no gateway for this exchange, or the exchange has no such mode.',
    remedy: 'Look at `GET /exchanges` for what is supported.',
  }),
  mode_mismatch: problem(409, {
    title: 'The account is of another mode than the request says',
    when: 'The request asserts a `mode` and the account that it means has another one. Nothing was done.',
    remedy: 'Name the account that you mean, or correct `mode`.',
    figures: ['actual', 'expected'],
  }),
  client_order_id_conflict: problem(409, {
    title: 'The key was used before, with other content',
    when: 'The Idempotency-Key or the client_order_id belongs to another request of your portfolio. Nothing was placed.',
    remedy: 'Look at the order in `order_id`; use a new key for a new order.',
    figures: ['order_id'],
  }),
  order_not_cancelable: problem(409, {
    title: 'The order is finished',
    when: 'The order was finished when the cancel came, or ended otherwise before the cancel reached the exchange.',
    remedy: 'Nothing is left to cancel; `order` says how it ended.',
    figures: ['order_id', 'order'],
  }),
  order_not_amendable: problem(409, {
    title: 'The order cannot be amended',
    when: 'The order was finished when the amendment came or before the exchange had canceled it, or is a market order.',
    remedy: 'Place a new order; `order` says how this one stands.',
    figures: ['order_id', 'order'],
  }),
  amend_unconfirmed: later({
    title: 'The amended order is not confirmed as canceled',
    when: 'The exchange did not confirm the cancel of the old order in time; the cancel stands, and nothing new was placed.',
    remedy: 'Follow the order by `order_id`; once it is canceled, place the new one yourself.',
    figures: ['order_id', 'order'],
  }),
  position_closing: problem(409, {
    title: 'Orders on their way close the position already',
    when: 'Orders that trade at once and are not finished cover the whole position.',
    remedy: 'Wait for them; close what is left afterwards.',
    figures: ['actual'],
  }),
  setting_not_offered: problem(422, {
    title: 'There is no such setting here',
    when: 'Leverage, margin mode or position mode was asked of a spot instrument, or of an exchange that has no such setting.',
    remedy:
      'Name a swap, such as BTC/USDT:USDT. `GET /exchanges` says what each exchange can set. Nothing was done.',
  }),
  after_too_old: problem(422, {
    title: 'Too much has happened since',
    when: 'A stream was to go on after a seq that lies further back than it tells again.',
    remedy:
      'Read the state by REST and subscribe with its `as_of_seq` as `after`; `oldest` is the smallest taken.',
    figures: ['oldest', 'actual'],
  }),
  after_unknown: problem(422, {
    title: 'The journal has not come that far',
    when: 'A stream was to go on after a seq that the journal has not reached: it is of another portfolio or database.',
    remedy: 'Read the state by REST and subscribe with its `as_of_seq` as `after`, or without.',
    figures: ['limit', 'actual'],
  }),
  too_many_channels: problem(422, {
    title: 'Too many channels on one stream',
    when: 'A subscription would have more price channels than one connection carries.',
    remedy: 'Open another connection, or leave channels out. The subscription stays as it was.',
    figures: ['limit', 'actual'],
  }),
  batch_refused: problem(422, {
    title: 'Another order of the batch was refused',
    when: 'The batch asked for all or none (`all_or_none_risk`), and the order at `refused_index` was refused. None was placed.',
    remedy: 'Correct or leave out the refused one and send the batch again.',
    figures: ['refused_index'],
  }),
  body_too_large: problem(413, {
    title: 'The body is larger than 1 MB',
    when: 'The body has more than 1,048,576 bytes. It was not read.',
    remedy: 'Send less in one request; a batch takes 100 orders.',
    figures: ['limit'],
  }),
  headers_too_large: problem(431, {
    title: 'The headers are too large',
    when: 'Request line and headers together have more than 16 kB. The connection is closed.',
    remedy: 'Send fewer or shorter headers, or a shorter query.',
  }),
  request_timeout: problem(408, {
    title: 'The request did not end in time',
    when: 'Headers or body were not complete 30 s after the request began. The connection is closed.',
    remedy: 'Send it again in one go. Nothing was done.',
  }),
  unsupported_media_type: problem(415, {
    title: 'Send application/json',
    when: 'A body came with another content type, or with none.',
    remedy: 'Send JSON with `Content-Type: application/json`.',
  }),
  login_throttled: {
    ...problem(429, {
      title: 'Too many wrong tokens from here',
      when: 'More than 120 wrong tokens came from this address within a minute. A valid token is never kept waiting.',
      remedy: 'Correct the token and wait for Retry-After.',
    }),
    retryAfterMs: 30_000,
  },
  internal_error: problem(500, {
    title: 'The service failed',
    when: 'A fault of the service itself. What became of an order can be asked for by its id or key.',
    remedy: 'Look for `request_id` in the log of the service and report it.',
    figures: ['order_id'],
  }),

  // --- the exchange and the database ---
  venue_rejected: problem(422, {
    title: 'The exchange refused it',
    when: 'The order passed every rule here and the exchange refused it; it is journaled as `rejected`. Or the exchange refused a setting or a question.',
    remedy: 'Read `venue_code` and `venue_message`. For an order: ' + KEPT_REFUSAL,
    figures: ['venue_code', 'venue_message', 'reason', 'order_id'],
  }),
  setting_unknown: later({
    title: 'Whether the setting holds is not known',
    when: "The exchange's answer to a setting was lost, and reading it back for some seconds did not show it.",
    remedy: '`actual` is what the exchange shows, null when it does not answer. Setting it again is safe.',
    figures: ['expected', 'actual'],
  }),
  not_placed: later({
    title: 'The order was not placed',
    when: 'It was proven that the order never reached the exchange, and its time to be sent has passed. It is journaled as `failed`.',
    remedy: 'Place it again under a new key if you still want it.',
    figures: ['reason', 'order_id'],
  }),
  breaker_open: later(
    {
      title: 'The exchange does not answer; new orders wait',
      when: 'Readings of the exchange fail one after another. Cancels, look-ups and reduce-only orders still pass.',
      remedy: 'Wait for Retry-After and place it again under a new key.',
      figures: ['order_id', 'reason'],
    },
    5_000,
  ),
  rate_budget: {
    ...problem(429, {
      title: "The exchange's rate allowance is used up",
      when: 'Sending now would break a rate limit of the exchange, or the exchange said so itself.',
      remedy: 'Wait for Retry-After. An order with an `order_id` was not placed; use a new key for it.',
      figures: ['order_id'],
    }),
    retryAfterMs: 1_000,
  },
  storage_unavailable: later({
    title: 'The database does not answer',
    when: 'PostgreSQL is away or too slow. Cancels and the kill switch work all the same.',
    remedy: SEND_AGAIN,
  }),

  // --- the portfolio ---
  recovering: later({
    title: 'The portfolio is being recovered',
    when: 'The service has just started or is stopping, or the portfolio is being read again from the journal.',
    remedy:
      'Send the same request again after Retry-After, with the same key. An `order_id` names the order that may have been journaled.',
    figures: ['order_id'],
  }),
  journal_stalled: later({
    title: 'The journal takes no new orders now',
    when: 'An append to the journal takes too long or was lost, so that no intent could be made durable.',
    remedy:
      'Send the same request again after Retry-After, with the same key. An `order_id` names the order that may have been journaled.',
    figures: ['order_id'],
  }),
  not_owner: later({
    title: 'Another node owns this portfolio',
    when: 'Several nodes run on one database and this one does not run your portfolio, or has just lost it.',
    remedy: 'Ask another node, or this one again after Retry-After, with the same key.',
    figures: ['order_id'],
  }),
  overloaded: later({
    title: 'Too much is waiting already',
    when: 'The queue of the portfolio is full. Cancels are not kept waiting by it.',
    remedy: SEND_AGAIN,
    figures: ['order_id'],
  }),
  venue_unreachable: later(
    {
      title: 'The exchange cannot be reached',
      when: 'The exchange has not answered yet since the start, or what must be known of it cannot be read now.',
      remedy: SEND_AGAIN,
      figures: ['order_id'],
    },
    2_000,
  ),
  halted: later(
    {
      title: 'Trading is halted',
      when: 'An assertion about the books of the portfolio did not hold. Cancels still work.',
      remedy: 'See `GET /risk/status` and the log for the reason; it takes a person.',
      figures: ['order_id'],
    },
    30_000,
  ),

  // --- risk rules and filters ---
  kill_switch_engaged: denied({
    title: 'The kill switch is engaged',
    when: 'The order would add risk while the kill switch is engaged.',
    remedy: 'Only orders that reduce pass until somebody releases it with `POST /risk/kill-switch`.',
  }),
  instrument_not_allowed: denied({
    title: 'This instrument may not be traded',
    when: 'The limits allow certain symbols only, and this is none of them.',
    remedy: 'Trade an allowed symbol, or have the limits changed.',
  }),
  instrument_unknown: problem(422, {
    title: 'The exchange lists no such instrument',
    when: 'The symbol is well formed, and the exchange of the account does not list it. Nothing was journaled.',
    remedy: 'Look at `GET /instruments`.',
    figures: ['errors', 'rule', 'limit', 'actual', 'refusals', 'order_id'],
  }),
  instrument_not_active: denied({
    title: 'The instrument is not open for trading',
    when: 'The exchange lists the instrument but has closed it for trading.',
    remedy: 'Wait until `active` is true in `GET /instruments`.',
  }),
  trading_halted: denied({
    title: 'Trading is halted',
    when: 'The portfolio is halted: its books could not be trusted.',
    remedy: 'See `GET /risk/status` for the reason.',
  }),
  trading_reduce_only: denied({
    title: 'Only orders that reduce a position are taken',
    when: 'The risk ladder is at `no_new_risk` or beyond, or a drift case contradicts an order on this instrument.',
    remedy: 'Reduce, or reset the ladder with a reason once the loss is understood; look at `GET /drift`.',
  }),
  unsupported_order: denied({
    title: 'This kind of order does not exist here',
    when: 'The exchange has no such order on this kind of instrument: its type, time in force, trigger or flags.',
    remedy: 'Look at `GET /exchanges` for what it offers. ' + KEPT_REFUSAL,
  }),
  market_data_missing: denied({
    title: 'No price could be read',
    when: 'No quote of the instrument could be had, so that no rule can be measured.',
    remedy: 'Try again under a new key when the exchange answers.',
  }),
  market_data_stale: denied({
    title: 'The last price is too old',
    when: 'The last quote is older than the limit `staleQuoteMs`.',
    remedy: 'Try again under a new key when prices flow again.',
  }),
  price_off_tick: denied({
    title: 'The price is not on the grid',
    when: "The price is no multiple of the instrument's tick. Figures that you give are never rounded.",
    remedy: 'Round it to the tick of `GET /instruments`. ' + KEPT_REFUSAL,
  }),
  price_out_of_range: denied({
    title: 'The price is outside the bounds of the exchange',
    when: 'The price is below the least or above the highest that the exchange takes.',
    remedy: '`limit` is the bound. ' + KEPT_REFUSAL,
  }),
  quantity_off_lot: denied({
    title: 'The quantity is not on the grid',
    when: "The quantity is no multiple of the instrument's lot. Figures that you give are never rounded.",
    remedy: 'Round it to the lot of `GET /instruments`. ' + KEPT_REFUSAL,
  }),
  quantity_too_small: denied({
    title: 'The quantity is too small',
    when: 'The quantity is below the least that the exchange takes, or what is to be closed is less than one lot.',
    remedy: '`limit` is the least. ' + KEPT_REFUSAL,
    figures: ['rule', 'limit', 'actual', 'refusals', 'order_id', 'dust'],
  }),
  quantity_too_large: denied({
    title: 'The quantity is too large',
    when: 'The quantity is above the most that the exchange takes in one order.',
    remedy: '`limit` is the most. ' + KEPT_REFUSAL,
  }),
  notional_too_small: denied({
    title: 'The order is worth too little',
    when: 'Price times quantity is below the least worth that the exchange takes.',
    remedy: '`limit` is the least, in the quote asset. ' + KEPT_REFUSAL,
  }),
  not_reducing: denied({
    title: 'There is nothing that the order would reduce',
    when: 'A reduce-only order or a close is larger than what is there to be closed, or on the wrong side.',
    remedy: '`limit` is what can be closed. Look at the position.',
  }),
  price_outside_collar: denied({
    title: 'The price is too far from the market',
    when: 'A purchase above, or a sale below, the market by more than the limit `priceCollarBps`.',
    remedy: '`limit` is the furthest price. ' + KEPT_REFUSAL,
  }),
  order_quantity_limit: denied({
    title: 'Above the limit of quantity per order',
    when: 'The quantity is above the limit `maxOrderQuantity`.',
    remedy: 'Send less, or have the limit changed.',
  }),
  order_notional_limit: denied({
    title: 'Above the limit of worth per order',
    when: 'The order is worth more than the limit `maxOrderNotional`.',
    remedy: 'Send less, or have the limit changed.',
  }),
  insufficient_balance: denied({
    title: 'The balance does not suffice',
    when: 'What is free, less what other orders in flight hold, does not cover the order and its fee.',
    remedy: '`limit` is what is there. Cancel other orders or send less.',
  }),
  position_limit: denied({
    title: 'Above the position limit',
    when: 'Position and open orders together could become larger than the limit `maxPositionNotional`, in the worst case.',
    remedy: 'Send less, cancel other orders, or close first to turn a position over.',
  }),
  total_exposure_limit: denied({
    title: 'Above the limit of total exposure',
    when: 'All positions and open orders together could become larger than the limit `maxTotalExposure`, in the worst case.',
    remedy: 'Send less, or reduce elsewhere first.',
  }),
  open_orders_limit: denied({
    title: 'Too many open orders',
    when: 'As many orders are open as the limit `maxOpenOrders` allows.',
    remedy: 'Cancel some.',
  }),
  order_rate_limit: denied({
    title: 'Too many orders in a short time',
    when: 'More orders were accepted within the window than the limit `maxOrdersPerWindow` allows.',
    remedy: 'Wait for the window to pass and send it under a new key.',
  }),
  leverage_limit: denied({
    title: 'Above the leverage limit',
    when: 'The swap is set to more leverage at the exchange than the limit `maxLeverage` allows.',
    remedy: 'Set less leverage at the exchange.',
  }),
  would_self_cross: denied({
    title: 'The order would trade with an own order',
    when: 'An order of your own rests on the other side at a price where this one would trade.',
    remedy: 'Cancel the resting order first, or move the price.',
  }),
  daily_loss_limit: denied({
    title: 'The daily loss limit is reached',
    when: 'Equity has lost the limit `maxDailyLoss` or more since 00:00 UTC.',
    remedy:
      'Only orders that reduce pass until the next day, or until a reset where the ladder has taken a step.',
  }),
  drawdown_limit: denied({
    title: 'The drawdown limit is reached',
    when: 'Equity has lost the limit `maxDrawdown` or more from its peak.',
    remedy: 'Only orders that reduce pass until a reset with a reason.',
  }),
  duplicate_order: denied({
    title: 'An order like this was just accepted',
    when: 'An equal order without a client_order_id was accepted within the limit `duplicateWindowMs`.',
    remedy: 'Give each order that you mean a client_order_id of its own.',
  }),
};

/** What goes beside the fixed fields of a problem, in `snake_case` and ready for JSON. */
export type ProblemFigures = Readonly<Partial<Record<FigureName, unknown>>>;

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

  /** The same problem with further figures. */
  with(figures: ProblemFigures): Problem {
    return new Problem(this.problemCode, this.message, { ...this.figures, ...figures }, this.retryAfterMs);
  }

  get status(): ProblemStatus {
    return PROBLEMS[this.problemCode].status;
  }
}

/** A field that is refused, named in the detail and in `errors`; `place` where it is no field of the body. */
export function fieldProblem(field: string, reason: string, place?: 'querystring'): Problem {
  return new Problem('invalid_request', `${field}: ${reason}`, {
    errors: [{ field, reason, ...(place === undefined ? {} : { in: place }) }],
  });
}

/** A symbol that nobody lists. */
export function unlistedProblem(symbol: string, exchange = 'the exchange'): Problem {
  return new Problem('instrument_unknown', `symbol: ${symbol} is not listed by ${exchange}.`, {
    errors: [{ field: 'symbol', reason: 'is not listed by the exchange' }],
  });
}

export function isProblemCode(text: string): text is ProblemCode {
  return Object.hasOwn(PROBLEMS, text);
}

/** Where the document on errors is served. */
export const ERROR_DOCUMENT_PATH = '/docs/errors';

/** A reference that leads to the code's entry in the served document (RFC 9457, section 3.1.1, takes relative ones). */
export function problemType(code: ProblemCode): string {
  return `${ERROR_DOCUMENT_PATH}#${code}`;
}

/** The body of an `application/problem+json` answer. */
export function problemDocument(problem: Problem, requestId: string): Record<string, unknown> {
  const { status, title } = PROBLEMS[problem.problemCode];
  return {
    type: problemType(problem.problemCode),
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
