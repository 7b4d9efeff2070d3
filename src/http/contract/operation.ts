/**
 * The parts of an operation that its schemas do not have: examples that work, and the problems that it may answer.
 *
 * Entry points: `OperationContract`, `EXAMPLE`, `operationName`, `problemsOf`.
 */
import { PROBLEMS, type ProblemCode } from '../problems/table.ts';

/** As `POST /trading/v2/orders/{order_id}`: the path without the prefix, parameters in braces. */
export type OperationName = `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`;

export interface ExampleRequest {
  readonly summary: string;
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
  /** The status that it is answered with. */
  readonly status: number;
}

export interface OperationContract {
  /** The name of the call in a client that is generated from the document. */
  readonly id: string;
  /** The first one's answer is the example of an answer. */
  readonly examples: readonly [ExampleRequest, ...ExampleRequest[]];
  /** Whether it takes the header Idempotency-Key. */
  readonly takesKey?: true;
  /** Beside those that every operation of its kind may answer; see `problemsOf`. */
  readonly problems: readonly ProblemCode[];
}

/** Ids that examples are written with; a test puts living ones in their place. */
export const EXAMPLE = {
  orderId: 'ord_0mh9zk2qf3v8c1x7w5n4t6b2e',
  venueOrderId: '28457',
  accountId: 'binance-live',
  paperAccountId: 'binance-paper-2',
  userId: 'usr_5f2b8c0d9e1a7346b2c4',
  tokenId: 'tok_91c7e3a05d4f8b26e0a1',
  driftId: 'external_order/binance-paper/BTC/USDT 28459',
} as const;

/** `url` as a route is registered: `/api/v1/orders/:order_id`. */
export function operationName(method: string, url: string): string {
  const path = url.replace(/^\/api\/v1(?=\/)/, '').replaceAll(/:([a-z_]+)/g, '{$1}');
  return `${method} ${path}`;
}

/** The problems that a portfolio answers with while it is not ready. */
export const DESK_PROBLEMS: readonly ProblemCode[] = [
  'not_owner',
  'recovering',
  'journal_stalled',
  'overloaded',
  'halted',
  'record_refused',
  'venue_unreachable',
];

/** Every refusal that a risk rule or a filter may give. */
export const REFUSALS: readonly ProblemCode[] = (Object.keys(PROBLEMS) as ProblemCode[]).filter((code) =>
  PROBLEMS[code].figures.includes('refusals'),
);

/** The problems that an order request may be answered with. */
export const PLACING_PROBLEMS: readonly ProblemCode[] = [
  ...DESK_PROBLEMS,
  'account_not_found',
  'mode_mismatch',
  'client_order_id_conflict',
  ...REFUSALS,
  'venue_rejected',
  'not_placed',
  'breaker_open',
  'rate_budget',
];

const EVERYWHERE: readonly ProblemCode[] = [
  'invalid_request',
  'request_timeout',
  'headers_too_large',
  'internal_error',
  'recovering',
];
const WITH_A_TOKEN: readonly ProblemCode[] = [
  'unauthenticated',
  'token_bound',
  'login_throttled',
  'storage_unavailable',
];
const WITH_A_BODY: readonly ProblemCode[] = ['malformed_json', 'body_too_large', 'unsupported_media_type'];

/** All codes that an operation may answer, by its method, what its token must allow, and its own. */
export function problemsOf(
  method: string,
  scope: string | undefined,
  own: readonly ProblemCode[],
): readonly ProblemCode[] {
  const codes = new Set<ProblemCode>([
    ...EVERYWHERE,
    ...(scope === undefined ? [] : WITH_A_TOKEN),
    // A token that is valid allows to read.
    ...(scope === undefined || scope === 'read' ? [] : (['scope_missing'] as const)),
    // A body that is sent is read also where none is needed.
    ...(method === 'GET' ? [] : WITH_A_BODY),
    ...own,
    // Where an account is chosen, it is on an exchange.
    ...(own.includes('account_not_found') ? (['exchange_not_supported'] as const) : []),
  ]);
  return (Object.keys(PROBLEMS) as ProblemCode[]).filter((code) => codes.has(code));
}
