/** A wrong or malicious request gets a clear problem, and nothing is placed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type TestService } from './testing/service-fixture.ts';

const MARKET = '/trading/v2/orders/market';
const LIMIT = '/trading/v2/orders/limit';
const STOP = '/trading/v2/orders/stop';
const GOOD = { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.001' };
const GOOD_LIMIT = { ...GOOD, price: '50000' };

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  // Nothing in this file may have reached the venue.
  expect(await service.ordersAtVenue()).toBe(0);
  expect((await service.call('GET', '/trading/v2/orders/open')).body['orders']).toEqual([]);
  await service.stop();
});

const text = (changes: string): string =>
  `{"exchange":"binance","symbol":"BTC/USDT","side":"buy",${changes}}`;

describe('malformed bodies', () => {
  it.each([
    ['no JSON', 'quantity=1', 'malformed_json'],
    ['cut off', '{"exchange":"binance"', 'malformed_json'],
    ['a duplicate key', text('"quantity":"0.001","quantity":"0.001"'), 'malformed_json'],
    ['an escaped duplicate key', text('"quantity":"0.001","quan\\u0074ity":"5"'), 'malformed_json'],
    ['deep nesting', '['.repeat(100_000), 'malformed_json'],
    ['deep nesting inside', text(`"quantity":${'['.repeat(5_000)}${']'.repeat(5_000)}`), 'malformed_json'],
    ['a prototype', text('"quantity":"0.001","__proto__":{"admin":true}'), 'malformed_json'],
    ['a constructor', text('"quantity":"0.001","constructor":{"x":1}'), 'malformed_json'],
    ['NUL in a text', text('"quantity":"0.001","strategy":"a\\u0000b"'), 'malformed_json'],
    ['half a surrogate pair', text('"quantity":"0.001","strategy":"\\ud800"'), 'malformed_json'],
    ['NaN', text('"quantity":NaN'), 'malformed_json'],
    ['Infinity', text('"quantity":Infinity'), 'malformed_json'],
    ['hexadecimal', text('"quantity":0x10'), 'malformed_json'],
    ['a list', '[]', 'invalid_request'],
    ['a text', '"order"', 'invalid_request'],
    ['null', 'null', 'invalid_request'],
    ['a number', '5', 'invalid_request'],
    ['an empty object', '{}', 'invalid_request'],
    ['nothing', '', 'invalid_request'],
  ])('refuses %s', async (_name, body, code) => {
    const answer = await service.call('POST', MARKET, { body });
    expect(answer.body).toMatchObject({ status: 400, code });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body['request_id']).toBe(answer.headers.get('x-request-id'));
    expect(String(answer.body['detail']).length).toBeGreaterThan(5);
  });

  it('refuses 10 MB', async () => {
    const answer = await service.call('POST', MARKET, {
      body: text(`"quantity":"0.001","strategy":"${'a'.repeat(10_000_000)}"`),
    });
    expect(answer).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  });

  it('refuses another content type', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml']) {
      const answer = await service.call('POST', MARKET, {
        body: JSON.stringify(GOOD),
        headers: { 'Content-Type': type },
      });
      expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } });
    }
  });

  it('refuses what is not UTF-8', async () => {
    const response = await fetch(`${service.url}/api/v1${MARKET}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${service.tokens.trade}`, 'Content-Type': 'application/json' },
      body: Buffer.concat([Buffer.from('{"exchange":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'malformed_json' });
  });
});

describe('wrong fields are named, each with its reason', () => {
  it.each([
    ['no symbol', { ...GOOD, symbol: undefined }, 'symbol'],
    ['no side', { ...GOOD, side: undefined }, 'side'],
    ['no exchange', { ...GOOD, exchange: undefined }, 'exchange'],
    ['an exchange that is no name', { ...GOOD, exchange: '' }, 'exchange'],
    ['a symbol in no form', { ...GOOD, symbol: 'BTCUSDT' }, 'symbol'],
    ['a symbol with NUL', { ...GOOD, symbol: 'BTC/US DT' }, 'symbol'],
    ['a symbol that is a number', { ...GOOD, symbol: 5 }, 'symbol'],
    ['a wrong side', { ...GOOD, side: 'BUY' }, 'side'],
    ['a negative quantity', { ...GOOD, quantity: '-0.001' }, 'quantity'],
    ['a negative number', { ...GOOD, quantity: -1 }, 'quantity'],
    ['zero', { ...GOOD, quantity: 0 }, 'quantity'],
    ['no figure', { ...GOOD, quantity: 'NaN' }, 'quantity'],
    ['infinity', { ...GOOD, quantity: 'Infinity' }, 'quantity'],
    ['an enormous text', { ...GOOD, quantity: '1e400' }, 'quantity'],
    ['an empty text', { ...GOOD, quantity: '' }, 'quantity'],
    ['a figure with spaces', { ...GOOD, quantity: ' 1' }, 'quantity'],
    ['a figure with a comma', { ...GOOD, quantity: '0,001' }, 'quantity'],
    ['a boolean', { ...GOOD, quantity: true }, 'quantity'],
    ['null', { ...GOOD, quantity: null }, 'quantity'],
    ['a list', { ...GOOD, quantity: ['0.001'] }, 'quantity'],
    ['an object', { ...GOOD, quantity: { value: 1 } }, 'quantity'],
    ['neither quantity nor cost', { ...GOOD, quantity: undefined }, 'quantity'],
    ['both quantity and cost', { ...GOOD, cost: '50' }, 'quantity'],
    ['a cost to sell', { ...GOOD, side: 'sell', quantity: undefined, cost: '50' }, 'cost'],
    ['an unknown field', { ...GOOD, qty: '1' }, 'qty'],
    ['a field of another order', { ...GOOD, price: '50000' }, 'price'],
    ['a wait that is no whole number', { ...GOOD, wait_ms: 1.5 }, 'wait_ms'],
    ['a wait as text', { ...GOOD, wait_ms: '100' }, 'wait_ms'],
    ['a negative wait', { ...GOOD, wait_ms: -1 }, 'wait_ms'],
    ['an endless wait', { ...GOOD, wait_ms: 1_000_000 }, 'wait_ms'],
    ['a client id with spaces', { ...GOOD, client_order_id: 'a b' }, 'client_order_id'],
    ['a long client id', { ...GOOD, client_order_id: 'a'.repeat(65) }, 'client_order_id'],
    ['an empty client id', { ...GOOD, client_order_id: '' }, 'client_order_id'],
    ['a strategy in capitals', { ...GOOD, strategy: 'Grid' }, 'strategy'],
    ['reduce_only as text', { ...GOOD, reduce_only: 'true' }, 'reduce_only'],
    ['an unknown position side', { ...GOOD, position_side: 'up' }, 'position_side'],
    ['a position side that is no text', { ...GOOD, position_side: 1 }, 'position_side'],
    ['a position side in capitals', { ...GOOD, position_side: 'LONG' }, 'position_side'],
    ['an unknown mode', { ...GOOD, mode: 'real' }, 'mode'],
  ])('market: %s', async (_name, body, field) => {
    await expectFieldError(MARKET, body, field);
  });

  it.each([
    ['no price', { ...GOOD }, 'price'],
    ['a negative price', { ...GOOD_LIMIT, price: '-5' }, 'price'],
    ['an unknown time in force', { ...GOOD_LIMIT, time_in_force: 'DAY' }, 'time_in_force'],
    ['GTD without an end', { ...GOOD_LIMIT, time_in_force: 'GTD' }, 'expires_at'],
    ['an end without GTD', { ...GOOD_LIMIT, expires_at: '2030-01-01T00:00:00Z' }, 'expires_at'],
    ['an end that is no time', { ...GOOD_LIMIT, time_in_force: 'GTD', expires_at: 'tomorrow' }, 'expires_at'],
    [
      'an end on no day',
      { ...GOOD_LIMIT, time_in_force: 'GTD', expires_at: '2030-13-45T00:00:00Z' },
      'expires_at',
    ],
    ['cost', { ...GOOD_LIMIT, cost: '5' }, 'cost'],
  ])('limit: %s', async (_name, body, field) => {
    await expectFieldError(LIMIT, body, field);
  });

  it.each([
    ['no stop price', { ...GOOD }, 'stop_price'],
    ['an unknown trigger', { ...GOOD, stop_price: '70000', trigger: 'bid' }, 'trigger'],
    ['an IOC stop', { ...GOOD, stop_price: '70000', time_in_force: 'IOC' }, 'time_in_force'],
  ])('stop: %s', async (_name, body, field) => {
    await expectFieldError(STOP, body, field);
  });

  it('names every wrong field at once', async () => {
    const answer = await service.call('POST', MARKET, { body: { side: 'up', quantity: '-1', foo: 1 } });
    const fields = (answer.body['errors'] as { field: string }[]).map(({ field }) => field);
    expect(fields).toEqual(expect.arrayContaining(['exchange', 'symbol', 'side', 'quantity', 'foo']));
  });

  it('names the place in a batch', async () => {
    const answer = await service.call('POST', '/trading/v2/orders/batch', {
      body: { orders: [{ type: 'market', ...GOOD }, { type: 'limit', ...GOOD }, { type: 'swing' }] },
    });
    expect(answer.status).toBe(400);
    const fields = (answer.body['errors'] as { field: string }[]).map(({ field }) => field);
    expect(fields).toEqual(['orders.1.price', 'orders.2.type']);
    for (const orders of [[], Array.from({ length: 101 }, () => ({ type: 'market', ...GOOD })), 'all']) {
      expect((await service.call('POST', '/trading/v2/orders/batch', { body: { orders } })).status).toBe(400);
    }
  });

  async function expectFieldError(path: string, body: object, field: string): Promise<void> {
    const answer = await service.call('POST', path, { body });
    expect(answer.body).toMatchObject({ status: 400, code: 'invalid_request' });
    const errors = answer.body['errors'] as { field: string; reason: string }[];
    expect(errors.map((error) => error.field)).toContain(field);
    for (const { reason } of errors) expect(reason).toMatch(/^(must|is|has) /);
  }
});

describe('orders that the venue or the rules refuse', () => {
  it.each([
    ['an unknown symbol', MARKET, { ...GOOD, symbol: 'NOPE/USDT' }, 422, 'instrument_unknown'],
    ['too small', MARKET, { ...GOOD, quantity: '0.00000001' }, 422, 'quantity_'],
    ['too precise', MARKET, { ...GOOD, quantity: '0.0010000001' }, 422, 'quantity_off_lot'],
    ['too precise by a hair', MARKET, '0.00100000000000000001', 422, 'quantity_off_lot'],
    ['too large', MARKET, { ...GOOD, quantity: '99999999' }, 422, ''],
    ['more than there is', MARKET, { ...GOOD, quantity: '5' }, 422, 'insufficient_balance'],
    ['a price off the grid', LIMIT, { ...GOOD_LIMIT, price: '50000.001' }, 422, 'price_off_tick'],
    ['worth too little', LIMIT, { ...GOOD_LIMIT, quantity: '0.00001' }, 422, 'notional_too_small'],
    ['reduce-only on spot', MARKET, { ...GOOD, reduce_only: true }, 422, 'unsupported_order'],
    [
      'an exchange that is not supported',
      MARKET,
      { ...GOOD, exchange: 'kraken' },
      422,
      'exchange_not_supported',
    ],
    ['an unknown account', MARKET, { ...GOOD, account: 'binance-live' }, 404, 'account_not_found'],
    ['another mode', MARKET, { ...GOOD, mode: 'live' }, 409, 'mode_mismatch'],
  ])('%s', async (_name, path, body, status, code) => {
    const sent = typeof body === 'string' ? text(`"quantity":${body}`) : body;
    const answer = await service.call('POST', path, { body: sent });
    expect(answer.body).toMatchObject({ status, code: expect.stringContaining(code) });
    expect(answer.status).toBe(status);
    if (status === 422 && code !== 'instrument_unknown' && code !== 'exchange_not_supported') {
      expect(answer.body['order_id']).toMatch(/^ord_/);
      expect((answer.body['refusals'] as unknown[]).length).toBeGreaterThan(0);
      const order = await service.call('GET', `/trading/v2/orders/${String(answer.body['order_id'])}/status`);
      expect(order.body).toMatchObject({ status: 'denied', reason: { code: answer.body['code'] } });
    }
  });
});

describe('tokens and scopes', () => {
  it.each([
    ['no token', null, 401],
    ['a wrong token', 'nonsense', 401],
    ['a token of the right form', `plm_${'A'.repeat(43)}`, 401],
    ['a very long token', 'x'.repeat(5_000), 401],
  ])('%s', async (_name, token, status) => {
    for (const [method, path] of [
      ['POST', MARKET],
      ['GET', '/trading/v2/positions'],
      ['DELETE', '/trading/v2/orders?all=true'],
      ['GET', '/stream'],
    ] as const) {
      const answer = await service.call(method, path, {
        token,
        ...(method === 'POST' ? { body: GOOD } : {}),
      });
      expect(answer).toMatchObject({ status, body: { code: 'unauthenticated' } });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
  });

  it.each(['Basic YWRtaW46eA==', 'Bearer', 'Bearer ', 'bearer a b', 'Token admin-token-of-tests'])(
    'a header %j',
    async (header) => {
      const answer = await service.call('GET', '/trading/v2/positions', {
        token: null,
        headers: { Authorization: header },
      });
      expect(answer.status).toBe(401);
    },
  );

  it('a reader places and cancels nothing', async () => {
    const { read } = service.tokens;
    for (const [method, path, body] of [
      ['POST', MARKET, GOOD],
      ['POST', LIMIT, GOOD_LIMIT],
      ['POST', '/trading/v2/orders/batch', { orders: [{ type: 'market', ...GOOD }] }],
      ['DELETE', '/trading/v2/orders?all=true', undefined],
      ['DELETE', '/trading/v2/orders/ord_x', undefined],
      ['POST', '/trading/v2/positions/BTC-USDT/close', { exchange: 'binance' }],
      ['POST', '/risk/kill-switch', { engaged: true, reason: 'x' }],
    ] as const) {
      const answer = await service.call(method, path, {
        token: read,
        ...(body === undefined ? {} : { body }),
      });
      expect(answer).toMatchObject({ status: 403, body: { code: 'scope_missing' } });
    }
    expect((await service.call('GET', '/trading/v2/positions', { token: read })).status).toBe(200);
  });

  it('a user sees no account of another user', async () => {
    const { otherUser } = service.tokens;
    const answer = await service.call('POST', MARKET, {
      token: otherUser,
      body: { ...GOOD, account: 'binance-paper' },
    });
    expect(answer).toMatchObject({ status: 404, body: { code: 'account_not_found' } });
    expect(
      (await service.call('GET', '/trading/v2/account/balance?exchange=binance', { token: otherUser }))
        .status,
    ).toBe(404);
  });
});

describe('paths and queries', () => {
  it.each([
    ['GET', '/nothing', 404, 'route_not_found'],
    ['PUT', MARKET, 404, 'route_not_found'],
    ['GET', '/trading/v2/orders/ord_nope/status', 404, 'order_not_found'],
    ['GET', '/trading/v2/orders/%00/status', 400, 'invalid_request'],
    ['GET', `/trading/v2/orders/${'a'.repeat(150)}/status`, 400, 'invalid_request'],
    ['DELETE', '/trading/v2/orders/12345?exchange=binance&symbol=BTC-USDT', 404, 'order_not_found'],
    ['DELETE', '/trading/v2/orders', 400, 'invalid_request'],
    ['GET', '/trading/v2/orders/open?exchange=mtgox', 422, 'exchange_not_supported'],
    ['GET', '/trading/v2/orders/open?foo=1', 400, 'invalid_request'],
    ['GET', '/trading/v2/orders/open?exchange=binance&exchange=okx', 400, 'invalid_request'],
    ['GET', '/trading/v2/orders/history?limit=0', 400, 'invalid_request'],
    ['GET', '/trading/v2/orders/history?limit=1001', 400, 'invalid_request'],
    ['GET', '/trading/v2/orders/history?limit=ten', 400, 'invalid_request'],
    ['GET', '/trading/v2/orders/history?status=done', 400, 'invalid_request'],
    ['GET', '/trading/v2/orders/history?since=yesterday', 400, 'invalid_request'],
    ['GET', '/trading/v2/orders/history?cursor=nonsense', 400, 'cursor_invalid'],
    ['GET', '/trading/v2/positions/BTCUSDT?exchange=binance', 400, 'invalid_request'],
    ['GET', '/trading/v2/positions/BTC-USDT?exchange=binance', 404, 'position_not_found'],
    ['GET', '/trading/v2/account/balance', 400, 'invalid_request'],
    ['GET', '/market/ticker?exchange=binance&symbol=NOPE-USDT', 422, 'instrument_unknown'],
    ['GET', '/journal?order_id=', 400, 'invalid_request'],
    ['GET', '/trading/v2/orders/12345?exchange=binance', 400, 'invalid_request'],
    ['GET', '/trading/v2/orders/12345/fills?symbol=BTC-USDT', 400, 'invalid_request'],
    ['GET', '/trading/v2/orders/12345/status?account=binance-paper', 400, 'invalid_request'],
    ['GET', '/risk/limits?account=binance-paper', 400, 'invalid_request'],
    ['GET', '/trading/v2/orders/%E0%A4%A/status', 400, 'invalid_request'],
  ])('%s %s', async (method, path, status, code) => {
    const answer = await service.call(method, path);
    expect(answer).toMatchObject({ status, body: { code } });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  it('refuses an idempotency key that cannot be kept', async () => {
    for (const key of ['a b', 'x'.repeat(200)]) {
      const answer = await service.call('POST', MARKET, { body: GOOD, headers: { 'Idempotency-Key': key } });
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'Idempotency-Key' }] } });
    }
  });
});

// The last one: from here on this address gets no more than 429 for a wrong token.
it('throttles an address that sends many wrong tokens, and no valid token', async () => {
  const wrong = (n: number) => service.call('GET', '/trading/v2/positions', { token: `guess-${n}` });
  const answers = await Promise.all(Array.from({ length: 150 }, (_, n) => wrong(n)));
  const throttled = answers.filter(({ status }) => status === 429);
  expect(throttled.length).toBeGreaterThanOrEqual(30);
  for (const { body, headers } of throttled) {
    expect(body).toMatchObject({ code: 'login_throttled' });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
  }
  expect((await service.call('GET', '/trading/v2/positions')).status).toBe(200);
});
