/**
 * HTX's WebSocket of a contract account (`/ws/v5/notification`): login by a signature, subscriptions, heartbeats, everything packed with gzip.
 *
 * Entry point: `connectContracts`. Sources: "WebSocket Heartbeat and Authentication Interface", "Data Compression" and "Response code
 * (Err-Code)" of the USDT-margined documentation, and the pages of the topics of v5.
 */
import type { Clock } from '../../clock.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { RequestLifetimePolicy } from '../../exchange/policy.ts';
import type { AccountStreams } from '../../wire/account-streams.ts';
import { signatureMatches } from '../../wire/signatures.ts';
import type { SocketConnection, SocketSession } from '../../wire/wire.ts';
import { checkTime } from '../access.ts';
import { UnprovenRequest } from '../errors.ts';
import { startHeartbeats } from '../heartbeats.ts';
import { listingNamed, listingOf } from '../instruments.ts';
import { messageOf, packed } from '../market-sockets.ts';
import { userNumber } from '../numbers.ts';
import { pairsOf, signedHosts, signedText } from '../signing.ts';
import type { Json } from '../spot/order-json.ts';
import { balanceJson } from './account.ts';
import { pushedPositionJson } from './positions.ts';
import { TOPICS, type ContractPush, type TopicWord } from './user-events.ts';

export interface ContractSocketSettings {
  readonly exchange: Exchange;
  readonly streams: AccountStreams;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly requestLifetime: RequestLifetimePolicy;
}

export const CONTRACT_SOCKET_PATH = '/ws/v5/notification';
const PING_EVERY_MS = 5_000;
/** "ignores the heartbeat message for 5 times". */
const MOST_MISSED_PINGS = 5;
const ERRORS = {
  unproven: [2003, 'Authentication failed.'],
  unauthorized: [2002, 'Authentication required.'],
  topic: [2010, 'Topic error.'],
  contract: [2011, "Contract doesn't exist."],
  repeated: [2014, 'Repeated subscription.'],
} as const;
type Fault = keyof typeof ERRORS;

const EVERY = '*';

/** A subscription: a topic with a contract or all of them. */
interface Subscription {
  readonly topic: TopicWord;
  readonly contract: string;
}

export function connectContracts(
  settings: ContractSocketSettings,
  connection: SocketConnection,
): SocketSession {
  const { exchange, streams, clock, signal } = settings;
  const subscribed = new Map<string, Subscription>();
  let accountId: string | null = null;
  let detach: (() => void) | null = null;
  const send = (message: object): void => connection.send(packed(JSON.stringify(message)));
  const heartbeats = startHeartbeats({
    clock,
    signal,
    everyMs: PING_EVERY_MS,
    mostMissed: MOST_MISSED_PINGS,
    ping: (nowMs) => send({ op: 'ping', ts: String(nowMs) }),
    cut: () => {
      send({ op: 'close', ts: connection.clockMs() });
      connection.close(1000, 'heartbeat');
    },
  });

  const answer = (asked: Json, fault: Fault | null): void => {
    const [code, text] = fault === null ? [0, undefined] : ERRORS[fault];
    const { op, cid, topic, contract_code } = asked;
    send({ op, cid, topic, contract_code, ts: connection.clockMs(), 'err-code': code, 'err-msg': text });
  };

  const notification = ({ topic, contract, event, data }: ContractPush, account: string): Json => ({
    op: 'notify',
    topic,
    contract_code: contract,
    ts: connection.clockMs(),
    uid: String(userNumber(account)),
    ...(event === null ? {} : { event }),
    data,
  });

  const logIn = (message: Json): void => {
    const account = accountOf(settings, connection, message);
    if (account === null) {
      send({
        op: 'auth',
        type: 'api',
        ts: connection.clockMs(),
        'err-code': ERRORS.unproven[0],
        'err-msg': ERRORS.unproven[1],
      });
      send({ op: 'close', ts: connection.clockMs() });
      connection.close(1000, 'authentication failed');
      return;
    }
    accountId = account;
    send({
      op: 'auth',
      type: 'api',
      'err-code': 0,
      ts: connection.clockMs(),
      data: { 'user-id': String(userNumber(account)) },
    });
    detach ??= streams.attach(account, (payload) => {
      const push = payload as unknown as ContractPush;
      const isWanted = [...subscribed.values()].some(
        ({ topic, contract }) =>
          topic === push.topic && (topic === 'account' || contract === EVERY || contract === push.contract),
      );
      if (isWanted) connection.push('private_stream', packed(JSON.stringify(notification(push, account))));
    });
  };

  const subscribe = (message: Json): void => {
    if (accountId === null) {
      answer(message, 'unauthorized');
      return;
    }
    const wanted = subscriptionOf(message);
    if (typeof wanted === 'string') {
      answer(message, wanted);
      return;
    }
    const name = `${wanted.topic} ${wanted.contract}`;
    answer(message, subscribed.has(name) ? 'repeated' : null);
    if (subscribed.has(name)) return;
    subscribed.set(name, wanted);
    for (const push of snapshotOf(exchange, accountId, wanted, connection.clockMs()))
      send(notification(push, accountId));
  };

  return {
    onMessage: (raw) => {
      const message = messageOf(raw);
      switch (message?.['op']) {
        case 'pong':
          heartbeats.answered();
          return;
        case 'auth':
          logIn(message);
          return;
        case 'sub':
          subscribe(message);
          return;
        case 'unsub':
          subscribed.delete(`${String(message['topic'])} ${contractWord(message)}`);
          answer(message, null);
          return;
        default:
          send({ op: 'error', ts: connection.clockMs() });
      }
    },
    onClose: () => {
      heartbeats.stop();
      detach?.();
    },
  };
}

/** Clients leave the contract out for all of them, or write it behind the topic. */
function contractWord(message: Json): string {
  const word = message['contract_code'];
  return typeof word === 'string' && word !== '' ? word.toUpperCase() : EVERY;
}

function subscriptionOf(message: Json): Subscription | Fault {
  const topic = TOPICS.find((known) => known === message['topic']);
  if (topic === undefined) return 'topic';
  if (topic === 'account') return { topic, contract: EVERY };
  const contract = contractWord(message);
  return contract === EVERY || listingNamed('linear', contract) !== undefined
    ? { topic, contract }
    : 'contract';
}

/** "snapshot: Snapshot of the first push message": of positions and of the account. */
function snapshotOf(
  exchange: Exchange,
  accountId: string,
  { topic, contract }: Subscription,
  nowMs: number,
): readonly ContractPush[] {
  switch (topic) {
    case 'orders':
    case 'trade':
      return [];
    case 'account':
      return [{ topic, contract: '', event: 'snapshot', data: balanceJson(exchange, accountId, nowMs) }];
    case 'positions': {
      const data = exchange
        .positions(accountId)
        .filter(
          ({ symbol, quantity }) =>
            !quantity.isZero() && (contract === EVERY || listingOf(symbol).id === contract),
        )
        .map((position) => pushedPositionJson(exchange, accountId, position));
      return [{ topic, contract, event: 'snapshot', data }];
    }
  }
}

/** The account that a login proves; null for one that proves none. */
function accountOf(
  { exchange, requestLifetime }: ContractSocketSettings,
  connection: SocketConnection,
  message: Json,
): string | null {
  const field = (name: string): string => {
    const value = message[name];
    return typeof value === 'string' ? value : '';
  };
  const account = exchange.accountByKey(field('AccessKeyId'));
  if (account === null || field('type') !== 'api' || field('SignatureVersion') !== '2') return null;
  const pairs = pairsOf({
    AccessKeyId: field('AccessKeyId'),
    SignatureMethod: field('SignatureMethod'),
    SignatureVersion: '2',
    Timestamp: field('Timestamp'),
  });
  try {
    checkTime(field('Timestamp'), requestLifetime, connection.clockMs());
  } catch (error) {
    if (error instanceof UnprovenRequest) return null;
    throw error;
  }
  const isSigned = signedHosts(connection.headers['host']).some((host) =>
    signatureMatches(
      signedText('GET', host, CONTRACT_SOCKET_PATH, pairs),
      account.credentials,
      field('Signature'),
      'base64',
    ),
  );
  return isSigned ? account.accountId : null;
}
