import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { positionKey } from '../portfolio/keys.ts';
import { booksOn } from '../risk/strategy-books.ts';
import { ACCOUNT, Desk, SPOT, SWAP } from '../testing/fixture.ts';
import type { OrderRequest } from '../order/order.ts';
import { closablePart } from './strategy-part.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

function trade(given: Partial<OrderRequest>): void {
  const order = desk.open({ symbol: SWAP, ...given });
  desk.fill(order, `t-${order.orderId}`);
}

function partOf(strategy: string, symbol = SWAP): readonly string[] {
  const book = booksOn(desk.state, positionKey(ACCOUNT, symbol, 'net')).find(
    (one) => one.strategy === strategy,
  );
  if (book === undefined) throw new RangeError(`${strategy} has no book`);
  const { ofAccount, left, closable } = closablePart(desk.state, book);
  return [ofAccount, left, closable].map(String);
}

function refused(given: Partial<OrderRequest>): string | null {
  const refusal = desk.refusalBy('own_part', { symbol: SWAP, side: 'sell', ...given }, { ownPartOnly: true });
  return refusal === null ? null : `${refusal.code} ${refusal.limit}`;
}

const grid = { strategy: 'grid' };
const [one, two, three] = [decimal('1'), decimal('2'), decimal('3')];

describe('the part of a position that a strategy may close', () => {
  it('is its own, less its orders on their way, and no more than the account holds', () => {
    trade({ ...grid, quantity: three });
    trade({ strategy: 'trend', quantity: two });
    expect(partOf('grid')).toEqual(['5', '3', '3']);
    desk.open({ symbol: SWAP, ...grid, side: 'sell', quantity: one, timeInForce: 'IOC', reduceOnly: true });
    expect(partOf('grid')).toEqual(['5', '2', '2']);
    desk.open({ symbol: SWAP, side: 'sell', quantity: three, timeInForce: 'IOC', reduceOnly: true });
    expect(partOf('grid')).toEqual(['5', '2', '1']);
  });

  it('is not there where other strategies hold the opposite', () => {
    trade({ ...grid, quantity: three });
    trade({ strategy: 'trend', side: 'sell', quantity: three });
    expect(partOf('grid')).toEqual(['0', '3', '0']);
  });

  it('leaves alone what others have resting on a side of a hedged account', () => {
    desk.hedge();
    const long = { positionSide: 'long' } as const;
    const partOfLong = (): readonly string[] => {
      const book = booksOn(desk.state, positionKey(ACCOUNT, SWAP, 'long'))[0];
      if (book === undefined) throw new RangeError('there is no book');
      const { ofAccount, left, closable } = closablePart(desk.state, book);
      return [ofAccount, left, closable].map(String);
    };
    trade({ ...grid, ...long, quantity: three });
    trade({ ...long, quantity: two });
    const target = { symbol: SWAP, ...long, side: 'sell', price: decimal('110') } as const;
    desk.open({ ...target, quantity: two });
    expect(partOfLong()).toEqual(['5', '3', '3']);
    desk.open({ ...target, quantity: one });
    expect(partOfLong()).toEqual(['5', '3', '2']);
    // A stop claims nothing of the side, and its own orders are canceled for a close.
    const stop = { type: 'stop_market', stopPrice: decimal('90'), trigger: 'mark', price: null } as const;
    desk.open({ ...target, ...stop, quantity: two });
    desk.open({ ...target, ...grid, quantity: two });
    expect(partOfLong()).toEqual(['5', '3', '2']);
  });

  it('leaves alone what others have resting on spot', () => {
    desk = Desk.funded('1000000', '0');
    trade({ symbol: SPOT, ...grid, quantity: three });
    trade({ symbol: SPOT, strategy: 'trend', quantity: two });
    desk.open({ symbol: SPOT, strategy: 'trend', side: 'sell', quantity: two, price: decimal('110') });
    expect(partOf('grid', SPOT)).toEqual(['5', '3', '3']);
    desk.open({ symbol: SPOT, side: 'sell', quantity: one, price: decimal('110') });
    expect(partOf('grid', SPOT)).toEqual(['5', '3', '2']);
  });
});

describe('a token for strategies', () => {
  it('closes up to the part of its strategy, and not beyond', () => {
    trade({ ...grid, quantity: two });
    trade({ quantity: three });
    expect(refused({ ...grid, reduceOnly: true, quantity: two })).toBeNull();
    expect(refused({ ...grid, reduceOnly: true, quantity: decimal('2.001') })).toBe('beyond_strategy_part 2');
    expect(refused({ strategy: 'other', reduceOnly: true, quantity: one })).toBe('beyond_strategy_part 0');
    // A short part of its own is no close.
    expect(refused({ ...grid, quantity: three })).toBeNull();
    trade({ symbol: SPOT, ...grid, quantity: one });
    expect(refused({ ...grid, symbol: SPOT, quantity: one })).toBeNull();
    expect(refused({ ...grid, symbol: SPOT, quantity: decimal('1.001') })).toBe('beyond_strategy_part 1');
  });

  it('may place an order anew for its whole part in the place of one that closes it', () => {
    trade({ ...grid, quantity: two });
    const closing = { ...grid, side: 'sell', reduceOnly: true, quantity: two } as const;
    const { orderId: replaces } = desk.open({ symbol: SWAP, ...closing, price: decimal('110') });
    expect(refused({ ...closing, price: decimal('111') })).toBe('beyond_strategy_part 0');
    expect(refused({ ...closing, price: decimal('111'), replaces })).toBeNull();
  });

  it('may have a stop beside a target on a swap, each up to its part', () => {
    trade({ ...grid, quantity: two });
    const closing = { ...grid, side: 'sell', reduceOnly: true } as const;
    desk.open({ symbol: SWAP, ...closing, quantity: two, price: decimal('110') });
    expect(refused({ ...closing, quantity: one })).toBe('beyond_strategy_part 0');
    const stop = { ...closing, type: 'stop_market', stopPrice: decimal('90'), trigger: 'mark' } as const;
    expect(refused({ ...stop, quantity: two })).toBeNull();
    expect(refused({ ...stop, quantity: three })).toBe('beyond_strategy_part 2');
  });
});
