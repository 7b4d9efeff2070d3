import { describe, expect, it } from 'vitest';
import { Decimal, decimal } from '../decimal.ts';
import { asset, tradeId } from '../ids.ts';
import { ACCOUNT, SPOT } from '../testing/fixture.ts';
import { applyExecution, type ExecutionMarks } from './awaited.ts';
import { flatPosition, type Position, type PositionFill } from './position.ts';

const flat = (): Position =>
  flatPosition({
    accountId: ACCOUNT,
    venue: 'binance',
    mode: 'paper',
    symbol: SPOT,
    positionSide: 'net',
    kind: 'spot',
    wallet: 'spot',
    base: asset('BTC'),
    quote: asset('USDT'),
  });

const purchase: PositionFill = {
  tradeId: tradeId('1'),
  sequence: 1,
  side: 'buy',
  quantity: Decimal.one,
  price: decimal('100'),
  fee: decimal('2'),
  feeAsset: asset('BNB'),
  executedAt: 1,
};

describe('an execution that is asked for again', () => {
  it('of the same position and with the same marks is worked out once', () => {
    const before = flat();
    expect(applyExecution(before, purchase)).toBe(applyExecution(before, purchase, {}));
  });

  it.each<readonly [string, ExecutionMarks, (position: Position) => unknown, unknown]>([
    ['opens a position by now', { opens: true }, ({ formerPnl }) => formerPnl?.toString(), '0'],
    [
      'has a fee of known worth by now',
      { feeWorth: { inQuote: Decimal.zero, inBase: decimal('600') } },
      ({ fees }) => fees.map(({ valued }) => valued?.inBase.toString()),
      ['600'],
    ],
  ])('and %s is worked out anew', (_name, marks, read, expected) => {
    const before = flat();
    expect(read(applyExecution(before, purchase).position)).not.toEqual(expected);
    expect(read(applyExecution(before, purchase, marks).position)).toEqual(expected);
    expect(read(applyExecution(before, purchase).position)).not.toEqual(expected);
  });

  it('of the position that it has made is worked out anew, and so is another one', () => {
    const { position: once } = applyExecution(flat(), purchase);
    const { position: twice } = applyExecution(once, purchase);
    const { position: third } = applyExecution(once, { ...purchase, quantity: decimal('5') });
    expect([once, twice, third].map(({ netQuantity }) => netQuantity.toString())).toEqual(['1', '2', '6']);
  });
});
