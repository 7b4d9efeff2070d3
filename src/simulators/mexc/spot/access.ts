/**
 * How MEXC's spot API lets a request through to an endpoint: its rules for wire/access.ts.
 *
 * Entry points: `accessRules`, `signedText`; `publicEndpoint`, `marketEndpoint`, `privateEndpoint` and `tradingEndpoint` write the common kinds of
 * endpoint. Order of the checks: address, key, signature, time, limit of the account, permission. Source: "Signed" and "Timing security"
 * of the spot v3 documentation: "totalParams is defined as the query string concatenated with the request body".
 */
import type { AccountInfo } from '../../exchange/account.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { judgeRequestLifetime, type RequestLifetimePolicy } from '../../exchange/policy.ts';
import type { RouteName } from '../../faults.ts';
import * as access from '../../wire/access.ts';
import { signatureMatches } from '../../wire/signatures.ts';
import type { HttpRoute, WireRequest } from '../../wire/wire.ts';
import {
  keyInvalid,
  keyRequired,
  missing,
  noPermission,
  refusalReply,
  signatureInvalid,
  SpotRefusal,
  timestampOutside,
  windowTooLong,
} from './errors.ts';
import { requestParameters, type Parameters } from './parameters.ts';
import type { SpotLimits } from './rate-limits.ts';

export type Call = access.Call<Parameters>;
export type AccountCall = access.AccountCall<Parameters>;
export type Endpoint = access.Endpoint<Parameters, EndpointFacts>;
export type SpotRules = access.AccessRules<Parameters, Proof, EndpointFacts>;

/** The facts that the limits look at. */
interface EndpointFacts {
  readonly method: HttpRoute['method'];
  readonly path: string;
  readonly security: access.Security;
}

/** How a request proves who sent it. */
export interface Proof {
  readonly key: string;
  readonly signature: string;
  /** The signed text. */
  readonly payload: string;
  readonly timestamp: number | undefined;
  readonly receiveWindow: number | undefined;
  readonly method: string;
  readonly path: string;
}

/** Query string and body as sent, one behind the other, without the signature. */
export function signedText(query: string, body: string): string {
  return withoutSignature(query) + withoutSignature(body);
}

function withoutSignature(text: string): string {
  return text
    .split('&')
    .filter((pair) => !pair.startsWith('signature='))
    .join('&');
}

export const { publicEndpoint, marketEndpoint, privateEndpoint } = access.endpointKinds<Parameters>();

/** A signed request of a key that may trade. */
export function tradingEndpoint(
  method: HttpRoute['method'],
  path: string,
  route: RouteName,
  answer: (call: AccountCall) => unknown,
): Endpoint {
  return { method, path, route, security: 'trade', answer };
}

export interface AccessSettings {
  readonly exchange: Exchange;
  readonly limiter: SpotLimits;
  readonly requestLifetime: RequestLifetimePolicy;
  /** False lifts the limits. */
  readonly limits: boolean;
}

/** Requests without a key are all of one address. */
const ADDRESS = 'address';

export function accessRules({ exchange, limiter, requestLifetime, limits }: AccessSettings): SpotRules {
  return {
    fields: requestParameters,
    proof: proofOf,
    charge: ({ security, method, path }, _fields, clockMs) => {
      if (limits && security === 'none') limiter.charge(ADDRESS, method, path, clockMs);
    },
    account: ({ key }): AccountInfo => {
      if (key === '') throw keyRequired();
      const account = exchange.accountByKey(key);
      if (account === null) throw keyInvalid();
      return account;
    },
    checks: [
      ({ proof, account }) => {
        if (!signatureMatches(proof.payload, account.credentials, proof.signature)) throw signatureInvalid();
      },
      ({ proof, clockMs }) => checkTime(proof, requestLifetime, clockMs),
      ({ proof, account, clockMs }) => {
        if (limits) limiter.charge(account.accountId, proof.method, proof.path, clockMs);
      },
    ],
    mayNotTrade: noPermission,
    headers: () => ({}),
    success: (body) => JSON.stringify(body),
    refusal: (error) => (error instanceof SpotRefusal ? refusalReply(error) : null),
  };
}

function proofOf({ headers, method, path, query, body }: WireRequest, parameters: Parameters): Proof {
  return {
    key: headers['x-mexc-apikey'] ?? '',
    signature: parameters.optional('signature') ?? '',
    payload: signedText(query, body),
    timestamp: parameters.optionalInteger('timestamp'),
    receiveWindow: parameters.optionalInteger('recvWindow'),
    method,
    path,
  };
}

function checkTime({ timestamp, receiveWindow }: Proof, policy: RequestLifetimePolicy, nowMs: number): void {
  if (timestamp === undefined) throw missing('timestamp');
  const lifetimeMs = receiveWindow ?? null;
  switch (judgeRequestLifetime(policy, { timestampMs: timestamp, lifetimeMs, nowMs })) {
    case 'in_time':
      return;
    case 'lifetime_too_long':
      throw windowTooLong();
    case 'expired':
    case 'ahead_of_clock':
      throw timestampOutside();
  }
}
