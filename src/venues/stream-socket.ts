/**
 * A WebSocket to a venue that comes back by itself and notices when the other side is gone.
 *
 * Entry points: `StreamSocket`. Its owner says how to subscribe and reads the messages; every loss is reported once
 * through `onDown`, every connection through `onUp`, in the order in which they occurred.
 *
 * Invariants:
 *  1. At most one socket is open; messages of an abandoned one are dropped.
 *  2. Silence longer than `deadAfterMs` is a loss, whatever the operating system thinks of the connection.
 *  3. Reconnecting backs off, without end and with jitter; only `close` stops it.
 */
import { MalformedAnswer } from './ccxt/exact-json.ts';
import type { Platform, Scheduler, WebSocketLike } from './platform.ts';

export interface StreamHandlers {
  /** Where to connect; may ask the venue for a key first. */
  url(): Promise<string>;
  /** Subscribes; the stream counts as up when this resolves. A rejection drops the socket and tries again. */
  subscribe(send: (message: string) => void, answers: AnswerQueue): Promise<void>;
  onUp(): void;
  onDown(reason: string): void;
  onMessage(message: string): void;
}

/** How a venue keeps its connections alive and packs their messages; it names what differs from plain WebSocket. */
export interface StreamHabits {
  /** How often we ask the venue for a sign of life. */
  readonly pingEveryMs?: number | undefined;
  /** The message that asks the venue for a sign of life; a WebSocket ping where there is none. */
  readonly pingMessage?: (() => string) | undefined;
  /** Our answer to a message by which the venue asks for a sign of life; null for every other message. */
  readonly answerPing?: ((message: string) => string | null) | undefined;
  /**
   * The text that a binary message stands for, which is then read like any other. Throws `MalformedAnswer`, which ends
   * the connection. Where there is none, binary messages show life and are dropped.
   */
  readonly decode?: ((message: Uint8Array) => string) | undefined;
}

export interface StreamSocketOptions extends StreamHabits {
  readonly name: string;
  readonly platform: Platform;
  readonly handlers: StreamHandlers;
  readonly deadAfterMs?: number;
  readonly connectTimeoutMs?: number;
  readonly firstWaitMs?: number;
  readonly longestWaitMs?: number;
}

/** Lets a subscription wait for the venue's answer to it, while other messages flow. */
export class AnswerQueue {
  readonly #scheduler: Scheduler;
  readonly #waiting = new Set<(message: string) => boolean>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Resolves with the first message that `read` takes (returns other than undefined). */
  async next<Value>(read: (message: string) => Value | undefined, timeoutMs: number): Promise<Value> {
    return new Promise<Value>((resolve, reject) => {
      const offer = (message: string): boolean => {
        try {
          const value = read(message);
          if (value === undefined) return false;
          resolve(value);
        } catch (error) {
          reject(error instanceof Error ? error : new Error('unreadable answer'));
        }
        this.#waiting.delete(offer);
        stopTimer();
        return true;
      };
      const stopTimer = this.#scheduler.after(timeoutMs, () => {
        this.#waiting.delete(offer);
        reject(new Error(`no answer within ${timeoutMs} ms`));
      });
      this.#waiting.add(offer);
    });
  }

  /** Whether someone took the message. */
  offer(message: string): boolean {
    for (const waiting of this.#waiting) if (waiting(message)) return true;
    return false;
  }
}

export type StreamState = 'connecting' | 'connected' | 'closed';

export class StreamSocket {
  readonly #name: string;
  readonly #handlers: StreamHandlers;
  readonly #pingEveryMs: number;
  readonly #pingMessage: StreamHabits['pingMessage'];
  readonly #answerPing: StreamHabits['answerPing'];
  readonly #decode: StreamHabits['decode'];
  readonly #deadAfterMs: number;
  readonly #connectTimeoutMs: number;
  readonly #firstWaitMs: number;
  readonly #longestWaitMs: number;
  readonly #platform: Platform;
  #state: StreamState = 'closed';
  #socket: WebSocketLike | null = null;
  #failures = 0;
  #stopRetry: (() => void) | undefined;
  #stopPings: (() => void) | undefined;
  #lastMessageAt = 0;
  #connection = 0;
  #wanted = false;
  #lastFailure: string | null = null;

  constructor(options: StreamSocketOptions) {
    this.#name = options.name;
    this.#handlers = options.handlers;
    this.#pingEveryMs = options.pingEveryMs ?? 10_000;
    this.#pingMessage = options.pingMessage;
    this.#answerPing = options.answerPing;
    this.#decode = options.decode;
    this.#deadAfterMs = options.deadAfterMs ?? 25_000;
    this.#connectTimeoutMs = options.connectTimeoutMs ?? 10_000;
    this.#firstWaitMs = options.firstWaitMs ?? 200;
    this.#longestWaitMs = options.longestWaitMs ?? 15_000;
    this.#platform = options.platform;
  }

  get state(): StreamState {
    return this.#state;
  }

  /** When the last sign of life came on the present connection (monotonic, milliseconds); null while it is not up. */
  get lastMessageAt(): number | null {
    return this.#state === 'connected' ? this.#lastMessageAt : null;
  }

  /** Counts connections, so that an owner knows whether its data came over the present one. */
  get connection(): number {
    return this.#connection;
  }

  /** Why the last connection ended or could not be made; null when none ever failed. */
  get lastFailure(): string | null {
    return this.#lastFailure;
  }

  open(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#connect();
  }

  close(): void {
    this.#wanted = false;
    this.#stopRetry?.();
    this.#abandon();
    this.#state = 'closed';
  }

  /** Sends when connected; says whether it did. */
  send(message: string): boolean {
    if (this.#state !== 'connected' || this.#socket === null) return false;
    this.#socket.send(message);
    return true;
  }

  /** Drops the connection and takes a new one, as when the venue announces its end. */
  reconnect(reason: string): void {
    if (this.#wanted) this.#lose(reason);
  }

  #connect(): void {
    this.#state = 'connecting';
    void this.#handlers.url().then(
      (url) => {
        if (this.#wanted && this.#socket === null) this.#openSocket(url);
      },
      (error: unknown) => {
        this.#lose(`no address: ${messageOf(error)}`);
      },
    );
  }

  #openSocket(url: string): void {
    const answers = new AnswerQueue(this.#platform.scheduler);
    const socket: WebSocketLike = this.#platform.transport.webSocket(url, this.#connectTimeoutMs, {
      onOpen: () => {
        if (current()) this.#subscribe(socket, answers);
      },
      onMessage: (message) => {
        if (current()) this.#onMessage(socket, message, answers);
      },
      onBinaryMessage: (bytes) => {
        if (!current()) return;
        const message = this.#textOf(bytes);
        if (message !== null) this.#onMessage(socket, message, answers);
      },
      onLife: () => {
        if (current()) this.#noteLife();
      },
      onError: (error) => {
        if (current()) this.#lose(error.message);
      },
      onClose: (code, reason) => {
        if (current()) this.#lose(`closed by the venue: ${code} ${reason}`);
      },
    });
    const current = (): boolean => this.#socket === socket;
    this.#socket = socket;
  }

  #onMessage(socket: WebSocketLike, message: string, answers: AnswerQueue): void {
    this.#noteLife();
    if (message === '') return;
    const pong = this.#answerPing?.(message) ?? null;
    if (pong !== null) socket.send(pong);
    else if (!answers.offer(message)) this.#handlers.onMessage(message);
  }

  /** An empty text where nothing reads binary messages; null when the message cannot be read, which ends the connection. */
  #textOf(bytes: Uint8Array): string | null {
    if (this.#decode === undefined) return '';
    try {
      return this.#decode(bytes);
    } catch (error) {
      if (!(error instanceof MalformedAnswer)) throw error;
      this.#lose(`unreadable binary message: ${error.message}`);
      return null;
    }
  }

  #subscribe(socket: WebSocketLike, answers: AnswerQueue): void {
    this.#noteLife();
    this.#watch(socket);
    const send = (message: string): void => {
      socket.send(message);
    };
    void this.#handlers.subscribe(send, answers).then(
      () => {
        if (this.#socket !== socket) return;
        this.#state = 'connected';
        this.#connection += 1;
        this.#failures = 0;
        this.#handlers.onUp();
      },
      (error: unknown) => {
        if (this.#socket === socket) this.#lose(`subscription failed: ${messageOf(error)}`);
      },
    );
  }

  #noteLife(): void {
    this.#lastMessageAt = this.#platform.scheduler.monotonic();
  }

  #watch(socket: WebSocketLike): void {
    const { scheduler } = this.#platform;
    this.#stopPings?.();
    this.#stopPings = scheduler.every(this.#pingEveryMs, () => {
      if (this.#socket !== socket) return;
      if (scheduler.monotonic() - this.#lastMessageAt > this.#deadAfterMs) {
        this.#lose(`silent for ${this.#deadAfterMs} ms`);
        return;
      }
      if (!socket.isOpen) return;
      if (this.#pingMessage === undefined) socket.ping();
      else socket.send(this.#pingMessage());
    });
  }

  #lose(reason: string): void {
    const wasUp = this.#state === 'connected';
    this.#abandon();
    if (wasUp) this.#handlers.onDown(`${this.#name}: ${reason}`);
    this.#lastFailure = reason;
    this.#retryLater();
  }

  #abandon(): void {
    this.#stopPings?.();
    const socket = this.#socket;
    this.#socket = null;
    socket?.terminate();
  }

  #retryLater(): void {
    if (!this.#wanted) return;
    this.#state = 'connecting';
    const ceilingMs = Math.min(this.#longestWaitMs, this.#firstWaitMs * 2 ** Math.min(this.#failures, 20));
    this.#failures += 1;
    const waitMs = ceilingMs / 2 + (this.#platform.random() * ceilingMs) / 2;
    this.#stopRetry?.();
    this.#stopRetry = this.#platform.scheduler.after(waitMs, () => {
      if (this.#wanted) this.#connect();
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'failed without an error';
}
