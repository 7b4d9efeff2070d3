/**
 * 20,000 requests made from the served OpenAPI document, valid and broken; PLIMSOLL_SEED=<n> makes others.
 *
 * Nothing is answered with 500; every error is a problem document that the operation documents; every order at the
 * exchange belongs to one request that a second opinion takes for valid, and is journaled; the service is well afterwards.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FIGURES } from './problems/problem-kind.ts';
import { isProblemCode, PROBLEMS } from './problems/table.ts';
import { ApiSchemas } from './testing/api-document.ts';
import { OrderOracle } from './testing/order-oracle.ts';
import { RequestGenerator, SeededRandom, type GeneratedRequest } from './testing/request-generator.ts';
import { startService, type TestService } from './testing/service-fixture.ts';
import { WireClient, type WireAnswer } from './testing/wire-client.ts';

/** The same seed by default, so that a fault of a change is found in every run. */
const SEED = Number(process.env['PLIMSOLL_SEED'] ?? 8);
const REQUESTS = Number(process.env['PLIMSOLL_REQUESTS'] ?? 20_000);
const CONNECTIONS = 48;
/** After the first quarter, when everything has been loaded and compiled. */
const MAX_HEAP_GROWTH_BYTES = 96 * 1024 * 1024;
const FAULTS_SHOWN = 20;
/** Working orders are canceled now and then, so that the run spends its time on requests. */
const SWEEP_EVERY = 1_000;
const FIXED_FIELDS = ['type', 'title', 'status', 'detail', 'code', 'request_id'];

let service: TestService;
beforeAll(async () => {
  service = await startService();
  await service.control('POST', 'binance/price', { symbol: 'BTC/USDT', price: '60000', hold: true });
  await service.control('POST', 'binance/price', { symbol: 'ETH/USDT', price: '3000', hold: true });
});
afterAll(() => service.stop());

function isAmendment({ operation }: GeneratedRequest): boolean {
  return operation?.startsWith('PATCH /trading/') === true;
}

function isPlacing(request: GeneratedRequest): boolean {
  return (
    isAmendment(request) ||
    /^POST .*\/(market|limit|stop|take-profit|batch)$|\}\/close$/.test(request.operation ?? '')
  );
}

/** Which request an order came from, and which order of it. */
interface Origin {
  readonly request: number;
  readonly item: number;
  readonly isAllowed: boolean;
  readonly made: string;
}

it(`20,000 requests, seed ${SEED}`, { timeout: 900_000 }, async () => {
  const schemas = new ApiSchemas((await service.call('GET', '//openapi.json', { token: null })).body);
  const generator = new RequestGenerator(
    new SeededRandom(SEED),
    [...schemas.operations.values()],
    service.tokens,
  );
  const listed = (await service.call('GET', '/instruments?exchange=binance')).body['instruments'];
  const instruments = listed as {
    symbol: string;
    tick_size: string;
    lot_size: string;
    min_quantity: string;
  }[];
  const oracle = new OrderOracle(
    instruments.map((instrument) => ({
      symbol: instrument.symbol,
      tick: instrument.tick_size,
      lot: instrument.lot_size,
      leastQuantity: instrument.min_quantity,
    })),
    [service.tokens.trade, service.tokens.admin],
  );
  const client = new WireClient(Number(new URL(service.url).port));
  const faults: string[] = [];
  const origins = new Map<string, Origin>();
  const seen = new Map<string, number>();
  let sent = 0;
  let unanswered = 0;
  let heapBefore = 0;

  const worker = async (): Promise<void> => {
    while (sent < REQUESTS && faults.length < FAULTS_SHOWN) {
      const index = sent;
      sent += 1;
      if (index === Math.floor(REQUESTS / 4)) heapBefore = heapUsed();
      if (index % SWEEP_EVERY === SWEEP_EVERY - 1)
        await service.call('DELETE', '/trading/v2/orders?all=true');
      const request = generator.make();
      const allowed = oracle.judge(Buffer.concat(request.bytes));
      const answer = await client.ask(request);
      if (answer === null) {
        unanswered += 1;
        if (!request.mayGoUnanswered) faults.push(described('no answer', index, request, null));
        continue;
      }
      count(seen, `${answer.status}`);
      for (const fault of faultsOf(request, answer, allowed))
        faults.push(described(fault, index, request, answer));
      for (const { orderId, item } of isPlacing(request) ? placedBy(request, answer) : []) {
        if (origins.has(orderId))
          faults.push(described(`${orderId} was given out before`, index, request, answer));
        origins.set(orderId, {
          request: index,
          item,
          isAllowed: allowed[item] === true,
          made: described('placed', index, request, answer),
        });
        generator.noteOrder(orderId);
      }
    }
  };

  function faultsOf(request: GeneratedRequest, answer: WireAnswer, allowed: readonly boolean[]): string[] {
    const { status, headers, body } = answer;
    const found: string[] = [];
    if (status === 500) found.push('500');
    // One that is wrong by every rule that we know is never taken; one that is right is not called malformed.
    if (isPlacing(request) && status < 300 && allowed.length === 0 && placedBy(request, answer).length > 0)
      found.push('taken, though it is malformed');
    // Whether an order can be amended as asked depends on the order.
    const isDecidable = isPlacing(request) && !isAmendment(request);
    if (
      isDecidable &&
      [400, 401, 403, 413, 415].includes(status) &&
      allowed[0] === true &&
      !request.isOtherUser
    )
      found.push('refused, though it is well formed');
    const isOfNobody = request.operation === 'GET /exchanges';
    if (request.isOtherUser && !isOfNobody && status < 300 && /"account":"binance-paper"|ord_/.test(body))
      found.push('shows the data of another user');
    if (status < 400 || request.isHead) return found;
    if (headers.get('content-type')?.startsWith('application/problem+json') !== true)
      return request.operation === 'GET /health/ready' ? found : [...found, 'no problem document'];
    const problem = JSON.parse(body) as Record<string, unknown>;
    const code = String(problem['code']);
    if (!isProblemCode(code)) return [...found, `unknown code ${code}`];
    count(seen, code);
    if (PROBLEMS[code].status !== status || problem['status'] !== status)
      found.push('another status than documented');
    const figures = Object.keys(problem).filter((name) => !FIXED_FIELDS.includes(name));
    // A failed amendment or close names the orders that are canceled already, with any code.
    const ofAmendment = ['canceled_order_id', 'restored_order_id'];
    const more = isAmendment(request) ? ofAmendment : ['canceled_order_ids', 'restored_order_ids'];
    for (const name of figures.filter((figure) => !more.includes(figure)))
      if (!(name in FIGURES) || !PROBLEMS[code].figures.some((figure) => figure === name))
        found.push(`figure ${name} of ${code} is not documented`);
    if (PROBLEMS[code].retryAfterMs !== undefined && !headers.has('retry-after'))
      found.push('no Retry-After');
    if (request.operation !== null)
      found.push(...schemas.faultsOfProblem(request.operation, status, problem));
    return found;
  }

  const startedAt = performance.now();
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  client.close();
  const took = Math.round(performance.now() - startedAt);
  const heapGrowth = heapUsed() - heapBefore;
  const summary = [...seen]
    .filter(([name]) => !name.includes(' '))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, times]) => `${name} ${times}`);
  process.stdout.write(
    `seed ${SEED}: ${sent} requests in ${took} ms, ${unanswered} connections ended without an answer, heap ${Math.round(heapGrowth / 1_048_576)} MB more; ${summary.join(', ')}\n`,
  );
  expect(faults.join('\n\n')).toBe('');
  expect(heapGrowth).toBeLessThan(MAX_HEAP_GROWTH_BYTES);
  // The run is worth nothing if it does not reach what it is to test.
  for (const status of ['200', '201', '400', '401', '403', '404', '405', '409', '413', '415', '422', '431'])
    if (status !== '405') expect(seen.get(status) ?? 0, `answers with ${status}`).toBeGreaterThan(0);

  await settled();
  const ours = await allOrders();
  const atVenue = (await service.control('GET', 'binance/orders')) as { client_order_id: string }[];
  expect(atVenue.length).toBeGreaterThan(20);
  expect(new Set(atVenue.map(({ client_order_id: id }) => id)).size).toBe(atVenue.length);
  const byVenueId = new Map(ours.map((order) => [order.venue_client_order_id, order]));
  const unexplained = atVenue.flatMap(({ client_order_id: id }) => {
    const order = byVenueId.get(id);
    if (order === undefined) return [`${id} is at the exchange and not in the books`];
    const origin = origins.get(order.id);
    if (origin === undefined) return [`${order.id} is at the exchange and no answer named it`];
    return origin.isAllowed ? [] : [`${order.id} came from a request that was not valid: ${origin.made}`];
  });
  expect(unexplained.join('\n\n')).toBe('');
  const places = [...origins.values()].map(({ request, item }) => `${request}/${item}`);
  expect(new Set(places).size).toBe(places.length);
  await expectJournaled(ours.slice(0, 20).map(({ id }) => id));
  await expectWell();
});

interface ListedOrder {
  readonly id: string;
  readonly venue_client_order_id: string;
}

async function settled(): Promise<void> {
  await expect
    .poll(
      async () => {
        const { body } = await service.call('GET', '/trading/v2/orders/open');
        return (body['orders'] as { status: string }[]).filter(({ status }) =>
          ['accepted', 'submitting', 'canceling', 'unknown'].includes(status),
        );
      },
      { timeout: 90_000 },
    )
    .toEqual([]);
}

async function allOrders(): Promise<ListedOrder[]> {
  const orders = [
    ...((await service.call('GET', '/trading/v2/orders/open')).body['orders'] as ListedOrder[]),
  ];
  let cursor: unknown = null;
  do {
    const more = typeof cursor === 'string' ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const page = await service.call('GET', `/trading/v2/orders/history?limit=1000${more}`);
    expect(page.status).toBe(200);
    orders.push(...(page.body['orders'] as ListedOrder[]));
    cursor = page.body['next_cursor'];
  } while (cursor !== null);
  return orders;
}

async function expectJournaled(orderIds: readonly string[]): Promise<void> {
  for (const orderId of orderIds) {
    const { body } = await service.call('GET', `/journal?order_id=${orderId}`);
    const types = (body['records'] as { type: string }[]).map(({ type }) => type);
    expect(types.some((type) => type === 'order_accepted' || type === 'order_denied')).toBe(true);
  }
}

/** Ready, without drift, and an order can be placed and canceled. */
async function expectWell(): Promise<void> {
  expect((await service.call('GET', '//health/ready', { token: null })).status).toBe(200);
  expect((await service.call('GET', '/risk/status')).body).toMatchObject({ trading: 'open' });
  expect((await service.call('DELETE', '/trading/v2/orders?all=true')).status).toBe(200);
  const body = { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.001', price: '55000' };
  let id: unknown;
  await expect
    .poll(
      async () => {
        const placed = await service.call('POST', '/trading/v2/orders/limit', { body });
        id = placed.body['id'];
        return placed.status;
      },
      { timeout: 90_000, interval: 1_000 },
    )
    .toBe(201);
  const canceled = await service.call('DELETE', `/trading/v2/orders/${String(id)}`);
  expect(canceled).toMatchObject({ status: 200, body: { status: 'canceled' } });
}

/** The orders in an answer to a request that places, each with its place in the request. */
function placedBy(
  request: GeneratedRequest,
  { status, headers, body }: WireAnswer,
): { orderId: string; item: number }[] {
  if (headers.get('idempotent-replayed') === 'true') return [];
  const answer = JSON.parse(body) as Record<string, unknown>;
  const results = answer['results'];
  if (status === 200 && Array.isArray(results))
    return results.flatMap((result: unknown, item) =>
      orderIdOf(Object(result)).map((orderId) => ({ orderId, item })),
    );
  if (status === 201 || status === 202) {
    const order = 'replaced' in answer ? answer['order'] : answer;
    return orderIdOf({ order }).map((orderId) => ({ orderId, item: 0 }));
  }
  // Refused before anything was canceled: the order is the old one, which works on.
  if (isAmendment(request) && !('canceled_order_id' in answer)) return [];
  return orderIdOf({ error: answer }).map((orderId) => ({ orderId, item: 0 }));
}

/** A problem with 409, and an amendment in doubt, name an order that was there before. */
function orderIdOf(result: { order?: unknown; error?: unknown; replayed?: unknown }): string[] {
  const { id } = Object(result.order) as { id?: unknown };
  const { order_id: refused, code, status } = Object(result.error) as Record<string, unknown>;
  if (result.replayed === true || status === 409 || code === 'amend_unconfirmed') return [];
  return [id ?? refused].filter((found) => typeof found === 'string');
}

function count(times: Map<string, number>, name: string): void {
  times.set(name, (times.get(name) ?? 0) + 1);
}

function described(
  what: string,
  index: number,
  request: GeneratedRequest,
  answer: WireAnswer | null,
): string {
  const bytes = Buffer.concat(request.bytes);
  return [
    `${what} (request ${index}, ${request.made})`,
    bytes.toString('utf8', 0, Math.min(bytes.length, 900)),
    answer === null ? '-' : `${answer.status} ${answer.body.slice(0, 600)}`,
  ].join('\n');
}

function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  return process.memoryUsage().heapUsed;
}
