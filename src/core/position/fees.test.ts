import { describe, expect, it } from 'vitest';
import { Decimal, decimal } from '../decimal.ts';
import { asset } from '../ids.ts';
import { addFee, feesSince, openUnits, valueFees, type FeeWorth, type PositionFee } from './fees.ts';

const [BTC, BNB, USDT] = [asset('BTC'), asset('BNB'), asset('USDT')];

const inQuote = (worth: string): FeeWorth => ({ inQuote: decimal(worth), inBase: Decimal.zero });
const inBase = (worth: string): FeeWorth => ({ inQuote: Decimal.zero, inBase: decimal(worth) });
/** Each fee as: asset, units, and of its valued part the units, the worth in the quote and in the base currency. */
const shown = (fees: readonly PositionFee[]): readonly string[] =>
  fees.map(({ asset: of, amount, valued }) =>
    valued === undefined
      ? `${of} ${amount.toString()}`
      : `${of} ${amount.toString()}: ${valued.amount.toString()} for ${valued.inQuote.toString()} and ${valued.inBase.toString()}`,
  );
const of = (name: string, amount: string, worth?: FeeWorth): readonly PositionFee[] =>
  addFee([], asset(name), decimal(amount), worth);

describe('a fee that is added', () => {
  it('is summed by asset, in the order of their names, and a rebate is taken off', () => {
    const fees = addFee(
      addFee(addFee(of('USDT', '3'), BNB, decimal('1')), USDT, decimal('-5')),
      BTC,
      decimal('2'),
    );
    expect(shown(fees)).toEqual(['BNB 1', 'BTC 2', 'USDT -2']);
  });

  it('that is none, or in no asset, changes nothing', () => {
    const fees = of('BNB', '1');
    expect(addFee(fees, BNB, Decimal.zero)).toBe(fees);
    expect(addFee(fees, null, decimal('1'))).toBe(fees);
  });

  it('adds its worth to the worth of those before it, in each currency by itself; a rebate takes its own off', () => {
    let fees = of('BTC', '1', inQuote('100'));
    fees = addFee(fees, BTC, decimal('2'), inQuote('300'));
    fees = addFee(fees, BTC, decimal('4'), inBase('700'));
    fees = addFee(fees, BTC, decimal('-0.5'), inBase('-90'));
    expect(shown(fees)).toEqual(['BTC 6.5: 6.5 for 400 and 610']);
  });

  it('without a worth is open, and leaves the worth of those before it as it is', () => {
    const fees = addFee(of('BNB', '1', inBase('300')), BNB, decimal('2'));
    expect(shown(fees)).toEqual(['BNB 3: 1 for 0 and 300']);
    expect(fees.map((fee) => openUnits(fee).toString())).toEqual(['2']);
  });
});

describe('open units', () => {
  it('are all of a fee without a worth, and less than none once more was given back than charged', () => {
    expect(of('BNB', '2').map((fee) => openUnits(fee).toString())).toEqual(['2']);
    const rebated = addFee(of('BNB', '1', inBase('300')), BNB, decimal('-3'));
    expect(rebated.map((fee) => openUnits(fee).toString())).toEqual(['-3']);
  });

  it.each([
    ['quote', 'BNB 5: 5 for 600 and 900'],
    ['base_currency', 'BNB 5: 5 for 0 and 1500'],
  ] as const)('get a price in the %s, beside the worth that others have', (unit, after) => {
    const fees = addFee(of('BNB', '3', inBase('900')), BNB, decimal('2'));
    const valued = valueFees(fees, { asset: BNB, price: decimal('300'), unit });
    expect(shown(valued)).toEqual([after]);
    expect(shown(valueFees(valued, { asset: BNB, price: decimal('999'), unit }))).toEqual([after]);
  });

  it('of a rebate are a gain at the price', () => {
    const valued = valueFees(of('BNB', '-2'), { asset: BNB, price: decimal('300'), unit: 'base_currency' });
    expect(shown(valued)).toEqual(['BNB -2: -2 for 0 and -600']);
  });

  it('of another asset stay open', () => {
    const fees = [...of('BNB', '1'), ...of('BTC', '2')];
    const valued = valueFees(fees, { asset: BTC, price: decimal('100'), unit: 'quote' });
    expect(shown(valued)).toEqual(['BNB 1', 'BTC 2: 2 for 200 and 0']);
  });
});

describe('the fees since a start', () => {
  it('are the difference of units and of worth, in each currency by itself', () => {
    const start = addFee(of('BTC', '1', inQuote('100')), BTC, decimal('2'), inBase('250'));
    let now = addFee(start, BTC, decimal('4'), inQuote('440'));
    now = addFee(now, BTC, decimal('-1'), inBase('-130'));
    now = addFee(now, BNB, decimal('3'), inBase('900'));
    now = addFee(now, USDT, decimal('7'));
    expect(shown(feesSince(now, start))).toEqual([
      'BNB 3: 3 for 0 and 900',
      'BTC 3: 3 for 440 and -130',
      'USDT 7',
    ]);
  });

  it('hold the worth that was given since to units that were open at the start', () => {
    const start = of('BNB', '2');
    const now = valueFees(start, { asset: BNB, price: decimal('300'), unit: 'base_currency' });
    expect(shown(feesSince(now, start))).toEqual(['BNB 0: 2 for 0 and 600']);
  });

  it('are none where nothing came', () => {
    const start = of('BTC', '1', inQuote('100'));
    expect(shown(feesSince(start, start))).toEqual(['BTC 0: 0 for 0 and 0']);
  });
});
