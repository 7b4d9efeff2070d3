/**
 * Listen keys of MEXC's private spot streams: their life cycle and the endpoints for it.
 *
 * Entry points: `ListenKeys`, `listenKeyEndpoints`. Source: "Websocket User Data Streams" and "Listen Key" of the spot v3 documentation. Every
 * `POST` makes another one. The codes for a key too many and for one that is not there are not stated.
 */
import { privateEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { malformed, SpotRefusal } from './errors.ts';

const LIFETIME_MS = 60 * 60 * 1000;
/** "Each UID can apply for a maximum of 60 listen keys (excluding invalid listen keys)". */
const MOST_KEYS = 60;
/** "Each listen key maximum support 5 websocket connection". */
const MOST_CONNECTIONS = 5;
const KEY_BYTES = 32;

interface Key {
  readonly accountId: string;
  expiresAtMs: number;
  connections: number;
}

export class ListenKeys {
  readonly #randomHex: (bytes: number) => string;
  readonly #keys = new Map<string, Key>();

  constructor(randomHex: (bytes: number) => string) {
    this.#randomHex = randomHex;
  }

  open(accountId: string, nowMs: number): string {
    if (this.of(accountId, nowMs).length >= MOST_KEYS)
      throw new SpotRefusal(730000, 'Request failed, please contact the customer service');
    const listenKey = this.#randomHex(KEY_BYTES);
    this.#keys.set(listenKey, { accountId, expiresAtMs: nowMs + LIFETIME_MS, connections: 0 });
    return listenKey;
  }

  /** The account's living keys, oldest first. */
  of(accountId: string, nowMs: number): readonly string[] {
    return [...this.#keys]
      .filter(([, key]) => key.accountId === accountId && nowMs < key.expiresAtMs)
      .map(([listenKey]) => listenKey);
  }

  extend(accountId: string, listenKey: string, nowMs: number): void {
    this.#living(accountId, listenKey, nowMs).expiresAtMs = nowMs + LIFETIME_MS;
  }

  close(accountId: string, listenKey: string, nowMs: number): void {
    this.#living(accountId, listenKey, nowMs);
    this.#keys.delete(listenKey);
  }

  /** Takes one of the key's connections; null when the key is unknown, has lapsed or has all of them. */
  connect(
    listenKey: string,
    nowMs: number,
  ): { readonly accountId: string; readonly leave: () => void } | null {
    const key = this.#keys.get(listenKey);
    if (key === undefined || nowMs >= key.expiresAtMs || key.connections >= MOST_CONNECTIONS) return null;
    key.connections += 1;
    return {
      accountId: key.accountId,
      leave: () => {
        key.connections -= 1;
      },
    };
  }

  isAlive(listenKey: string, nowMs: number): boolean {
    const key = this.#keys.get(listenKey);
    return key !== undefined && nowMs < key.expiresAtMs;
  }

  #living(accountId: string, listenKey: string, nowMs: number): Key {
    const key = this.#keys.get(listenKey);
    if (key === undefined || key.accountId !== accountId || nowMs >= key.expiresAtMs)
      throw malformed('listenKey');
    return key;
  }
}

const PATH = '/api/v3/userDataStream';

export function listenKeyEndpoints(listenKeys: ListenKeys): Endpoint[] {
  const endpoint = (method: 'POST' | 'PUT' | 'DELETE', answer: (call: AccountCall) => unknown): Endpoint => ({
    method,
    path: PATH,
    route: 'other',
    security: 'signed',
    answer,
  });
  return [
    privateEndpoint(PATH, 'other', ({ accountId, at }) => ({ listenKey: listenKeys.of(accountId, at) })),
    endpoint('POST', ({ accountId, at }) => ({ listenKey: listenKeys.open(accountId, at) })),
    endpoint('PUT', ({ accountId, parameters, at }) => {
      const listenKey = parameters.required('listenKey');
      listenKeys.extend(accountId, listenKey, at);
      return { listenKey };
    }),
    endpoint('DELETE', ({ accountId, parameters, at }) => {
      const listenKey = parameters.required('listenKey');
      listenKeys.close(accountId, listenKey, at);
      return { listenKey };
    }),
  ];
}
