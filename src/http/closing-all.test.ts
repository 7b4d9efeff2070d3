/** Closing many positions, over a closer that notes what it is asked for. */
import { expect, it } from 'vitest';
import { accountId, instrumentSymbol } from '../core/ids.ts';
import type { PositionSide } from '../core/order/terms.ts';
import type { PositionReading } from '../engine/desk.ts';
import { closeEach, hashOfPart } from './closing-all.ts';
import { hashOfClose, type Closer, type CloseWish } from './closing.ts';

const [FIRST, SECOND] = [accountId('a1'), accountId('a2')];
const SWAP = instrumentSymbol('BTC/USDT:USDT');

const reading = (account: typeof FIRST, positionSide: PositionSide): PositionReading =>
  ({
    position: { accountId: account, symbol: SWAP, positionSide, venue: 'binance', base: 'BTC' },
  }) as unknown as PositionReading;

async function closed(
  readings: readonly PositionReading[],
  key: string | null,
  failing: PositionSide | null = null,
) {
  const wishes: CloseWish[] = [];
  const closer = {
    close: async (_desk: unknown, _caller: unknown, wish: CloseWish) => {
      wishes.push(wish);
      if ((wish.positionSide ?? 'net') === failing) throw new Error('not connected');
      return { answered: wish.account.accountId };
    },
  } as unknown as Closer;
  const outcomes = await closeEach(closer, {} as never, {} as never, readings, {
    accounts: [{ accountId: FIRST } as never],
    marketProtectionBps: 50,
    key,
    request: { closes: 'every position' },
    waitMs: 1,
  });
  return { wishes, outcomes };
}

it('both sides of a hedged account are closed, each by its side and under a key of its own', async () => {
  const { wishes } = await closed([reading(FIRST, 'long'), reading(FIRST, 'short')], 'k');
  expect(wishes.map(({ positionSide, quantity, key }) => [positionSide, quantity, key])).toEqual([
    ['long', null, 'k a1/BTC/USDT:USDT/long'],
    ['short', null, 'k a1/BTC/USDT:USDT/short'],
  ]);
  // The orders of both are found again by their side.
  for (const wish of wishes) {
    const order = { ...wish, accountId: FIRST } as never;
    expect(hashOfPart(order, 50, wish.request)).toBe(hashOfClose(wish));
  }
});

it('the only position of an instrument is closed without a side, and without a key where the request has none', async () => {
  const { wishes } = await closed([reading(FIRST, 'net')], null);
  expect(wishes.map(({ positionSide, key }) => [positionSide, key])).toEqual([[null, null]]);
});

it('a side that cannot be closed, or an account that is not there, keeps no other from it', async () => {
  const readings = [reading(FIRST, 'long'), reading(FIRST, 'short'), reading(SECOND, 'net')];
  const { outcomes } = await closed(readings, null, 'long');
  expect(outcomes.map(({ position }) => position)).toEqual(readings.map(({ position }) => position));
  expect(outcomes.map(({ outcome }) => ('error' in outcome ? String(outcome.error) : outcome))).toEqual([
    'Error: not connected',
    { answered: FIRST },
    expect.stringContaining('No account a2'),
  ]);
});
