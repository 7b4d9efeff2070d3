import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../decimal.ts';
import { ACCOUNT, Desk, NO_LIMITS, SPOT, SWAP } from '../../testing/fixture.ts';
import { instrumentKey } from '../../portfolio/keys.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

describe('total_exposure', () => {
  const limits = { ...NO_LIMITS, maxTotalExposure: decimal('1000') };
  const swapAt = (mark: string): Parameters<Desk['review']>[1] => ({
    limits,
    marks: new Map([[instrumentKey(ACCOUNT, SWAP), decimal(mark)]]),
  });

  it('adds the worse side of every instrument up', () => {
    desk.hold(SWAP, '-4');
    desk.open({ symbol: SWAP, quantity: decimal('1'), price: decimal('90') });
    desk.open({ quantity: decimal('2') });
    expect(desk.refusalBy('total_exposure', { quantity: decimal('4') }, swapAt('100'))).toBeNull();
    expect(desk.refusalBy('total_exposure', { quantity: decimal('4.001') }, swapAt('100'))).toMatchObject({
      code: 'total_exposure_limit',
      limit: '1000',
      actual: '1000.1',
    });
  });

  it('measures other instruments at their marks', () => {
    desk.hold(SWAP, '4');
    expect(desk.refusalBy('total_exposure', { quantity: decimal('3') }, swapAt('150'))).toBeNull();
    expect(desk.refusalBy('total_exposure', { quantity: decimal('5') }, swapAt('150'))).not.toBeNull();
  });

  it('values an instrument without a mark at what it was bought at', () => {
    desk.hold(SWAP, '6');
    expect(desk.refusalBy('total_exposure', { quantity: decimal('4') }, { limits })).toBeNull();
    expect(desk.refusalBy('total_exposure', { quantity: decimal('4.1') }, { limits })).not.toBeNull();
  });

  it('lets out what shrinks exposure', () => {
    desk.hold(SPOT, '50');
    expect(desk.refusalBy('total_exposure', { side: 'sell' }, { limits })).toBeNull();
    expect(desk.refusalBy('total_exposure', {}, { limits })).not.toBeNull();
  });
});
