import { expect, it } from 'vitest';
import { decimal, Decimal } from '../core/decimal.ts';
import { accountId, instrumentSymbol } from '../core/ids.ts';
import { initialState } from '../core/portfolio/state.ts';
import { DEFAULT_LIMITS } from '../core/risk/limits.ts';
import type { PositionReport } from '../core/venue/report.ts';
import { Accounts } from './accounts.ts';

const ACCOUNT = accountId('acc-1');
const SWAP = instrumentSymbol('BTC/USDT:USDT');

const reading = (leverage: string): readonly PositionReport[] => [
  {
    symbol: SWAP,
    positionSide: 'net',
    quantity: Decimal.zero,
    entryPrice: null,
    markPrice: null,
    leverage: decimal(leverage),
    marginMode: 'cross',
    liquidationPrice: null,
    unrealizedPnl: null,
  },
];

it('a setting that the venue has confirmed stands against a reading that began before it', () => {
  let now = 10;
  const accounts = new Accounts({
    accounts: [],
    clock: { now: () => now, monotonic: () => now, after: () => () => undefined },
    state: initialState,
    limits: () => DEFAULT_LIMITS,
    priceAt: () => null,
    halted: () => null,
  });
  const shown = (): readonly (string | null | undefined)[] => {
    const position = accounts.venuePosition(ACCOUNT, SWAP);
    return [position?.leverage?.toString(), position?.marginMode];
  };
  accounts.keepVenuePositions(ACCOUNT, reading('4'), 10);
  now = 20;
  accounts.noteSetting(ACCOUNT, { setting: 'leverage', symbol: SWAP, leverage: decimal('5') });
  accounts.noteSetting(ACCOUNT, { setting: 'margin_mode', symbol: SWAP, marginMode: 'isolated' });
  expect(shown()).toEqual(['5', 'isolated']);
  accounts.keepVenuePositions(ACCOUNT, reading('4'), 15);
  expect(shown()).toEqual(['5', 'isolated']);
  // One that began later is the venue's own word, whoever changed it.
  accounts.keepVenuePositions(ACCOUNT, reading('7'), 21);
  expect(shown()).toEqual(['7', 'cross']);
  accounts.keepVenuePositions(ACCOUNT, reading('8'), 15);
  expect(shown()).toEqual(['8', 'cross']);
});
