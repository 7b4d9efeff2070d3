/**
 * How Bitget lets a request through to an endpoint: its rules for wire/access.ts, and the envelope of its answers.
 *
 * Entry points: `accessRules`; `publicEndpoint`, `marketEndpoint`, `privateEndpoint` and `tradingEndpoint` write the common kinds of
 * endpoint. Order of the checks: address, headers, key, time, passphrase, signature, the limit of the account, permission. Sources: "Header",
 * "Response" and "Rest API Error Code" of the unified account's documentation.
 */
import type { AccountInfo } from '../exchange/account.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { judgeRequestLifetime, type RequestLifetimePolicy } from '../exchange/policy.ts';
import * as access from '../wire/access.ts';
import { signatureMatches } from '../wire/signatures.ts';
import type { WireReply, WireRequest } from '../wire/wire.ts';
import { BitgetRefusal, mayNotTrade } from './errors.ts';
import { requestParameters, type ReadRequest } from './parameters.ts';
import type { RequestLimits } from './rate-limits.ts';
import { signedText } from './signing.ts';

export type Call = access.Call<ReadRequest>;
export type AccountCall = access.AccountCall<ReadRequest>;
export type Endpoint = access.Endpoint<ReadRequest, object>;
export type BitgetRules = access.AccessRules<ReadRequest, Proof, object>;

/** How a request proves who sent it. */
export interface Proof {
  readonly key: string;
  readonly passphrase: string;
  readonly signature: string;
  readonly timestamp: string;
  readonly method: string;
  readonly path: string;
  /** As sent. */
  readonly query: string;
  readonly body: string;
}

const BASE = '/api/v3/';

export const { publicEndpoint, marketEndpoint, privateEndpoint, tradingEndpoint } =
  access.endpointKinds<ReadRequest>(BASE);

export interface AccessSettings {
  readonly exchange: Exchange;
  /** Null lifts the limits. */
  readonly limits: RequestLimits | null;
  readonly requestLifetime: RequestLifetimePolicy;
  readonly statusOfRefusals: 200 | 400;
}

export function accessRules(settings: AccessSettings): BitgetRules {
  const { exchange, limits, requestLifetime, statusOfRefusals } = settings;
  return {
    fields: requestParameters,
    proof: proofOf,
    charge: (_endpoint, { path }, clockMs) => {
      limits?.chargeAddress(path, clockMs);
    },
    account: (proof): AccountInfo => {
      for (const [text, name, code] of [
        [proof.key, 'ACCESS_KEY', '40001'],
        [proof.signature, 'ACCESS_SIGN', '40002'],
        [proof.passphrase, 'ACCESS_PASSPHRASE', '40011'],
      ] as const)
        if (text === '') throw new BitgetRefusal(code, `${name} cannot be empty`);
      const account = exchange.accountByKey(proof.key);
      if (account === null) throw new BitgetRefusal('40006', 'Invalid ACCESS_KEY');
      return account;
    },
    checks: [
      ({ proof, clockMs }) => checkTime(proof.timestamp, requestLifetime, clockMs),
      ({ proof, account }) => {
        if (account.credentials.passphrase !== proof.passphrase)
          throw new BitgetRefusal('40012', 'apikey/password is incorrect');
      },
      ({ proof, account }) => {
        if (!isSigned(proof, account)) throw new BitgetRefusal('40009', 'sign signature error');
      },
      ({ proof, account, clockMs }) => limits?.chargeAccount(account.accountId, proof.path, clockMs),
    ],
    mayNotTrade,
    headers: (_endpoint, _accountId, clockMs) => ({
      'X-BG-REQUEST-ACCEPT-TIME': String(clockMs),
      'X-BG-RESPONSE-COMPLETE-TIME': String(clockMs),
    }),
    success: (body, clockMs) =>
      JSON.stringify({ code: '00000', msg: 'success', requestTime: clockMs, data: body }),
    refusal: (error, clockMs) =>
      error instanceof BitgetRefusal ? refusalReply(error, clockMs, statusOfRefusals) : null,
  };
}

export function refusalReply(
  { code, message, status }: BitgetRefusal,
  clockMs: number,
  usualStatus: 200 | 400,
): WireReply {
  return {
    status: status ?? usualStatus,
    body: JSON.stringify({ code, msg: message, requestTime: clockMs, data: null }),
    outcome: 'refused',
  };
}

function proofOf({ headers, method, query, body }: WireRequest, { path }: ReadRequest): Proof {
  return {
    key: headers['access-key'] ?? '',
    passphrase: headers['access-passphrase'] ?? '',
    signature: headers['access-sign'] ?? '',
    timestamp: headers['access-timestamp'] ?? '',
    method,
    path,
    query,
    body: method === 'GET' ? '' : body,
  };
}

/** Over the query as it was sent, or over its decoded values, as clients sign it that were written against the venue. */
function isSigned({ timestamp, method, path, query, body, signature }: Proof, account: AccountInfo): boolean {
  return [query, decoded(query)].some((text) =>
    signatureMatches(
      signedText(timestamp, method, path, text, body),
      account.credentials,
      signature,
      'base64',
    ),
  );
}

function decoded(query: string): string {
  return [...new URLSearchParams(query)].map(([name, value]) => `${name}=${value}`).join('&');
}

function checkTime(timestamp: string, policy: RequestLifetimePolicy, clockMs: number): void {
  if (!/^\d{13}$/.test(timestamp)) throw new BitgetRefusal('40005', 'Invalid ACCESS_TIMESTAMP');
  if (
    judgeRequestLifetime(policy, { timestampMs: Number(timestamp), lifetimeMs: null, nowMs: clockMs }) !==
    'in_time'
  )
    throw new BitgetRefusal('40008', 'Request timestamp expired');
}
