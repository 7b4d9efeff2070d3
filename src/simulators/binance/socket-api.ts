/**
 * The WebSocket API of one Binance product: endpoints as methods, and user data subscriptions.
 *
 * Entry points: `connectSocketApi`, `methodsOf`. A request is `{"id", "method", "params"}`; its answer carries the status and
 * body that the REST endpoint would give. Keys are HMAC, so `session.logon` (Ed25519 only) is refused and
 * every private request carries its own signature. Source: web-socket-api.md of binance-spot-api-docs.
 */
import type { RouteName } from '../faults.ts';
import type { SocketConnection, SocketReply, SocketSession } from '../wire/wire.ts';
import { authenticate, serveEndpoint } from '../wire/access.ts';
import type { BinanceRules, Endpoint, Proof } from './authentication.ts';
import { BinanceRefusal, faultRefusal, invalidParameter } from './errors.ts';
import { objectParameters } from './parameters.ts';
import { valueText } from '../wire/request-fields.ts';
import { socketSignaturePayload } from './signing.ts';
import type { AccountStreams } from '../wire/account-streams.ts';

const MOST_SUBSCRIPTIONS = 1000;

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
  readonly #subscriptions = new Map<number, { readonly accountId: string; readonly stop: () => void }>();
  readonly #showsLimits: boolean;
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
      (kind, status) => failure(request.id, faultRefusal(kind, status, this.#settings.product === 'usdm')),
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
      proof: socketProof(request.params),
      ...this.#times(),
    });
    return { result: served.body, accountId: served.accountId };
  }

  #session(request: Request): Served {
    switch (unversioned(request.method)) {
      case 'session.status':
      case 'session.logout':
        return { result: this.#status() };
      case 'session.logon':
        throw new BinanceRefusal(400, -1099, 'Only Ed25519 keys are supported for this feature.');
      case 'session.subscriptions':
        return {
          result: [...this.#subscriptions.keys()].map((subscriptionId) => ({ subscriptionId })),
        };
      case 'userDataStream.subscribe':
        throw new BinanceRefusal(400, -1002, 'You are not authorized to execute this request.');
      case 'userDataStream.subscribe.signature':
        return this.#subscribe(request);
      case 'userDataStream.unsubscribe':
        return this.#unsubscribe(request);
      default:
        throw new BinanceRefusal(400, -1000, `Method ${JSON.stringify(request.method)} is unknown.`);
    }
  }

  #status(): unknown {
    return {
      apiKey: null,
      authorizedSince: null,
      connectedSince: this.#connectedAt,
      returnRateLimits: this.#showsLimits,
      serverTime: this.#connection.clockMs(),
      userDataStream: this.#subscriptions.size > 0,
    };
  }

  #subscribe(request: Request): Served {
    const { rules, userStreams } = this.#settings;
    if (userStreams === undefined) throw new BinanceRefusal(400, -1020, 'This operation is not supported.');
    const account = authenticate(rules, socketProof(request.params), this.#connection.clockMs(), 'signed');
    const { accountId } = account;
    for (const subscription of this.#subscriptions.values())
      if (subscription.accountId === accountId)
        throw new BinanceRefusal(400, -2035, 'User Data Stream subscription already active.');
    if (this.#subscriptions.size >= MOST_SUBSCRIPTIONS)
      throw new BinanceRefusal(400, -2042, 'Maximum subscription ID reached for this connection.');
    const subscriptionId = this.#nextSubscription;
    this.#nextSubscription += 1;
    // The exchange emits nothing before this request is answered, so no event can overtake the answer.
    const stop = userStreams.attach(accountId, (event) =>
      this.#connection.push('private_stream', JSON.stringify({ subscriptionId, event })),
    );
    this.#subscriptions.set(subscriptionId, { accountId, stop });
    return { result: { subscriptionId }, accountId };
  }

  #unsubscribe(request: Request): Served {
    const wanted = request.params['subscriptionId'];
    if (wanted !== undefined && typeof wanted !== 'number') throw invalidParameter('subscriptionId');
    const ids = wanted === undefined ? [...this.#subscriptions.keys()] : [wanted];
    if (ids.length === 0) throw new BinanceRefusal(400, -2036, 'User Data Stream subscription not active.');
    for (const id of ids) {
      const subscription = this.#subscriptions.get(id);
      if (subscription === undefined)
        throw new BinanceRefusal(400, -2036, 'User Data Stream subscription not active.');
      subscription.stop();
      this.#subscriptions.delete(id);
      const event = { e: 'eventStreamTerminated', E: this.#connection.clockMs() };
      this.#connection.push('private_stream', JSON.stringify({ subscriptionId: id, event }));
    }
    return { result: {} };
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
