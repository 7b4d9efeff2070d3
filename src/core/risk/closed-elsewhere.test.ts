/** A position that is gone at the venue before the executions behind it are listed: its open result stays in the equity, once. */
import { beforeEach, describe, expect, it } from 'vitest';
import { Decimal, decimal } from '../decimal.ts';
import { asset, tradeId, venueClientOrderId, venueOrderId } from '../ids.ts';
import { instrumentKey } from '../portfolio/keys.ts';
import { decodeState, encodeState } from '../portfolio/snapshot.ts';
import { ACCOUNT, accountRecord, balanceReport, Desk, NO_LIMITS, SWAP } from '../testing/fixture.ts';
import { MOST_AWAITED } from '../position/awaited.ts';
import type { PositionSide } from '../order/terms.ts';
import { dailyLossOf, drawdownOf } from './equity.ts';
import { RETURNED_WITHIN_MS } from './unexplained.ts';

const USDT = asset('USDT');
const LIMITS = { ...NO_LIMITS, maxDrawdown: decimal('0.05') };

let desk: Desk;
let mark: string;
beforeEach(() => {
  desk = new Desk();
  mark = '100';
});

function wallet(total: string): void {
  desk.balances([balanceReport('linear_swap', 'USDT', total)]);
}

function position(quantity: string | null, positionSide: PositionSide = 'net', entry = '100'): void {
  desk.positions(
    quantity === null
      ? []
      : [
          {
            quantity: decimal(quantity),
            positionSide,
            entryPrice: decimal(entry),
            markPrice: decimal(mark),
          },
        ],
  );
}

function read(): void {
  desk.at += 5_000;
  const prices = ['USDT', instrumentKey(ACCOUNT, SWAP)].map((key) => ({
    key,
    price: decimal(key === 'USDT' ? '1' : mark),
    at: desk.at,
  }));
  const reading = { mode: 'paper', prices, joinable: [ACCOUNT], first: null, limits: LIMITS } as const;
  desk.run({ type: 'equity_reading', ...reading });
}

/** An account with 1,000 USDT that holds 5 at 100; the mark goes to `to` then. */
function holding(quantity: string, to: string, positionSide: PositionSide = 'net'): void {
  desk.openAccount(null);
  if (positionSide !== 'net') desk.hedge();
  desk.records([]);
  wallet('1000');
  position(quantity, positionSide);
  read();
  mark = to;
  read();
}

let trades = 0;
/** An execution that the venue lists now, of an order that was not placed here. */
function listed(
  side: 'buy' | 'sell',
  quantity: string,
  price: string,
  given: { realizedPnl?: string; fee?: string; executedAt?: number; positionSide?: PositionSide } = {},
): void {
  trades += 1;
  const { realizedPnl, fee = '0', executedAt = desk.at - 60_000, positionSide = 'net' } = given;
  desk.fills([
    {
      symbol: SWAP,
      tradeId: tradeId(`web ${trades}`),
      venueOrderId: venueOrderId(`v-${trades}`),
      venueClientOrderId: venueClientOrderId('web'),
      side,
      positionSide,
      sequence: null,
      price: decimal(price),
      quantity: decimal(quantity),
      fee: decimal(fee),
      feeAsset: USDT,
      liquidity: 'taker',
      realizedPnl: realizedPnl === undefined ? null : decimal(realizedPnl),
      executedAt,
    },
  ]);
}

const figures = (): readonly unknown[] => [
  desk.equity?.current.toString(),
  Number(dailyLossOf(desk.equity, desk.at, 'low').toString()),
  Number(drawdownOf(desk.equity, 'low').toString()),
  desk.ladder.step,
];
const swap = (side: PositionSide = 'net') =>
  [...desk.state.positions.values()].find(({ positionSide }) => positionSide === side);
const books = (): readonly unknown[] => [
  swap()?.netQuantity.toString(),
  swap()?.realizedPnl.toString(),
  desk.state.balances.get(`${ACCOUNT} linear_swap USDT`)?.total.toString(),
];
const changes = (): readonly string[] => desk.state.unexplained.map(({ amount }) => amount.toString());

describe('a position that others have closed, whose executions are not listed', () => {
  it.each([
    ['a gain', '5', '120', '1100'],
    ['a loss', '5', '80', '900'],
    ['the gain of a short', '-5', '80', '1100'],
    ['the loss of a short', '-5', '120', '900'],
  ])(
    'keeps %s in the equity, once, whichever of wallet and position is compared first',
    (_of, held, to, total) => {
      for (const order of ['wallet', 'position']) {
        desk = new Desk();
        mark = '100';
        holding(held, to);
        const before = figures();
        const peak = desk.equity?.peak.toString();
        if (order === 'wallet') wallet(total);
        position(null);
        wallet(total);
        read();
        expect(figures()).toEqual(before);
        expect(desk.equity?.current.toString()).toBe(total);
        expect(desk.equity?.peak.toString()).toBe(peak);
        expect(desk.equity?.low.toString()).toBe(desk.equity?.high.toString());
        wallet(total);
        position(null);
        read();
        expect(figures()).toEqual(before);
        expect(books()).toEqual(['0', String(Number(total) - 1000), total]);
        expect(changes()).toEqual([]);
        desk.expectReplayEqual();
      }
    },
  );

  it('shows both differences as cases all the same', () => {
    holding('5', '120');
    wallet('1100');
    position(null);
    expect([...desk.state.drift.values()].map(({ kind }) => kind)).toEqual(['balance', 'position']);
  });

  it('counts what the wallet has less than that as lost, and what it has more for nothing', () => {
    holding('5', '120');
    wallet('1090');
    position(null);
    wallet('1090');
    read();
    expect(figures()).toEqual(['1090', 0, 0.009091, 'none']);
    desk = new Desk();
    mark = '100';
    holding('5', '120');
    wallet('1110');
    position(null);
    wallet('1110');
    read();
    expect([figures(), changes()]).toEqual([['1100', 0, 0, 'none'], ['10']]);
  });

  it('is a loss where the wallet has not moved at all', () => {
    holding('5', '120');
    wallet('1000');
    position(null);
    read();
    wallet('1000');
    read();
    expect(desk.equity?.low.toString()).toBe('1000');
    expect(changes()).toEqual(['-100']);
  });

  it('closed in part: what is left stays open', () => {
    holding('5', '120');
    wallet('1040');
    position('3');
    read();
    expect(figures()).toEqual(['1100', 0, 0, 'none']);
    expect(books()).toEqual(['3', '40', '1040']);
    expect(swap()?.openCost.toString()).toBe('300');
    listed('sell', '2', '120', { realizedPnl: '40' });
    expect(books()).toEqual(['3', '40', '1040']);
  });

  it('closed and opened again between two readings: what the venue says of the rest counts', () => {
    holding('5', '120');
    wallet('1100');
    position('3', 'net', '120');
    read();
    expect(figures()).toEqual(['1100', 0, 0, 'none']);
    expect(books()).toEqual(['3', '100', '1100']);
    listed('sell', '5', '120', { realizedPnl: '100' });
    listed('buy', '3', '120');
    expect(books()).toEqual(['3', '100', '1100']);
    expect(swap()?.openCost.toString()).toBe('360');
  });

  it('turned over: the old position is realised and the new one stands at its entry', () => {
    holding('5', '120');
    wallet('1100');
    position('-2', 'net', '120');
    read();
    expect([figures(), books()]).toEqual([
      ['1100', 0, 0, 'none'],
      ['-2', '100', '1100'],
    ]);
    for (const quantity of ['1', '6'])
      listed('sell', quantity, '120', { realizedPnl: quantity === '1' ? '20' : '80' });
    expect(books()).toEqual(['-2', '100', '1100']);
    expect(swap()?.openCost.toString()).toBe('240');
  });

  it('one side of a hedged account leaves the other as it is', () => {
    holding('5', '120', 'long');
    wallet('1100');
    position(null);
    read();
    expect(figures()).toEqual(['1100', 0, 0, 'none']);
    listed('sell', '5', '121', { realizedPnl: '105', positionSide: 'long' });
    wallet('1105');
    read();
    expect([swap('long')?.realizedPnl.toString(), swap('short')]).toEqual(['105', undefined]);
    expect(figures()).toEqual(['1105', 0, 0, 'none']);
  });

  it('is no result where the account is taken over', () => {
    desk.openAccount(null);
    wallet('1000');
    position('5');
    expect(swap()?.awaited).toBeUndefined();
  });
});

describe('executions that are listed afterwards take the place of what was realised', () => {
  it.each([
    ['at the price it was realised at', '120', '0'],
    ['at a better price, less a fee', '123', '0.3'],
    ['at a worse price, less a fee', '118', '0.3'],
  ])('%s', (_at, price, fee) => {
    const exact = Decimal.parse(price).subtract(decimal('100')).multiply(decimal('5'));
    const total = decimal('1000').add(exact).subtract(decimal(fee)).toString();
    holding('5', '120');
    wallet(total);
    position(null);
    wallet(total);
    read();
    listed('sell', '5', price, { realizedPnl: exact.toString(), fee });
    expect(books()).toEqual(['0', exact.toString(), total]);
    read();
    expect(desk.equity?.current.toString()).toBe(total);
    expect([changes(), swap()?.awaited]).toEqual([[], undefined]);
    wallet(total);
    position(null);
    read();
    expect(desk.equity?.current.toString()).toBe(total);
    expect(changes()).toEqual([]);
    desk.expectReplayEqual();
  });

  it('in parts, and without a figure of the venue', () => {
    holding('5', '120');
    wallet('1097');
    position(null);
    wallet('1097');
    read();
    listed('sell', '2', '119');
    listed('sell', '2', '120');
    expect(swap()?.awaited).toMatchObject([{ quantity: decimal('1'), realizedPnl: decimal('20') }]);
    listed('sell', '1', '119');
    expect(books()).toEqual(['0', '97', '1097']);
    read();
    expect(figures()).toEqual(['1097', 0, 0.002728, 'none']);
    expect(changes()).toEqual([]);
  });

  it('after a restart in between', () => {
    holding('5', '80');
    wallet('900');
    position(null);
    read();
    const restarted = decodeState(encodeState(desk.state));
    expect(restarted).toEqual(desk.state);
    expect([...restarted.positions.values()][0]?.awaited).toMatchObject([
      { side: 'sell', quantity: decimal('5'), quoteQuantity: decimal('400'), realizedPnl: decimal('-100') },
    ]);
    desk.expectReplayEqual();
    desk.at += 3_600_000;
    listed('sell', '5', '80', { realizedPnl: '-100', executedAt: desk.at - 3_700_000 });
    read();
    expect([desk.equity?.current.toString(), ...books()]).toEqual(['900', '0', '-100', '900']);
  });

  it('one that was executed after the reading opens a position of its own', () => {
    holding('5', '120');
    wallet('1100');
    position(null);
    listed('sell', '1', '120', { executedAt: desk.at });
    expect(swap()?.netQuantity.toString()).toBe('0');
    listed('sell', '1', '120', { executedAt: desk.at + 1 });
    expect(swap()?.netQuantity.toString()).toBe('-1');
  });

  it('one of an order of ours, whose strategy has no position of the other side then', () => {
    desk.openAccount(null);
    desk.records([]);
    wallet('1000');
    position(null);
    const entry = desk.open({ symbol: SWAP, quantity: decimal('5'), strategy: 'grid' });
    desk.fill(entry, 'in', { price: decimal('100'), executedAt: desk.at });
    read();
    mark = '120';
    read();
    const exit = desk.open({ symbol: SWAP, side: 'sell', quantity: decimal('5'), strategy: 'grid' });
    wallet('1100');
    position(null);
    read();
    desk.fill(exit, 'out', {
      price: decimal('120'),
      executedAt: desk.at - 5_000,
      realizedPnl: decimal('100'),
    });
    expect(books()).toEqual(['0', '100', '1100']);
    const [book] = [...desk.state.strategyBooks.values()];
    expect([book?.position.netQuantity.toString(), book?.position.realizedPnl.toString()]).toEqual([
      '0',
      '100',
    ]);
    read();
    expect(figures()).toEqual(['1100', 0, 0, 'none']);
    desk.expectReplayEqual();
  });

  it.each([
    [MOST_AWAITED, '0'],
    [MOST_AWAITED + 1, '-1'],
  ])('the first of %d changes that wait', (count, left) => {
    holding(String(count), '120');
    for (let n = 1; n <= count; n += 1) position(n === count ? null : String(count - n));
    expect(swap()?.awaited?.length).toBe(MOST_AWAITED);
    listed('sell', String(count), '120');
    expect(swap()?.netQuantity.toString()).toBe(left);
  });

  it.each([RETURNED_WITHIN_MS, RETURNED_WITHIN_MS + 1])(
    'a change of the wallet that was found %d ms before the position went',
    (ms) => {
      holding('5', '120');
      wallet('1099');
      desk.at += ms;
      position(null);
      const isFound = ms === RETURNED_WITHIN_MS;
      expect(changes()).toEqual(isFound ? [] : ['99']);
      expect(books()[2]).toBe(isFound ? '1100' : '1199');
    },
  );
});

describe('the charge of a liquidation that is listed afterwards', () => {
  it('counts once, beside the result', () => {
    holding('5', '80');
    wallet('896');
    position(null);
    wallet('896');
    read();
    expect(figures().slice(0, 2)).toEqual(['896', 104]);
    desk.records([
      accountRecord({
        recordId: 'clear',
        kind: 'liquidation_fee',
        venueKind: 'INSURANCE_CLEAR',
        asset: USDT,
        amount: decimal('-4'),
        symbol: SWAP,
        at: desk.at,
      }),
    ]);
    wallet('896');
    read();
    expect(figures().slice(0, 2)).toEqual(['896', 104]);
    expect([books(), changes()]).toEqual([['0', '-100', '896'], []]);
  });
});

describe('a position that a reading shows before its executions are listed', () => {
  it('is opened once', () => {
    holding('5', '100');
    position('8', 'net', '110');
    expect(swap()?.openCost.toString()).toBe('880');
    listed('buy', '3', '126');
    expect([swap()?.netQuantity.toString(), swap()?.openCost.toString()]).toEqual(['8', '878']);
    expect(swap()?.awaited).toBeUndefined();
  });

  it('and that was closed since: its price is a part of that result', () => {
    holding('5', '100');
    position(null);
    position('3', 'net', '100');
    listed('sell', '3', '110', { executedAt: desk.at + 1, realizedPnl: '27' });
    listed('buy', '3', '101', { executedAt: desk.at, realizedPnl: '0' });
    expect(books()).toEqual(['0', '27', '1027']);
  });
});
