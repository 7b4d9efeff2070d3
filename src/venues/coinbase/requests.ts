/**
 * How Coinbase is asked: what a request draws from which allowance, how its lifetime is signed, where its counts stand.
 *
 * Entry points: `requestsOf`, `timeFrom`. Sources: "Advanced Trade API Endpoints" for the cache of public answers, "Coinbase App API Key
 * Authentication" for the lifetime. Private requests of a user have one allowance together, public ones of an address another.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import { Allowance, Allowances, countIn, retryAfterMs } from '../allowance.ts';
import type { Brake, CountedWindow } from '../allowance.ts';
import type { RawAnswer } from '../ccxt/dispatcher.ts';
import { asObject, wholeNumber } from '../ccxt/exact-json.ts';
import { RateWindow } from '../rate-budget.ts';
import type { RateCost } from '../rate-budget.ts';
import type { VenueRequests } from '../requests.ts';
import type { VenueParts } from '../venue-gateway.ts';
import { ADDRESS, PRIVATE_REQUESTS } from './access.ts';
import type { CoinbaseAccess } from './access.ts';
import { CLASSIFIER } from './classify.ts';
import { ENDPOINTS } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';

export type CoinbaseRequests = VenueRequests<Endpoint>;

/** Names of the windows of a user: of all its private requests, and of its new orders among them. */
const USER = 'user';
const NEW_ORDERS = 'orders';
const SECOND_MS = 1_000;
/** An allowance below this has no room for new orders beside what closing ones, look-ups and cancels keep. */
const LEAST_LIMIT = 2;
const SHORTEST_WAIT_MS = 1_000;
/** "Public endpoints are cached for 1 second"; asked so, they are not. */
const UNCACHED = { 'cache-control': 'no-cache' } as const;

type AllowanceName = 'public' | 'private' | 'orders';

const COSTS: Readonly<Record<AllowanceName, RateCost>> = {
  public: { [ADDRESS]: 1 },
  private: { [USER]: 1 },
  orders: { [USER]: 1, [NEW_ORDERS]: 1 },
};

export const requestsOf: VenueParts<Endpoint, CoinbaseAccess>['requests'] = ({ access, orderShare }) => {
  const { clock, platform, stop } = access;
  const windowOf = (name: string, limit: number): RateWindow =>
    new RateWindow(name, limit, SECOND_MS, () => clock.now(), 'rolling');
  const user: CountedWindow = { window: windowOf(USER, PRIVATE_REQUESTS), used };
  const orders: CountedWindow = {
    window: windowOf(NEW_ORDERS, Math.max(LEAST_LIMIT, PRIVATE_REQUESTS * orderShare)),
    used: () => null,
  };
  const make = (windows: readonly CountedWindow[]): Allowance =>
    new Allowance({ windows, stop, scheduler: platform.scheduler, brake: brakeOf });
  const byName: Readonly<Record<AllowanceName, Allowance>> = {
    public: make([{ window: access.requests, used: () => null }]),
    private: make([user]),
    orders: make([user, orders]),
  };
  const allowances = new Allowances();
  for (const [name, allowance] of Object.entries(byName)) allowances.put(name, allowance);
  return {
    allowances,
    rules: {
      draw: (endpoint) => {
        const name = allowanceOf(endpoint);
        return { allowance: byName[name], cost: COSTS[name] };
      },
      bounded: ({ api, order }, parameters, { lifetimeMs }) => {
        if (api[1] === 'public') return { parameters, headers: UNCACHED };
        return order ? { parameters, receiveWindowMs: lifetimeMs } : { parameters };
      },
      classifyRead: (_endpoint, answer) => CLASSIFIER.read(answer),
      isThrottled: (answer) => CLASSIFIER.isThrottled(answer),
      waitMs: retryAfterMs,
      timeEndpoint: () => ENDPOINTS.time,
      timeFrom,
    },
  };
};

function allowanceOf({ api, order }: Endpoint): AllowanceName {
  if (api[1] === 'public') return 'public';
  return order ? 'orders' : 'private';
}

export function timeFrom(body: JsonValue): TimeMs {
  return wholeNumber(asObject(body, 'server time'), 'epochMillis');
}

/** The official client reads these headers; an answer without them says nothing. */
function used(answer: RawAnswer): number | null {
  const limit = countIn(answer, 'x-ratelimit-limit');
  const left = countIn(answer, 'x-ratelimit-remaining');
  return limit === null || left === null ? null : Math.max(0, limit - left);
}

function brakeOf(answer: RawAnswer): Brake | null {
  if (!CLASSIFIER.isThrottled(answer)) return null;
  return { kind: 'stop', waitMs: retryAfterMs(answer) ?? SHORTEST_WAIT_MS };
}
