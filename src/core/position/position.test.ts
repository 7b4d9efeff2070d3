import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { balanceDeltas } from '../balance/balance.ts';
import { Decimal, decimal } from '../decimal.ts';
import { asset, tradeId } from '../ids.ts';
import { ACCOUNT, SPOT, SWAP } from '../testing/fixture.ts';
import { applyFill, entryPrice, FLAT, unrealizedPnl, type Position, type PositionFill } from './position.ts';

function flat(kind: Position['kind']): Position {
  return {
    accountId: ACCOUNT,
    venue: 'binance',
    mode: 'paper',
    symbol: kind === 'spot' ? SPOT : SWAP,
    positionSide: 'net',
    kind,
    wallet: kind,
    base: asset('BTC'),
    quote: asset('USDT'),
    ...FLAT,
    fees: [],
    fundingTotal: Decimal.zero,
    recent: [],
    beforeRecent: FLAT,
    updatedAt: 0,
  };
}

const trade = (
  side: 'buy' | 'sell',
  quantity: string,
  price: string,
  fee: Partial<PositionFill> = {},
): PositionFill => ({
  tradeId: tradeId('1'),
  sequence: 1,
  side,
  quantity: decimal(quantity),
  price: decimal(price),
  fee: Decimal.zero,
  feeAsset: null,
  executedAt: 1,
  ...fee,
});

const after = (kind: Position['kind'], fills: readonly PositionFill[]): Position =>
  fills.reduce((position, fill) => applyFill(position, fill).position, flat(kind));
const figures = (position: Position): readonly string[] => [
  position.netQuantity.toString(),
  position.openCost.toString(),
  position.realizedPnl.toString(),
];

describe('a position', () => {
  it('averages its cost and realises against the average', () => {
    const bought = after('spot', [trade('buy', '1', '100'), trade('buy', '3', '120')]);
    expect(entryPrice(bought)?.toString()).toBe('115');
    const { position, realizedPnl } = applyFill(bought, trade('sell', '2', '130'));
    expect(realizedPnl.toString()).toBe('30');
    expect(figures(position)).toEqual(['2', '230', '30']);
    expect(entryPrice(position)?.toString()).toBe('115');
    expect(unrealizedPnl(position, decimal('110')).toString()).toBe('-10');
  });

  it('that is flat has no entry price and leaves no cost behind', () => {
    const closed = after('spot', [
      trade('buy', '3', '100'),
      trade('sell', '1', '110'),
      trade('sell', '2', '110'),
    ]);
    expect(figures(closed)).toEqual(['0', '0', '30']);
    expect(entryPrice(closed)).toBeNull();
  });

  it('of spot ends at zero: what is sold beyond it was there before and realises nothing', () => {
    const { position, realizedPnl } = applyFill(
      after('spot', [trade('buy', '1', '100')]),
      trade('sell', '5', '150'),
    );
    expect(realizedPnl.toString()).toBe('50');
    expect(figures(position)).toEqual(['0', '0', '50']);
    expect(figures(after('spot', [trade('sell', '5', '150')]))).toEqual(['0', '0', '0']);
  });

  it('of spot arrives less the fee taken from it; the fee is kept apart and its entry price is what was paid', () => {
    const position = after('spot', [
      trade('buy', '1', '100', { fee: decimal('0.2'), feeAsset: asset('BTC') }),
    ]);
    expect(figures(position)).toEqual(['0.8', '80', '0']);
    expect(entryPrice(position)?.toString()).toBe('100');
    expect(position.fees).toEqual([{ asset: 'BTC', amount: decimal('0.2') }]);
  });

  it('of a swap is not touched by a fee in its base', () => {
    const fee = { fee: decimal('0.2'), feeAsset: asset('BTC') };
    expect(after('linear_swap', [trade('buy', '1', '100', fee)]).netQuantity.toString()).toBe('1');
  });

  it('of a swap turns through zero: the old side is realised whole, the rest opens at the new price', () => {
    const long = after('linear_swap', [trade('buy', '2', '100')]);
    const { position, realizedPnl } = applyFill(long, trade('sell', '5', '110'));
    expect(realizedPnl.toString()).toBe('20');
    expect(figures(position)).toEqual(['-3', '330', '20']);
    const back = applyFill(position, trade('buy', '4', '100'));
    expect(back.realizedPnl.toString()).toBe('30');
    expect(figures(back.position)).toEqual(['1', '100', '50']);
  });

  it('short gains when the price falls', () => {
    const short = after('linear_swap', [trade('sell', '2', '100')]);
    expect(unrealizedPnl(short, decimal('90')).toString()).toBe('20');
  });
});

const anyFills = (kind: Position['kind']): fc.Arbitrary<readonly PositionFill[]> =>
  fc
    .array(
      fc
        .tuple(
          fc.constantFrom('buy', 'sell'),
          fc.integer({ min: 1, max: 5_000 }),
          fc.integer({ min: 1, max: 900_000 }),
          fc.integer({ min: -3, max: 9 }),
          fc.constantFrom('BTC', 'USDT', 'BNB'),
        )
        .map(([side, lots, ticks, fee, feeAsset]): PositionFill => ({
          side,
          quantity: Decimal.of(BigInt(lots), 3),
          price: Decimal.of(BigInt(ticks), 2),
          // A fee in base is less than the lot it was taken from.
          fee: Decimal.of(BigInt(fee), 4),
          feeAsset: asset(kind === 'linear_swap' ? 'USDT' : feeAsset),
          tradeId: tradeId('0'),
          sequence: 0,
          executedAt: 0,
        })),
      { maxLength: 40 },
    )
    .map((fills) =>
      // In the order of the list: half of them share their millisecond, as executions of one sweep do.
      fills.map((fill, index) => ({
        ...fill,
        tradeId: tradeId(`${index + 1}`),
        sequence: index + 1,
        executedAt: Math.floor(index / 2),
      })),
    );
/** A purchase less the fee that was taken out of it. */
const arrived = ({ quantity, fee, feeAsset }: PositionFill): Decimal =>
  feeAsset === 'BTC' ? quantity.subtract(fee) : quantity;
const RUNS = { numRuns: 200 };

describe('position accounting, for any executions', () => {
  it('of a swap: realised plus unrealised is what the cash flow and the holding are worth', () => {
    fc.assert(
      fc.property(anyFills('linear_swap'), fc.integer({ min: 1, max: 900_000 }), (fills, markTicks) => {
        const mark = Decimal.of(BigInt(markTicks), 2);
        const position = after('linear_swap', fills);
        let cash = Decimal.zero;
        let held = Decimal.zero;
        for (const { side, quantity, price } of fills) {
          const signed = side === 'buy' ? quantity : quantity.negate();
          cash = cash.subtract(signed.multiply(price));
          held = held.add(signed);
        }
        expect(position.netQuantity.toString()).toBe(held.toString());
        const total = position.realizedPnl.add(unrealizedPnl(position, mark));
        expect(total.toString()).toBe(cash.add(held.multiply(mark)).toString());
      }),
      RUNS,
    );
  });

  it('of spot: realised less what is still invested is the cash flow of what the position traded', () => {
    fc.assert(
      fc.property(anyFills('spot'), (fills) => {
        let position = flat('spot');
        let cash = Decimal.zero;
        for (const fill of fills) {
          const sellable = position.netQuantity;
          position = applyFill(position, fill).position;
          cash =
            fill.side === 'buy'
              ? cash.subtract(arrived(fill).multiply(fill.price))
              : cash.add(fill.quantity.min(sellable).multiply(fill.price));
          expect(position.netQuantity.isNegative()).toBe(false);
          expect(position.openCost.isNegative()).toBe(false);
          if (position.netQuantity.isZero()) expect(position.openCost.isZero()).toBe(true);
        }
        expect(position.realizedPnl.subtract(position.openCost).toString()).toBe(cash.toString());
      }),
      RUNS,
    );
  });

  it('keeps every fee, in its asset', () => {
    fc.assert(
      fc.property(anyFills('spot'), (fills) => {
        const sums = new Map<string, Decimal>();
        for (const { fee, feeAsset } of fills)
          if (feeAsset !== null) sums.set(feeAsset, (sums.get(feeAsset) ?? Decimal.zero).add(fee));
        for (const { asset: of, amount } of after('spot', fills).fees)
          expect(amount.toString()).toBe(sums.get(of)?.toString());
      }),
      RUNS,
    );
  });

  it('moves the balances by what was traded, and by nothing else', () => {
    fc.assert(
      fc.property(fc.constantFrom('spot' as const, 'linear_swap' as const), fc.boolean(), (kind, buys) => {
        const fill = trade(buys ? 'buy' : 'sell', '2', '50', { fee: decimal('0.3'), feeAsset: asset('BNB') });
        const deltas = balanceDeltas(flat(kind), fill, decimal('7')).map(
          ({ asset: of, delta }) => `${of} ${delta.toString()}`,
        );
        const trades = buys ? ['BTC 2', 'USDT -100'] : ['BTC -2', 'USDT 100'];
        expect(deltas).toEqual([...(kind === 'spot' ? trades : ['USDT 7']), 'BNB -0.3']);
      }),
      { numRuns: 8 },
    );
  });
});

describe('executions that arrive out of order', () => {
  const shuffled = anyFills('spot').chain((fills) =>
    fc
      .shuffledSubarray([...fills], { minLength: fills.length, maxLength: fills.length })
      .map((arrivals) => ({ fills, arrivals })),
  );

  it('give the position that they would have given in the order in which they were executed', () => {
    fc.assert(
      fc.property(shuffled, ({ fills, arrivals }) => {
        expect(figures(after('spot', arrivals))).toEqual(figures(after('spot', fills)));
      }),
      RUNS,
    );
  });

  it('a sale from before two purchases takes nothing from them', () => {
    const sale = trade('sell', '1', '100', { executedAt: 1, tradeId: tradeId('1') });
    const purchase = trade('buy', '1', '100', { executedAt: 2, tradeId: tradeId('2') });
    expect(after('spot', [purchase, sale]).netQuantity.toString()).toBe('1');
    expect(after('spot', [sale, purchase]).netQuantity.toString()).toBe('1');
  });

  it('of a self-trade the purchase comes first, whichever side arrives first', () => {
    const sides = (['buy', 'sell'] as const).map((side) =>
      trade(side, '1', '100', { executedAt: 1, tradeId: tradeId('1') }),
    );
    expect(after('spot', sides).netQuantity.toString()).toBe('0');
    expect(after('spot', sides.toReversed()).netQuantity.toString()).toBe('0');
  });

  it('the change of realised PnL counts what later ones realise differently', () => {
    const buy = (price: string, at: number): PositionFill =>
      trade('buy', '1', price, { executedAt: at, tradeId: tradeId(`${at}`) });
    const sold = after('spot', [
      buy('100', 1),
      trade('sell', '1', '130', { executedAt: 3, tradeId: tradeId('3') }),
    ]);
    expect(sold.realizedPnl.toString()).toBe('30');
    const { position, realizedPnl } = applyFill(sold, buy('120', 2));
    // Average cost 110 at the sale: 20 instead of 30.
    expect([position.realizedPnl.toString(), realizedPnl.toString()]).toEqual(['20', '-10']);
  });

  it('are kept for a minute and in a bounded number', () => {
    const many = Array.from({ length: 2_000 }, (_, index) =>
      trade('buy', '1', '100', { executedAt: index, tradeId: tradeId(`${index}`) }),
    );
    const position = after('spot', many);
    expect(position.recent.length).toBeLessThanOrEqual(500);
    expect(position.netQuantity.toString()).toBe('2000');
    const later = applyFill(
      position,
      trade('buy', '1', '100', { executedAt: 1_000_000, tradeId: tradeId('9999') }),
    );
    expect(later.position.recent).toHaveLength(1);
    expect(later.position.netQuantity.toString()).toBe('2001');
  });
});
