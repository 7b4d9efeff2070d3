/**
 * The machine that gateways run on: its clocks and timers, its chance, its connections.
 *
 * Entry point: `Platform`; `system-platform.ts` has the real one. Nothing else in this folder reads a clock, sets a timer, draws
 * a random number or opens a connection, so that a gateway runs unchanged in virtual time and over a transport without sockets.
 */
import type { TimeMs } from '../core/ids.ts';
import type { Departure, DispatcherOptions, RawAnswer, SignedRequest } from './ccxt/dispatcher.ts';

/** Clocks and timers. */
export interface Scheduler {
  /** Our own wall clock, milliseconds; it may be set at any time. */
  now(): TimeMs;
  /** Milliseconds; never set back. For durations. */
  monotonic(): number;
  /** Runs `action` once, `delayMs` from now; the returned function cancels it. */
  after(delayMs: number, action: () => void): () => void;
  /** Runs `action` every `periodMs` until the returned function is called; does not keep a process alive. */
  every(periodMs: number, action: () => void): () => void;
}

/** One account's way to a venue's HTTP interface. */
export interface HttpTransport {
  /**
   * Resolves with the whole answer, whatever its status; rejects when there is none. `departure.leave` is called when the
   * request is about to be written, and its refusal is obeyed.
   */
  request(request: SignedRequest, departure: Departure): Promise<RawAnswer>;
  /** Ends every connection; requests under way reject. */
  destroy(): Promise<void>;
}

/** The events of a WebSocket. Nothing comes after `onError`, `onClose` or a `terminate` of ours. */
export interface WebSocketHandlers {
  onOpen(): void;
  onMessage(text: string): void;
  onBinaryMessage(bytes: Uint8Array): void;
  /** Anything else that shows life: a ping or a pong. */
  onLife(): void;
  onError(error: Error): void;
  onClose(code: number, reason: string): void;
}

/** A WebSocket on our side. */
export interface WebSocketLike {
  readonly isOpen: boolean;
  send(message: string): void;
  ping(): void;
  /** Cuts the connection without a farewell; no handler is called any more. */
  terminate(): void;
}

/** Connections to venues. */
export interface Transport {
  http(options: DispatcherOptions): HttpTransport;
  /** Connects at once; gives up after `handshakeTimeoutMs` with `onError`. */
  webSocket(url: string, handshakeTimeoutMs: number, handlers: WebSocketHandlers): WebSocketLike;
}

export interface Platform {
  readonly scheduler: Scheduler;
  readonly transport: Transport;
  /** From 0 up to, and without, 1; for the jitter of waits. */
  random(): number;
}
