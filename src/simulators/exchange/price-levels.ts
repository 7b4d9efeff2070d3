/**
 * Orders by price and then by time: one side of a book, or stop orders that wait for a price.
 * Adding and removing cost a binary search over the prices; the best is at hand.
 */
import { Decimal } from '../../core/decimal.ts';

export interface Level<Item> {
  readonly price: Decimal;
  /** Oldest first. */
  readonly queue: Set<Item>;
  /** Sum of the quantities given to `add` and `adjust`. */
  total: Decimal;
}

export class PriceLevels<Item> {
  readonly #highestIsBest: boolean;
  /** Worst first, so that the best comes and goes at the end of the array. */
  readonly #levels: Level<Item>[] = [];

  constructor(best: 'highest' | 'lowest') {
    this.#highestIsBest = best === 'highest';
  }

  best(): Level<Item> | undefined {
    return this.#levels[this.#levels.length - 1];
  }

  /** Puts the item behind the others at its price. */
  add(price: Decimal, item: Item, quantity: Decimal): void {
    const index = this.#find(price);
    let level = this.#levels[index];
    if (level === undefined || !level.price.equals(price)) {
      level = { price, queue: new Set(), total: Decimal.zero };
      this.#levels.splice(index, 0, level);
    }
    level.queue.add(item);
    level.total = level.total.add(quantity);
  }

  /** Takes the item out with what is left of its quantity. */
  remove(price: Decimal, item: Item, quantity: Decimal): void {
    const index = this.#find(price);
    const level = this.#levels[index];
    if (level === undefined || !level.price.equals(price) || !level.queue.delete(item))
      throw new Error(`nothing to remove at ${price.toString()}`);
    level.total = level.total.subtract(quantity);
    if (level.queue.size === 0) this.#levels.splice(index, 1);
  }

  /** Changes the quantity of an item that keeps its place. */
  adjust(price: Decimal, change: Decimal): void {
    const level = this.at(price);
    if (level === undefined) throw new Error(`no level at ${price.toString()}`);
    level.total = level.total.add(change);
  }

  at(price: Decimal): Level<Item> | undefined {
    const level = this.#levels[this.#find(price)];
    return level?.price.equals(price) === true ? level : undefined;
  }

  *bestFirst(): Generator<Level<Item>> {
    for (let index = this.#levels.length - 1; index >= 0; index -= 1) {
      const level = this.#levels[index];
      if (level !== undefined) yield level;
    }
  }

  /** Where the level of this price stands, or would. */
  #find(price: Decimal): number {
    let low = 0;
    let high = this.#levels.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const level = this.#levels[middle];
      if (level === undefined) break;
      const order = level.price.compare(price);
      const isWorse = this.#highestIsBest ? order < 0 : order > 0;
      if (isWorse) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
