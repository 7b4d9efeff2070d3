import { expect, it } from 'vitest';
import { leverageOf } from '../core/balance/margin.ts';
import { decimal } from '../core/decimal.ts';
import { initialState } from '../core/portfolio/state.ts';
import { ACCOUNT, NO_CONVERSIONS, NO_LIMITS, SWAP, SWAP_INSTRUMENT } from '../core/testing/fixture.ts';
import type { PositionReport } from '../core/venue/report.ts';
import { Accounts } from './accounts.ts';
import { silentGateway } from './testing/silent-gateway.ts';

const POSITION: PositionReport = {
  symbol: SWAP,
  positionSide: 'net',
  quantity: decimal('1'),
  entryPrice: decimal('100'),
  markPrice: decimal('100'),
  leverage: decimal('50'),
  marginMode: 'cross',
  liquidationPrice: null,
  maintenanceMargin: null,
  isolatedMargin: null,
  unrealizedPnl: null,
};

it('a leverage that a reading of positions has shown does not give way to an older answer once the position is gone', async () => {
  let now = 0;
  const answers = ['5', '40'].map((text) => decimal(text));
  const accounts = new Accounts({
    accounts: [
      {
        accountId: ACCOUNT,
        venue: 'binance',
        mode: 'paper',
        gateway: silentGateway({
          swapSettings: async () => ({
            kind: 'ok',
            value: { leverage: answers.shift() ?? null, marginMode: 'cross' },
            startedAt: now,
            finishedAt: now,
          }),
        }),
        instance: null,
        connectionId: 'one',
      },
    ],
    clock: { now: () => now, monotonic: () => now, after: () => () => undefined },
    state: initialState,
    limits: () => ({ ...NO_LIMITS, maxLeverage: decimal('10') }),
    priceAt: () => null,
    conversions: () => NO_CONVERSIONS,
    halted: () => null,
  });
  const [account] = accounts.all();
  if (account === undefined) throw new Error('the account is missing');
  const shown = (): string | undefined =>
    leverageOf(accounts.leverages(), { accountId: ACCOUNT, symbol: SWAP, positionSide: 'net' })?.toString();
  await accounts.readLeverage(account, SWAP_INSTRUMENT);
  expect(shown()).toBe('5');
  now = 10_000;
  accounts.setVenuePositions(ACCOUNT, [POSITION], now);
  expect(shown()).toBe('50');
  now = 20_000;
  accounts.setVenuePositions(ACCOUNT, [], now);
  expect(shown()).toBeUndefined();
  await accounts.readLeverage(account, SWAP_INSTRUMENT);
  expect(shown()).toBe('40');
  accounts.forgetLeverage(ACCOUNT);
  expect(shown()).toBeUndefined();
});
