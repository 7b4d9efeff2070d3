/**
 * How OKX is asked: what a request draws from which allowance, how its lifetime is stated, which answers hold others back.
 *
 * Entry points: `requestsOf`, `algoTerms`. Sources: "Rate Limits", "Trading-related APIs", "Sub-account rate limit", "Transaction
 * Timeouts" and "Making Requests" of the v5 documentation. No answer states a count: ours holds.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import { Allowance, Allowances, retryAfterMs } from '../allowance.ts';
import type { Brake, CountedWindow } from '../allowance.ts';
import type { RawAnswer } from '../ccxt/dispatcher.ts';
import { wholeNumber } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import { RateWindow } from '../rate-budget.ts';
import type { VenueRequests } from '../requests.ts';
import type { VenueParts } from '../venue-gateway.ts';
import type { WriteTerms } from '../write.ts';
import { OWN } from './access.ts';
import type { OkxAccess } from './access.ts';
import { CLASSIFIER } from './classify.ts';
import { ENDPOINTS } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { onlyEntry } from './normalize-account.ts';

export type OkxRequests = VenueRequests<Endpoint>;

/** Name of the window that counts the new orders of swaps of an account together; "SPOT" is exempt. */
const ORDERS = 'orders';
const ACCOUNT_ORDERS = 1_000;
const ACCOUNT_WINDOW_MS = 2_000;
/** "Request failed: you've reached the maximum order rate limit for this account". */
const ACCOUNT_LIMIT_REACHED = '50061';
const SHORTEST_WAIT_MS = 1_000;
/** An allowance below this has no room that closing orders have beyond new ones. */
const LEAST_LIMIT = 10;

/** "The server rejects requests where this differs from server time by more than 30 seconds". */
const TIMESTAMP_MS = 30_000;

/**
 * Algo orders take no deadline of their own ("Transaction Timeouts" lists orders and amendments alone). Signed with a time that lies so far back,
 * the venue refuses them when their lifetime has passed, by the bound that it sets to every timestamp.
 */
export function algoTerms(terms: WriteTerms): WriteTerms {
  const { signedAt, lifetimeMs } = terms;
  if (signedAt === null) return terms;
  return { ...terms, signedAt: signedAt + lifetimeMs - TIMESTAMP_MS, lifetimeMs: TIMESTAMP_MS };
}

export const requestsOf: VenueParts<Endpoint, OkxAccess>['requests'] = ({ access, orderShare }) => {
  const allowances = new Allowances();
  const orders = new RateWindow(
    ORDERS,
    Math.max(LEAST_LIMIT, ACCOUNT_ORDERS * orderShare),
    ACCOUNT_WINDOW_MS,
    () => access.clock.now(),
    'rolling',
  );
  const own: OwnAllowances = { allowances, access, orders, orderShare };
  return {
    allowances,
    rules: {
      draw: (endpoint, parameters) => ({
        allowance: allowanceOf(own, endpoint, parameters),
        cost: { [OWN]: 1, [ORDERS]: isCountedOrder(endpoint, parameters) ? 1 : 0 },
      }),
      bounded: (endpoint, parameters, { expiresAt }) => ({
        parameters,
        headers:
          endpoint === ENDPOINTS.createOrder
            ? { ...access.headers, expTime: String(Math.trunc(expiresAt)) }
            : access.headers,
        asList: endpoint === ENDPOINTS.cancelAlgos,
      }),
      classifyRead: (_endpoint, answer) => CLASSIFIER.read(answer),
      isThrottled: (answer) => CLASSIFIER.isThrottled(answer),
      waitMs: retryAfterMs,
      timeEndpoint: () => ENDPOINTS.time,
      timeFrom,
    },
  };
};

export function timeFrom(data: JsonValue): TimeMs {
  return wholeNumber(onlyEntry(data, 'time'), 'ts');
}

/** "Only new order requests and amendment order requests will be counted". */
function isCountedOrder(endpoint: Endpoint, { instId }: Parameters): boolean {
  return endpoint === ENDPOINTS.createOrder && typeof instId === 'string' && instId.endsWith('-SWAP');
}

interface OwnAllowances {
  readonly allowances: Allowances;
  readonly access: OkxAccess;
  readonly orders: RateWindow;
  readonly orderShare: number;
}

/** Made when it is first drawn on: one for each endpoint, of requests for orders one for each instrument as well. */
function allowanceOf(
  { allowances, access, orders, orderShare }: OwnAllowances,
  endpoint: Endpoint,
  parameters: Parameters,
): Allowance {
  const { path, method, count, perMs, countedBy, order } = endpoint;
  const { instId } = parameters;
  const of = countedBy !== 'instrument' ? countedBy : typeof instId === 'string' ? instId : '';
  const key = `${method} ${path} ${of}`;
  const known = allowances.get(key);
  if (known !== undefined) return known;
  const limit = order ? Math.max(LEAST_LIMIT, count * orderShare) : count;
  const window =
    countedBy === 'address'
      ? access.addressWindow(endpoint)
      : new RateWindow(OWN, limit, perMs, () => access.clock.now(), 'rolling');
  const windows: CountedWindow[] = [window, orders].map((one) => ({ window: one, used: () => null }));
  const made = new Allowance({
    windows,
    stop: access.stop,
    scheduler: access.platform.scheduler,
    brake: (answer) => brakeOf(answer, window, orders),
  });
  allowances.put(key, made);
  return made;
}

/** An answer that names a wait stops everything; a code ends the window that it speaks of. */
function brakeOf(answer: RawAnswer, window: RateWindow, orders: RateWindow): Brake | null {
  if (!CLASSIFIER.isThrottled(answer)) return null;
  const waitMs = retryAfterMs(answer);
  if (waitMs !== null) return { kind: 'stop', waitMs };
  const code = CLASSIFIER.codeOf(answer);
  if (code === null) return { kind: 'stop', waitMs: SHORTEST_WAIT_MS };
  return { kind: 'exhausted', windows: [code === ACCOUNT_LIMIT_REACHED ? orders : window] };
}
