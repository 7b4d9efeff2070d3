/**
 * How HTX is asked: what a request draws from which allowance, how the lifetime of a create is stated, which answers hold others back.
 *
 * Entry points: `requestsOf`, `createTerms`. Sources: "New Version Rate limit Rule" and "Authentication" of the spot documentation, "API Rate Limit
 * Illustration" and "Authentication" of the USDT-margined one. A limit of spot is of one endpoint and one user, one of contracts of all that
 * trades or of all that reads; answers state what is left of it.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonValue } from '../../core/json.ts';
import { Allowance, Allowances, countIn, retryAfterMs } from '../allowance.ts';
import type { Brake, CountedWindow } from '../allowance.ts';
import type { RawAnswer } from '../ccxt/dispatcher.ts';
import { asObject, wholeNumber } from '../ccxt/exact-json.ts';
import { RateWindow } from '../rate-budget.ts';
import type { VenueRequests } from '../requests.ts';
import type { VenueParts } from '../venue-gateway.ts';
import type { WriteTerms } from '../write.ts';
import { ORDERS, OWN } from './access.ts';
import type { HtxAccess } from './access.ts';
import { CLASSIFIERS } from './classify.ts';
import { SPOT, SWAP } from './endpoints.ts';
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
  const own: OwnAllowances = { allowances, access, orderShare, windows: new Map() };
  return {
    allowances,
    rules: {
      draw: (endpoint) => ({
        allowance: allowanceOf(own, endpoint),
        cost: endpoint.order ? { [OWN]: 1, [ORDERS]: 1 } : { [OWN]: 1 },
      }),
      bounded: (_endpoint, parameters) => ({ parameters }),
      classifyRead: ({ kind }, answer) => CLASSIFIERS[kind].read(answer),
      isThrottled,
      waitMs: retryAfterMs,
      timeEndpoint: (kind) => (kind === 'spot' ? SPOT.time : SWAP.time),
      timeFrom,
    },
  };
};

/** `data` of spot, the `ts` of the answer of contracts. */
export function timeFrom(body: JsonValue): TimeMs {
  const answer = asObject(body, 'time');
  return wholeNumber(answer, answer['data'] === undefined ? 'ts' : 'data');
}

function isThrottled(answer: RawAnswer): boolean {
  return CLASSIFIERS.spot.isThrottled(answer) || CLASSIFIERS.linear_swap.isThrottled(answer);
}

interface OwnAllowances {
  readonly allowances: Allowances;
  readonly access: HtxAccess;
  readonly orderShare: number;
  /** Of the account, by the names that endpoints give them. */
  readonly windows: Map<string, RateWindow>;
}

/** Made when it is first drawn on, one for each window; what makes orders has one of its own, which draws on the account's share besides. */
function allowanceOf(own: OwnAllowances, endpoint: Endpoint): Allowance {
  const { allowances, access, orderShare } = own;
  const { window: name, kind, count, perMs, countedBy, order } = endpoint;
  const key = order ? `${name} ${ORDERS}` : name;
  const known = allowances.get(key);
  if (known !== undefined) return known;
  const isOfAddress = countedBy === 'address';
  const window = isOfAddress ? access.addressWindow(endpoint) : windowOf(own, endpoint);
  const windows: CountedWindow[] = [
    { window, used: (answer) => (isOfAddress ? null : usedOf(answer, kind, count)) },
  ];
  if (order) {
    const share = Math.max(LEAST_LIMIT, count * orderShare);
    const orders = new RateWindow(ORDERS, share, perMs, () => access.clock.now(), 'rolling');
    windows.push({ window: orders, used: () => null });
  }
  const made = new Allowance({
    windows,
    stop: access.stop,
    scheduler: access.platform.scheduler,
    brake: (answer) => brakeOf(answer, kind, window),
  });
  allowances.put(key, made);
  return made;
}

function windowOf({ access, windows }: OwnAllowances, { window: name, count, perMs }: Endpoint): RateWindow {
  const known = windows.get(name);
  if (known !== undefined) return known;
  const made = new RateWindow(OWN, count, perMs, () => access.clock.now(), 'rolling');
  windows.set(name, made);
  return made;
}

const LEFT_HEADERS: Readonly<Record<InstrumentKind, string>> = {
  spot: 'x-hb-ratelimit-requests-remain',
  linear_swap: 'ratelimit-remaining',
};

function usedOf(answer: RawAnswer, kind: InstrumentKind, count: number): number | null {
  const left = countIn(answer, LEFT_HEADERS[kind]);
  return left === null ? null : Math.max(0, count - left);
}

function brakeOf(answer: RawAnswer, kind: InstrumentKind, window: RateWindow): Brake | null {
  if (!CLASSIFIERS[kind].isThrottled(answer)) return null;
  const waitMs = retryAfterMs(answer);
  if (waitMs !== null) return { kind: 'stop', waitMs };
  if (CLASSIFIERS[kind].codeOf(answer) === null) return { kind: 'stop', waitMs: SHORTEST_WAIT_MS };
  return { kind: 'exhausted', windows: [window] };
}
