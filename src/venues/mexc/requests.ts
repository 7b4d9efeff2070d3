/**
 * How MEXC is asked: what a request draws from which allowance, how its lifetime is stated, which answers hold others back.
 *
 * Entry points: `requestsOf`, `contractTerms`. Sources: "Rate Limits" and "Timing security" of the spot v3 documentation, "Rate limit" and
 * "Time security" of the contract documentation. No answer states a count: ours holds.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import { Allowance, Allowances, retryAfterMs } from '../allowance.ts';
import type { Brake, CountedWindow } from '../allowance.ts';
import type { RawAnswer } from '../ccxt/dispatcher.ts';
import { asObject, isObject, wholeNumber } from '../ccxt/exact-json.ts';
import { RateWindow } from '../rate-budget.ts';
import type { BoundedRequest, Lifetime, VenueRequests } from '../requests.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { VenueParts } from '../venue-gateway.ts';
import type { WriteTerms } from '../write.ts';
import { OWN } from './access.ts';
import type { MexcAccess } from './access.ts';
import { CLASSIFIERS } from './classify.ts';
import { SPOT, SWAP } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';

export type MexcRequests = VenueRequests<Endpoint>;

/** Name of the window that counts the new orders of an account. */
const ORDERS = 'orders';
const SHORTEST_WAIT_MS = 1_000;
/** "IP bans … from 2 minutes to 3 days". */
const SHORTEST_BAN_MS = 120_000;
/** An allowance below this has no room that closing orders have beyond new ones. */
const LEAST_LIMIT = 10;

/** "if the difference between the timestamp and server time is less or more than 10 seconds, the request will be rejected". */
const TIMESTAMP_MS = 10_000;

/**
 * An order of contracts takes no deadline of its own: `Recv-Window` may lengthen the ten seconds, in a unit that no page states. Signed with a time
 * that lies so far back, the venue refuses it when its lifetime has passed, by the bound that it sets to every timestamp.
 */
export function contractTerms(terms: WriteTerms): WriteTerms {
  const { signedAt, lifetimeMs } = terms;
  if (signedAt === null) return terms;
  return { ...terms, signedAt: signedAt + lifetimeMs - TIMESTAMP_MS, lifetimeMs: TIMESTAMP_MS };
}

export const requestsOf: VenueParts<Endpoint, MexcAccess>['requests'] = ({ access, orderShare }) => {
  const allowances = new Allowances();
  const own: OwnAllowances = { allowances, access, orderShare };
  return {
    allowances,
    rules: {
      draw: (endpoint) => ({
        allowance: allowanceOf(own, endpoint),
        cost: endpoint.order ? { [OWN]: 1, [ORDERS]: 1 } : { [OWN]: 1 },
      }),
      bounded,
      classifyRead: ({ kind }, answer) => CLASSIFIERS[kind].read(answer),
      isThrottled,
      waitMs: retryAfterMs,
      timeEndpoint: (kind) => (kind === 'spot' ? SPOT.time : SWAP.time),
      timeFrom,
    },
  };
};

/** The cancel of contracts is a list of order ids, of which the one parameter is the one entry. */
function bounded(endpoint: Endpoint, parameters: Parameters, { lifetimeMs }: Lifetime): BoundedRequest {
  if (endpoint === SWAP.cancelOrders) return { parameters, list: Object.values(parameters).map(String) };
  // `recvWindow`, which ccxt takes from its options.
  if (endpoint.kind === 'spot' && endpoint.api[1] === 'private')
    return { parameters, receiveWindowMs: lifetimeMs };
  return { parameters };
}

/** Spot answers an object, the `ping` of contracts the bare time. */
export function timeFrom(body: JsonValue): TimeMs {
  return isObject(body)
    ? wholeNumber(body, 'serverTime')
    : wholeNumber(asObject({ time: body }, 'time'), 'time');
}

/** 429 asks for fewer requests, 418 is the ban of those who went on; contracts say it by a code. */
function isThrottled(answer: RawAnswer): boolean {
  return [429, 418].includes(answer.status) || CLASSIFIERS.linear_swap.codeOf(answer) === '510';
}

interface OwnAllowances {
  readonly allowances: Allowances;
  readonly access: MexcAccess;
  readonly orderShare: number;
}

/** Made when it is first drawn on, one for each endpoint. */
function allowanceOf({ allowances, access, orderShare }: OwnAllowances, endpoint: Endpoint): Allowance {
  const { api, kind, path, method, count, perMs, order } = endpoint;
  const key = `${kind} ${method} ${path}`;
  const known = allowances.get(key);
  if (known !== undefined) return known;
  const isOfAddress = kind === 'spot' || api[1] === 'public';
  const ofAccount = (name: string, limit: number): RateWindow =>
    new RateWindow(name, limit, perMs, () => access.clock.now(), 'rolling');
  const window = isOfAddress ? access.addressWindow(endpoint) : ofAccount(OWN, count);
  const orders = order ? [ofAccount(ORDERS, Math.max(LEAST_LIMIT, count * orderShare))] : [];
  const windows: CountedWindow[] = [window, ...orders].map((one) => ({ window: one, used: () => null }));
  const made = new Allowance({
    windows,
    stop: access.stop,
    scheduler: access.platform.scheduler,
    brake: (answer) => brakeOf(answer, window),
  });
  allowances.put(key, made);
  return made;
}

/** A status is of the address, and stops everything; a code ends the window of its endpoint alone. */
function brakeOf(answer: RawAnswer, window: RateWindow): Brake | null {
  if (!isThrottled(answer)) return null;
  const waitMs = retryAfterMs(answer);
  if (waitMs !== null) return { kind: 'stop', waitMs };
  if (answer.status === 418) return { kind: 'stop', waitMs: SHORTEST_BAN_MS };
  if (answer.status === 429) return { kind: 'stop', waitMs: SHORTEST_WAIT_MS };
  return { kind: 'exhausted', windows: [window] };
}
