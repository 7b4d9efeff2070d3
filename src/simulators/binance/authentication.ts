/**
 * The request door of one Binance product: who calls, in time, within the limits; then the endpoint; then
 * the answer's headers and error body.
 *
 * Entry points: `Authentication.route` turns an endpoint into an HTTP route, `Authentication.serve` runs one for the WebSocket
 * API. Order of the checks, all before any effect: weight, API key, timestamp, signature, permission,
 * parameters. Source: "LIMITS" and "Request Security" of rest-api.md in binance-spot-api-docs.
 */
import type { AccountInfo } from '../exchange/account.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { RequestLifetimePolicy } from '../exchange/policy.ts';
import type { RouteName } from '../faults.ts';
import type { HttpRoute, WireReply, WireRequest } from '../wire/wire.ts';
import { apiKeyFormat, apiKeyUnknown, BinanceRefusal, mandatoryMissing, signatureInvalid } from './errors.ts';
import { Parameters } from './parameters.ts';
import type { OrderCounts, RequestWeights } from './rate-limits.ts';
import { checkTiming, signatureMatches, signaturePayload } from './signing.ts';

/** What an endpoint gets to see of a request. */
export type Call = {
  readonly parameters: Parameters;
  /** True time, ms: what the exchange takes. */
  readonly at: number;
  /** The venue's clock as clients see it, ms: what answers print. */
  readonly clockMs: number;
};

export type AccountCall = Call & { readonly accountId: string };

type EndpointFacts = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly route: RouteName;
  readonly weight: number | ((parameters: Parameters) => number);
  /** True where the venue charges weight only for requests that fail. */
  readonly freeWhenAccepted?: boolean;
  /** True where the answer shows the order counts. */
  readonly showsOrderCounts?: boolean;
};

/** One endpoint: public, with an API key only, or signed (`trade` needs the key's permission to trade). */
export type Endpoint =
  | (EndpointFacts & { readonly security: 'none'; readonly answer: (call: Call) => unknown })
  | (EndpointFacts & {
      readonly security: 'key' | 'signed' | 'trade';
      readonly answer: (call: AccountCall) => unknown;
    });

/** A public `GET`. */
export function publicEndpoint(
  path: string,
  weight: Endpoint['weight'],
  answer: (call: Call) => unknown,
): Endpoint {
  return { method: 'GET', path, route: 'other', security: 'none', weight, answer };
}

/** A public `GET` of a book, trades or candles, which faults on `market_data` meet. */
export function marketEndpoint(
  path: string,
  weight: Endpoint['weight'],
  answer: (call: Call) => unknown,
): Endpoint {
  return { method: 'GET', path, route: 'market_data', security: 'none', weight, answer };
}

/** A signed `GET`: a look-up of the account's own. */
export function signedEndpoint(
  path: string,
  route: RouteName,
  weight: Endpoint['weight'],
  answer: (call: AccountCall) => unknown,
): Endpoint {
  return { method: 'GET', path, route, security: 'signed', weight, answer };
}

/** How a request proves who sent it, whatever carried it. */
export type Proof = {
  readonly apiKey: string | undefined;
  /** The signed bytes. */
  readonly payload: string;
  readonly signature: string | undefined;
  readonly timestamp: string | undefined;
  readonly recvWindow: string | undefined;
};

export type AuthenticationSettings = {
  readonly exchange: Exchange;
  readonly weights: RequestWeights;
  readonly counts: OrderCounts;
  readonly requestLifetime: RequestLifetimePolicy;
  /** False lifts the limits. */
  readonly limits: boolean;
  /** Spot refuses parameters that an endpoint does not read; futures take no notice of them. */
  readonly refusesUnread: boolean;
};

/** The form of the venue's own keys. One that a user registered may have any form. */
const API_KEY_PATTERN = /^[0-9A-Za-z]{64}$/;

export class Authentication {
  readonly #settings: AuthenticationSettings;

  constructor(settings: AuthenticationSettings) {
    this.#settings = settings;
  }

  /** The HTTP route of an endpoint. */
  route(endpoint: Endpoint): HttpRoute {
    return {
      method: endpoint.method,
      path: endpoint.path,
      route: endpoint.route,
      reply: (request) => this.#reply(endpoint, request),
    };
  }

  /** Runs an endpoint. Throws the refusal. `body` is the JSON of the answer, `accountId` whose it was. */
  serve(
    endpoint: Endpoint,
    parameters: Parameters,
    proof: Proof,
    times: { readonly at: number; readonly clockMs: number },
  ): { body: unknown; accountId: string | undefined } {
    const { weights, limits } = this.#settings;
    const weight = typeof endpoint.weight === 'number' ? endpoint.weight : endpoint.weight(parameters);
    weights.charge(weight, times.clockMs, limits);
    const call = { parameters, at: times.at, clockMs: times.clockMs };
    if (endpoint.security === 'none') {
      return { body: endpoint.answer(call), accountId: undefined };
    }
    const account = this.authenticate(proof, times.clockMs, endpoint.security);
    const body = endpoint.answer({ ...call, accountId: account.accountId });
    if (endpoint.freeWhenAccepted === true) weights.giveBack(weight);
    return { body, accountId: account.accountId };
  }

  /** The account behind a key, after the checks that `security` asks for. Throws the refusal. */
  authenticate(proof: Proof, clockMs: number, security: 'key' | 'signed' | 'trade'): AccountInfo {
    if (proof.apiKey === undefined) throw apiKeyFormat();
    const account = this.#settings.exchange.accountByKey(proof.apiKey);
    if (account === null) throw API_KEY_PATTERN.test(proof.apiKey) ? apiKeyUnknown() : apiKeyFormat();
    if (security === 'key') return account;
    if (proof.signature === undefined || proof.signature === '') throw mandatoryMissing('signature');
    checkTiming(proof.timestamp, proof.recvWindow, clockMs, this.#settings.requestLifetime);
    if (!signatureMatches(proof.payload, account.credentials.secret, proof.signature))
      throw signatureInvalid();
    if (security === 'trade' && !account.permissions.trade) throw apiKeyUnknown();
    return account;
  }

  /** The weight headers that every answer carries. */
  weightHeaders(clockMs: number): Record<string, string> {
    const used = String(this.#settings.weights.used(clockMs));
    return { 'X-MBX-USED-WEIGHT': used, 'X-MBX-USED-WEIGHT-1M': used };
  }

  #reply(endpoint: Endpoint, request: WireRequest): WireReply {
    const times = { at: request.at, clockMs: request.clockMs };
    let accountId: string | undefined;
    let status = 200;
    let body: unknown;
    let headers: Record<string, string> = {};
    try {
      const parameters = Parameters.fromRequest(request.query, request.body, this.#settings.refusesUnread);
      const served = this.serve(endpoint, parameters, restProof(request, parameters), times);
      body = served.body;
      accountId = served.accountId;
    } catch (error) {
      if (!(error instanceof BinanceRefusal)) throw error;
      status = error.status;
      body = error.body();
      headers = { ...error.headers };
    }
    headers = { ...this.weightHeaders(request.clockMs), ...headers };
    if (endpoint.showsOrderCounts === true && accountId !== undefined)
      headers = { ...headers, ...this.#settings.counts.headers(accountId, request.clockMs) };
    return { status, body: JSON.stringify(body), headers };
  }
}

function restProof(request: WireRequest, parameters: Parameters): Proof {
  return {
    apiKey: request.headers['x-mbx-apikey'],
    payload: signaturePayload(request.query, request.body),
    signature: parameters.optional('signature'),
    timestamp: parameters.optional('timestamp'),
    recvWindow: parameters.optional('recvWindow'),
  };
}
