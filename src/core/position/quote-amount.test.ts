import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { asset, tradeId, venueClientOrderId, venueOrderId } from '../ids.ts';
import { ACCOUNT, balanceReport, Desk, ETH_BTC_INSTRUMENT, NO_LIMITS, quoteAt } from '../testing/fixture.ts';
import type { VenueFill } from '../venue/report.ts';

const INSTRUMENT = { ...ETH_BTC_INSTRUMENT, lotSize: decimal('0.0001'), minQuantity: decimal('0.0001') };
const { symbol } = INSTRUMENT;
const [BTC, ETH] = [asset('BTC'), asset('ETH')];
/** 0.0137 ETH at 0.04169 BTC are 0.000571153 BTC, of which the venue moves eight digits. */
const PRICE = decimal('0.04169');
const QUANTITY = decimal('0.0137');
const MOVED = decimal('0.00057115');

let desk: Desk;
const balance = (of: string): string | undefined =>
  desk.state.balances.get(`${ACCOUNT} spot ${of}`)?.total.toString();
const figures = (): readonly (string | undefined)[] => {
  const position = desk.state.positions.get(`${ACCOUNT} ${symbol}`);
  return [position?.netQuantity, position?.openCost, position?.realizedPnl].map((figure) =>
    figure?.toString(),
  );
};

function trade(side: 'buy' | 'sell', given: Partial<VenueFill> = {}): string {
  const quantity = given.quantity ?? QUANTITY;
  const { orderId } = desk.place(
    { symbol, side, quantity, price: PRICE },
    {
      instrument: INSTRUMENT,
      quote: quoteAt(INSTRUMENT, PRICE, desk.at),
      limits: NO_LIMITS,
      baseRates: new Map([[`${ACCOUNT} BTC`, { low: decimal('60000'), high: decimal('60000') }]]),
    },
  );
  desk.fill(desk.order(orderId), `t-${desk.journal.length}`, {
    price: PRICE,
    quantity,
    quoteQuantity: MOVED,
    executedAt: desk.at,
    ...given,
  });
  return desk.order(orderId).filledCost.toString();
}

beforeEach(() => {
  desk = new Desk();
  desk.openAccount(null);
  desk.records([]);
  desk.balances([balanceReport('spot', 'BTC', '1'), balanceReport('spot', 'ETH', '0')]);
  desk.positions([]);
  desk.settings.set(symbol, desk.settingOf(INSTRUMENT));
});
afterEach(() => {
  desk.expectReplayEqual();
});

describe('an execution whose quote units the venue rounds', () => {
  it('moves what the venue has moved, in order, position and balance', () => {
    expect(trade('buy')).toBe('0.00057115');
    expect(balance('BTC')).toBe('0.99942885');
    expect(figures()).toEqual(['0.0137', '0.00057115', '0']);
    expect(trade('sell')).toBe('0.00057115');
    expect([balance('BTC'), balance('ETH'), ...figures()]).toEqual(['1', '0', '0', '0', '0']);
  });

  it('leaves no difference to the venue after many trades', () => {
    for (let n = 0; n < 20; n += 1) trade('buy');
    const decision = desk.balances([
      balanceReport('spot', 'BTC', '0.988577'),
      balanceReport('spot', 'ETH', '0.274'),
    ]);
    expect(decision.events).toEqual([]);
  });

  it('takes a fee in the base at the price, and the rounding belongs to the rest', () => {
    trade('buy', { fee: decimal('0.0007'), feeAsset: ETH });
    // 0.00057115 less 0.0007 at 0.04169.
    expect(figures()).toEqual(['0.013', '0.000541967', '0']);
    expect([balance('BTC'), balance('ETH')]).toEqual(['0.99942885', '0.013']);
  });

  it('that sells a position and inventory beside it gives inventory its price', () => {
    desk.balances([balanceReport('spot', 'BTC', '1'), balanceReport('spot', 'ETH', '1')]);
    trade('buy', { quantity: decimal('0.01'), quoteQuantity: decimal('0.0004169') });
    trade('sell');
    // 0.00057115 less 0.0037 at 0.04169, less the cost.
    expect(figures()).toEqual(['0', '0', '-0.000000003']);
    expect(balance('BTC')).toBe('1.00015425');
  });

  it('of others takes what it took and no more', () => {
    trade('buy');
    desk.fills([
      {
        symbol,
        tradeId: tradeId('x1'),
        venueOrderId: venueOrderId('x1'),
        venueClientOrderId: venueClientOrderId('x1'),
        side: 'sell',
        positionSide: 'net',
        sequence: null,
        price: PRICE,
        quantity: QUANTITY,
        quoteQuantity: MOVED,
        fee: decimal('0'),
        feeAsset: BTC,
        liquidity: 'taker',
        realizedPnl: null,
        executedAt: desk.at,
      },
    ]);
    expect([balance('BTC'), ...figures()]).toEqual(['1', '0', '0', '0']);
  });
});
