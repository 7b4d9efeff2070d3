import { afterEach, beforeEach, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { ACCOUNT, Desk, SPOT, START, SWAP } from '../testing/fixture.ts';
import { adoptionFill } from './adoption.ts';
import { applyFill, realizedSinceOpened } from './position.ts';

const WORTH = { quantity: decimal('1'), costBasis: decimal('100'), price: decimal('100') };

let desk: Desk;
let count: number;
beforeEach(() => {
  desk = Desk.funded('1000000', '10');
  count = 0;
});
afterEach(() => {
  desk.expectReplayEqual();
});

function trade(symbol: typeof SPOT, side: 'buy' | 'sell', quantity: string, price: string, at = count): void {
  const order = desk.open({ symbol, side, quantity: decimal(quantity) });
  count += 1;
  desk.fill(order, `t${count}`, { price: decimal(price), executedAt: START + at });
}

/** The PnL realised since the position was opened, and in all. */
const realized = (symbol = SPOT): readonly (string | undefined)[] => {
  const position = desk.state.positions.get(`${ACCOUNT} ${symbol}`);
  const since = position === undefined ? undefined : realizedSinceOpened(position);
  return [since?.toString(), position?.realizedPnl.toString()];
};

it('a position that is opened again has realised nothing yet, and what the former ones made is in the total', () => {
  trade(SPOT, 'buy', '2', '100');
  trade(SPOT, 'sell', '1', '130');
  expect(realized()).toEqual(['30', '30']);
  trade(SPOT, 'sell', '1', '90');
  // Closed: what it made in its life.
  expect(realized()).toEqual(['20', '20']);
  trade(SPOT, 'buy', '2', '100');
  expect(realized()).toEqual(['0', '20']);
  trade(SPOT, 'sell', '1', '95');
  expect(realized()).toEqual(['-5', '15']);
});

it('a swap that turns over begins anew', () => {
  trade(SWAP, 'buy', '1', '100');
  trade(SWAP, 'sell', '3', '110');
  expect(realized(SWAP)).toEqual(['0', '10']);
  trade(SWAP, 'buy', '2', '105');
  expect(realized(SWAP)).toEqual(['10', '20']);
});

it('a late execution of the former position changes what that one made, not the present one', () => {
  trade(SPOT, 'buy', '1', '100', 0);
  trade(SPOT, 'sell', '2', '120', 20);
  trade(SPOT, 'buy', '1', '100', 30);
  trade(SPOT, 'sell', '1', '101', 40);
  expect(realized()).toEqual(['1', '21']);
  trade(SPOT, 'buy', '1', '110', 10);
  expect(realized()).toEqual(['1', '31']);
});

it('it is not known of a position that an earlier release has opened after others, until it is opened again', () => {
  trade(SPOT, 'buy', '2', '100');
  trade(SPOT, 'sell', '1', '130');
  const position = desk.state.positions.get(`${ACCOUNT} ${SPOT}`);
  if (position === undefined) throw new RangeError('there is no position');
  const recent = position.recent.map((fill) => ({ ...fill, opens: undefined }));
  const earlier = { ...position, formerPnl: undefined, recent };
  expect(realizedSinceOpened(earlier)).toBeNull();
  const fill = {
    ...adoptionFill({ ...WORTH, adoptionId: 'a', executedAt: START + 9 }),
    opens: true,
  } as const;
  const sold = { ...fill, side: 'sell', opens: undefined, executedAt: START + 5 } as const;
  const again = applyFill(applyFill(earlier, sold).position, fill).position;
  expect(realizedSinceOpened(again)?.toString()).toBe('0');
  expect(again.realizedPnl.toString()).toBe('30');
});
