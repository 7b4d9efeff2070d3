/** A position that is liquidated with a loss beyond its wallet, at every exchange with swaps, over a real socket, an engine, PostgreSQL and the simulated venues. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Decimal } from '../core/decimal.ts';
import { accountId } from '../core/ids.ts';
import { capabilitiesOf, SUPPORTED_VENUES } from '../venues/registry.ts';
import { startService, type Answer, type TestService } from './testing/service-fixture.ts';

const SYMBOL = 'BTC/USDT:USDT';
const WITH_SWAPS = SUPPORTED_VENUES.filter((venue) => capabilitiesOf(venue).kinds.linear_swap !== null);
/** How long the service with all simulated exchanges may take to start, in milliseconds. */
const START_WITHIN_MS = 180_000;
const SETTLES = { timeout: 60_000, interval: 200 };
const READ_WITHIN_MS = 20_000;

interface Info {
  readonly balances: readonly { readonly asset: string; readonly wallet: string; readonly total: string }[];
  readonly positions: readonly unknown[];
  readonly net_realized_pnl_today: readonly { readonly amount: string | null }[];
}

let service: TestService;
beforeAll(async () => {
  service = await startService({}, { exchanges: WITH_SWAPS });
}, START_WITHIN_MS);
afterAll(() => service.stop());

const post = (path: string, body: object): Promise<Answer> => service.call('POST', path, { body });
const info = async (exchange: string): Promise<Info> =>
  (await service.call('GET', `/trading/v2/account/info?exchange=${exchange}`)).body as unknown as Info;

/** USDT of the wallet that swaps draw on. */
function walletOf({ balances }: Info): Decimal {
  const found = balances.find(({ asset, wallet }) => asset === 'USDT' && wallet !== 'spot');
  return Decimal.parse(found?.total ?? '0');
}

describe.each(WITH_SWAPS)('%s', (exchange) => {
  it(
    'a liquidated account has lost what left its wallet, and nothing of it is unexplained',
    { timeout: 150_000 },
    async () => {
      await service.control('POST', `${exchange}/price`, { symbol: SYMBOL, price: '60000', hold: true });
      await expect
        .poll(async () => (await info(exchange)).balances.some(({ asset }) => asset === 'USDT'), SETTLES)
        .toBe(true);
      const leverage = { exchange, symbol: SYMBOL, leverage: 20 };
      expect(await service.call('PUT', '/trading/v2/leverage', { body: leverage })).toMatchObject({
        status: 200,
      });
      const before = walletOf(await info(exchange));
      const order = { exchange, symbol: SYMBOL, side: 'buy' };
      for (const quantity of ['4', '4', '4', '4', '4', '4', '4', '2', '1'])
        await post('/trading/v2/orders/market', { ...order, quantity });
      expect((await info(exchange)).positions).toHaveLength(1);
      const path = ['56500', '55000', '53000', '51500'];
      await service.control('POST', `${exchange}/price`, { symbol: SYMBOL, path, hold: true });
      await expect.poll(async () => (await info(exchange)).positions, SETTLES).toEqual([]);
      await service.desk.controls.readAnew([accountId(`${exchange}-paper`)], READ_WITHIN_MS);
      await expect
        .poll(async () => {
          const now = await info(exchange);
          const lost = walletOf(now).subtract(before).toString();
          return now.net_realized_pnl_today[0]?.amount === lost ? lost : now;
        }, SETTLES)
        .toMatch(/^-\d/);
      const { body } = await service.call('GET', '/risk/status');
      const ofAccount = (body['unexplained'] as { account: string }[]).filter(
        ({ account }) => account === `${exchange}-paper`,
      );
      expect(ofAccount).toEqual([]);
    },
  );
});
