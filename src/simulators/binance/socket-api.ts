/**
 * The WebSocket API of one Binance product: endpoints as methods, and user data subscriptions.
 *
 * Entry points: `connectSocketApi`, `methodsOf`. A request is `{"id", "method", "params"}`; its answer carries the status and
 * body that the REST endpoint would give. A connection that logged on with an Ed25519 key (`session.logon`) may leave key and
 * signature out; any other request carries its own. Source: web-socket-api.md of binance-spot-api-docs.
 */
import type { AccountInfo } from '../exchange/account.ts';
import type { RouteName } from '../faults.ts';
import type { SocketConnection, SocketReply, SocketSession } from '../wire/wire.ts';
import { authenticate, serveEndpoint } from '../wire/access.ts';
import type { BinanceRules, Endpoint, Proof } from './authentication.ts';
import { BinanceRefusal, faultRefusal, invalidParameter, mandatoryMissing } from './errors.ts';
import { objectParameters } from './parameters.ts';
import { valueText } from '../wire/request-fields.ts';
import { keyTypeOf, socketSignaturePayload } from './signing.ts';
import type { AccountStreams } from '../wire/account-streams.ts';

/** At the same time, and over the life of a connection. */
const MOST_SUBSCRIPTIONS = 1000;
const MOST_SUBSCRIPTIONS_EVER = 65_535;

export type SocketApiSettings = {
  readonly rules: BinanceRules;
  /** By method name, without a version prefix. */
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  /** Absent where the product has no user data subscriptions here. */
  readonly userStreams: AccountStreams | undefined;
  readonly product: 'spot' | 'usdm';
  readonly refusesUnread: boolean;
  /** The entries that answers list as `rateLimits`. */
  readonly rateLimits: (accountId: string | undefined, clockMs: number) => readonly unknown[];
};

type Subscription = {
  readonly accountId: string;
  /** How it was asked for: by the account that the connection logged on with, or with a signature of its own. */
  readonly by: 'session' | 'signature';
  readonly stop: () => void;
};

type Logon = { readonly apiKey: string; readonly accountId: string; readonly sinceMs: number };

type Request = {
  readonly id: unknown;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
};

/** The endpoints of method names, given each as `METHOD /path` of the REST endpoint that it shares. */
export function methodsOf(
  names: Readonly<Record<string, string>>,
  endpoints: readonly Endpoint[],
): ReadonlyMap<string, Endpoint> {
  const byName = new Map(endpoints.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint]));
  const found = new Map<string, Endpoint>();
  for (const [method, name] of Object.entries(names)) {
    const endpoint = byName.get(name);
    if (endpoint === undefined) throw new Error(`the method ${method} has no endpoint ${name}`);
    found.set(method, endpoint);
  }
  return found;
}

export function connectSocketApi(settings: SocketApiSettings, connection: SocketConnection): SocketSession {
  return new SocketApiSession(settings, connection);
}

class SocketApiSession implements SocketSession {
  readonly #settings: SocketApiSettings;
  readonly #connection: SocketConnection;
  readonly #connectedAt: number;
  readonly #subscriptions = new Map<number, Subscription>();
  readonly #showsLimits: boolean;
  #logon: Logon | null = null;
  #nextSubscription = 0;

  constructor(settings: SocketApiSettings, connection: SocketConnection) {
    this.#settings = settings;
    this.#connection = connection;
    this.#connectedAt = connection.at();
    this.#showsLimits = new URLSearchParams(connection.query).get('returnRateLimits') !== 'false';
  }

  onMessage(message: string | Uint8Array): void {
    const text = typeof message === 'string' ? message : Buffer.from(message).toString('utf8');
    const request = readRequest(text);
    if (request === null) {
      this.#connection.send(failure(null, new BinanceRefusal(400, -1135, 'Invalid JSON Request')));
      return;
    }
    const endpoint =
      this.#settings.endpoints.get(request.method) ??
      this.#settings.endpoints.get(unversioned(request.method));
    const route: RouteName =
      endpoint?.route ??
      (unversioned(request.method).startsWith('userDataStream') ? 'private_stream' : 'other');
    this.#connection.answer(
      route,
      (): SocketReply => {
        try {
          const served = endpoint === undefined ? this.#session(request) : this.#endpoint(endpoint, request);
          return { message: this.#success(request, served.result, served.accountId) };
        } catch (error) {
          if (!(error instanceof BinanceRefusal)) throw error;
          return { message: failure(request.id, error), outcome: 'refused' };
        }
      },
      (refused) => failure(request.id, faultRefusal(refused, this.#settings.product === 'usdm')),
    );
  }

  onClose(): void {
    for (const subscription of this.#subscriptions.values()) subscription.stop();
    this.#subscriptions.clear();
  }

  #times(): { at: number; clockMs: number } {
    return { at: this.#connection.at(), clockMs: this.#connection.clockMs() };
  }

  #endpoint(endpoint: Endpoint, request: Request): Served {
    const { returnRateLimits: _shown, ...params } = request.params;
    const parameters = objectParameters(params, this.#settings.refusesUnread);
    const served = serveEndpoint(this.#settings.rules, endpoint, {
      fields: parameters,
      proof: this.#proof(request.params),
      ...this.#times(),
    });
    return { result: served.body, accountId: served.accountId };
  }

  #session(request: Request): Served {
    switch (unversioned(request.method)) {
      case 'session.status':
        return { result: this.#status() };
      case 'session.logout':
        return this.#logOut();
      case 'session.logon':
        return this.#logOn(request);
      case 'session.subscriptions':
        return {
          result: [...this.#subscriptions.keys()].map((subscriptionId) => ({ subscriptionId })),
        };
      case 'userDataStream.subscribe':
        if (this.#logon === null)
          throw new BinanceRefusal(400, -1002, 'You are not authorized to execute this request.');
        return this.#subscribe(this.#logon.accountId, 'session');
      case 'userDataStream.subscribe.signature':
        return this.#subscribe(this.#signer(request).accountId, 'signature');
      case 'userDataStream.unsubscribe':
        return this.#unsubscribe(request);
      default:
        throw new BinanceRefusal(400, -1000, `Method ${JSON.stringify(request.method)} is unknown.`);
    }
  }

  #status(): unknown {
    return {
      apiKey: this.#logon?.apiKey ?? null,
      authorizedSince: this.#logon?.sinceMs ?? null,
      connectedSince: this.#connectedAt,
      returnRateLimits: this.#showsLimits,
      serverTime: this.#connection.clockMs(),
      userDataStream: this.#subscriptions.size > 0,
    };
  }

  /** The proof in the parameters, or the session's own where they name no key. */
  #proof(params: Request['params']): Proof {
    const proof = socketProof(params);
    return this.#logon === null || proof.apiKey !== undefined
      ? proof
      : { ...proof, apiKey: this.#logon.apiKey, isLoggedOn: true };
  }

  /** The account that signed the request itself. */
  #signer({ params }: Request): AccountInfo {
    return authenticate(this.#settings.rules, socketProof(params), this.#connection.clockMs(), 'signed');
  }

  #logOn(request: Request): Served {
    const { apiKey } = socketProof(request.params);
    if (apiKey === undefined) throw mandatoryMissing('apiKey');
    const { accountId, credentials } = this.#signer(request);
    const keyType = keyTypeOf(credentials);
    if (keyType !== 'ED25519') throw new BinanceRefusal(400, -4056, `${keyType} API key is not supported.`);
    this.#logon = { apiKey, accountId, sinceMs: this.#connection.clockMs() };
    return { result: this.#status(), accountId };
  }

  /** Ends the subscription that came with the log-on; those by signature go on. */
  #logOut(): Served {
    this.#logon = null;
    for (const [id, { by }] of this.#subscriptions) if (by === 'session') this.#endSubscription(id);
    return { result: this.#status() };
  }

  #subscribe(accountId: string, by: Subscription['by']): Served {
    const { userStreams } = this.#settings;
    if (userStreams === undefined) throw new BinanceRefusal(400, -1020, 'This operation is not supported.');
    for (const subscription of this.#subscriptions.values())
      if (subscription.accountId === accountId)
        throw new BinanceRefusal(400, -2035, 'User Data Stream subscription already active.');
    if (this.#subscriptions.size >= MOST_SUBSCRIPTIONS || this.#nextSubscription >= MOST_SUBSCRIPTIONS_EVER)
      throw new BinanceRefusal(400, -2042, 'Maximum subscription ID reached for this connection.');
    const subscriptionId = this.#nextSubscription;
    this.#nextSubscription += 1;
    // The exchange emits nothing before this request is answered, so no event can overtake the answer.
    const stop = userStreams.attach(accountId, (event) =>
      this.#connection.push('private_stream', JSON.stringify({ subscriptionId, event })),
    );
    this.#subscriptions.set(subscriptionId, { accountId, by, stop });
    return { result: { subscriptionId }, accountId };
  }

  #unsubscribe(request: Request): Served {
    const wanted = request.params['subscriptionId'];
    if (wanted !== undefined && typeof wanted !== 'number') throw invalidParameter('subscriptionId');
    const ids = wanted === undefined ? [...this.#subscriptions.keys()] : [wanted];
    if (ids.length === 0) throw new BinanceRefusal(400, -2036, 'User Data Stream subscription not active.');
    for (const id of ids) {
      if (!this.#subscriptions.has(id))
        throw new BinanceRefusal(400, -2036, 'User Data Stream subscription not active.');
      this.#endSubscription(id);
    }
    return { result: {} };
  }

  #endSubscription(subscriptionId: number): void {
    this.#subscriptions.get(subscriptionId)?.stop();
    this.#subscriptions.delete(subscriptionId);
    const event = { e: 'eventStreamTerminated', E: this.#connection.clockMs() };
    this.#connection.push('private_stream', JSON.stringify({ subscriptionId, event }));
  }

  #success(request: Request, result: unknown, accountId: string | undefined): string {
    const wanted = request.params['returnRateLimits'];
    const shown = typeof wanted === 'boolean' ? wanted : this.#showsLimits;
    return JSON.stringify({
      id: request.id,
      status: 200,
      result,
      ...(shown ? { rateLimits: this.#settings.rateLimits(accountId, this.#connection.clockMs()) } : {}),
    });
  }
}

type Served = {
  readonly result: unknown;
  readonly accountId?: string | undefined;
};

/** A method may be sent with a version before it, such as `v3/order.place`. */
function unversioned(method: string): string {
  return method.replace(/^v[0-9]+\//, '');
}

function failure(id: unknown, refusal: BinanceRefusal): string {
  return JSON.stringify({ id, status: refusal.status, error: refusal.body() });
}

function readRequest(text: string): Request | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null) return null;
  const { id = null, method, params = {} } = parsed as { id?: unknown; method?: unknown; params?: unknown };
  if (typeof method !== 'string' || typeof params !== 'object' || params === null) return null;
  return {
    id,
    method,
    params: params as Readonly<Record<string, unknown>>,
  };
}

function socketProof(params: Readonly<Record<string, unknown>>): Proof {
  const text = (name: string): string | undefined =>
    params[name] === undefined ? undefined : valueText(params[name]);
  return {
    apiKey: text('apiKey'),
    payload: socketSignaturePayload(params),
    signature: text('signature'),
    timestamp: text('timestamp'),
    recvWindow: text('recvWindow'),
  };
}
