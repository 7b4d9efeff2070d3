/** Controls of the equity that take an administrator, over a real socket, PostgreSQL and a simulated venue. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startService, type Answer, type TestService } from '../testing/service-fixture.ts';
import { riskStatusView, type RiskStatusView } from '../views/risk-status.ts';

const SETTLES = { timeout: 40_000, interval: 200 };

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

async function status(): Promise<RiskStatusView> {
  return riskStatusView.parse((await service.call('GET', '/risk/status')).body);
}

/** Moves a balance at the venue without any record that says why. */
async function adjust(asset: string, amount: string): Promise<void> {
  await service.control('POST', 'binance/adjustments', { wallet: 'spot', asset, amount });
}

const statusOf = (answer: Answer): RiskStatusView => riskStatusView.parse(answer.body['status']);

it('POST /risk/reclassify answers the figures after it: no later reading moves them', async () => {
  await expect.poll(async () => (await status()).equity, SETTLES).not.toBeNull();
  for (const [as, loss] of [
    ['result', '100'],
    ['flow', '100'],
  ] as const) {
    await adjust('USDT', '-100');
    await expect.poll(async () => (await status()).unexplained.length, SETTLES).toBe(1);
    const [change] = (await status()).unexplained;
    const body = { id: change?.id, as, reason: 'seen at the bank' };
    const answer = await service.call('POST', '/risk/reclassify', { body, token: service.tokens.admin });
    expect(answer.status).toBe(200);
    const { equity, unexplained, usage } = statusOf(answer);
    expect(unexplained).toEqual([]);
    expect(equity?.high).toBe(equity?.low);
    expect(usage.daily_loss.actual).toBe(loss);
  }
});

it('POST /risk/prices is for an admin, and for what the equity rests on and no market prices', async () => {
  const state = (asset: string, price: unknown, token = service.tokens.admin): Promise<Answer> =>
    service.call('POST', '/risk/prices', { token, body: { asset, price, reason: 'no market lists it' } });
  expect((await state('XYZ', '0', service.tokens.trade)).status).toBe(403);
  expect((await state('XYZ', '-1')).body).toMatchObject({ code: 'invalid_request' });
  expect(await state('XYZ', '1')).toMatchObject({ status: 409, body: { code: 'price_not_needed' } });
  expect(await state('USDT', '1')).toMatchObject({ status: 409, body: { code: 'price_not_needed' } });
  await adjust('XYZ', '5');
  await expect.poll(async () => (await state('XYZ', '0.5')).status, SETTLES).toBe(200);
  const journal = await service.call('GET', '/journal?type=price_stated');
  expect(JSON.stringify(journal.body)).toContain('no market lists it');
});
