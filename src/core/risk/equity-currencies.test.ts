import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { asset, type Asset } from '../ids.ts';
import { assetKey, instrumentKey } from '../portfolio/keys.ts';
import { ACCOUNT, balanceReport, Desk, ETH_BTC_INSTRUMENT, NO_LIMITS, quoteAt } from '../testing/fixture.ts';
import { accountEquityOf } from './capital.ts';
import { realizedToday, tradingResult, type Valuation } from './equity.ts';
import { UNPRICED_FOR_MS } from './unpriced.ts';
import { resultOfStrategy } from './strategy-limits.ts';
import { exactly } from './valuation.ts';

const [BTC, USDT, BNB] = ['BTC', 'USDT', 'BNB'].map(asset) as [Asset, Asset, Asset];
const OPEN = instrumentKey(ACCOUNT, ETH_BTC_INSTRUMENT.symbol);

let desk: Desk;

/** A desk with 1,000 BTC and no USDT, whose figures are in `baseCurrency`. */
function begin(baseCurrency: Asset): void {
  desk = new Desk();
  desk.run({ type: 'base_currency', asset: baseCurrency });
  desk.openAccount(null);
  desk.balances([balanceReport('spot', 'BTC', '1000'), balanceReport('spot', 'USDT', '0')]);
  desk.positions([]);
  desk.settings.set(ETH_BTC_INSTRUMENT.symbol, desk.settingOf(ETH_BTC_INSTRUMENT));
}
afterEach(() => {
  desk.expectReplayEqual();
});

function read(prices: Readonly<Record<string, string>>): void {
  desk.run({
    type: 'equity_reading',
    mode: 'paper',
    prices: Object.entries(prices).map(([key, price]) => ({ key, price: decimal(price), at: desk.at })),
    joinable: [ACCOUNT],
    first: null,
    limits: NO_LIMITS,
  });
}

/** Buys or sells 10,000 ETH for BTC. */
function trade(
  side: 'buy' | 'sell',
  price: string,
  fee = '0',
  feeAsset = BTC,
  strategy: string | null = null,
): void {
  const order = desk.place(
    { symbol: ETH_BTC_INSTRUMENT.symbol, side, quantity: decimal('10000'), price: decimal(price), strategy },
    {
      instrument: ETH_BTC_INSTRUMENT,
      quote: quoteAt(ETH_BTC_INSTRUMENT, decimal(price), desk.at),
      limits: NO_LIMITS,
      baseRates: RATES,
    },
  );
  desk.fill(desk.order(order.orderId), `t-${desk.journal.length}`, {
    price: decimal(price),
    fee: decimal(fee),
    feeAsset,
    executedAt: desk.at,
  });
}

const RATES = new Map([
  [assetKey(ACCOUNT, BTC), exactly(decimal('60000'))],
  [assetKey(ACCOUNT, USDT), exactly(decimal('0.00001'))],
]);
const valued = (prices: Readonly<Record<string, string>>): Valuation => ({
  priceOf: (key) => {
    const price = prices[key];
    return price === undefined ? null : exactly(decimal(price));
  },
});
const all = (): boolean => true;

describe('equity and PnL in USDT, of trades for BTC', () => {
  beforeEach(() => {
    begin(USDT);
    read({ BTC: '60000' });
  });

  it('10,000 ETH bought for 400 BTC that are worth 390 BTC have lost 600,000 USDT, not 10', () => {
    expect(desk.equity?.current.toString()).toBe('60000000');
    trade('buy', '0.04');
    desk.at += 5_000;
    read({ BTC: '60000', [OPEN]: '0.039' });
    expect(desk.equity?.current.toString()).toBe('59400000');
    expect(accountEquityOf(desk.state, ACCOUNT, desk.at)?.toString()).toBe('59400000');
  });

  it('what was realised counts at the rate, fees in a third asset at theirs', () => {
    trade('buy', '0.04', '2', BNB);
    trade('sell', '0.041', '1');
    const prices = { BTC: '60000', BNB: '600' };
    expect(tradingResult(desk.state, valued(prices), all).realized).toEqual(exactly(decimal('538800')));
    expect(realizedToday(desk.state, ACCOUNT, desk.at, valued(prices))?.toString()).toBe('538800');
    for (const missing of [{ BTC: '60000' }, { BNB: '600' }])
      expect(realizedToday(desk.state, ACCOUNT, desk.at, valued(missing))).toBeNull();
    expect([...tradingResult(desk.state, valued({}), all).unpricedAssets.keys()]).toEqual([BNB, BTC]);
  });

  it('a position whose quote cannot be converted is listed and no 0, and takes no new risk after a bound', () => {
    trade('buy', '0.04');
    const result = tradingResult(desk.state, valued({ [OPEN]: '0.039' }), all);
    expect(result.unpricedPositions.map(({ symbol }) => symbol)).toEqual([ETH_BTC_INSTRUMENT.symbol]);
    begin(USDT);
    trade('buy', '0.04');
    read({ [OPEN]: '0.039' });
    expect(desk.equity?.uncertain).toBeNull();
    desk.at += UNPRICED_FOR_MS;
    read({ [OPEN]: '0.039' });
    expect(desk.equity?.unpriced.map(({ key }) => key)).toContain(OPEN);
    expect(desk.equity?.uncertain).toBe('ETH/BTC has no price in USDT yet');
  });

  it('the rate is kept with the prices, so that a restart changes nothing', () => {
    trade('buy', '0.04');
    trade('sell', '0.041');
    desk.at += 5_000;
    read({ BTC: '60000' });
    const before = desk.equity;
    expect(before?.prices.map(({ key }) => key)).toContain('BTC');
    desk.reopen();
    desk.at += 5_000;
    read({});
    expect(desk.equity?.current.toString()).toBe(before?.current.toString());
    expect(desk.equity?.uncertain).toBeNull();
  });
});

describe('equity and PnL in BTC', () => {
  beforeEach(() => {
    begin(BTC);
  });

  it('400 of 1,000 BTC in ETH stay 1,000 BTC, and 60,000 USDT are one BTC more', () => {
    desk.balances([balanceReport('spot', 'BTC', '1000'), balanceReport('spot', 'USDT', '60000')]);
    read({ USDT: '0.00001' });
    expect(desk.equity?.current.toString()).toBe('1000.6');
    trade('buy', '0.04');
    desk.at += 5_000;
    read({ USDT: '0.00001', [OPEN]: '0.04' });
    expect(desk.equity?.current.toString()).toBe('1000.6');
    desk.at += 5_000;
    read({ USDT: '0.00001', [OPEN]: '0.039' });
    expect(desk.equity?.current.toString()).toBe('990.6');
  });
});

describe("a strategy's loss", () => {
  const result = (rates: Readonly<Record<string, string>>): string | null => {
    const baseRates = new Map(
      Object.entries(rates).map(([of, rate]) => [assetKey(ACCOUNT, asset(of)), exactly(decimal(rate))]),
    );
    const made = resultOfStrategy(desk.state, 'grid', {
      at: desk.at,
      marks: new Map([[OPEN, decimal('0.04')]]),
      oldMarks: new Set(),
      baseCurrency: USDT,
      baseRates,
    });
    return made === null ? null : made.toString();
  };

  it('counts a fee in a third asset at its price, and is unknown without one', () => {
    begin(USDT);
    trade('buy', '0.04', '2', BNB, 'grid');
    expect(result({ BTC: '60000', BNB: '600' })).toBe('-1200');
    expect(result({ BTC: '60000' })).toBeNull();
    expect(result({ BNB: '600' })).toBeNull();
  });
});
