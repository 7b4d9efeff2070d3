/**
 * HTX's spot WebSocket of accounts and orders (`/ws/v2`): login by a signature of version 2.1, subscriptions, heartbeats; nothing is packed.
 *
 * Entry point: `connectPrivate`. Sources: "Websocket Account and Order" of the spot documentation (authentication, heartbeat, error codes).
 */
import type { Clock } from '../../clock.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { RequestLifetimePolicy } from '../../exchange/policy.ts';
import type { AccountStreams, Payload } from '../../wire/account-streams.ts';
import { signatureMatches } from '../../wire/signatures.ts';
import type { SocketConnection, SocketSession } from '../../wire/wire.ts';
import { checkTime } from '../access.ts';
import { UnprovenRequest } from '../errors.ts';
import { startHeartbeats } from '../heartbeats.ts';
import { listingNamed } from '../instruments.ts';
import { messageOf } from '../market-sockets.ts';
import { isObject } from '../../wire/request-fields.ts';
import { pairsOf, signedHosts, signedText } from '../signing.ts';
import type { Json } from './order-json.ts';
import { balanceSnapshot } from './user-events.ts';

export interface PrivateSettings {
  readonly exchange: Exchange;
  readonly streams: AccountStreams;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly requestLifetime: RequestLifetimePolicy;
}

const PATH = '/ws/v2';
const PING_EVERY_MS = 20_000;
const MOST_MISSED_PINGS = 2;

/** A subscription, as its channel names it. */
interface Channel {
  readonly topic: string;
  /** A pair or `*`; empty where the topic has none. */
  readonly symbol: string;
  /** The mode of balances or of clearings. */
  readonly mode: number;
}

/** `orders#btcusdt`, `trade.clearing#*#1`, `accounts.update#2`; null for what is no channel. */
function channelOf(ch: string): Channel | null {
  const [topic, second, third] = ch.split('#');
  if (topic === 'accounts.update') {
    const mode = Number(second ?? '0');
    return [0, 1, 2].includes(mode) ? { topic, symbol: '', mode } : null;
  }
  if (topic !== 'orders' && topic !== 'trade.clearing') return null;
  if (second === undefined || (second !== '*' && listingNamed('spot', second) === undefined)) return null;
  return { topic, symbol: second, mode: third === '1' ? 1 : 0 };
}

export function connectPrivate(settings: PrivateSettings, connection: SocketConnection): SocketSession {
  const { exchange, streams, clock, signal } = settings;
  const subscribed = new Map<string, Channel>();
  let accountId: string | null = null;
  let detach: (() => void) | null = null;
  const send = (message: object): void => connection.send(JSON.stringify(message));
  const heartbeats = startHeartbeats({
    clock,
    signal,
    everyMs: PING_EVERY_MS,
    mostMissed: MOST_MISSED_PINGS,
    ping: (nowMs) => send({ action: 'ping', data: { ts: nowMs } }),
    cut: () => connection.close(1000, 'time out close'),
  });

  const logIn = (params: Readonly<Record<string, unknown>>): void => {
    const account = accountOf(settings, connection, params);
    if (account === null) {
      send({ action: 'req', code: 2002, ch: 'auth', message: 'auth.fail' });
      return;
    }
    accountId = account;
    send({ action: 'req', code: 200, ch: 'auth', data: {} });
    detach ??= streams.attach(account, (payload) => {
      for (const [ch, channel] of subscribed) {
        const data = dataFor(channel, payload);
        if (data !== null) connection.push('private_stream', JSON.stringify({ action: 'push', ch, data }));
      }
    });
  };

  const subscribe = (ch: string): void => {
    const channel = channelOf(ch);
    if (accountId === null || channel === null) {
      const [code, message] = accountId === null ? [2002, 'invalid.auth.state'] : [2001, 'invalid.ch'];
      send({ action: 'sub', code, ch, message });
      return;
    }
    subscribed.set(ch, channel);
    send({ action: 'sub', code: 200, ch, data: {} });
    if (channel.topic === 'accounts.update')
      for (const data of balanceSnapshot(exchange, accountId)) send({ action: 'push', ch, data });
  };

  return {
    onMessage: (raw) => {
      const message = messageOf(raw);
      const ch = typeof message?.['ch'] === 'string' ? message['ch'] : '';
      switch (message?.['action']) {
        case 'pong':
          heartbeats.answered();
          return;
        case 'ping':
          send({ action: 'pong', data: message['data'] });
          return;
        case 'req':
          logIn(isObject(message['params']) ? message['params'] : {});
          return;
        case 'sub':
          subscribe(ch);
          return;
        case 'unsub':
          subscribed.delete(ch);
          send({ action: 'unsub', code: 200, ch, data: {} });
          return;
        default:
          send({
            action: 'error',
            code: 2001,
            message: message === null ? 'invalid.json' : 'invalid.action',
          });
      }
    },
    onClose: () => {
      heartbeats.stop();
      detach?.();
    },
  };
}

/** The account that a login proves; null for one that proves none. "timestamp", "signature" and the others begin small here. */
function accountOf(
  { exchange, requestLifetime }: PrivateSettings,
  connection: SocketConnection,
  params: Readonly<Record<string, unknown>>,
): string | null {
  const field = (name: string): string => {
    const value = params[name];
    return typeof value === 'string' ? value : '';
  };
  const account = exchange.accountByKey(field('accessKey'));
  if (account === null || field('authType') !== 'api' || field('signatureVersion') !== '2.1') return null;
  const pairs = pairsOf({
    accessKey: field('accessKey'),
    signatureMethod: field('signatureMethod'),
    signatureVersion: '2.1',
    timestamp: field('timestamp'),
  });
  try {
    checkTime(field('timestamp'), requestLifetime, connection.clockMs());
  } catch (error) {
    if (error instanceof UnprovenRequest) return null;
    throw error;
  }
  const isSigned = signedHosts(connection.headers['host']).some((host) =>
    signatureMatches(signedText('GET', host, PATH, pairs), account.credentials, field('signature'), 'base64'),
  );
  return isSigned ? account.accountId : null;
}

/** The data of a payload as a channel shows it; null where it does not. */
function dataFor({ topic, symbol, mode }: Channel, payload: Payload): unknown {
  if (payload['topic'] !== topic) return null;
  const { data } = payload;
  if (topic !== 'accounts.update') {
    if (symbol !== '*' && payload['symbol'] !== symbol) return null;
    return payload['isCancellation'] === true && mode === 0 ? null : data;
  }
  if (!isObject(data)) return null;
  const { balance, available, ...rest }: Json = data;
  const moved = payload['moved'] === true;
  if (mode === 0) return moved ? { ...rest, balance } : null;
  if (mode === 1) return moved ? { ...rest, balance } : { ...rest, available };
  return { ...rest, balance, available };
}
