/**
 * How HTX lets a request through to an endpoint: its rules for wire/access.ts, for spot (v1 and v2) and contracts (v5 and public data).
 *
 * Entry points: `spotRules`, `contractRules`; `publicEndpoint`, `marketEndpoint`, `privateEndpoint` and `tradingEndpoint` write the common kinds
 * of endpoint. Order of the checks: key, method, time, signature, permission, then the limit of the account. Sources: "Authentication",
 * "Request Format" and "Response Format" of the spot documentation and of the USDT-margined one.
 */
import type { AccountInfo } from '../exchange/account.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { judgeRequestLifetime, type RequestLifetimePolicy } from '../exchange/policy.ts';
import type { RouteName } from '../faults.ts';
import type * as access from '../wire/access.ts';
import { signatureMatches } from '../wire/signatures.ts';
import type { WireReply, WireRequest } from '../wire/wire.ts';
import {
  contractDataText,
  contractText,
  HtxRefusal,
  spotText,
  UnprovenRequest,
  versionTwoText,
  type Refused,
} from './errors.ts';
import { requestParameters, type ReadRequest } from './parameters.ts';
import type { ContractLimits, SpotLimits } from './rate-limits.ts';
import { signedHosts, signedText, sortedPairs, timeOf } from './signing.ts';
import type { Kind } from './symbols.ts';

export type Call = access.Call<ReadRequest>;
export type AccountCall = access.AccountCall<ReadRequest>;
export type Endpoint = access.Endpoint<ReadRequest, EndpointFacts>;
export type HtxRules = access.AccessRules<ReadRequest, Proof, EndpointFacts>;

/** The envelope of an answer: v1 of spot, its public data, v2 of spot, v5 of contracts. */
export type Form = 'v1' | 'bare' | 'v2' | 'v5';

export interface EndpointFacts {
  readonly form: Form;
  /** Requests of an account in two seconds; of contracts all count together. */
  readonly limit?: number;
  readonly isTrade?: boolean;
}

/** How a request proves who sent it. */
export interface Proof {
  readonly key: string;
  readonly method: string;
  readonly version: string;
  readonly timestamp: string;
  readonly signature: string;
  /** The texts that may have been signed: one for each host that the client may know. */
  readonly texts: readonly string[];
  readonly endpoint: string;
}

/** A public `GET`. */
export function publicEndpoint(form: Form, path: string, answer: (call: Call) => unknown): Endpoint {
  return { method: 'GET', path, route: 'other', security: 'none', answer, form };
}

/** A public `GET` of a book, trades, candles or figures of the day, which faults on `market_data` meet. */
export function marketEndpoint(form: Form, path: string, answer: (call: Call) => unknown): Endpoint {
  return { method: 'GET', path, route: 'market_data', security: 'none', answer, form };
}

/** A signed `GET` of the account's own. */
export function privateEndpoint(
  facts: EndpointFacts,
  path: string,
  route: RouteName,
  answer: (call: AccountCall) => unknown,
): Endpoint {
  return { method: 'GET', path, route, security: 'signed', answer, ...facts };
}

/** A signed `POST` of a key that may trade. */
export function tradingEndpoint(
  facts: EndpointFacts,
  path: string,
  route: RouteName,
  answer: (call: AccountCall) => unknown,
): Endpoint {
  return { method: 'POST', path, route, security: 'trade', answer, ...facts, isTrade: true };
}

export interface AccessSettings {
  readonly exchange: Exchange;
  readonly requestLifetime: RequestLifetimePolicy;
}

/** The limit of an account, where there is one. */
interface Counting {
  readonly charge: (accountId: string, clockMs: number, endpoint: string) => void;
  readonly headers: (accountId: string, clockMs: number) => Record<string, string>;
}

/** The rules of one endpoint. `limits`: null lifts them. */
export function spotRules(
  settings: AccessSettings,
  limits: SpotLimits | null,
  facts: EndpointFacts,
): HtxRules {
  return rulesOf('spot', settings, facts, {
    charge: (accountId, clockMs, endpoint) => {
      if (facts.limit !== undefined) limits?.charge(accountId, endpoint, facts.limit, clockMs);
    },
    headers: (accountId) => limits?.headers(accountId) ?? {},
  });
}

export function contractRules(
  settings: AccessSettings,
  limits: ContractLimits | null,
  facts: EndpointFacts,
): HtxRules {
  return rulesOf('linear', settings, facts, {
    charge: (accountId, clockMs) => limits?.charge(accountId, facts.isTrade === true, clockMs),
    headers: (accountId, clockMs) => limits?.headers(accountId, clockMs) ?? {},
  });
}

function rulesOf(
  kind: Kind,
  settings: AccessSettings,
  { form }: EndpointFacts,
  counting: Counting,
): HtxRules {
  const { exchange, requestLifetime } = settings;
  return {
    fields: (request) => requestParameters(kind, request),
    proof: proofOf,
    charge: () => undefined,
    account: ({ key, signature, timestamp }): AccountInfo => {
      if (key === '' || signature === '' || timestamp === '') throw new UnprovenRequest('signature');
      const account = exchange.accountByKey(key);
      if (account === null) throw new UnprovenRequest('key');
      return account;
    },
    checks: [
      ({ proof, account }) => {
        const wanted = account.credentials.publicKey === undefined ? 'HmacSHA256' : 'Ed25519';
        if (proof.method !== wanted || proof.version !== '2') throw new UnprovenRequest('method');
      },
      ({ proof, clockMs }) => {
        checkTime(proof.timestamp, requestLifetime, clockMs);
      },
      ({ proof, account }) => {
        const isSigned = proof.texts.some((text) =>
          signatureMatches(text, account.credentials, proof.signature, 'base64'),
        );
        if (!isSigned) throw new UnprovenRequest('signature');
      },
      ({ proof, account, clockMs }) => {
        counting.charge(account.accountId, clockMs, proof.endpoint);
      },
    ],
    mayNotTrade: () => new UnprovenRequest('permission'),
    headers: (_endpoint, accountId, clockMs) =>
      accountId === undefined ? {} : counting.headers(accountId, clockMs),
    success: (body, clockMs) => successText(form, body, clockMs),
    refusal: (error, clockMs) => refusalReply(kind, form, error, clockMs),
  };
}

/** Throws where a time is none, or lies further from the venue's clock than the policy lets it. */
export function checkTime(timestamp: string, policy: RequestLifetimePolicy, clockMs: number): void {
  const timestampMs = timeOf(timestamp);
  if (timestampMs === null) throw new UnprovenRequest('time');
  const verdict = judgeRequestLifetime(policy, { timestampMs, lifetimeMs: null, nowMs: clockMs });
  if (verdict !== 'in_time') throw new UnprovenRequest('time');
}

function successText(form: Form, body: unknown, clockMs: number): string {
  switch (form) {
    case 'v1':
      return JSON.stringify({ status: 'ok', data: body });
    case 'bare':
      return JSON.stringify(body);
    case 'v2':
      return JSON.stringify({ code: 200, message: 'success', data: body, ok: true });
    case 'v5':
      return JSON.stringify({ code: 200, message: 'Success', data: body, ts: clockMs });
  }
}

export function refusalReply(kind: Kind, form: Form, error: unknown, clockMs: number): WireReply | null {
  if (error instanceof UnprovenRequest)
    return { status: 200, body: unprovenText(kind, form, error, clockMs), outcome: 'refused' };
  return error instanceof HtxRefusal ? refusedReply(kind, form, error, clockMs) : null;
}

export function refusedReply(kind: Kind, form: Form, error: HtxRefusal, clockMs: number): WireReply {
  return {
    status: error.status,
    body: refusedText(kind, form, { code: error.code, text: error.message }, clockMs),
    headers: error.headers,
    outcome: 'refused',
  };
}

function refusedText(kind: Kind, form: Form, refused: Refused, clockMs: number): string {
  if (kind === 'linear')
    return form === 'bare' ? contractDataText(refused, clockMs) : contractText(refused, clockMs, false);
  return form === 'v2' ? versionTwoText(refused) : spotText(refused);
}

/** v1 has a word and a text, v2 a number ("Signature is wrong"), contracts 403. */
function unprovenText(kind: Kind, form: Form, { message }: UnprovenRequest, clockMs: number): string {
  if (kind === 'linear') return contractText({ code: '403', text: message }, clockMs, true);
  return form === 'v2'
    ? versionTwoText({ code: '1003', text: 'invalid signature' })
    : spotText({ code: 'api-signature-not-valid', text: `Signature not valid: ${message}` });
}

function proofOf({ method, path, query, headers }: WireRequest): Proof {
  const fields = new URLSearchParams(query);
  const pairs = sortedPairs(query);
  return {
    key: fields.get('AccessKeyId') ?? '',
    method: fields.get('SignatureMethod') ?? '',
    version: fields.get('SignatureVersion') ?? '',
    timestamp: fields.get('Timestamp') ?? '',
    signature: fields.get('Signature') ?? '',
    texts: signedHosts(headers['host']).map((one) => signedText(method, one, path, pairs)),
    endpoint: `${method} ${path.replaceAll(/\d{3,}/g, ':id')}`,
  };
}
