/**
 * Bybit's WebSockets: logins, subscriptions and pings on the public and the private address.
 *
 * Entry points: `connectPublic`, `connectPrivate`. A subscription with a topic that is not there fails as a whole. Sources: "Connect"
 * of the v5 documentation, and "Orderbook", "Order", "Execution", "Position" and "Wallet" for the names of topics.
 */
import type { Exchange } from '../exchange/exchange.ts';
import type { AccountStreams } from '../wire/account-streams.ts';
import type { Listener, Topics } from '../wire/topics.ts';
import type { SocketConnection, SocketSession } from '../wire/wire.ts';
import type { MarketTopic } from './market-topics.ts';
import { textOf } from './parameters.ts';
import { isObject } from '../wire/request-fields.ts';
import { signatureMatches } from '../wire/signatures.ts';
import { streamText } from './signing.ts';
import type { Category } from './symbols.ts';

interface Message {
  readonly op: string;
  readonly args: readonly unknown[];
  readonly requestId: string | undefined;
}

/** Null for what is no request. */
function messageOf(raw: string | Uint8Array): Message | null {
  const text = typeof raw === 'string' ? raw : Buffer.from(raw).toString('utf8');
  try {
    const parsed: unknown = JSON.parse(text);
    if (!isObject(parsed)) return null;
    const { op, args, req_id: id } = parsed;
    return {
      op: typeof op === 'string' ? op : '',
      args: Array.isArray(args) ? args : [],
      requestId: typeof id === 'string' || typeof id === 'number' ? String(id) : undefined,
    };
  } catch {
    return null;
  }
}

function topicNames(args: readonly unknown[]): readonly string[] {
  return args.filter((name): name is string => typeof name === 'string');
}

// ── Public ─────────────────────────────────────────────────────────────────────────────────────────────────────

export interface PublicSettings {
  readonly category: Category;
  readonly topics: Topics;
  /** The topic of a name as a new listener finds it; undefined where there is none. */
  readonly open: (name: string) => MarketTopic | undefined;
  readonly connectionId: string;
}

/** Spot "can input up to 10 args for each subscription request". */
const MOST_SPOT_TOPICS = 10;
/** "you cannot have length of args array over 21,000 characters". */
const MOST_CHARACTERS = 21_000;

export function connectPublic(settings: PublicSettings, connection: SocketConnection): SocketSession {
  const { category, topics, open, connectionId } = settings;
  const joined = new Set<string>();
  const listener: Listener = { push: (_name, json) => connection.push('public_stream', json) };
  const answer = (success: boolean, text: string, { op, requestId }: Message): void => {
    const id = category === 'spot' && requestId === undefined ? {} : { req_id: requestId ?? '' };
    connection.send(JSON.stringify({ success, ret_msg: text, conn_id: connectionId, ...id, op }));
  };
  const subscribe = (message: Message): void => {
    const names = topicNames(message.args);
    if (category === 'spot' && names.length > MOST_SPOT_TOPICS) {
      answer(false, 'args size >10', message);
      return;
    }
    if (names.join('').length > MOST_CHARACTERS) {
      answer(false, 'args size too large', message);
      return;
    }
    const unknown = names.find((name) => open(name) === undefined);
    if (unknown !== undefined) {
      answer(false, `Invalid topic: ${unknown}`, message);
      return;
    }
    answer(true, category === 'spot' ? 'subscribe' : '', message);
    for (const name of names) {
      if (joined.has(name)) continue;
      joined.add(name);
      const first = open(name)?.first?.(connection.at());
      if (first !== undefined) listener.push(name, JSON.stringify(first));
      topics.join(name, listener);
    }
  };
  return {
    onMessage: (raw) => {
      const message = messageOf(raw);
      switch (message?.op) {
        case 'ping':
          answer(true, 'pong', message);
          return;
        case 'subscribe':
          subscribe(message);
          return;
        case 'unsubscribe':
          for (const name of topicNames(message.args)) {
            joined.delete(name);
            topics.leave(name, listener);
          }
          answer(true, '', message);
          return;
        default:
          connection.send(
            JSON.stringify({ success: false, ret_msg: 'error:request type', conn_id: connectionId }),
          );
      }
    },
    onClose: () => {
      for (const name of joined) topics.leave(name, listener);
    },
  };
}

// ── Private ────────────────────────────────────────────────────────────────────────────────────────────────────

export interface PrivateSettings {
  readonly exchange: Exchange;
  readonly streams: AccountStreams;
  readonly connectionId: string;
}

/** With their categories behind a point, or alone for all of them. */
const PRIVATE_TOPICS: ReadonlySet<string> = new Set(
  ['order', 'execution', 'position']
    .flatMap((name) => [name, `${name}.spot`, `${name}.linear`])
    .concat('wallet'),
);

export function connectPrivate(settings: PrivateSettings, connection: SocketConnection): SocketSession {
  const { exchange, streams, connectionId } = settings;
  const subscribed = new Set<string>();
  let accountId: string | null = null;
  let detach: (() => void) | null = null;
  const send = (message: object): void => connection.send(JSON.stringify(message));
  const answer = (success: boolean, text: string, { op, requestId }: Message): void =>
    send({
      success,
      ret_msg: text,
      op,
      ...(requestId === undefined ? {} : { req_id: requestId }),
      conn_id: connectionId,
    });

  /** The login is valid until it expires; a refused one ends the connection. */
  const logIn = (message: Message): void => {
    const [key, expires, signature] = message.args.map(String);
    const account = exchange.accountByKey(key ?? '');
    const fault =
      account === null
        ? 'Invalid apikey'
        : Number(expires) <= connection.clockMs()
          ? 'Params Error: expires is in the past'
          : signatureMatches(streamText(expires ?? ''), account.credentials, signature ?? '')
            ? null
            : 'Params Error: sign invalid';
    if (fault !== null || account === null) {
      answer(false, fault ?? '', message);
      connection.close(1000, 'auth failed');
      return;
    }
    accountId = account.accountId;
    answer(true, '', message);
    detach ??= streams.attach(account.accountId, (payload) => {
      const topic = textOf(payload['topic']);
      const category = textOf(payload['category']);
      const { category: _category, ...shown } = payload;
      for (const name of [topic, `${topic}.${category}`])
        if (subscribed.has(name))
          connection.push('private_stream', JSON.stringify({ ...shown, topic: name }));
    });
  };

  const subscribe = (message: Message): void => {
    if (accountId === null) {
      answer(false, 'Request not authorized', message);
      return;
    }
    const names = topicNames(message.args);
    const unknown = names.find((name) => !PRIVATE_TOPICS.has(name));
    const mixes = names.some((name) => names.some((other) => other.startsWith(`${name}.`)));
    if (unknown !== undefined || mixes) {
      answer(false, mixes ? 'topics of one request are mixed' : `Invalid topic: ${unknown ?? ''}`, message);
      return;
    }
    for (const name of names) subscribed.add(name);
    answer(true, '', message);
  };

  return {
    onMessage: (raw) => {
      const message = messageOf(raw);
      switch (message?.op) {
        case 'ping':
          send({
            ...(message.requestId === undefined ? {} : { req_id: message.requestId }),
            op: 'pong',
            args: [String(connection.clockMs())],
            conn_id: connectionId,
          });
          return;
        case 'auth':
          logIn(message);
          return;
        case 'subscribe':
          subscribe(message);
          return;
        case 'unsubscribe':
          for (const name of topicNames(message.args)) subscribed.delete(name);
          answer(true, '', message);
          return;
        default:
          send({ success: false, ret_msg: 'unknown op', conn_id: connectionId });
      }
    },
    onClose: () => detach?.(),
  };
}
