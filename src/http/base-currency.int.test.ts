/** A portfolio whose base currency is BTC, end to end: every limit, exposure, loss and result is in BTC. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decimal } from '../core/decimal.ts';
import { asset } from '../core/ids.ts';
import { startService, type Answer, type TestService } from './testing/service-fixture.ts';

const SETTLES = { timeout: 20_000, interval: 100 };
const BTC_USDT = 60_000;
const SWAP = 'ETH/USDT:USDT';
/** One ETH on swap and spot, in USDT: 0.0417 BTC. */
const ETH_USDT = 2_500;

let service: TestService;
beforeAll(async () => {
  service = await startService(
    {
      maxPositionNotional: decimal('0.5'),
      maxTotalExposure: decimal('0.8'),
      maxOrderNotional: decimal('0.4'),
      maxDailyLoss: decimal('0.018'),
    },
    { baseCurrency: asset('BTC') },
  );
  await price('BTC/USDT', BTC_USDT);
  await price('ETH/USDT', ETH_USDT);
  await price(SWAP, ETH_USDT);
});
afterAll(() => service.stop());

async function price(symbol: string, at: number): Promise<void> {
  await service.control('POST', 'binance/price', { symbol, price: String(at), hold: true });
}

const order = (more: object): Promise<Answer> =>
  service.call('POST', '/trading/v2/orders/market', {
    body: { exchange: 'binance', symbol: SWAP, side: 'buy', wait_ms: 5_000, ...more },
  });
const status = async (): Promise<Record<string, unknown>> => (await service.call('GET', '/risk/status')).body;
const equity = async (): Promise<Record<string, string>> =>
  ((await status())['equity'] ?? {}) as Record<string, string>;
/** The figure by which an order was refused, as a number. */
const refusedBy = ({ status: code, body }: Answer): readonly unknown[] => [
  code,
  body['code'],
  body['limit'],
  Number(body['actual']),
];

describe('a portfolio in BTC', () => {
  it('has its equity and its limits in BTC, at the price of the market', async () => {
    const { body } = await service.call('GET', '/trading/v2/account/balance?exchange=binance');
    const balances = body['balances'] as { asset: string; total: string }[];
    const worth: Record<string, number> = { USDT: 1 / BTC_USDT, BTC: 1, ETH: ETH_USDT / BTC_USDT };
    const total = balances.reduce((sum, row) => sum + Number(row.total) * (worth[row.asset] ?? 0), 0);
    expect(total).toBeGreaterThan(2);
    await expect
      .poll(async () => Math.abs(Number((await equity())['current']) / total - 1) < 0.002, SETTLES)
      .toBe(true);
    const { base_currency: base, usage } = await status();
    expect(base).toBe('BTC');
    expect(usage).toMatchObject({ daily_loss: { limit: '0.018' } });
    const info = await service.call('GET', '/trading/v2/account/info?exchange=binance');
    expect(JSON.stringify(info.body)).toContain('"equity_currency":"BTC"');
  });

  it('measures order, position and exposure in BTC, whatever they are quoted in', async () => {
    const inBtc = (eth: number): number => (eth * ETH_USDT) / BTC_USDT;
    const large = refusedBy(await order({ quantity: '10' }));
    expect(large.slice(0, 3)).toEqual([422, 'order_notional_limit', '0.4']);
    expect(Math.abs(Number(large[3]) - inBtc(10))).toBeLessThan(0.02);
    expect(await order({ quantity: '6' })).toMatchObject({ status: 201, body: { status: 'filled' } });
    // 0.25 BTC are held.
    const further = refusedBy(await order({ quantity: '7' }));
    expect(further.slice(0, 3)).toEqual([422, 'position_limit', '0.5']);
    expect(Math.abs(Number(further[3]) - inBtc(6 + 7))).toBeLessThan(0.02);
    const spot = { symbol: 'BTC/USDT', quantity: '0.39' };
    expect(await order(spot)).toMatchObject({ status: 201 });
    const beyond = refusedBy(await order({ symbol: 'ETH/USDT', quantity: '5' }));
    expect(beyond.slice(0, 3)).toEqual([422, 'total_exposure_limit', '0.8']);
    expect(Math.abs(Number(beyond[3]) - (inBtc(6 + 5) + 0.39))).toBeLessThan(0.02);
    expect(await order({ ...spot, side: 'sell' })).toMatchObject({ status: 201 });
  });

  it('counts the loss of a day in BTC, and takes no new risk once it has reached its limit', async () => {
    const before = Number((await equity())['day_pnl']);
    // 6 ETH lose 200 USDT each: 0.02 BTC.
    await price(SWAP, ETH_USDT - 200);
    await expect
      .poll(async () => Math.abs(before - Number((await equity())['day_pnl']) - 0.02) < 0.001, SETTLES)
      .toBe(true);
    const { usage, ladder } = await status();
    const { limit, actual } = (usage as Record<string, Record<string, string>>)['daily_loss'] ?? {};
    expect(limit).toBe('0.018');
    // Fees and the spread of what was traded before are in it.
    expect(Math.abs(Number(actual) - 0.021)).toBeLessThan(0.0014);
    expect(ladder).toMatchObject({
      steps: expect.arrayContaining([expect.objectContaining({ step: 'no_new_risk', reached: true })]),
    });
    await expect
      .poll(async () => refusedBy(await order({ quantity: '0.1' })).slice(0, 2), SETTLES)
      .toEqual([422, 'trading_reduce_only']);
    // The way out stays open.
    const closed = await service.call('POST', `/trading/v2/positions/${encodeURIComponent(SWAP)}/close`, {
      body: { exchange: 'binance' },
    });
    expect(closed.status).toBe(201);
    const { body } = await service.call('GET', '/trading/v2/account/info?exchange=binance');
    const [today] = body['net_realized_pnl_today'] as { asset: string; amount: string }[];
    expect(today?.asset).toBe('BTC');
    expect(Math.abs(Number(today?.amount) + 0.022)).toBeLessThan(0.004);
  });
});
