import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decimal, DecimalSum, decimal, type Rounding } from './decimal.ts';

const anyDecimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), fc.integer({ min: 0, max: 18 }))
  .map(([coefficient, scale]) => Decimal.of(coefficient, scale));
const positiveDecimal = fc
  .tuple(fc.bigInt({ min: 1n, max: 10n ** 18n }), fc.integer({ min: 0, max: 12 }))
  .map(([coefficient, scale]) => Decimal.of(coefficient, scale));

describe('Decimal', () => {
  it.each([
    ['0.10000000000000000001', '0.10000000000000000001'],
    ['1e-8', '0.00000001'],
    ['-12.500', '-12.5'],
    ['1E3', '1000'],
    ['+7', '7'],
    ['-0.0', '0'],
    ['000.5', '0.5'],
  ])('reads %s exactly', (text, plain) => {
    expect(decimal(text).toString()).toBe(plain);
  });

  it.each(['', '.5', '5.', 'NaN', 'Infinity', '0x10', '1,5', ' 1', '1 ', '--1', '1e', '１'])(
    'refuses %j',
    (text) => {
      expect(Decimal.tryParse(text)).toBe('not_a_number');
    },
  );

  it.each(['1e400', '1e41', '1e-41', '9'.repeat(81), `0.${'1'.repeat(41)}`, '9'.repeat(41)])(
    'refuses the size of %s',
    (text) => {
      expect(Decimal.tryParse(text)).toBe('too_many_digits');
    },
  );

  it('sums up as adding one by one does', () => {
    fc.assert(
      fc.property(fc.array(anyDecimal), (figures) => {
        const sum = new DecimalSum();
        for (const figure of figures) sum.add(figure);
        const oneByOne = figures.reduce((total, figure) => total.add(figure), Decimal.zero);
        expect(sum.total().equals(oneByOne)).toBe(true);
      }),
    );
  });

  it('reads back whatever products of acceptable figures it has written', () => {
    fc.assert(
      fc.property(anyDecimal, anyDecimal, anyDecimal, (left, middle, right) => {
        const product = left.multiply(middle).multiply(right);
        expect(decimal(product.toString()).equals(product)).toBe(true);
      }),
    );
    const smallest = decimal('1e-40');
    expect(decimal(smallest.multiply(smallest).toString()).scale).toBe(80);
  });

  it.each<[Rounding, string, string]>([
    ['down', '2.5', '2'],
    ['down', '-2.5', '-3'],
    ['up', '2.1', '3'],
    ['up', '-2.9', '-2'],
    ['toward_zero', '-2.9', '-2'],
    ['away_from_zero', '-2.1', '-3'],
    ['half_even', '2.5', '2'],
    ['half_even', '3.5', '4'],
    ['half_even', '-2.5', '-2'],
    ['half_even', '2.51', '3'],
  ])('rounds %s: %s to %s', (rounding, value, whole) => {
    expect(decimal(value).roundToMultipleOf(Decimal.one, rounding).toString()).toBe(whole);
  });

  it('prints what it reads', () => {
    fc.assert(fc.property(anyDecimal, (value) => Decimal.parse(value.toString()).equals(value)));
  });

  it('adds and multiplies as integers do', () => {
    fc.assert(
      fc.property(anyDecimal, anyDecimal, anyDecimal, (a, b, c) => {
        expect(a.add(b).subtract(b).equals(a)).toBe(true);
        expect(a.multiply(b.add(c)).equals(a.multiply(b).add(a.multiply(c)))).toBe(true);
      }),
    );
  });

  it('divides within one unit of the last digit, on the side named', () => {
    fc.assert(
      fc.property(anyDecimal, positiveDecimal, (a, b) => {
        const down = a.divide(b, 12, 'down');
        const up = a.divide(b, 12, 'up');
        expect(down.multiply(b).atMost(a)).toBe(true);
        expect(up.multiply(b).atLeast(a)).toBe(true);
        expect(up.subtract(down).atMost(decimal('0.000000000001'))).toBe(true);
      }),
    );
  });

  it('orders as a comparator must', () => {
    fc.assert(
      fc.property(anyDecimal, anyDecimal, (a, b) => {
        expect(a.compare(b) + b.compare(a)).toBe(0);
        expect(a.compare(b)).toBe(Math.sign(Number(a.subtract(b).coefficient)));
      }),
    );
  });

  it('rounds to a step and knows a multiple of it', () => {
    fc.assert(
      fc.property(anyDecimal, positiveDecimal, (value, step) => {
        const rounded = value.roundToMultipleOf(step, 'down');
        expect(rounded.isMultipleOf(step)).toBe(true);
        expect(rounded.atMost(value) && rounded.add(step).greaterThan(value)).toBe(true);
      }),
    );
  });

  it('refuses a division by zero, a step of zero and a fixed print that would lose digits', () => {
    expect(() => Decimal.one.divide(Decimal.zero, 2, 'down')).toThrow(RangeError);
    expect(() => Decimal.one.roundToMultipleOf(Decimal.zero, 'down')).toThrow(RangeError);
    expect(() => decimal('0.125').toFixed(2)).toThrow(RangeError);
    expect(decimal('0.5').toFixed(8)).toBe('0.50000000');
    expect(decimal('-3').toFixed(2)).toBe('-3.00');
  });
});
