/** Netting of parts that strategies hold against one another, and a property that holds books and positions against each other. */
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { Decimal, decimal } from '../decimal.ts';
import { asset, tradeId, venueClientOrderId, venueOrderId } from '../ids.ts';
import type { Side } from '../order/terms.ts';
import { instrumentKey } from '../portfolio/keys.ts';
import { ACCOUNT, Desk, SPOT, SWAP } from '../testing/fixture.ts';
import { atMarks } from './equity.ts';
import { offsettingParts, positionsToNet, type NettingReply } from './strategy-netting.ts';
import { booksOn, strategyFigures } from './strategy-books.ts';
import { middleOf } from './valuation.ts';

const KEY = instrumentKey(ACCOUNT, SWAP);
let desk: Desk;
let trades = 0;
beforeEach(() => {
  desk = Desk.funded();
});

function trade(
  strategy: string | null,
  side: Side,
  quantity: number,
  price = '100',
  reduceOnly = false,
): void {
  desk.at += 1;
  const order = desk.open({
    symbol: SWAP,
    side,
    reduceOnly,
    quantity: decimal(String(quantity)),
    price: decimal(price),
    strategy,
  });
  desk.fill(order, `t-${order.orderId}`, { executedAt: desk.at });
}

/** A trade of somebody else on the account. */
function external(side: Side, quantity: number): void {
  desk.at += 1;
  trades += 1;
  desk.fills([
    {
      symbol: SWAP,
      tradeId: tradeId(`e-${trades}`),
      venueOrderId: venueOrderId(`other-${trades}`),
      venueClientOrderId: venueClientOrderId(`web-${trades}`),
      side,
      positionSide: 'net',
      sequence: null,
      price: decimal('100'),
      quantity: decimal(String(quantity)),
      fee: decimal('0'),
      feeAsset: null,
      liquidity: 'taker',
      realizedPnl: null,
      executedAt: desk.at,
    },
  ]);
}

function net(price = '110'): NettingReply {
  desk.at += 1;
  const { reply } = desk.run({
    type: 'net_strategy_books',
    accountId: ACCOUNT,
    symbol: SWAP,
    price: decimal(price),
    requestedBy: 'tests',
  });
  if (reply.kind !== 'control' || reply.outcome.kind !== 'strategy_books_netted')
    throw new TypeError(reply.kind);
  return reply.outcome;
}

const held = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    booksOn(desk.state, KEY).map(({ strategy, position }) => [strategy, position.netQuantity.toString()]),
  );

/** The result of each strategy, in USDT. */
const realized = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    booksOn(desk.state, KEY).map((book) => {
      const figures = strategyFigures(book, desk.at, atMarks(new Map()), asset('USDT'));
      return [book.strategy, figures.realized === null ? 'unknown' : middleOf(figures.realized).toString()];
    }),
  );

const position = (): Decimal => desk.state.positions.get(KEY)?.netQuantity ?? Decimal.zero;
const account = (): string =>
  JSON.stringify([desk.state.positions.get(KEY), [...desk.state.balances.values()]]);

describe('parts that offset one another', () => {
  it('are closed at the price that is stated where the account is flat, and the account stays as it is', () => {
    trade('grid', 'buy', 1, '100');
    trade('trend', 'sell', 1, '104');
    expect([position().toString(), held()]).toEqual(['0', { grid: '1', trend: '-1' }]);
    const before = account();
    const { netted } = net('110');
    expect(held()).toEqual({ grid: '0', trend: '0' });
    // Together they made what the account has made: it bought at 100 and sold at 104.
    expect(realized()).toEqual({ grid: '10', trend: '-6' });
    expect(desk.state.positions.get(KEY)?.realizedPnl.toString()).toBe('4');
    expect(account()).toBe(before);
    expect(
      netted?.parts.map(({ strategy, side, quantity }) => [strategy, side, quantity.toString()]),
    ).toEqual([
      ['grid', 'sell', '1'],
      ['trend', 'buy', '1'],
    ]);
    expect(net().netted).toBeNull();
    desk.expectReplayEqual();
  });

  it('leave what the account holds: on its side the untagged part gives first, then who traded longest ago', () => {
    trade('grid', 'buy', 2);
    trade('carry', 'buy', 2);
    trade('trend', 'sell', 2);
    trade(null, 'buy', 1);
    net();
    // 2 are offset: 1 of them without a tag, 1 of grid.
    expect([position().toString(), held()]).toEqual(['3', { grid: '1', carry: '2', trend: '0' }]);
    // All of what is left is of books on the position's side: a close takes them with it.
    trade(null, 'sell', 3, '120', true);
    expect([position().toString(), held()]).toEqual(['0', { grid: '0', carry: '0', trend: '0' }]);
    desk.expectReplayEqual();
  });

  it('may offset the untagged part alone: its loss is what the strategy makes', () => {
    trade(null, 'sell', 1, '100');
    trade('grid', 'buy', 1, '100');
    net('110');
    expect([held(), realized()]).toEqual([{ grid: '0' }, { grid: '10' }]);
  });

  it('are none on spot, in hedged mode, or where all are on one side', () => {
    trade('grid', 'buy', 1);
    trade('trend', 'buy', 1);
    expect([offsettingParts(desk.state, ACCOUNT, SWAP), positionsToNet(desk.state)]).toEqual([[], []]);
    expect([net().netted, offsettingParts(desk.state, ACCOUNT, SPOT)]).toEqual([null, []]);
    expect(() => net('0')).toThrow('at a price above zero');
  });

  it('are listed once by position, a flat one too', () => {
    trade('grid', 'buy', 1);
    trade('trend', 'sell', 1);
    expect(positionsToNet(desk.state).map(({ symbol }) => symbol)).toEqual([SWAP]);
    net();
    expect(positionsToNet(desk.state)).toEqual([]);
  });

  it('keep an execution that is known later: what was exchanged stays exchanged', () => {
    trade('grid', 'buy', 1);
    trade('trend', 'sell', 1);
    desk.at += 1;
    const late = desk.open({
      symbol: SWAP,
      side: 'sell',
      quantity: decimal('1'),
      price: decimal('100'),
      strategy: 'grid',
    });
    const executedAt = desk.at;
    net();
    desk.at += 5;
    desk.fill(late, 'late', { executedAt });
    expect([position().toString(), held()]).toEqual(['-1', { grid: '-1', trend: '0' }]);
    desk.expectReplayEqual();
  });
});

const step = fc.record({
  kind: fc.constantFrom('trade', 'trade', 'trade', 'external', 'close', 'net'),
  strategy: fc.constantFrom(null, 'grid', 'trend', 'carry'),
  side: fc.constantFrom<Side>('buy', 'sell'),
  quantity: fc.integer({ min: 1, max: 5 }),
  price: fc.integer({ min: 80, max: 120 }),
});

describe('books and positions', () => {
  it('add up after any sequence of trades, closes and nettings; a netting moves no money, and leaves no part against the position', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.boolean(), (steps, isTaggedOnly) => {
        desk = Desk.funded('100000000', '0');
        for (const { kind, strategy, side, quantity, price } of steps) {
          const untagged = (): Decimal =>
            booksOn(desk.state, KEY).reduce(
              (rest, book) => rest.subtract(book.position.netQuantity),
              position(),
            );
          const isClosable = position().isPositive() === (side === 'sell') && !position().isZero();
          if (kind === 'net') {
            const [before, results] = [account(), untagged()];
            net(String(price));
            expect(account()).toBe(before);
            for (const { position: part } of booksOn(desk.state, KEY)) {
              if (part.netQuantity.isZero()) continue;
              expect(part.netQuantity.isPositive()).toBe(position().isPositive());
              expect(part.netQuantity.abs().atMost(position().abs())).toBe(true);
            }
            // The untagged part is only ever made smaller by it.
            expect(untagged().abs().atMost(results.abs())).toBe(true);
            expect(untagged().isZero() || untagged().isPositive() === position().isPositive()).toBe(true);
          } else if (kind === 'close') {
            if (isClosable)
              trade(
                strategy,
                side,
                Math.min(quantity, Number(position().abs().toString())),
                String(price),
                true,
              );
          } else if (kind === 'external') {
            if (!isTaggedOnly) external(side, quantity);
          } else trade(isTaggedOnly ? (strategy ?? 'grid') : strategy, side, quantity, String(price));
          if (!isTaggedOnly) continue;
          // Nobody trades without a tag, so that the books are all of the position.
          expect(untagged().toString()).toBe('0');
        }
        if (isTaggedOnly) {
          net('100');
          const made = booksOn(desk.state, KEY).reduce(
            (sum, book) =>
              sum
                .add(book.position.realizedPnl)
                .subtract(book.position.openCost.multiply(signOf(book.position.netQuantity))),
            Decimal.zero,
          );
          const whole = desk.state.positions.get(KEY);
          const ofAccount =
            whole === undefined
              ? Decimal.zero
              : whole.realizedPnl.subtract(whole.openCost.multiply(signOf(whole.netQuantity)));
          // Results and costs of all strategies are those of the account.
          expect(made.subtract(ofAccount).abs().lessThan(decimal('0.000001'))).toBe(true);
        }
        desk.expectReplayEqual();
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});

function signOf(quantity: Decimal): Decimal {
  return quantity.isNegative() ? Decimal.one.negate() : Decimal.one;
}
