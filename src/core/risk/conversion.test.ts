import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { asset, type Asset } from '../ids.ts';
import { assetKey } from '../portfolio/keys.ts';
import {
  ACCOUNT,
  Desk,
  ETH_BTC_INSTRUMENT,
  NO_CONVERSIONS,
  NO_LIMITS,
  quoteAt,
  START,
} from '../testing/fixture.ts';
import {
  CONVERSION_FRESH_MS,
  CONVERSION_HAIRCUT_BPS,
  CONVERSION_MAX_AGE_MS,
  conversionRate,
  type ConversionMarket,
} from './conversion.ts';
import type { MarketContext } from './rule.ts';
import { exactly } from './valuation.ts';

const [BTC, ETH, USDC, USDT] = ['BTC', 'ETH', 'USDC', 'USDT'].map(asset) as [Asset, Asset, Asset, Asset];
const ORDER = { symbol: ETH_BTC_INSTRUMENT.symbol, quantity: decimal('10000'), price: decimal('0.04') };

function market(base: Asset, quote: Asset, price: string, ageMs = 0): ConversionMarket {
  return { base, quote, confirmed: { price: decimal(price), at: START - ageMs } };
}

function rate(from: Asset, markets: readonly ConversionMarket[]): readonly string[] | null {
  const found = conversionRate(from, USDT, markets, START);
  return found === null ? null : [found.low.toString(), found.high.toString()];
}

describe('a conversion into the base currency', () => {
  it('goes over its own market, the inverse one, or two', () => {
    expect(rate(USDT, [])).toEqual(['1', '1']);
    expect(rate(BTC, [market(BTC, USDT, '60000')])).toEqual(['60000', '60000']);
    expect(rate(USDC, [market(USDT, USDC, '1.25')])).toEqual(['0.8', '0.8']);
    expect(rate(ETH, [market(ETH, BTC, '0.04'), market(BTC, USDT, '60000')])).toEqual(['2400', '2400']);
    expect(rate(ETH, [market(ETH, BTC, '0.04')])).toBeNull();
  });

  it('goes over a market in time although another between the two is too old', () => {
    const old = market(USDC, USDT, '0.9', CONVERSION_MAX_AGE_MS + 1);
    expect(rate(USDC, [old, market(USDT, USDC, '1.25')])).toEqual(['0.8', '0.8']);
    expect(
      rate(USDC, [market(USDT, USDC, '1.25', CONVERSION_MAX_AGE_MS + 1), market(USDC, USDT, '0.9')]),
    ).toEqual(['0.9', '0.9']);
  });

  it('takes no two currencies for equal, dollars included', () => {
    for (const dollar of ['USDC', 'FDUSD', 'USD'].map(asset)) expect(rate(dollar, [])).toBeNull();
  });

  it(`stands as it is for ${CONVERSION_FRESH_MS} ms, then with a haircut of ${CONVERSION_HAIRCUT_BPS} bps on either side`, () => {
    expect(rate(BTC, [market(BTC, USDT, '60000', CONVERSION_FRESH_MS)])).toEqual(['60000', '60000']);
    expect(rate(BTC, [market(BTC, USDT, '60000', CONVERSION_FRESH_MS + 1)])).toEqual(['59700', '60300']);
  });

  it('over two markets widens by the haircut of each that is no longer fresh, at both ends', () => {
    const old = CONVERSION_FRESH_MS + 1;
    const [ethBtc, btcUsdt] = [market(ETH, BTC, '0.04'), market(BTC, USDT, '60000', old)];
    expect(rate(ETH, [ethBtc, btcUsdt])).toEqual(['2388', '2412']);
    expect(rate(ETH, [market(ETH, BTC, '0.04', old), market(BTC, USDT, '60000')])).toEqual(['2388', '2412']);
  });

  it(`converts until it is ${CONVERSION_MAX_AGE_MS} ms old`, () => {
    expect(rate(BTC, [market(BTC, USDT, '60000', CONVERSION_MAX_AGE_MS)])).not.toBeNull();
    expect(rate(BTC, [market(BTC, USDT, '60000', CONVERSION_MAX_AGE_MS + 1)])).toBeNull();
  });

  it('rounds an inverse rate apart', () => {
    expect(rate(USDC, [market(USDT, USDC, '3')])).toEqual(['0.333333333333333333', '0.333333333333333334']);
  });
});

describe('limits in the base currency', () => {
  let desk: Desk;
  beforeEach(() => {
    desk = Desk.funded();
    desk.settings.set(ETH_BTC_INSTRUMENT.symbol, desk.settingOf(ETH_BTC_INSTRUMENT));
  });

  const context = (
    btc: string | null,
    limits: Partial<MarketContext['limits']> = {},
  ): Partial<MarketContext> => ({
    instrument: ETH_BTC_INSTRUMENT,
    quote: quoteAt(ETH_BTC_INSTRUMENT, decimal('0.04'), desk.at),
    limits: { ...NO_LIMITS, ...limits },
    ...NO_CONVERSIONS,
    baseRates: new Map(btc === null ? [] : [[assetKey(ACCOUNT, BTC), exactly(decimal(btc))]]),
  });
  const refusals = (given: Partial<MarketContext>, order: object = {}) =>
    desk.review({ ...ORDER, ...order }, given).refusals.map(({ code, actual }) => [code, actual]);

  it('10,000 ETH for 400 BTC are 24,000,000 USDT, not 400', () => {
    const maxPositionNotional = decimal('5000');
    expect(refusals(context('60000', { maxPositionNotional }))).toEqual([['position_limit', '24000000']]);
    expect(refusals(context('60000', { maxOrderNotional: decimal('23999999') }))).toEqual([
      ['order_notional_limit', '24000000'],
    ]);
    expect(refusals(context('60000', { maxTotalExposure: decimal('23999999') }))).toEqual([
      ['total_exposure_limit', '24000000'],
    ]);
    expect(refusals(context('60000', { maxPositionNotional: decimal('24000000') }))).toEqual([]);
  });

  it('the end of a rate that costs more is measured', () => {
    const given = context('60000', { maxPositionNotional: decimal('24000000') });
    const baseRates = new Map([[assetKey(ACCOUNT, BTC), { low: decimal('59700'), high: decimal('60300') }]]);
    expect(refusals({ ...given, baseRates })).toEqual([['position_limit', '24120000']]);
  });

  it('new risk without a value is denied with its own code; what shrinks exposure never is', () => {
    expect(refusals(context(null))).toEqual([['value_unknown', null]]);
    expect(refusals(context(null), { side: 'sell' }).flat()).not.toContain('value_unknown');
    desk.place({ ...ORDER, quantity: decimal('1') }, context('60000'));
    const [order] = [...desk.state.unfinished.values()];
    if (order !== undefined) desk.fill(order, 't1');
    const maxTotalExposure = decimal('1000000');
    expect(
      refusals(context(null, { maxTotalExposure }), { side: 'sell', quantity: decimal('1') }).flat(),
    ).not.toContain('value_unknown');
  });

  it('total exposure is unknown while anything held has no value', () => {
    desk.place({ ...ORDER, quantity: decimal('1') }, context('60000'));
    const usdt = { limits: { ...NO_LIMITS, maxTotalExposure: decimal('1000000') } };
    expect(desk.refusalBy('total_exposure', {}, usdt)?.code).toBe('value_unknown');
    const baseRates = new Map([[assetKey(ACCOUNT, BTC), exactly(decimal('60000'))]]);
    expect(desk.refusalBy('total_exposure', {}, { ...usdt, baseRates })).toBeNull();
  });

  it("a strategy's position is measured in it too", () => {
    desk.run({
      type: 'change_limits',
      scope: { kind: 'strategy', strategy: 'grid' },
      expectedVersion: 0,
      figures: { maxPositionNotional: decimal('5000') },
      requestedBy: 'ann',
      why: 'a trial',
    });
    expect(refusals(context('60000'), { strategy: 'grid' })).toEqual([
      ['strategy_position_limit', '24000000'],
    ]);
  });

  it('the base currency is set before the first account is opened, and stays', () => {
    const fresh = new Desk();
    fresh.run({ type: 'base_currency', asset: USDC });
    expect(fresh.state.baseCurrency).toBe(USDC);
    fresh.openAccount(null);
    fresh.run({ type: 'base_currency', asset: USDT });
    expect(fresh.state.baseCurrency).toBe(USDC);
    fresh.expectReplayEqual();
  });
});
