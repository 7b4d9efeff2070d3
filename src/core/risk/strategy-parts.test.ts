/**
 * Books of strategies, after their positions were closed without a tag. The property holds them against a model that
 * moves one unit at a time.
 */
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { Decimal, decimal } from '../decimal.ts';
import { asset, tradeId, venueClientOrderId, venueOrderId } from '../ids.ts';
import type { PositionSide, Side } from '../order/terms.ts';
import { Draft } from '../portfolio/draft.ts';
import { instrumentKey, positionKey } from '../portfolio/keys.ts';
import { ACCOUNT, Desk, SPOT, SWAP } from '../testing/fixture.ts';
import { atMarks } from './equity.ts';
import { booksOn, strategyFigures, strategyKey } from './strategy-books.ts';
import { resultOfStrategy } from './strategy-limits.ts';
import { middleOf } from './valuation.ts';

let desk: Desk;
let trades = 0;
beforeEach(() => {
  desk = Desk.funded();
});

interface Trade {
  readonly strategy?: string | null;
  readonly side: Side;
  readonly quantity: number | string;
  readonly price?: string;
  readonly symbol?: typeof SPOT;
  readonly positionSide?: PositionSide;
  readonly reduceOnly?: boolean;
}

/** An order of ours that fills at once. */
function trade({ side, quantity, price = '100', ...more }: Trade): void {
  desk.at += 1;
  const { symbol = SWAP, strategy = null, positionSide = 'net', reduceOnly = false } = more;
  const size = decimal(String(quantity));
  const order = desk.open({
    symbol,
    side,
    positionSide,
    reduceOnly,
    quantity: size,
    price: decimal(price),
    strategy,
  });
  desk.fill(order, `t-${order.orderId}`, { executedAt: desk.at });
}

/** An execution of an order that was not placed here: a liquidation, or a trade in the exchange's own app. */
function external({ side, quantity, price = '100', symbol = SWAP, positionSide = 'net' }: Trade): void {
  desk.at += 1;
  trades += 1;
  desk.fills([
    {
      symbol,
      tradeId: tradeId(`e-${trades}`),
      venueOrderId: venueOrderId(`other-${trades}`),
      venueClientOrderId: venueClientOrderId(`web-${trades}`),
      side,
      positionSide,
      sequence: null,
      price: decimal(price),
      quantity: decimal(String(quantity)),
      fee: decimal('0'),
      feeAsset: null,
      liquidity: 'taker',
      realizedPnl: null,
      executedAt: desk.at,
    },
  ]);
}

function emit(event: Parameters<Draft['emit']>[0]): void {
  const draft = new Draft(desk.state, desk.at);
  draft.emit(event);
}

const heldBy = (strategy: string, symbol = SWAP, side: PositionSide = 'net'): string =>
  desk.state.strategyBooks
    .get(strategyKey(strategy, { accountId: ACCOUNT, symbol, positionSide: side }))
    ?.position.netQuantity.toString() ?? 'no book';

const realizedBy = (strategy: string, symbol = SWAP): string =>
  desk.state.strategyBooks
    .get(strategyKey(strategy, { accountId: ACCOUNT, symbol, positionSide: 'net' }))
    ?.position.realizedPnl.toString() ?? 'no book';

const grid = { strategy: 'grid' };
const trend = { strategy: 'trend' };
const spot = { symbol: SPOT };

describe('what closes a position without a tag', () => {
  it('leaves no strategy with a position that is gone, and realises its result', () => {
    trade({ ...grid, side: 'buy', quantity: 3 });
    trade({ side: 'sell', quantity: 3, price: '110', reduceOnly: true });
    expect([heldBy('grid'), realizedBy('grid')]).toEqual(['0', '30']);
    desk.expectReplayEqual();
  });

  it('takes the untagged part first, then the strategies from the one that traded longest ago', () => {
    trade({ ...grid, side: 'buy', quantity: 3 });
    trade({ ...trend, side: 'buy', quantity: 2 });
    trade({ side: 'buy', quantity: 1 });
    trade({ side: 'sell', quantity: 1, reduceOnly: true });
    expect([heldBy('grid'), heldBy('trend')]).toEqual(['3', '2']);
    trade({ side: 'sell', quantity: 4, reduceOnly: true });
    expect([heldBy('grid'), heldBy('trend')]).toEqual(['0', '1']);
    desk.expectReplayEqual();
  });

  it('may be a liquidation, a sale of others, a cut or a reading of the exchange', () => {
    trade({ ...grid, side: 'buy', quantity: 3 });
    external({ side: 'sell', quantity: 3, price: '90' });
    expect([heldBy('grid'), realizedBy('grid')]).toEqual(['0', '-30']);

    desk = Desk.funded('1000000', '0');
    trade({ ...grid, ...spot, side: 'buy', quantity: 3 });
    external({ ...spot, side: 'sell', quantity: 1, price: '110' });
    expect([heldBy('grid', SPOT), realizedBy('grid', SPOT)]).toEqual(['2', '10']);
    const cut = { cutId: 'c1', reason: 'not_held', quantity: decimal('0.5'), price: decimal('120') } as const;
    const setting = { accountId: ACCOUNT, symbol: SPOT };
    emit({
      type: 'position_cut',
      ...setting,
      cut: { ...cut, executedAt: desk.at },
      positionPnl: decimal('10'),
    });
    expect([heldBy('grid', SPOT), realizedBy('grid', SPOT)]).toEqual(['1.5', '20']);
    // The execution that explains the cut gives back what it took.
    emit({
      type: 'position_cut_replaced',
      ...setting,
      cutId: 'c1',
      quantity: decimal('0.5'),
      tradeId: tradeId('late'),
      balances: [],
    });
    expect([heldBy('grid', SPOT), realizedBy('grid', SPOT)]).toEqual(['2', '10']);

    desk = Desk.funded();
    desk.positions([]);
    trade({ ...grid, side: 'buy', quantity: 3 });
    desk.positions([{ quantity: decimal('1'), entryPrice: decimal('100'), markPrice: decimal('105') }]);
    expect([heldBy('grid'), realizedBy('grid')]).toEqual(['1', '10']);
  });

  it('is given back where a cut is replaced: to the strategy that it took from last first, and no more than was replaced', () => {
    desk = Desk.funded('1000000', '0');
    trade({ ...grid, ...spot, side: 'buy', quantity: 1 });
    trade({ ...trend, ...spot, side: 'buy', quantity: 2 });
    const setting = { accountId: ACCOUNT, symbol: SPOT };
    const cut = { cutId: 'c1', reason: 'not_held', quantity: decimal('2'), price: decimal('120') } as const;
    emit({
      type: 'position_cut',
      ...setting,
      cut: { ...cut, executedAt: desk.at },
      positionPnl: decimal('40'),
    });
    expect([heldBy('grid', SPOT), heldBy('trend', SPOT)]).toEqual(['0', '1']);
    const replace = (quantity: string): void =>
      emit({
        type: 'position_cut_replaced',
        ...setting,
        cutId: 'c1',
        quantity: decimal(quantity),
        tradeId: tradeId(`late-${quantity}`),
        balances: [],
      });
    replace('0.4');
    expect([heldBy('grid', SPOT), heldBy('trend', SPOT)]).toEqual(['0', '1.4']);
    replace('0.7');
    expect([heldBy('grid', SPOT), heldBy('trend', SPOT)]).toEqual(['0.1', '2']);
    expect([realizedBy('grid', SPOT), realizedBy('trend', SPOT)]).toEqual(['18', '0']);
  });

  it('comes after all that the book of a strategy knows of, also where it was executed before', () => {
    desk = Desk.funded('1000000', '0');
    trade({ ...grid, ...spot, side: 'buy', quantity: 1, price: '100' });
    const between = desk.at;
    desk.at += 10;
    trade({ ...grid, ...spot, side: 'buy', quantity: 1, price: '104' });
    const setting = { accountId: ACCOUNT, symbol: SPOT };
    const cut = { cutId: 'c1', reason: 'not_held', quantity: decimal('1'), price: decimal('110') } as const;
    emit({
      type: 'position_cut',
      ...setting,
      cut: { ...cut, executedAt: between },
      positionPnl: decimal('10'),
    });
    // The average of both, although the second purchase came after the cut.
    expect([heldBy('grid', SPOT), realizedBy('grid', SPOT)]).toEqual(['1', '8']);
  });

  it('has a result that is not known where a reading ends the position and no price is: no new risk on that day', () => {
    desk.positions([]);
    trade({ ...grid, side: 'buy', quantity: 3 });
    desk.positions([]);
    expect(heldBy('grid')).toBe('0');
    const [book] = booksOn(desk.state, positionKey(ACCOUNT, SWAP, 'net'));
    const context = { marks: new Map(), oldMarks: new Set<string>(), baseCurrency: asset('USDT') };
    const result = (at: number): string | null =>
      resultOfStrategy(desk.state, 'grid', { ...context, at, baseRates: new Map() })?.toString() ?? null;
    expect(book && strategyFigures(book, desk.at, atMarks(new Map()), asset('USDT')).realized).toBeNull();
    expect([result(desk.at), result(desk.at + 86_400_000)]).toEqual([null, '0']);
    desk.expectReplayEqual();
  });

  it('is not taken again where the execution that a reading has shown is listed afterwards', () => {
    desk.positions([]);
    trade({ ...grid, side: 'buy', quantity: 3 });
    const terms = { symbol: SWAP, ...grid, side: 'sell', quantity: decimal('3') } as const;
    const order = desk.open({ ...terms, price: decimal('110') });
    desk.at += 1;
    desk.positions([]);
    expect(heldBy('grid')).toBe('0');
    desk.fill(order, 'listed', { executedAt: desk.at });
    expect(heldBy('grid')).toBe('0');
    desk.expectReplayEqual();
  });

  it('closes what strategies hold against one another too, where it takes from them and nothing is left', () => {
    trade({ ...grid, side: 'buy', quantity: 3 });
    trade({ ...trend, side: 'sell', quantity: 1 });
    external({ side: 'sell', quantity: 1 });
    expect([heldBy('grid'), heldBy('trend')]).toEqual(['2', '-1']);
    external({ side: 'sell', quantity: 3 });
    expect([heldBy('grid'), heldBy('trend')]).toEqual(['0', '0']);
    expect(desk.state.positions.get(instrumentKey(ACCOUNT, SWAP))?.netQuantity.toString()).toBe('-2');
  });

  it('is the part of a reduce-only order, or of a spot sale, beyond the book of its own strategy', () => {
    trade({ ...grid, side: 'buy', quantity: 3 });
    trade({ ...trend, side: 'buy', quantity: 1 });
    trade({ ...trend, side: 'sell', quantity: 3, price: '110', reduceOnly: true });
    expect([heldBy('grid'), heldBy('trend')]).toEqual(['1', '0']);
    expect([realizedBy('grid'), realizedBy('trend')]).toEqual(['20', '10']);
    // Without the flag it opens a short part of its own.
    trade({ ...trend, side: 'sell', quantity: 1 });
    expect([heldBy('grid'), heldBy('trend')]).toEqual(['1', '-1']);

    trade({ ...grid, ...spot, side: 'buy', quantity: 3 });
    trade({ ...trend, ...spot, side: 'sell', quantity: 2, price: '110' });
    expect([heldBy('grid', SPOT), realizedBy('grid', SPOT)]).toEqual(['1', '20']);
    desk.expectReplayEqual();
  });

  it('takes from the book at the price, not at the amount that the exchange has moved for all of the execution', () => {
    trade({ ...grid, side: 'buy', quantity: 3 });
    trade({ ...trend, side: 'buy', quantity: 1 });
    desk.at += 1;
    const order = desk.open({
      symbol: SWAP,
      ...trend,
      side: 'sell',
      reduceOnly: true,
      quantity: decimal('3'),
      price: decimal('110'),
    });
    desk.fill(order, 'rounded', { quoteQuantity: decimal('329.99'), executedAt: desk.at });
    expect([heldBy('grid'), heldBy('trend')]).toEqual(['1', '0']);
    expect([realizedBy('grid'), realizedBy('trend')]).toEqual(['20', '10']);
    desk.expectReplayEqual();
  });

  it('never opens anything for a strategy: what opens or turns over without a tag is untagged', () => {
    trade({ ...grid, side: 'buy', quantity: 1 });
    trade({ side: 'sell', quantity: 4 });
    expect(heldBy('grid')).toBe('0');
    trade({ ...grid, side: 'buy', quantity: 1 });
    expect(heldBy('grid')).toBe('1');
  });
});

/** Whole units of one position, moved one by one. */
class Model {
  position = 0;
  untagged = 0;
  /** The one that filled longest ago first. */
  readonly books = new Map<string, number>();
  readonly canTurnOver: boolean;
  readonly isOneWay: 'long' | 'short' | null;

  constructor(kind: Kind) {
    this.canTurnOver = kind === 'net';
    this.isOneWay = kind === 'net' ? null : kind === 'short' ? 'short' : 'long';
  }

  fill(strategy: string | null, side: Side, quantity: number, reduces: boolean): void {
    const unit = side === 'buy' ? 1 : -1;
    if (strategy !== null) {
      const held = this.books.get(strategy) ?? 0;
      this.books.delete(strategy);
      this.books.set(strategy, held);
    }
    let hasTaken = false;
    for (let n = 0; n < quantity; n += 1) {
      const closes = this.position !== 0 && Math.sign(this.position) !== unit;
      if (!closes && this.isOneWay !== null && (this.isOneWay === 'long') !== (unit === 1)) return;
      const own = strategy === null ? 0 : (this.books.get(strategy) ?? 0);
      const isOwn = strategy !== null && (!closes || !reduces || (own !== 0 && Math.sign(own) !== unit));
      if (isOwn) this.books.set(strategy, own + unit);
      else if (!closes || (this.untagged !== 0 && Math.sign(this.untagged) !== unit)) this.untagged += unit;
      else {
        const giver = [...this.books].find(([, held]) => held !== 0 && Math.sign(held) !== unit);
        if (giver === undefined) throw new RangeError('nobody holds what is closed');
        this.books.set(giver[0], giver[1] + unit);
        hasTaken = true;
      }
      this.position += unit;
      // The rest of the same execution opens another position.
      if (this.position === 0 && hasTaken) {
        for (const name of this.books.keys()) this.books.set(name, 0);
        this.untagged = 0;
        hasTaken = false;
      }
    }
  }
}

type Kind = 'net' | 'spot' | 'long' | 'short';
const step = fc.record({
  strategy: fc.constantFrom(null, null, 'grid', 'trend', 'carry'),
  side: fc.constantFrom('buy' as const, 'sell' as const),
  quantity: fc.integer({ min: 1, max: 5 }),
  reduceOnly: fc.boolean(),
  isExternal: fc.boolean(),
});

describe('the books of strategies and the untagged part', () => {
  it.each<Kind>(['net', 'spot', 'long', 'short'])(
    'add up to the position after any sequence, each as large as its strategy still holds: %s',
    (kind) => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
          desk = Desk.funded('100000000', kind === 'spot' ? '1000' : '0');
          if (kind === 'long' || kind === 'short') desk.hedge();
          const model = new Model(kind);
          const symbol = kind === 'spot' ? SPOT : SWAP;
          const positionSide: PositionSide = kind === 'long' || kind === 'short' ? kind : 'net';
          for (const { strategy, side, quantity, reduceOnly, isExternal } of steps) {
            const closable = Math.max(0, side === 'sell' ? model.position : -model.position);
            const closing = kind === 'short' ? 'buy' : 'sell';
            const reduces = kind === 'net' ? reduceOnly && closable > 0 : side === closing;
            // An exchange would not execute more; and spot sales of others take inventory first.
            const size = kind !== 'spot' && reduces ? Math.min(quantity, closable) : quantity;
            if (size === 0 || (kind === 'spot' && isExternal)) continue;
            const wish = { side, quantity: size, symbol, positionSide };
            if (isExternal) external(wish);
            else trade({ ...wish, strategy, reduceOnly: kind === 'net' && reduces });
            model.fill(isExternal ? null : strategy, side, size, reduces);
            const key = positionKey(ACCOUNT, symbol, positionSide);
            const books = booksOn(desk.state, key);
            const position = desk.state.positions.get(key)?.netQuantity ?? Decimal.zero;
            const inBooks = books.reduce((sum, book) => sum.add(book.position.netQuantity), Decimal.zero);
            expect([position.toString(), position.subtract(inBooks).toString()]).toEqual([
              String(model.position),
              String(model.untagged),
            ]);
            expect(books.map((book) => [book.strategy, book.position.netQuantity.toString()])).toEqual(
              [...model.books].map(([name, held]) => [name, String(held)]),
            );
          }
          desk.expectReplayEqual();
        }),
        { numRuns: 150 },
      );
    },
    60_000,
  );
});

describe('results of strategies', () => {
  it('are those of their parts at the price of what closed them: together they are what the position made', () => {
    trade({ ...grid, side: 'buy', quantity: 2, price: '100' });
    trade({ ...trend, side: 'buy', quantity: 2, price: '104' });
    trade({ side: 'sell', quantity: 4, price: '105', reduceOnly: true });
    const made = booksOn(desk.state, positionKey(ACCOUNT, SWAP, 'net')).map((book) => {
      const { realized } = strategyFigures(book, desk.at, atMarks(new Map()), asset('USDT'));
      return realized === null ? null : middleOf(realized).toString();
    });
    expect(made).toEqual(['10', '2']);
    expect(desk.state.positions.get(instrumentKey(ACCOUNT, SWAP))?.realizedPnl.toString()).toBe('12');
  });
});
