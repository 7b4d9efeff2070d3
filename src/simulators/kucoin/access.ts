/**
 * How KuCoin lets a request through to an endpoint: its rules for wire/access.ts, and the envelope of its answers.
 *
 * Entry points: `accessRules`; `publicEndpoint`, `privateEndpoint` and `tradingEndpoint` write the common kinds of endpoint. Order of the
 * checks: weight, headers, key, version, passphrase, time, signature, permission. Source: "Authentication" and "Error Code" of the
 * documentation (www.kucoin.com/docs-new). Spot and futures are two hosts with the same rules: their paths differ but for `timestamp`
 * and the two tokens, so that one port serves both.
 */
import type { AccountInfo } from '../exchange/account.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { judgeRequestLifetime, type RequestLifetimePolicy } from '../exchange/policy.ts';
import type { RouteName } from '../faults.ts';
import type * as access from '../wire/access.ts';
import { signatureMatches } from '../wire/signatures.ts';
import type { WireReply, WireRequest } from '../wire/wire.ts';
import { accessDenied, KucoinRefusal } from './errors.ts';
import { exactJson } from './exact-json.ts';
import { requestParameters, type ReadRequest } from './parameters.ts';
import type { Pool, Pools } from './rate-limits.ts';
import { passphraseMatches, signedText } from './signing.ts';
import type { UndecidedBehaviour } from './undecided.ts';

/** The pool and weight that an endpoint draws, and the fault route where it depends on the request. */
export interface Facts {
  readonly pool: Pool;
  readonly weight: number;
  readonly routeOf?: (request: WireRequest) => RouteName;
}

export type Call = access.Call<ReadRequest>;
export type AccountCall = access.AccountCall<ReadRequest>;
export type Endpoint = access.Endpoint<ReadRequest, Facts>;
export type KucoinRules = access.AccessRules<ReadRequest, Proof, Facts>;

/** How a request proves who sent it. */
export interface Proof {
  readonly key: string;
  readonly version: string;
  readonly passphrase: string;
  readonly signature: string;
  readonly timestamp: string;
  readonly method: string;
  /** Path and query, as sent and as they read without escapes: clients sign either. */
  readonly targets: readonly string[];
  readonly body: string;
}

/** `[pool, weight]` of "API rate limit pool" and "weight" of an endpoint's page. */
export type Draw = readonly [pool: Pool, weight: number];

/** A public endpoint. */
export function publicEndpoint(
  path: string,
  route: RouteName,
  weight: number,
  answer: (call: Call) => unknown,
): Endpoint {
  return { method: 'GET', path: `/api/${path}`, route, security: 'none', pool: 'public', weight, answer };
}

/** A signed `GET`: a look-up of the account's own. */
export function privateEndpoint(
  path: string,
  route: RouteName,
  [pool, weight]: Draw,
  answer: (call: AccountCall) => unknown,
): Endpoint {
  return { method: 'GET', path: `/api/${path}`, route, security: 'signed', pool, weight, answer };
}

/** A signed request of a key that may trade. */
export function tradingEndpoint(
  method: 'POST' | 'DELETE',
  path: string,
  route: RouteName,
  [pool, weight]: Draw,
  answer: (call: AccountCall) => unknown,
): Endpoint {
  return { method, path: `/api/${path}`, route, security: 'trade', pool, weight, answer };
}

export interface AccessSettings {
  readonly exchange: Exchange;
  readonly pools: Pools;
  readonly requestLifetime: RequestLifetimePolicy;
  readonly statusOfRefusedKeys: UndecidedBehaviour['statusOfRefusedKeys'];
}

/** The owner of what counts for the address. */
const ADDRESS = 'address';

export function accessRules(settings: AccessSettings): KucoinRules {
  const { exchange, pools, requestLifetime, statusOfRefusedKeys: status } = settings;
  const refuse = (code: string, text: string): KucoinRefusal => new KucoinRefusal(code, text, status);
  const ownerOf = (pool: Pool, key: string): string =>
    pool === 'public' ? ADDRESS : (exchange.accountByKey(key)?.accountId ?? ADDRESS);
  return {
    fields: requestParameters,
    proof: proofOf,
    charge: ({ pool, weight }, { key }, clockMs) => {
      pools.charge(pool, weight, ownerOf(pool, key), clockMs);
    },
    account: ({ key, signature, timestamp, passphrase }): AccountInfo => {
      if ([key, signature, timestamp, passphrase].includes(''))
        throw refuse(
          '400001',
          'Please check the header of your request for KC-API-KEY, KC-API-SIGN, KC-API-TIMESTAMP, KC-API-PASSPHRASE.',
        );
      const account = exchange.accountByKey(key);
      if (account === null) throw refuse('400003', 'KC-API-KEY does not exist.');
      return account;
    },
    checks: [
      ({ proof: { version } }) => {
        if (version !== '2' && version !== '3') throw refuse('400009', 'Invalid KC-API-KEY-VERSION.');
      },
      ({ proof, account }) => {
        if (!passphraseMatches(account.credentials, proof.passphrase))
          throw refuse('400004', 'Invalid KC-API-PASSPHRASE.');
      },
      ({ proof: { timestamp }, clockMs }) => {
        const isTime = /^\d{13}$/.test(timestamp);
        const judged = { timestampMs: Number(timestamp), lifetimeMs: null, nowMs: clockMs };
        if (!isTime || judgeRequestLifetime(requestLifetime, judged) !== 'in_time')
          throw refuse('400002', 'Invalid KC-API-TIMESTAMP.');
      },
      ({ proof, account }) => {
        const { timestamp, method, targets, body, signature } = proof;
        const isSigned = targets.some((target) =>
          signatureMatches(
            signedText(timestamp, method, target, body),
            account.credentials,
            signature,
            'base64',
          ),
        );
        if (!isSigned) throw refuse('400005', 'Invalid KC-API-SIGN.');
      },
    ],
    mayNotTrade: accessDenied,
    headers: ({ pool }, accountId, clockMs) => {
      if (pool === 'public') return pools.headers(pool, ADDRESS, clockMs);
      return accountId === undefined ? {} : pools.headers(pool, accountId, clockMs);
    },
    success: (data) => exactJson({ code: '200000', data }),
    refusal: (error) => (error instanceof KucoinRefusal ? refusalReply(error) : null),
  };
}

export function refusalReply({ code, message, status, headers }: KucoinRefusal): WireReply {
  return { status, body: JSON.stringify({ code, msg: message }), headers, outcome: 'refused' };
}

function proofOf(request: WireRequest): Proof {
  const { headers, method, path, query, body } = request;
  const target = query === '' ? path : `${path}?${query}`;
  return {
    key: headers['kc-api-key'] ?? '',
    version: headers['kc-api-key-version'] ?? '',
    passphrase: headers['kc-api-passphrase'] ?? '',
    signature: headers['kc-api-sign'] ?? '',
    timestamp: headers['kc-api-timestamp'] ?? '',
    method,
    targets: [target, unescaped(target)],
    body,
  };
}

function unescaped(target: string): string {
  try {
    return decodeURIComponent(target);
  } catch {
    return target;
  }
}
