import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decimal, DecimalSum, decimal, type Rounding } from './decimal.ts';

const anyDecimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), fc.integer({ min: 0, max: 18 }))
  .map(([coefficient, scale]) => Decimal.of(coefficient, scale));
/** Whole numbers on both sides of where a `number` stops being exact, and far from there. */
const anyWhole = fc.oneof(
  fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
  fc.bigInt({ min: -(2n ** 53n) - 4n, max: -(2n ** 53n) + 4n }),
  fc.bigInt({ min: 2n ** 53n - 4n, max: 2n ** 53n + 4n }),
  fc.bigInt({ min: -20_000n, max: 20_000n }),
  fc
    .tuple(fc.bigInt({ min: -99n, max: 99n }), fc.integer({ min: 0, max: 30 }))
    .map(([a, b]) => a * 10n ** BigInt(b)),
);
const anyFigure = fc.record({ coefficient: anyWhole, scale: fc.integer({ min: 0, max: 20 }) });
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

describe('Decimal beside the same arithmetic on BigInts alone', () => {
  const scaled = ({ coefficient, scale }: Figure, to: number): bigint =>
    coefficient * 10n ** BigInt(to - scale);
  const of = ({ coefficient, scale }: Figure): Decimal => Decimal.of(coefficient, scale);
  const isFigure = (actual: Decimal, coefficient: bigint, scale: number): void => {
    const { text, digits, places } = inLowestTerms(coefficient, scale);
    expect(actual.toString()).toBe(text);
    expect(actual.scale).toBe(places);
    // Equal values have equal fields: a number wherever it is exact, and never -0.
    expect(actual.coefficient).toBe(Number.isSafeInteger(Number(digits)) ? Number(digits) : digits);
    expect(actual.equals(decimal(text))).toBe(true);
  };

  it('adds, subtracts, multiplies and turns signs', () => {
    fc.assert(
      fc.property(anyFigure, anyFigure, (a, b) => {
        const scale = Math.max(a.scale, b.scale);
        isFigure(of(a), a.coefficient, a.scale);
        isFigure(of(a).add(of(b)), scaled(a, scale) + scaled(b, scale), scale);
        isFigure(of(a).subtract(of(b)), scaled(a, scale) - scaled(b, scale), scale);
        isFigure(of(a).multiply(of(b)), a.coefficient * b.coefficient, a.scale + b.scale);
        isFigure(of(a).negate(), -a.coefficient, a.scale);
        isFigure(of(a).abs(), a.coefficient < 0n ? -a.coefficient : a.coefficient, a.scale);
      }),
      { numRuns: 300 },
    );
  });

  it('compares and knows signs', () => {
    fc.assert(
      fc.property(anyFigure, anyFigure, (a, b) => {
        const difference = scaled(a, 20) - scaled(b, 20);
        expect(of(a).compare(of(b))).toBe(difference < 0n ? -1 : difference > 0n ? 1 : 0);
        expect(of(a).equals(of(b))).toBe(difference === 0n);
        expect([of(a).isZero(), of(a).isPositive(), of(a).isNegative()]).toEqual([
          a.coefficient === 0n,
          a.coefficient > 0n,
          a.coefficient < 0n,
        ]);
      }),
      { numRuns: 300 },
    );
  });

  it.each<Rounding>(['down', 'up', 'toward_zero', 'away_from_zero', 'half_even'])(
    'divides, rounding %s',
    (rounding) => {
      fc.assert(
        fc.property(anyFigure, anyFigure, fc.integer({ min: 0, max: 20 }), (a, b, scale) => {
          fc.pre(b.coefficient !== 0n);
          const numerator = scaled(a, 20) * 10n ** BigInt(scale);
          const denominator = scaled(b, 20);
          isFigure(of(a).divide(of(b), scale, rounding), rounded(numerator, denominator, rounding), scale);
          const step = of(b).abs();
          const stepSize = denominator < 0n ? -denominator : denominator;
          expect(of(a).countOf(step, rounding)).toBe(rounded(scaled(a, 20), stepSize, rounding));
          expect(of(a).isMultipleOf(of(b))).toBe(scaled(a, 20) % denominator === 0n);
        }),
        { numRuns: 300 },
      );
    },
  );

  it('sums up, whatever is subtracted again', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), anyFigure)), (steps) => {
        const sum = new DecimalSum();
        let expected = 0n;
        for (const [adds, figure] of steps) {
          sum[adds ? 'add' : 'subtract'](of(figure));
          expected += adds ? scaled(figure, 20) : -scaled(figure, 20);
          isFigure(sum.total(), expected, 20);
        }
      }),
    );
  });

  it('reads any notation of a figure, and whatever it is not', () => {
    const notation = fc.oneof(
      fc.stringMatching(/^[+-]?\d{1,20}(\.\d{1,20})?([eE][+-]?\d{1,2})?$/),
      fc.stringMatching(/^[-+.0-9eE]{0,18}$/),
    );
    fc.assert(
      fc.property(notation, (text) => {
        const actual = Decimal.tryParse(text);
        const [, sign, integer = '', fraction = '', exponent = '0'] =
          /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text) ?? [];
        if (integer === '') {
          expect(actual).toBe('not_a_number');
          return;
        }
        if (actual === 'too_many_digits') {
          const size = Math.abs(Number(text));
          expect(size >= 1e40 || size < 1e-20).toBe(true);
          return;
        }
        expect(actual).toBeInstanceOf(Decimal);
        const shift = 100n + BigInt(exponent) - BigInt(fraction.length);
        const hundredPlaces = BigInt(`${sign === '-' ? '-' : ''}${integer}${fraction}`) * 10n ** shift;
        if (actual instanceof Decimal) isFigure(actual, hundredPlaces, 100);
      }),
      { numRuns: 1_000 },
    );
  });

  it('refuses a coefficient that no number holds exactly', () => {
    for (const coefficient of [0.5, 2 ** 53, Number.NaN, Infinity])
      expect(() => Decimal.of(coefficient)).toThrow(RangeError);
  });
});

interface Figure {
  readonly coefficient: bigint;
  readonly scale: number;
}

function inLowestTerms(coefficient: bigint, scale: number): { text: string; digits: bigint; places: number } {
  let digits = coefficient;
  let places = scale;
  while (places > 0 && digits % 10n === 0n) {
    digits /= 10n;
    places -= 1;
  }
  const magnitude = (digits < 0n ? -digits : digits).toString().padStart(places + 1, '0');
  const point = magnitude.length - places;
  const text = places === 0 ? magnitude : `${magnitude.slice(0, point)}.${magnitude.slice(point)}`;
  return { text: digits < 0n ? `-${text}` : text, digits, places };
}

/** By the floor of the division alone. */
function rounded(numerator: bigint, denominator: bigint, rounding: Rounding): bigint {
  const [top, bottom] = denominator < 0n ? [-numerator, -denominator] : [numerator, denominator];
  const rest = ((top % bottom) + bottom) % bottom;
  const floor = (top - rest) / bottom;
  if (rest === 0n) return floor;
  switch (rounding) {
    case 'down':
      return floor;
    case 'up':
      return floor + 1n;
    case 'toward_zero':
      return top < 0n ? floor + 1n : floor;
    case 'away_from_zero':
      return top < 0n ? floor : floor + 1n;
    case 'half_even':
      if (2n * rest === bottom) return floor % 2n === 0n ? floor : floor + 1n;
      return 2n * rest > bottom ? floor + 1n : floor;
  }
}
