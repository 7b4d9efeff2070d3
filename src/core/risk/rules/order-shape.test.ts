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

  it('refuses an end that the venue would find too soon when the request arrives, in words', () => {
    const capabilities = {
      ...CAPABILITIES,
      timesInForce: ['GTD'],
      goodTillAheadMs: 600_000,
      requestLifetimeMs: 2_000,
    } as const;
    const until = (aheadMs: number) => ({ timeInForce: 'GTD', expiresAt: START + aheadMs }) as const;
    expect(code(until(603_000), { capabilities })).toBeUndefined();
    expect(desk.refusalBy('order_shape', until(602_000), { capabilities })).toMatchObject({
      code: 'unsupported_order',
      detail:
        'expires_at: must be more than 602 seconds ahead, and lies 602 ahead; cancel the order yourself to end it sooner',
    });
    // The venue counts whole seconds.
    expect(code(until(602_999), { capabilities })).toBe('unsupported_order');
  });

  it('takes every other market order where the venue sizes its own buys by cost alone', () => {
    const capabilities = { ...CAPABILITIES, marketBuyByQuantity: false };
    for (const asked of [
      { marketProtectionBps: 100 },
      { marketProtectionBps: 0, side: 'sell' },
      { marketProtectionBps: 0, quantity: null, cost: decimal('10') },
    ] as const)
      expect(code({ type: 'market', ...asked }, { capabilities })).toBeUndefined();
  });

  it.each([
    ['cost', { marketBuyByCost: false }, { type: 'market', quantity: null, cost: decimal('10') }],
    [
      'an unprotected buy by quantity',
      { marketBuyByQuantity: false },
      { type: 'market', marketProtectionBps: 0 },
    ],
    ['reduce-only', { reduceOnly: false }, { reduceOnly: true }],
    ['post-only', { postOnly: false }, { postOnly: true }],
    ['stops', { nativeStops: false }, { type: 'stop_market', stopPrice: decimal('110') }],
  ] as const)('refuses %s where the venue has none', (_what, missing, asked) => {
    expect(code(asked, { capabilities: { ...CAPABILITIES, ...missing } })).toBe('unsupported_order');
    expect(code(asked)).toBeUndefined();
  });
});
