/**
 * Quantities at prices, kept so that they can be valued at any mark, each at the dearer of its price and the mark,
 * without looking at each of them.
 *
 * Invariants: the levels are in rising order of their prices, and none is without an entry. Those up to the mark of the
 * last valuation are added up as quantity, those above it as value: another mark moves only the levels in between.
 */
import { Decimal, DecimalSum } from '../decimal.ts';

interface PriceLevel {
  readonly price: Decimal;
  readonly quantity: DecimalSum;
  entries: number;
}

export class PriceLevels {
  readonly #levels: PriceLevel[] = [];
  #mark = Decimal.zero;
  /** How many levels lie at the mark or below it. */
  #upToMark = 0;
  readonly #quantityUpToMark = new DecimalSum();
  readonly #valueAboveMark = new DecimalSum();

  add(price: Decimal, quantity: Decimal): void {
    const place = this.#placeOf(price);
    let level = this.#levels[place];
    if (level?.price.equals(price) !== true) {
      level = { price, quantity: new DecimalSum(), entries: 0 };
      this.#levels.splice(place, 0, level);
      if (price.atMost(this.#mark)) this.#upToMark += 1;
    }
    level.quantity.add(quantity);
    level.entries += 1;
    if (place < this.#upToMark) this.#quantityUpToMark.add(quantity);
    else this.#valueAboveMark.add(price.multiply(quantity));
  }

  /** Takes back what was added with the same figures. Throws a RangeError where nothing is at that price. */
  remove(price: Decimal, quantity: Decimal): void {
    const place = this.#placeOf(price);
    const level = this.#levels[place];
    if (level?.price.equals(price) !== true) throw new RangeError(`nothing is at ${price.toString()}`);
    level.quantity.subtract(quantity);
    level.entries -= 1;
    if (place < this.#upToMark) this.#quantityUpToMark.subtract(quantity);
    else this.#valueAboveMark.subtract(price.multiply(quantity));
    if (level.entries > 0) return;
    this.#levels.splice(place, 1);
    if (place < this.#upToMark) this.#upToMark -= 1;
  }

  lowest(): Decimal | null {
    return this.#levels[0]?.price ?? null;
  }

  highest(): Decimal | null {
    return this.#levels.at(-1)?.price ?? null;
  }

  /** The worth of all levels, each quantity at the dearer of its price and `mark`. */
  valueAt(mark: Decimal): Decimal {
    this.#moveMark(mark);
    return this.#valueAboveMark.total().add(this.#quantityUpToMark.total().multiply(mark));
  }

  #moveMark(mark: Decimal): void {
    this.#mark = mark;
    for (
      let next = this.#levels[this.#upToMark];
      next?.price.atMost(mark) === true;
      next = this.#levels[this.#upToMark]
    ) {
      const quantity = next.quantity.total();
      this.#valueAboveMark.subtract(next.price.multiply(quantity));
      this.#quantityUpToMark.add(quantity);
      this.#upToMark += 1;
    }
    for (
      let last = this.#levels[this.#upToMark - 1];
      last?.price.greaterThan(mark) === true;
      last = this.#levels[this.#upToMark - 1]
    ) {
      const quantity = last.quantity.total();
      this.#quantityUpToMark.subtract(quantity);
      this.#valueAboveMark.add(last.price.multiply(quantity));
      this.#upToMark -= 1;
    }
  }

  /** The place of the first level at `price` or above it. */
  #placeOf(price: Decimal): number {
    let low = 0;
    let high = this.#levels.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#levels[middle]?.price.lessThan(price) === true) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
