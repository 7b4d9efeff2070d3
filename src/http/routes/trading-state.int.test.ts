/** Trading states and strategies over a real socket, PostgreSQL and a simulated venue. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type Answer, type TestService } from '../testing/service-fixture.ts';

const BTC = { exchange: 'binance', symbol: 'BTC/USDT' };
const BUY = { ...BTC, side: 'buy', quantity: '0.01', strategy: 'grid' };

let service: TestService;
beforeAll(async () => {
  service = await startService({});
  await service.control('POST', 'binance/price', { symbol: 'BTC/USDT', price: '60000', hold: true });
});
afterAll(() => service.stop());

function set(body: Record<string, unknown>, token = service.tokens.trade): Promise<Answer> {
  return service.call('PUT', '/risk/trading-state', { token, body: { reason: 'a test', ...body } });
}

function buy(body: object = {}): Promise<Answer> {
  return service.call('POST', '/trading/v2/orders/market', { body: { ...BUY, ...body } });
}

async function bodyOf(path: string): Promise<Record<string, unknown>> {
  const answer = await service.call('GET', path);
  expect(answer.status).toBe(200);
  return answer.body;
}

describe('trading states on demand', () => {
  it('a halted strategy takes no order, the position can still be closed, and an admin lets it trade again', async () => {
    expect((await buy()).status).toBe(201);
    const halted = await set({ scope: 'strategy', strategy: 'grid', state: 'halted' });
    expect(halted.body).toMatchObject({ changed: true, stored: { version: 1, state: 'halted' } });
    expect((await buy()).body).toMatchObject({ code: 'trading_halted' });
    expect((await buy({ strategy: 'other' })).status).toBe(201);
    const closed = await service.call(
      'POST',
      `/trading/v2/positions/${encodeURIComponent(BTC.symbol)}/close`,
      {
        body: { exchange: 'binance', strategy: 'grid' },
      },
    );
    expect(closed.body, JSON.stringify(closed.body)).toMatchObject({ status: 'filled', quantity: '0.00999' });
    expect((await set({ scope: 'strategy', strategy: 'grid', state: 'active', version: 1 })).status).toBe(
      403,
    );
    const { admin } = service.tokens;
    const conflict = await set({ scope: 'strategy', strategy: 'grid', state: 'active' }, admin);
    expect(conflict.body).toMatchObject({ code: 'trading_state_version_conflict', actual: 1 });
    const again = await set({ scope: 'strategy', strategy: 'grid', state: 'active', version: 1 }, admin);
    expect(again.status).toBe(200);
    expect((await buy()).status).toBe(201);
  });

  it('are shown in the status with who and why, and their history is kept', async () => {
    await set({ scope: 'instrument', ...BTC, state: 'reduce_only' });
    expect((await buy()).body).toMatchObject({ code: 'trading_reduce_only' });
    expect(await bodyOf('/risk/status')).toMatchObject({
      trading: 'open',
      trading_states: [{ scope: 'instrument', symbol: 'BTC/USDT', state: 'reduce_only', reason: 'a test' }],
      instruments: [{ symbol: 'BTC/USDT', trading: 'reduce_only' }],
    });
    const states = await bodyOf('/risk/trading-state?exchange=binance&symbol=BTC/USDT&limit=1');
    expect(states).toMatchObject({
      effective: 'reduce_only',
      because_of: { scope: 'instrument', version: 1 },
      history: [{ scope: 'instrument', state: 'reduce_only' }],
    });
    expect(states['next_cursor']).not.toBeNull();
    await set({ scope: 'portfolio', state: 'halted' });
    expect(await bodyOf('/risk/status')).toMatchObject({ trading: 'halted' });
    const { admin } = service.tokens;
    await set({ scope: 'portfolio', state: 'active', version: 1 }, admin);
    await set({ scope: 'instrument', ...BTC, state: 'active', version: 1 }, admin);
    expect(await bodyOf('/risk/status')).toMatchObject({ trading: 'open', trading_states: [] });
  });

  it('are shown for a strategy or an account alone, and for an exchange with its symbol', async () => {
    await set({ scope: 'strategy', strategy: 'asked', state: 'halted' });
    await set({ scope: 'account', account: 'binance-paper', state: 'reduce_only' });
    for (const [query, effective, scope] of [
      ['strategy=asked', 'halted', { strategy: 'asked' }],
      ['strategy=other', 'active', null],
      ['account=binance-paper', 'reduce_only', { account: 'binance-paper' }],
      ['account=binance-paper&strategy=asked', 'halted', { strategy: 'asked' }],
      ['exchange=binance&symbol=BTC/USDT', 'reduce_only', { account: 'binance-paper' }],
      ['limit=1', 'active', null],
    ] as const)
      expect(await bodyOf(`/risk/trading-state?${query}`), query).toMatchObject({
        effective,
        because_of: scope,
      });
    for (const [query, field] of [
      ['exchange=binance&strategy=asked', 'symbol'],
      ['symbol=BTC/USDT', 'exchange'],
    ] as const) {
      const answer = await service.call('GET', `/risk/trading-state?${query}`);
      expect([answer.status, JSON.stringify(answer.body).includes(field)]).toEqual([400, true]);
    }
    const { admin } = service.tokens;
    await set({ scope: 'account', account: 'binance-paper', state: 'active', version: 1 }, admin);
  });

  it.each([
    [{ scope: 'strategy', state: 'halted' }, 'strategy'],
    [{ scope: 'portfolio', strategy: 'grid', state: 'halted' }, 'strategy'],
    [{ scope: 'instrument', exchange: 'binance', state: 'halted' }, 'symbol'],
    [{ scope: 'portfolio', state: 'paused' }, 'state'],
  ])('%j names the field that is wrong', async (body, field) => {
    const answer = await set(body);
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain(field);
  });
});

it('a state is loosened by scope admin alone, also with the version that is in force', async () => {
  await set({ scope: 'strategy', strategy: 'slow', state: 'reduce_only' });
  const loosened = await set({ scope: 'strategy', strategy: 'slow', state: 'active', version: 1 });
  expect(loosened).toMatchObject({ status: 403, body: { code: 'scope_missing', needed: 'admin' } });
});

describe('strategies', () => {
  it('are listed with what their own fills have made, their limits and their state', async () => {
    await buy({ strategy: 'trend', quantity: '0.02' });
    await service.call('PUT', '/risk/limits', {
      token: service.tokens.admin,
      body: {
        scope: 'strategy',
        strategy: 'trend',
        version: 0,
        reason: 'a trial',
        limits: { max_position_notional: '1500', max_daily_loss: '100' },
      },
    });
    expect((await buy({ strategy: 'trend' })).body).toMatchObject({ code: 'strategy_position_limit' });
    const { strategies } = await bodyOf('/trading/v2/strategies');
    expect(strategies).toContainEqual(
      expect.objectContaining({
        strategy: 'trend',
        positions: [expect.objectContaining({ symbol: 'BTC/USDT', pnl_asset: 'USDT' })],
        limits: expect.objectContaining({ scope: 'strategy', version: 1 }) as unknown,
        trading_state: null,
      }),
    );
  });

  it('that hold opposite parts of a flat account have their open result, at the mark that their limits go by', async () => {
    const symbol = 'ETH/USDT:USDT';
    await service.control('POST', 'binance/price', { symbol, price: '3000', hold: true });
    for (const [side, strategy] of [
      ['buy', 'up'],
      ['sell', 'down'],
    ] as const)
      expect((await buy({ symbol, side, strategy, quantity: '0.2' })).body).toMatchObject({
        status: 'filled',
      });
    const openResults = async (): Promise<readonly unknown[]> => {
      const { strategies } = await bodyOf('/trading/v2/strategies');
      return (
        strategies as { strategy: string; positions: { quantity: string; unrealized_pnl: unknown }[] }[]
      )
        .filter(({ strategy }) => strategy === 'up' || strategy === 'down')
        .map(({ positions }) => [positions[0]?.quantity, typeof positions[0]?.unrealized_pnl]);
    };
    await expect.poll(openResults, { timeout: 10_000 }).toEqual([
      ['-0.2', 'string'],
      ['0.2', 'string'],
    ]);
  });

  it('a limit that is no limit of a strategy is refused by name', async () => {
    const answer = await service.call('PUT', '/risk/limits', {
      token: service.tokens.admin,
      body: {
        scope: 'strategy',
        strategy: 'trend',
        version: 1,
        reason: 'a trial',
        limits: { max_drawdown: '0.1' },
      },
    });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain('max_drawdown');
  });
});
