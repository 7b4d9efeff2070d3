import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { asset } from '../ids.ts';
import { instrumentKey } from '../portfolio/keys.ts';
import { ACCOUNT, balanceReport, Desk, NO_LIMITS, SPOT, SWAP } from '../testing/fixture.ts';
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

function read(): void {
  desk.at += 5_000;
  desk.run({
    type: 'equity_reading',
    mode: 'paper',
    prices: Object.entries(prices).map(([key, price]) => ({ key, price: decimal(price), at: desk.at })),
    joinable: [ACCOUNT],
    first: null,
    limits: NO_LIMITS,
  });
}

function begin(balances: readonly (readonly ['spot' | 'linear_swap', string, string])[]): void {
  desk = new Desk();
  desk.openAccount(null);
  desk.records([]);
  desk.balances(balances.map(([wallet, of, total]) => balanceReport(wallet, of, total)));
  desk.positions([]);
  read();
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
});
