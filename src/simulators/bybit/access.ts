/**
 * How Bybit lets a request through to an endpoint: its rules for wire/access.ts.
 *
 * Entry points: `accessRules`; `publicEndpoint`, `marketEndpoint`, `privateEndpoint` and `tradingEndpoint` write the common kinds of
 * endpoint. Order of the checks: address, key, time, signature, permission, then the limit of the account. Source: "Integration
 * Guidance", "Rate Limit Rules" and "Error Codes" of the v5 documentation.
 */
import type { AccountInfo } from '../exchange/account.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { judgeRequestLifetime, type RequestLifetimePolicy } from '../exchange/policy.ts';
import type { RouteName } from '../faults.ts';
import * as access from '../wire/access.ts';
import type { WireReply, WireRequest } from '../wire/wire.ts';
import {
  BybitRefusal,
  keyInvalid,
  parameterError,
  permissionDenied,
  signatureInvalid,
  timestampRefused,
} from './errors.ts';
import { requestParameters, type ReadRequest } from './parameters.ts';
import type { AccountLimits, AddressLimit } from './rate-limits.ts';
import { signatureMatches } from '../wire/signatures.ts';
import { signedText } from './signing.ts';
import type { Category } from './symbols.ts';

export type Call = access.Call<ReadRequest>;
export type AccountCall = access.AccountCall<ReadRequest>;
export type Endpoint = access.Endpoint<ReadRequest, EndpointFacts>;
export type BybitRules = access.AccessRules<ReadRequest, Proof, EndpointFacts>;

export interface EndpointFacts {
  /** The fault route where it depends on what is asked. */
  readonly routeOf?: (request: WireRequest) => RouteName;
}

/** How a request proves who sent it. */
export interface Proof {
  readonly key: string;
  readonly signature: string;
  readonly timestamp: string;
  readonly receiveWindow: string;
  /** The query string or the body, as sent. */
  readonly payload: string;
  readonly path: string;
  readonly category: Category;
  readonly countsOrders: boolean;
}

/** An answer that has something beside its result. */
export class Extended {
  readonly result: unknown;
  readonly extension: unknown;

  constructor(result: unknown, extension: unknown) {
    this.result = result;
    this.extension = extension;
  }
}

export const { publicEndpoint, marketEndpoint, privateEndpoint, tradingEndpoint } =
  access.endpointKinds<ReadRequest>();

export interface AccessSettings {
  readonly exchange: Exchange;
  readonly address: AddressLimit;
  readonly accounts: AccountLimits;
  readonly requestLifetime: RequestLifetimePolicy;
  readonly statusOfRefusedKeys: 200 | 401;
  /** False lifts the limits. */
  readonly limits: boolean;
}

const DEFAULT_WINDOW = '5000';
/** Batches have a limit of their own, in which each of their orders counts. */
const BATCH_PATHS = /-batch$/;

export function accessRules(settings: AccessSettings): BybitRules {
  const { exchange, address, accounts, requestLifetime, statusOfRefusedKeys, limits } = settings;
  return {
    fields: requestParameters,
    proof: (request, fields) => proofOf(request, fields),
    charge: (_endpoint, _fields, clockMs) => {
      if (limits) address.charge(clockMs);
    },
    account: ({ key, signature, timestamp }): AccountInfo => {
      // "Need to put authentication params in the request header".
      if (key === '' || signature === '' || timestamp === '')
        throw new BybitRefusal(10001, 'empty value: apiTimestamp[] apiKey[] apiSignature[]', { status: 401 });
      const account = exchange.accountByKey(key);
      if (account === null) throw keyInvalid(statusOfRefusedKeys);
      return account;
    },
    checks: [
      ({ proof, clockMs }) => checkTime(proof, requestLifetime, clockMs),
      ({ proof, account }) => {
        const text = signedText(proof.timestamp, proof.key, proof.receiveWindow, proof.payload);
        if (!signatureMatches(text, account.credentials, proof.signature))
          throw signatureInvalid(statusOfRefusedKeys);
      },
      ({ proof, account, clockMs }) => {
        if (limits && !proof.countsOrders)
          accounts.charge(account.accountId, proof.path, proof.category, clockMs);
      },
    ],
    mayNotTrade: permissionDenied,
    headers: (_endpoint, accountId, clockMs) =>
      accountId === undefined || !limits ? {} : accounts.headers(accountId, clockMs),
    success: (body, clockMs) => successText(body, clockMs),
    refusal: (error, clockMs) => (error instanceof BybitRefusal ? refusalReply(error, clockMs) : null),
  };
}

/** `{"retCode":0,...}` around a result. */
function successText(body: unknown, clockMs: number): string {
  const { result, extension } = body instanceof Extended ? body : new Extended(body, {});
  return JSON.stringify({ retCode: 0, retMsg: 'OK', result, retExtInfo: extension, time: clockMs });
}

export function refusalReply({ code, message, status, headers }: BybitRefusal, clockMs: number): WireReply {
  return {
    status,
    body: JSON.stringify({ retCode: code, retMsg: message, result: {}, retExtInfo: {}, time: clockMs }),
    headers,
    outcome: 'refused',
  };
}

function proofOf({ headers, method, query, body }: WireRequest, fields: ReadRequest): Proof {
  return {
    key: headers['x-bapi-api-key'] ?? '',
    signature: headers['x-bapi-sign'] ?? '',
    timestamp: headers['x-bapi-timestamp'] ?? '',
    receiveWindow: headers['x-bapi-recv-window'] ?? '',
    payload: method === 'GET' ? query : body,
    path: fields.path,
    category: fields.parameters.optional('category') === 'spot' ? 'spot' : 'linear',
    countsOrders: BATCH_PATHS.test(fields.path),
  };
}

function checkTime(proof: Proof, policy: RequestLifetimePolicy, clockMs: number): void {
  const { timestamp } = proof;
  const receiveWindow = proof.receiveWindow === '' ? DEFAULT_WINDOW : proof.receiveWindow;
  if (!/^\d{1,15}$/.test(timestamp)) throw parameterError('params error: timestamp invalid');
  if (!/^\d{1,15}$/.test(receiveWindow)) throw parameterError('params error: recv_window invalid');
  const verdict = judgeRequestLifetime(policy, {
    timestampMs: Number(timestamp),
    lifetimeMs: Number(receiveWindow),
    nowMs: clockMs,
  });
  if (verdict !== 'in_time') throw timestampRefused(clockMs, timestamp, receiveWindow);
}
