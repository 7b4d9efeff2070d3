/**
 * The cost of an order, a page of history and a look-up of an old order as the load grows: many portfolios on one service,
 * and a million orders in a portfolio's history.
 *
 * Entry point: `measureGrowth`.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { orderCursor } from '../src/journal/history-cursor.ts';
import type { Children } from './children.ts';
import { HttpLoad, othersTolerated, type LoadResult } from './http-load.ts';
import { loadHistory, oldOrders, type OldOrder } from './history.ts';
import { ADMIN_TOKEN, ServiceUnderTest, orderBody, ORDERS_PATH } from './service.ts';
import { table } from './report.ts';
import { median } from './statistics.ts';
import { cpuOf, cpuOfTree, residentBytes } from './usage.ts';
import { startStub } from './venues.ts';

interface GrowthPlan {
  readonly portfolios: readonly number[];
  readonly warmOrders: number;
  readonly orders: number;
  readonly history: number;
  readonly reads: number;
  readonly rounds: number;
}

const PLANS: Readonly<Record<'quick' | 'ordinary', GrowthPlan>> = {
  quick: { portfolios: [1, 10, 50], warmOrders: 1_000, orders: 1_000, history: 20_000, reads: 50, rounds: 3 },
  ordinary: {
    portfolios: [1, 100, 1_000],
    warmOrders: 8_000,
    orders: 5_000,
    history: 1_000_000,
    reads: 100,
    rounds: 7,
  },
};
const CALLERS = 64;
/** How many portfolios are set up at once. */
const SET_UP_AT_ONCE = 8;
const IDLE_MS = 5_000;
const SLICE_BOUND_MS = 600_000;
/** Finished orders leave memory after half a minute: a look at one of them then reads the database. */
const EVICTED_AFTER_MS = 40_000;
const PAGE = 100;

export async function measureGrowth(
  children: Children,
  quick: boolean,
  say: (text: string) => void,
): Promise<object> {
  const plan = PLANS[quick ? 'quick' : 'ordinary'];
  const portfolios = await growPortfolios(children, plan, say);
  const history = await growHistory(children, plan, say);
  return { portfolios, history };
}

/** The history alone, of `orders` orders. */
export async function measureHistory(
  children: Children,
  orders: number,
  quick: boolean,
  say: (text: string) => void,
): Promise<object> {
  const plan = { ...PLANS[quick ? 'quick' : 'ordinary'], history: orders };
  return { history: await growHistory(children, plan, say) };
}

// --- portfolios ---

interface PortfolioFigures {
  readonly portfolios: number;
  readonly p50Ms: number;
  readonly ordersPerSecond: number;
  /** CPU an order, without what the same time costs idle. */
  readonly serviceMs: number;
  readonly databaseMs: number;
  /** Share of one processor that the service uses while nobody asks anything. */
  readonly idleShare: number;
  readonly residentMegabytes: number;
}

async function growPortfolios(
  children: Children,
  plan: GrowthPlan,
  say: (text: string) => void,
): Promise<readonly PortfolioFigures[]> {
  const stub = await startStub(children);
  const service = await ServiceUnderTest.start(children, { name: 'portfolios', controlUrl: stub.controlUrl });
  const tokens = [ADMIN_TOKEN];
  const figures: PortfolioFigures[] = [];
  for (const count of plan.portfolios) {
    await addPortfolios(service, tokens, count);
    const load = new HttpLoad({ port: service.port, path: ORDERS_PATH, tokens }, orderBody);
    // One order for each at least, so that none is new.
    await load.run(CALLERS, SLICE_BOUND_MS, Math.max(plan.warmOrders, count));
    await pause(IDLE_MS);
    const idleFrom = await usageOf(service);
    await pause(IDLE_MS);
    const idleTo = await usageOf(service);
    const from = await usageOf(service);
    const result = mustBeDone(await load.run(CALLERS, SLICE_BOUND_MS, plan.orders));
    const to = await usageOf(service);
    load.close();
    const perOrder = (name: 'service' | 'database'): number =>
      (to[name] - from[name] - ((idleTo[name] - idleFrom[name]) / IDLE_MS) * result.seconds * 1_000) /
      result.done;
    figures.push({
      portfolios: count,
      p50Ms: median(result.latenciesMs),
      ordersPerSecond: result.done / result.seconds,
      serviceMs: perOrder('service'),
      databaseMs: perOrder('database'),
      idleShare: (idleTo.service - idleFrom.service) / IDLE_MS,
      residentMegabytes: ((await residentBytes(service.pid)) ?? Number.NaN) / 1_048_576,
    });
    say(`  ${count} portfolios measured`);
  }
  await service.stop();
  const first = figures[0];
  say(
    `\nPortfolios on one service, ${CALLERS} callers that go round all of them\n\n${table(
      [
        'portfolios',
        'orders/s',
        'p50 ms',
        'service µs',
        'database µs',
        'µs against one',
        'idle CPU',
        'RSS MB',
      ],
      figures.map((one) => [
        String(one.portfolios),
        one.ordersPerSecond.toFixed(0),
        one.p50Ms.toFixed(1),
        (one.serviceMs * 1_000).toFixed(0),
        (one.databaseMs * 1_000).toFixed(0),
        first === undefined
          ? ''
          : ((one.serviceMs + one.databaseMs) / (first.serviceMs + first.databaseMs)).toFixed(2),
        `${(one.idleShare * 100).toFixed(1)} %`,
        one.residentMegabytes.toFixed(0),
      ]),
    )}(µs: CPU of that process for each order, without what the same time costs idle)\n`,
  );
  return figures;
}

async function usageOf(
  service: ServiceUnderTest,
): Promise<{ readonly service: number; readonly database: number }> {
  const [own, database] = await Promise.all([cpuOf(service.pid), cpuOfTree(service.postmaster.pid)]);
  return { service: own ?? Number.NaN, database: database ?? Number.NaN };
}

/** Users with a portfolio and a paper account each, through the API, until there are `count` with the first one. */
async function addPortfolios(service: ServiceUnderTest, tokens: string[], count: number): Promise<void> {
  while (tokens.length < count) {
    const first = tokens.length;
    const batch = Math.min(SET_UP_AT_ONCE, count - first);
    tokens.push(
      ...(await Promise.all(
        Array.from({ length: batch }, (_value, index) => addPortfolio(service, `trader-${first + index}`)),
      )),
    );
  }
  // Each one opens its gateway by itself; the last ones may still be at it.
  for (let first = 0; first < tokens.length; first += SET_UP_AT_ONCE)
    await Promise.all(
      tokens.slice(first, first + SET_UP_AT_ONCE).map((token) => untilItTrades(service, token)),
    );
}

async function addPortfolio(service: ServiceUnderTest, name: string): Promise<string> {
  const user = (await service.ask('POST', '/users', { name })) as { readonly id: string };
  const { token } = (await service.ask('POST', '/tokens', {
    user_id: user.id,
    label: 'bench',
    scopes: ['read', 'trade', 'admin'],
  })) as { readonly token: string };
  await service.ask('POST', '/accounts', { exchange: 'binance', mode: 'paper' }, token);
  return token;
}

const TRADES_WITHIN_MS = 60_000;

async function untilItTrades(service: ServiceUnderTest, token: string): Promise<void> {
  const until = performance.now() + TRADES_WITHIN_MS;
  for (;;) {
    try {
      await service.ask(
        'POST',
        '/trading/v2/orders/market',
        { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.001' },
        token,
      );
      return;
    } catch (error) {
      if (performance.now() > until) throw error;
      await pause(100);
    }
  }
}

function mustBeDone(result: LoadResult): LoadResult {
  othersTolerated('the service', result);
  return result;
}

// --- history ---

type Question = 'place an order' | 'newest page of history' | 'page in the middle' | 'status of an old order';

interface HistoryFigures {
  readonly question: Question;
  readonly emptyMs: number;
  readonly fullMs: number;
  /** Median over the rounds of full against empty. */
  readonly ratio: number;
}

const QUESTIONS: readonly Question[] = [
  'place an order',
  'newest page of history',
  'page in the middle',
  'status of an old order',
];

/** One service under test, with what is needed to ask for its past. */
interface Side {
  readonly service: ServiceUnderTest;
  readonly load: HttpLoad;
  readonly old: readonly OldOrder[];
}

async function growHistory(
  children: Children,
  plan: GrowthPlan,
  say: (text: string) => void,
): Promise<readonly HistoryFigures[]> {
  // A venue each: the account of one must not show orders of the other.
  const [emptyStub, fullStub] = await Promise.all([startStub(children), startStub(children)]);
  const first = await ServiceUnderTest.start(children, {
    name: 'full-history',
    controlUrl: fullStub.controlUrl,
  });
  await placeOrders(first, plan.warmOrders);
  await first.stop();
  const startedAt = performance.now();
  await loadHistory(first.dataDir, plan.history);
  say(`  ${plan.history} orders loaded in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
  const [emptyService, fullService] = await Promise.all([
    ServiceUnderTest.start(children, { name: 'empty-history', controlUrl: emptyStub.controlUrl }),
    ServiceUnderTest.start(children, { name: 'full-history', controlUrl: fullStub.controlUrl }),
  ]);
  await placeOrders(emptyService, plan.warmOrders);
  await placeOrders(fullService, plan.warmOrders);
  await pause(EVICTED_AFTER_MS);
  const sides = [await sideOf(emptyService, plan), await sideOf(fullService, plan)] as const;
  const rounds: Record<Question, readonly [empty: number, full: number]>[] = [];
  for (let round = 0; round < plan.rounds; round += 1) {
    const found = {} as Record<Question, readonly [number, number]>;
    for (const question of QUESTIONS) {
      // Every other round the other one is asked first.
      const flipped = round % 2 === 1;
      const [one, other] = flipped ? [sides[1], sides[0]] : sides;
      const first = await medianOf(question, one, plan);
      const second = await medianOf(question, other, plan);
      found[question] = flipped ? [second, first] : [first, second];
    }
    rounds.push(found);
  }
  for (const { service, load } of sides) {
    load.close();
    await service.stop();
  }
  const figures = QUESTIONS.map((question) => ({
    question,
    emptyMs: median(rounds.map((round) => round[question][0])),
    fullMs: median(rounds.map((round) => round[question][1])),
    ratio: median(rounds.map((round) => round[question][1] / round[question][0])),
  }));
  say(
    `\nA portfolio with ${plan.warmOrders} orders behind it and one with ${plan.history} more, one caller, medians\n\n${table(
      ['', 'small ms', 'large ms', 'ratio'],
      figures.map(({ question, emptyMs, fullMs, ratio }) => [
        question,
        emptyMs.toFixed(2),
        fullMs.toFixed(2),
        ratio.toFixed(2),
      ]),
    )}`,
  );
  return figures;
}

async function placeOrders(service: ServiceUnderTest, orders: number): Promise<void> {
  const load = new HttpLoad({ port: service.port, path: ORDERS_PATH, tokens: [ADMIN_TOKEN] }, orderBody);
  mustBeDone(await load.run(CALLERS, SLICE_BOUND_MS, orders));
  load.close();
}

async function sideOf(service: ServiceUnderTest, plan: GrowthPlan): Promise<Side> {
  return {
    service,
    load: new HttpLoad({ port: service.port, path: ORDERS_PATH, tokens: [ADMIN_TOKEN] }, orderBody),
    old: await oldOrders(service.dataDir, plan.reads),
  };
}

/** Milliseconds, the median of one slice. */
async function medianOf(question: Question, side: Side, plan: GrowthPlan): Promise<number> {
  if (question === 'place an order')
    return median(mustBeDone(await side.load.run(1, SLICE_BOUND_MS, plan.reads)).latenciesMs);
  const latenciesMs: number[] = [];
  for (const { orderId, createdAt } of side.old) {
    const startedAt = performance.now();
    await side.service.ask('GET', pathOf(question, orderId, createdAt));
    latenciesMs.push(performance.now() - startedAt);
  }
  return median(latenciesMs);
}

function pathOf(question: Exclude<Question, 'place an order'>, orderId: string, createdAt: number): string {
  switch (question) {
    case 'newest page of history':
      return `/trading/v2/orders/history?limit=${PAGE}`;
    case 'page in the middle':
      return `/trading/v2/orders/history?limit=${PAGE}&cursor=${encodeURIComponent(orderCursor({ createdAt, orderId }))}`;
    case 'status of an old order':
      return `/trading/v2/orders/${orderId}/status`;
  }
}
