import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../decimal.ts';
import {
  Desk,
  NO_LIMITS,
  quoteAt,
  SPOT_INSTRUMENT,
  START,
  SWAP,
  SWAP_INSTRUMENT,
} from '../../testing/fixture.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

describe('price_collar', () => {
  const limits = { ...NO_LIMITS, priceCollarBps: 1_000 };
  const refusal = (...[given, context]: Parameters<Desk['review']>): ReturnType<Desk['refusalBy']> =>
    desk.refusalBy('price_collar', given, { limits, ...context });

  it('bounds a purchase above the mark only', () => {
    expect(refusal({ price: decimal('110') })).toBeNull();
    expect(refusal({ price: decimal('110.01') })).toMatchObject({
      code: 'price_outside_collar',
      limit: '110',
      actual: '110.01',
    });
    expect(refusal({ price: decimal('1') })).toBeNull();
  });

  it('bounds a sale below the mark only', () => {
    expect(refusal({ side: 'sell', price: decimal('90') })).toBeNull();
    expect(refusal({ side: 'sell', price: decimal('89.99') })).toMatchObject({ limit: '90' });
    expect(refusal({ side: 'sell', price: decimal('900') })).toBeNull();
  });

  it('of a stop is measured from its stop price', () => {
    const stop = { type: 'stop_limit', stopPrice: decimal('200') } as const;
    expect(refusal({ ...stop, price: decimal('220') })).toBeNull();
    expect(refusal({ ...stop, price: decimal('220.01') })).toMatchObject({ limit: '220' });
    expect(refusal({ type: 'stop_market', stopPrice: decimal('500') })).toBeNull();
  });

  it('holds for the protection of a market order', () => {
    expect(refusal({ type: 'market' })).toBeNull();
    expect(refusal({ type: 'market', marketProtectionBps: 1_001 })).toMatchObject({ actual: '110.03' });
  });

  it('says nothing of a market order that shrinks exposure, however narrow it is', () => {
    desk.hold(SWAP, '1');
    const narrow = { limits: { ...NO_LIMITS, priceCollarBps: 0 } };
    const close = { symbol: SWAP, side: 'sell', reduceOnly: true } as const;
    expect(refusal({ type: 'market' }, narrow)).not.toBeNull();
    expect(refusal({ ...close, type: 'market' }, narrow)).toBeNull();
    expect(refusal({ type: 'market', side: 'sell' }, narrow)).toBeNull();
    expect(refusal({ ...close, price: decimal('99.98') }, narrow)).not.toBeNull();
  });

  it('says nothing on a stale quote, so that a closing order gets out at the price there is', () => {
    desk.hold(SWAP, '1');
    const quote = quoteAt(SWAP_INSTRUMENT, decimal('100'), START - 60_000);
    const close = { symbol: SWAP, side: 'sell', reduceOnly: true, price: decimal('50') } as const;
    expect(refusal(close)).not.toBeNull();
    expect(refusal(close, { quote })).toBeNull();
  });

  it('is off without a width', () => {
    expect(
      desk.refusalBy('price_collar', { price: decimal('999') }, { instrument: SPOT_INSTRUMENT }),
    ).toBeNull();
  });
});
