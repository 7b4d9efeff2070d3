/**
 * One venue's declared HTTP routes and WebSocket endpoints, called directly: a request in, a reply out, without a socket.
 *
 * Entry point: `InProcessVenue`, for worlds whose time is not the machine's. Nothing is delayed, lost or counted here: the
 * caller decides when each message arrives, and whether. The venue sends no pings of its own.
 */
import type { RouteName } from '../faults.ts';
import { Routes, StreamEndpoints, routeName, type Found } from './routing.ts';
import type { HttpRoute, SocketConnection, WireDeclaration, WireReply, WireRequest } from './wire.ts';

/** A request as its client wrote it. */
export type SentRequest = Pick<WireRequest, 'method' | 'path' | 'query' | 'body' | 'headers'>;

/** When a request is carried out. */
export interface ActsAt {
  /** True time, ms: what the exchange takes. */
  readonly at: number;
  /** The venue's clock as the request met it, ms: what timestamps are checked against. */
  readonly clockMs: number;
}

/** The client's end of a stream connection. */
export interface StreamClient {
  onMessage(route: 'private_stream' | 'public_stream' | 'answer', message: string | Uint8Array): void;
  onClose(code: number, reason: string): void;
}

/** The venue's end of a stream connection. */
export interface StreamLine {
  receive(message: string): void;
  /** The client is gone. */
  hangUp(): void;
}

export class InProcessVenue {
  readonly #declaration: WireDeclaration;
  readonly #nowMs: () => number;
  readonly #routes: Routes;
  readonly #endpoints: StreamEndpoints;

  constructor(declaration: WireDeclaration, nowMs: () => number) {
    this.#declaration = declaration;
    this.#nowMs = nowMs;
    this.#routes = new Routes(declaration.routes);
    this.#endpoints = new StreamEndpoints(declaration.sockets);
  }

  /** The purpose of a request. */
  routeOf(sent: SentRequest): RouteName {
    const found = this.#routes.find(sent.method, sent.path);
    return routeName(found, this.#received(sent, found, this.#now()));
  }

  /** Carries a request out. */
  async answer(sent: SentRequest, acts: ActsAt = this.#now()): Promise<WireReply> {
    const found = this.#routes.find(sent.method, sent.path);
    const request = this.#received(sent, found, acts);
    return found === null ? this.#declaration.notFound(request) : found.place.reply(request);
  }

  /** The venue's own words for not having served a request. */
  refuse(
    kind: 'http_error' | 'http_error_after' | 'rate_limit',
    status: number,
    sent: SentRequest,
  ): WireReply {
    const refused = { kind, status, words: null };
    return this.#declaration.faultReply(refused, this.#received(sent, null, this.#now()));
  }

  /** Opens a stream; null where the venue has none at that path. */
  connect(path: string, query: string, client: StreamClient): StreamLine | null {
    const found = this.#endpoints.find(path);
    if (found === null) return null;
    const end = { isOpen: true };
    const send = (route: Parameters<StreamClient['onMessage']>[0], message: string | Uint8Array): void => {
      if (end.isOpen) client.onMessage(route, message);
    };
    const connection: SocketConnection = {
      path,
      query,
      headers: {},
      parameters: found.parameters,
      at: this.#nowMs,
      clockMs: this.#nowMs,
      push: (route, message) => {
        send(route, message);
      },
      answer: (_route, reply) => {
        send('answer', reply().message);
      },
      send: (message) => {
        send('answer', message);
      },
      close: (code, reason) => {
        if (!end.isOpen) return;
        end.isOpen = false;
        session.onClose();
        client.onClose(code, reason);
      },
      get open() {
        return end.isOpen;
      },
    };
    const session = found.place.connect(connection);
    return {
      receive: (message) => {
        if (end.isOpen) session.onMessage(message);
      },
      hangUp: () => {
        if (!end.isOpen) return;
        end.isOpen = false;
        session.onClose();
      },
    };
  }

  #now(): ActsAt {
    const nowMs = this.#nowMs();
    return { at: nowMs, clockMs: nowMs };
  }

  #received(sent: SentRequest, found: Found<HttpRoute> | null, acts: ActsAt): WireRequest {
    return { ...sent, parameters: found?.parameters ?? {}, ...acts };
  }
}
