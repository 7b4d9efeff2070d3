import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { ACCOUNT, Desk, SPOT, SWAP } from '../testing/fixture.ts';
import type { LimitScope } from './limit-scopes.ts';
import type { TradingState } from './trading-state-record.ts';
import type { TradingStateChange, TradingStateReply } from './trading-state.ts';

const SCOPES: readonly LimitScope[] = [
  { kind: 'portfolio' },
  { kind: 'account', accountId: ACCOUNT },
  { kind: 'instrument', venue: 'binance', symbol: SWAP },
  { kind: 'strategy', strategy: 'grid' },
];

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

function set(
  scope: LimitScope,
  state: TradingState,
  given: Partial<TradingStateChange> = {},
): TradingStateReply {
  const { reply } = desk.run({
    type: 'set_trading_state',
    scope,
    state,
    expectedVersion: null,
    mayLoosen: true,
    requestedBy: 'ann',
    why: 'a review',
    ...given,
  });
  if (reply.kind !== 'trading_state') throw new TypeError(reply.kind);
  return reply.outcome;
}

const code = (given: Parameters<Desk['refusalBy']>[1] = {}): string | null =>
  desk.refusalBy('trading_state', { symbol: SWAP, strategy: 'grid', ...given })?.code ?? null;

describe('a trading state that a person sets', () => {
  for (const scope of SCOPES) {
    it(`reduce_only on the ${scope.kind}: no new risk, and every order that shrinks exposure`, () => {
      desk.hold(SWAP, '2');
      set(scope, 'reduce_only');
      expect(code()).toBe('trading_reduce_only');
      expect(code({ side: 'sell', reduceOnly: true })).toBeNull();
      desk.expectReplayEqual();
    });

    it(`halted on the ${scope.kind}: no order at all but those that get out, and cancels`, () => {
      desk.hold(SWAP, '2');
      const working = desk.open({ symbol: SWAP, strategy: 'grid' });
      set(scope, 'halted');
      expect(code()).toBe('trading_halted');
      expect(code({ side: 'sell', reduceOnly: true })).toBe('trading_halted');
      expect(code({ side: 'sell', reduceOnly: true, getsOut: true })).toBeNull();
      expect(code({ getsOut: true })).toBe('trading_reduce_only');
      expect(desk.cancel(working).reply.kind).toBe('canceling');
    });
  }

  it('leaves alone what is of another account, instrument or strategy', () => {
    for (const scope of SCOPES.slice(2)) set(scope, 'halted');
    expect(code({ symbol: SPOT, strategy: 'other' })).toBeNull();
    expect(code({ symbol: SPOT, strategy: null })).toBeNull();
  });

  it('the strictest scope is in force', () => {
    set({ kind: 'portfolio' }, 'reduce_only');
    set({ kind: 'strategy', strategy: 'grid' }, 'halted');
    expect(code()).toBe('trading_halted');
    expect(code({ strategy: 'other' })).toBe('trading_reduce_only');
  });

  it('an order that waits for its retry is reviewed under the state that was set meanwhile', () => {
    const order = desk.submitting({ symbol: SWAP, strategy: 'grid' });
    desk.outcome(order, { kind: 'not_sent', reason: 'connect_failed', detail: '' });
    set({ kind: 'strategy', strategy: 'grid' }, 'halted');
    expect(desk.refusalBy('trading_state', { symbol: SWAP, strategy: 'grid' })?.detail).toBe(
      'strategy grid is halted by ann: a review',
    );
  });

  it('is made stricter without a version, and looser only with the one it replaces, by who may', () => {
    const scope = { kind: 'portfolio' } as const;
    expect(set(scope, 'reduce_only', { mayLoosen: false }).kind).toBe('trading_state_set');
    expect(set(scope, 'halted', { mayLoosen: false }).kind).toBe('trading_state_set');
    expect(set(scope, 'halted').kind).toBe('trading_state_unchanged');
    expect(set(scope, 'active')).toEqual({ kind: 'trading_state_version_conflict', version: 2 });
    expect(set(scope, 'active', { expectedVersion: 1 }).kind).toBe('trading_state_version_conflict');
    expect(set(scope, 'active', { expectedVersion: 2, mayLoosen: false })).toEqual({
      kind: 'loosening_not_allowed',
      state: 'halted',
    });
    expect(set(scope, 'active', { expectedVersion: 2 }).kind).toBe('trading_state_set');
    expect(code()).toBeNull();
    desk.expectReplayEqual();
  });

  it('reduce-only takes a sale of inventory on spot', () => {
    set({ kind: 'portfolio' }, 'reduce_only');
    expect(code({ symbol: SPOT, side: 'sell', quantity: decimal('1') })).toBeNull();
  });
});
