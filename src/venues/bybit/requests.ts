/**
 * How Bybit is asked: what a request draws from which allowance, how its lifetime is signed, where its counts stand.
 *
 * Entry point: `requestsOf`. Sources: "Integration Guidance" and "Rate Limit Rules" of the v5 documentation. Each endpoint has an
 * allowance of its own for an account and category; all requests of the address have one together.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonValue } from '../../core/json.ts';
import { Allowance, Allowances, countIn, retryAfterMs } from '../allowance.ts';
import type { Brake, CountedWindow } from '../allowance.ts';
import type { RawAnswer } from '../ccxt/dispatcher.ts';
import { MalformedAnswer, asObject, text } from '../ccxt/exact-json.ts';
import { RateWindow } from '../rate-budget.ts';
import type { VenueRequests } from '../requests.ts';
import type { VenueParts } from '../venue-gateway.ts';
import { ADDRESS } from './access.ts';
import type { BybitAccess } from './access.ts';
import { CLASSIFIER } from './classify.ts';
import { ENDPOINTS, kindOf } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';

export type BybitRequests = VenueRequests<Endpoint>;

/** Name of the window of one endpoint. */
const OWN = 'endpoint';
const SECOND_MS = 1_000;
/** "wait for at least 10 minutes. The ban will be lifted automatically." */
const BAN_MS = 600_000;
const SHORTEST_WAIT_MS = 1_000;
/** An allowance below this has no room for new orders beside what closing ones, look-ups and cancels keep. */
const LEAST_LIMIT = 2;

export const requestsOf: VenueParts<Endpoint, BybitAccess>['requests'] = ({ access, orderShare }) => {
  const allowances = new Allowances();
  return {
    allowances,
    rules: {
      draw: (endpoint, parameters) => ({
        allowance: allowanceOf(allowances, access, endpoint, kindOf(parameters['category']), orderShare),
        cost: { [ADDRESS]: 1, [OWN]: 1 },
      }),
      // The signature covers the window; public requests have neither.
      bounded: (endpoint, parameters, { lifetimeMs }) =>
        endpoint.api === 'private' ? { parameters, receiveWindowMs: lifetimeMs } : { parameters },
      classifyRead: (_endpoint, answer) => CLASSIFIER.read(answer),
      isThrottled: (answer) => CLASSIFIER.isThrottled(answer),
      waitMs: retryAfterMs,
      timeEndpoint: () => ENDPOINTS.time,
      timeFrom,
    },
  };
};

export function timeFrom(body: JsonValue): TimeMs {
  return millisecondsOf(text(asObject(body, 'server time'), 'timeNano'));
}

/** Nanoseconds are beyond what a double carries; their last six digits are no milliseconds. */
export function millisecondsOf(nanoseconds: string): number {
  const value = Number(nanoseconds.slice(0, -6));
  if (!/^\d{10,}$/.test(nanoseconds) || !Number.isSafeInteger(value))
    throw new MalformedAnswer('timeNano is no time');
  return value;
}

/** Made when it is first drawn on. */
function allowanceOf(
  allowances: Allowances,
  access: BybitAccess,
  endpoint: Endpoint,
  kind: InstrumentKind,
  orderShare: number,
): Allowance {
  const { path, perSecond, order } = endpoint;
  const key = perSecond === null ? 'public' : `${path} ${kind}`;
  const known = allowances.get(key);
  if (known !== undefined) return known;
  const windows: CountedWindow[] = [{ window: access.requests, used: () => null }];
  if (perSecond !== null) {
    const share = order ? Math.max(LEAST_LIMIT, perSecond[kind] * orderShare) : perSecond[kind];
    const window = new RateWindow(OWN, share, SECOND_MS, () => access.clock.now(), 'rolling');
    windows.push({ window, used });
  }
  const own = windows.slice(1).map(({ window }) => window);
  const made = new Allowance({
    windows,
    stop: access.stop,
    scheduler: access.platform.scheduler,
    brake: (answer) => brakeOf(answer, own),
  });
  allowances.put(key, made);
  return made;
}

/** `X-Bapi-Limit-Status` is what is left of `X-Bapi-Limit`. */
function used(answer: RawAnswer): number | null {
  const limit = countIn(answer, 'x-bapi-limit');
  const left = countIn(answer, 'x-bapi-limit-status');
  return limit === null || left === null ? null : Math.max(0, limit - left);
}

/** 403 is a ban of the address; 10006 ends the second of one endpoint; anything else asks for a pause. */
function brakeOf(answer: RawAnswer, own: readonly RateWindow[]): Brake | null {
  if (!CLASSIFIER.isThrottled(answer)) return null;
  if (answer.status === 403) return { kind: 'stop', waitMs: retryAfterMs(answer) ?? BAN_MS };
  if (answer.status === 200 && CLASSIFIER.codeOf(answer) === '10006')
    return { kind: 'exhausted', windows: own };
  return { kind: 'stop', waitMs: retryAfterMs(answer) ?? SHORTEST_WAIT_MS };
}
