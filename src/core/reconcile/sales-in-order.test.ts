import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Decimal, decimal } from '../decimal.ts';
import { asset, tradeId, venueClientOrderId, venueOrderId, type Asset } from '../ids.ts';
import type { Order } from '../order/order.ts';
import {
  ACCOUNT,
  accountRecord,
  balanceReport,
  Desk,
  fillOf,
  NO_LIMITS,
  SPOT,
  START,
} from '../testing/fixture.ts';
import { MOST_MOVES_KEPT, MOVES_KEPT_MS } from '../position/asset-moves.ts';
import type { VenueFill } from '../venue/report.ts';

const BTC = asset('BTC');

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
  desk.openAccount(null);
  desk.records([]);
  shows('0');
  desk.records([]);
});
afterEach(() => {
  desk.expectReplayEqual();
});

function shows(btc: string): void {
  desk.balances([balanceReport('spot', 'USDT', '1000000'), balanceReport('spot', 'BTC', btc)]);
}

/** An execution of others, so many milliseconds after the start. */
function others(
  side: 'buy' | 'sell',
  quantity: string,
  at: number,
  given: Partial<VenueFill> = {},
): VenueFill {
  return {
    symbol: SPOT,
    tradeId: tradeId(`x${at}`),
    venueOrderId: venueOrderId(`v${at}`),
    venueClientOrderId: venueClientOrderId('web'),
    side,
    positionSide: 'net',
    sequence: null,
    price: decimal('110'),
    quantity: decimal(quantity),
    fee: Decimal.zero,
    feeAsset: null,
    liquidity: 'taker',
    realizedPnl: null,
    executedAt: START + at,
    ...given,
  };
}

function ours(order: Order, quantity: string, at: number): VenueFill {
  return fillOf(order, `o${at}`, { quantity: decimal(quantity), executedAt: START + at });
}

function buy(quantity: string, at: number): void {
  desk.fills([ours(desk.open({ quantity: decimal(quantity) }), quantity, at)]);
}

/** An order that does not trade with our own on the other side. */
function placed(side: 'buy' | 'sell', quantity: string): Order {
  return desk.open({ side, quantity: decimal(quantity), price: decimal(side === 'buy' ? '90' : '110') });
}

const position = () => desk.state.positions.get(`${ACCOUNT} ${SPOT}`);
const held = (): string | undefined => position()?.netQuantity.toString();

describe('a position that a sale of others took is given back', () => {
  it('once an earlier purchase that covers the sale is listed, with what the sale had realised on it', () => {
    buy('5', 0);
    desk.fills([others('sell', '4', 20)]);
    expect([held(), position()?.realizedPnl.toString()]).toEqual(['1', '40']);
    const { events } = desk.fills([others('buy', '3', 10)]);
    expect(events.find(({ type }) => type === 'position_cut_changed')).toMatchObject({
      cut: { cutId: 'x20', quantity: decimal('1') },
      tradeId: tradeId('x10'),
    });
    expect([held(), position()?.realizedPnl.toString()]).toEqual(['4', '10']);
  });

  it('more than a minute of executions later too', () => {
    buy('5', 0);
    desk.fills([others('sell', '4', 20)]);
    buy('1', 90_000);
    desk.fills([others('buy', '4', 10)]);
    expect(held()).toBe('6');
  });

  it('once a deposit that covers the sale is listed', () => {
    buy('5', 0);
    desk.fills([others('sell', '4', 5_000)]);
    const deposit = { recordId: 'd1', kind: 'deposit', venueKind: 'deposit', wallet: 'spot' } as const;
    const given = { ...deposit, symbol: null, asset: BTC, at: START + 1_000 };
    desk.records([accountRecord({ ...given, amount: decimal('4') })]);
    expect(held()).toBe('5');
  });

  it('once the first comparison shows that the balances were taken over short', () => {
    buy('5', 0);
    desk.fills([others('sell', '4', 20), others('sell', '1', 30)]);
    expect(held()).toBe('0');
    shows('3');
    expect(held()).toBe('3');
  });

  it('where later sales were listed before it, by the purchases before those', () => {
    buy('5', 0);
    desk.fills([others('buy', '4', 10), others('sell', '4', 50)]);
    expect(held()).toBe('5');
    // In their order: the purchase of before covers this one, and that of 40 the one at 50.
    desk.fills([others('sell', '4', 20)]);
    expect(held()).toBe('1');
    desk.fills([others('buy', '4', 40)]);
    expect(held()).toBe('5');
  });
});

describe('a sale of ours that is listed before its purchase', () => {
  /** Each by what it is and when it was executed, in the order that they become known in. */
  function arrive(
    ...executions: readonly (readonly ['ours' | 'others', 'buy' | 'sell', string, number])[]
  ): void {
    // Enough to place every order; the executions are counted from what is there by then.
    shows('1000');
    const fills = executions.map(([owner, side, quantity, at]) =>
      owner === 'ours' ? ours(placed(side, quantity), quantity, at) : others(side, quantity, at),
    );
    shows('1');
    for (const fill of fills) desk.fills([fill]);
  }

  it('counts as one of inventory, which the purchase gives back to what an earlier sale of others took', () => {
    arrive(
      ['ours', 'sell', '2', 30],
      ['ours', 'buy', '1', 0],
      ['others', 'sell', '1', 10],
      ['ours', 'buy', '2', 20],
    );
    expect(held()).toBe('1');
  });

  it('does so beside purchases and sales of others', () => {
    arrive(
      ['others', 'buy', '1', 0],
      ['ours', 'sell', '1', 50],
      ['others', 'sell', '1', 20],
      ['others', 'sell', '1', 30],
      ['ours', 'buy', '1', 10],
      ['ours', 'buy', '1', 40],
    );
    expect(held()).toBe('1');
  });

  it('does so where a late sale of ours leaves it without cover', () => {
    arrive(
      ['ours', 'buy', '1', 25],
      ['ours', 'sell', '1', 30],
      ['ours', 'sell', '1', 27],
      ['others', 'sell', '1', 10],
      ['ours', 'buy', '1', 0],
      ['ours', 'buy', '1', 28],
    );
    expect(held()).toBe('1');
  });

  it('gives nothing back of what a sale of others took before it was known', () => {
    buy('1', 0);
    desk.fills([others('sell', '1', 10), others('buy', '1', 20)]);
    const order = placed('sell', '1');
    const later = placed('buy', '1');
    desk.fills([ours(order, '1', 40)]);
    desk.fills([ours(later, '1', 30)]);
    expect(held()).toBe('0');
  });
});

describe('a position stays taken', () => {
  beforeEach(() => {
    buy('5', 0);
    desk.fills([others('sell', '4', 20)]);
  });
  it('where the purchase was after the sale', () => {
    desk.fills([others('buy', '4', 30)]);
    expect(held()).toBe('1');
  });
  it('where a late purchase of ours adds to the position all that it brings', () => {
    desk.fills([others('buy', '4', 30)]);
    buy('3', 10);
    // 5 and 3 less 4; the 4 that others bought since stay inventory.
    expect(held()).toBe('4');
  });
  it('where the deposit came after the sale', () => {
    const deposit = { recordId: 'd1', kind: 'deposit', venueKind: 'deposit', wallet: 'spot' } as const;
    const given = { ...deposit, symbol: null, asset: BTC, at: START + 1_000 };
    desk.records([accountRecord({ ...given, amount: decimal('4') })]);
    expect(held()).toBe('1');
  });
  it('where a comparison finds more on an account that had been compared before', () => {
    desk.positions([]);
    const reading = { mode: 'paper', prices: [], joinable: [ACCOUNT], first: null } as const;
    desk.run({ type: 'equity_reading', ...reading, limits: NO_LIMITS });
    desk.at += 1_000;
    shows('1');
    desk.at += 1_000;
    shows('9');
    expect(held()).toBe('1');
  });
});

describe('the moves that are kept', () => {
  /** The rest of a position of 5 from which a sale took 4, once a purchase of 4 from just before the sale is known. */
  function leftAfter(between: () => void): string | undefined {
    buy('5', 0);
    desk.fills([others('sell', '4', 20)]);
    between();
    desk.fills([others('buy', '4', 10)]);
    return held();
  }

  it('reach back as far as the bound says', () => {
    expect(leftAfter(() => void desk.fills([others('buy', '1', 20 + MOVES_KEPT_MS)]))).toBe('5');
  });

  it('reach back no further', () => {
    expect(leftAfter(() => void desk.fills([others('buy', '1', 21 + MOVES_KEPT_MS)]))).toBe('1');
  });

  it.each([
    ['all that may be kept are', MOST_MOVES_KEPT - 1, '5'],
    ['one more is not', MOST_MOVES_KEPT, '1'],
  ])('%s', (_name, count, left) => {
    const more = Array.from({ length: count }, (_one, index) => others('buy', '0.001', 30 + index));
    expect(leftAfter(() => void desk.fills(more))).toBe(left);
  });
});

describe('a reading that holds executions which are listed later', () => {
  const reading = (btc: string): void => {
    desk.at += 1_000;
    shows(btc);
  };

  it('takes nothing of a position: what it found is theirs', () => {
    buy('5', 0);
    desk.fills([others('buy', '4', 10)]);
    reading('9');
    // Another 3 came at 500, and 7 went at 600: the reading shows it, and then the sale is listed first.
    reading('5');
    desk.fills([others('sell', '7', 600)]);
    desk.fills([others('buy', '3', 500)]);
    expect(held()).toBe('5');
    reading('5');
    expect(held()).toBe('5');
  });

  it('leaves a later sale the inventory that there is', () => {
    buy('5', 0);
    reading('5');
    // 4 came at 1,500 and are listed after the sale of 2,500.
    reading('9');
    desk.fills([others('sell', '4', 2_500)]);
    expect(held()).toBe('5');
    desk.fills([others('buy', '4', 1_500)]);
    expect(held()).toBe('5');
    reading('5');
    expect(held()).toBe('5');
  });
});

describe('a comparison during whose answer others trade', () => {
  /** Asked for at 1,000 and answered at 1,100, after an execution before it showed that the totals were taken over short. */
  function compared(btc: string): void {
    desk.fills([others('buy', '1', -10)]);
    readBetween(1_000, 1_100, btc);
    buy('5', 2_000);
  }
  function readBetween(asked: number, answered: number, btc: string): void {
    desk.at = START + answered;
    desk.run({
      type: 'balances',
      accountId: ACCOUNT,
      comparable: true,
      reports: [balanceReport('spot', 'USDT', '1000000'), balanceReport('spot', 'BTC', btc)],
      venueAskedAt: START + asked,
      holdings: {
        startedAt: desk.at,
        venueAt: desk.at,
        unsettled: new Set<Asset>(),
        marks: new Map(),
        leastSales: new Map(),
      },
    });
  }

  it.each([
    ['held none of their two purchases, as the next one shows', '2'],
    ['held the first of them', '5'],
    ['held both', '9'],
  ])('%s', (_name, atFirst) => {
    compared(atFirst);
    // 2 were there; 3 and 4 were bought while the comparison was answered, and are listed after it. 9 cover the sale.
    desk.fills([others('buy', '3', 1_050), others('buy', '4', 1_060)]);
    desk.fills([others('sell', '9', 3_000)]);
    readBetween(20_000, 20_100, '5');
    expect(held()).toBe('5');
  });

  it('leaves what came at the next one, which is none of them, to its own time', () => {
    compared('9');
    desk.fills([others('buy', '3', 1_050), others('buy', '4', 1_060)]);
    desk.fills([others('sell', '10', 3_000)]);
    // 1 more than there was went from the position, and 2 have come since.
    readBetween(20_000, 20_100, '6');
    expect(held()).toBe('4');
  });
});

const execution = fc.record({
  isOurs: fc.boolean(),
  side: fc.constantFrom('buy' as const, 'sell' as const),
  quantity: fc.integer({ min: 1, max: 5 }),
});

it('whatever the order in which executions arrive: the position is that of their own order', () => {
  fc.assert(
    fc.property(
      fc.array(execution, { maxLength: 14 }),
      fc.integer({ min: 0, max: 5 }),
      fc.infiniteStream(fc.nat()),
      (drawn, before, random) => {
        // In their own order nothing is sold that is not there.
        let total = before;
        let least = 0;
        const timeline = drawn.filter(({ isOurs, side, quantity }) => {
          if (side === 'sell' && quantity > total) return false;
          total += side === 'buy' ? quantity : -quantity;
          if (isOurs) least = side === 'buy' ? least + quantity : Math.max(0, least - quantity);
          else if (side === 'sell') least = Math.min(least, total);
          return true;
        });
        desk = new Desk();
        desk.openAccount(null);
        shows('1000');
        const fills = timeline.map(({ isOurs, side, quantity }, index) => {
          const size = String(quantity);
          return isOurs ? ours(placed(side, size), size, index * 10) : others(side, size, index * 10);
        });
        shows(String(before));
        const arrivals = fills.map((fill) => ({ fill, at: random.next().value ?? 0 }));
        for (const { fill } of arrivals.toSorted((one, other) => one.at - other.at)) desk.fills([fill]);
        // A late sale of ours of what was there before leaves a position of more than is held: the next reading cuts it.
        desk.at += 60_000;
        const reading = { startedAt: desk.at, venueAt: desk.at, unsettled: new Set<Asset>() };
        desk.run({
          type: 'balances',
          accountId: ACCOUNT,
          comparable: true,
          reports: [balanceReport('spot', 'BTC', String(total))],
          holdings: { ...reading, marks: new Map(), leastSales: new Map() },
        });
        const shown = position()?.netQuantity ?? Decimal.zero;
        expect(shown.toString()).toBe(String(least));
      },
    ),
    { numRuns: 3000 },
  );
});
