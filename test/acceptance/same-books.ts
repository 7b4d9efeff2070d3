/** Holds the service's books against the venue's, to the last digit. */
import { expect } from 'vitest';
import { decimal } from '../../src/core/decimal.ts';
import { PAPER, type DeskWorld } from './desk-world.ts';

const WALLET_NAMES = { spot: 'spot', linear_swap: 'swap', unified: 'unified' } as const;

/** Balances of both wallets and what was filled, ours against the venue's. */
export async function expectSameBooks(world: DeskWorld): Promise<void> {
  const theirs = new Map<string, string>();
  for (const row of await world.control.balances())
    theirs.set(`${row.wallet} ${row.asset}`, decimal(row.total).toString());
  const ours = new Map<string, string>();
  for (const { balance } of (await world.engine.books.balances(PAPER)).value) {
    ours.set(`${WALLET_NAMES[balance.wallet]} ${balance.asset}`, balance.total.toString());
  }
  const worthShowing = ([, total]: [string, string]): boolean => total !== '0';
  expect(Object.fromEntries([...ours].filter(worthShowing))).toEqual(
    Object.fromEntries([...theirs].filter(([key]) => ours.has(key)).filter(worthShowing)),
  );
}

/** Swap positions, each side of a hedged account for itself, ours against the venue's. */
export async function expectSamePositions(world: DeskWorld): Promise<void> {
  const ours = new Map<string, string>();
  for (const { position } of (await world.engine.books.positions({})).value) {
    if (position.kind !== 'linear_swap') continue;
    ours.set(`${position.symbol} ${position.positionSide}`, position.netQuantity.toString());
  }
  const theirs = new Map<string, string>();
  for (const row of await world.control.positions()) {
    const quantity = decimal(row.quantity);
    if (!quantity.isZero())
      theirs.set(
        `${row.symbol} ${row.position_side}`,
        (row.side === 'short' ? quantity.abs().negate() : quantity).toString(),
      );
  }
  expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(theirs));
}
