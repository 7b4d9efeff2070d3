import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../decimal.ts';
import { ACCOUNT, Desk, NO_LIMITS, SWAP } from '../../testing/fixture.ts';
import { instrumentKey } from '../../portfolio/keys.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

describe('leverage', () => {
  const context = (leverage: string | null): Parameters<Desk['review']>[1] => ({
    limits: { ...NO_LIMITS, maxLeverage: decimal('10') },
    leverages: new Map(leverage === null ? [] : [[instrumentKey(ACCOUNT, SWAP), decimal(leverage)]]),
  });

  it('refuses new risk on a swap whose leverage is set higher', () => {
    expect(desk.refusalBy('leverage', { symbol: SWAP }, context('10'))).toBeNull();
    expect(desk.refusalBy('leverage', { symbol: SWAP }, context('20'))).toMatchObject({
      code: 'leverage_limit',
      limit: '10',
      actual: '20',
    });
  });

  it('takes no new risk where it is not known, unless there is no limit', () => {
    expect(desk.refusalBy('leverage', { symbol: SWAP }, context(null))).toMatchObject({
      code: 'leverage_unknown',
      limit: '10',
      actual: 'unknown',
    });
    expect(
      desk.refusalBy('leverage', { symbol: SWAP }, { leverages: new Map(), limits: NO_LIMITS }),
    ).toBeNull();
    desk.hold(SWAP, '1');
    expect(desk.refusalBy('leverage', { symbol: SWAP, side: 'sell' }, context(null))).toBeNull();
  });

  it('has nothing to say on spot, nor of what shrinks exposure', () => {
    desk.hold(SWAP, '1');
    expect(desk.refusalBy('leverage', {}, context('20'))).toBeNull();
    expect(desk.refusalBy('leverage', { symbol: SWAP, side: 'sell' }, context('20'))).toBeNull();
  });
});
