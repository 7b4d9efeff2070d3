/**
 * How HTX is asked: what a request draws from which allowance, how the lifetime of a create is stated, which answers hold others back.
 *
 * Entry points: `requestsOf`, `createTerms`. Sources: "New Version Rate limit Rule" and "Authentication" of the spot documentation. A limit is of one
 * endpoint and one user; answers state what is left of it.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import { Allowance, Allowances, countIn, retryAfterMs } from '../allowance.ts';
import type { Brake } from '../allowance.ts';
import type { RawAnswer } from '../ccxt/dispatcher.ts';
import { asObject, wholeNumber } from '../ccxt/exact-json.ts';
import { RateWindow } from '../rate-budget.ts';
import type { VenueRequests } from '../requests.ts';
import type { VenueParts } from '../venue-gateway.ts';
import type { WriteTerms } from '../write.ts';
import { OWN } from './access.ts';
import type { HtxAccess } from './access.ts';
import { CLASSIFIER } from './classify.ts';
import { ENDPOINTS, WINDOW_MS } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';

export type HtxRequests = VenueRequests<Endpoint>;

/** "The value is valid within 5 minutes." */
export const VALID_MS = 5 * 60_000;
/** An allowance below this has no room that closing orders have beyond new ones. */
const LEAST_LIMIT = 10;
const SHORTEST_WAIT_MS = 1_000;

/**
 * Orders take no deadline of their own. Signed with a time that lies so far back, the venue refuses them when their lifetime has passed, by
 * the bound that it sets to every timestamp.
 */
export function createTerms(terms: WriteTerms): WriteTerms {
  const { signedAt, lifetimeMs } = terms;
  if (signedAt === null) return terms;
  return { ...terms, signedAt: signedAt + lifetimeMs - VALID_MS, lifetimeMs: VALID_MS };
}

export const requestsOf: VenueParts<Endpoint, HtxAccess>['requests'] = ({ access, orderShare }) => {
  const allowances = new Allowances();
  return {
    allowances,
    rules: {
      draw: (endpoint) => ({
        allowance: allowanceOf(allowances, access, endpoint, orderShare),
        cost: { [OWN]: 1 },
      }),
      bounded: (_endpoint, parameters) => ({ parameters }),
      classifyRead: (_endpoint, answer) => CLASSIFIER.read(answer),
      isThrottled: (answer) => CLASSIFIER.isThrottled(answer),
      waitMs: retryAfterMs,
      timeEndpoint: () => ENDPOINTS.time,
      timeFrom,
    },
  };
};

export function timeFrom(body: JsonValue): TimeMs {
  return wholeNumber(asObject(body, 'time'), 'data');
}

/** Made when it is first drawn on, one for each endpoint. */
function allowanceOf(
  allowances: Allowances,
  access: HtxAccess,
  endpoint: Endpoint,
  orderShare: number,
): Allowance {
  const { path, method, count, countedBy, order } = endpoint;
  const key = `${method} ${path}`;
  const known = allowances.get(key);
  if (known !== undefined) return known;
  const limit = order ? Math.max(LEAST_LIMIT, count * orderShare) : count;
  const isOfAddress = countedBy === 'address';
  const window = isOfAddress
    ? access.addressWindow(endpoint)
    : new RateWindow(OWN, limit, WINDOW_MS, () => access.clock.now(), 'rolling');
  const made = new Allowance({
    windows: [{ window, used: (answer) => (isOfAddress ? null : usedOf(answer, count, limit)) }],
    stop: access.stop,
    scheduler: access.platform.scheduler,
    brake: (answer) => brakeOf(answer, window),
  });
  allowances.put(key, made);
  return made;
}

/** `X-HB-RateLimit-Requests-Remain`; a share of the limit counts what others may have used as well. */
function usedOf(answer: RawAnswer, count: number, limit: number): number | null {
  const left = countIn(answer, 'x-hb-ratelimit-requests-remain');
  return left === null ? null : Math.min(limit, Math.max(0, count - left));
}

function brakeOf(answer: RawAnswer, window: RateWindow): Brake | null {
  if (!CLASSIFIER.isThrottled(answer)) return null;
  const waitMs = retryAfterMs(answer);
  if (waitMs !== null) return { kind: 'stop', waitMs };
  if (CLASSIFIER.codeOf(answer) === null) return { kind: 'stop', waitMs: SHORTEST_WAIT_MS };
  return { kind: 'exhausted', windows: [window] };
}
