/** Coinbase's rules, of which a careless simulator knows nothing: tokens, answers to orders, look-ups, the user channel, fills; and the switches. */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { decimal } from '../../core/decimal.ts';
import { coinbaseProtocolWith } from './protocol.ts';
import {
  follow,
  movedClock,
  simulatedVenue,
  type Answer,
  type Following,
  type Json,
  type SimulatedVenue,
} from './testing/simulated-venue.ts';
import { SLOWEST, type UndecidedBehaviour } from './undecided.ts';

const opened: SimulatedVenue[] = [];
const followed: Following[] = [];

async function open(options: Parameters<typeof simulatedVenue>[0] = {}): Promise<SimulatedVenue> {
  const protocols = [coinbaseProtocolWith(SLOWEST)];
  const venue = await simulatedVenue({ limits: false, protocols, ...options });
  opened.push(venue);
  for (const symbol of ['BTC/USDT', 'BTC/USD']) await venue.price(symbol, '60000');
  return venue;
}

const openWith = (
  undecided: Partial<UndecidedBehaviour>,
  options: Parameters<typeof simulatedVenue>[0] = {},
): Promise<SimulatedVenue> =>
  open({ protocols: [coinbaseProtocolWith({ ...SLOWEST, ...undecided })], ...options });

/** Nothing lags behind. */
const PROMPT: Partial<UndecidedBehaviour> = { listedAfterMs: 0, cancelQueuedForMs: 0 };

async function connect(venue: SimulatedVenue, path = '/user'): Promise<Following> {
  const following = await follow(`${venue.wsUrl}${path}`);
  followed.push(following);
  return following;
}

async function followUser(venue: SimulatedVenue, products: readonly string[] = []): Promise<Following> {
  const following = await connect(venue);
  following.send({ type: 'subscribe', channel: 'user', product_ids: products, jwt: venue.streamToken() });
  await expect.poll(() => following.events('user')).not.toEqual([]);
  return following;
}

afterEach(() => {
  for (const { socket } of followed.splice(0)) socket.terminate();
});
afterAll(async () => {
  for (const venue of opened.splice(0)) await venue.close();
});

let ids = 0;
const newId = (): string => `rules-${(ids += 1)}`;

const LIMIT = { limit_limit_gtc: { base_size: '0.01', limit_price: '50000', post_only: false } };
const MARKET = { market_market_ioc: { base_size: '0.01' } };

function create(venue: SimulatedVenue, change: object = {}): Promise<Answer> {
  return venue.raw('POST', '/orders', {
    client_order_id: newId(),
    product_id: 'BTC-USDT',
    side: 'BUY',
    order_configuration: LIMIT,
    ...change,
  });
}

const idOf = ({ json }: Answer): string => String((json['success_response'] as Json)['order_id']);
const ordersOf = ({ json }: Answer): readonly Json[] => json['orders'] as Json[];
const list = (venue: SimulatedVenue, parameters: object = {}): Promise<Answer> =>
  venue.raw('GET', '/orders/historical/batch', parameters);
const oneOrder = async (venue: SimulatedVenue, id: string): Promise<Json> =>
  (await venue.raw('GET', `/orders/historical/${id}`)).json['order'] as Json;
const fillsOf = async (venue: SimulatedVenue, id: string): Promise<readonly Json[]> =>
  (await venue.raw('GET', '/orders/historical/fills', { order_ids: [id] })).json['fills'] as Json[];
const cancel = async (venue: SimulatedVenue, ...orderIds: readonly string[]): Promise<readonly Json[]> =>
  (await venue.raw('POST', '/orders/batch_cancel', { order_ids: orderIds })).json['results'] as Json[];

describe('tokens', () => {
  let venue: SimulatedVenue;
  const time = { nowMs: 1_790_000_000_500 };
  beforeAll(async () => {
    venue = await open({ clock: movedClock(time) });
  });

  const accounts = (changes: Parameters<SimulatedVenue['raw']>[3] = {}): Promise<Answer> =>
    venue.raw('GET', '/accounts', { limit: 5 }, changes);
  const seconds = (): number => Math.floor(time.nowMs / 1000);
  const URI = 'GET api.coinbase.com/api/v3/brokerage/accounts';

  test('a request without a good one is answered 401 as plain text', async () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
    for (const changes of [
      { unsigned: true },
      { headers: { authorization: 'Bearer nothing' } },
      { key: 'organizations/a/apiKeys/b' },
      { privateKey: other },
      { claims: { iss: 'somebody' } },
      { claims: { sub: 'somebody' } },
    ] as const) {
      const answer = await accounts(changes);
      expect(answer.status).toBe(401);
      expect(answer.text).toBe('Unauthorized\n');
      expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
    }
    expect((await accounts()).status).toBe(200);
  });

  test('the uri is method, host and path without the query, each of them checked', async () => {
    for (const [uri, status] of [
      [URI, 200],
      [`${URI}?limit=5`, 401],
      [URI.replace('GET', 'POST'), 401],
      [`${URI}/`, 401],
      [URI.replace('api.coinbase.com', 'example.com'), 401],
      [URI.replace('api.coinbase.com', new URL(venue.restUrl).host), 200],
    ] as const)
      expect([uri, (await accounts({ claims: { uri } })).status]).toEqual([uri, status]);
    expect((await accounts({ claims: { uri: undefined, uris: [URI] } })).status).toBe(200);
    expect((await accounts({ claims: { uri: undefined } })).status).toBe(401);
  });

  test('it lives 120 seconds and what is allowed for clocks, and not before its time', async () => {
    const now = seconds();
    const leeway = SLOWEST.tokenLeewayMs / 1000;
    for (const [nbf, exp, status] of [
      [now, now + 120, 200],
      [now, now + 121, 401],
      [now + 1, now + 121, 401],
      [now - 120 - leeway + 1, now - leeway + 1, 200],
      [now - 120 - leeway, now - leeway, 401],
    ] as const)
      expect([nbf, exp, (await accounts({ claims: { nbf, exp } })).status]).toEqual([nbf, exp, status]);
  });

  test('keys may be of Ed25519, and a key without the right to trade is refused', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const made = (await venue.control('POST', 'keys', {
      public_key: publicKey.export({ type: 'spki', format: 'pem' }),
      permissions: { trade: false },
    })) as { readonly key: string };
    const changes = { key: made.key, privateKey };
    const may = await venue.raw('GET', '/key_permissions', {}, changes);
    expect(may.json).toMatchObject({ can_view: true, can_trade: false, can_transfer: false });
    const refused = await venue.raw('POST', '/orders', { client_order_id: newId() }, changes);
    expect(refused.status).toBe(403);
    expect(refused.json).toMatchObject({
      error: 'PERMISSION_DENIED',
      error_details: 'Missing required scopes',
    });
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
    await expect(
      venue.control('POST', 'keys', { public_key: rsa.export({ type: 'spki', format: 'pem' }) }),
    ).rejects.toThrow(/ECDSA \(P-256\) and Ed25519/);
  });
});

describe('the answer to an order', () => {
  let venue: SimulatedVenue;
  beforeAll(async () => {
    venue = await openWith(PROMPT);
  });

  test('success with UNKNOWN_FAILURE_REASON is accepted', async () => {
    const clientId = newId();
    const answer = await create(venue, { client_order_id: clientId });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      success: true,
      failure_reason: 'UNKNOWN_FAILURE_REASON',
      success_response: { product_id: 'BTC-USDT', side: 'BUY', client_order_id: clientId },
      order_configuration: LIMIT,
    });
    expect(await oneOrder(venue, idOf(answer))).toMatchObject({ status: 'OPEN', client_order_id: clientId });
  });

  const limit = (terms: object): object => ({
    order_configuration: { limit_limit_gtc: { ...LIMIT.limit_limit_gtc, ...terms } },
  });
  const stop = (terms: object): object => ({
    order_configuration: {
      stop_limit_stop_limit_gtc: {
        base_size: '0.01',
        limit_price: '62000',
        stop_price: '61000',
        stop_direction: 'STOP_DIRECTION_STOP_UP',
        ...terms,
      },
    },
  });

  test.each([
    ['INSUFFICIENT_FUND', 'PREVIEW_INSUFFICIENT_FUND', limit({ base_size: '100' })],
    ['INVALID_PRICE_PRECISION', 'PREVIEW_INVALID_PRICE_PRECISION', limit({ limit_price: '50000.001' })],
    ['INVALID_SIZE_PRECISION', 'PREVIEW_INVALID_SIZE_PRECISION', limit({ base_size: '0.010000001' })],
    ['UNKNOWN_FAILURE_REASON', 'PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL', limit({ base_size: '0.00001' })],
    ['UNKNOWN_FAILURE_REASON', 'PREVIEW_INVALID_BASE_SIZE_TOO_LARGE', limit({ base_size: '3401' })],
    [
      'INVALID_LIMIT_PRICE_POST_ONLY',
      'PREVIEW_INVALID_LIMIT_PRICE_POST_ONLY',
      limit({ limit_price: '60100', post_only: true }),
    ],
    ['INVALID_PRODUCT_ID', 'PREVIEW_INVALID_PRODUCT_ID', { product_id: 'BTC-XYZ' }],
    [
      'UNSUPPORTED_ORDER_CONFIGURATION',
      'PREVIEW_INVALID_ORDER_CONFIG',
      { order_configuration: { market_market_fok: { base_size: '0.01' } } },
    ],
    [
      'UNSUPPORTED_ORDER_CONFIGURATION',
      'PREVIEW_INVALID_ORDER_CONFIG',
      { side: 'SELL', order_configuration: { market_market_ioc: { quote_size: '100' } } },
    ],
    ['UNKNOWN_FAILURE_REASON', 'PREVIEW_STOP_PRICE_BELOW_LAST_TRADE_PRICE', stop({ stop_price: '59000' })],
    ['UNKNOWN_FAILURE_REASON', 'PREVIEW_STOP_PRICE_ABOVE_LIMIT_PRICE', stop({ stop_price: '63000' })],
    [
      'END_TIME_IS_IN_THE_PAST',
      'PREVIEW_END_TIME_IS_IN_THE_PAST',
      {
        order_configuration: {
          limit_limit_gtd: { ...LIMIT.limit_limit_gtc, end_time: '2021-05-31T09:59:59.000Z' },
        },
      },
    ],
  ])('%s %s stands in an answer with status 200', async (reason, preview, change) => {
    const answer = await create(venue, change);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      success: false,
      error_response: { error: reason, preview_failure_reason: preview, new_order_failure_reason: reason },
    });
  });

  test('a request that is none is refused by its status', async () => {
    for (const change of [
      { client_order_id: '' },
      { client_order_id: 'a'.repeat(129) },
      { side: 'HOLD' },
      { product_id: '' },
    ]) {
      const answer = await create(venue, change);
      expect(answer.status).toBe(400);
      expect(answer.json).toMatchObject({ error: 'INVALID_ARGUMENT' });
    }
    expect((await create(venue, { client_order_id: 'a'.repeat(128) })).json).toMatchObject({ success: true });
  });

  test('a repeated client id is answered with the order that has it, even with other terms, and makes none', async () => {
    const clientId = newId();
    const first = await create(venue, { client_order_id: clientId });
    const before = ordersOf(await list(venue)).length;
    const again = await create(venue, { client_order_id: clientId });
    const other = await create(venue, {
      client_order_id: clientId,
      side: 'SELL',
      product_id: 'BTC-USDT',
      order_configuration: MARKET,
    });
    for (const answer of [again, other]) {
      expect(answer.json).toMatchObject({ success: true, success_response: { side: 'BUY' } });
      expect(idOf(answer)).toBe(idOf(first));
    }
    expect(ordersOf(await list(venue))).toHaveLength(before);
    await cancel(venue, idOf(first));
    expect(idOf(await create(venue, { client_order_id: clientId }))).toBe(idOf(first));
  });

  test('it may be the refusal DUPLICATE_CLIENT_ORDER_ID', async () => {
    const strict = await openWith({ duplicateId: 'refused' });
    const clientId = newId();
    await create(strict, { client_order_id: clientId });
    expect((await create(strict, { client_order_id: clientId })).json).toMatchObject({
      success: false,
      error_response: { error: 'DUPLICATE_CLIENT_ORDER_ID' },
    });
  });

  test('an order may fail after it was accepted', async () => {
    const late = await openWith({ ...PROMPT, rejectsLate: ['insufficient_balance'] });
    const answer = await create(late, limit({ base_size: '100' }));
    expect(answer.json).toMatchObject({ success: true });
    expect(await oneOrder(late, idOf(answer))).toMatchObject({
      status: 'FAILED',
      reject_reason: 'INSUFFICIENT_FUNDS',
    });
  });
});

describe('look-ups', () => {
  test('an order and its fills are missing for a moment, from the list and by id', async () => {
    const time = { nowMs: 1_790_000_000_000 };
    const venue = await openWith({ listedAfterMs: 250 }, { clock: movedClock(time) });
    const answer = await create(venue, { order_configuration: MARKET });
    const id = idOf(answer);
    expect(ordersOf(await list(venue))).toEqual([]);
    const missing = await venue.raw('GET', `/orders/historical/${id}`);
    expect(missing.status).toBe(404);
    expect(missing.json).toMatchObject({
      error: 'NOT_FOUND',
      error_details: 'order with this orderID was not found',
    });
    expect(await fillsOf(venue, id)).toEqual([]);
    time.nowMs += 250;
    expect(ordersOf(await list(venue))).toMatchObject([{ order_id: id, status: 'FILLED' }]);
    expect(await oneOrder(venue, id)).toMatchObject({ status: 'FILLED' });
    expect(await fillsOf(venue, id)).not.toEqual([]);
  });

  test('a list goes on under a cursor, newest first, and is filtered', async () => {
    const time = { nowMs: 1_790_000_000_000 };
    const venue = await openWith(PROMPT, { clock: movedClock(time) });
    const made: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      made.push(idOf(await create(venue)));
      time.nowMs += 1_000;
    }
    const seen: unknown[] = [];
    let cursor = '';
    for (let page = 0; page < 3; page += 1) {
      const { json } = await list(venue, { limit: 2, ...(cursor === '' ? {} : { cursor }) });
      seen.push(...(json['orders'] as Json[]).map((order) => order['order_id']));
      cursor = String(json['cursor']);
      expect(json['has_next']).toBe(page < 2);
    }
    expect(seen).toEqual([...made].reverse());
    expect(cursor).toBe('');
    await cancel(venue, made[0] ?? '');
    const open = ordersOf(await list(venue, { order_status: 'OPEN' }));
    expect(open.map((order) => order['order_id'])).toEqual(made.slice(1).reverse());
    const span = ordersOf(
      await list(venue, {
        start_date: new Date(1_790_000_001_000).toISOString(),
        end_date: new Date(1_790_000_003_000).toISOString(),
        product_ids: ['BTC-USDT', 'ETH-USDT'],
      }),
    );
    expect(span.map((order) => order['order_id'])).toEqual([made[2], made[1]]);
  });

  test('there is no look-up by client id: it names no order', async () => {
    const venue = await openWith(PROMPT);
    const clientId = newId();
    await create(venue, { client_order_id: clientId });
    expect((await venue.raw('GET', `/orders/historical/${clientId}`)).status).toBe(404);
    const all = ordersOf(await list(venue, { client_order_id: clientId }));
    expect(all).toHaveLength(1);
  });
});

describe('cancels and edits', () => {
  test('are answered for each id: unknown ones, finished ones and those on their way are not taken', async () => {
    const time = { nowMs: 1_790_000_000_000 };
    const venue = await openWith({ listedAfterMs: 0 }, { clock: movedClock(time) });
    const resting = idOf(await create(venue));
    const filled = idOf(await create(venue, { order_configuration: MARKET }));
    const unknown = '00000000-0000-4000-8000-000000000000';
    expect(await cancel(venue, resting, filled, unknown)).toEqual([
      { success: true, failure_reason: 'UNKNOWN_CANCEL_FAILURE_REASON', order_id: resting },
      { success: false, failure_reason: 'UNKNOWN_CANCEL_ORDER', order_id: filled },
      { success: false, failure_reason: 'UNKNOWN_CANCEL_ORDER', order_id: unknown },
    ]);
    expect(await oneOrder(venue, resting)).toMatchObject({ status: 'CANCEL_QUEUED', pending_cancel: true });
    expect(await cancel(venue, resting)).toMatchObject([{ failure_reason: 'DUPLICATE_CANCEL_REQUEST' }]);
    time.nowMs += SLOWEST.cancelQueuedForMs;
    expect(await oneOrder(venue, resting)).toMatchObject({ status: 'CANCELLED', pending_cancel: false });
    expect(await cancel(venue, resting)).toMatchObject([{ failure_reason: 'UNKNOWN_CANCEL_ORDER' }]);
  });

  test('an edit needs both figures, and is kept with the order', async () => {
    const venue = await openWith(PROMPT);
    const id = idOf(await create(venue));
    const edit = async (terms: object): Promise<Json> =>
      (await venue.raw('POST', '/orders/edit', { order_id: id, ...terms })).json;
    expect(await edit({ price: '51000' })).toMatchObject({
      success: false,
      errors: [{ edit_failure_reason: 'INVALID_EDITED_SIZE' }],
    });
    expect(await edit({ price: '51000', size: '0.02' })).toEqual({ success: true, errors: [] });
    expect(await oneOrder(venue, id)).toMatchObject({
      order_configuration: { limit_limit_gtc: { base_size: '0.02', limit_price: '51000' } },
      edit_history: [{ price: '51000', size: '0.02' }],
    });
    await cancel(venue, id);
    expect(await edit({ price: '52000', size: '0.02' })).toMatchObject({ success: false });
  });
});

describe('the user channel', () => {
  test('begins with the open orders, fifty at a time, the last batch not full', async () => {
    const venue = await openWith(PROMPT);
    for (let index = 0; index < 50; index += 1)
      await create(venue, {
        order_configuration: { limit_limit_gtc: { base_size: '0.0001', limit_price: '50000' } },
      });
    const full = await followUser(venue);
    await expect
      .poll(() => full.events('user').map(({ orders }) => (orders as Json[]).length))
      .toEqual([50, 0]);
    expect(full.events('user').map(({ type }) => type)).toEqual(['snapshot', 'patch']);
    await create(venue);
    const more = await followUser(venue);
    await expect
      .poll(() => more.events('user').map(({ orders }) => (orders as Json[]).length))
      .toEqual([50, 1]);
  });

  test('counts every message of a connection, over all channels', async () => {
    const venue = await openWith(PROMPT);
    const following = await followUser(venue);
    following.send({ type: 'subscribe', channel: 'heartbeats' });
    await create(venue);
    await expect.poll(() => following.events('heartbeats').length, { timeout: 5_000 }).toBeGreaterThan(0);
    const numbers = following.messages.map((message) => message['sequence_num']);
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect(following.events('heartbeats')[0]).toMatchObject({ heartbeat_counter: '1' });
  });

  test('has cumulative figures alone, and says that a cancel is queued before it is done', async () => {
    const venue = await open();
    const following = await followUser(venue);
    const id = idOf(await create(venue));
    await cancel(venue, id);
    const bought = idOf(
      await create(venue, {
        order_configuration: { sor_limit_ioc: { base_size: '1.5', limit_price: '60500' } },
      }),
    );
    const statesOf = (order: string): readonly unknown[] =>
      following
        .orders()
        .filter(({ order_id: of }) => of === order)
        .map(({ status }) => status);
    await expect.poll(() => statesOf(id)).toEqual(['OPEN', 'CANCEL_QUEUED', 'CANCELLED']);
    await expect.poll(() => statesOf(bought).at(-1)).toBe('FILLED');
    const states = following.orders().filter(({ order_id: of }) => of === bought);
    const quantities = states.map((state) => decimal(String(state['cumulative_quantity'])));
    expect(
      quantities.every(
        (quantity, index) => index === 0 || quantity.greaterThan(quantities[index - 1] ?? quantity),
      ),
    ).toBe(true);
    expect(states.at(-1)).toMatchObject({
      cumulative_quantity: '1.5',
      leaves_quantity: '0',
      order_type: 'Limit',
    });
    expect(Object.keys(states.at(-1) ?? {}).filter((name) => name.includes('trade'))).toEqual([]);
  });

  test('needs a token of its own, and a product or none', async () => {
    const venue = await open();
    const following = await connect(venue);
    following.send({ type: 'subscribe', channel: 'user' });
    following.send({ type: 'subscribe', channel: 'user', jwt: 'nothing' });
    await expect
      .poll(() => following.messages)
      .toEqual([
        { type: 'error', message: 'authentication failure' },
        { type: 'error', message: 'authentication failure' },
      ]);
    const usd = await followUser(venue, ['BTC-USD']);
    await create(venue);
    await create(venue, { product_id: 'BTC-USD' });
    await expect.poll(() => usd.orders().map(({ product_id: id }) => id)).toEqual(['BTC-USD']);
  });

  test('a connection that subscribes to nothing, or receives nothing without heartbeats, is cut', async () => {
    const time = { nowMs: 1_790_000_000_000 };
    const venue = await open({ clock: movedClock(time) });
    const [silent, idle, kept] = [await connect(venue), await followUser(venue), await followUser(venue)];
    kept.send({ type: 'subscribe', channel: 'heartbeats' });
    await expect.poll(() => kept.events('heartbeats').length).toBeGreaterThan(0);
    const closed = ({ socket }: Following): boolean => socket.readyState === socket.CLOSED;
    time.nowMs += 5_000;
    await expect.poll(() => [silent, idle, kept].map(closed)).toEqual([true, false, false]);
    time.nowMs += 60_000;
    await expect.poll(() => [silent, idle, kept].map(closed)).toEqual([true, true, false]);
  });
});

describe('the dollar and USDC', () => {
  test('have one book, shown on public channels as that of the dollar', async () => {
    const venue = await openWith(PROMPT);
    const following = await connect(venue, '/');
    following.send({ type: 'subscribe', channel: 'level2', product_ids: ['BTC-USDC'] });
    await expect.poll(() => following.events('l2_data')).not.toEqual([]);
    expect(following.events('l2_data')[0]).toMatchObject({ type: 'snapshot', product_id: 'BTC-USD' });
    expect(following.events('subscriptions')).toEqual([{ subscriptions: { level2: ['BTC-USD'] } }]);
    const usdc = await venue.raw('GET', '/market/products/BTC-USDC', {}, { unsigned: true });
    expect(usdc.json).toMatchObject({ alias: 'BTC-USD', alias_to: [], quote_currency_id: 'USDC' });
    const usd = await venue.raw('GET', '/market/products/BTC-USD', {}, { unsigned: true });
    expect(usd.json).toMatchObject({ alias: '', alias_to: ['BTC-USDC'] });
  });

  test('are paid each from its own balance, and the user channel names the product of the order', async () => {
    const venue = await openWith(PROMPT);
    const following = await followUser(venue, ['BTC-USDC']);
    const answer = await create(venue, { product_id: 'BTC-USDC', order_configuration: MARKET });
    const id = idOf(answer);
    const balances = (await venue.control('GET', 'balances')) as { asset: string; total: string }[];
    const totalOf = (asset: string): string | undefined =>
      balances.find((balance) => balance.asset === asset)?.total;
    expect(totalOf('USD')).toBe('100000');
    expect(Number(totalOf('USDC'))).toBeLessThan(99_500);
    await expect
      .poll(() => following.orders().at(-1))
      .toMatchObject({
        order_id: id,
        product_id: 'BTC-USDC',
        status: 'FILLED',
      });
    const [fill] = await fillsOf(venue, id);
    expect(fill).toMatchObject({ product_id: 'BTC-USDC', size: '0.01', size_in_quote: false });
  });
});

describe('fills', () => {
  test('of an order by quote have their size in quote, and the commission always is', async () => {
    const venue = await openWith(PROMPT);
    const answer = await create(venue, {
      order_configuration: { market_market_ioc: { quote_size: '1000' } },
    });
    const id = idOf(answer);
    const fills = await fillsOf(venue, id);
    const order = await oneOrder(venue, id);
    expect(order).toMatchObject({ status: 'FILLED', size_in_quote: true, size_inclusive_of_fees: true });
    let [spent, base] = [decimal('0'), decimal('0')];
    for (const fill of fills) {
      expect(fill).toMatchObject({ size_in_quote: true, trade_type: 'FILL', liquidity_indicator: 'TAKER' });
      const [size, price] = [decimal(String(fill['size'])), decimal(String(fill['price']))];
      spent = spent.add(size).add(decimal(String(fill['commission'])));
      base = base.add(size.divide(price, 8, 'half_even'));
    }
    expect(base.toString()).toBe(order['filled_size']);
    expect(spent.atMost(decimal('1000'))).toBe(true);
    // The rest buys less than the smallest step of the base.
    expect(spent.greaterThan(decimal('999.99'))).toBe(true);
  });

  test('may have it in base all the same', async () => {
    const venue = await openWith({ ...PROMPT, quoteOrdersFillInQuote: false });
    const answer = await create(venue, {
      order_configuration: { market_market_ioc: { quote_size: '1000' } },
    });
    const [fill] = await fillsOf(venue, idOf(answer));
    expect(fill).toMatchObject({ size_in_quote: false });
  });

  test('are listed by time, both ends excluded, under a cursor without has_next', async () => {
    const time = { nowMs: 1_790_000_000_000 };
    const venue = await openWith(PROMPT, { clock: movedClock(time) });
    for (let index = 0; index < 3; index += 1) {
      await create(venue, { order_configuration: MARKET });
      time.nowMs += 1_000;
    }
    const page = async (parameters: object): Promise<Json> =>
      (await venue.raw('GET', '/orders/historical/fills', parameters)).json;
    const first = await page({ limit: 2 });
    expect(first['fills']).toHaveLength(2);
    const second = await page({ limit: 2, cursor: first['cursor'] });
    expect(second['fills']).toHaveLength(1);
    expect(second['cursor']).toBe('');
    const between = await page({
      start_sequence_timestamp: '2026-09-21T14:13:20.000Z',
      end_sequence_timestamp: '2026-09-21T14:13:22.000Z',
    });
    expect(between['fills']).toHaveLength(1);
  });
});

describe('orders that end by themselves', () => {
  test('at their time, as EXPIRED or as CANCELLED', async () => {
    for (const goodTillDateEndsAs of ['EXPIRED', 'CANCELLED'] as const) {
      const time = { nowMs: 1_790_000_000_000 };
      const venue = await openWith({ ...PROMPT, goodTillDateEndsAs }, { clock: movedClock(time) });
      const endTime = new Date(time.nowMs + 60_000).toISOString();
      const id = idOf(
        await create(venue, {
          order_configuration: {
            limit_limit_gtd: { base_size: '0.01', limit_price: '50000', end_time: endTime },
          },
        }),
      );
      expect(await oneOrder(venue, id)).toMatchObject({
        status: 'OPEN',
        time_in_force: 'GOOD_UNTIL_DATE_TIME',
        order_configuration: { limit_limit_gtd: { end_time: endTime } },
      });
      time.nowMs += 60_000;
      // The venue lets time pass with each call that may change something.
      await venue.price('BTC/USDT', '60000');
      expect(await oneOrder(venue, id)).toMatchObject({ status: goodTillDateEndsAs });
    }
  });

  test('with what was filled: IOC, FOK, and a stop that triggers', async () => {
    const venue = await openWith(PROMPT);
    const make = async (configuration: object): Promise<Json> =>
      oneOrder(venue, idOf(await create(venue, { order_configuration: configuration })));
    expect(await make({ sor_limit_ioc: { base_size: '0.01', limit_price: '50000' } })).toMatchObject({
      status: 'CANCELLED',
      filled_size: '0',
      time_in_force: 'IMMEDIATE_OR_CANCEL',
    });
    expect(await make({ limit_limit_fok: { base_size: '0.01', limit_price: '60500' } })).toMatchObject({
      status: 'FILLED',
      time_in_force: 'FILL_OR_KILL',
    });
    const stop = await make({
      stop_limit_stop_limit_gtc: {
        base_size: '0.01',
        limit_price: '61500',
        stop_price: '61000',
        stop_direction: 'STOP_DIRECTION_STOP_UP',
      },
    });
    expect(stop).toMatchObject({ status: 'OPEN', trigger_status: 'STOP_PENDING', order_type: 'STOP_LIMIT' });
    await venue.price('BTC/USDT', '61100');
    expect(await oneOrder(venue, String(stop['order_id']))).toMatchObject({
      status: 'FILLED',
      trigger_status: 'STOP_TRIGGERED',
    });
  });
});

describe('limits and the cache', () => {
  test('public answers are a second old, unless no-cache is asked for', async () => {
    const time = { nowMs: 1_790_000_000_000 };
    const venue = await open({ clock: movedClock(time) });
    const epoch = async (headers: Record<string, string> = {}): Promise<unknown> =>
      (await venue.raw('GET', '/time', {}, { unsigned: true, headers })).json['epochMillis'];
    const begin = await epoch();
    time.nowMs += 999;
    expect(await epoch()).toBe(begin);
    expect(await epoch({ 'cache-control': 'no-cache' })).toBe('1790000000999');
    time.nowMs += 1_000;
    expect(await epoch()).toBe('1790000001999');
  });

  test('too many requests are answered 429, public ones of an address and private ones of a user', async () => {
    const time = { nowMs: 1_790_000_000_000 };
    const venue = await simulatedVenue({ clock: movedClock(time) });
    opened.push(venue);
    const statuses = async (count: number, ask: () => Promise<Answer>): Promise<readonly number[]> => {
      const all: number[] = [];
      for (let index = 0; index < count; index += 1) all.push((await ask()).status);
      return all;
    };
    const shown = await statuses(11, () => venue.raw('GET', '/time', {}, { unsigned: true }));
    expect(shown.map((status) => status === 200)).toEqual([...Array(10).fill(true), false]);
    const own = await statuses(31, () => venue.raw('GET', '/key_permissions'));
    expect(own.filter((status) => status === 200)).toHaveLength(30);
    const refused = await venue.raw('GET', '/key_permissions');
    expect(refused.status).toBe(429);
    expect(refused.json).toEqual({ errors: [{ id: 'rate_limit_exceeded', message: 'Too many requests' }] });
    time.nowMs += 1_000;
    const again = await venue.raw('GET', '/key_permissions');
    expect(again.headers.get('x-ratelimit-remaining')).toBe('29');
  });

  test('a fault behind the answer to an order leaves the order', async () => {
    const venue = await openWith(PROMPT);
    await venue.control('POST', 'faults', {
      kind: 'http_error_after',
      route: 'create_order',
      status: 500,
      count: 1,
    });
    const clientId = newId();
    const answer = await create(venue, { client_order_id: clientId });
    expect(answer.status).toBe(500);
    expect(answer.json).toMatchObject({ error: 'INTERNAL' });
    expect(ordersOf(await list(venue))).toMatchObject([{ client_order_id: clientId, status: 'OPEN' }]);
  });
});

test('transactions of a currency: fills with their fee, deposits, newest first, page by page', async () => {
  const venue = await openWith(PROMPT);
  await venue.control('POST', 'deposits', { wallet: 'spot', asset: 'USDT', amount: '500' });
  await create(venue, { order_configuration: MARKET });
  const accounts = (await venue.raw('GET', '/accounts', { limit: 250 })).json['accounts'] as Json[];
  const uuidOf = (currency: string): string =>
    String(accounts.find((account) => account['currency'] === currency)?.['uuid']);
  const page = async (currency: string, parameters: object): Promise<Json> =>
    (await venue.raw('GET', `/v2/accounts/${uuidOf(currency)}/transactions`, parameters)).json;
  const first = await page('USDT', { limit: 1 });
  const [fill] = first['data'] as Json[];
  expect(fill).toMatchObject({ type: 'advanced_trade_fill', amount: { currency: 'USDT' } });
  const next = (first['pagination'] as Json)['next_starting_after'];
  const rest = await page('USDT', { starting_after: next });
  expect((rest['data'] as Json[]).at(-1)).toMatchObject({
    type: 'receive',
    amount: { amount: '500', currency: 'USDT' },
  });
  expect((rest['pagination'] as Json)['next_starting_after']).toBeNull();
});
