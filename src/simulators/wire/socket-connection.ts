/**
 * One WebSocket connection of a venue, with stream faults. Everything leaves through the gate in the order given;
 * `ws_reorder` holds a message back until the next one went out, or a moment has passed.
 */
import type { WebSocket, RawData } from 'ws';
import type { Clock } from '../clock.ts';
import type { Fault } from '../faults.ts';
import { streamRouteOf } from './routing.ts';
import type { WireContext } from './serve.ts';
import type { RefusingFault, SocketConnection, SocketEndpoint } from './wire.ts';

/** Bytes that wait in a connection whose client does not read; beyond it the connection is cut. */
const MAX_BUFFERED_BYTES = 16_000_000;
const REORDER_HOLD_MS = 500;
const DEFAULT_DELAY_MS = 1000;
/** Close code "Try Again Later" of the registry that RFC 6455, section 11.7, set up. */
const TRY_AGAIN_LATER = 1013;

type Message = string | Uint8Array;

export function openConnection(
  webSocket: WebSocket,
  endpoint: SocketEndpoint,
  target: Pick<SocketConnection, 'path' | 'query' | 'headers' | 'parameters'>,
  context: WireContext,
): void {
  const { clock, faults, requests, gate, signal, logger } = context;
  const ended = new AbortController();
  let route = streamRouteOf(endpoint, target);
  let held: Message | null = null;

  const write = (message: Message): void => {
    if (webSocket.readyState !== webSocket.OPEN) return;
    if (webSocket.bufferedAmount > MAX_BUFFERED_BYTES) {
      webSocket.terminate();
      return;
    }
    webSocket.send(message);
  };
  const releaseHeld = (): void => {
    if (held === null) return;
    const message = held;
    held = null;
    write(message);
  };
  const writeFaulty = (message: Message, fault: Fault | null): void => {
    switch (fault?.kind) {
      case 'ws_drop':
        return;
      case 'ws_disconnect':
        webSocket.terminate();
        return;
      case 'ws_duplicate':
        write(message);
        write(message);
        break;
      case 'ws_reorder':
        releaseHeld();
        held = message;
        void clock.sleep(REORDER_HOLD_MS, ended.signal).then(() => {
          if (held === message) releaseHeld();
        });
        return;
      default:
        write(message);
    }
    releaseHeld();
  };

  const connection: SocketConnection = {
    ...target,
    at: () => clock.nowMs(),
    clockMs: () => clock.nowMs() + faults.clockSkewMs(route),
    push: (pushRoute, message) => {
      route = pushRoute;
      gate(() => writeFaulty(message, faults.forMessage(pushRoute)));
    },
    send: (message) => gate(() => write(message)),
    answer: (answerRoute, reply, refuse) => {
      const fault = faults.forRequest(answerRoute);
      const act = (): Message => {
        const { message, outcome } = reply();
        if (fault === null) requests.add(answerRoute, outcome ?? 'ok');
        return message;
      };
      if (fault !== null) requests.add(answerRoute, fault.kind);
      switch (fault?.kind) {
        case undefined: {
          const message = act();
          gate(() => write(message));
          return;
        }
        case 'drop_request':
          return;
        case 'delay':
          void clock.sleep(fault?.delayMs ?? DEFAULT_DELAY_MS, signal).then(() => {
            if (signal.aborted) return;
            const message = act();
            gate(() => write(message));
          });
          return;
        case 'delay_response': {
          const message = act();
          void clock
            .sleep(fault?.delayMs ?? DEFAULT_DELAY_MS, ended.signal)
            .then(() => gate(() => write(message)));
          return;
        }
        case 'http_error':
        case 'rate_limit':
        case 'maintenance': {
          const status = fault.status ?? (fault.kind === 'rate_limit' ? 429 : 503);
          const message = fault.body ?? refuse(refusingFault(fault, fault.kind, status));
          gate(() => write(message));
          return;
        }
        case 'http_error_after': {
          act();
          const message = fault.body ?? refuse(refusingFault(fault, fault.kind, fault.status ?? 500));
          gate(() => write(message));
          return;
        }
        default:
          // The rest are ways to lose an answer, which on a stream is never to send it.
          act();
      }
    },
    close: (code, reason) => gate(() => webSocket.close(code, reason)),
    get open() {
      return webSocket.readyState === webSocket.OPEN;
    },
  };

  const session = endpoint.connect(connection);
  const stopFaults = faults.subscribe((fault) => {
    if (fault.route !== '*' && fault.route !== route) return;
    if (fault.kind === 'maintenance') webSocket.close(TRY_AGAIN_LATER, 'maintenance');
    // A fault that counts cuts what is connected now; one by chance meets messages.
    if (fault.kind === 'ws_disconnect' && fault.probability === undefined) {
      faults.use(fault.id);
      webSocket.terminate();
    }
  });
  const stopPings = endpoint.ping === null ? () => undefined : keepPinging(webSocket, endpoint.ping, clock);
  const cut = (): void => webSocket.terminate();
  signal.addEventListener('abort', cut, { once: true });
  webSocket.on('message', (data, isBinary) => session.onMessage(isBinary ? bytesOf(data) : textOf(data)));
  webSocket.on('error', (error) => logger.debug({ err: error }, 'stream connection failed'));
  webSocket.on('close', () => {
    signal.removeEventListener('abort', cut);
    ended.abort();
    held = null;
    stopFaults();
    stopPings();
    session.onClose();
  });
}

function keepPinging(
  webSocket: WebSocket,
  ping: NonNullable<SocketEndpoint['ping']>,
  clock: Clock,
): () => void {
  let deadline: NodeJS.Timeout | undefined;
  const timer = setInterval(() => {
    webSocket.ping(String(clock.nowMs()));
    deadline ??= setTimeout(() => webSocket.terminate(), ping.pongWithinMs);
  }, ping.everyMs);
  webSocket.on('pong', () => {
    clearTimeout(deadline);
    deadline = undefined;
  });
  return () => {
    clearInterval(timer);
    clearTimeout(deadline);
  };
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}

function textOf(data: RawData): string {
  return Buffer.from(bytesOf(data)).toString('utf8');
}

/** The fault as a venue words it. */
export function refusingFault(
  { code, message }: Pick<Fault, 'code' | 'message'>,
  kind: RefusingFault['kind'],
  status: number,
): RefusingFault {
  const words = code === undefined || message === undefined ? null : { code, message };
  return { kind, status, words };
}
