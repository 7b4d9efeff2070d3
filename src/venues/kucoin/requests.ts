/**
 * How KuCoin is asked: what a request draws from which pool, how its lifetime is signed, where its counts stand.
 *
 * Entry points: `requestsOf`, `boundedTerms`. Sources: "Rate Limit" and "Authentication" of the documentation. The pools of an account are its own and
 * that of public endpoints is the address's; the thirty seconds of each begin with a request that the venue chooses.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import { Allowance, Allowances, countIn, retryAfterMs } from '../allowance.ts';
import type { Brake, CountedWindow } from '../allowance.ts';
import type { RawAnswer } from '../ccxt/dispatcher.ts';
import { wholeNumber } from '../ccxt/exact-json.ts';
import { RateWindow } from '../rate-budget.ts';
import type { VenueRequests } from '../requests.ts';
import type { VenueParts } from '../venue-gateway.ts';
import type { WriteTerms } from '../write.ts';
import type { KucoinAccess } from './access.ts';
import { KUCOIN_CAPABILITIES } from './capabilities.ts';
import { CLASSIFIERS } from './classify.ts';
import { POOL_LIMITS, POOL_MS, SPOT, SWAP } from './endpoints.ts';
import type { Endpoint, Pool } from './endpoints.ts';

export type KucoinRequests = VenueRequests<Endpoint>;

/** Name of the window of an account's new orders, which is no count of the venue: it keeps an account's share. */
const ORDERS = 'new_orders';
const SHORTEST_WAIT_MS = 1_000;
/** "block 30s" of an address, "block 10s" of futures' business layer. */
const WAITS_MS: Readonly<Record<string, number>> = { '1015': 30_000, '200002': 10_000 };

export const requestsOf: VenueParts<Endpoint, KucoinAccess>['requests'] = ({ access, orderShare }) => {
  const allowances = new Allowances();
  for (const pool of ['spot', 'futures', 'management', 'public'] as const)
    allowances.put(pool, allowanceOf(access, pool, orderShare));
  return {
    allowances,
    rules: {
      draw: ({ pool, weight, order }) => ({
        allowance: allowances.get(pool) ?? allowanceOf(access, pool, orderShare),
        cost: { [pool]: weight, ...(order ? { [ORDERS]: weight } : {}) },
      }),
      // The signed time is the only bound, and every request has it.
      bounded: (_endpoint, parameters) => ({ parameters }),
      classifyRead: ({ kind }, answer) => CLASSIFIERS[kind].read(answer),
      isThrottled,
      waitMs,
      timeEndpoint: (kind) => (kind === 'spot' ? SPOT.time : SWAP.time),
      timeFrom,
    },
  };
};

/** The answer is the number alone. */
export function timeFrom(body: JsonValue): TimeMs {
  return wholeNumber({ time: body }, 'time');
}

function lifetimeOf(): number {
  return KUCOIN_CAPABILITIES.kinds.spot?.requestLifetimeMs ?? 0;
}

/**
 * The venue takes a request for five seconds from the time that it is signed with, and for no shorter lifetime: one that is to live shorter
 * is signed with a time so much earlier.
 */
export function boundedTerms(terms: WriteTerms): WriteTerms {
  const { lifetimeMs, signedAt } = terms;
  return signedAt === null
    ? terms
    : { ...terms, signedAt: signedAt + lifetimeMs - lifetimeOf(), lifetimeMs: lifetimeOf() };
}

function allowanceOf(access: KucoinAccess, pool: Pool, orderShare: number): Allowance {
  const window = (name: string, limit: number): RateWindow =>
    new RateWindow(name, limit, POOL_MS, () => access.clock.now(), 'rolling');
  const whole = pool === 'public' ? access.publicPool : window(pool, POOL_LIMITS[pool]);
  const windows: CountedWindow[] = [{ window: whole, used }];
  if (pool === 'spot' || pool === 'futures')
    windows.push({ window: window(ORDERS, POOL_LIMITS[pool] * orderShare), used: () => null });
  return new Allowance({
    windows,
    stop: access.stop,
    scheduler: access.platform.scheduler,
    brake: (answer) => brakeOf(answer, whole),
  });
}

/** The weight of a pool stands beside the part of it that is left. */
function used(answer: RawAnswer): number | null {
  const limit = countIn(answer, 'gw-ratelimit-limit');
  const left = countIn(answer, 'gw-ratelimit-remaining');
  return limit === null || left === null ? null : Math.max(0, limit - left);
}

function codeOf(answer: RawAnswer): string | null {
  return CLASSIFIERS.linear_swap.codeOf(answer);
}

/** 200002 stands for a pair that is suspended on spot, with a text of its own. */
function isThrottled(answer: RawAnswer): boolean {
  const code = codeOf(answer);
  return code === '200002' ? /too many requests/i.test(answer.body) : CLASSIFIERS.spot.isThrottled(answer);
}

function waitMs(answer: RawAnswer): number | null {
  const stated = retryAfterMs(answer);
  if (stated !== null) return stated;
  const ofCode = WAITS_MS[codeOf(answer) ?? ''];
  return ofCode ?? (isThrottled(answer) ? countIn(answer, 'gw-ratelimit-reset') : null);
}

/** An empty pool states itself in the headers; without them it is the server, or an address, that has too much. */
function brakeOf(answer: RawAnswer, pool: RateWindow): Brake | null {
  if (!isThrottled(answer)) return null;
  if (countIn(answer, 'gw-ratelimit-remaining') !== null && retryAfterMs(answer) === null)
    return { kind: 'exhausted', windows: [pool] };
  return { kind: 'stop', waitMs: waitMs(answer) ?? SHORTEST_WAIT_MS };
}
