import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../decimal.ts';
import { Desk, quoteAt, SPOT_INSTRUMENT, START, SWAP, SWAP_INSTRUMENT } from '../../testing/fixture.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

describe('market_data', () => {
  const old = (ageMs: number): Parameters<Desk['review']>[1] => ({
    quote: quoteAt(SPOT_INSTRUMENT, decimal('100'), START - ageMs),
  });

  it('passes on a fresh quote and refuses on an old one, with its age', () => {
    expect(desk.refusalBy('market_data', {}, old(5_000))).toBeNull();
    expect(desk.refusalBy('market_data', {}, old(5_001))).toMatchObject({
      code: 'market_data_stale',
      limit: '5000',
      actual: '5001',
    });
  });

  it('refuses without any quote', () => {
    expect(desk.refusalBy('market_data', {}, { quote: null })).toMatchObject({ code: 'market_data_missing' });
  });

  it('lets what shrinks exposure out on an old quote', () => {
    desk.hold(SWAP, '1');
    const quote = quoteAt(SWAP_INSTRUMENT, decimal('100'), START - 60_000);
    const close = { symbol: SWAP, side: 'sell', reduceOnly: true } as const;
    expect(desk.review(close, { quote }).refusals).toEqual([]);
    expect(desk.refusalBy('market_data', { symbol: SWAP }, { quote })).not.toBeNull();
    expect(desk.review({ side: 'sell' }, old(60_000)).refusals).toEqual([]);
  });
});
