/**
 * How Bitget is asked: what a request draws from which allowance, how its lifetime is stated, which answers hold others back.
 *
 * Entry points: `requestsOf`, `createTerms`. Sources: "Signature" and "Request Frequency Limit" of the API's introduction, and "Place Order" of the
 * unified account's documentation. No answer states a count: ours holds.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import { Allowance, Allowances, retryAfterMs } from '../allowance.ts';
import type { Brake, CountedWindow } from '../allowance.ts';
import type { RawAnswer } from '../ccxt/dispatcher.ts';
import { asObject, wholeNumber } from '../ccxt/exact-json.ts';
import { RateWindow } from '../rate-budget.ts';
import type { VenueRequests } from '../requests.ts';
import type { VenueParts } from '../venue-gateway.ts';
import type { WriteTerms } from '../write.ts';
import { ADDRESS, OWN, SECOND_MS } from './access.ts';
import type { BitgetAccess } from './access.ts';
import { CLASSIFIER } from './classify.ts';
import { ENDPOINTS } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';

export type BitgetRequests = VenueRequests<Endpoint>;

/** An allowance below this has no room for new orders beside what closing ones, look-ups and cancels keep. */
const LEAST_LIMIT = 2;
const SHORTEST_WAIT_MS = 1_000;

/** "The request will expire 30 seconds after the timestamp" is the only bound: no request of this API states a shorter one. */
const TIMESTAMP_MS = 30_000;

/** Signed with a time that lies so far back that the venue refuses it, by the bound of every timestamp, when its lifetime has passed. */
export function createTerms(terms: WriteTerms): WriteTerms {
  const { signedAt, lifetimeMs } = terms;
  if (signedAt === null) return terms;
  return { ...terms, signedAt: signedAt + lifetimeMs - TIMESTAMP_MS, lifetimeMs: TIMESTAMP_MS };
}

export const requestsOf: VenueParts<Endpoint, BitgetAccess>['requests'] = ({ access, orderShare }) => {
  const allowances = new Allowances();
  return {
    allowances,
    rules: {
      draw: (endpoint) => ({
        allowance: allowanceOf(allowances, access, endpoint, orderShare),
        cost: { [ADDRESS]: 1, [OWN]: 1 },
      }),
      bounded: (_endpoint, parameters) => ({ parameters, headers: access.headers }),
      classifyRead: (_endpoint, answer) => CLASSIFIER.read(answer),
      isThrottled: (answer) => CLASSIFIER.isThrottled(answer),
      waitMs: retryAfterMs,
      timeEndpoint: () => ENDPOINTS.time,
      timeFrom,
    },
  };
};

export function timeFrom(data: JsonValue): TimeMs {
  return wholeNumber(asObject(data, 'server time'), 'serverTime');
}

/** Made when it is first drawn on. */
function allowanceOf(
  allowances: Allowances,
  access: BitgetAccess,
  endpoint: Endpoint,
  orderShare: number,
): Allowance {
  const { path, method, perSecond, countedBy, order } = endpoint;
  const key = `${method} ${path}`;
  const known = allowances.get(key);
  if (known !== undefined) return known;
  const limit = order ? Math.max(LEAST_LIMIT, perSecond * orderShare) : perSecond;
  const window =
    countedBy === 'address'
      ? access.addressWindow(endpoint)
      : new RateWindow(OWN, limit, SECOND_MS, () => access.clock.now(), 'rolling');
  const windows: CountedWindow[] = [access.requests, window].map((one) => ({
    window: one,
    used: () => null,
  }));
  const made = new Allowance({
    windows,
    stop: access.stop,
    scheduler: access.platform.scheduler,
    brake: (answer) => brakeOf(answer, window),
  });
  allowances.put(key, made);
  return made;
}

/** An answer that names a wait stops everything; one with a code ends the second of its endpoint. */
function brakeOf(answer: RawAnswer, own: RateWindow): Brake | null {
  if (!CLASSIFIER.isThrottled(answer)) return null;
  const waitMs = retryAfterMs(answer);
  if (waitMs !== null) return { kind: 'stop', waitMs };
  return CLASSIFIER.codeOf(answer) === null
    ? { kind: 'stop', waitMs: SHORTEST_WAIT_MS }
    : { kind: 'exhausted', windows: [own] };
}
