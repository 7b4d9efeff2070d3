/**
 * The way to KuCoin's WebSockets: an address and a token, which a request to `bullet-public` or `bullet-private` gives.
 *
 * Entry points: `Tokens`, `bulletEndpoints`. A private token opens private topics too. Source: "Get Public Token" and "Get Private Token" of
 * the documentation: a token lives for 24 hours, a client pings within `pingInterval`.
 */
import type { Call, Endpoint } from './access.ts';

export const PING_INTERVAL_MS = 18_000;
export const PING_TIMEOUT_MS = 10_000;
const TOKEN_MS = 24 * 60 * 60 * 1_000;
const MOST_TOKENS = 10_000;

/** The access that a token gives; `accountId` null: public topics alone. */
export interface Admission {
  readonly accountId: string | null;
  readonly endsAt: number;
}

export class Tokens {
  readonly #admissions = new Map<string, Admission>();
  readonly #randomHex: (bytes: number) => string;

  constructor(randomHex: (bytes: number) => string) {
    this.#randomHex = randomHex;
  }

  issue(accountId: string | null, nowMs: number): string {
    const token = `2neAiuYvAU61Z${this.#randomHex(40)}`;
    this.#admissions.set(token, { accountId, endsAt: nowMs + TOKEN_MS });
    const [oldest] = this.#admissions.keys();
    if (this.#admissions.size > MOST_TOKENS && oldest !== undefined) this.#admissions.delete(oldest);
    return token;
  }

  /** Null for a token that was never given, or is over. */
  admission(token: string, nowMs: number): Admission | null {
    const admission = this.#admissions.get(token);
    return admission === undefined || admission.endsAt < nowMs ? null : admission;
  }
}

export const PUBLIC_PATH = '/endpoint';
export const PRIVATE_PATH = '/private';

export function bulletEndpoints(tokens: Tokens): Endpoint[] {
  const given = (accountId: string | null, { parameters: { host }, at }: Call): unknown => ({
    token: tokens.issue(accountId, at),
    instanceServers: [
      {
        endpoint: `ws://${host}${accountId === null ? PUBLIC_PATH : PRIVATE_PATH}`,
        encrypt: false,
        protocol: 'websocket',
        pingInterval: PING_INTERVAL_MS,
        pingTimeout: PING_TIMEOUT_MS,
      },
    ],
  });
  return [
    {
      method: 'POST',
      path: '/api/v1/bullet-public',
      route: 'other',
      security: 'none',
      pool: 'public',
      weight: 10,
      answer: (call) => given(null, call),
    },
    {
      method: 'POST',
      path: '/api/v1/bullet-private',
      route: 'other',
      security: 'signed',
      pool: 'spot',
      weight: 10,
      answer: (call) => given(call.accountId, call),
    },
  ];
}
