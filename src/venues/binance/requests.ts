/**
 * How Binance is asked: what a request draws from which allowance, how its lifetime is stated, where its counts stand.
 *
 * Entry points: `requestsOf`, `setAllowance`. Sources: "LIMITS" and "Timing security" of rest-api.md in
 * binance-spot-api-docs; "Limits" and "SIGNED Endpoint Security" of the USD-M futures documentation. Request weight is
 * counted per IP address, orders per account; spot and futures count apart.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonValue } from '../../core/json.ts';
import { Allowance, Allowances, countIn, retryAfterMs } from '../allowance.ts';
import type { Brake, CountedWindow } from '../allowance.ts';
import type { RawAnswer } from '../ccxt/dispatcher.ts';
import { asObject, wholeNumber } from '../ccxt/exact-json.ts';
import { RateWindow } from '../rate-budget.ts';
import { ReadFailure } from '../read-retry.ts';
import type { Draw, VenueRequests } from '../requests.ts';
import type { VenueParts } from '../venue-gateway.ts';
import { WEIGHT } from './access.ts';
import type { BinanceAccess } from './access.ts';
import { CLASSIFIERS } from './classify.ts';
import { SPOT, SWAP, WEIGHT_LIMITS } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import type { RateLimit } from './markets.ts';

export type BinanceRequests = VenueRequests<Endpoint>;

/** The window that -1015 speaks of. */
const ORDERS_10_S = { name: 'orders_10s', intervalMs: 10_000, header: 'x-mbx-order-count-10s' } as const;
/** The names of the order counts, and the headers that state them. */
const ORDER_COUNTS: readonly {
  readonly name: string;
  readonly intervalMs: number;
  readonly header: string;
}[] = [
  ORDERS_10_S,
  { name: 'orders_1m', intervalMs: 60_000, header: 'x-mbx-order-count-1m' },
  { name: 'orders_1d', intervalMs: 86_400_000, header: 'x-mbx-order-count-1d' },
];

/** An IP ban lasts from two minutes up; a 429 without `Retry-After` gets a second. */
const SHORTEST_BAN_MS = 120_000;
const SHORTEST_WAIT_MS = 1_000;

export const requestsOf: VenueParts<Endpoint, BinanceAccess>['requests'] = ({
  access,
  kinds,
  orderShare,
}) => {
  const allowances = new Allowances();
  for (const kind of kinds) setAllowance(allowances, access, kind, [], orderShare);
  return {
    allowances,
    rules: {
      draw: (endpoint) => draw(allowances, endpoint),
      bounded: (endpoint, parameters, { lifetimeMs }) => ({
        parameters: endpoint.signed ? { ...parameters, recvWindow: lifetimeMs } : parameters,
      }),
      classifyRead: (endpoint, answer) => CLASSIFIERS[endpoint.kind].read(answer),
      isThrottled,
      waitMs: retryAfterMs,
      timeEndpoint: (kind) => (kind === 'spot' ? SPOT.time : SWAP.time),
      timeFrom,
    },
  };
};

export function timeFrom(body: JsonValue): TimeMs {
  return wholeNumber(asObject(body, 'server time'), 'serverTime');
}

/** Sets what a kind may draw, from the limits that the venue published; without any, from those that are documented. */
export function setAllowance(
  allowances: Allowances,
  access: BinanceAccess,
  kind: InstrumentKind,
  limits: readonly RateLimit[],
  orderShare = 1,
): void {
  const counted = (count: (typeof ORDER_COUNTS)[number], limit: number): CountedWindow => ({
    window: new RateWindow(count.name, limit * orderShare, count.intervalMs, () => access.clock.now()),
    used: (answer) => countIn(answer, count.header),
  });
  const published = limits
    .filter((limit) => limit.type === 'ORDERS')
    .flatMap((limit) =>
      ORDER_COUNTS.filter((count) => count.intervalMs === limit.intervalMs).map((count) =>
        counted(count, limit.limit),
      ),
    );
  const orders = published.length > 0 ? published : [counted(ORDERS_10_S, WEIGHT_LIMITS[kind].orders)];
  const brief = orders.map(({ window }) => window).filter((window) => window.name === ORDERS_10_S.name);
  allowances.put(
    kind,
    new Allowance({
      windows: [
        { window: access.weights[kind], used: (answer) => countIn(answer, 'x-mbx-used-weight-1m') },
        ...orders,
      ],
      stop: access.stops[kind],
      scheduler: access.platform.scheduler,
      brake: (answer) => brakeOf(answer, brief),
    }),
  );
}

/** A window that the allowance does not have is drawn on for nothing. */
function draw(allowances: Allowances, endpoint: Endpoint): Draw {
  const allowance = allowances.get(endpoint.kind);
  if (allowance === undefined) throw new ReadFailure(`this account has no ${endpoint.kind}`, 'not_listed');
  return { allowance, cost: { [WEIGHT]: endpoint.weight, ...(endpoint.order ? ONE_ORDER : {}) } };
}

const ONE_ORDER: Readonly<Record<string, number>> = Object.fromEntries(
  ORDER_COUNTS.map(({ name }) => [name, 1]),
);

/** 429 asks for fewer requests, 418 is the ban of those who went on. */
function isThrottled(answer: RawAnswer): boolean {
  return answer.status === 429 || answer.status === 418;
}

function brakeOf(answer: RawAnswer, brief: readonly RateWindow[]): Brake | null {
  if (!isThrottled(answer)) return null;
  // Only new orders are over their count; everything else may go on.
  if (/"code"\s*:\s*-1015\b/.test(answer.body)) return { kind: 'exhausted', windows: brief };
  const waitMs = retryAfterMs(answer) ?? (answer.status === 418 ? SHORTEST_BAN_MS : SHORTEST_WAIT_MS);
  return { kind: 'stop', waitMs };
}
