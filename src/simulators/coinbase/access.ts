/**
 * How Coinbase lets a request through to an endpoint: its rules for wire/access.ts.
 *
 * Entry points: `accessRules`; `publicEndpoint`, `marketEndpoints`, `privateEndpoint` and `tradingEndpoint` write the common kinds of
 * endpoint. Order of the checks: address, key, token, limit of the user, permission. Sources: "Coinbase App API Key Authentication" and
 * "Advanced Trade API Endpoints", which has the permissions, and the cache of one second that public endpoints have.
 */
import type { AccountInfo } from '../exchange/account.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { RouteName } from '../faults.ts';
import type * as access from '../wire/access.ts';
import type { WireReply, WireRequest } from '../wire/wire.ts';
import { CoinbaseRefusal, missingScopes, unauthorized } from './errors.ts';
import { requestParameters, type ReadRequest } from './parameters.ts';
import type { AddressLimit, UserLimits } from './rate-limits.ts';
import { readToken, tokenFault, type Token } from './signing.ts';

export type Call = access.Call<ReadRequest>;
export type AccountCall = access.AccountCall<ReadRequest>;
export type Endpoint = access.Endpoint<ReadRequest, EndpointFacts>;
export type CoinbaseRules = access.AccessRules<ReadRequest, Proof, EndpointFacts>;

export interface EndpointFacts {
  readonly isPublic: boolean;
  /** The fault route where it depends on what is asked. */
  readonly routeOf?: (request: WireRequest) => RouteName;
}

/** How a request proves who sent it. */
export interface Proof {
  /** Null for what is no token. */
  readonly token: Token | null;
  readonly method: string;
  readonly path: string;
  readonly hosts: readonly string[];
}

const BROKERAGE = '/api/v3/brokerage';

/** A public `GET`. */
export function publicEndpoint(path: string, route: RouteName, answer: (call: Call) => unknown): Endpoint {
  return { method: 'GET', path, route, security: 'none', isPublic: true, answer };
}

/** Market data: public below `/market`, and with a token, which no cache stands before, without it. */
export function marketEndpoints(path: string, answer: (call: Call) => unknown): readonly Endpoint[] {
  return [
    publicEndpoint(`${BROKERAGE}/market${path}`, 'market_data', answer),
    privateEndpoint(path, 'market_data', answer),
  ];
}

/** A `GET` with a token, below `/api/v3/brokerage`. */
export function privateEndpoint(
  path: string,
  route: RouteName,
  answer: (call: AccountCall) => unknown,
): Endpoint {
  return { method: 'GET', path: `${BROKERAGE}${path}`, route, security: 'signed', isPublic: false, answer };
}

/** A `POST` of a key that may trade, below `/api/v3/brokerage`. */
export function tradingEndpoint(
  path: string,
  route: RouteName,
  answer: (call: AccountCall) => unknown,
): Endpoint {
  return { method: 'POST', path: `${BROKERAGE}${path}`, route, security: 'trade', isPublic: false, answer };
}

export interface AccessSettings {
  readonly exchange: Exchange;
  readonly address: AddressLimit;
  readonly users: UserLimits;
  readonly tokenLeewayMs: number;
  /** False lifts the limits. */
  readonly limits: boolean;
}

const PRODUCTION_HOST = 'api.coinbase.com';

export function accessRules(settings: AccessSettings): CoinbaseRules {
  const { exchange, address, users, tokenLeewayMs, limits } = settings;
  return {
    fields: requestParameters,
    proof: (_request, fields) => proofOf(fields),
    charge: ({ isPublic }, _fields, clockMs) => {
      if (limits && isPublic) address.charge(clockMs);
    },
    account: ({ token }): AccountInfo => {
      const account = token === null ? null : exchange.accountByKey(token.keyName);
      if (account === null) throw unauthorized();
      return account;
    },
    checks: [
      ({ proof: { token, ...request }, account, clockMs }) => {
        const rules = { nowMs: clockMs, leewayMs: tokenLeewayMs, request };
        if (token === null || tokenFault(token, account.credentials, rules) !== null) throw unauthorized();
      },
      ({ account, clockMs }) => {
        if (limits) users.charge(account.accountId, clockMs);
      },
    ],
    mayNotTrade: missingScopes,
    headers: (_endpoint, accountId, clockMs) =>
      accountId === undefined || !limits ? {} : users.headers(accountId, clockMs),
    success: (body) => JSON.stringify(body),
    refusal: (error) => (error instanceof CoinbaseRefusal ? refusalReply(error) : null),
  };
}

export function refusalReply({ status, body, headers }: CoinbaseRefusal): WireReply {
  return { status, body, headers, outcome: 'refused' };
}

/**
 * The token has to name the host that the client was given: the exchange's own or the simulator's. A client that takes every address for
 * one of HTTPS cuts a letter too many off that of the simulator.
 */
function proofOf({ token, method, path, host }: ReadRequest): Proof {
  return { token: readToken(token), method, path, hosts: [PRODUCTION_HOST, host, host.slice(1)] };
}

const CACHED_FOR_MS = 1_000;
const MOST_CACHED = 1_000;

/** The answers of public endpoints, kept for a second; a request that asks for none of them renews it. */
export class PublicCache {
  readonly #answers = new Map<string, { readonly at: number; readonly answer: unknown }>();

  /** The same endpoint behind the cache. */
  over(endpoint: Endpoint): Endpoint {
    if (endpoint.security !== 'none') return endpoint;
    const { answer } = endpoint;
    return { ...endpoint, answer: (call: Call) => this.#answer(call, answer) };
  }

  #answer(call: Call, answer: (call: Call) => unknown): unknown {
    const { path, query, isUncached } = call.parameters;
    const key = `${path}?${query}`;
    const known = this.#answers.get(key);
    if (known !== undefined && !isUncached && call.at - known.at < CACHED_FOR_MS) return known.answer;
    const made = answer(call);
    if (this.#answers.size >= MOST_CACHED) this.#answers.clear();
    this.#answers.set(key, { at: call.at, answer: made });
    return made;
  }
}
