/**
 * Which fault meets which request. Faults are data; the registry decides, the wire layer (wire/) applies.
 *
 * A fault with `count` is used up after so many requests; one with `probability` draws from its own seeded generator
 * for each matching request and lasts until deleted. Where several match, the oldest decides.
 */

export const FAULT_ROUTES = [
  'create_order',
  'cancel_order',
  'query_order',
  'open_orders',
  'balances',
  'positions',
  'fills',
  'private_stream',
  'public_stream',
] as const;

/** What a request is for. `other` (markets, time, listen keys) is met by faults on `*` alone. */
export type RouteName = (typeof FAULT_ROUTES)[number] | 'other';

export const FAULT_KINDS = [
  'drop_request',
  'drop_response',
  'delay',
  'delay_response',
  'http_error',
  'http_error_after',
  'rate_limit',
  'stall_body',
  'truncate_body',
  'empty_body',
  'ws_disconnect',
  'ws_drop',
  'ws_duplicate',
  'ws_reorder',
  'clock_skew',
  'maintenance',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export interface FaultRequest {
  readonly kind: FaultKind;
  readonly route: Exclude<RouteName, 'other'> | '*';
  /** How many requests (or stream messages) it meets. One of `count` and `probability`; neither: until deleted. */
  readonly count?: number;
  /** Above 0, at most 1. */
  readonly probability?: number;
  readonly seed?: number;
  /** `delay` and `delay_response`. */
  readonly delayMs?: number;
  /** `http_error`, `http_error_after`, `rate_limit` (429 or 418), `maintenance`. */
  readonly status?: number;
  /** `rate_limit`: the Retry-After that is sent. */
  readonly retryAfterS?: number;
  /** `clock_skew`: added to the venue's clock as its clients see it; may be negative. */
  readonly skewMs?: number;
}

export interface Fault extends FaultRequest {
  readonly id: string;
  /** How often it was applied. */
  readonly applied: number;
}

export interface FaultRegistry {
  add(request: FaultRequest): Fault;
  /** All of them, or one. Answers how many were removed. */
  remove(id?: string): number;
  list(): readonly Fault[];
  /** The fault that meets this request, used up by one; null: none. Never a ws_* or clock_skew fault. */
  forRequest(route: RouteName): Fault | null;
  /** The ws_* fault that meets this stream message, used up by one; null: none. */
  forMessage(route: RouteName): Fault | null;
  /** Sum of the skews that meet this request, in ms. */
  clockSkewMs(route: RouteName): number;
  /** Called when a fault is added, so that streams can be cut at once. Returns the way to stop. */
  subscribe(listener: (fault: Fault) => void): () => void;
}
