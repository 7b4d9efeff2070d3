/**
 * One WebSocket of the real gateway to the simulated venue's own stream sessions.
 *
 * Entry point: `InProcessSocket`. Messages arrive in their order, each after a latency; on a private stream they meet the same
 * faults as with the light gateway.
 */
import type { StreamLine } from '../../src/simulators/wire/in-process.ts';
import type { WebSocketHandlers, WebSocketLike } from '../../src/venues/platform.ts';
import type { Faults } from './faults.ts';
import type { SimulatedVenue } from './venue.ts';
import type { ProcessGate, VirtualTime } from './virtual-time.ts';

/** Close code of a connection that ended without a farewell (RFC 6455, section 7.4.1). */
const ABNORMAL = 1006;

export interface InProcessSocketOptions {
  readonly time: VirtualTime;
  readonly gate: ProcessGate;
  readonly venue: SimulatedVenue;
  readonly faults: Faults;
  /** Whether no connection can be had now. */
  readonly isRefused: (isPrivate: boolean) => boolean;
  /** A message met the end of its connection. */
  readonly onPrivateCut: () => void;
  readonly onEnd: () => void;
}

export class InProcessSocket implements WebSocketLike {
  #isPrivate: boolean;
  readonly #handlers: WebSocketHandlers;
  readonly #options: InProcessSocketOptions;
  #line: StreamLine | null = null;
  #state: 'connecting' | 'open' | 'ended' = 'connecting';
  #lastDeliveryAt = 0;
  #lastArrivalAt = 0;
  #silentUntil = 0;

  constructor(url: URL, handlers: WebSocketHandlers, options: InProcessSocketOptions) {
    this.#handlers = handlers;
    this.#options = options;
    this.#isPrivate = options.venue.onWire.isPrivate(url);
    options.time.after(2 * options.faults.latencyMs(), () => this.#connect(url), options.gate);
  }

  /** Whether it is the account's own. */
  get isPrivate(): boolean {
    return this.#isPrivate;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  #connect(url: URL): void {
    if (this.#state === 'ended') return;
    const { isRefused, venue } = this.#options;
    const line = isRefused(this.isPrivate)
      ? null
      : venue.wire.connect(url.pathname, url.search.slice(1), {
          onMessage: (route, message) => {
            if (route === 'private_stream') this.#meetFault(message);
            else this.#deliver(() => this.#hand(message), null);
          },
          onClose: (code, reason) => this.#deliver(() => this.#end(code, reason), null),
        });
    if (line === null) {
      this.#state = 'ended';
      this.#options.onEnd();
      this.#handlers.onError(new Error('connection refused'));
      return;
    }
    this.#line = line;
    this.#state = 'open';
    this.#handlers.onOpen();
  }

  #hand(message: string | Uint8Array): void {
    if (typeof message === 'string') this.#handlers.onMessage(message);
    else this.#handlers.onBinaryMessage(message);
  }

  #meetFault(message: string | Uint8Array): void {
    const { faults, onPrivateCut } = this.#options;
    const hand = (): void => this.#hand(message);
    const fault = faults.ofStream();
    switch (fault) {
      case 'drop':
        return;
      case 'disconnect':
        onPrivateCut();
        return;
      case 'duplicate':
        this.#deliver(hand, 0);
        this.#deliver(hand, faults.between(0, 3_000));
        return;
      case 'reorder':
        this.#deliver(hand, faults.between(20, 1_500));
        return;
      case 'none':
        this.#deliver(hand, null);
        return;
    }
  }

  /** In order, or `lateMs` late and out of order. */
  #deliver(hand: () => void, lateMs: number | null): void {
    const { faults, gate, time } = this.#options;
    const now = time.now();
    if (now < this.#silentUntil) return;
    const inOrderAt = Math.max(this.#lastDeliveryAt, now + faults.latencyMs());
    if (lateMs === null) this.#lastDeliveryAt = inOrderAt;
    time.after(
      inOrderAt - now + (lateMs ?? 0),
      () => {
        if (this.#state === 'open') hand();
      },
      gate,
    );
  }

  send(message: string): void {
    if (this.#state !== 'open') return;
    const { faults, time, venue } = this.#options;
    this.#isPrivate ||= venue.onWire.isLogin(message);
    const now = time.now();
    this.#lastArrivalAt = Math.max(this.#lastArrivalAt, now + faults.latencyMs());
    time.after(this.#lastArrivalAt - now, () => this.#line?.receive(message), null);
  }

  ping(): void {
    this.#deliver(() => this.#handlers.onLife(), null);
  }

  /** From now on and for so long nothing comes, and nothing is said of it. */
  silence(durationMs: number): void {
    this.#silentUntil = this.#options.time.now() + durationMs;
  }

  /** The connection ends on the way. */
  cut(): void {
    this.#line?.hangUp();
    this.#deliver(() => this.#end(ABNORMAL, ''), null);
  }

  terminate(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#line?.hangUp();
    this.#options.onEnd();
  }

  #end(code: number, reason: string): void {
    if (this.#state !== 'open') return;
    this.terminate();
    this.#handlers.onClose(code, reason);
  }
}
