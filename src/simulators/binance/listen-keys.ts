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
 * A connection that carries listen keys and market streams in any mixture, named in its URL or by control messages; a
 * listen key is a stream's name like any other. `carries`: which market streams this address has.
 */
export function connectStreams(
  { userStreams, listenKeys, marketStreams }: Streams,
  connection: SocketConnection,
  names: readonly string[],
  combined: boolean,
  carries: (name: string) => boolean = () => true,
): SocketSession {
  return marketStreams.connect(connection, names, combined, {
    carries,
    begin: (name, push) => attach(userStreams, listenKeys, name, connection, push),
  });
}

/** The streams in the path `/ws/a/b/c`. */
export function streamsOfPath(connection: SocketConnection): string[] {
  return (connection.parameters['*'] ?? '').split('/').filter((name) => name !== '');
}

/**
 * Sends an account's events to a connection that came with a listen key, until the key lapses or is closed: then one
 * `listenKeyExpired` in place of the next event, and nothing more. `name` is the key, or `<key>@<event>` for one kind of event
 * alone. Null when the key is unknown; else the way to stop.
 */
function attach(
  userStreams: AccountStreams,
  listenKeys: ListenKeys,
  name: string,
  connection: SocketConnection,
  push: (json: string) => void,
): (() => void) | null {
  const [listenKey = '', event] = name.split('@');
  const accountId =
    listenKey.length === LISTEN_KEY_LENGTH ? listenKeys.accountOf(listenKey, connection.at()) : undefined;
  if (accountId === undefined) return null;
  let expired = false;
  return userStreams.attach(accountId, (payload) => {
    if (expired) return;
    expired = listenKeys.accountOf(listenKey, connection.at()) === undefined;
    const message: Payload = expired
      ? { e: 'listenKeyExpired', E: connection.clockMs(), listenKey }
      : payload;
    if (event === undefined || message['e'] === event) push(JSON.stringify(message));
  });
}
