/**
 * The connections of one process to the simulated venue, without sockets: bytes in, bytes out, under virtual time and with faults.
 *
 * Entry point: `InProcessTransport`, for the real gateway. Requests and messages travel as with the light gateway
 * (`simulated-gateway.ts`): a latency each way, and the same faults on the same chances. A dead process's requests still arrive.
 */
import { splitTarget } from '../../src/simulators/wire/routing.ts';
import type { SentRequest } from '../../src/simulators/wire/in-process.ts';
import type { WireReply } from '../../src/simulators/wire/wire.ts';
import type { Departure, RawAnswer, SignedRequest } from '../../src/venues/ccxt/dispatcher.ts';
import type {
  HttpTransport,
  Transport,
  WebSocketHandlers,
  WebSocketLike,
} from '../../src/venues/platform.ts';
import type { Faults, RequestFault } from './faults.ts';
import { InProcessSocket } from './in-process-socket.ts';
import type { GatewayConnections, Hazard } from './simulated-gateway.ts';
import type { SimulatedVenue } from './venue.ts';
import type { ProcessGate, VirtualTime } from './virtual-time.ts';
import type { CreateAsked, SendOnWire } from './wire/venue-on-wire.ts';

const RETRY_AFTER_S = 1;

export interface InProcessTransportOptions {
  readonly time: VirtualTime;
  readonly gate: ProcessGate;
  readonly venue: SimulatedVenue;
  readonly faults: Faults;
  /** Called at each hazard; it may kill or freeze the process there. */
  readonly onHazard: (hazard: Hazard) => void;
  /**
   * Whether the storage holds an attempt signed at this time, or within a step from it on; asked as a request departs, for the auditor.
   */
  readonly isJournaled: (signedAt: number, stepMs: number) => boolean;
  readonly trace: (line: string) => void;
}

/** One request on its way, with what becomes of it there and back. */
interface Travelling {
  readonly sent: SentRequest;
  readonly fault: RequestFault;
  /** Delivers an answer to the process. */
  readonly back: (reply: WireReply) => void;
}

export class InProcessTransport implements Transport, Omit<GatewayConnections, 'isStarted'> {
  readonly #options: InProcessTransportOptions;
  readonly #sockets = new Set<InProcessSocket>();
  /** Until when no private stream can be had. */
  #privateDownUntil = 0;

  constructor(options: InProcessTransportOptions) {
    this.#options = options;
  }

  // ── HTTP ───────────────────────────────────────────────────────────────────────────────────────────────────

  http(): HttpTransport {
    const underWay = new Set<(error: Error) => void>();
    return {
      request: async (signed, departure) => {
        const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
        underWay.add(reject);
        try {
          await this.#depart(signed, departure, resolve, reject);
          return await promise;
        } finally {
          underWay.delete(reject);
        }
      },
      destroy: () => {
        for (const reject of underWay) reject(new Error('the client is destroyed'));
        return Promise.resolve();
      },
    };
  }

  /** Resolves when the request has left; rejects where it does not. */
  async #depart(
    signed: SignedRequest,
    departure: Departure,
    onAnswer: (answer: RawAnswer) => void,
    onAbort: (reason: Error) => void,
  ): Promise<void> {
    const { faults, gate, onHazard, time, trace, venue } = this.#options;
    if (gate.isDead) return never();
    const sent = sentOf(signed);
    const asked = venue.onWire.createIn(sent);
    if (asked !== null) {
      onHazard('before_send');
      if (gate.isDead) return never();
      // A process frozen here is, to itself, merely slow: what follows runs after the thaw.
      if (gate.isFrozen) await this.#pause();
    }
    const route = venue.wire.routeOf(sent);
    const fault = faults.ofRequest(route);
    if (fault.kind !== 'none') trace(`${gate.name} ${route} meets ${fault.kind}`);
    // One that meets no connection has been tried: there is nothing else that the service could have done.
    const canceled = venue.onWire.cancelIn(sent);
    if (canceled !== null) {
      const clientOrderId = venue.clientOrderIdOf(canceled);
      venue.cancels.push({ clientOrderId, departedAt: time.now() });
      trace(`${gate.name} cancels ${clientOrderId}`);
    }
    if (fault.kind === 'drop_request' && faults.between(0, 2) === 0) {
      departure.connectFailure = 'ECONNREFUSED';
      throw new Error('no connection');
    }
    departure.leave(onAbort);
    const arriveAs = asked === null ? null : this.#noted(asked, fault);
    const backMs = faults.latencyMs() + (fault.kind === 'delay_response' ? fault.delayMs : 0);
    const back = (reply: WireReply): void => {
      time.after(
        backMs,
        () => {
          if (venue.onWire.saysStop(reply))
            venue.stops.push({ from: time.now(), until: time.now() + stopMs(reply) });
          onAnswer(answerOf(reply));
          if (asked !== null) onHazard('after_outcome');
        },
        gate,
      );
    };
    const travelling = { sent, fault, back };
    time.after(
      faults.latencyMs() + (fault.kind === 'delay_request' ? fault.delayMs : 0),
      () => this.#arrive(travelling, arriveAs),
      null,
    );
    if (asked !== null) onHazard('after_departure');
  }

  /** A create as it left; the function adds it to the venue's record when it arrives. */
  #noted(asked: CreateAsked, fault: RequestFault): () => void {
    const { gate, isJournaled, time, trace, venue } = this.#options;
    const departedAt = time.now();
    const wasJournaled = isJournaled(asked.signedAt, venue.onWire.signedTimeStepMs);
    trace(`${gate.name} sends ${asked.clientOrderId} ${asked.text}`);
    const { text: _text, ...create } = asked;
    const { clientOrderId, symbol } = create;
    const send: SendOnWire = {
      clientOrderId,
      symbol,
      departedAt,
      isThrottled: fault.kind === 'rate_limit',
      create: null,
    };
    venue.sends.push(send);
    return () => {
      send.create = {
        ...create,
        departedAt,
        arrivedAt: time.now(),
        process: gate.name,
        wasJournaled,
        verdict: { kind: 'pending' },
      };
      venue.expectPlacing(send.create);
    };
  }

  #arrive({ sent, fault, back }: Travelling, note: (() => void) | null): void {
    const { time, venue } = this.#options;
    const { namesWait, statuses } = venue.onWire;
    const act = async (clockMs: number): Promise<void> => {
      const acts = { at: time.now(), clockMs };
      note?.();
      const reply = await venue.serve(sent, acts);
      switch (fault.kind) {
        case 'drop_response':
          return;
        case 'error_after':
          back(venue.wire.refuse('http_error_after', statuses.after, sent));
          return;
        case 'truncated':
          back({ ...reply, body: reply.body.slice(0, Math.floor(reply.body.length / 2)) });
          return;
        default:
          back(reply);
      }
    };
    switch (fault.kind) {
      case 'drop_request':
        return;
      case 'error_before':
        back(venue.wire.refuse('http_error', statuses.before, sent));
        return;
      case 'rate_limit': {
        const reply = venue.wire.refuse('rate_limit', statuses.tooOften, sent);
        const wait = namesWait ? { 'retry-after': String(RETRY_AFTER_S) } : {};
        back({ ...reply, headers: { ...reply.headers, ...wait } });
        return;
      }
      case 'slow_engine': {
        // Admitted in time, carried out later.
        const admittedAt = time.now();
        time.after(fault.delayMs, () => void act(admittedAt), null);
        return;
      }
      case 'none':
      case 'delay_request':
      case 'delay_response':
      case 'drop_response':
      case 'error_after':
      case 'truncated':
        void act(time.now());
    }
  }

  #pause(): Promise<void> {
    const { gate, time } = this.#options;
    return new Promise((resolve) => {
      time.after(0, resolve, gate);
    });
  }

  // ── Streams ────────────────────────────────────────────────────────────────────────────────────────────────

  webSocket(url: string, _handshakeTimeoutMs: number, handlers: WebSocketHandlers): WebSocketLike {
    const socket = new InProcessSocket(new URL(url), handlers, {
      ...this.#options,
      isRefused: (isPrivate) => isPrivate && this.#options.time.now() < this.#privateDownUntil,
      onPrivateCut: () => this.breakStream(this.#options.faults.between(50, 6_000)),
      onEnd: () => this.#sockets.delete(socket),
    });
    this.#sockets.add(socket);
    return socket;
  }

  /** The private streams break and can be had again after a while; events in between are lost. */
  breakStream(durationMs: number): void {
    const { gate, time, trace } = this.#options;
    const open = [...this.#sockets].filter((socket) => socket.isPrivate && socket.isOpen);
    if (open.length === 0) return;
    trace(`${gate.name} loses its private stream for ${durationMs} ms`);
    this.#privateDownUntil = time.now() + durationMs;
    for (const socket of open) socket.cut();
  }

  /** The market-data streams stay open and carry nothing for a while. */
  silencePublicStreams(durationMs: number): void {
    const { gate, trace } = this.#options;
    trace(`${gate.name} has no news of the market for ${durationMs} ms`);
    for (const socket of this.#sockets) if (!socket.isPrivate) socket.silence(durationMs);
  }

  /** The market-data connections end on the way. */
  cutPublicStreams(): void {
    const { gate, trace } = this.#options;
    trace(`${gate.name} loses its market data`);
    for (const socket of this.#sockets) if (!socket.isPrivate && socket.isOpen) socket.cut();
  }

  /** The venue's side of the connections ends, as when a process dies. */
  disconnect(): void {
    for (const socket of this.#sockets) socket.terminate();
  }
}

/** For how long the venue says that nothing more may be sent; where it has counted too much itself, until its interval is over. */
function stopMs({ headers = {} }: WireReply): number {
  const named = Object.entries(headers).find(([name]) => name.toLowerCase() === 'retry-after');
  return Number(named?.[1] ?? RETRY_AFTER_S) * 1_000;
}

function sentOf({ url, method, headers, body }: SignedRequest): SentRequest {
  const { host, pathname, search } = new URL(url);
  return {
    method,
    ...splitTarget(pathname + search),
    body: body ?? '',
    headers: { host, ...inLowerCase(headers) },
  };
}

function answerOf({ status, body, headers = {} }: WireReply): RawAnswer {
  return {
    status,
    body,
    headers: inLowerCase(headers),
  };
}

function inLowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** For what a dead process waits for. */
function never<Value>(): Promise<Value> {
  return Promise.withResolvers<Value>().promise;
}
