import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Decimal, decimal } from '../decimal.ts';
import { asset, instrumentSymbol, tradeId, venueClientOrderId, venueOrderId, type Asset } from '../ids.ts';
import { instrumentKey } from '../portfolio/keys.ts';
import { heldTotal } from '../reconcile/holdings.ts';
import type { AccountRecordKind } from '../venue/account-record.ts';
import {
  ACCOUNT,
  accountRecord,
  balanceReport,
  Desk,
  NO_LIMITS,
  setting,
  SPOT,
  SWAP_INSTRUMENT,
} from '../testing/fixture.ts';
import type { VenueFill } from '../venue/report.ts';
import type { FirstDatum } from './ladder.ts';
import { dailyLossOf, drawdownOf } from './equity.ts';

const BTC = asset('BTC');
const USDT = asset('USDT');
const LIMITS = { ...NO_LIMITS, maxDrawdown: decimal('0.3') };

let desk: Desk;
let count: number;
beforeEach(() => {
  count = 0;
});
afterEach(() => {
  desk.expectReplayEqual();
});

/** An account with USDT and BTC on spot that has joined with BTC at 100. */
function joined(usdt: string, btc: string): void {
  desk = new Desk();
  desk.openAccount(null);
  desk.records([]);
  shows(usdt, btc);
  desk.positions([]);
  desk.records([]);
  read('100');
}

function shows(usdt: string, btc: string): void {
  desk.balances([balanceReport('spot', 'USDT', usdt), balanceReport('spot', 'BTC', btc)]);
}

/** A reading five seconds later, and the second one that a step asks for. */
function read(btc: string): void {
  desk.at += 5_000;
  const price = decimal(btc);
  const once = (first: FirstDatum | null): FirstDatum | null => {
    const prices = [
      { key: 'BTC', price, at: desk.at },
      { key: instrumentKey(ACCOUNT, SPOT), price, at: desk.at },
    ];
    const reading = { mode: 'paper', prices, joinable: [ACCOUNT], first, limits: LIMITS } as const;
    const { reply } = desk.run({ type: 'equity_reading', ...reading });
    return reply.kind === 'equity' ? reply.second : null;
  };
  const second = once(null);
  if (second === null) return;
  desk.at += 300;
  once(second);
}

const name = (): string => `n${(count += 1)}`;

function record(kind: AccountRecordKind, of: Asset, amount: string, recordId = name()): void {
  desk.at += 1_000;
  const given = { recordId, kind, venueKind: kind, wallet: 'spot', symbol: null, at: desk.at } as const;
  desk.records([accountRecord({ ...given, asset: of, amount: decimal(amount) })]);
}

function own(side: 'buy' | 'sell', quantity: string, price: string): void {
  const order = desk.open({ side, quantity: decimal(quantity), price: decimal('100') });
  desk.fill(order, name(), { price: decimal(price), executedAt: desk.at });
}

function external(side: 'buy' | 'sell', quantity: string, price: string, fee: Partial<VenueFill> = {}): void {
  const id = name();
  desk.fills([
    {
      symbol: SPOT,
      tradeId: tradeId(id),
      venueOrderId: venueOrderId(`v-${id}`),
      venueClientOrderId: venueClientOrderId('web'),
      side,
      positionSide: 'net',
      sequence: null,
      price: decimal(price),
      quantity: decimal(quantity),
      fee: Decimal.zero,
      feeAsset: null,
      liquidity: 'taker',
      realizedPnl: null,
      executedAt: desk.at,
      ...fee,
    },
  ]);
}

function adopt(quantity: string, mark: string): void {
  desk.run({
    type: 'adopt_holdings',
    accountId: ACCOUNT,
    symbol: SPOT,
    setting: setting(),
    quantity: decimal(quantity),
    costBasis: decimal('40'),
    mark: decimal(mark),
    venueAt: desk.at,
    requestedBy: 'ann',
    why: 'bought in March',
    idempotency: null,
  });
}

const figures = (): Record<string, string | undefined> => ({
  current: desk.equity?.current.toString(),
  loss: dailyLossOf(desk.equity, desk.at, 'low').toString(),
  drawdown: drawdownOf(desk.equity, 'low').toString(),
  step: desk.ladder.step,
});
const holdings = (): readonly string[] =>
  (desk.state.capitals.get(ACCOUNT)?.holdings ?? []).map((one) =>
    [one.asset, one.amount, one.worth].join(' '),
  );

describe('inventory that leaves takes out of the equity what it came in with', () => {
  it('after a rise: what is left is worth what is held, and a small loss takes no step', () => {
    joined('1000', '20');
    read('160');
    record('withdrawal', BTC, '-20');
    read('160');
    expect(figures()).toEqual({ current: '1000', loss: '0', drawdown: '0', step: 'none' });
    own('buy', '1', '100');
    own('sell', '1', '99');
    read('160');
    expect(figures()).toEqual({ current: '999', loss: '1', drawdown: '0.001', step: 'none' });
  });

  it('after a fall: a loss of half of what is left is seen', () => {
    joined('1000', '1000');
    read('50');
    record('withdrawal', BTC, '-1000');
    read('50');
    expect(figures()).toMatchObject({ current: '1000', loss: '0' });
    own('buy', '5', '150');
    own('sell', '5', '50');
    read('50');
    expect(figures()).toEqual({ current: '500', loss: '500', drawdown: '0.5', step: 'flatten' });
  });

  it('in part, at the average of what came in at several prices', () => {
    joined('1000', '10');
    read('160');
    record('deposit', BTC, '10');
    expect(holdings()).toEqual(['BTC 20 2600']);
    record('withdrawal', BTC, '-5');
    read('300');
    expect(holdings()).toEqual(['BTC 15 1950']);
    expect(figures()).toMatchObject({ current: '2950', loss: '0' });
  });

  it('together with a position, which takes out what it is worth now', () => {
    joined('1000', '10');
    own('buy', '5', '100');
    read('160');
    record('withdrawal', BTC, '-15');
    expect(holdings()).toEqual(['BTC -5 -800']);
    desk.run({
      type: 'balances',
      accountId: ACCOUNT,
      comparable: true,
      reports: [balanceReport('spot', 'USDT', '500'), balanceReport('spot', 'BTC', '0')],
      holdings: {
        startedAt: desk.at + 10_000,
        venueAt: desk.at,
        unsettled: new Set(),
        marks: new Map([[instrumentKey(ACCOUNT, SPOT), decimal('170')]]),
        leastSales: new Map(),
      },
    });
    read('170');
    expect(holdings()).toEqual([]);
    expect(figures()).toEqual({ current: '500', loss: '0', drawdown: '0', step: 'none' });
  });

  it('without a record: the loss is what the equity held, and no more', () => {
    joined('1000', '20');
    read('160');
    shows('1000', '0');
    expect(figures()).toMatchObject({ current: '1000', loss: '2000' });
    shows('1000', '20');
    expect(figures()).toMatchObject({ current: '3000', loss: '0' });
    expect(holdings()).toEqual(['BTC 20 2000']);
  });
});

describe('an account that leaves and joins again', () => {
  const rejoins = (): void => {
    const person = { accountId: ACCOUNT, requestedBy: 'ann', why: 'new keys' };
    desk.run({ type: 'detach_account', ...person });
    desk.run({ type: 'attach_account', ...person });
    read('100');
  };
  /** Funding of 0.5 BTC, of a swap that is quoted in the currency given. */
  const funded = (quote: Asset): void => {
    const symbol = instrumentSymbol('ETH/X:X');
    const kept = { ...setting(SWAP_INSTRUMENT), quote };
    const flat = { netQuantity: Decimal.zero, openCost: Decimal.zero };
    const position = { symbol, positionSide: 'net', setting: kept, ...flat } as const;
    desk.force({ type: 'positions_observed', accountId: ACCOUNT, positions: [position] });
    desk.at += 1_000;
    const funding = { wallet: 'spot', asset: BTC, amount: decimal('0.5'), symbol, at: desk.at } as const;
    desk.records([accountRecord({ recordId: name(), ...funding })]);
  };

  it.each([
    ['its position', BTC, { fundingTotal: '0.5', result: undefined }],
    ['the account, where the position is in another currency', USDT, { fundingTotal: '0', result: '0.5' }],
  ])('brings in no funding that is a result of %s', (_of, quote, where) => {
    joined('1000', '10');
    funded(quote);
    const swap = desk.state.positions.get(`${ACCOUNT} ETH/X:X`);
    const result = desk.state.accountResults.get(`${ACCOUNT} BTC`)?.amount.toString();
    expect({ fundingTotal: swap?.fundingTotal.toString(), result }).toEqual(where);
    rejoins();
    expect(holdings()).toEqual(['BTC 10 1000']);
    expect(figures()).toMatchObject({ current: '2050' });
  });
});

describe('inventory that becomes another asset', () => {
  it('by a conversion is no short position: a later rise of the price costs nothing', () => {
    joined('1000', '10');
    const { at } = desk;
    const given = { kind: 'conversion', venueKind: 'conversion', wallet: 'spot', symbol: null, at } as const;
    desk.records([
      accountRecord({ ...given, recordId: 'c BTC', asset: BTC, amount: decimal('-10') }),
      accountRecord({ ...given, recordId: 'c USDT', asset: USDT, amount: decimal('1000') }),
    ]);
    shows('2000', '0');
    read('100');
    expect(figures()).toEqual({ current: '2000', loss: '0', drawdown: '0', step: 'none' });
    for (let n = 0; n < 3; n += 1) read('200');
    expect(figures()).toEqual({ current: '2000', loss: '0', drawdown: '0', step: 'none' });
    expect(desk.state.unexplained).toEqual([]);
  });

  it('by a conversion into an asset without a price stands at what the other side was worth', () => {
    joined('1000', '10');
    const { at } = desk;
    const given = { kind: 'conversion', venueKind: 'conversion', wallet: 'spot', symbol: null, at } as const;
    desk.records([
      accountRecord({ ...given, recordId: 'c BTC', asset: BTC, amount: decimal('-10') }),
      accountRecord({ ...given, recordId: 'c XYZ', asset: asset('XYZ'), amount: decimal('7') }),
    ]);
    expect(holdings()).toEqual(['XYZ 7 1000']);
    read('200');
    expect(figures()).toMatchObject({ current: '2000', loss: '0' });
    expect(desk.equity?.uncertain).toBeNull();
  });

  it('by a conversion that a comparison has seen first is no loss', () => {
    joined('1000', '10');
    read('160');
    shows('2600', '0');
    expect(figures()).toMatchObject({ current: '1000', loss: '1000' });
    const { at } = desk;
    const given = { kind: 'conversion', venueKind: 'conversion', wallet: 'spot', symbol: null, at } as const;
    desk.records([
      accountRecord({ ...given, recordId: 'c BTC', asset: BTC, amount: decimal('-10') }),
      accountRecord({ ...given, recordId: 'c USDT', asset: USDT, amount: decimal('1600') }),
    ]);
    shows('2600', '0');
    read('160');
    expect(figures()).toMatchObject({ current: '2600', loss: '0', drawdown: '0' });
    expect(holdings()).toEqual([]);
  });

  it('by a sale of ours counts what it brought, and the rise before it is a flow', () => {
    joined('1000', '10');
    own('buy', '2', '100');
    read('160');
    own('sell', '12', '160');
    read('160');
    // 800 and 12 x 160; the position has made 120, inventory nothing.
    expect(figures()).toEqual({ current: '2720', loss: '0', drawdown: '0', step: 'none' });
    expect(desk.equity?.capital.toString()).toBe('2600');
    record('withdrawal', USDT, '-2720');
    read('300');
    expect(figures()).toMatchObject({ current: '0', loss: '0', drawdown: '0' });
  });

  it('by a sale of others counts what it brought, less their fee', () => {
    joined('1000', '10');
    external('sell', '10', '60', { fee: decimal('6'), feeAsset: USDT });
    read('60');
    expect(figures()).toEqual({ current: '1594', loss: '0', drawdown: '0', step: 'none' });
    external('buy', '1', '70', { fee: decimal('0.001'), feeAsset: BTC });
    expect(holdings()).toEqual(['BTC 0.999 70']);
  });

  it('by its adoption begins at the mark, and moves neither loss nor drawdown', () => {
    joined('1000', '10');
    read('160');
    adopt('10', '160');
    read('160');
    expect(figures()).toEqual({ current: '2600', loss: '0', drawdown: '0', step: 'none' });
    read('150');
    expect(figures()).toMatchObject({ current: '2500', loss: '100' });
  });

  it('by a sale that an earlier purchase turns out to cover is bought back at what it brought', () => {
    joined('1000', '10');
    const sold = desk.open({ side: 'sell', quantity: decimal('5'), price: decimal('160') });
    const bought = desk.open({ side: 'buy', quantity: decimal('5'), price: decimal('100') });
    desk.fill(sold, 'sold', { executedAt: desk.at + 20 });
    expect(holdings()).toEqual(['BTC 5 500']);
    desk.fill(bought, 'bought', { executedAt: desk.at + 10 });
    read('160');
    // 1,300 USDT and the BTC; the position has made 300.
    expect(holdings()).toEqual(['BTC 10 1300']);
    expect(figures()).toMatchObject({ current: '2600', loss: '0' });
  });

  it('an account that joined under an earlier release moves at the price of the moment', () => {
    desk = new Desk();
    desk.openAccount(null);
    desk.records([]);
    shows('1000', '20');
    desk.positions([]);
    desk.records([]);
    const brought = { capital: decimal('3000'), equity: decimal('3000'), baseline: decimal('3000') };
    desk.force({ type: 'capital_moved', accountId: ACCOUNT, mode: 'paper', cause: 'joined', ...brought });
    read('160');
    record('withdrawal', BTC, '-5');
    external('sell', '5', '160');
    read('160');
    expect(figures()).toMatchObject({ current: '2200', loss: '0' });
    expect(desk.state.capitals.get(ACCOUNT)?.holdings).toBeUndefined();
  });
});

/** One change of inventory or position, with the price of the moment. */
const step = fc.record({
  what: fc.constantFrom('own_buy', 'own_sell', 'others_buy', 'others_sell', 'deposit', 'withdrawal', 'adopt'),
  quantity: fc.integer({ min: 1, max: 6 }).map(String),
  price: fc.integer({ min: 50, max: 150 }).map(String),
});

it('whatever is traded, moved and adopted at whatever prices: what stands in capital and the position are what is held, and once all is sold the equity is the money', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      joined('10000', '10');
      for (const { what, quantity, price } of steps) {
        read(price);
        const held = heldTotal(desk.state, ACCOUNT, BTC);
        const isThere = decimal(quantity).atMost(held);
        if (what === 'own_buy') own('buy', quantity, price);
        else if (what === 'others_buy') external('buy', quantity, price);
        else if (what === 'deposit') record('deposit', BTC, quantity);
        else if (!isThere) continue;
        else if (what === 'own_sell') own('sell', quantity, price);
        else if (what === 'others_sell') external('sell', quantity, price);
        else if (what === 'withdrawal') record('withdrawal', BTC, `-${quantity}`);
        else adopt(quantity, price);
        read(price);
        const position = desk.state.positions.get(instrumentKey(ACCOUNT, SPOT))?.netQuantity ?? Decimal.zero;
        const standing = desk.state.capitals.get(ACCOUNT)?.holdings?.[0]?.amount ?? Decimal.zero;
        expect(standing.add(position).toString()).toBe(heldTotal(desk.state, ACCOUNT, BTC).toString());
      }
      const rest = heldTotal(desk.state, ACCOUNT, BTC);
      const position = desk.state.positions.get(instrumentKey(ACCOUNT, SPOT))?.netQuantity ?? Decimal.zero;
      if (position.greaterThan(rest)) return;
      if (rest.isPositive()) own('sell', rest.toString(), '77');
      read('300');
      const off = desk.equity?.current.subtract(heldTotal(desk.state, ACCOUNT, USDT)).abs();
      expect(off?.lessThan(decimal('0.000000000001'))).toBe(true);
    }),
    { numRuns: 200 },
  );
});
