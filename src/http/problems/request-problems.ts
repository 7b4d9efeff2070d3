/** Problems of the request itself: its form, its caller, and what it names or asks for. */
import { later, problem, type ProblemKind } from './problem-kind.ts';

export type RequestFault =
  | 'malformed_json'
  | 'invalid_request'
  | 'cursor_invalid'
  | 'unauthenticated'
  | 'scope_missing'
  | 'token_bound'
  | 'route_not_found'
  | 'order_not_found'
  | 'position_not_found'
  | 'account_not_found'
  | 'portfolio_not_found'
  | 'drift_not_found'
  | 'drift_already_resolved'
  | 'limits_version_conflict'
  | 'trading_state_version_conflict'
  | 'too_many_limits'
  | 'nothing_to_reset'
  | 'change_not_found'
  | 'price_not_needed'
  | 'price_known'
  | 'user_not_found'
  | 'token_not_found'
  | 'name_taken'
  | 'own_access'
  | 'last_admin'
  | 'keys_refused'
  | 'keys_may_withdraw'
  | 'account_in_use'
  | 'user_in_use'
  | 'live_not_allowed'
  | 'exchange_not_supported'
  | 'mode_mismatch'
  | 'paper_only'
  | 'client_order_id_conflict'
  | 'order_not_cancelable'
  | 'order_not_amendable'
  | 'amend_unconfirmed'
  | 'position_closing'
  | 'strategy_part_offset'
  | 'more_than_inventory'
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

export const REQUEST_PROBLEMS: Readonly<Record<RequestFault, ProblemKind>> = {
  malformed_json: problem(400, {
    title: 'The body is not valid JSON',
    when: 'The body is not JSON in UTF-8, is cut off, repeats a name within an object, nests deeper than 16 levels, or holds NUL, half a surrogate pair or a name that reaches the prototype.',
    remedy: 'Read the place in `detail` and correct the body.',
  }),
  invalid_request: problem(400, {
    title: 'The request has wrong, missing or unknown fields',
    when: 'A field, a query parameter, a part of the path or a header does not fit the schema of the call, or the request is not valid HTTP.',
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
  token_bound: problem(403, {
    title: 'The token is for a part of the portfolio',
    when: 'The token is bound to accounts or strategies, and the request is about others, or about figures that a portfolio or an account has as a whole. Nothing was done.',
    remedy:
      'Name an account that `GET /accounts` lists for the token, and a strategy of it, which `GET /tokens` shows who made it; or use a token that is not bound.',
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
    when: 'A user resolved it, or reconciliation found that the difference was gone.',
    remedy: '`GET /drift?status=resolved` says who resolved it, when, and how.',
  }),
  limits_version_conflict: problem(409, {
    title: 'The limits were changed meanwhile',
    when: 'The `version` of the request is not the one that is stored for this scope: somebody else changed it. Nothing was changed.',
    remedy: 'Read `GET /risk/limits` again, and send your change with the `version` that it shows.',
    figures: ['expected', 'actual'],
  }),
  trading_state_version_conflict: problem(409, {
    title: 'The trading state was set by somebody else meanwhile, or needs its version',
    when: 'The version that you have seen is not the one in force, or you asked for a looser state without one. Nothing was changed.',
    remedy: 'Read `GET /risk/trading-state` again and repeat the change with the version you see there.',
    figures: ['expected', 'actual'],
  }),
  too_many_limits: problem(409, {
    title: 'Too many accounts and instruments have limits of their own',
    when: 'A portfolio keeps limits of its own for at most 1,000 scopes.',
    remedy: 'Use the limits of the account or of the portfolio instead.',
    figures: ['limit'],
  }),
  nothing_to_reset: problem(409, {
    title: 'The risk ladder is at no step',
    when: 'A reset was asked for while no step of the ladder is taken.',
    remedy: 'The ladder blocks no orders; `GET /risk/status` shows what does.',
  }),
  change_not_found: problem(404, {
    title: 'No such change waits for an explanation',
    when: 'There is no unexplained change of a balance with this id, or it has been explained meanwhile.',
    remedy: 'Look at `unexplained` in `GET /risk/status`.',
  }),
  price_not_needed: problem(409, {
    title: 'No equity rests on a price of this asset',
    when: 'A price was stated for an asset that nothing held, open or charged in the mode is in, or for the base currency.',
    remedy: 'Look at `unpriced` in `GET /risk/status`, for each mode.',
  }),
  price_known: problem(409, {
    title: 'A market prices this asset',
    when: 'A price was stated for an asset that a market has priced within the last ten seconds.',
    remedy: 'Nothing is to be done: the price of the market counts.',
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
  own_access: problem(409, {
    title: 'Nobody ends their own access',
    when: 'The user or the token that is to be ended is the one of the request itself.',
    remedy:
      'Let another admin do it, or make a new token first (`POST /tokens`) and revoke the old one with the new one.',
  }),
  last_admin: problem(409, {
    title: 'Somebody must stay admin',
    when: 'Afterwards no user would have an admin token that works for at least another 24 hours. Nothing was changed.',
    remedy:
      'Make an admin token that lasts first (`POST /tokens`). Where nobody is admin any more: `npm run admin -- new-token` on the machine of the service.',
  }),
  keys_refused: problem(422, {
    title: 'The exchange does not take these keys',
    when: 'The keys were tried at the exchange and refused there; `detail` holds its words.',
    remedy: 'Check key, secret and passphrase, the mode they belong to, and their list of allowed addresses.',
  }),
  keys_may_withdraw: problem(422, {
    title: 'Keys that may withdraw are refused',
    when: 'The exchange says that the keys may withdraw funds. Nothing was stored.',
    remedy: 'Make keys without that right, or send `allow_withdraw_keys: true` if you mean it.',
  }),
  account_in_use: problem(409, {
    title: 'The account has open orders or positions',
    when: 'An account is to be removed while some of its orders are unfinished or a position is open, which nobody could end without its keys. It stays as it is.',
    remedy:
      'End what `order_ids` and `positions` name, or send `orders=cancel` and `positions=close`. With `positions=leave` they are left to the exchange.',
    figures: ['order_ids', 'positions', 'unwound'],
  }),
  user_in_use: problem(409, {
    title: 'The user has open orders or positions',
    when: 'A user is to be disabled while some of their orders are unfinished or a position is open, which nobody could end then. Nothing was changed.',
    remedy:
      'Let the user end what `order_ids` and `positions` name, or send `orders=cancel` and `positions=close` (or `positions=leave`).',
    figures: ['order_ids', 'positions', 'unwound'],
  }),
  live_not_allowed: problem(422, {
    title: 'No live account while the risk check is off',
    when: 'RISK_CHECK_ENABLED is false and PLIMSOLL_LIVE_WITHOUT_RISK_CHECK is not set.',
    remedy: 'Start the service with the risk check on, or with the second flag if you mean it.',
  }),
  exchange_not_supported: problem(422, {
    title: 'This exchange is not supported yet',
    when: 'The service has no gateway for the exchange that the request names, or the exchange has no such mode. Nothing was done.',
    remedy: 'Look at `GET /exchanges` for the supported exchanges and modes.',
    figures: ['errors'],
  }),
  mode_mismatch: problem(409, {
    title: 'The account has another mode than the request asserts',
    when: 'The request asserts a `mode` and its account has another one. Nothing was done.',
    remedy: 'Name the account that you mean, or correct `mode`.',
    figures: ['actual', 'expected'],
  }),
  paper_only: problem(422, {
    title: 'Only a paper account can be changed so',
    when: 'A reset, a deposit or a withdrawal was asked of an account that trades at an exchange. Nothing was done.',
    remedy: 'Name a paper account. Move money of any other account at the exchange: it shows here by itself.',
    figures: ['actual', 'expected'],
  }),
  client_order_id_conflict: problem(409, {
    title: 'The key was used before, with other content',
    when: 'The Idempotency-Key or the client_order_id belongs to another request of your portfolio. Nothing was placed.',
    remedy: 'Look at the order in `order_id`; use a new key for a new order.',
    figures: ['order_id'],
  }),
  order_not_cancelable: problem(409, {
    title: 'The order cannot be canceled',
    when: 'The order was finished when the cancel came or before the cancel reached the exchange, or its account was removed.',
    remedy:
      'Look at `order`: a finished one needs no cancel; cancel one whose account was removed at the exchange itself.',
    figures: ['order_id', 'order'],
  }),
  order_not_amendable: problem(409, {
    title: 'The order cannot be amended',
    when: 'The order was finished when the amendment came or before the exchange had canceled it, or is a market order.',
    remedy: 'Place a new order; `order` shows the state of this one.',
    figures: ['order_id', 'order'],
  }),
  amend_unconfirmed: later({
    title: 'The amended order is not confirmed as canceled',
    when: 'The exchange did not confirm the cancel of the old order in time. The cancel goes on; no new order was placed. Of a stop the amendment goes on for up to 30 seconds: once the old one is gone the new one is placed, or the old one put back.',
    remedy:
      'Follow the order by `order_id`; once it is canceled, place the new one yourself. Of a stop look for the order that has `order_id` in `replaces`, or send the same request with the same key.',
    figures: ['order_id', 'order'],
  }),
  position_closing: problem(409, {
    title: 'Orders on their way close the position already',
    when: 'Orders that trade at once and are not finished cover the whole position. Of spot that is so whatever else the account holds: a second close would sell coins that are no part of the position.',
    remedy: 'Wait for them; then close the rest of the position.',
    figures: ['actual'],
  }),
  strategy_part_offset: problem(422, {
    title: 'Others hold the opposite of the part',
    when: "The strategy's part of the position is offset by the opposite parts of others: the account holds nothing on that side, so that no order can close it.",
    remedy:
      'An order with the tag and without `reduce_only` closes the part, as new risk of the account. A close of all without a strategy ' +
      'nets the parts of all strategies at the mark, and sends no order.',
    figures: ['limit', 'actual'],
  }),
  more_than_inventory: problem(422, {
    title: 'There is not so much to adopt',
    when: 'The account holds less of the asset, positions apart, than was to be adopted.',
    remedy: '`limit` is the inventory that can be adopted. Nothing was done.',
    figures: ['limit', 'actual'],
  }),
  setting_not_offered: problem(422, {
    title: 'There is no such setting here',
    when: 'Leverage, margin mode or position mode was asked of a spot instrument, or of an exchange that has no such setting.',
    remedy:
      'Name a swap, such as BTC/USDT:USDT. `GET /exchanges` says what each exchange can set. Nothing was done.',
  }),
  after_too_old: problem(422, {
    title: 'Too many events since that seq',
    when: 'The `after` of a stream is further back than the stream repeats events.',
    remedy:
      'Read the state by REST and subscribe with its `as_of_seq` as `after`; `oldest` is the smallest taken.',
    figures: ['oldest', 'actual'],
  }),
  after_unknown: problem(422, {
    title: 'The journal has not come that far',
    when: 'The `after` of a stream is a seq that the journal has not reached: it is of another portfolio or database.',
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
    when: 'A fault of the service itself. The outcome of an order can be read by its id or key.',
    remedy: 'Look for `request_id` in the log of the service and report it.',
    figures: ['order_id'],
  }),
};
