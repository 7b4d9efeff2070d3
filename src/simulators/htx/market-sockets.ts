/**
 * HTX's public WebSockets: subscriptions, requests and heartbeats, everything that the venue sends packed with gzip.
 *
 * Entry point: `connectPublic`, for spot (`/ws`), contracts (`/linear-swap-ws`) and their marks (`/ws_index`). Sources: "Websocket Market
 * Data" of the spot documentation, "Market and Websocket" of the USDT-margined one.
 */
import { gzipSync } from 'node:zlib';
import type { Clock } from '../clock.ts';
import type { Listener, Topics } from '../wire/topics.ts';
import type { SocketConnection, SocketSession } from '../wire/wire.ts';
import { startHeartbeats } from './heartbeats.ts';
import { isObject } from '../wire/request-fields.ts';

export interface PublicSettings {
  readonly topics: Topics;
  readonly has: (topic: string) => boolean;
  /** The answer to a question about a topic (`req`); undefined where the venue has none. */
  readonly ask: (topic: string, message: Readonly<Record<string, unknown>>, at: number) => unknown;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly mostMissedPings: number;
}

const PING_EVERY_MS = 5_000;

export function packed(json: string): Uint8Array {
  return gzipSync(json, { level: 1 });
}

export function connectPublic(settings: PublicSettings, connection: SocketConnection): SocketSession {
  const { topics, has, ask, clock, signal, mostMissedPings } = settings;
  const joined = new Set<string>();
  const listener: Listener = { push: (_name, json) => connection.push('public_stream', packed(json)) };
  const send = (message: object): void => connection.send(packed(JSON.stringify(message)));
  const heartbeats = startHeartbeats({
    clock,
    signal,
    everyMs: PING_EVERY_MS,
    mostMissed: mostMissedPings,
    ping: (nowMs) => send({ ping: nowMs }),
    cut: () => connection.close(1003, 'ping check expired, session'),
  });
  const refuse = (id: unknown, topic: string): void =>
    send({
      status: 'error',
      ts: connection.clockMs(),
      id,
      'err-code': 'bad-request',
      'err-msg': `invalid topic ${topic}`,
    });
  return {
    onMessage: (raw) => {
      const message = messageOf(raw);
      if (message === null) {
        send({
          status: 'error',
          ts: connection.clockMs(),
          'err-code': 'bad-request',
          'err-msg': 'request error',
        });
        return;
      }
      const { id = null, sub, unsub, req, ping, pong } = message;
      if (pong !== undefined) {
        heartbeats.answered();
      } else if (ping !== undefined) {
        send({ pong: ping });
      } else if (typeof sub === 'string') {
        if (!has(sub)) {
          refuse(id, sub);
          return;
        }
        send({ id, status: 'ok', subbed: sub, ts: connection.clockMs() });
        if (joined.has(sub)) return;
        joined.add(sub);
        topics.join(sub, listener);
      } else if (typeof unsub === 'string') {
        joined.delete(unsub);
        topics.leave(unsub, listener);
        send({ id, status: 'ok', unsubbed: unsub, ts: connection.clockMs() });
      } else if (typeof req === 'string') {
        const data = ask(req, message, connection.at());
        if (data === undefined) refuse(id, req);
        else send({ id, rep: req, status: 'ok', ts: connection.clockMs(), data });
      }
    },
    onClose: () => {
      heartbeats.stop();
      for (const name of joined) topics.leave(name, listener);
    },
  };
}

/** Null for what is no JSON object. */
export function messageOf(raw: string | Uint8Array): Readonly<Record<string, unknown>> | null {
  const text = typeof raw === 'string' ? raw : Buffer.from(raw).toString('utf8');
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : null;
  } catch {
    return null;
  }
}
