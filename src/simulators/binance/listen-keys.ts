/**
 * Listen keys, which USD-M futures have (spot has none any more): their life cycle, the endpoints for it, and the connections
 * that come with one.
 *
 * Entry points: `ListenKeys`, `listenKeyEndpoints`, `connectStreams`. Source: "Start User Data Stream" of the USD-M futures
 * documentation.
 */
import type { SocketConnection, SocketSession } from '../wire/wire.ts';
import type { AccountCall, Endpoint } from './authentication.ts';
import type { BinanceRefusal } from './errors.ts';
import { alphanumeric } from '../wire/figures.ts';
import type { MarketStreams } from './market-streams.ts';
import type { Payload, AccountStreams } from '../wire/account-streams.ts';

const LIFETIME_MS = 60 * 60 * 1000;
const LISTEN_KEY_LENGTH = 64;

type Key = { readonly listenKey: string; expiresAtMs: number };

/** One key per account, good for 60 minutes from its last extension. */
export class ListenKeys {
  readonly #randomHex: (bytes: number) => string;
  readonly #keys = new Map<string, Key>();

  readonly #unknownKey: () => BinanceRefusal;

  /** `unknownKey` words the product's -1125. */
  constructor(randomHex: (bytes: number) => string, unknownKey: () => BinanceRefusal) {
    this.#randomHex = randomHex;
    this.#unknownKey = unknownKey;
  }

  /** The account's living key, extended, or a new one. */
  open(accountId: string, nowMs: number): string {
    const known = this.#keys.get(accountId);
    if (known !== undefined && nowMs < known.expiresAtMs) {
      known.expiresAtMs = nowMs + LIFETIME_MS;
      return known.listenKey;
    }
    const listenKey = alphanumeric(LISTEN_KEY_LENGTH, this.#randomHex);
    this.#keys.set(accountId, { listenKey, expiresAtMs: nowMs + LIFETIME_MS });
    return listenKey;
  }

  /** Extends the account's key; throws the refusal when it has none. */
  extend(accountId: string, nowMs: number): string {
    const known = this.#keys.get(accountId);
    if (known === undefined || nowMs >= known.expiresAtMs) throw this.#unknownKey();
    known.expiresAtMs = nowMs + LIFETIME_MS;
    return known.listenKey;
  }

  close(accountId: string, nowMs: number): void {
    this.extend(accountId, nowMs);
    this.#keys.delete(accountId);
  }

  /** Whose key this is, or undefined when it is unknown or has lapsed. */
  accountOf(listenKey: string, nowMs: number): string | undefined {
    for (const [accountId, key] of this.#keys)
      if (key.listenKey === listenKey && nowMs < key.expiresAtMs) return accountId;
    return undefined;
  }
}

export type ListenKeyEndpoints = {
  readonly path: string;
  readonly weight: number;
};

/** Opens, extends and closes the account's key, which the venue knows by the account. */
export function listenKeyEndpoints(listenKeys: ListenKeys, { path, weight }: ListenKeyEndpoints): Endpoint[] {
  const facts = { path, route: 'other', security: 'key', weight } as const;
  return [
    {
      ...facts,
      method: 'POST',
      answer: (call: AccountCall) => ({ listenKey: listenKeys.open(call.accountId, call.at) }),
    },
    {
      ...facts,
      method: 'PUT',
      answer: (call: AccountCall) => ({ listenKey: listenKeys.extend(call.accountId, call.at) }),
    },
    {
      ...facts,
      method: 'DELETE',
      answer: (call: AccountCall) => {
        listenKeys.close(call.accountId, call.at);
        return {};
      },
    },
  ];
}

export type Streams = {
  readonly userStreams: AccountStreams;
  readonly listenKeys: ListenKeys;
  readonly marketStreams: MarketStreams;
};

/**
 * A connection that named what it wants in its URL: listen keys and market streams in any mixture. It takes control
 * messages in either case. `combined` wraps payloads with the stream's name, a listen key being its own.
 */
export function connectStreams(
  { userStreams, listenKeys, marketStreams }: Streams,
  connection: SocketConnection,
  names: readonly string[],
  combined: boolean,
): SocketSession {
  const stops: (() => void)[] = [];
  const streams: string[] = [];
  for (const name of names) {
    const stop = attach(userStreams, listenKeys, name, connection, (payload) =>
      combined ? { stream: name, data: payload } : payload,
    );
    if (stop === null) streams.push(name);
    else stops.push(stop);
  }
  const session = marketStreams.connect(connection, streams, combined);
  return {
    onMessage: (message) => session.onMessage(message),
    onClose: () => {
      for (const stop of stops) stop();
      session.onClose();
    },
  };
}

/** The streams in the path `/ws/a/b/c`. */
export function streamsOfPath(connection: SocketConnection): string[] {
  return (connection.parameters['*'] ?? '').split('/').filter((name) => name !== '');
}

/**
 * Sends an account's events to a connection that came with a listen key, until the key lapses or is closed: then one
 * `listenKeyExpired` in place of the next event, and nothing more. `wrap` gives a payload the connection's form. Null when
 * the key is unknown; else the way to stop.
 */
function attach(
  userStreams: AccountStreams,
  listenKeys: ListenKeys,
  listenKey: string,
  connection: SocketConnection,
  wrap: (payload: Payload) => Payload,
): (() => void) | null {
  const accountId =
    listenKey.length === LISTEN_KEY_LENGTH ? listenKeys.accountOf(listenKey, connection.at()) : undefined;
  if (accountId === undefined) return null;
  let expired = false;
  return userStreams.attach(accountId, (payload) => {
    if (expired) return;
    expired = listenKeys.accountOf(listenKey, connection.at()) === undefined;
    const message = expired ? { e: 'listenKeyExpired', E: connection.clockMs(), listenKey } : payload;
    connection.push('private_stream', JSON.stringify(wrap(message)));
  });
}
