import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { Decimal, decimal } from '../decimal.ts';
import { PriceLevels } from './price-levels.ts';

const price = fc.integer({ min: 1, max: 12 }).map((units) => Decimal.of(BigInt(units), 1));
const quantity = fc.integer({ min: 0, max: 300 }).map((units) => Decimal.of(BigInt(units), 3));
const step = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), price, quantity }),
  fc.record({ kind: fc.constant('remove' as const), which: fc.nat() }),
  fc.record({ kind: fc.constant('mark' as const), mark: fc.oneof(price, fc.constant(Decimal.zero)) }),
);

describe('quantities at prices', () => {
  it('add up to the same as one by one, whatever was added, removed and valued before', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const levels = new PriceLevels();
        const entries: { readonly price: Decimal; readonly quantity: Decimal }[] = [];
        let mark = Decimal.one;
        for (const each of steps) {
          if (each.kind === 'add') {
            levels.add(each.price, each.quantity);
            entries.push(each);
          } else if (each.kind === 'remove') {
            const [taken] = entries.splice(each.which % Math.max(entries.length, 1), 1);
            if (taken !== undefined) levels.remove(taken.price, taken.quantity);
          } else mark = each.mark;
          const prices = entries.map((entry) => entry.price).sort((left, right) => left.compare(right));
          const value = entries.reduce(
            (sum, entry) => sum.add(entry.quantity.multiply(entry.price.max(mark))),
            Decimal.zero,
          );
          expect(levels.lowest()).toEqual(prices[0] ?? null);
          expect(levels.highest()).toEqual(prices.at(-1) ?? null);
          expect(levels.valueAt(mark).toString()).toBe(value.toString());
        }
      }),
    );
  });

  it('refuses to take back what is not there', () => {
    const levels = new PriceLevels();
    levels.add(decimal('2'), decimal('1'));
    expect(() => levels.remove(decimal('3'), decimal('1'))).toThrow(RangeError);
    levels.remove(decimal('2.0'), decimal('1'));
    expect(() => levels.remove(decimal('2'), decimal('1'))).toThrow(RangeError);
  });

  it('looks at few of many levels when one changes or the mark moves by a tick', () => {
    const levels = new PriceLevels();
    for (let units = 1n; units <= 10_000n; units += 1n) levels.add(Decimal.of(units, 2), Decimal.one);
    levels.valueAt(decimal('50'));
    const compared = vi.spyOn(Decimal.prototype, 'compare');
    levels.add(decimal('50.005'), Decimal.one);
    levels.valueAt(decimal('50.01'));
    levels.valueAt(decimal('49.99'));
    levels.remove(decimal('50.005'), Decimal.one);
    expect(levels.highest()?.toString()).toBe('100');
    expect(compared.mock.calls.length).toBeLessThan(60);
    compared.mockRestore();
  });
});
