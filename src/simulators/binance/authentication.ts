/**
 * How Binance lets a request through to an endpoint: its rules for wire/access.ts, one set for each product.
 *
 * Entry points: `accessRules`; `publicEndpoint`, `marketEndpoint`, `priceEndpoint` and `signedEndpoint` write the common kinds of endpoint. Order of
 * the checks: weight, API key, timestamp, signature, permission, parameters. Source: "LIMITS" and "Request Security" of
 * rest-api.md in binance-spot-api-docs; USD-M futures have the same.
 */
import type { Exchange } from '../exchange/exchange.ts';
import type { AccountInfo } from '../exchange/account.ts';
import type { RequestLifetimePolicy } from '../exchange/policy.ts';
import type { RouteName } from '../faults.ts';
import type * as access from '../wire/access.ts';
import { apiKeyFormat, apiKeyUnknown, BinanceRefusal, mandatoryMissing, signatureInvalid } from './errors.ts';
import { restParameters, type Parameters } from './parameters.ts';
import type { OrderCounts, RequestWeights } from './rate-limits.ts';
import { checkTiming, isSignedBy, signaturePayload } from './signing.ts';

export type Call = access.Call<Parameters>;
export type AccountCall = access.AccountCall<Parameters>;
export type Endpoint = access.Endpoint<Parameters, EndpointFacts>;
export type BinanceRules = access.AccessRules<Parameters, Proof, EndpointFacts>;

type EndpointFacts = {
  readonly weight: number | ((parameters: Parameters) => number);
  /** True where the venue charges weight only for requests that fail. */
  readonly freeWhenAccepted?: boolean;
  /** True where the answer shows the order counts. */
  readonly showsOrderCounts?: boolean;
};

/** How a request proves who sent it, as REST or as a message of the WebSocket API. */
export type Proof = {
  readonly apiKey: string | undefined;
  /** The signed bytes. */
  readonly payload: string;
  readonly signature: string | undefined;
  readonly timestamp: string | undefined;
  readonly recvWindow: string | undefined;
  /** The connection logged on with this key, so that its requests need no signature. */
  readonly isLoggedOn?: boolean;
};

/** A public `GET`. */
export function publicEndpoint(
  path: string,
  weight: EndpointFacts['weight'],
  answer: (call: Call) => unknown,
): Endpoint {
  return { method: 'GET', path, route: 'other', security: 'none', weight, answer };
}

/** A public `GET` of a book, trades, candles or figures of the day, which faults on `market_data` meet. */
export function marketEndpoint(
  path: string,
  weight: EndpointFacts['weight'],
  answer: (call: Call) => unknown,
): Endpoint {
  return { method: 'GET', path, route: 'market_data', security: 'none', weight, answer };
}

/** A public `GET` of best, last, mark or average prices, or of older trades, which faults on `prices` meet. */
export function priceEndpoint(
  path: string,
  weight: EndpointFacts['weight'],
  answer: (call: Call) => unknown,
): Endpoint {
  return { method: 'GET', path, route: 'prices', security: 'none', weight, answer };
}

/** A signed `GET`: a look-up of the account's own. */
export function signedEndpoint(
  path: string,
  route: RouteName,
  weight: EndpointFacts['weight'],
  answer: (call: AccountCall) => unknown,
): Endpoint {
  return { method: 'GET', path, route, security: 'signed', weight, answer };
}

export type AccessSettings = {
  readonly exchange: Exchange;
  readonly weights: RequestWeights;
  readonly counts: OrderCounts;
  readonly requestLifetime: RequestLifetimePolicy;
  /** False lifts the limits. */
  readonly limits: boolean;
  /** Spot refuses parameters that an endpoint does not read; futures take no notice of them. */
  readonly refusesUnread: boolean;
  /** The headers that show the weight used in the minute. */
  readonly weightHeaders: readonly string[];
};

/** Of trading and market data; the wallet has others. */
export const WEIGHT_HEADERS = ['X-MBX-USED-WEIGHT', 'X-MBX-USED-WEIGHT-1M'] as const;

/** The form of the venue's own keys. One that a user registered may have any form. */
const API_KEY_PATTERN = /^[0-9A-Za-z]{64}$/;

function accountOf(exchange: Exchange, { apiKey }: Proof): AccountInfo {
  if (apiKey === undefined) throw apiKeyFormat();
  const account = exchange.accountByKey(apiKey);
  if (account === null) throw API_KEY_PATTERN.test(apiKey) ? apiKeyUnknown() : apiKeyFormat();
  return account;
}

function weightOf({ weight }: EndpointFacts, parameters: Parameters): number {
  return typeof weight === 'number' ? weight : weight(parameters);
}

export function accessRules(settings: AccessSettings): BinanceRules {
  const { exchange, weights, counts, requestLifetime, limits, refusesUnread, weightHeaders } = settings;
  return {
    fields: ({ query, body }) => restParameters(query, body, refusesUnread),
    proof: (request, parameters) => ({
      apiKey: request.headers['x-mbx-apikey'],
      payload: signaturePayload(request.query, request.body),
      signature: parameters.optional('signature'),
      timestamp: parameters.optional('timestamp'),
      recvWindow: parameters.optional('recvWindow'),
    }),
    charge: (endpoint, parameters, clockMs) =>
      weights.charge(weightOf(endpoint, parameters), clockMs, limits),
    accepted: (endpoint, parameters) => {
      if (endpoint.freeWhenAccepted === true) weights.giveBack(weightOf(endpoint, parameters));
    },
    account: (proof) => accountOf(exchange, proof),
    checks: [
      ({ proof }) => {
        if (proof.isLoggedOn === true) return;
        if (proof.signature === undefined || proof.signature === '') throw mandatoryMissing('signature');
      },
      ({ proof, clockMs }) => checkTiming(proof.timestamp, proof.recvWindow, clockMs, requestLifetime),
      ({ proof, account }) => {
        if (proof.isLoggedOn === true) return;
        if (!isSignedBy(account.credentials, proof.payload, proof.signature ?? '')) throw signatureInvalid();
      },
    ],
    mayNotTrade: apiKeyUnknown,
    headers: ({ showsOrderCounts }, accountId, clockMs) => {
      const used = String(weights.used(clockMs));
      return {
        ...Object.fromEntries(weightHeaders.map((name) => [name, used])),
        ...(showsOrderCounts === true && accountId !== undefined ? counts.headers(accountId, clockMs) : {}),
      };
    },
    success: (body) => JSON.stringify(body),
    refusal: (error) =>
      error instanceof BinanceRefusal
        ? { status: error.status, body: JSON.stringify(error.body()), headers: error.headers }
        : null,
  };
}
