/** Market data and settings at the exchange, over a real socket, an engine, PostgreSQL and a simulated venue. */
import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PortfolioEvent } from '../core/portfolio/events.ts';
import { startService, type Answer, type TestService } from './testing/service-fixture.ts';

const SPOT = 'exchange=binance&symbol=BTC-USDT';
const SWAP = { exchange: 'binance', symbol: 'BTC/USDT:USDT' };
const IDLE = { exchange: 'binance', symbol: 'ETH/USDT:USDT' };

let service: TestService;
let stopListening = (): void => undefined;
let events: PortfolioEvent[] = [];
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());
beforeEach(async () => {
  await service.control('DELETE', 'binance/faults');
  await service.control('POST', 'binance/price', { symbol: 'BTC/USDT', price: '60000', hold: true });
  events = [];
  stopListening = service.desk.onDurable((news) => {
    events.push(...news.events.map(({ event }) => event));
  });
});
afterEach(() => stopListening());

const get = (path: string): Promise<Answer> => service.call('GET', path);
const put = (path: string, body: object, token?: string): Promise<Answer> =>
  service.call('PUT', `/trading/v2/${path}`, token === undefined ? { body } : { body, token });
const fault = (spec: object): Promise<unknown> => service.control('POST', 'binance/faults', spec);

/** How many requests for settings reached the venue. */
async function settingsAsked(): Promise<number> {
  const counts = (await service.control('GET', 'binance/requests')) as { route: string; count: number }[];
  return counts.filter(({ route }) => route === 'settings').reduce((sum, { count }) => sum + count, 0);
}

/** How many requests for new orders reached the venue. */
async function createsAsked(): Promise<number> {
  const counts = (await service.control('GET', 'binance/requests')) as { route: string; count: number }[];
  return counts.filter(({ route }) => route === 'create_order').reduce((sum, { count }) => sum + count, 0);
}

async function instrument(symbol: string): Promise<Record<string, unknown>> {
  const { body } = await get(`/instruments?exchange=binance&symbol=${encodeURIComponent(symbol)}`);
  const [found] = body['instruments'] as Record<string, unknown>[];
  return found ?? {};
}

describe('leverage', () => {
  it('GET /trading/v2/leverage shows what the exchange holds now; spot has none', async () => {
    const query = 'exchange=binance&symbol=ETH-USDT-SWAP';
    expect((await put('leverage', { ...IDLE, leverage: '7' })).status).toBe(200);
    expect(await get(`/trading/v2/leverage?${query}`)).toMatchObject({
      status: 200,
      body: { symbol: 'ETH/USDT:USDT', mode: 'paper', leverage: '7', margin_mode: 'cross' },
    });
    expect(await get(`/trading/v2/leverage?${SPOT}`)).toMatchObject({
      status: 422,
      body: { code: 'setting_not_offered' },
    });
  });
});

describe('market data', () => {
  it('GET /market/book shows both sides, best prices first, as decimal text', async () => {
    const { status, body } = await get(`/market/book?${SPOT}&depth=3`);
    expect(status).toBe(200);
    const { bids, asks } = body as Record<'bids' | 'asks', { price: string; quantity: string }[]>;
    expect(bids).toHaveLength(3);
    expect(asks).toHaveLength(3);
    expect(bids.map(({ price }) => Number(price))).toEqual(
      bids.map(({ price }) => Number(price)).toSorted((a, b) => b - a),
    );
    expect(Number(bids[0]?.price)).toBeLessThan(Number(asks[0]?.price));
    expect(bids[0]?.quantity).toMatch(/^\d+(\.\d+)?$/);
    expect(await get('/market/book?exchange=binance&symbol=BTC-USDT-SWAP')).toMatchObject({
      status: 200,
      body: { symbol: 'BTC/USDT:USDT', venue_at: expect.stringMatching(/Z$/) },
    });
  });

  it('GET /market/ticker shows the last price and the figures of 24 hours, null where they are not known', async () => {
    await service.call('POST', '/trading/v2/orders/market', {
      body: { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.001' },
    });
    const { status, body } = await get(`/market/ticker?${SPOT}`);
    expect(status).toBe(200);
    const figure = (name: string): number => Number(body[name]);
    expect(figure('low_24h')).toBeLessThanOrEqual(figure('last_price'));
    expect(figure('last_price')).toBeLessThanOrEqual(figure('high_24h'));
    expect(figure('volume_24h')).toBeGreaterThan(0);
    expect(figure('change_24h')).toBeCloseTo(figure('last_price') - figure('open_24h'), 8);
    expect(body['figures_at']).toMatch(/Z$/);
  });

  it('GET /market/tickers shows several at once; what cannot be read now is null', async () => {
    const both = '/market/tickers?exchange=binance&symbol=ETH-USDT,ETH-USDT-SWAP,ETH-USDT';
    await expect
      .poll(async () => ((await get(both)).body['tickers'] as { bid: string | null }[]).map(({ bid }) => bid))
      .not.toContain(null);
    const { status, body } = await get(both);
    expect(status).toBe(200);
    expect(body['tickers']).toMatchObject([{ symbol: 'ETH/USDT' }, { symbol: 'ETH/USDT:USDT' }]);
    await fault({ kind: 'http_error', route: 'market_data', status: 500 });
    expect((await get(both.replace('symbol=', 'symbols='))).status).toBe(200);
    for (const none of ['', '&symbol=ETH-USDT&symbols=ETH-USDT'])
      expect(await get(`/market/tickers?exchange=binance${none}`)).toMatchObject({ status: 400 });
    const blind = await get('/market/tickers?exchange=binance&symbol=BNB-USDT');
    expect(blind).toMatchObject({
      status: 200,
      body: { tickers: [{ symbol: 'BNB/USDT', last_price: null, volume_24h: null, figures_at: null }] },
    });
    expect(await get('/market/tickers?exchange=binance&symbol=NOPE-USDT')).toMatchObject({
      status: 422,
      body: { code: 'instrument_unknown' },
    });
    expect(await get('/market/tickers?exchange=binance&symbol=BTC-USDT,,')).toMatchObject({ status: 400 });
    const many = Array.from({ length: 21 }, (_, index) => `A${index}-USDT`).join(',');
    expect(await get(`/market/tickers?exchange=binance&symbol=${many}`)).toMatchObject({ status: 400 });
  });

  it('GET /market/trades shows the last trades, oldest first, with the side that took', async () => {
    const order = await service.call('POST', '/trading/v2/orders/market', {
      body: { exchange: 'binance', symbol: 'BTC/USDT', side: 'sell', quantity: '0.00123' },
    });
    const fills = (await get(`/trading/v2/orders/${String(order.body['id'])}`)).body['fills'] as {
      trade_id: string;
      price: string;
      quantity: string;
    }[];
    expect(fills.length).toBeGreaterThan(0);
    const { body } = await get(`/market/trades?${SPOT}&limit=1000`);
    const trades = body['trades'] as Record<'id' | 'price' | 'quantity' | 'side' | 'at', string>[];
    for (const { trade_id: id, price, quantity } of fills)
      expect(trades).toContainEqual(expect.objectContaining({ id, price, quantity, side: 'sell' }));
    const times = trades.map(({ at }) => at);
    expect(times).toEqual(times.toSorted());
    expect((await get(`/market/trades?${SPOT}&limit=1`)).body['trades']).toHaveLength(1);
  });

  it('GET /market/candles gives the last ones, or the first ones since, oldest first', async () => {
    const candles = async (more: string): Promise<Record<string, string | boolean>[]> => {
      const answer = await get(`/market/candles?${SPOT}&interval=1m${more}`);
      expect(answer.status).toBe(200);
      return answer.body['candles'] as Record<string, string | boolean>[];
    };
    const last = await candles('&limit=4');
    expect(last).toHaveLength(4);
    expect(last.map(({ complete }) => complete)).toEqual([true, true, true, false]);
    expect(last.map((candle) => String(candle['opened_at'])).every((at) => at.endsWith(':00.000Z'))).toBe(
      true,
    );
    const [first, second, third] = last.map((candle) => String(candle['opened_at']));
    expect((await candles(`&since=${first}&limit=2`)).map((one) => one['opened_at'])).toEqual([
      first,
      second,
    ]);
    expect((await candles(`&since=${first}&until=${third}`)).map((one) => one['opened_at'])).toEqual([
      first,
      second,
    ]);
    expect((await candles(`&until=${third}&limit=1`)).map((one) => one['opened_at'])).toEqual([second]);
  });

  it.each([
    ['book', 'depth=0', 'depth'],
    ['book', 'depth=1001', 'depth'],
    ['book', 'depth=5&levels=3', 'levels'],
    ['trades', 'limit=1e2', 'limit'],
    ['candles', '', 'interval'],
    ['candles', 'interval=7m', 'interval'],
    ['candles', 'interval=1m&limit=1001', 'limit'],
    ['candles', 'interval=1m&since=yesterday', 'since'],
    ['candles', 'interval=1m&since=2026-01-31T00:00:00Z&until=2026-01-31T00:00:00Z', 'until'],
  ])('GET /market/%s with %s names %s', async (what, query, field) => {
    const answer = await get(`/market/${what}?${SPOT}&${query}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect((answer.body['errors'] as { field: string }[]).map((error) => error.field)).toContain(field);
  });

  it.each(['book', 'trades', 'candles', 'ticker'])(
    'GET /market/%s says what is not listed, and whose account it is not',
    async (what) => {
      const more = what === 'candles' ? '&interval=1h' : '';
      expect(await get(`/market/${what}?exchange=binance&symbol=NOPE-USDT${more}`)).toMatchObject({
        status: 422,
        body: { code: 'instrument_unknown' },
      });
      const otherUser = { token: service.tokens.otherUser };
      expect(await service.call('GET', `/market/${what}?${SPOT}${more}`, otherUser)).toMatchObject({
        status: 404,
        body: { code: 'account_not_found' },
      });
    },
  );

  it('GET /market/book is 503 while the exchange fails, once repeating has not helped', async () => {
    await fault({ kind: 'http_error', route: 'market_data', status: 500, count: 1 });
    expect((await get(`/market/book?${SPOT}`)).status).toBe(200);
    await fault({ kind: 'http_error', route: 'market_data', status: 500 });
    expect(await get(`/market/book?${SPOT}`)).toMatchObject({
      status: 503,
      body: { code: 'venue_unreachable' },
    });
  });
});

describe('settings', () => {
  it('PUT /trading/v2/leverage sets it at the exchange and journals who and why', async () => {
    const answer = await put('leverage', { ...IDLE, leverage: 7, reason: 'less risk', mode: 'paper' });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        account: 'binance-paper',
        mode: 'paper',
        symbol: 'ETH/USDT:USDT',
        leverage: '7',
        confirmed_by: 'answer',
      },
    });
    const facts = { setting: 'leverage', symbol: 'ETH/USDT:USDT', value: '7' };
    expect(events.filter(({ type }) => type.startsWith('setting'))).toMatchObject([
      { type: 'setting_requested', ...facts, limit: '20', requestedBy: 'admin/test', why: 'less risk' },
      { type: 'setting_answered', ...facts, outcome: 'set' },
    ]);
    expect(await instrument(IDLE.symbol)).toMatchObject({ leverage: '7' });
    const again = await put('leverage', { ...IDLE, leverage: '7' });
    expect(again).toMatchObject({ status: 200 });
  });

  it('PUT /trading/v2/leverage above the limit is denied with both figures, and nothing is sent', async () => {
    const before = await settingsAsked();
    expect(await put('leverage', { ...IDLE, leverage: '20.5' })).toMatchObject({
      status: 422,
      body: { code: 'leverage_limit', rule: 'leverage', limit: '20', actual: '20.5' },
    });
    expect(await settingsAsked()).toBe(before);
    expect(events.map(({ type }) => type)).toContain('setting_denied');
  });

  it('PUT /trading/v2/leverage whose answer is lost is read back', async () => {
    await fault({ kind: 'drop_response', route: 'settings', count: 1 });
    const before = await settingsAsked();
    expect(await put('leverage', { ...IDLE, leverage: '9' })).toMatchObject({
      status: 200,
      body: { leverage: '9', confirmed_by: 'reading' },
    });
    expect(await settingsAsked()).toBe(before + 1);
  });

  it('PUT /trading/v2/leverage that was lost on its way is unknown, with what the exchange shows', async () => {
    await fault({ kind: 'drop_request', route: 'settings', count: 1 });
    const before = await settingsAsked();
    expect(await put('leverage', { ...IDLE, leverage: '11' })).toMatchObject({
      status: 503,
      body: { code: 'setting_unknown', expected: '11', actual: '9' },
    });
    expect(await settingsAsked()).toBe(before + 1);
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'setting_answered', outcome: 'unknown', shown: '9' }),
    );
  }, 20_000);

  it('PUT /trading/v2/leverage goes one after another on an account, and says what holds', async () => {
    const answers = await Promise.all(
      ['3', '4', '5'].map((leverage) => put('leverage', { ...IDLE, leverage })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const settled = events.filter((event) => event.type === 'setting_answered');
    const last = settled.at(-1);
    expect(settled).toHaveLength(3);
    expect(await instrument(IDLE.symbol)).toMatchObject({
      leverage: last?.type === 'setting_answered' ? last.value : 'none',
    });
    const many = await Promise.all(
      Array.from({ length: 30 }, () => put('leverage', { ...IDLE, leverage: '5' })),
    );
    expect(new Set(many.map(({ status }) => status))).toEqual(new Set([200, 503]));
    for (const { status, body } of many) if (status === 503) expect(body['code']).toBe('overloaded');
  });

  it('PUT /trading/v2/margin-mode is refused by the exchange while there is a position', async () => {
    expect(await put('margin-mode', { ...SWAP, margin_mode: 'isolated' })).toMatchObject({
      status: 200,
      body: { margin_mode: 'isolated', confirmed_by: 'answer' },
    });
    expect(await instrument(SWAP.symbol)).toMatchObject({ margin_mode: 'isolated' });
    const bought = await service.call('POST', '/trading/v2/orders/market', {
      body: { ...SWAP, side: 'buy', quantity: '0.01' },
    });
    expect(bought.status).toBe(201);
    expect(await put('margin-mode', { ...SWAP, margin_mode: 'cross' })).toMatchObject({
      status: 422,
      body: {
        code: 'venue_rejected',
        venue_code: '-4048',
        venue_message: expect.stringContaining('position'),
      },
    });
    await service.call('POST', '/trading/v2/positions/BTC-USDT-SWAP/close', {
      body: { exchange: 'binance' },
    });
    expect((await put('margin-mode', { ...SWAP, margin_mode: 'cross' })).status).toBe(200);
  });

  it('PUT /trading/v2/position-mode takes both modes of an account that is idle, and orders follow it', async () => {
    const mode = (positionMode: string): Promise<Answer> =>
      put('position-mode', { exchange: 'binance', position_mode: positionMode });
    const buy = (parts: object): Promise<Answer> =>
      service.call('POST', '/trading/v2/orders/market', {
        body: { ...SWAP, side: 'buy', quantity: '0.01', ...parts },
      });
    const close = (): Promise<Answer> =>
      service.call('POST', '/trading/v2/positions/BTC-USDT-SWAP/close', { body: { exchange: 'binance' } });
    for (const [positionMode, parts] of [
      ['one_way', {}],
      ['hedged', { position_side: 'long' }],
      ['hedged', { position_side: 'long' }],
      ['one_way', { position_side: 'net' }],
    ] as const) {
      expect(await mode(positionMode)).toMatchObject({
        status: 200,
        body: { position_mode: positionMode, confirmed_by: 'answer' },
      });
      expect((await get('/trading/v2/account/info?exchange=binance')).body).toMatchObject({
        connection: { position_mode: positionMode },
      });
      // At once: the order that follows is decided in the mode that was set.
      expect(await buy(parts)).toMatchObject({ status: 201, body: { status: 'filled' } });
      expect(await mode(positionMode === 'hedged' ? 'one_way' : 'hedged')).toMatchObject({
        status: 422,
        body: { code: 'venue_rejected', venue_code: '-4068' },
      });
      expect((await close()).status).toBe(201);
    }
  });

  it.each([
    ['position_side: the account is in hedged mode; give long or short', 'hedged', {}],
    [
      'position_side: the account is in one-way mode; leave it out or give net',
      'one_way',
      { position_side: 'long' },
    ],
  ])('%s, and nothing is sent', async (detail, positionMode, parts) => {
    expect((await put('position-mode', { exchange: 'binance', position_mode: positionMode })).status).toBe(
      200,
    );
    const before = await createsAsked();
    const order = { body: { ...SWAP, side: 'buy', quantity: '0.01', ...parts } };
    expect(await service.call('POST', '/trading/v2/orders/market', order)).toMatchObject({
      status: 422,
      body: { code: 'unsupported_order', detail },
    });
    expect(await createsAsked()).toBe(before);
    await put('position-mode', { exchange: 'binance', position_mode: 'one_way' });
  });

  it('a mode that was changed elsewhere is noticed by the first refusal, and orders follow it at once', async () => {
    const buy = (parts: object): Promise<Answer> =>
      service.call('POST', '/trading/v2/orders/market', {
        body: { ...SWAP, side: 'buy', quantity: '0.01', ...parts },
      });
    await enterHedgeMode();
    // By the exchange (-4061), or before it leaves where a reading of positions came in between.
    expect(await buy({})).toMatchObject({
      status: 422,
      body: { code: expect.stringMatching(/^(venue_rejected|unsupported_order)$/) },
    });
    expect((await get('/trading/v2/account/info?exchange=binance')).body).toMatchObject({
      connection: { position_mode: 'hedged' },
    });
    expect(await buy({ position_side: 'long' })).toMatchObject({ status: 201, body: { status: 'filled' } });
    expect(await buy({})).toMatchObject({ status: 422, body: { code: 'unsupported_order' } });
    const spot = { body: { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.001' } };
    expect((await service.call('POST', '/trading/v2/orders/market', spot)).status).toBe(201);
    await service.call('POST', '/trading/v2/positions/BTC-USDT-SWAP/close', {
      body: { exchange: 'binance' },
    });
    expect((await put('position-mode', { exchange: 'binance', position_mode: 'one_way' })).status).toBe(200);
  });

  it.each([
    ['leverage', { exchange: 'binance', symbol: 'BTC/USDT', leverage: '2' }, 422, 'setting_not_offered'],
    [
      'margin-mode',
      { exchange: 'binance', symbol: 'BTC/USDT', margin_mode: 'cross' },
      422,
      'setting_not_offered',
    ],
    ['leverage', { exchange: 'binance', symbol: 'NOPE/USDT:USDT', leverage: '2' }, 422, 'instrument_unknown'],
    ['leverage', { ...IDLE, leverage: '1.5' }, 422, 'setting_not_offered'],
    ['leverage', { ...IDLE, leverage: '2', mode: 'live' }, 409, 'mode_mismatch'],
    ['leverage', { ...IDLE, leverage: '2', account: 'other' }, 404, 'account_not_found'],
    ['leverage', { ...IDLE, exchange: 'kraken', leverage: '2' }, 422, 'exchange_not_supported'],
    ['leverage', { ...IDLE, leverage: '0' }, 400, 'invalid_request'],
    ['leverage', { ...IDLE, leverage: '-2' }, 400, 'invalid_request'],
    ['leverage', { ...IDLE, leverage: '2', side: 'buy' }, 400, 'invalid_request'],
    ['leverage', { exchange: 'binance', leverage: '2' }, 400, 'invalid_request'],
    ['margin-mode', { ...IDLE, margin_mode: 'both' }, 400, 'invalid_request'],
    ['position-mode', { exchange: 'binance' }, 400, 'invalid_request'],
    ['position-mode', { ...IDLE, position_mode: 'one_way' }, 400, 'invalid_request'],
    ['position-mode', { exchange: 'binance', position_mode: 'both' }, 400, 'invalid_request'],
  ])('PUT /trading/v2/%s with %j is %i %s, and nothing is sent', async (path, body, status, code) => {
    const before = await settingsAsked();
    expect(await put(path, body)).toMatchObject({ status, body: { code } });
    expect(await settingsAsked()).toBe(before);
  });

  it.each(['leverage', 'margin-mode', 'position-mode'])(
    'PUT /trading/v2/%s needs scope trade',
    async (path) => {
      expect(await put(path, {}, service.tokens.read)).toMatchObject({
        status: 403,
        body: { code: 'scope_missing' },
      });
    },
  );
});

describe('exchanges and instruments', () => {
  it('an order is native as GET /exchanges says of its kind', async () => {
    const [binance] = (await service.call('GET', '/exchanges')).body['exchanges'] as {
      spot: { orders: Record<string, string> };
      swap: { orders: Record<string, string> };
    }[];
    const order = { exchange: 'binance', quantity: '0.01' };
    for (const [kind, symbol] of [
      ['spot', 'BTC/USDT'],
      ['swap', 'BTC/USDT:USDT'],
    ] as const) {
      const { body: ticker } = await service.call(
        'GET',
        `/market/ticker?exchange=binance&symbol=${encodeURIComponent(symbol)}`,
      );
      const below = String(Math.floor(Number(ticker['bid']) * 0.97));
      for (const [name, path, parts] of [
        ['market', 'market', { side: 'buy' }],
        ['market_by_cost', 'market', { side: 'buy', cost: '100', quantity: undefined }],
        ['limit', 'limit', { side: 'buy', price: below }],
        ['stop_market', 'stop', { side: 'sell', stop_price: below }],
        ['stop_limit', 'stop', { side: 'sell', stop_price: below, price: below }],
      ] as const) {
        const how = binance?.[kind].orders[name];
        if (how === 'none') continue;
        const answer = await service.call('POST', `/trading/v2/orders/${path}`, {
          body: { ...order, symbol, ...parts },
        });
        expect(answer.status, `${kind} ${name}: ${JSON.stringify(answer.body)}`).toBe(201);
        expect({ [`${kind} ${name}`]: answer.body['native'] === true ? 'native' : 'emulated' }).toEqual({
          [`${kind} ${name}`]: how,
        });
      }
      // Without a protection the market order of the exchange itself is used.
      const raw = await service.call('POST', '/trading/v2/orders/market', {
        body: { ...order, symbol, side: 'buy', market_protection_bps: 0 },
      });
      expect(raw).toMatchObject({ status: 201, body: { native: true, protection_price: null } });
    }
    await service.call('DELETE', '/trading/v2/orders?all=true');
    await service.call('POST', '/trading/v2/positions/close', { body: { all: true } });
  });

  it('GET /exchanges says of each what it can do, native or emulated, in which modes', async () => {
    const exchanges = (await get('/exchanges')).body['exchanges'] as Record<string, unknown>[];
    expect(exchanges[0]).toMatchObject({
      exchange: 'binance',
      modes: ['paper', 'testnet', 'live'],
      tells_key_permissions: true,
      spot: {
        orders: { market: 'emulated', market_by_cost: 'native', limit: 'native', stop_limit: 'native' },
        times_in_force: ['GTC', 'IOC', 'FOK'],
        sets_leverage: false,
        margin_modes: [],
        position_modes: [],
        market_data: { book_depth: 5000 },
      },
      swap: {
        orders: { market_by_cost: 'none', amend: 'emulated' },
        sets_leverage: true,
        margin_modes: ['cross', 'isolated'],
        position_modes: ['one_way', 'hedged'],
      },
    });
    for (const { supported, modes, spot, swap } of exchanges)
      if (supported !== true) expect({ modes, spot, swap }).toEqual({ modes: [], spot: null, swap: null });
  });

  it('GET /instruments has the grid, the bounds, the fees and the settings of each', async () => {
    expect(await instrument('BTC/USDT')).toMatchObject({
      kind: 'spot',
      base: 'BTC',
      quote: 'USDT',
      settle: 'USDT',
      tick_size: '0.01',
      lot_size: '0.00001',
      maker_fee_rate: '0.001',
      buy_fee_taken_from: 'base',
      active: true,
      leverage: null,
      margin_mode: null,
    });
    expect(await instrument('BTC/USDT:USDT')).toMatchObject({
      kind: 'swap',
      contract_size: '1',
      tick_size: '0.1',
      buy_fee_taken_from: 'quote',
      leverage: expect.stringMatching(/^\d+$/),
      margin_mode: 'cross',
    });
    const swaps = (await get('/instruments?exchange=binance&kind=swap')).body['instruments'] as {
      kind: string;
    }[];
    expect(swaps.length).toBeGreaterThan(1);
    expect(new Set(swaps.map(({ kind }) => kind))).toEqual(new Set(['swap']));
    expect((await get('/instruments?exchange=binance&symbol=NOPE-USDT')).body['instruments']).toEqual([]);
  });
});

// Last, since the exchange takes its word back only after a while.
describe('an exchange that says stop', () => {
  it('GET /market/book is 429 then, and the exchange is asked no more', async () => {
    await fault({ kind: 'rate_limit', route: 'market_data', status: 429, retry_after_s: 16, count: 1 });
    const refused = await get(`/market/book?${SPOT}`);
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_budget' } });
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    // The next one is not even asked.
    expect(await get(`/market/trades?${SPOT}`)).toMatchObject({ status: 429 });
  });
});

/** As the owner of the account may do elsewhere: "Change Position Mode" with the keys of the paper account. */
async function enterHedgeMode(): Promise<void> {
  const health = (await service.control('GET', 'health')) as {
    venues: { binance: { rest: string; key: string; secret: string } };
  };
  const { rest, key, secret } = health.venues.binance;
  const query = `dualSidePosition=true&timestamp=${Date.now()}`;
  const signature = createHmac('sha256', secret).update(query).digest('hex');
  const response = await fetch(`${rest}/fapi/v1/positionSide/dual?${query}&signature=${signature}`, {
    method: 'POST',
    headers: { 'X-MBX-APIKEY': key },
  });
  expect(await response.json()).toMatchObject({ code: 200 });
}
