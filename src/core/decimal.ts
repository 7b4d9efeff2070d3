/**
 * Exact decimal numbers for money, prices and quantities.
 *
 * A value is `coefficient x 10^-scale` with a whole coefficient, kept in lowest terms (no trailing
 * zeros in the coefficient while `scale > 0`), so equal values have equal fields. Addition, subtraction
 * and multiplication are exact. Every operation that can lose digits takes a `Rounding` by name.
 *
 * Nearly every figure has fewer than 16 digits, and BigInts are dear. So a whole number is a JavaScript number wherever
 * that holds it exactly, and a BigInt beyond: see `Whole`.
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

/** A figure of no more characters has no more digits than a safe integer can have. */
const MOST_SHORT_CHARACTERS = 15;
const MINUS = 45;
const POINT = 46;
const DIGIT_ZERO = 48;

const DECIMAL_PATTERN = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/;

/** A whole number of any size: a `number` where that is a safe integer, never -0, and a `bigint` where it is not. */
export type Whole = number | bigint;

const POWERS: Whole[] = [];

function powerOfTen(exponent: number): Whole {
  let power = POWERS[exponent];
  if (power === undefined) {
    power = whole(10n ** BigInt(exponent));
    POWERS[exponent] = power;
  }
  return power;
}

function whole(value: bigint): Whole {
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : value;
}

// A sum, a product or a BigInt whose value is a safe integer is exact: a value beyond that range is never rounded into it.

function sumOf(left: Whole, right: Whole): Whole {
  if (typeof left === 'number' && typeof right === 'number') {
    const sum = left + right;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return whole(BigInt(left) + BigInt(right));
}

function productOf(left: Whole, right: Whole): Whole {
  if (typeof left === 'number' && typeof right === 'number') {
    const product = left * right;
    // Adding 0 makes 0 of -0.
    if (Number.isSafeInteger(product)) return product + 0;
  }
  return whole(BigInt(left) * BigInt(right));
}

function shifted(value: Whole, digits: number): Whole {
  return digits === 0 ? value : productOf(value, powerOfTen(digits));
}

function negated(value: Whole): Whole {
  return typeof value === 'number' ? 0 - value : -value;
}

/** Why a text is not a decimal that we accept. */
export type DecimalFault = 'not_a_number' | 'too_many_digits';

export class Decimal {
  readonly coefficient: Whole;
  /** Digits after the point, zero or more. */
  readonly scale: number;
  /** The result of `toString`, kept because a figure is written many times; null before the first call. */
  #text: string | null = null;

  private constructor(coefficient: Whole, scale: number) {
    this.coefficient = coefficient;
    this.scale = scale;
  }

  static readonly zero = new Decimal(0, 0);
  static readonly one = new Decimal(1, 0);

  /**
   * `coefficient x 10^-scale`, brought to lowest terms. `scale` must be a whole number, zero or more.
   * Throws a RangeError for a coefficient that is a number but no safe integer.
   */
  static of(coefficient: Whole, scale = 0): Decimal {
    if (typeof coefficient === 'bigint') return Decimal.#lowest(whole(coefficient), scale);
    if (!Number.isSafeInteger(coefficient)) throw new RangeError(`not a safe integer: ${coefficient}`);
    return Decimal.#lowest(coefficient, scale);
  }

  static #lowest(coefficient: Whole, scale: number): Decimal {
    let digits = coefficient;
    let places = scale;
    while (places > 0 && typeof digits === 'bigint' && digits % 10n === 0n) {
      digits = whole(digits / 10n);
      places -= 1;
    }
    if (typeof digits === 'bigint') return new Decimal(digits, places);
    if (digits === 0) return Decimal.zero;
    while (places > 0) {
      // Where this is not whole it is 0.1 or more away from a whole number: further than it can have been rounded.
      const tenth: number = digits / 10;
      if (!Number.isInteger(tenth)) break;
      digits = tenth;
      places -= 1;
    }
    return new Decimal(digits, places);
  }

  /** A whole number of JavaScript, such as a count or a number of basis points. */
  static fromInteger(value: number): Decimal {
    return Decimal.of(value);
  }

  /**
   * Reads plain or scientific notation (`0.001`, `-12`, `1e-8`).
   * Returns the fault as a value: a bad figure is input, not a bug.
   */
  static tryParse(text: string): Decimal | DecimalFault {
    return Decimal.#read(text, MAX_DIGITS);
  }

  /**
   * As `tryParse`, for text that is known to be a decimal (our own journal, constants). Throws on a fault.
   * Products of figures that were let in may have more digits than those: what we have written must be readable.
   */
  static parse(text: string): Decimal {
    const value = Decimal.#read(text, MAX_DERIVED_DIGITS);
    if (typeof value === 'string') throw new RangeError(`${value}: ${JSON.stringify(text)}`);
    return value;
  }

  static #read(text: string, maxDigits: number): Decimal | DecimalFault {
    const short = Decimal.#readShort(text);
    if (short !== null) return short;
    const match = DECIMAL_PATTERN.exec(text);
    if (match === null) return 'not_a_number';
    const [, sign, integer = '', fraction = '', exponentText = '0'] = match;
    const exponent = Number(exponentText);
    if (integer.length + fraction.length > 2 * maxDigits || Math.abs(exponent) > maxDigits)
      return 'too_many_digits';
    const digits = whole(BigInt(integer + fraction));
    const scale = fraction.length - exponent;
    const coefficient = scale < 0 ? shifted(digits, -scale) : digits;
    const value = Decimal.#lowest(sign === '-' ? negated(coefficient) : coefficient, Math.max(scale, 0));
    if (value.scale > maxDigits || value.abs().coefficient >= powerOfTen(maxDigits + value.scale))
      return 'too_many_digits';
    return value;
  }

  /** Plain notation short enough for a number, as nearly every figure comes; null for anything else, good or bad. */
  static #readShort(text: string): Decimal | null {
    const start = text.charCodeAt(0) === MINUS ? 1 : 0;
    const end = text.length;
    if (end > MOST_SHORT_CHARACTERS) return null;
    let coefficient = 0;
    let point = end;
    for (let index = start; index < end; index += 1) {
      const digit = text.charCodeAt(index) - DIGIT_ZERO;
      if (digit >= 0 && digit <= 9) coefficient = coefficient * 10 + digit;
      else if (digit === POINT - DIGIT_ZERO && point === end) point = index;
      else return null;
    }
    if (point === start || point === end - 1) return null;
    return Decimal.#lowest(start === 1 ? 0 - coefficient : coefficient, Math.max(end - point - 1, 0));
  }

  add(other: Decimal): Decimal {
    const scale = Math.max(this.scale, other.scale);
    return Decimal.#lowest(
      sumOf(shifted(this.coefficient, scale - this.scale), shifted(other.coefficient, scale - other.scale)),
      scale,
    );
  }

  subtract(other: Decimal): Decimal {
    return this.add(other.negate());
  }

  multiply(other: Decimal): Decimal {
    return Decimal.#lowest(productOf(this.coefficient, other.coefficient), this.scale + other.scale);
  }

  /** `this / divisor` with `scale` digits after the point. Throws a RangeError on a zero divisor. */
  divide(divisor: Decimal, scale: number, rounding: Rounding): Decimal {
    if (divisor.isZero()) throw new RangeError('division by zero');
    // this / divisor = (a / 10^sa) / (b / 10^sb), so `scale` digits of it are a x 10^(scale + sb - sa) / b, as a whole number.
    const digits = scale + divisor.scale - this.scale;
    return Decimal.#lowest(quotientOf(this.coefficient, divisor.coefficient, digits, rounding), scale);
  }

  /** The nearest multiple of `step` (> 0) in the direction named. */
  roundToMultipleOf(step: Decimal, rounding: Rounding): Decimal {
    return Decimal.of(this.countOf(step, rounding)).multiply(step);
  }

  /** How many times `step` (> 0) goes into this figure, as a whole number rounded in the direction named. */
  countOf(step: Decimal, rounding: Rounding): bigint {
    if (!step.isPositive()) throw new RangeError('a step must be above zero');
    return BigInt(quotientOf(this.coefficient, step.coefficient, step.scale - this.scale, rounding));
  }

  /** Throws a RangeError on a step of zero. */
  isMultipleOf(step: Decimal): boolean {
    if (step.isZero()) throw new RangeError('nothing but zero is a multiple of zero');
    // In lowest terms a multiple has no more digits after the point than the step.
    if (this.scale > step.scale) return false;
    const steps = shifted(this.coefficient, step.scale - this.scale);
    return remainderOf(steps, step.coefficient) === 0;
  }

  negate(): Decimal {
    return this.coefficient === 0 ? this : new Decimal(negated(this.coefficient), this.scale);
  }

  abs(): Decimal {
    return this.coefficient < 0 ? this.negate() : this;
  }

  /** -1, 0 or 1, as a comparator wants it. */
  compare(other: Decimal): -1 | 0 | 1 {
    const scale = Math.max(this.scale, other.scale);
    const left = shifted(this.coefficient, scale - this.scale);
    const right = shifted(other.coefficient, scale - other.scale);
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
    return this.coefficient === 0;
  }

  isPositive(): boolean {
    return this.coefficient > 0;
  }

  isNegative(): boolean {
    return this.coefficient < 0;
  }

  min(other: Decimal): Decimal {
    return this.compare(other) <= 0 ? this : other;
  }

  max(other: Decimal): Decimal {
    return this.compare(other) >= 0 ? this : other;
  }

  /** Plain notation in lowest terms: `0.001`, `-12`, never an exponent. `parse(x.toString())` equals `x`. */
  toString(): string {
    return (this.#text ??= this.#written());
  }

  #written(): string {
    const { scale } = this;
    if (scale === 0) return this.coefficient.toString();
    const negative = this.coefficient < 0;
    const magnitude = negative ? negated(this.coefficient) : this.coefficient;
    const digits = magnitude.toString().padStart(scale + 1, '0');
    const point = digits.length - scale;
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
  /** The sum is `#near` plus `#far`, so that large and small figures can alternate without a BigInt for each. */
  #near = 0;
  #far = 0n;
  #scale = 0;

  add(value: Decimal): void {
    this.#add(value.coefficient, value.scale);
  }

  subtract(value: Decimal): void {
    this.#add(negated(value.coefficient), value.scale);
  }

  #add(coefficient: Whole, scale: number): void {
    if (scale > this.#scale) this.#rescale(scale);
    this.#addWhole(shifted(coefficient, this.#scale - scale));
  }

  #rescale(scale: number): void {
    const digits = scale - this.#scale;
    const near = this.#near;
    this.#near = 0;
    this.#far *= BigInt(powerOfTen(digits));
    this.#scale = scale;
    this.#addWhole(shifted(near, digits));
  }

  #addWhole(value: Whole): void {
    const sum = typeof value === 'number' ? this.#near + value : Number.NaN;
    if (Number.isSafeInteger(sum)) this.#near = sum;
    else this.#far += BigInt(value);
  }

  total(): Decimal {
    return Decimal.of(this.#far === 0n ? this.#near : this.#far + BigInt(this.#near), this.#scale);
  }
}

/** Shorthand for a constant in code: `decimal('0.001')`. Throws when the text is not a decimal. */
export function decimal(text: string): Decimal {
  return Decimal.parse(text);
}

/** The whole number next to `numerator x 10^digits / denominator` in the direction named; `denominator` is not zero. */
function quotientOf(numerator: Whole, denominator: Whole, digits: number, rounding: Rounding): Whole {
  const dividend = digits > 0 ? shifted(numerator, digits) : numerator;
  const divisor = digits < 0 ? shifted(denominator, -digits) : denominator;
  const remainder = remainderOf(dividend, divisor);
  const quotient = exactQuotient(sumOf(dividend, negated(remainder)), divisor);
  if (remainder === 0) return quotient;
  const isPositive = dividend < 0 === divisor < 0;
  const growsInMagnitude = roundsAwayFromZero(rounding, isPositive, quotient, remainder, divisor);
  return growsInMagnitude ? sumOf(quotient, isPositive ? 1 : -1) : quotient;
}

/** The remainder of a whole division that drops digits toward zero; it has the sign of `dividend`. */
function remainderOf(dividend: Whole, divisor: Whole): Whole {
  return typeof dividend === 'number' && typeof divisor === 'number'
    ? (dividend % divisor) + 0
    : whole(BigInt(dividend) % BigInt(divisor));
}

/** `dividend / divisor` where nothing is left over: between safe integers it is exact, since the result is one. */
function exactQuotient(dividend: Whole, divisor: Whole): Whole {
  return typeof dividend === 'number' && typeof divisor === 'number'
    ? dividend / divisor + 0
    : whole(BigInt(dividend) / BigInt(divisor));
}

/** Whether a division with something left over ends one further from zero than the quotient without it. */
function roundsAwayFromZero(
  rounding: Rounding,
  isPositive: boolean,
  quotient: Whole,
  remainder: Whole,
  divisor: Whole,
): boolean {
  switch (rounding) {
    case 'toward_zero':
      return false;
    case 'away_from_zero':
      return true;
    case 'down':
      return !isPositive;
    case 'up':
      return isPositive;
    case 'half_even': {
      const doubled = magnitudeOf(sumOf(remainder, remainder));
      const all = magnitudeOf(divisor);
      return doubled === all ? remainderOf(quotient, 2) !== 0 : doubled > all;
    }
  }
}

function magnitudeOf(value: Whole): Whole {
  return value < 0 ? negated(value) : value;
}
