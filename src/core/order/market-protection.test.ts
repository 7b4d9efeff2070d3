import { beforeEach, describe, expect, it } from 'vitest';
import { decimal, type Decimal } from '../decimal.ts';
import type { Instrument, PriceBand, Quote } from '../instrument.ts';
import {
  Desk,
  NO_LIMITS,
  quoteAt,
  SPOT,
  SPOT_INSTRUMENT,
  START,
  SWAP,
  SWAP_INSTRUMENT,
} from '../testing/fixture.ts';
import { bandOf, PRICE_BAND_MARGIN_BPS, protectedPrice, withinBand } from './market-protection.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

function bookOf(instrument: Instrument, bid: string, ask: string, mark: string): Quote {
  return {
    ...quoteAt(instrument, decimal(mark), START),
    bid: decimal(bid),
    ask: decimal(ask),
  };
}

function protection(
  request: Parameters<Desk['review']>[0],
  instrument: Instrument,
  quote: Quote,
): string | undefined {
  const { approved } = desk.review(
    { type: 'market', price: null, symbol: instrument.symbol, ...request },
    { instrument, quote, limits: { ...NO_LIMITS, priceCollarBps: 1_000 } },
  );
  return approved?.protectionPrice?.toString();
}

const MARK_BAND: PriceBand = {
  reference: 'mark',
  buy: { down: null, up: decimal('1.05') },
  sell: { down: decimal('0.95'), up: null },
};

describe('the protection of a market order', () => {
  it('is measured from the bid for a sale: a close fills after a fall that the mark lags behind', () => {
    desk.hold(SWAP, '2');
    const close = { side: 'sell', reduceOnly: true, quantity: decimal('2') } as const;
    // From the mark it would be 2,940, above the bid.
    expect(protection(close, SWAP_INSTRUMENT, bookOf(SWAP_INSTRUMENT, '2899.99', '2900.01', '3000'))).toBe(
      '2841.99',
    );
  });

  it('fills on a pair whose ticks are wider than it, on either side', () => {
    const coarse = {
      ...SPOT_INSTRUMENT,
      tickSize: decimal('0.00000001'),
      lotSize: decimal('1'),
      minQuantity: decimal('1'),
      minNotional: null,
      minPrice: decimal('0.00000001'),
    };
    const quote = bookOf(coarse, '0.00000015', '0.00000017', '0.00000016');
    const quantity = decimal('1');
    expect(protection({ side: 'buy', quantity }, coarse, quote)).toBe('0.00000018');
    expect(protection({ side: 'sell', quantity }, coarse, quote)).toBe('0.00000014');
  });

  it('is never inside the touch, nor past what the venue takes', () => {
    const grid = { tickSize: decimal('0.5'), minPrice: decimal('0.5'), maxPrice: decimal('1000') };
    const price = (side: 'buy' | 'sell', touch: string, bps: number): string =>
      protectedPrice(side, decimal(touch), bps, grid).toString();
    expect(price('buy', '100', 1)).toBe('100.5');
    expect(price('sell', '100', 1)).toBe('99.5');
    expect(price('buy', '1000', 200)).toBe('1000');
    expect(price('sell', '0.5', 200)).toBe('0.5');
  });

  it('follows the mark where the side that it takes is absent, so that nothing waits for it', () => {
    desk.hold(SWAP, '2');
    const quote = { ...quoteAt(SWAP_INSTRUMENT, decimal('100'), START), bid: null, bidQuantity: null };
    const close = { side: 'sell', reduceOnly: true, quantity: decimal('2') } as const;
    expect(protection(close, SWAP_INSTRUMENT, quote)).toBe('98');
  });
});

it('the protection of a sale ends at the least price that the venue takes, or at one tick', () => {
  const bounds = { tickSize: decimal('0.5'), maxPrice: null };
  const of = (minPrice: string | null): string =>
    protectedPrice('sell', decimal('4'), 9_999, {
      ...bounds,
      minPrice: minPrice === null ? null : decimal(minPrice),
    }).toString();
  expect([of('3'), of(null)]).toEqual(['3', '0.5']);
});

describe('the price band of the venue', () => {
  const banded = { ...SWAP_INSTRUMENT, priceBand: MARK_BAND };
  const context = (bid: string, ask: string): { readonly instrument: Instrument; readonly quote: Quote } => ({
    instrument: banded,
    quote: bookOf(banded, bid, ask, '100'),
  });

  it('moves a close into itself from the aggressive side, and never denies it', () => {
    desk.hold(SWAP, '2');
    const close = { symbol: SWAP, side: 'sell', reduceOnly: true, quantity: decimal('2') } as const;
    const market = desk.review({ ...close, type: 'market', price: null }, context('96', '96.1'));
    // 2 % below the bid is 94.08; the band ends at 95, and a tenth of a per cent of it is left to the mark.
    expect(market.approved?.protectionPrice?.toString()).toBe('95.1');
    expect([market.sentPrice, market.askedPrice].map(String)).toEqual(['95.1', '94.08']);
    const limit = desk.review({ ...close, price: decimal('90') }, context('96', '96.1'));
    expect(limit.approved?.request.price?.toString()).toBe('95.1');
    expect([limit.sentPrice, limit.askedPrice].map(String)).toEqual(['95.1', '90']);
    const passive = desk.review({ ...close, price: decimal('150') }, context('96', '96.1'));
    expect(passive.approved?.request.price?.toString()).toBe('150');
    expect([passive.sentPrice, passive.askedPrice].map(String)).toEqual(['150', 'null']);
  });

  it('an order keeps the price that it was asked for at, through the journal too', () => {
    desk.hold(SWAP, '2');
    const close = { symbol: SWAP, side: 'sell', reduceOnly: true, quantity: decimal('1') } as const;
    for (const [given, sent, asked] of [
      [{ type: 'market', price: null }, 'protectionPrice', '94.08'],
      [{ type: 'limit', price: decimal('90') }, 'price', '90'],
    ] as const) {
      const { reply } = desk.place({ ...close, ...given }, context('96', '96.1'));
      if (reply.kind !== 'accepted') throw new Error(reply.kind);
      expect(reply.order[sent]?.toString()).toBe('95.1');
      expect(reply.order.askedPrice?.toString()).toBe(asked);
    }
    desk.expectReplayEqual();
  });

  it('is a rule for new risk: the venue would refuse it', () => {
    const buy = (price: Decimal): ReturnType<Desk['refusalBy']> =>
      desk.refusalBy('instrument_filters', { symbol: SWAP, price }, context('99.9', '100'));
    expect(buy(decimal('105'))).toBeNull();
    expect(buy(decimal('105.01'))).toMatchObject({
      code: 'price_outside_band',
      limit: '105',
      actual: '105.01',
    });
    expect(buy(decimal('10'))).toBeNull();
  });

  it('of spot is measured from the average price, on both sides', () => {
    const priceBand: PriceBand = {
      reference: 'average',
      buy: { down: decimal('0.2'), up: decimal('1.2') },
      sell: { down: decimal('0.8'), up: decimal('5') },
    };
    const instrument = { ...SPOT_INSTRUMENT, priceBand };
    const averaged = (ageMs: number): Quote => ({
      ...quoteAt(instrument, decimal('100'), START),
      averagePrice: decimal('110'),
      averagePriceAt: START - ageMs,
    });
    const buy = (price: string, ageMs = 0): string | undefined =>
      desk.refusalBy(
        'instrument_filters',
        { symbol: SPOT, price: decimal(price) },
        { instrument, quote: averaged(ageMs) },
      )?.code;
    expect(buy('132')).toBeUndefined();
    expect(buy('132.01')).toBe('price_outside_band');
    expect(buy('22')).toBeUndefined();
    expect(buy('21.99')).toBe('price_outside_band');
    // An average that is too old says nothing of the band there is now.
    expect(buy('132.01', 5_000)).toBe('price_outside_band');
    expect(buy('132.01', 5_001)).toBeUndefined();
  });

  it('of a swap is measured from the last mark, confirmed or not, and by its age alone', () => {
    const highest = (given: Partial<Quote>): string | undefined =>
      bandOf(banded, { ...bookOf(banded, '99.9', '100', '100'), ...given }, 'buy', {
        at: START,
        maxAgeMs: 5_000,
        marginBps: 0,
      })?.highest?.toString();
    const jumped = { mark: decimal('120'), confirmedMark: decimal('100') };
    expect(highest(jumped)).toBe('126');
    expect(highest({ markAt: START - 5_000, bookAt: START })).toBe('105');
    expect(highest({ markAt: START - 5_001, bookAt: START })).toBeUndefined();
    expect(highest({ markAt: START, bookAt: START - 60_000, confirmedMarkAt: START - 60_000 })).toBe('105');
    // Neither the middle of the book nor the average of trades stands in for it.
    const others = { averagePrice: decimal('100'), averagePriceAt: START };
    expect(highest({ mark: null, markAt: null, ...others })).toBeUndefined();
  });

  it('leaves a margin to a reference that moves, in whole ticks', () => {
    const quote = bookOf(banded, '99.9', '100', '100');
    const of = (side: 'buy' | 'sell', marginBps: number): ReturnType<typeof bandOf> =>
      bandOf(banded, quote, side, { at: START, maxAgeMs: 5_000, marginBps });
    expect(of('buy', 0)?.highest?.toString()).toBe('105');
    expect(of('buy', PRICE_BAND_MARGIN_BPS)?.highest?.toString()).toBe('104.89');
    expect(of('sell', PRICE_BAND_MARGIN_BPS)?.lowest?.toString()).toBe('95.1');
    expect(withinBand('buy', decimal('120'), null).toString()).toBe('120');
  });
});
