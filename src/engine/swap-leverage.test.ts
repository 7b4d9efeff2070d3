import { describe, expect, it } from 'vitest';
import { leverageOf } from '../core/balance/margin.ts';
import { decimal } from '../core/decimal.ts';
import type { PositionSide } from '../core/order/terms.ts';
import { initialState } from '../core/portfolio/state.ts';
import { ACCOUNT, NO_CONVERSIONS, NO_LIMITS, SWAP, SWAP_INSTRUMENT } from '../core/testing/fixture.ts';
import type { PositionReport } from '../core/venue/report.ts';
import { Accounts } from './accounts.ts';
import { LEVERAGE_FRESH_MS } from './leverage-readings.ts';
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

/** An account whose swap is set to these leverages, one for each time that the venue is asked. */
function asking(...texts: readonly string[]) {
  const clock = { elapsedMs: 0 };
  const answers = texts.map((text) => decimal(text));
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
            startedAt: clock.elapsedMs,
            finishedAt: clock.elapsedMs,
          }),
        }),
        instance: null,
        connectionId: 'one',
      },
    ],
    clock: { now: () => clock.elapsedMs, monotonic: () => clock.elapsedMs, after: () => () => undefined },
    state: initialState,
    limits: () => ({ ...NO_LIMITS, maxLeverage: decimal('10') }),
    priceAt: () => null,
    conversions: () => NO_CONVERSIONS,
    halted: () => null,
  });
  const [account] = accounts.all();
  if (account === undefined) throw new Error('the account is missing');
  return {
    accounts,
    clock,
    left: answers,
    start: () => {
      account.started = true;
    },
    read: (side: PositionSide = 'net') => accounts.readLeverage(account, SWAP_INSTRUMENT, side),
    shown: (positionSide: PositionSide = 'net'): string | undefined =>
      leverageOf(accounts.leverages(), { accountId: ACCOUNT, symbol: SWAP, positionSide })?.toString(),
  };
}

it('a leverage that a reading of positions has shown does not give way to an older answer once the position is gone', async () => {
  const { accounts, clock, read, shown } = asking('5', '40');
  await read();
  expect(shown()).toBe('5');
  clock.elapsedMs = 10_000;
  accounts.setVenuePositions(ACCOUNT, [POSITION], clock.elapsedMs);
  expect(shown()).toBe('50');
  clock.elapsedMs = 20_000;
  accounts.setVenuePositions(ACCOUNT, [], clock.elapsedMs);
  expect(shown()).toBeUndefined();
  await read();
  expect(shown()).toBe('40');
  accounts.forgetLeverage(ACCOUNT);
  expect(shown()).toBeUndefined();
});

it('settings that a client has asked for are shown while the swap is flat, for as long as they are known', async () => {
  const { accounts, clock, start } = asking('5', '7');
  start();
  const shown = (): string | undefined => accounts.swapSettings(ACCOUNT, SWAP)?.leverage?.toString();
  accounts.setVenuePositions(ACCOUNT, [], clock.elapsedMs);
  expect(shown()).toBeUndefined();
  expect(await accounts.readSwapSettings(ACCOUNT, SWAP)).toMatchObject({ kind: 'ok' });
  expect([shown(), accounts.swapSettings(ACCOUNT, SWAP)?.marginMode]).toEqual(['5', 'cross']);
  clock.elapsedMs = LEVERAGE_FRESH_MS - 1;
  expect(shown()).toBe('5');
  expect(await accounts.readSwapSettings(ACCOUNT, SWAP)).toMatchObject({ kind: 'ok' });
  expect(shown()).toBe('7');
  clock.elapsedMs += LEVERAGE_FRESH_MS;
  expect(shown()).toBeUndefined();
});

it('settings that were asked for before one was changed are not shown after it', async () => {
  const { accounts, start } = asking('5');
  start();
  const answered = accounts.readSwapSettings(ACCOUNT, SWAP);
  accounts.confirmSetting(ACCOUNT, { setting: 'leverage', symbol: SWAP, leverage: decimal('9') });
  await answered;
  expect(accounts.swapSettings(ACCOUNT, SWAP)).toBeNull();
});

describe('of a hedged swap, a venue that lists open positions alone', () => {
  const long: PositionReport = { ...POSITION, positionSide: 'long', leverage: decimal('5') };

  it('is asked for the side that it does not list, and the answer outlasts readings that agree with it', async () => {
    const { accounts, clock, left, read, shown } = asking('5');
    accounts.setVenuePositions(ACCOUNT, [long], clock.elapsedMs);
    await read('long');
    expect(left).toHaveLength(1);
    await read('short');
    expect([shown('long'), shown('short')]).toEqual(['5', '5']);
    clock.elapsedMs = 10_000;
    accounts.setVenuePositions(ACCOUNT, [long], clock.elapsedMs);
    expect(shown('short')).toBe('5');
  });

  it('is asked anew once a reading of the other side shows another leverage', async () => {
    const { accounts, clock, read, shown } = asking('5', '8');
    await read('short');
    clock.elapsedMs = 10_000;
    accounts.setVenuePositions(ACCOUNT, [{ ...long, leverage: decimal('8') }], clock.elapsedMs);
    expect([shown('long'), shown('short')]).toEqual(['8', undefined]);
    await read('short');
    expect(shown('short')).toBe('8');
  });

  it('may answer while a reading comes in that shows the other side', async () => {
    const { accounts, clock, read, shown } = asking('5');
    const answered = read('short');
    accounts.setVenuePositions(ACCOUNT, [long], clock.elapsedMs);
    await answered;
    expect(shown('short')).toBe('5');
  });
});
