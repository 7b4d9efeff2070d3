/**
 * The declaration of a venue's protocol and what it is given: HTTP routes and WebSocket endpoints with the fault route that
 * each one stands for. The wire layer reads requests, applies faults to the real sockets, counts requests, and lets
 * nothing leave (answers and pushes) before the exchange's state behind it is on disk; a protocol needs to do none of it.
 */
import type { RouteName } from '../faults.ts';

export interface WireRequest {
  readonly method: string;
  /** As sent, without the query. */
  readonly path: string;
  /** As sent, without the question mark; empty when there is none. Signatures are computed over it. */
  readonly query: string;
  /** As sent. */
  readonly body: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** From `:name` parts of the route's path, percent-decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  /** True time, ms: what the exchange takes as `at`. */
  readonly at: number;
  /** The venue's clock as clients see it, ms: `at` plus any clock_skew. Timestamps are checked against this one. */
  readonly clockMs: number;
}

export interface WireReply {
  readonly status: number;
  readonly body: string;
  /** `content-type` is application/json unless given. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Shown in the request counts; default `ok` below 400, else `refused` below 500, else `error`. */
  readonly outcome?: string;
}

export interface HttpRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `/api/v3/order` or with parameters, `/v2/accounts/:accountId`. */
  readonly path: string;
  /** The fault route: fixed, or taken from the request (one path that both creates and cancels). */
  readonly route: RouteName | ((request: WireRequest) => RouteName);
  readonly reply: (request: WireRequest) => WireReply | Promise<WireReply>;
}

/** A fault that a venue answers as one of its own errors. */
export interface RefusingFault {
  readonly kind: 'http_error' | 'http_error_after' | 'rate_limit' | 'maintenance';
  readonly status: number;
  /** The error's code and text where they are not to be the usual ones. */
  readonly words: { readonly code: number; readonly message: string } | null;
}

export interface SocketConnection {
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly parameters: Readonly<Record<string, string>>;
  /** True time now and the venue's clock now, as in WireRequest. */
  at(): number;
  clockMs(): number;
  /** Sends a stream message once the state behind it is durable. `route` picks the ws_* faults that may meet it. */
  push(route: 'private_stream' | 'public_stream', message: string | Uint8Array): void;
  /**
   * Serves a request that came as a message: counts it and applies request faults of `route` (drop_request,
   * drop_response, delay, delay_response, http_error, rate_limit, maintenance; the others as drop_response).
   * `reply` acts and gives the message to send; `refuse` words a fault in the venue's own form.
   */
  answer(route: RouteName, reply: () => SocketReply, refuse: (refused: RefusingFault) => string): void;
  /** A message that is neither a push nor counted: pongs, subscription acknowledgements. Sent in order with the others. */
  send(message: string | Uint8Array): void;
  /** Closes after everything already sent. */
  close(code: number, reason: string): void;
  readonly open: boolean;
}

export interface SocketReply {
  readonly message: string | Uint8Array;
  /** As WireReply.outcome; default `ok`. */
  readonly outcome?: string;
}

export interface SocketSession {
  onMessage(message: string | Uint8Array): void;
  onClose(): void;
}

export type StreamRoute = 'private_stream' | 'public_stream';

export interface SocketEndpoint {
  /** `/ws`, `/ws/:stream`; `/stream/*` takes whatever follows. */
  readonly path: string;
  /** The route of a connection for faults and counts, until its first push says otherwise; by its query where one address has both. */
  readonly route: StreamRoute | ((target: Pick<SocketConnection, 'query'>) => StreamRoute);
  readonly connect: (connection: SocketConnection) => SocketSession;
  /** The venue pings at this interval, in ms, and cuts a client that has not answered `pongWithinMs` later; null: never. */
  readonly ping: { readonly everyMs: number; readonly pongWithinMs: number } | null;
}

/** All that one venue serves on its port. */
export interface WireDeclaration {
  readonly routes: readonly HttpRoute[];
  readonly sockets: readonly SocketEndpoint[];
  /** For a path that no route takes. */
  readonly notFound: (request: WireRequest) => WireReply;
  /** The venue's own words for a fault. `rate_limit` gets its Retry-After header from the wire layer. */
  readonly faultReply: (refused: RefusingFault, request: WireRequest) => WireReply;
}
