import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Decimal, decimal } from '../decimal.ts';
import {
  accountId,
  asset,
  instrumentSymbol,
  tradeId,
  venueClientOrderId,
  venueOrderId,
  type AccountMode,
} from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { instrumentKey } from '../portfolio/keys.ts';
import {
  ACCOUNT,
  balanceReport,
  Desk,
  NO_LIMITS,
  quoteAt,
  SPOT,
  SPOT_INSTRUMENT,
  SWAP,
} from '../testing/fixture.ts';
import { dailyLossOf, realizedToday, tradingResult } from './equity.ts';
import { keptValuation } from './capital.ts';
import { strategyFigures } from './strategy-books.ts';

const [USDT, BTC, BNB] = [asset('USDT'), asset('BTC'), asset('BNB')];
const DAY_MS = 86_400_000;
let desk: Desk;
let prices: Record<string, string>;

const loss = (): string => dailyLossOf(desk.equity, desk.at, 'high').toString();
const equity = (): string | undefined => desk.equity?.current.toString();
const realized = (): string =>
  tradingResult(desk.state, keptValuation(desk.state, 'paper', desk.at), () => true).realized.low.toString();
const today = (): string | undefined =>
  realizedToday(desk.state, ACCOUNT, desk.at, keptValuation(desk.state, 'paper', desk.at))?.toString();
const holding = (of: string): readonly string[] | undefined => {
  const held = desk.state.capitals.get(ACCOUNT)?.holdings?.find(({ asset: each }) => each === of);
  return held === undefined ? undefined : [held.amount.toString(), held.worth.toString()];
};

/** A reading of the equity at `prices`, each of which is `ageMs` old. */
function read(ageMs = 0, mode: AccountMode = 'paper'): void {
  desk.at += 5_000;
  const at = desk.at - ageMs;
  desk.run({
    type: 'equity_reading',
    mode,
    prices: Object.entries(prices).map(([key, price]) => ({ key, price: decimal(price), at })),
    joinable: [ACCOUNT],
    first: null,
    limits: NO_LIMITS,
  });
}

function begin(
  balances: readonly (readonly ['spot' | 'linear_swap', string, string])[],
  baseCurrency = USDT,
): void {
  desk = new Desk();
  desk.run({ type: 'base_currency', asset: baseCurrency });
  desk.openAccount(null);
  desk.records([]);
  desk.balances(balances.map(([wallet, of, total]) => balanceReport(wallet, of, total)));
  desk.positions([]);
  read();
}

/** A purchase of one BTC of the swap by an order that was not placed here. */
function external(fee: string): void {
  const id = `x-${desk.journal.length}`;
  desk.fills([
    {
      symbol: SWAP,
      tradeId: tradeId(id),
      venueOrderId: venueOrderId(id),
      venueClientOrderId: venueClientOrderId(id),
      side: 'buy',
      positionSide: 'net',
      sequence: null,
      price: decimal('100'),
      quantity: decimal('1'),
      fee: decimal(fee),
      feeAsset: BNB,
      liquidity: 'taker',
      realizedPnl: null,
      executedAt: desk.at,
    },
  ]);
}

/** A reading of balances that shows what the books have, but for one asset, and cuts positions to what is held. */
function cutTo(wallet: 'spot', of: string, total: string, symbol: typeof SPOT, mark: string): void {
  const others = [...desk.state.balances.values()].filter(
    (balance) => balance.asset !== of || balance.wallet !== wallet,
  );
  desk.run({
    type: 'balances',
    accountId: ACCOUNT,
    comparable: true,
    reports: [
      ...others.map((balance) => balanceReport(balance.wallet, balance.asset, balance.total.toString())),
      balanceReport(wallet, of, total),
    ],
    holdings: {
      startedAt: desk.at,
      venueAt: desk.at,
      unsettled: new Set(),
      marks: new Map([[instrumentKey(ACCOUNT, symbol), decimal(mark)]]),
      leastSales: new Map(),
    },
  });
}

beforeEach(() => {
  prices = { USDT: '1' };
});
afterEach(() => {
  desk.expectReplayEqual();
});

describe('a fee in the base asset', () => {
  beforeEach(() => {
    prices = { ...prices, BTC: '100', [instrumentKey(ACCOUNT, SPOT)]: '100' };
    begin([['spot', 'USDT', '100000']]);
  });

  it('is worth its units at the price of the execution, however the price moves', () => {
    const order = desk.open({ quantity: decimal('10') });
    desk.fill(order, 'in', { fee: decimal('0.01'), feeAsset: BTC, executedAt: desk.at });
    prices = { ...prices, BTC: '200', [instrumentKey(ACCOUNT, SPOT)]: '200' };
    read();
    // 9.99 BTC at 200 were bought for 1,000.
    expect([equity(), realized(), today()]).toEqual(['100998', '-1', '-1']);
  });

  it('makes no loss of a flat account when the asset rises', () => {
    const order = desk.open({ quantity: decimal('500') });
    desk.fill(order, 'in', { fee: decimal('10'), feeAsset: BTC, executedAt: desk.at });
    desk.fill(desk.open({ side: 'sell', quantity: decimal('490') }), 'out', { executedAt: desk.at });
    read();
    expect([equity(), loss()]).toEqual(['99000', '1000']);
    desk.at += DAY_MS;
    read();
    prices = { ...prices, BTC: '240', [instrumentKey(ACCOUNT, SPOT)]: '240' };
    read();
    expect([equity(), loss()]).toEqual(['99000', '0']);
  });

  it('of a sale leaves inventory at what it stands for there, and costs the price of the sale', () => {
    begin([
      ['spot', 'USDT', '100000'],
      ['spot', 'BTC', '5'],
    ]);
    desk.fill(desk.open({ quantity: decimal('10') }), 'in', { executedAt: desk.at });
    const sale = desk.open({ side: 'sell', quantity: decimal('10'), price: decimal('200') });
    desk.fill(sale, 'out', { price: decimal('200'), fee: decimal('2'), feeAsset: BTC, executedAt: desk.at });
    expect(holding('BTC')).toEqual(['3', '300']);
    prices = { ...prices, BTC: '400', [instrumentKey(ACCOUNT, SPOT)]: '400' };
    read();
    // 1,000 were made. The fee costs 2 at 200, paid with what had come at 100: the other 200 are a gain of inventory.
    expect([realized(), equity(), loss()]).toEqual(['600', '101300', '0']);
    expect(desk.equity?.capital.toString()).toBe('100700');
  });

  it('that is a rebate of a sale is a gain at the price of the sale', () => {
    desk.fill(desk.open({ quantity: decimal('10') }), 'in', { executedAt: desk.at });
    const sale = desk.open({ side: 'sell', quantity: decimal('9') });
    desk.fill(sale, 'out', { fee: decimal('-0.5'), feeAsset: BTC, executedAt: desk.at });
    expect([realized(), holding('BTC')]).toEqual(['50', ['0.5', '50']]);
    read();
    expect([equity(), loss()]).toEqual(['100050', '0']);
  });

  it('of a sale of everything is missing in inventory, and worth the same however the price moves', () => {
    desk.fill(desk.open({ quantity: decimal('10') }), 'in', { executedAt: desk.at });
    const sale = desk.open({ side: 'sell', quantity: decimal('9') });
    desk.fill(sale, 'out', { fee: decimal('0.5'), feeAsset: BTC, executedAt: desk.at });
    expect([realized(), holding('BTC')]).toEqual(['-50', ['-0.5', '-50']]);
    prices = { ...prices, BTC: '400', [instrumentKey(ACCOUNT, SPOT)]: '400' };
    read();
    // The position says 1, of which half is held: that much of its gain of 300 is none once it is cut.
    expect([realized(), equity()]).toEqual(['-50', '100250']);
    desk.at += 10_000;
    cutTo('spot', 'BTC', '0.5', SPOT, '400');
    read();
    expect([equity(), holding('BTC')]).toEqual(['100100', undefined]);
    expect(desk.state.unexplained).toEqual([]);
  });
});

describe('a charge of the exchange in the base asset', () => {
  it('is worth the middle of what the instrument costs, in quote units', () => {
    prices = { ...prices, BTC: '120', [instrumentKey(ACCOUNT, SWAP)]: '100' };
    begin([
      ['linear_swap', 'USDT', '100000'],
      ['linear_swap', 'BTC', '5'],
    ]);
    desk.hold(SWAP, '1');
    read();
    desk.records([
      {
        recordId: 'charge',
        kind: 'commission',
        venueKind: 'COMMISSION',
        wallet: 'linear_swap',
        asset: BTC,
        amount: decimal('-2'),
        symbol: SWAP,
        positionSide: 'net',
        tradeId: null,
        at: desk.at,
      },
    ]);
    desk.at += 30_000;
    read(20_000);
    read();
    expect(realized()).toBe('-200');
  });
});

describe('a fee in the base currency', () => {
  it('is its own worth where trades are quoted in another currency', () => {
    prices = { USDT: '0.01', [instrumentKey(ACCOUNT, SWAP)]: '100' };
    begin(
      [
        ['linear_swap', 'USDT', '10000'],
        ['linear_swap', 'BTC', '7'],
      ],
      BTC,
    );
    const order = desk.open({ symbol: SWAP, quantity: decimal('1') });
    desk.fill(order, 'swap', { fee: decimal('2'), feeAsset: BTC, executedAt: desk.at });
    expect([realized(), desk.state.capitals.get(ACCOUNT)?.holdings]).toEqual([
      '-2',
      [{ asset: USDT, amount: decimal('10000'), worth: decimal('100') }],
    ]);
    prices['USDT'] = '0.02';
    read();
    expect([realized(), equity(), loss()]).toEqual(['-2', '105', '2']);
  });

  it('is none where quote and base asset are others: one of a sale brings quote units for those that leave inventory', () => {
    prices = { USDT: '0.5', BTC: '50', [instrumentKey(ACCOUNT, SPOT)]: '100' };
    begin(
      [
        ['spot', 'USDT', '100000'],
        ['spot', 'BTC', '5'],
      ],
      asset('EUR'),
    );
    desk.fill(desk.open({ quantity: decimal('10') }), 'in', { executedAt: desk.at });
    const sale = desk.open({ side: 'sell', quantity: decimal('10') });
    desk.fill(sale, 'out', { fee: decimal('2'), feeAsset: BTC, executedAt: desk.at });
    expect([realized(), holding('BTC'), holding('USDT')]).toEqual([
      '-100',
      ['3', '150'],
      ['100200', '50100'],
    ]);
  });

  it('that was taken from a purchase of it costs the price of the purchase', () => {
    prices = { USDT: '0.01', [instrumentKey(ACCOUNT, SPOT)]: '100' };
    begin([['spot', 'USDT', '10000']], BTC);
    const order = desk.open({ quantity: decimal('10') });
    desk.fill(order, 'in', { fee: decimal('1'), feeAsset: BTC, executedAt: desk.at });
    expect(realized()).toBe('-1');
    // Twice the BTC for a USDT: in BTC the fee of 100 USDT is 2, and 9 BTC that cost 900 USDT are worth 450 of them.
    prices = { USDT: '0.02', [instrumentKey(ACCOUNT, SPOT)]: '50' };
    read();
    expect([realized(), equity()]).toEqual(['-2', '89']);
  });
});

describe('a fee in a third asset', () => {
  /** One BTC of a swap for a fee in BNB. */
  function trade(fee: string): void {
    const order = desk.open({ symbol: SWAP, quantity: decimal('1'), strategy: 'grid' });
    desk.fill(order, `t-${desk.journal.length}`, { fee: decimal(fee), feeAsset: BNB, executedAt: desk.at });
  }
  const ofStrategy = (): string | undefined => {
    const [book] = desk.state.strategyBooks.values();
    if (book === undefined) return undefined;
    const valuation = keptValuation(desk.state, 'paper', desk.at);
    return strategyFigures(book, desk.at, valuation, USDT).realized?.low.toString();
  };

  beforeEach(() => {
    prices = { ...prices, BNB: '300', [instrumentKey(ACCOUNT, SWAP)]: '100' };
  });

  it('is worth what the asset cost at the execution, to account, strategy and day', () => {
    begin([
      ['linear_swap', 'USDT', '100000'],
      ['linear_swap', 'BNB', '20'],
    ]);
    trade('1');
    prices['BNB'] = '600';
    read();
    trade('1');
    expect([realized(), today(), ofStrategy()]).toEqual(['-900', '-900', '-900']);
    desk.at += DAY_MS;
    read();
    prices['BNB'] = '100';
    read();
    trade('1');
    expect([realized(), today(), ofStrategy()]).toEqual(['-1000', '-100', '-1000']);
    desk.reopen();
    read();
    expect([realized(), today(), ofStrategy()]).toEqual(['-1000', '-100', '-1000']);
  });

  it('that is a rebate is a gain of what the asset cost then, and its units are capital from then on', () => {
    begin([
      ['linear_swap', 'USDT', '100000'],
      ['linear_swap', 'BNB', '20'],
    ]);
    trade('-1');
    read();
    expect([realized(), today(), ofStrategy(), equity(), loss()]).toEqual([
      '300',
      '300',
      '300',
      '106300',
      '0',
    ]);
    expect(holding('BNB')).toEqual(['21', '6300']);
    prices['BNB'] = '600';
    read();
    // A later gain of the units is no result of trading.
    expect([realized(), equity()]).toEqual(['300', '106300']);
  });

  it('is no loss of the next day when the asset rises', () => {
    begin([
      ['linear_swap', 'USDT', '100000'],
      ['linear_swap', 'BNB', '20'],
    ]);
    trade('10');
    read();
    expect([equity(), loss(), holding('BNB')]).toEqual(['103000', '3000', ['10', '3000']]);
    desk.at += DAY_MS;
    read();
    prices['BNB'] = '450';
    desk.balances([
      balanceReport('linear_swap', 'USDT', '100000'),
      balanceReport('linear_swap', 'BNB', '10'),
    ]);
    read();
    expect([equity(), loss(), desk.state.unexplained]).toEqual(['103000', '0', []]);
  });

  it('takes the units out of capital at what they stand for: what their price had moved is a flow', () => {
    begin([
      ['linear_swap', 'USDT', '100000'],
      ['linear_swap', 'BNB', '20'],
    ]);
    prices['BNB'] = '600';
    read();
    trade('10');
    read();
    // 6,000 of fees, paid with what had come for 3,000.
    expect([realized(), equity(), loss()]).toEqual(['-6000', '103000', '6000']);
    expect(holding('BNB')).toEqual(['10', '3000']);
  });

  it('is unknown without a price, and worth the first one that is confirmed', () => {
    delete prices['BNB'];
    begin([['linear_swap', 'USDT', '100000']]);
    trade('1');
    read();
    expect([today(), ofStrategy()]).toEqual([undefined, undefined]);
    expect(desk.equity?.unpriced.map(({ key }) => key)).toEqual(['BNB']);
    desk.at += DAY_MS;
    read();
    prices['BNB'] = '300';
    read();
    expect(desk.journal.filter(({ type }) => type === 'fees_valued')).toHaveLength(1);
    expect([realized(), equity(), ofStrategy()]).toEqual(['-300', '99700', '-300']);
    prices['BNB'] = '900';
    read();
    expect([realized(), equity(), ofStrategy()]).toEqual(['-300', '99700', '-300']);
    expect(desk.journal.filter(({ type }) => type === 'fees_valued')).toHaveLength(1);
    trade('1');
    expect([realized(), today(), ofStrategy()]).toEqual(['-1200', '-900', '-1200']);
  });

  it('is unknown at a price of more than a minute: its units leave at what they stand for, until a reading has one', () => {
    begin([
      ['linear_swap', 'USDT', '100000'],
      ['linear_swap', 'BNB', '20'],
    ]);
    desk.at += 60_001;
    trade('1');
    expect([holding('BNB'), desk.state.capitals.get(ACCOUNT)?.capital.toString()]).toEqual([
      ['19', '5700'],
      '106000',
    ]);
    read();
    expect([realized(), equity(), loss()]).toEqual(['-300', '105700', '300']);
  });

  it('gets the middle of an aged price, and none of a reading of another mode', () => {
    delete prices['BNB'];
    begin([['linear_swap', 'USDT', '100000']]);
    trade('1');
    const none = { capital: Decimal.zero, equity: Decimal.zero, baseline: Decimal.zero };
    const live = { accountId: accountId('acc-live'), mode: 'live' } as const;
    desk.force({ type: 'account_opened', venue: 'binance', ...live });
    desk.force({ type: 'capital_moved', cause: 'joined', ...live, ...none });
    prices['BNB'] = '300';
    read(0, 'live');
    expect(desk.journal.filter(({ type }) => type === 'fees_valued')).toEqual([]);
    read(20_000);
    read();
    expect([realized(), equity()]).toEqual(['-300', '99700']);
  });

  it('of a trade of others on a swap is worth what it was, as the position is everybody’s', () => {
    begin([
      ['linear_swap', 'USDT', '100000'],
      ['linear_swap', 'BNB', '20'],
    ]);
    external('1');
    expect([realized(), today(), holding('BNB')]).toEqual(['-300', '-300', ['19', '5700']]);
    read();
    desk.at += DAY_MS;
    read();
    prices['BNB'] = '600';
    read();
    expect([realized(), equity(), loss()]).toEqual(['-300', '105700', '0']);
    external('1');
    expect([realized(), holding('BNB')]).toEqual(['-900', ['18', '5400']]);
  });

  it('of a trade of others on a swap waits for a price like one of ours', () => {
    delete prices['BNB'];
    begin([['linear_swap', 'USDT', '100000']]);
    external('1');
    read();
    expect(today()).toBeUndefined();
    prices['BNB'] = '300';
    read();
    prices['BNB'] = '900';
    read();
    expect([realized(), equity()]).toEqual(['-300', '99700']);
  });

  it('is paid out of a position of ours in that asset, and the units are charged once', () => {
    const BNB_USDT = instrumentSymbol('BNB/USDT');
    const instrument = { ...SPOT_INSTRUMENT, symbol: BNB_USDT, base: BNB };
    const key = instrumentKey(ACCOUNT, BNB_USDT);
    prices[key] = '300';
    begin([['spot', 'USDT', '100000']]);
    desk.settings.set(BNB_USDT, desk.settingOf(instrument));
    const order = desk.open(
      { symbol: BNB_USDT, quantity: decimal('10'), price: decimal('300') },
      { instrument, quote: quoteAt(instrument, decimal('300'), desk.at) },
    );
    desk.fill(order, 'bnb', { executedAt: desk.at });
    read();
    const btc = desk.open({ quantity: decimal('1') });
    desk.fill(btc, 'btc', { fee: decimal('2'), feeAsset: BNB, executedAt: desk.at });
    prices = { ...prices, [instrumentKey(ACCOUNT, SPOT)]: '100', BNB: '400', [key]: '400' };
    read();
    // The position still says 10, which have gained 1,000, and inventory owes the 2 that are gone.
    expect([equity(), realized(), holding('BNB')]).toEqual(['100400', '-600', ['-2', '-600']]);
    desk.at += 10_000;
    cutTo('spot', 'BNB', '8', BNB_USDT, '400');
    read();
    // 8 BNB have gained 800, and 600 were paid.
    expect([equity(), loss(), holding('BNB')]).toEqual(['100200', '0', undefined]);
    expect(desk.state.positions.get(`${ACCOUNT} ${BNB_USDT}`)?.netQuantity.toString()).toBe('8');
    expect(desk.state.unexplained).toEqual([]);
    prices = { ...prices, BNB: '300', [key]: '300' };
    read();
    expect(equity()).toBe('99400');
  });

  it('that an earlier release booked without its worth has that of the first reading for good', () => {
    begin([
      ['linear_swap', 'USDT', '100000'],
      ['linear_swap', 'BNB', '20'],
    ]);
    trade('1');
    // That release left the units of a fee in capital, too.
    const earlier = desk.journal
      .filter(({ payload }) => !payload.includes('"exchanged"'))
      .map((line) => {
        const { feeWorth: _, ...fields } = JSON.parse(line.payload) as JsonObject;
        return { ...line, payload: JSON.stringify(fields) };
      });
    desk.journal.splice(0, desk.journal.length, ...earlier);
    desk.state = desk.replayed();
    prices['BNB'] = '600';
    expect([realized(), today(), ofStrategy()]).toEqual(['-300', '-300', '-300']);
    read();
    expect([realized(), equity(), loss()]).toEqual(['-600', '105400', '600']);
    desk.at += DAY_MS;
    prices['BNB'] = '900';
    read();
    expect([realized(), equity(), loss()]).toEqual(['-600', '105400', '0']);
    // A later fee of the position is worth its own price, beside the earlier one.
    trade('1');
    expect([realized(), today(), ofStrategy()]).toEqual(['-1500', '-900', '-1500']);
  });
});
