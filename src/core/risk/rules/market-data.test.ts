import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../decimal.ts';
import {
  ACCOUNT,
  Desk,
  quoteAt,
  SPOT,
  SPOT_INSTRUMENT,
  START,
  SWAP,
  SWAP_INSTRUMENT,
} from '../../testing/fixture.ts';

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

  it('is as old as the older of book and mark: a fresh book beside an old mark decides nothing, nor the reverse', () => {
    const fresh = quoteAt(SWAP_INSTRUMENT, decimal('100'), START);
    for (const silent of ['markAt', 'bookAt'] as const) {
      const aged = (ageMs: number) => ({ quote: { ...fresh, [silent]: START - ageMs } });
      expect(desk.refusalBy('market_data', { symbol: SWAP }, aged(5_000))).toBeNull();
      expect(desk.refusalBy('market_data', { symbol: SWAP }, aged(5_001))?.code).toBe('market_data_stale');
    }
  });

  it('refuses without any quote', () => {
    expect(desk.refusalBy('market_data', {}, { quote: null })).toMatchObject({ code: 'market_data_missing' });
  });

  it('asks for no more than the side of the book that a market order takes', () => {
    const whole = quoteAt(SPOT_INSTRUMENT, decimal('100'), START);
    const noMark = { mark: null, markSource: null, markAt: null, confirmedMark: null, confirmedMarkAt: null };
    const noBid = { quote: { ...whole, ...noMark, bid: null, bidQuantity: null } };
    const noAsk = { quote: { ...whole, ...noMark, ask: null, askQuantity: null } };
    const market = { type: 'market', price: null } as const;
    expect(desk.refusalBy('market_data', market, noBid)).toBeNull();
    expect(desk.refusalBy('market_data', market, noAsk)).toMatchObject({
      code: 'market_data_missing',
      detail: `no ask of ${SPOT} could be read`,
    });
    const short = { ...market, symbol: SWAP, side: 'sell' } as const;
    expect(desk.refusalBy('market_data', short, { ...noBid, instrument: SWAP_INSTRUMENT })?.detail).toBe(
      `no bid of ${SWAP} could be read`,
    );
    const neither = { quote: { ...noBid.quote, ask: null, askQuantity: null } };
    expect(desk.refusalBy('market_data', market, neither)?.detail).toBe(
      `no bid and ask of ${SPOT} could be read`,
    );
    expect(desk.refusalBy('market_data', {}, noAsk)).toBeNull();
    desk.hold(SPOT, '2');
    const close = { ...market, side: 'sell', quantity: decimal('2') } as const;
    expect(desk.refusalBy('market_data', close, noBid)).toBeNull();
  });

  it('lets a position be closed without any, as the raw order of the venue, on its entry price', () => {
    desk.hold(SWAP, '2');
    desk.hold(SPOT, '2');
    const blind = { quote: null };
    const sell = { side: 'sell', type: 'market', quantity: decimal('2') } as const;
    for (const close of [{ ...sell, symbol: SWAP, reduceOnly: true }, sell]) {
      const { orderId } = desk.place(close, blind);
      expect(desk.order(orderId)).toMatchObject({
        status: 'submitting',
        protectionPrice: null,
        approval: { mark: decimal('100'), quoteReceivedAt: 0, reducing: true },
      });
    }
    expect(desk.refusalBy('market_data', { ...sell, quantity: decimal('0.001') }, blind)).not.toBeNull();
    desk.expectReplayEqual();
  });

  it('asks for one where nothing is held or more is sold than is held; a closing stop says its direction itself', () => {
    const blind = { quote: null };
    const close = { symbol: SWAP, side: 'sell', reduceOnly: true } as const;
    expect(desk.refusalBy('market_data', close, blind)).not.toBeNull();
    desk.hold(SWAP, '2');
    expect(
      desk.refusalBy('market_data', { ...close, reduceOnly: false, quantity: decimal('3') }, blind),
    ).not.toBeNull();
    const stop = { ...close, type: 'stop_market', stopPrice: decimal('90') } as const;
    expect(desk.refusalBy('market_data', stop, blind)).toBeNull();
  });

  it('a spot close still needs what it sells', () => {
    desk = Desk.funded('1000', '0');
    desk.hold(SPOT, '2');
    desk.run({ type: 'balances', accountId: ACCOUNT, comparable: true, reports: [] });
    const close = { side: 'sell', quantity: decimal('2') } as const;
    expect(desk.refusalBy('available_balance', close, { quote: null })?.code).toBe('insufficient_balance');
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
