/**
 * From a request to its endpoint, for any venue: limits, who calls, whether the key may do it; then the endpoint; then the
 * answer's headers, or the refusal in the venue's form.
 *
 * Entry points: `endpointRoute` makes an HTTP route of an endpoint; `endpointKinds` writes the common kinds of them; `serveEndpoint` and `authenticate` do the same for requests
 * that came as messages of a WebSocket. A venue hands in `AccessRules`: small functions, and its checks in its own order.
 * Invariants: every check comes before any effect; an error that is no refusal of the venue is a bug and is thrown on.
 */
import type { AccountInfo } from '../exchange/account.ts';
import type { RouteName } from '../faults.ts';
import type { HttpRoute, WireReply, WireRequest } from './wire.ts';

/** The request as an endpoint sees it. */
export interface Call<Fields> {
  readonly parameters: Fields;
  /** True time, ms: what the exchange takes. */
  readonly at: number;
  /** The venue's clock as clients see it, ms: what answers print. */
  readonly clockMs: number;
}

export interface AccountCall<Fields> extends Call<Fields> {
  readonly accountId: string;
}

interface Place {
  readonly method: HttpRoute['method'];
  readonly path: string;
  /** The fault route. */
  readonly route: RouteName;
}

/** The credentials that a request must carry: nothing, a known key, a signature, or the signature of a key that may trade. */
export type Security = 'none' | 'key' | 'signed' | 'trade';

/** One endpoint. `Facts` are the venue's own: what it weighs, which headers it answers with. */
export type Endpoint<Fields, Facts> = Place &
  Facts &
  (
    | { readonly security: 'none'; readonly answer: (call: Call<Fields>) => unknown }
    | {
        readonly security: Exclude<Security, 'none'>;
        readonly answer: (call: AccountCall<Fields>) => unknown;
      }
  );

export type Times = Pick<Call<unknown>, 'at' | 'clockMs'>;

/** A signed request and the account that its key names, as a check sees them. */
export interface Signed<Proof> {
  readonly proof: Proof;
  readonly account: AccountInfo;
  readonly clockMs: number;
}

/** The access rules of one venue. Every function that finds something wrong throws the venue's refusal. */
export interface AccessRules<Fields, Proof, Facts> {
  /** The parameters of a request, from its path, query and body. */
  readonly fields: (request: WireRequest) => Fields;
  /** The proof of its sender: key, signature, timestamp, passphrase, the signed bytes. */
  readonly proof: (request: WireRequest, fields: Fields) => Proof;
  /** Counts the request against the limits, first of all. */
  readonly charge: (endpoint: Facts, fields: Fields, clockMs: number) => void;
  /** Absent: nothing is to be done when a request was accepted. */
  readonly accepted?: (endpoint: Facts, fields: Fields) => void;
  readonly account: (proof: Proof) => AccountInfo;
  /** In the venue's order: whether it is in time, whether the signature is right, and what else it looks at. */
  readonly checks: readonly ((signed: Signed<Proof>) => void)[];
  /** The refusal of a key that may not trade. */
  readonly mayNotTrade: () => Error;
  /** Headers of every answer; `accountId` where the request was let through to an account's endpoint. */
  readonly headers: (
    endpoint: Facts,
    accountId: string | undefined,
    clockMs: number,
  ) => Record<string, string>;
  /** The body of a success, in the venue's envelope if it has one. */
  readonly success: (body: unknown, clockMs: number) => string;
  /** The reply to a refusal; null for an error that is none. */
  readonly refusal: (error: unknown, clockMs: number) => WireReply | null;
}

/** Ways to write an endpoint. Each path follows what `endpointKinds` was given. */
export interface EndpointKinds<Fields> {
  /** A public `GET` of what changes seldom. */
  readonly publicEndpoint: (
    path: string,
    answer: (call: Call<Fields>) => unknown,
  ) => Endpoint<Fields, object>;
  /** A public `GET` of a book, trades, candles or figures of the day, which faults on `market_data` meet. */
  readonly marketEndpoint: (
    path: string,
    answer: (call: Call<Fields>) => unknown,
  ) => Endpoint<Fields, object>;
  /** A public `GET` of mark prices or of the bounds that follow from them, which faults on `prices` meet. */
  readonly priceEndpoint: (path: string, answer: (call: Call<Fields>) => unknown) => Endpoint<Fields, object>;
  /** A signed `GET`: a look-up of the account's own. */
  readonly privateEndpoint: (
    path: string,
    route: RouteName,
    answer: (call: AccountCall<Fields>) => unknown,
  ) => Endpoint<Fields, object>;
  /** A signed `POST` of a key that may trade. */
  readonly tradingEndpoint: (
    path: string,
    route: RouteName,
    answer: (call: AccountCall<Fields>) => unknown,
  ) => Endpoint<Fields, object>;
}

/** The common kinds of endpoint of a venue whose endpoints need no facts of their own; every path begins with `base`. */
export function endpointKinds<Fields>(base = ''): EndpointKinds<Fields> {
  const open =
    (route: RouteName) =>
    (path: string, answer: (call: Call<Fields>) => unknown): Endpoint<Fields, object> => ({
      method: 'GET',
      path: `${base}${path}`,
      route,
      security: 'none',
      answer,
    });
  return {
    publicEndpoint: open('other'),
    marketEndpoint: open('market_data'),
    priceEndpoint: open('prices'),
    privateEndpoint: (path, route, answer) => ({
      method: 'GET',
      path: `${base}${path}`,
      route,
      security: 'signed',
      answer,
    }),
    tradingEndpoint: (path, route, answer) => ({
      method: 'POST',
      path: `${base}${path}`,
      route,
      security: 'trade',
      answer,
    }),
  };
}

/** The account behind a request, after the checks that `security` asks for. */
export function authenticate<Fields, Proof, Facts>(
  rules: AccessRules<Fields, Proof, Facts>,
  proof: Proof,
  clockMs: number,
  security: Exclude<Security, 'none'>,
): AccountInfo {
  const account = rules.account(proof);
  if (security === 'key') return account;
  for (const check of rules.checks) check({ proof, account, clockMs });
  if (security === 'trade' && !account.permissions.trade) throw rules.mayNotTrade();
  return account;
}

/** Runs an endpoint. Throws the refusal. `body` is the endpoint's answer, `accountId` whose it was. */
export function serveEndpoint<Fields, Proof, Facts>(
  rules: AccessRules<Fields, Proof, Facts>,
  endpoint: Endpoint<Fields, Facts>,
  request: { readonly fields: Fields; readonly proof: Proof } & Times,
): { readonly body: unknown; readonly accountId: string | undefined } {
  const { fields, proof, at, clockMs } = request;
  rules.charge(endpoint, fields, clockMs);
  const call = { parameters: fields, at, clockMs };
  if (endpoint.security === 'none') {
    const body = endpoint.answer(call);
    rules.accepted?.(endpoint, fields);
    return { body, accountId: undefined };
  }
  const { accountId } = authenticate(rules, proof, clockMs, endpoint.security);
  const body = endpoint.answer({ ...call, accountId });
  rules.accepted?.(endpoint, fields);
  return { body, accountId };
}

/** The HTTP route of an endpoint. */
export function endpointRoute<Fields, Proof, Facts>(
  rules: AccessRules<Fields, Proof, Facts>,
  endpoint: Endpoint<Fields, Facts>,
): HttpRoute {
  const { method, path, route } = endpoint;
  return { method, path, route, reply: (request) => replyTo(rules, endpoint, request) };
}

function replyTo<Fields, Proof, Facts>(
  rules: AccessRules<Fields, Proof, Facts>,
  endpoint: Endpoint<Fields, Facts>,
  request: WireRequest,
): WireReply {
  const { at, clockMs } = request;
  try {
    const fields = rules.fields(request);
    const proof = rules.proof(request, fields);
    const served = serveEndpoint(rules, endpoint, { fields, proof, at, clockMs });
    return {
      status: 200,
      body: rules.success(served.body, clockMs),
      headers: rules.headers(endpoint, served.accountId, clockMs),
    };
  } catch (error) {
    const refused = rules.refusal(error, clockMs);
    if (refused === null) throw error;
    return { ...refused, headers: { ...rules.headers(endpoint, undefined, clockMs), ...refused.headers } };
  }
}
