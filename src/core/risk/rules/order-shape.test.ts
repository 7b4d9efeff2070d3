import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../decimal.ts';
import { CAPABILITIES, Desk, SPOT_INSTRUMENT, START } from '../../testing/fixture.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

describe('order_shape', () => {
  const code = (...asked: Parameters<Desk['review']>): string | undefined =>
    desk.refusalBy('order_shape', ...asked)?.code;

  it('takes an ordinary order', () => {
    expect(code()).toBeUndefined();
  });

  it('refuses an instrument that is not open', () => {
    expect(code({}, { instrument: { ...SPOT_INSTRUMENT, active: false } })).toBe('instrument_not_active');
  });

  it.each([
    ['cost on a sale', { type: 'market', side: 'sell', quantity: null, cost: decimal('10') }],
    ['both quantity and cost', { type: 'market', cost: decimal('10') }],
    ['neither quantity nor cost', { type: 'market', quantity: null }],
    ['post-only that is immediate', { postOnly: true, timeInForce: 'IOC' }],
    ['a time in force that is not offered', { timeInForce: 'GTD' }],
    ['an end in the past', { expiresAt: START }],
    ['a trigger that is not offered', { type: 'stop_market', stopPrice: decimal('110'), trigger: 'index' }],
    ['protection of everything', { type: 'market', marketProtectionBps: 10_000 }],
    ['protection below nothing', { type: 'market', marketProtectionBps: -1 }],
    ['protection in parts of a basis point', { type: 'market', marketProtectionBps: 0.5 }],
  ] as const)('refuses %s', (_what, asked) => {
    expect(code(asked)).toBe('unsupported_order');
  });

  it.each([
    ['cost', { marketBuyByCost: false }, { type: 'market', quantity: null, cost: decimal('10') }],
    ['reduce-only', { reduceOnly: false }, { reduceOnly: true }],
    ['post-only', { postOnly: false }, { postOnly: true }],
    ['stops', { nativeStops: false }, { type: 'stop_market', stopPrice: decimal('110') }],
  ] as const)('refuses %s where the venue has none', (_what, missing, asked) => {
    expect(code(asked, { capabilities: { ...CAPABILITIES, ...missing } })).toBe('unsupported_order');
    expect(code(asked)).toBeUndefined();
  });
});
