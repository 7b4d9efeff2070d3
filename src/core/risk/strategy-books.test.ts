import { beforeEach, describe, expect, it } from 'vitest';
import { atMarks } from './equity.ts';
import { decimal } from '../decimal.ts';
import { asset, type OrderId } from '../ids.ts';
import {
  ACCOUNT,
  Desk,
  marketContext,
  NO_LIMITS,
  orderRequest,
  quoteAt,
  setting,
  SWAP,
  SWAP_INSTRUMENT,
} from '../testing/fixture.ts';
import { assetKey, instrumentKey } from '../portfolio/keys.ts';
import { NOTHING_SET, type SetLimits } from './limits.ts';
import type { Interval } from './valuation.ts';
import { review } from './review.ts';
import { resultOfStrategy } from './strategy-limits.ts';
import { MOST_STRATEGY_BOOKS, strategyFigures, strategyKey, type StrategyFigures } from './strategy-books.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

function trade(strategy: string | null, side: 'buy' | 'sell', quantity: string, price: string): void {
  const order = desk.open({
    symbol: SWAP,
    side,
    quantity: decimal(quantity),
    price: decimal(price),
    strategy,
  });
  desk.fill(order, `t-${order.orderId}`, { fee: decimal('0.1'), feeAsset: SWAP_INSTRUMENT.quote });
}

/** The figure, known exactly. */
function known(figure: Interval | null): string {
  if (figure === null || !figure.low.equals(figure.high)) throw new RangeError('not known exactly');
  return figure.low.toString();
}

function figuresAt(strategy: string, mark: string | null): StrategyFigures {
  const book = [...desk.state.strategyBooks.values()].find((each) => each.strategy === strategy);
  if (book === undefined) throw new RangeError(`${strategy} has no book`);
  const marks = new Map(mark === null ? [] : [[instrumentKey(ACCOUNT, SWAP), decimal(mark)]]);
  return strategyFigures(book, desk.at, atMarks(marks), asset('USDT'));
}

function limit(figures: Partial<SetLimits>, strategy = 'grid', expectedVersion = 0): void {
  desk.run({
    type: 'change_limits',
    scope: { kind: 'strategy', strategy },
    expectedVersion,
    figures,
    requestedBy: 'ann',
    why: 'a trial',
  });
}

const refusalOf = (given: Parameters<Desk['refusalBy']>[1] = {}, mark = '100') => {
  const price = decimal(mark);
  const refusal = desk.refusalBy(
    'strategy_limits',
    { symbol: SWAP, strategy: 'grid', ...given },
    {
      limits: NO_LIMITS,
      quote: quoteAt(SWAP_INSTRUMENT, price, desk.at),
      marks: new Map([[instrumentKey(ACCOUNT, SWAP), price]]),
    },
  );
  return refusal === null ? null : [refusal.code, refusal.limit, refusal.actual];
};

describe('the books of strategies', () => {
  it('hold the fills of the orders that carry the tag, whatever the account holds', () => {
    trade('grid', 'buy', '3', '100');
    trade('trend', 'sell', '3', '110');
    trade(null, 'buy', '1', '100');
    trade('grid', 'sell', '1', '120');
    const figures = figuresAt('grid', '130');
    // 20 by closing one of three, less two fees of 0.1; 2 x 30 open.
    expect([figures.realized, figures.realizedToday, figures.unrealized].map(known)).toEqual([
      '19.8',
      '19.8',
      '60',
    ]);
    expect(known(figuresAt('trend', '130').unrealized)).toBe('-60');
    desk.expectReplayEqual();
  });

  it('do not know what is open without a mark', () => {
    trade('grid', 'buy', '3', '100');
    expect(figuresAt('grid', null).unrealized).toBeNull();
  });

  it('count what was realised today from 00:00 UTC', () => {
    trade('grid', 'buy', '2', '100');
    trade('grid', 'sell', '1', '90');
    desk.at += 86_400_000;
    expect(known(figuresAt('grid', '90').realizedToday)).toBe('0');
    trade('grid', 'sell', '1', '95');
    expect(known(figuresAt('grid', '90').realizedToday)).toBe('-5.1');
  });

  /** As many as fit, the first of them `flat`, with a loss, and the second one `held`. */
  function fillUp(): void {
    trade('flat', 'buy', '1', '100');
    trade('flat', 'sell', '1', '90');
    trade('held', 'buy', '1', '100');
    const books = desk.state.strategyBooks;
    const held = books.get(strategyKey('held', { accountId: ACCOUNT, symbol: SWAP, positionSide: 'net' }));
    if (held === undefined) throw new RangeError('held has no book');
    for (let n = 2; n < MOST_STRATEGY_BOOKS; n += 1) {
      const strategy = `s${n}`;
      books.set(strategyKey(strategy, held.position), { ...held, strategy });
    }
  }
  const names = (): readonly string[] =>
    [...desk.state.strategyBooks.values()].map(({ strategy }) => strategy);
  const limitAll = (): void => {
    for (const strategy of names()) limit({ maxDailyLoss: decimal('10') }, strategy);
  };

  it(`are ${MOST_STRATEGY_BOOKS} at most: where a limit measures all of them, none leaves and a further one is refused`, () => {
    fillUp();
    expect(refusalOf({ strategy: 'one-more' })).toBeNull();
    limitAll();
    expect(refusalOf({ strategy: 'one-more' })).toEqual(['strategy_books_limit', '1000', '1001']);
    expect(refusalOf({ strategy: 's2' })).toBeNull();
    expect(refusalOf({ strategy: 'one-more', reduceOnly: true, side: 'sell' })).toBeNull();
    expect(refusalOf({ strategy: 'flat' })).toEqual(['strategy_daily_loss_limit', '10', '10.2']);
  });

  it('make room by a flat one that has not moved today, whatever measures it', () => {
    fillUp();
    limitAll();
    desk.at += 86_400_000;
    expect(refusalOf({ strategy: 'one-more' })).toBeNull();
    limit({ maxDailyLoss: decimal('10') }, 's2', 1);
    trade('one-more', 'buy', '0.05', '100');
    expect([names().length, names().includes('flat'), names().includes('held')]).toEqual([
      MOST_STRATEGY_BOOKS,
      false,
      true,
    ]);
    // All are measured again, but for the new one.
    expect(refusalOf({ strategy: 'yet-another' })).toBeNull();
    expect(desk.state.strategyResultsForgottenAt).toBeNull();
  });

  it('leave without a limit on them, flat ones first; one that gets a limit on that day has a loss that is not known', () => {
    fillUp();
    limit({ maxDailyLoss: decimal('10') }, 'held');
    desk.at += 1;
    trade('more', 'buy', '0.05', '100');
    trade('and-more', 'buy', '0.05', '100');
    expect(['flat', 's2', 'held', 's3'].map((name) => names().includes(name))).toEqual([
      false,
      false,
      true,
      true,
    ]);
    limit({ maxDailyLoss: decimal('10') }, 'flat');
    desk.reopen();
    expect(refusalOf({ strategy: 'flat' })).toEqual(['strategy_daily_loss_limit', '10', 'unknown']);
    expect(refusalOf({ strategy: 'held' })).toBeNull();
    desk.at += 86_400_000;
    expect(refusalOf({ strategy: 'flat' })).toBeNull();
  });

  it('count those that orders on their way will need', () => {
    fillUp();
    // The flat one may leave on the next day in any case.
    for (const strategy of [...names().filter((name) => name !== 'flat'), 'waits'])
      limit({ maxDailyLoss: decimal('10') }, strategy);
    desk.at += 86_400_000;
    expect(refusalOf({ strategy: 'one-more' })).toBeNull();
    desk.open({ symbol: SWAP, strategy: 'waits' });
    expect(refusalOf({ strategy: 'waits' })).toBeNull();
    expect(refusalOf({ strategy: 'one-more' })).toEqual(['strategy_books_limit', '1000', '1001']);
  });
});

describe('the limits of a strategy', () => {
  it('bound its own position and orders in the worst case, not those of others', () => {
    trade(null, 'buy', '50', '100');
    limit({ maxPositionNotional: decimal('500') });
    trade('grid', 'buy', '3', '100');
    desk.open({ symbol: SWAP, strategy: 'grid' });
    expect(refusalOf({ quantity: decimal('1') })).toBeNull();
    expect(refusalOf({ quantity: decimal('1.001') })).toEqual(['strategy_position_limit', '500', '500.1']);
    expect(refusalOf({ quantity: decimal('9'), strategy: 'other' })).toBeNull();
  });

  it('count an order that is amended once: its successor takes its place', () => {
    limit({ maxPositionNotional: decimal('500') });
    const resting = desk.open({ symbol: SWAP, strategy: 'grid', quantity: decimal('4') });
    const price = decimal('100');
    const context = marketContext({
      at: desk.at,
      instrument: SWAP_INSTRUMENT,
      limits: NO_LIMITS,
      quote: quoteAt(SWAP_INSTRUMENT, price, desk.at),
      marks: new Map([[instrumentKey(ACCOUNT, SWAP), price]]),
    });
    const wished = orderRequest({ symbol: SWAP, strategy: 'grid', quantity: decimal('5') });
    const codes = (excluding: OrderId | null) =>
      review(desk.state, wished, setting(SWAP_INSTRUMENT), context, excluding).refusals.map(
        ({ code }) => code,
      );
    expect(codes(null)).toContain('strategy_position_limit');
    expect(codes(resting.orderId)).not.toContain('strategy_position_limit');
  });

  it('never deny the way out of its own position', () => {
    limit({ maxPositionNotional: decimal('100'), maxDailyLoss: decimal('10') });
    trade('grid', 'buy', '1', '100');
    trade('trend', 'sell', '1', '100');
    expect(refusalOf({ side: 'sell', quantity: decimal('1') }, '200')).toBeNull();
  });

  it('bound its own open orders', () => {
    limit({ maxOpenOrders: 1 });
    expect(refusalOf()).toBeNull();
    desk.open({ symbol: SWAP, strategy: 'grid' });
    expect(refusalOf()).toEqual(['strategy_open_orders_limit', '1', '2']);
    expect(refusalOf({ strategy: null })).toBeNull();
  });

  it('bound what it loses in a day: realised, and open at a loss', () => {
    limit({ maxDailyLoss: decimal('10') });
    trade('grid', 'buy', '1', '100');
    expect(refusalOf({}, '90.2')).toBeNull();
    expect(refusalOf({}, '90.1')).toEqual(['strategy_daily_loss_limit', '10', '10']);
    // An open gain makes up for nothing.
    trade('grid', 'buy', '1', '100');
    trade('grid', 'sell', '1', '90');
    expect(refusalOf({}, '150')).toEqual(['strategy_daily_loss_limit', '10', '10.3']);
  });

  it('count a loss at the end of the rate that costs more, and a gain at the other', () => {
    limit({ maxDailyLoss: decimal('10') });
    trade('grid', 'buy', '1', '100');
    const rate = { low: decimal('0.9'), high: decimal('1.1') };
    const lossAt = (mark: string): string | undefined => {
      const context = {
        marks: new Map([[instrumentKey(ACCOUNT, SWAP), decimal(mark)]]),
        oldMarks: new Set<string>(),
        baseCurrency: asset('EUR'),
        baseRates: new Map([[assetKey(ACCOUNT, SWAP_INSTRUMENT.quote), rate]]),
      };
      return resultOfStrategy(desk.state, 'grid', { at: desk.at, ...context })?.toString();
    };
    // 0.1 of fee, and what is open at a loss.
    expect(lossAt('90.1')).toBe('-11');
    trade('grid', 'sell', '1', '110.2');
    expect(lossAt('110.2')).toBe('9');
  });

  it('take no new risk while what it holds has no mark', () => {
    limit({ maxDailyLoss: decimal('10') });
    trade('grid', 'buy', '1', '100');
    const refusal = desk.refusalBy('strategy_limits', { strategy: 'grid' }, { marks: new Map() });
    expect([refusal?.code, refusal?.actual]).toEqual(['strategy_daily_loss_limit', 'unknown']);
  });

  it('take no new risk while the mark of what it holds is old, and never deny the way out', () => {
    limit({ maxDailyLoss: decimal('10') });
    trade('grid', 'buy', '1', '100');
    const oldMarks = new Set([instrumentKey(ACCOUNT, SWAP)]);
    const refusal = desk.refusalBy('strategy_limits', { symbol: SWAP, strategy: 'grid' }, { oldMarks });
    expect([refusal?.code, refusal?.actual]).toEqual(['strategy_daily_loss_limit', 'unknown']);
    const close = {
      symbol: SWAP,
      side: 'sell',
      quantity: decimal('1'),
      reduceOnly: true,
      strategy: 'grid',
    } as const;
    expect(desk.refusalBy('strategy_limits', close, { oldMarks })).toBeNull();
    expect(desk.refusalBy('strategy_limits', { symbol: SWAP }, { oldMarks })).toBeNull();
  });

  it('tighten each of its orders beside the limits of the account', () => {
    limit({ maxOrderNotional: decimal('50'), allowedSymbols: [] });
    const of = (strategy: string | null) =>
      desk.review({ symbol: SWAP, strategy }, { limits: NO_LIMITS }).refusals.map(({ code }) => code);
    expect(of('grid')).toEqual(['instrument_not_allowed', 'order_notional_limit']);
    expect(of(null)).toEqual([]);
    expect(desk.state.storedLimits.get('strategy grid')?.limits).toEqual({
      ...NOTHING_SET,
      maxOrderNotional: decimal('50'),
      allowedSymbols: [],
    });
  });
});
