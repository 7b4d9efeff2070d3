import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { asset, instrumentSymbol, tradeId, venueClientOrderId, venueOrderId } from '../ids.ts';
import { closableQuantity } from '../position/closable.ts';
import type { Position } from '../position/position.ts';
import { tradingResult, type Valuation } from '../risk/equity.ts';
import { addIntervals, exactly, middleOf } from '../risk/valuation.ts';
import {
  ACCOUNT,
  atPar,
  balanceReport,
  Desk,
  fillOf,
  NO_LIMITS,
  quoteAt,
  SPOT,
  SPOT_INSTRUMENT,
  START,
  SWAP,
  typesOf,
  type Decision,
} from '../testing/fixture.ts';
import type { VenueFill } from '../venue/report.ts';
import { POSITION_CUT_LAG_MS, type HoldingsReading } from './holdings.ts';
import { outlivedStops } from './outlived-stops.ts';

const BTC = asset('BTC');
const LOT = decimal('0.001');
let desk: Desk;
beforeEach(() => {
  // Nothing of the base is there before.
  desk = Desk.funded('1000000', '0');
});
afterEach(() => {
  desk.expectReplayEqual();
});

const position = (): Position => {
  const found = desk.state.positions.get(`${ACCOUNT} ${SPOT}`);
  if (found === undefined) throw new RangeError('there is no position');
  return found;
};
const figures = () => [
  position().netQuantity.toString(),
  position().openCost.toString(),
  position().realizedPnl.toString(),
];
const btc = () => desk.state.balances.get(`${ACCOUNT} spot BTC`)?.total.toString();

function buy(quantity: string, given: Partial<VenueFill> = {}, trade = `buy-${quantity}`): void {
  const order = desk.open({ quantity: decimal(quantity) });
  desk.fill(order, trade, given);
}

let sold = 0;
/** An execution of an order that is not ours. */
function external(given: Partial<VenueFill>): Decision {
  sold += 1;
  return desk.fills([
    {
      symbol: SPOT,
      tradeId: tradeId(`x${sold}`),
      venueOrderId: venueOrderId(`other-${sold}`),
      venueClientOrderId: venueClientOrderId(`web-${sold}`),
      side: 'sell',
      positionSide: 'net',
      sequence: null,
      price: decimal('110'),
      quantity: decimal('1'),
      fee: decimal('0'),
      feeAsset: null,
      liquidity: 'taker',
      realizedPnl: null,
      executedAt: desk.at,
      ...given,
    },
  ]);
}

/** A reading of balances that shows what the books have, but for `btcTotal`. */
function read(btcTotal: string, given: Partial<HoldingsReading> = {}): Decision {
  const reports = [...desk.state.balances.values()]
    .filter(({ asset: of, wallet }) => of !== BTC || wallet !== 'spot')
    .map(({ wallet, asset: of, total }) => balanceReport(wallet, of, total.toString()));
  return desk.run({
    type: 'balances',
    accountId: ACCOUNT,
    comparable: true,
    reports: [...reports, balanceReport('spot', 'BTC', btcTotal)],
    holdings: {
      startedAt: desk.at,
      venueAt: desk.at,
      unsettled: new Set(),
      marks: new Map([[`${ACCOUNT} ${SPOT}`, decimal('120')]]),
      leastSales: new Map([[`${ACCOUNT} ${SPOT}`, { quantity: LOT, notional: decimal('5') }]]),
      ...given,
    },
  });
}
const later = (ms = POSITION_CUT_LAG_MS): void => {
  desk.at += ms;
};

describe('external spot sales', () => {
  it('of everything that was bought here end the position, at the price of the sale', () => {
    buy('0.5', { fee: decimal('0.0005'), feeAsset: BTC });
    expect(figures()[0]).toBe('0.4995');
    const cost = position().openCost;
    const decision = external({ quantity: decimal('0.4995') });
    expect(decision.events[0]).toMatchObject({ type: 'external_fill_seen', taken: decimal('0.4995') });
    const realized = decimal('110').multiply(decimal('0.4995')).subtract(cost);
    expect(figures()).toEqual(['0', '0', realized.toString()]);
    expect(btc()).toBe('0');
  });

  it('take inventory first, and then the position', () => {
    desk = Desk.funded('1000000', '3');
    buy('2');
    expect(external({ quantity: decimal('2.5') }).events[0]).not.toHaveProperty('taken');
    expect(figures()).toEqual(['2', '200', '0']);
    expect(external({ quantity: decimal('1') }).events[0]).toMatchObject({
      taken: decimal('0.5'),
      positionPnl: decimal('5'),
    });
    expect(figures()).toEqual(['1.5', '150', '5']);
  });

  it('take what external purchases brought before they take the position', () => {
    buy('2');
    external({ side: 'buy', quantity: decimal('1') });
    external({ quantity: decimal('1') });
    expect(figures()[0]).toBe('2');
    external({ quantity: decimal('0.5'), fee: decimal('0.25'), feeAsset: BTC });
    expect(figures()[0]).toBe('1.25');
  });

  it('take a purchase of ours that was executed before them and is booked later', () => {
    const order = desk.open({ quantity: decimal('1') });
    external({ quantity: decimal('0.75'), executedAt: START + 20 });
    desk.fill(order, 'late', { executedAt: START + 10 });
    expect(figures()).toEqual(['0.25', '25', '7.5']);
  });

  it('of a swap move its position, which is everybody’s', () => {
    desk.hold(SWAP, '2');
    external({ symbol: SWAP, quantity: decimal('0.5') });
    expect(desk.state.positions.get(`${ACCOUNT} ${SWAP}`)?.netQuantity.toString()).toBe('1.5');
  });
});

describe('a position above what all wallets hold', () => {
  it('is cut by what was taken as fees of other orders, at the mark', () => {
    buy('10');
    const other = desk.open({ symbol: SWAP });
    desk.fill(other, 'fee', { fee: decimal('0.02'), feeAsset: BTC });
    later();
    const decision = read('10');
    expect(decision.events).toMatchObject([
      {
        type: 'position_cut',
        cut: { reason: 'not_held', quantity: decimal('0.02'), price: decimal('120') },
        positionPnl: decimal('0.4'),
      },
    ]);
    expect(figures()).toEqual(['9.98', '998', '0.4']);
    later();
    expect(read('10').events).toEqual([]);
  });

  it('is cut to what is left after a withdrawal, and not below what another wallet holds', () => {
    buy('2');
    desk.state.balances.set(`${ACCOUNT} linear_swap BTC`, {
      accountId: ACCOUNT,
      wallet: 'linear_swap',
      asset: BTC,
      total: decimal('0.5'),
      externalLocked: decimal('0'),
      updatedAt: START,
    });
    later();
    expect(typesOf(read('1'))).toEqual([
      'drift_opened',
      'balances_observed',
      'capital_moved',
      'position_cut',
    ]);
    expect(figures()[0]).toBe('1.5');
    desk.state.balances.delete(`${ACCOUNT} linear_swap BTC`);
  });

  it('is cut by a reading begun as long after its last execution as the lag says, and by none before', () => {
    buy('2');
    later();
    expect(typesOf(read('1', { startedAt: START + POSITION_CUT_LAG_MS - 1 }))).not.toContain('position_cut');
    expect(typesOf(read('1', { startedAt: START + POSITION_CUT_LAG_MS }))).toContain('position_cut');
  });

  it('is not cut while the total is in doubt, or an order there is', () => {
    buy('2');
    later();
    expect(typesOf(read('1', { unsettled: new Set([BTC]) }))).not.toContain('position_cut');
    desk.submitting();
    expect(typesOf(read('1'))).not.toContain('position_cut');
  });

  it('is not cut while an order that has ended there waits for executions of it', () => {
    buy('2');
    const sale = desk.open({ side: 'sell', quantity: decimal('1'), price: decimal('110') });
    later();
    desk.report(sale, { status: 'filled', filledQuantity: decimal('1') });
    expect(desk.order(sale.orderId).final).not.toBeNull();
    expect(typesOf(read('1'))).not.toContain('position_cut');
    expect(figures()[0]).toBe('2');
  });

  it('is cut at its own cost where there is no mark', () => {
    buy('2');
    later();
    read('1', { marks: new Map() });
    expect(figures()).toEqual(['1', '100', '0']);
  });
});

describe('an execution that explains a cut', () => {
  it.each([
    ['soon', 0],
    ['after the cut has left the last executions', 700_000],
  ])('replaces it, so that nothing is counted twice: %s', (_when, waitMs) => {
    buy('2');
    const soldAt = START + 1_000;
    later();
    read('1.25');
    expect(figures()).toEqual(['1.25', '125', '15']);
    later(waitMs);
    if (waitMs > 0) {
      buy('1', { executedAt: desk.at });
      expect(position().earlierCuts).toHaveLength(1);
    }
    const before = [btc(), desk.state.balances.get(`${ACCOUNT} spot USDT`)?.total.toString()];
    const decision = external({ quantity: decimal('0.75'), price: decimal('90'), executedAt: soldAt });
    expect(typesOf(decision).slice(0, 2)).toEqual(['position_cut_replaced', 'external_fill_seen']);
    const added = waitMs > 0 ? ['2.25', '225'] : ['1.25', '125'];
    expect(figures()).toEqual([...added, '-7.5']);
    expect([btc(), desk.state.balances.get(`${ACCOUNT} spot USDT`)?.total.toString()]).toEqual(before);
  });

  it('replaces several with one sale, whose balances move once', () => {
    buy('2');
    later();
    read('1.5');
    later();
    read('1');
    const before = [btc(), desk.state.balances.get(`${ACCOUNT} spot USDT`)?.total.toString()];
    const decision = external({ price: decimal('90'), executedAt: START + 1_000 });
    expect(typesOf(decision).slice(0, 3)).toEqual([
      'position_cut_replaced',
      'position_cut_replaced',
      'external_fill_seen',
    ]);
    expect([btc(), desk.state.balances.get(`${ACCOUNT} spot USDT`)?.total.toString()]).toEqual(before);
    expect(figures()).toEqual(['1', '100', '-10']);
  });

  it('replaces as much of it as it explains', () => {
    buy('2');
    later();
    read('1');
    external({ quantity: decimal('0.25'), price: decimal('90'), executedAt: START + 1_000 });
    expect(figures()).toEqual(['1', '100', '12.5']);
    expect(btc()).toBe('1');
  });

  it('takes the loss back that the comparison found with it', () => {
    const equity = (): string | undefined => {
      desk.at += 5_000;
      const { at } = desk;
      const prices = ['USDT', 'BTC', `${ACCOUNT} ${SPOT}`].map((key) => ({
        key,
        price: decimal(key === 'USDT' ? '1' : '120'),
        at,
      }));
      const reading = { mode: 'paper', joinable: [ACCOUNT], first: null, limits: NO_LIMITS } as const;
      desk.run({ type: 'equity_reading', ...reading, prices });
      return desk.equity?.current.toString();
    };
    desk.positions([]);
    expect(equity()).toBe('2000000');
    buy('1');
    const soldAt = desk.at;
    later();
    expect(equity()).toBe('2000020');
    read('0');
    expect(equity()).toBe('1999900');
    external({ price: decimal('120'), executedAt: soldAt });
    expect(equity()).toBe('2000020');
    expect(desk.state.unexplained).toEqual([]);
  });

  it('of ours replaces it as well', () => {
    buy('2');
    const order = desk.open({ side: 'sell', quantity: decimal('0.75'), price: decimal('130') });
    later();
    read('1.25');
    const late = fillOf(desk.order(order.orderId), 'late', { executedAt: START + 1_000 });
    expect(typesOf(desk.fills([late]))).toEqual(['position_cut_replaced', 'fill_booked', 'order_closed']);
    expect(figures()).toEqual(['1.25', '125', '22.5']);
  });

  it('replaces it where it was executed in the millisecond that the cut has', () => {
    buy('2');
    later();
    read('1.25');
    const decision = external({ quantity: decimal('0.75'), price: decimal('90'), executedAt: desk.at });
    expect(typesOf(decision).slice(0, 2)).toEqual(['position_cut_replaced', 'external_fill_seen']);
    expect(figures()).toEqual(['1.25', '125', '-7.5']);
  });

  it('was not executed after the reading: then it is a sale like any other', () => {
    buy('2');
    later();
    read('1.25');
    desk.at += 10;
    expect(typesOf(external({ quantity: decimal('0.5') }))).not.toContain('position_cut_replaced');
    expect(figures()[0]).toBe('0.75');
  });
});

describe('dust', () => {
  it('is reported once, ends the position and moves no result', () => {
    buy('1.001', { fee: decimal('0.0006'), feeAsset: BTC });
    const order = desk.open({ side: 'sell', quantity: decimal('1'), price: decimal('120') });
    desk.fill(order, 'sell');
    expect(figures()[0]).toBe('0.0004');
    const price = exactly(decimal('120'));
    const valuation: Valuation = { priceOf: (key) => (key === `${ACCOUNT} ${SPOT}` ? price : null) };
    const made = (): string => {
      const { realized, unrealized } = tradingResult(desk.state, valuation, () => true);
      return middleOf(addIntervals(realized, unrealized)).toString();
    };
    const before = made();
    later();
    expect(read('0.0004').events).toMatchObject([{ type: 'position_cut', cut: { reason: 'dust' } }]);
    expect(figures().slice(0, 2)).toEqual(['0', '0']);
    expect(made()).toBe(before);
    later();
    expect(read('0.0004').events).toEqual([]);
    expect(btc()).toBe('0.0004');
  });

  it('ends the position although the stop that protected it still waits', () => {
    desk = Desk.funded('1000000', '2');
    buy('1.001', { fee: decimal('0.0006'), feeAsset: BTC });
    const stop = desk.open({
      side: 'sell',
      type: 'stop_market',
      price: null,
      stopPrice: decimal('90'),
      trigger: 'last',
      quantity: decimal('0.9'),
    });
    desk.report(stop, { status: 'untriggered' });
    const order = desk.open({ side: 'sell', quantity: decimal('1'), price: decimal('120') });
    desk.fill(order, 'sell');
    later();
    expect(read('2.0004').events).toMatchObject([{ type: 'position_cut', cut: { reason: 'dust' } }]);
    const bounds = { marks: new Map(), leastSales: new Map() };
    expect(outlivedStops(desk.state, ACCOUNT, bounds).map(({ order: left }) => left.orderId)).toEqual([
      stop.orderId,
    ]);
  });

  it.each([
    ['2', true],
    ['2.01', false],
  ])('beside 2 other coins and a resting sale of %s ends the position: %s', (quantity, ends) => {
    desk = Desk.funded('1000000', '2');
    buy('1.04');
    const order = desk.open({ side: 'sell', quantity: decimal('1'), price: decimal('120') });
    desk.fill(order, 'sell');
    desk.open({ side: 'sell', quantity: decimal(quantity), price: decimal('150') });
    later();
    const cuts = read('2.04').events;
    expect(cuts.map(({ type }) => type)).toEqual(ends ? ['position_cut'] : []);
    expect(figures()[0]).toBe(ends ? '0' : '0.04');
  });

  it('is none from the least sale on, and while an order is open there', () => {
    buy('1', { fee: decimal('0.999'), feeAsset: BTC });
    later();
    expect(read('0.001').events).toEqual([]);
    desk = Desk.funded('1000000', '0');
    const order = desk.open({ quantity: decimal('1') });
    desk.fill(order, 'part', { quantity: decimal('0.0004') });
    later();
    expect(read('0.0004').events).toEqual([]);
  });
});

describe('the rest of a sale that is worth less than the least order', () => {
  /** At 120, so that five of quote are just under 0.042. */
  function sellDownTo(rest: string): void {
    buy('1');
    const order = desk.open({
      side: 'sell',
      quantity: decimal('1').subtract(decimal(rest)),
      price: decimal('120'),
    });
    desk.fill(order, 'sell');
    later();
  }

  it('is dust: it is reported once, leaves the list, and moves no result', () => {
    sellDownTo('0.041');
    const decision = read('0.041');
    expect(decision.events).toMatchObject([
      { type: 'position_cut', cut: { reason: 'dust', quantity: decimal('0.041') } },
    ]);
    expect(figures().slice(0, 2)).toEqual(['0', '0']);
    later();
    expect(read('0.041').events).toEqual([]);
    expect(btc()).toBe('0.041');
  });

  it('is none from the least order on, and without a price', () => {
    sellDownTo('0.042');
    expect(read('0.042').events).toEqual([]);
    desk = Desk.funded('1000000', '0');
    sellDownTo('0.041');
    expect(read('0.041', { marks: new Map() }).events).toEqual([]);
    expect(figures()[0]).toBe('0.041');
  });

  it('is no small purchase whose price has fallen, which may rise again', () => {
    buy('0.05');
    later();
    const marks = new Map([[`${ACCOUNT} ${SPOT}`, decimal('99')]]);
    expect(read('0.05', { marks }).events).toEqual([]);
  });

  it('is no purchase that a fee was taken from since: it stays, with its stop, when its price has fallen', () => {
    buy('0.07');
    const stop = desk.open({
      side: 'sell',
      type: 'stop_market',
      price: null,
      stopPrice: decimal('80'),
      trigger: 'last',
      quantity: decimal('0.069'),
    });
    desk.report(stop, { status: 'untriggered' });
    later();
    expect(read('0.069').events).toContainEqual(
      expect.objectContaining({ type: 'position_cut', cut: expect.objectContaining({ reason: 'not_held' }) }),
    );
    later();
    const marks = new Map([[`${ACCOUNT} ${SPOT}`, decimal('70')]]);
    expect(read('0.069', { marks }).events).toEqual([]);
    expect(figures()[0]).toBe('0.069');
    const leastSales = new Map([[`${ACCOUNT} ${SPOT}`, { quantity: LOT, notional: decimal('5') }]]);
    expect(outlivedStops(desk.state, ACCOUNT, { marks, leastSales })).toEqual([]);
  });

  it('is dust also where a fee was taken from it after the sale', () => {
    sellDownTo('0.041');
    expect(read('0.04', { marks: new Map() }).events).toMatchObject([
      { type: 'drift_opened' },
      { type: 'balances_observed' },
      { type: 'capital_moved' },
      { type: 'position_cut', cut: { reason: 'not_held' } },
    ]);
    later();
    expect(read('0.04').events).toMatchObject([{ type: 'position_cut', cut: { reason: 'dust' } }]);
  });
});

describe('the quantity that can be closed', () => {
  it('is no more than the wallet holds and others have not locked; sales of the position itself are canceled first', () => {
    buy('10');
    expect(closableQuantity(desk.state, position()).toString()).toBe('10');
    desk.open({ side: 'sell', quantity: decimal('4'), price: decimal('130') });
    expect(closableQuantity(desk.state, position()).toString()).toBe('10');
    later();
    read('9.98', { unsettled: new Set([BTC]) });
    expect(closableQuantity(desk.state, position()).toString()).toBe('9.98');
  });

  it('leaves out what others have locked', () => {
    buy('10');
    const usdt = desk.state.balances.get(`${ACCOUNT} spot USDT`)?.total.toString() ?? '';
    desk.balances([
      balanceReport('spot', 'USDT', usdt),
      balanceReport('spot', 'BTC', '10', { free: decimal('7') }),
      balanceReport('linear_swap', 'USDT', '1000000'),
    ]);
    expect(closableQuantity(desk.state, position()).toString()).toBe('7');
  });

  describe('where something else locks the asset', () => {
    /** Another instrument of the same base asset. */
    const OTHER_SYMBOL = instrumentSymbol('BTC/EUR');
    const OTHER = { ...SPOT_INSTRUMENT, symbol: OTHER_SYMBOL, quote: asset('EUR'), settle: asset('EUR') };
    const closable = (): string => closableQuantity(desk.state, position()).toString();
    /** A reading without traffic in which all but `free` of the base is locked. */
    function readLocked(total: string, free: string): void {
      const others = [...desk.state.balances.values()].filter(({ asset: of }) => of !== BTC);
      desk.balances([
        ...others.map(({ wallet, asset: of, total: units }) => balanceReport(wallet, of, units.toString())),
        balanceReport('spot', 'BTC', total, { free: decimal(free) }),
      ]);
    }
    beforeEach(() => {
      desk.settings.set(OTHER_SYMBOL, desk.settingOf(OTHER));
    });

    it('is untouched while inventory covers what they have locked', () => {
      desk = Desk.funded('1000000', '3');
      buy('10');
      readLocked('13', '10');
      expect(closable()).toBe('10');
    });

    it('leaves out what an order of ours on another instrument holds, and no sale of the position itself', () => {
      buy('10');
      desk.open({ side: 'sell', quantity: decimal('4'), price: decimal('130') });
      desk.open(
        { symbol: OTHER_SYMBOL, side: 'sell', quantity: decimal('1'), price: decimal('130') },
        { instrument: OTHER, quote: quoteAt(OTHER, decimal('100'), desk.at), ...atPar('EUR') },
      );
      expect(closable()).toBe('9');
      readLocked('10', '5');
      expect(closable()).toBe('9');
    });

    it('does not miss twice what an order of others that rested has sold', () => {
      desk = Desk.funded('1000000', '3');
      desk.settings.set(OTHER_SYMBOL, desk.settingOf(OTHER));
      buy('10');
      readLocked('13', '8');
      expect(closable()).toBe('8');
      external({ symbol: OTHER_SYMBOL, quantity: decimal('3'), liquidity: 'maker' });
      expect(btc()).toBe('10');
      // 2 of the 5 are locked still.
      expect(closable()).toBe('8');
      external({ symbol: OTHER_SYMBOL, side: 'buy', quantity: decimal('2'), liquidity: 'maker' });
      expect(closable()).toBe('10');
      readLocked('12', '12');
      expect(closable()).toBe('10');
    });

    it('takes nothing off the locks for an order that took: it had locked nothing', () => {
      desk = Desk.funded('1000000', '3');
      desk.settings.set(OTHER_SYMBOL, desk.settingOf(OTHER));
      buy('10');
      readLocked('13', '8');
      external({ symbol: OTHER_SYMBOL, quantity: decimal('1') });
      expect(closable()).toBe('7');
    });
  });
});
