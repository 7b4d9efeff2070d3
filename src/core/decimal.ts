/**
 * Exact decimal numbers for money, prices and quantities.
 *
 * A value is `coefficient x 10^-scale` with a BigInt coefficient, kept in lowest terms (no trailing
 * zeros in the coefficient while `scale > 0`), so equal values have equal fields. Addition, subtraction
 * and multiplication are exact. Every operation that can lose digits takes a `Rounding` by name.
 */

/** The direction in which digits that do not fit are dropped. */
export type Rounding =
  /** Toward negative infinity. */
  | 'down'
  /** Toward positive infinity. */
  | 'up'
  /** Toward zero. */
  | 'toward_zero'
  /** Away from zero. */
  | 'away_from_zero'
  /** To the nearest, ties to the even neighbour. */
  | 'half_even';

/** Digits that a parsed figure may have on either side of the point; far beyond any venue's figures. */
const MAX_DIGITS = 40;

/** The same for figures that we have derived from such: far more than any product of them has. */
const MAX_DERIVED_DIGITS = 1_000;

const DECIMAL_PATTERN = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/;

const POWERS: bigint[] = [1n];

function powerOfTen(exponent: number): bigint {
  let power = POWERS[exponent];
  if (power === undefined) {
    power = 10n ** BigInt(exponent);
    POWERS[exponent] = power;
  }
  return power;
}

/** Why a text is not a decimal that we accept. */
export type DecimalFault = 'not_a_number' | 'too_many_digits';

export class Decimal {
  readonly coefficient: bigint;
  /** Digits after the point, zero or more. */
  readonly scale: number;

  private constructor(coefficient: bigint, scale: number) {
    this.coefficient = coefficient;
    this.scale = scale;
  }

  static readonly zero = new Decimal(0n, 0);
  static readonly one = new Decimal(1n, 0);

  /** `coefficient x 10^-scale`, brought to lowest terms. `scale` must be a whole number, zero or more. */
  static of(coefficient: bigint, scale = 0): Decimal {
    if (coefficient === 0n) return Decimal.zero;
    while (scale > 0 && coefficient % 10n === 0n) {
      coefficient /= 10n;
      scale -= 1;
    }
    return new Decimal(coefficient, scale);
  }

  /** A whole number of JavaScript, such as a count or a number of basis points. */
  static fromInteger(value: number): Decimal {
    if (!Number.isSafeInteger(value)) throw new RangeError(`not a safe integer: ${value}`);
    return Decimal.of(BigInt(value));
  }

  /**
   * Reads plain or scientific notation (`0.001`, `-12`, `1e-8`).
   * Returns the fault as a value: a bad figure is input, not a bug.
   */
  static tryParse(text: string): Decimal | DecimalFault {
    return Decimal.read(text, MAX_DIGITS);
  }

  /**
   * As `tryParse`, for text that is known to be a decimal (our own journal, constants). Throws on a fault.
   * Products of figures that were let in may have more digits than those: what we have written must be readable.
   */
  static parse(text: string): Decimal {
    const value = Decimal.read(text, MAX_DERIVED_DIGITS);
    if (typeof value === 'string') throw new RangeError(`${value}: ${JSON.stringify(text)}`);
    return value;
  }

  private static read(text: string, maxDigits: number): Decimal | DecimalFault {
    const match = DECIMAL_PATTERN.exec(text);
    if (match === null) return 'not_a_number';
    const [, sign, whole = '', fraction = '', exponentText = '0'] = match;
    const exponent = Number(exponentText);
    if (whole.length + fraction.length > 2 * maxDigits || Math.abs(exponent) > maxDigits)
      return 'too_many_digits';
    let coefficient = BigInt(whole + fraction);
    let scale = fraction.length - exponent;
    if (scale < 0) {
      coefficient *= powerOfTen(-scale);
      scale = 0;
    }
    const value = Decimal.of(sign === '-' ? -coefficient : coefficient, scale);
    if (value.scale > maxDigits || value.abs().coefficient >= powerOfTen(maxDigits + value.scale))
      return 'too_many_digits';
    return value;
  }

  add(other: Decimal): Decimal {
    if (this.scale === other.scale) return Decimal.of(this.coefficient + other.coefficient, this.scale);
    return this.scale > other.scale
      ? Decimal.of(this.coefficient + other.coefficient * powerOfTen(this.scale - other.scale), this.scale)
      : Decimal.of(this.coefficient * powerOfTen(other.scale - this.scale) + other.coefficient, other.scale);
  }

  subtract(other: Decimal): Decimal {
    return this.add(other.negate());
  }

  multiply(other: Decimal): Decimal {
    return Decimal.of(this.coefficient * other.coefficient, this.scale + other.scale);
  }

  /** `this / divisor` with `scale` digits after the point. Throws a RangeError on a zero divisor. */
  divide(divisor: Decimal, scale: number, rounding: Rounding): Decimal {
    if (divisor.isZero()) throw new RangeError('division by zero');
    // this / divisor = (a / 10^sa) / (b / 10^sb) = a x 10^sb / (b x 10^sa); scaled by 10^scale before the integer division.
    const numerator = this.coefficient * powerOfTen(divisor.scale + scale);
    const denominator = divisor.coefficient * powerOfTen(this.scale);
    return Decimal.of(divideRounded(numerator, denominator, rounding), scale);
  }

  /** The nearest multiple of `step` (> 0) in the direction named. */
  roundToMultipleOf(step: Decimal, rounding: Rounding): Decimal {
    return Decimal.of(this.countOf(step, rounding)).multiply(step);
  }

  /** How many times `step` (> 0) goes into this figure, as a whole number rounded in the direction named. */
  countOf(step: Decimal, rounding: Rounding): bigint {
    if (!step.isPositive()) throw new RangeError('a step must be above zero');
    return divideRounded(
      this.coefficient * powerOfTen(step.scale),
      step.coefficient * powerOfTen(this.scale),
      rounding,
    );
  }

  isMultipleOf(step: Decimal): boolean {
    return (this.coefficient * powerOfTen(step.scale)) % (step.coefficient * powerOfTen(this.scale)) === 0n;
  }

  negate(): Decimal {
    return this.coefficient === 0n ? this : new Decimal(-this.coefficient, this.scale);
  }

  abs(): Decimal {
    return this.coefficient < 0n ? this.negate() : this;
  }

  /** -1, 0 or 1, as a comparator wants it. */
  compare(other: Decimal): -1 | 0 | 1 {
    const left =
      this.scale >= other.scale ? this.coefficient : this.coefficient * powerOfTen(other.scale - this.scale);
    const right =
      other.scale >= this.scale
        ? other.coefficient
        : other.coefficient * powerOfTen(this.scale - other.scale);
    return left < right ? -1 : left > right ? 1 : 0;
  }

  equals(other: Decimal): boolean {
    return this.coefficient === other.coefficient && this.scale === other.scale;
  }

  lessThan(other: Decimal): boolean {
    return this.compare(other) < 0;
  }

  atMost(other: Decimal): boolean {
    return this.compare(other) <= 0;
  }

  greaterThan(other: Decimal): boolean {
    return this.compare(other) > 0;
  }

  atLeast(other: Decimal): boolean {
    return this.compare(other) >= 0;
  }

  isZero(): boolean {
    return this.coefficient === 0n;
  }

  isPositive(): boolean {
    return this.coefficient > 0n;
  }

  isNegative(): boolean {
    return this.coefficient < 0n;
  }

  min(other: Decimal): Decimal {
    return this.compare(other) <= 0 ? this : other;
  }

  max(other: Decimal): Decimal {
    return this.compare(other) >= 0 ? this : other;
  }

  /** Plain notation in lowest terms: `0.001`, `-12`, never an exponent. `parse(x.toString())` equals `x`. */
  toString(): string {
    if (this.scale === 0) return this.coefficient.toString();
    const negative = this.coefficient < 0n;
    const digits = (negative ? -this.coefficient : this.coefficient).toString().padStart(this.scale + 1, '0');
    const point = digits.length - this.scale;
    return `${negative ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
  }

  /** Plain notation with exactly `scale` digits after the point, as venues print. Throws when digits would be lost. */
  toFixed(scale: number): string {
    if (this.scale > scale)
      throw new RangeError(`${this.toString()} has more than ${scale} digits after the point`);
    if (scale === 0) return this.toString();
    const text = this.toString();
    return this.scale === 0 ? `${text}.${'0'.repeat(scale)}` : text + '0'.repeat(scale - this.scale);
  }

  toJSON(): string {
    return this.toString();
  }

  /**
   * The nearest float, for what is not money: a chart, a metric, a ratio in a log line.
   * No figure that is sent, booked or compared with a limit may pass through it.
   */
  toApproximateNumber(): number {
    return Number(this.toString());
  }
}

/**
 * A running sum. Adding many figures one by one to a `Decimal` brings each step to lowest terms; this does it once, at
 * the end.
 */
export class DecimalSum {
  #coefficient = 0n;
  #scale = 0;

  add(value: Decimal): void {
    if (value.scale === this.#scale) {
      this.#coefficient += value.coefficient;
      return;
    }
    if (value.scale > this.#scale) {
      this.#coefficient *= powerOfTen(value.scale - this.#scale);
      this.#scale = value.scale;
      this.#coefficient += value.coefficient;
      return;
    }
    this.#coefficient += value.coefficient * powerOfTen(this.#scale - value.scale);
  }

  subtract(value: Decimal): void {
    this.add(value.negate());
  }

  total(): Decimal {
    return Decimal.of(this.#coefficient, this.#scale);
  }
}

/** Shorthand for a constant in code: `decimal('0.001')`. Throws when the text is not a decimal. */
export function decimal(text: string): Decimal {
  return Decimal.parse(text);
}

/** Integer division with a named rounding; `denominator` is not zero. */
function divideRounded(numerator: bigint, denominator: bigint, rounding: Rounding): bigint {
  const quotient = numerator / denominator;
  const remainder = numerator % denominator;
  if (remainder === 0n) return quotient;
  const towardPositive = numerator < 0n === denominator < 0n;
  const awayFromZero = towardPositive ? quotient + 1n : quotient - 1n;
  switch (rounding) {
    case 'toward_zero':
      return quotient;
    case 'away_from_zero':
      return awayFromZero;
    case 'down':
      return towardPositive ? quotient : awayFromZero;
    case 'up':
      return towardPositive ? awayFromZero : quotient;
    case 'half_even': {
      const doubled = 2n * magnitude(remainder);
      const whole = magnitude(denominator);
      if (doubled === whole) return quotient % 2n === 0n ? quotient : awayFromZero;
      return doubled > whole ? awayFromZero : quotient;
    }
  }
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}
