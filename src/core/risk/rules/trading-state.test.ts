import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../decimal.ts';
import { ACCOUNT, Desk, NO_LIMITS, SWAP } from '../../testing/fixture.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

describe('trading_state', () => {
  const reduce = { symbol: SWAP, side: 'sell', reduceOnly: true } as const;

  it('active: everything passes', () => {
    expect(desk.refusalBy('trading_state')).toBeNull();
  });

  it('halted: only what shrinks exposure passes', () => {
    desk.hold(SWAP, '1');
    const halted = { halted: 'a broken assertion' };
    expect(desk.refusalBy('trading_state', {}, halted)).toMatchObject({ code: 'trading_halted' });
    expect(desk.refusalBy('trading_state', reduce, halted)).toBeNull();
  });

  it('reduce-only on the instrument alone while a contradiction about an order there is open', () => {
    const order = desk.open();
    desk.fill(order, 't1');
    desk.fill(order, 't2');
    const [drift] = desk.state.drift.values();
    expect(desk.refusalBy('trading_state')).toMatchObject({ code: 'trading_reduce_only' });
    expect(desk.refusalBy('trading_state', { side: 'sell' })).toBeNull();
    expect(desk.refusalBy('trading_state', { symbol: SWAP })).toBeNull();
    const unchecked = { limits: { ...NO_LIMITS, checksEnabled: false } };
    expect(desk.refusalBy('trading_state', {}, unchecked)).not.toBeNull();
    desk.run({ type: 'resolve_drift', driftId: drift?.driftId ?? '', resolution: 'seen', requestedBy: 'x' });
    expect(desk.refusalBy('trading_state')).toBeNull();
  });

  it('not for a difference in a balance', () => {
    desk.run({ type: 'balances', accountId: ACCOUNT, comparable: true, reports: [] });
    expect(desk.state.drift.size).toBeGreaterThan(0);
    expect(desk.refusalBy('trading_state')).toBeNull();
  });

  it('reduce-only from the step no_new_risk of the ladder on, until it is reset', () => {
    const limits = { ...NO_LIMITS, maxDailyLoss: decimal('100') };
    desk.readEquity('0', { limits });
    desk.readEquity('-80', { limits });
    expect(desk.ladder.step).toBe('warn');
    expect(desk.refusalBy('trading_state', {}, { limits })).toBeNull();
    desk.readEquity('-100', { limits });
    expect(desk.refusalBy('trading_state', {}, { limits })).toMatchObject({
      code: 'trading_reduce_only',
      actual: 'no_new_risk',
    });
    desk.run({ type: 'reset_ladder', mode: 'paper', requestedBy: 'x', why: 'seen' });
    expect(desk.refusalBy('trading_state', {}, { limits })).toBeNull();
  });
});
