/** The sale of holdings against a desk of plain answers: what becomes of one whose pair is not traded. */
import { expect, it } from 'vitest';
import { decimal } from '../core/decimal.ts';
import { asset, instrumentSymbol } from '../core/ids.ts';
import type { Instrument } from '../core/instrument.ts';
import { ACCOUNT, SPOT_INSTRUMENT } from '../core/testing/fixture.ts';
import type { AccountRecord } from '../directory/accounts.ts';
import type { Caller } from '../directory/callers.ts';
import type { Desk, PlaceIntent } from '../engine/desk.ts';
import type { HttpContext } from './context.ts';
import { holdingsLeft, sellHoldings } from './holdings.ts';

const ACCOUNTS = [{ accountId: ACCOUNT, exchange: 'binance' }] as unknown as readonly AccountRecord[];
const HALTED: Instrument = { ...SPOT_INSTRUMENT, active: false };
const OPEN: Instrument = { ...SPOT_INSTRUMENT, symbol: instrumentSymbol('BTC/USDC'), quote: asset('USDC') };

/** An account with two BTC, and the pairs that it was to sell on: no order is taken. */
function deskWith(...listed: readonly Instrument[]) {
  const asked: string[] = [];
  const balance = { accountId: ACCOUNT, wallet: 'spot', asset: 'BTC', total: decimal('2') };
  const reading = { balance, available: decimal('2'), kinds: ['spot'] };
  const desk = {
    books: { balances: async () => ({ value: [reading], seq: 0 }) },
    markets: { instruments: () => listed, knownQuote: () => undefined },
    orders: {
      size: async () => null,
      place: async ({ symbol }: PlaceIntent) => {
        asked.push(symbol);
        throw new Error('no order is taken');
      },
    },
  } as unknown as Desk;
  return { desk, asked };
}

it('a holding whose only pair is not traded is left for want of an instrument', async () => {
  const [left] = await holdingsLeft(deskWith(HALTED).desk, ACCOUNTS, []);
  expect(left).toMatchObject({ asset: 'BTC', because: 'no_instrument' });
});

it('a holding is sold for the next currency where the pair of the first is not traded', async () => {
  const { desk, asked } = deskWith(HALTED, OPEN);
  const context = { now: () => 0, readModels: { idempotency: async () => null } } as unknown as HttpContext;
  const caller = { userName: 'user', tokenLabel: 'token' } as Caller;
  await sellHoldings(context, desk, caller, ACCOUNTS, { marketProtectionBps: null, waitMs: 10 });
  expect(asked).toEqual(['BTC/USDC']);
});
