import { beforeEach, describe, expect, it } from 'vitest';
import { Desk, NO_LIMITS, SWAP } from '../../testing/fixture.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

describe('instrument_allowed', () => {
  const limits = { ...NO_LIMITS, allowedSymbols: ['BTC/USDT'] };

  it('refuses what is not listed, with the list', () => {
    expect(desk.refusalBy('instrument_allowed', {}, { limits })).toBeNull();
    expect(desk.refusalBy('instrument_allowed', { symbol: SWAP }, { limits })).toMatchObject({
      code: 'instrument_not_allowed',
      limit: 'BTC/USDT',
      actual: SWAP,
    });
  });

  it('allows everything without a list, and nothing with an empty one', () => {
    expect(desk.refusalBy('instrument_allowed', { symbol: SWAP })).toBeNull();
    const none = { ...NO_LIMITS, allowedSymbols: [] };
    expect(desk.refusalBy('instrument_allowed', {}, { limits: none })).not.toBeNull();
  });

  it('still lets what is held be closed', () => {
    desk.hold(SWAP, '1');
    const close = { symbol: SWAP, side: 'sell', reduceOnly: true } as const;
    expect(desk.refusalBy('instrument_allowed', close, { limits })).toBeNull();
  });
});
