import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../decimal.ts';
import { ACCOUNT, balanceReport, Desk, SPOT_INSTRUMENT, SWAP } from '../../testing/fixture.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

describe('available_balance', () => {
  beforeEach(() => {
    desk = Desk.funded('1000', '2');
  });
  const code = (...asked: Parameters<Desk['review']>): string | undefined =>
    desk.refusalBy('available_balance', ...asked)?.code;

  it('a purchase needs its worst price, a sale its base', () => {
    expect(code({ quantity: decimal('10') })).toBeUndefined();
    expect(code({ quantity: decimal('10.001') })).toBe('insufficient_balance');
    expect(code({ side: 'sell', quantity: decimal('2') })).toBeUndefined();
    expect(code({ side: 'sell', quantity: decimal('2.001') })).toBe('insufficient_balance');
  });

  it('counts the fee where it is charged on top', () => {
    const instrument = { ...SPOT_INSTRUMENT, buyFeeTakenFrom: 'quote' } as const;
    expect(desk.refusalBy('available_balance', { quantity: decimal('10') }, { instrument })).toMatchObject({
      limit: '1000',
      actual: '1001',
    });
    const byCost = { type: 'market', quantity: null, cost: decimal('1000') } as const;
    expect(code(byCost, { instrument })).toBe('insufficient_balance');
    expect(code(byCost)).toBeUndefined();
  });

  it('counts what open orders hold, and gives it back as they are filled or end', () => {
    const order = desk.open({ quantity: decimal('6') });
    expect(code({ quantity: decimal('5') })).toBe('insufficient_balance');
    desk.report(order, { status: 'canceled' });
    expect(code({ quantity: decimal('10') })).toBeUndefined();
  });

  it('is not measured against what the venue calls free: resting orders would count twice', () => {
    desk.open({ quantity: decimal('6') });
    const usdt = balanceReport('spot', 'USDT', '1000', { free: decimal('400') });
    desk.run({ type: 'balances', accountId: ACCOUNT, comparable: true, reports: [usdt] });
    expect(code({ quantity: decimal('4') })).toBeUndefined();
  });

  it('does not stop what closes a swap', () => {
    desk.hold(SWAP, '9');
    expect(code({ symbol: SWAP, quantity: decimal('9') })).toBe('insufficient_balance');
    expect(code({ symbol: SWAP, side: 'sell', quantity: decimal('9'), reduceOnly: true })).toBeUndefined();
  });

  it('an account without a balance can buy nothing', () => {
    expect(new Desk().refusalBy('available_balance')).toMatchObject({ limit: '0' });
  });
});
