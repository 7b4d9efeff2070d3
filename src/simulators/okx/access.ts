/**
 * How OKX lets a request through to an endpoint: its rules for wire/access.ts, and the envelope of its answers.
 *
 * Entry points: `accessRules`; `publicEndpoint`, `marketEndpoint`, `privateEndpoint` and `tradingEndpoint` write the common kinds of
 * endpoint. Order of the checks: headers, key, passphrase, time, signature, limits, the deadline of the request, permission. Sources:
 * "Making Requests", "Signature", "Transaction Timeouts" and "Error Code" of the v5 documentation.
 */
import type { AccountInfo } from '../exchange/account.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { judgeRequestLifetime, type RequestLifetimePolicy } from '../exchange/policy.ts';
import * as access from '../wire/access.ts';
import { signatureMatches } from '../wire/signatures.ts';
import type { WireReply, WireRequest } from '../wire/wire.ts';
import { OkxRefusal } from './errors.ts';
import { requestParameters, type ReadRequest } from './parameters.ts';
import type { RequestLimits } from './rate-limits.ts';
import { signedText } from './signing.ts';

export type Call = access.Call<ReadRequest>;
export type AccountCall = access.AccountCall<ReadRequest>;
export type Endpoint = access.Endpoint<ReadRequest, object>;
export type OkxRules = access.AccessRules<ReadRequest, Proof, object>;

/** How a request proves who sent it. */
export interface Proof {
  readonly key: string;
  readonly passphrase: string;
  readonly signature: string;
  readonly timestamp: string;
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  readonly body: string;
  /** Of the table of limits. */
  readonly path: string;
  readonly instIds: readonly string[];
  /** The header `expTime`; empty: none. */
  readonly expiresAt: string;
}

/** The answer to requests for orders: a result for each of them, and the time at the gateway. */
export class OrderAnswers {
  readonly entries: readonly (Readonly<Record<string, unknown>> & { readonly sCode: string })[];

  constructor(entries: OrderAnswers['entries']) {
    this.entries = entries;
  }

  /** 0: all, 1: none, 2: some of them succeeded. */
  get code(): '0' | '1' | '2' {
    const failed = this.entries.filter(({ sCode }) => sCode !== '0').length;
    return failed === 0 ? '0' : failed === this.entries.length ? '1' : '2';
  }

  get message(): string {
    return { '0': '', '1': 'Operation failed.', '2': 'Bulk operation partially succeeded.' }[this.code];
  }
}

const BASE = '/api/v5/';

export const { publicEndpoint, marketEndpoint, priceEndpoint, privateEndpoint, tradingEndpoint } =
  access.endpointKinds<ReadRequest>(BASE);

export interface AccessSettings {
  readonly exchange: Exchange;
  /** Null lifts the limits. */
  readonly limits: RequestLimits | null;
  readonly requestLifetime: RequestLifetimePolicy;
}

export function accessRules({ exchange, limits, requestLifetime }: AccessSettings): OkxRules {
  return {
    fields: requestParameters,
    proof: proofOf,
    charge: (_endpoint, { path }, clockMs) => {
      const name = path.slice(BASE.length);
      if (/^(?:public|market|system|rubik|support)\//.test(name))
        limits?.charge({ path: name, accountId: null, instIds: [] }, clockMs);
    },
    account: (proof): AccountInfo => {
      for (const [text, name, code] of [
        [proof.key, 'OK-ACCESS-KEY', 50103],
        [proof.passphrase, 'OK-ACCESS-PASSPHRASE', 50104],
        [proof.signature, 'OK-ACCESS-SIGN', 50106],
        [proof.timestamp, 'OK-ACCESS-TIMESTAMP', 50107],
      ] as const)
        if (text === '') throw new OkxRefusal(code, `Request header "${name}" cannot be empty.`, 401);
      const account = exchange.accountByKey(proof.key);
      if (account === null) throw new OkxRefusal(50111, 'Invalid OK-ACCESS-KEY.', 401);
      if (account.credentials.passphrase !== proof.passphrase)
        throw new OkxRefusal(50105, 'Request header "OK-ACCESS-PASSPHRASE" incorrect.', 401);
      return account;
    },
    checks: [
      ({ proof, clockMs }) => checkTime(proof.timestamp, requestLifetime, clockMs),
      ({ proof, account }) => {
        const text = signedText(proof.timestamp, proof.method, proof.target, proof.body);
        if (!signatureMatches(text, account.credentials, proof.signature, 'base64'))
          throw new OkxRefusal(50113, 'Invalid signature.', 401);
      },
      ({ proof, account: { accountId }, clockMs }) =>
        limits?.charge({ path: proof.path, accountId, instIds: proof.instIds }, clockMs),
      ({ proof, clockMs }) => checkDeadline(proof.path, proof.expiresAt, clockMs),
    ],
    mayNotTrade: () => new OkxRefusal(50120, "This API key doesn't have permission to use this function"),
    headers: () => ({}),
    success: successText,
    refusal: (error) => (error instanceof OkxRefusal ? refusalReply(error) : null),
  };
}

function successText(body: unknown, clockMs: number): string {
  if (!(body instanceof OrderAnswers)) return JSON.stringify({ code: '0', data: body, msg: '' });
  return JSON.stringify({ code: body.code, data: body.entries, msg: body.message, ...gatewayTimes(clockMs) });
}

/** Microseconds at which the gateway had the request and sent the answer. */
export function gatewayTimes(clockMs: number): { readonly inTime: string; readonly outTime: string } {
  return { inTime: `${clockMs}000`, outTime: `${clockMs}900` };
}

export function refusalReply({ code, message, status }: OkxRefusal): WireReply {
  return { status, body: JSON.stringify({ code: String(code), data: [], msg: message }), outcome: 'refused' };
}

/** Two pages of one path have limits of their own. */
const GET_NAMES: Readonly<Record<string, string>> = {
  'trade/order': 'trade/order-details',
  'trade/order-algo': 'trade/algo-details',
};

function proofOf(request: WireRequest, { parameters, entries, path }: ReadRequest): Proof {
  const { headers, method, query, body } = request;
  const name = path.slice(BASE.length);
  return {
    key: headers['ok-access-key'] ?? '',
    passphrase: headers['ok-access-passphrase'] ?? '',
    signature: headers['ok-access-sign'] ?? '',
    timestamp: headers['ok-access-timestamp'] ?? '',
    method,
    target: query === '' ? path : `${path}?${query}`,
    body: method === 'GET' ? '' : body,
    path: method === 'GET' ? (GET_NAMES[name] ?? name) : name,
    instIds: (entries ?? [parameters]).map((entry) => entry.optional('instId') ?? ''),
    expiresAt: headers['exptime'] ?? '',
  };
}

function checkTime(timestamp: string, policy: RequestLifetimePolicy, clockMs: number): void {
  const timestampMs = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?Z$/.test(timestamp)
    ? Date.parse(timestamp)
    : Number.NaN;
  if (Number.isNaN(timestampMs)) throw new OkxRefusal(50112, 'Invalid OK-ACCESS-TIMESTAMP.', 401);
  if (judgeRequestLifetime(policy, { timestampMs, lifetimeMs: null, nowMs: clockMs }) !== 'in_time')
    throw new OkxRefusal(50102, 'Timestamp request expired.', 401);
}

/** Requests that may carry a deadline: not cancels, and not algo orders. */
const WITH_DEADLINE: ReadonlySet<string> = new Set([
  'trade/order',
  'trade/batch-orders',
  'trade/amend-order',
  'trade/amend-batch-orders',
]);

/** The deadline in ms: a request that comes after it is not processed. */
export function checkDeadline(path: string, expiresAt: string, clockMs: number): void {
  if (expiresAt === '' || !WITH_DEADLINE.has(path)) return;
  if (!/^\d{13}$/.test(expiresAt)) throw new OkxRefusal(51000, 'Parameter expTime error', 400);
  if (Number(expiresAt) < clockMs)
    throw new OkxRefusal(
      50036,
      "The expTime can't be earlier than the current system time. Please adjust the expTime and try again.",
    );
}
