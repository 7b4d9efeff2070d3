/** The endpoints over a real socket, an engine, PostgreSQL and a simulated venue; each answer is held against its schema. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startService, type Answer, type TestService } from './testing/service-fixture.ts';
import { balanceView } from './views/balance.ts';
import { fillView } from './views/fill.ts';
import { orderView, type OrderView } from './views/order.ts';
import { positionView } from './views/position.ts';
import { riskStatusView } from './views/risk-status.ts';

const MARKET = '/trading/v2/orders/market';
const LIMIT = '/trading/v2/orders/limit';
const BUY = { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.01' };
const RESTING = { ...BUY, price: '58000' };

let service: TestService;
let orders = 0;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());
beforeEach(async () => {
  await service.control('DELETE', 'binance/faults');
  await service.control('POST', 'binance/price', { symbol: 'BTC/USDT', price: '60000', hold: true });
  orders = await service.ordersAtVenue();
});

function orderOf(answer: Answer, status = 201): OrderView {
  expect(answer.body).not.toHaveProperty('code');
  expect(answer.status).toBe(status);
  return orderView.strict().parse(answer.body);
}

async function newOrdersAtVenue(): Promise<number> {
  return (await service.ordersAtVenue()) - orders;
}

describe('orders', () => {
  it('answers a market order when it is finished and its fills are booked', async () => {
    const order = orderOf(
      await service.call('POST', MARKET, { body: { ...BUY, quantity: 0.01, strategy: 'grid-1' } }),
    );
    expect(order).toMatchObject({
      status: 'filled',
      exchange: 'binance',
      account: 'binance-paper',
      mode: 'paper',
      quantity: '0.01',
      filled_quantity: '0.01',
      remaining_quantity: '0',
      strategy: 'grid-1',
      reason: null,
    });
    expect(order.fills_count).toBeGreaterThan(0);
    const fills = await service.call('GET', `/trading/v2/orders/${order.id}/fills`);
    expect(fillView.strict().array().parse(fills.body['fills'])).toHaveLength(order.fills_count);
    const whole = await service.call('GET', `/trading/v2/orders/${order.id}`);
    expect((whole.body['timeline'] as { type: string }[]).map(({ type }) => type)).toEqual(
      expect.arrayContaining(['order_accepted', 'send_attempted', 'fill_booked']),
    );
    const byVenue = await service.call(
      'GET',
      `/trading/v2/orders/${order.venue_order_id}/status?exchange=binance&symbol=BTC-USDT`,
    );
    expect(orderOf(byVenue, 200).id).toBe(order.id);
    expect(await newOrdersAtVenue()).toBe(1);
  });

  it('takes a cost instead of a quantity', async () => {
    const { quantity: _quantity, ...rest } = BUY;
    const order = orderOf(await service.call('POST', MARKET, { body: { ...rest, cost: 600 } }));
    expect(order).toMatchObject({ status: 'filled', cost_requested: '600' });
    expect(order.quantity).toBe(order.filled_quantity);
  });

  it('rests a limit order, shows it among the open ones, and cancels it', async () => {
    const order = orderOf(await service.call('POST', LIMIT, { body: { ...RESTING, post_only: true } }));
    expect(order).toMatchObject({ status: 'open', price: '58000', time_in_force: 'GTC', post_only: true });
    const open = await service.call('GET', '/trading/v2/orders/open?exchange=binance&symbol=BTC-USDT');
    expect((open.body['orders'] as OrderView[]).map(({ id }) => id)).toContain(order.id);
    expect(open.body['as_of_seq']).toBeTypeOf('number');
    const canceled = orderOf(await service.call('DELETE', `/trading/v2/orders/${order.id}`), 200);
    expect(canceled.status).toBe('canceled');
    const again = await service.call('DELETE', `/trading/v2/orders/${order.id}`);
    expect(again).toMatchObject({
      status: 409,
      body: { code: 'order_not_cancelable', order: { status: 'canceled' } },
    });
    const history = await service.call('GET', '/trading/v2/orders/history?status=canceled&limit=1');
    expect((history.body['orders'] as OrderView[])[0]?.id).toBe(order.id);
  });

  it('cancels by the id of the exchange, and all at once', async () => {
    const first = orderOf(await service.call('POST', LIMIT, { body: RESTING }));
    const one = await service.call(
      'DELETE',
      `/trading/v2/orders/${first.venue_order_id}?exchange=binance&symbol=BTC-USDT`,
    );
    expect(orderOf(one, 200)).toMatchObject({ id: first.id, status: 'canceled' });
    for (const price of ['57000', '56000'])
      await service.call('POST', LIMIT, { body: { ...RESTING, price } });
    const all = await service.call('DELETE', '/trading/v2/orders?exchange=binance');
    const results = all.body['results'] as { order: unknown; outcome: string }[];
    expect(results.map(({ outcome }) => outcome)).toEqual(['canceled', 'canceled']);
    expect((await service.call('GET', '/trading/v2/orders/open')).body['orders']).toEqual([]);
  });

  it('pages through the history without losing or repeating an order', async () => {
    for (const quantity of ['0.001', '0.002', '0.003'])
      await service.call('POST', MARKET, { body: { ...BUY, quantity } });
    const seen: string[] = [];
    let cursor: unknown = null;
    do {
      const page: Answer = await service.call(
        'GET',
        `/trading/v2/orders/history?limit=2${typeof cursor === 'string' ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
      );
      expect(page.status).toBe(200);
      seen.push(
        ...orderView
          .strict()
          .array()
          .parse(page.body['orders'])
          .map(({ id }) => id),
      );
      cursor = page.body['next_cursor'];
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThan(5);
  });

  it('answers 202 when the venue keeps it waiting, and says later how it went', async () => {
    await service.control('POST', 'binance/faults', {
      kind: 'delay',
      route: 'create_order',
      delay_ms: 700,
      count: 1,
    });
    const answer = await service.call('POST', MARKET, { body: { ...BUY, wait_ms: 50 } });
    const early = orderOf(answer, 202);
    expect(['submitting', 'accepted', 'open', 'partially_filled']).toContain(early.status);
    await expect
      .poll(
        async () =>
          (await service.call('GET', `/trading/v2/orders/${early.id}/status?refresh=true`)).body['status'],
        {
          timeout: 15_000,
        },
      )
      .toBe('filled');
    expect(await newOrdersAtVenue()).toBe(1);
  });

  it("passes on the venue's own refusal", async () => {
    // A price the venue's own band refuses while the rules here would take it cannot be made: post-only that would take can.
    const answer = await service.call('POST', LIMIT, { body: { ...BUY, price: '61000', post_only: true } });
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'venue_rejected', venue_code: '-2010', reason: 'would_take' },
    });
    expect(answer.body['venue_message']).toMatch(/immediately match/i);
    const order = await service.call('GET', `/trading/v2/orders/${String(answer.body['order_id'])}/status`);
    expect(order.body['status']).toBe('rejected');
  });

  it('keeps figures exact however they are written', async () => {
    const check = async (price: string): Promise<Answer> =>
      service.call('POST', LIMIT, {
        body: `{"exchange":"binance","symbol":"BTC-USDT","side":"buy","quantity":1e-3,"price":${price}}`,
      });
    const off = await check('50000.00000000000000000001');
    expect(off).toMatchObject({
      status: 422,
      body: { code: 'price_off_tick', actual: '50000.00000000000000000001' },
    });
    const on = orderOf(await check('58000.10'));
    expect(on).toMatchObject({ price: '58000.1', quantity: '0.001' });
    await service.call('DELETE', '/trading/v2/orders?all=true');
  });
});

describe('idempotency', () => {
  it('gives the first order again for the same content, however it is written', async () => {
    const body = { ...BUY, quantity: '0.0010', client_order_id: 'first-1' };
    const first = orderOf(await service.call('POST', MARKET, { body }));
    const again = await service.call('POST', MARKET, {
      body: { client_order_id: 'first-1', ...BUY, symbol: 'BTC-USDT', quantity: 0.001, wait_ms: 100 },
    });
    expect(orderOf(again, 200).id).toBe(first.id);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const other = await service.call('POST', MARKET, { body: { ...body, quantity: '0.002' } });
    expect(other).toMatchObject({
      status: 409,
      body: { code: 'client_order_id_conflict', order_id: first.id },
    });
    expect(await newOrdersAtVenue()).toBe(1);
  });

  it('places one order for many requests at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        service.call('POST', MARKET, { body: BUY, headers: { 'Idempotency-Key': 'storm' } }),
      ),
    );
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([
      ...Array.from({ length: 19 }, () => 200),
      201,
    ]);
    expect(new Set(answers.map(({ body }) => body['id'])).size).toBe(1);
    expect(await newOrdersAtVenue()).toBe(1);
  });

  it('remembers refusals, and forgets what was never journaled', async () => {
    const body = { ...BUY, quantity: '5', client_order_id: 'too-much' };
    const first = await service.call('POST', MARKET, { body });
    expect(first).toMatchObject({ status: 422, body: { code: 'insufficient_balance' } });
    const again = await service.call('POST', MARKET, { body });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(orderOf(again, 200)).toMatchObject({
      id: first.body['order_id'],
      status: 'denied',
      reason: { code: 'insufficient_balance' },
    });
    const malformed = await service.call('POST', MARKET, {
      body: { ...BUY, side: 'up', client_order_id: 'fresh' },
    });
    expect(malformed.status).toBe(400);
    orderOf(await service.call('POST', MARKET, { body: { ...BUY, client_order_id: 'fresh' } }));
  });

  it('is the same key with the header, which wins over the client order id', async () => {
    const headers = { 'Idempotency-Key': 'header-key' };
    const first = orderOf(
      await service.call('POST', MARKET, { body: { ...BUY, client_order_id: 'c-1' }, headers }),
    );
    expect(
      orderOf(await service.call('POST', MARKET, { body: { ...BUY, client_order_id: 'c-1' }, headers }), 200)
        .id,
    ).toBe(first.id);
    const other = await service.call('POST', MARKET, { body: { ...BUY, client_order_id: 'c-2' }, headers });
    expect(other.status).toBe(409);
  });

  it('keeps the keys of two users apart', async () => {
    const { otherUser } = service.tokens;
    const mine = orderOf(await service.call('POST', MARKET, { body: { ...BUY, client_order_id: 'shared' } }));
    for (const path of [
      `/trading/v2/orders/${mine.id}/status`,
      `/trading/v2/orders/${mine.id}`,
      `/journal?order_id=${mine.id}`,
    ]) {
      expect((await service.call('GET', path, { token: otherUser })).status).toBe(404);
    }
    expect((await service.call('DELETE', `/trading/v2/orders/${mine.id}`, { token: otherUser })).status).toBe(
      404,
    );
    expect(
      (await service.call('GET', '/trading/v2/orders/history', { token: otherUser })).body['orders'],
    ).toEqual([]);
  });
});

describe('batch', () => {
  it('answers each order in the order given', async () => {
    const answer = await service.call('POST', '/trading/v2/orders/batch', {
      body: {
        orders: [
          { type: 'market', ...BUY },
          { type: 'limit', ...RESTING, price: '58000.001' },
          { type: 'limit', ...RESTING },
          { type: 'market', ...BUY, exchange: 'kucoin' },
        ],
      },
      headers: { 'Idempotency-Key': 'batch-1' },
    });
    expect(answer.status).toBe(200);
    const results = answer.body['results'] as { order?: OrderView; error?: { code: string } }[];
    expect(results.map(({ order, error }) => order?.status ?? error?.code)).toEqual([
      'filled',
      'price_off_tick',
      'open',
      'account_not_found',
    ]);
    expect(await newOrdersAtVenue()).toBe(2);
    await service.call('DELETE', '/trading/v2/orders?all=true');
  });

  it('places nothing of an all-or-none batch when one is refused', async () => {
    const answer = await service.call('POST', '/trading/v2/orders/batch', {
      body: {
        orders: [
          { type: 'market', ...BUY },
          { type: 'market', ...BUY, quantity: '5' },
        ],
        all_or_none_risk: true,
      },
    });
    const results = answer.body['results'] as { error: { code: string } }[];
    expect(results.map(({ error }) => error.code)).toEqual(['batch_refused', 'insufficient_balance']);
    expect(await newOrdersAtVenue()).toBe(0);
  });
});

describe('positions and accounts', () => {
  it('shows and closes a position', async () => {
    await service.call('POST', MARKET, { body: { ...BUY, symbol: 'ETH/USDT', quantity: '0.5001' } });
    const shown = await service.call('GET', '/trading/v2/positions/ETH%2FUSDT?exchange=binance');
    const position = positionView.strict().parse(shown.body);
    expect(position).toMatchObject({
      symbol: 'ETH/USDT',
      side: 'long',
      account: 'binance-paper',
      mode: 'paper',
    });
    const half = await service.call('POST', '/trading/v2/positions/ETH-USDT/close', {
      body: { exchange: 'binance', fraction: '0.5', client_order_id: 'half' },
    });
    expect(half).toMatchObject({ status: 201, body: { status: 'filled', side: 'sell' } });
    const again = await service.call('POST', '/trading/v2/positions/ETH-USDT/close', {
      body: { exchange: 'binance', fraction: 0.5, client_order_id: 'half' },
    });
    expect(again).toMatchObject({ status: 200, body: { id: half.body['id'] } });
    // Many at once sell no more than there is.
    const rest = await Promise.all(
      Array.from({ length: 5 }, () =>
        service.call('POST', '/trading/v2/positions/ETH-USDT/close', { body: { exchange: 'binance' } }),
      ),
    );
    expect(rest.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(rest.find(({ status }) => status === 201)?.body['dust']).toMatch(/^0\.0/);
    for (const { status, body } of rest) {
      if (status !== 201)
        expect(['position_closing', 'quantity_too_small', 'notional_too_small']).toContain(body['code']);
    }
    expect(await newOrdersAtVenue()).toBe(3);
  });

  it('cancels the resting sale that locks what is closed, and places anew what it was to sell beside the position', async () => {
    const freeEther = async (): Promise<number> => {
      const { body } = await service.call('GET', '/trading/v2/account/balance?exchange=binance');
      const balances = balanceView.strict().array().parse(body['balances']);
      return Number(balances.find(({ asset }) => asset === 'ETH')?.free ?? 0);
    };
    const before = await freeEther();
    await service.call('POST', MARKET, { body: { ...BUY, symbol: 'ETH/USDT', quantity: '1' } });
    // The balance follows the execution by a message of its own: a sale of what was free before it would lock none of the position.
    await expect.poll(freeEther, { timeout: 10_000 }).toBeGreaterThan(before + 0.9);
    const lots = (Math.floor((await freeEther()) * 10_000) / 10_000).toFixed(4);
    const sale = orderOf(
      await service.call('POST', LIMIT, {
        body: { exchange: 'binance', symbol: 'ETH/USDT', side: 'sell', quantity: lots, price: '3300' },
      }),
    );
    const closed = await service.call('POST', '/trading/v2/positions/ETH-USDT/close', {
      body: { exchange: 'binance' },
    });
    expect(closed).toMatchObject({ status: 201, body: { status: 'filled' } });
    const open = (await service.call('GET', '/trading/v2/orders/open')).body['orders'] as OrderView[];
    expect(open).toMatchObject([{ replaces: sale.id, type: 'limit', price: '3300', status: 'open' }]);
    expect(Number(open[0]?.quantity)).toBeCloseTo(before, 2);
    await service.call('DELETE', `/trading/v2/orders/${open[0]?.id}`);
  });

  it('trades swaps and closes them reduce-only', async () => {
    const body = { exchange: 'binance', symbol: 'BTC-USDT-SWAP', side: 'sell', quantity: '0.01' };
    expect(orderOf(await service.call('POST', MARKET, { body }))).toMatchObject({
      symbol: 'BTC/USDT:USDT',
      status: 'filled',
    });
    const position = positionView
      .strict()
      .parse((await service.call('GET', '/trading/v2/positions/BTC-USDT-SWAP?exchange=binance')).body);
    expect(position).toMatchObject({ side: 'short', quantity: '0.01' });
    const closed = await service.call('POST', '/trading/v2/positions/BTC-USDT:USDT/close', {
      body: { exchange: 'binance' },
    });
    expect(closed).toMatchObject({ status: 201, body: { reduce_only: true, side: 'buy', status: 'filled' } });
    expect((await service.call('GET', '/trading/v2/positions/BTC-USDT-SWAP?exchange=binance')).status).toBe(
      404,
    );
  });

  it('shows the account', async () => {
    const { status, body } = await service.call('GET', '/trading/v2/account/info?exchange=binance');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      account: 'binance-paper',
      mode: 'paper',
      connection: { private_stream: 'connected', breaker: 'closed' },
    });
    riskStatusView.strict().parse(body['risk']);
    balanceView.strict().array().parse(body['balances']);
    positionView.strict().array().parse(body['positions']);
  });
});

describe('risk', () => {
  it('says what the rules would say, and places nothing', async () => {
    const check = (body: object): Promise<Answer> => service.call('POST', '/trading/v2/risk/check', { body });
    const fine = await check({ type: 'market', ...BUY });
    expect(fine).toMatchObject({
      status: 200,
      body: { approved: true, refusals: [], suggested_quantity: '0.01' },
    });
    const refused = await check({ type: 'limit', ...RESTING, quantity: '100' });
    expect(refused.body).toMatchObject({ approved: false });
    const most = String(refused.body['max_quantity']);
    expect(refused.body['suggested_quantity']).toBe(most);
    expect((await check({ type: 'limit', ...RESTING, quantity: most })).body).toMatchObject({
      approved: true,
    });
    const lot = '0.00001';
    const above = (BigInt(Math.round(Number(most) * 100_000)) + 1n).toString().padStart(6, '0');
    const next = `${above.slice(0, -5)}.${above.slice(-5)}`;
    expect(lot).toBe('0.00001');
    expect((await check({ type: 'limit', ...RESTING, quantity: next })).body).toMatchObject({
      approved: false,
    });
    expect(await newOrdersAtVenue()).toBe(0);
  });

  it('closes intake with the kill switch, cancels what works, and lets nothing but reductions pass', async () => {
    const resting = orderOf(await service.call('POST', LIMIT, { body: RESTING }));
    const { body: receipt, status } = await service.call('POST', '/risk/kill-switch', {
      body: { engaged: true, reason: 'a test' },
    });
    expect(status).toBe(200);
    expect(receipt).toMatchObject({
      engaged: true,
      intake_closed: true,
      cancels_sent: 1,
      unconfirmed: [],
      unknown: [],
    });
    expect((receipt['confirmed'] as OrderView[]).map(({ id }) => id)).toEqual([resting.id]);
    expect((await service.call('GET', '/risk/status')).body).toMatchObject({
      trading: 'killed',
      kill_switch: { engaged: true, reason: 'a test', requested_by: 'admin/test' },
    });
    const denied = await service.call('POST', MARKET, { body: BUY });
    expect(denied).toMatchObject({ status: 422, body: { code: 'kill_switch_engaged', rule: 'kill_switch' } });
    const out = await service.call('POST', '/trading/v2/positions/BTC-USDT/close', {
      body: { exchange: 'binance' },
    });
    expect(out).toMatchObject({ status: 201, body: { status: 'filled' } });
    await service.call('POST', '/risk/kill-switch', { body: { engaged: false, reason: 'over' } });
    orderOf(await service.call('POST', MARKET, { body: BUY }));
  });

  it('flattens on demand', async () => {
    const { body: receipt } = await service.call('POST', '/risk/kill-switch', {
      body: { engaged: true, reason: 'out', flatten: true },
    });
    expect(receipt['closing']).not.toEqual([]);
    for (const result of receipt['closing'] as { order?: OrderView }[]) {
      if (result.order !== undefined) expect(result.order.status).toBe('filled');
    }
    await service.call('POST', '/risk/kill-switch', { body: { engaged: false, reason: 'over' } });
  });
});

describe('markets and watching', () => {
  it('lists exchanges and instruments and shows a ticker', async () => {
    const exchanges = (await service.call('GET', '/exchanges')).body['exchanges'] as {
      exchange: string;
      supported: boolean;
    }[];
    expect(exchanges).toHaveLength(8);
    expect(exchanges[0]).toMatchObject({
      exchange: 'binance',
      supported: true,
      accounts: [{ account: 'binance-paper' }],
    });
    const { body } = await service.call('GET', '/instruments?exchange=binance&symbol=BTC-USDT');
    expect(body['instruments']).toMatchObject([{ symbol: 'BTC/USDT', kind: 'spot', active: true }]);
    const ticker = await service.call('GET', '/market/ticker?exchange=binance&symbol=BTC-USDT');
    expect(ticker).toMatchObject({ status: 200, body: { symbol: 'BTC/USDT' } });
    expect(Number(ticker.body['bid'])).toBeLessThan(Number(ticker.body['ask']));
  });

  it('answers health and the first page without a token', async () => {
    const free = { token: null };
    expect(await service.call('GET', '//health/live', free)).toMatchObject({
      status: 200,
      body: { live: true },
    });
    expect(await service.call('GET', '//health/ready', free)).toMatchObject({
      status: 200,
      body: { ready: true },
    });
    const metrics = await service.call('GET', '//metrics');
    expect(metrics.body['text']).toContain(
      'plimsoll_order_answers_total{exchange="binance",answer="filled"}',
    );
    expect((await service.call('GET', '//', free)).body['text']).toContain('Plimsoll');
    expect((await service.call('GET', '/drift')).body).toMatchObject({ drift: [] });
  });

  it('names the nearest endpoint where there is none', async () => {
    expect(await service.call('POST', '/trading/v2/order/market', { body: {} })).toMatchObject({
      status: 404,
      body: {
        code: 'route_not_found',
        detail:
          'There is no POST /api/v1/trading/v2/order/market. The nearest is POST /api/v1/trading/v2/orders/market.',
      },
    });
    expect((await service.call('GET', '//wp-login.php')).body['detail']).toBe(
      'There is no GET /wp-login.php.',
    );
  });

  it('documents every endpoint from the schemas that check it', async () => {
    const { body } = await service.call('GET', '//openapi.json', { token: null });
    expect(body['openapi']).toBe('3.1.0');
    const paths = body['paths'] as Record<string, Record<string, { requestBody?: unknown }>>;
    for (const path of [
      MARKET,
      LIMIT,
      '/trading/v2/orders/stop',
      '/trading/v2/orders/batch',
      '/trading/v2/risk/check',
    ]) {
      const documented = withSchemas(body, paths[`/api/v1${path}`]?.['post']?.requestBody);
      expect(documented, path).toContain('"quantity"');
      expect(documented, path).toContain('"additionalProperties":false');
    }
    expect(paths['/api/v1/trading/v2/orders/{order_id}']).toHaveProperty('delete');
    expect(JSON.stringify(body)).not.toContain('PLACEHOLDER');
  });

  it('shows the documentation without anything from elsewhere', async () => {
    const page = await fetch(`${service.url}/docs`);
    expect(page.status).toBe(200);
    const html = await page.text();
    expect(html.match(/(?:src|href)="https?:/g)).toBeNull();
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    const script = /src="([^"]+)"/.exec(html)?.[1] ?? '';
    const code = await fetch(new URL(script, page.url));
    expect(code.status).toBe(200);
    expect(code.headers.get('content-type')).toContain('javascript');
  });
});

/** A part of the document as text, with the schemas that it refers to. */
function withSchemas(document: Record<string, unknown>, part: unknown): string {
  const { schemas } = document['components'] as { readonly schemas: Readonly<Record<string, unknown>> };
  const text = JSON.stringify(part);
  const named = [...text.matchAll(/#\/components\/schemas\/(\w+)/g)];
  return [text, ...named.map(([, name = '']) => withSchemas(document, schemas[name]))].join('\n');
}

describe('stream', () => {
  interface Message {
    readonly channel?: string;
    readonly seq?: number;
    readonly event?: string;
    readonly orders?: readonly OrderView[];
    readonly [name: string]: unknown;
  }

  async function connect(headers: Record<string, string> = {}): Promise<{
    readonly socket: WebSocket;
    readonly messages: Message[];
    readonly closed: Promise<number>;
  }> {
    const socket = new WebSocket(service.streamUrl, { headers });
    const messages: Message[] = [];
    socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString('utf8')) as Message));
    const closed = new Promise<number>((resolve) => {
      socket.on('close', resolve);
    });
    await new Promise((resolve, reject) => {
      socket.on('open', resolve).on('error', reject);
    });
    return { socket, messages, closed };
  }

  it('sends the events of an order in order of seq, and again from the seq at which a client left', async () => {
    const { socket, messages } = await connect();
    socket.send(JSON.stringify({ token: service.tokens.read }));
    socket.send(JSON.stringify({ subscribe: ['orders', 'fills', 'positions'] }));
    await expect.poll(() => messages.length).toBe(2);
    expect(messages[1]).toMatchObject({ subscribed: ['orders', 'fills', 'positions'] });
    const order = orderOf(await service.call('POST', MARKET, { body: BUY }));
    await expect
      .poll(() =>
        messages.some(({ orders }) =>
          orders?.some(({ id, status }) => id === order.id && status === 'filled'),
        ),
      )
      .toBe(true);
    socket.close();
    const first = messages.filter(({ channel }) => channel !== undefined);
    const seqs = first.map(({ seq }) => seq ?? 0);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    expect(first.some(({ channel, event }) => channel === 'fills' && event === 'fill_booked')).toBe(true);

    const after = (seqs[0] ?? 0) - 1;
    const later = await connect({ Authorization: `Bearer ${service.tokens.read}` });
    later.socket.send(JSON.stringify({ subscribe: ['orders', 'fills', 'positions'], after }));
    // Positions are sent as they are by then: books.int.test.ts has them.
    const keys = (list: readonly Message[]): string[] =>
      list
        .filter(({ channel }) => channel === 'orders' || channel === 'fills')
        .map(({ channel, seq, event }) => `${seq} ${channel} ${event}`);
    await expect.poll(() => keys(later.messages).slice(0, keys(first).length)).toEqual(keys(first));
    later.socket.close();
  });

  it('lets nobody in without a token, and names what is wrong', async () => {
    const { socket, messages, closed } = await connect();
    socket.send(JSON.stringify({ token: 'wrong' }));
    expect(await closed).toBe(1008);
    expect(messages).toMatchObject([{ error: { code: 'unauthenticated' } }]);
    const early = await connect();
    early.socket.send(JSON.stringify({ subscribe: ['orders'] }));
    expect(await early.closed).toBe(1008);
    const wrong = await connect({ Authorization: `Bearer ${service.tokens.read}` });
    for (const message of [
      '{',
      '{"subscribe":["secrets"]}',
      '{"subscribe":["orders"],"after":-1}',
      '{"x":1}',
    ]) {
      wrong.socket.send(message);
    }
    await expect.poll(() => wrong.messages.filter((message) => 'error' in message)).toHaveLength(4);
    wrong.socket.close();
  });

  it('sends no user the events of another', async () => {
    const { socket, messages } = await connect({ Authorization: `Bearer ${service.tokens.otherUser}` });
    socket.send(JSON.stringify({ subscribe: ['orders', 'fills', 'positions', 'balances', 'risk', 'drift'] }));
    // The login, the subscription, and the alarms of their own portfolio, which has none.
    await expect.poll(() => messages.length).toBe(3);
    orderOf(await service.call('POST', MARKET, { body: BUY }));
    socket.send(JSON.stringify({ subscribe: [] }));
    await expect.poll(() => messages.length).toBe(4);
    expect(messages.filter(({ channel }) => channel !== undefined)).toMatchObject([
      { channel: 'risk', event: 'alarms', alarms: [], raised: [], over: [] },
    ]);
    socket.close();
  });
});
