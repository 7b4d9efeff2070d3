import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { asset } from '../ids.ts';
import { instrumentKey } from '../portfolio/keys.ts';
import { ACCOUNT, Desk, fillOf, SWAP } from '../testing/fixture.ts';
import { availableBalance, heldOf } from './available.ts';
import { isMarginKnown, marginPerUnit, marginTiedUp } from './margin.ts';

const USDT = asset('USDT');
const KEY = instrumentKey(ACCOUNT, SWAP);
let desk: Desk;
beforeEach(() => {
  desk = Desk.funded('1000', '10');
});

const tiedUp = (mark: string | null, leverage: string | null): string =>
  marginTiedUp(
    desk.state,
    ACCOUNT,
    'linear_swap',
    USDT,
    new Map(mark === null ? [] : [[KEY, decimal(mark)]]),
    new Map(leverage === null ? [] : [[KEY, decimal(leverage)]]),
  ).toString();

describe('the margin of swaps', () => {
  it('of one base unit is its price over the leverage, rounded up', () => {
    expect(marginPerUnit(decimal('100'), decimal('3')).toString()).toBe('33.333333333334');
    expect(marginPerUnit(decimal('100'), undefined).toString()).toBe('100');
  });

  it('of a position is its initial margin at the mark and its open loss, never less for an open gain', () => {
    desk.hold(SWAP, '2');
    expect(tiedUp('100', '5')).toBe('40');
    expect(tiedUp('90', '5')).toBe('56');
    expect(tiedUp('110', '5')).toBe('44');
    desk = Desk.funded('1000', '10');
    desk.hold(SWAP, '-2');
    expect(tiedUp('110', '5')).toBe('64');
  });

  it('counts in full without a leverage, and at its cost without a mark', () => {
    desk.hold(SWAP, '2');
    expect(tiedUp('100', null)).toBe('200');
    expect(tiedUp(null, '5')).toBe('40');
  });

  it('is no figure to show without a leverage or a mark of a position that is open', () => {
    const known = (mark: string | null, leverage: string | null): boolean =>
      isMarginKnown(
        desk.state,
        ACCOUNT,
        'linear_swap',
        USDT,
        new Map(mark === null ? [] : [[KEY, decimal(mark)]]),
        new Map(leverage === null ? [] : [[KEY, decimal(leverage)]]),
      );
    expect(known(null, null)).toBe(true);
    desk.hold(SWAP, '2');
    expect([known('100', '5'), known('100', null), known(null, '5')]).toEqual([true, false, false]);
  });

  it('of another account or a flat position is nothing', () => {
    desk.hold(SWAP, '2');
    const sell = desk.open({ symbol: SWAP, side: 'sell', quantity: decimal('2'), reduceOnly: true });
    desk.fill(sell, 'closed');
    expect(tiedUp('100', null)).toBe('0');
  });

  it('passes from the hold of an order to its position as it is filled', () => {
    const market = {
      marks: new Map([[KEY, decimal('100')]]),
      leverages: new Map(),
      collateralWorth: new Map(),
    };
    const available = (): string =>
      availableBalance(desk.state, ACCOUNT, 'linear_swap', USDT, 'holds_margin', market, null).toString();
    const order = desk.open({ symbol: SWAP, quantity: decimal('4') });
    expect(available()).toBe('599.6');
    desk.fills([fillOf(desk.order(order.orderId), 't1', { quantity: decimal('3') })]);
    expect(heldOf(desk.state, ACCOUNT, 'linear_swap', USDT, null).toString()).toBe('100.1');
    expect(available()).toBe('599.9');
  });

  it('never leaves less than nothing', () => {
    desk.hold(SWAP, '9');
    const market = {
      marks: new Map([[KEY, decimal('1')]]),
      leverages: new Map(),
      collateralWorth: new Map(),
    };
    expect(
      availableBalance(desk.state, ACCOUNT, 'linear_swap', USDT, 'holds_margin', market, null).toString(),
    ).toBe('100');
    const worse = {
      marks: new Map([[KEY, decimal('300')]]),
      leverages: new Map(),
      collateralWorth: new Map(),
    };
    expect(
      availableBalance(desk.state, ACCOUNT, 'linear_swap', USDT, 'holds_margin', worse, null).toString(),
    ).toBe('0');
  });
});
