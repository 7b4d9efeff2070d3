/**
 * How MEXC's contract API lets a request through to an endpoint: its rules for wire/access.ts.
 *
 * Entry points: `accessRules`, `signedText`; `publicEndpoint`, `marketEndpoint`, `privateEndpoint` and `tradingEndpoint` write the common kinds of
 * endpoint. Order of the checks: key, time, signature, limit of the account, permission. Source: "Authentication method" and "Time
 * security" of the contract documentation.
 */
import type { AccountInfo } from '../../exchange/account.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { RequestLifetimePolicy } from '../../exchange/policy.ts';
import * as access from '../../wire/access.ts';
import { signatureMatches } from '../../wire/signatures.ts';
import type { WireRequest } from '../../wire/wire.ts';
import { jsonText } from '../bare-figures.ts';
import {
  FuturesRefusal,
  mayNotTrade,
  refusalReply,
  requestExpired,
  signatureInvalid,
  unauthorized,
} from './errors.ts';
import { requestParameters, type ReadRequest } from './parameters.ts';
import type { FuturesLimits } from './rate-limits.ts';

export type Call = access.Call<ReadRequest>;
export type AccountCall = access.AccountCall<ReadRequest>;
export type Endpoint = access.Endpoint<ReadRequest, EndpointFacts>;
export type FuturesRules = access.AccessRules<ReadRequest, Proof, EndpointFacts>;

/** The facts that the limits look at. */
interface EndpointFacts {
  readonly security: access.Security;
}

/** How a request proves who sent it. */
export interface Proof {
  readonly key: string;
  readonly signature: string;
  readonly requestTime: string;
  /** In seconds; empty where the header was not sent. */
  readonly receiveWindow: string;
  /** The parameters as they are signed. */
  readonly payload: string;
}

/** An answer without an envelope of its own. */
export const NOTHING = Symbol('no data');

/** "accessKey + timestamp + obtained parameter string". */
export function signedText(key: string, requestTime: string, payload: string): string {
  return `${key}${requestTime}${payload}`;
}

export const { publicEndpoint, marketEndpoint, privateEndpoint, tradingEndpoint } =
  access.endpointKinds<ReadRequest>();

export interface AccessSettings {
  readonly exchange: Exchange;
  readonly limiter: FuturesLimits;
  readonly requestLifetime: RequestLifetimePolicy;
  /** False lifts the limits. */
  readonly limits: boolean;
}

const ADDRESS = 'address';

/** The rules of the endpoint with this path pattern, which has limits of its own. */
export function accessRules(
  { exchange, limiter, requestLifetime, limits }: AccessSettings,
  path: string,
): FuturesRules {
  return {
    fields: requestParameters,
    proof: proofOf,
    charge: ({ security }, _fields, clockMs) => {
      if (limits && security === 'none') limiter.charge(ADDRESS, path, clockMs);
    },
    account: ({ key }): AccountInfo => {
      const account = key === '' ? null : exchange.accountByKey(key);
      if (account === null) throw unauthorized();
      return account;
    },
    checks: [
      ({ proof, clockMs }) => checkTime(proof, requestLifetime, clockMs),
      ({ proof, account }) => {
        const text = signedText(proof.key, proof.requestTime, proof.payload);
        if (!signatureMatches(text, account.credentials, proof.signature)) throw signatureInvalid();
      },
      ({ account, clockMs }) => {
        if (limits) limiter.charge(account.accountId, path, clockMs);
      },
    ],
    mayNotTrade,
    headers: () => ({}),
    success: (body) =>
      jsonText(body === NOTHING ? { success: true, code: 0 } : { success: true, code: 0, data: body }),
    refusal: (error) => (error instanceof FuturesRefusal ? refusalReply(error) : null),
  };
}

function proofOf({ headers, method, query, body }: WireRequest): Proof {
  return {
    key: headers['apikey'] ?? '',
    signature: headers['signature'] ?? '',
    requestTime: headers['request-time'] ?? '',
    receiveWindow: headers['recv-window'] ?? '',
    payload: method === 'GET' ? query : body,
  };
}

/** "less or more than 10 seconds", or as many as the header gives: in seconds, as "a maximum value of 60" can only mean. */
function checkTime(
  { requestTime, receiveWindow }: Proof,
  { defaultMs, maxMs }: RequestLifetimePolicy,
  nowMs: number,
): void {
  if (!/^\d{1,15}$/.test(requestTime)) throw requestExpired();
  if (receiveWindow !== '' && !/^\d{1,5}$/.test(receiveWindow)) throw requestExpired();
  const windowMs = receiveWindow === '' ? defaultMs : Math.min(Number(receiveWindow) * 1_000, maxMs);
  if (Math.abs(nowMs - Number(requestTime)) > windowMs) throw requestExpired();
}
