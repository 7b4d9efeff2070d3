/**
 * Cases that hold for some venues alone, and for each of them in the same way; their own tests run them with the venue's figures.
 *
 * Entry points: `collateralCase`, `priceLimitCases`. Called in a `describe`, after `accountsAt`.
 */
import { expect, it } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import type { AccountsOfTests } from './accounts-of-tests.ts';
import { ok } from './cases.ts';

type Accounts = Pick<AccountsOfTests<never>, 'fixture'>;

/** `rates` are some assets with the part of their worth that counts. */
export function collateralCase({ fixture }: Accounts, rates: readonly (readonly [string, string])[]): void {
  it('counts what is collateral at its discount rate', async () => {
    const one = await fixture('spot');
    const stated = ok(await one.gateway.balances()).map(({ asset, collateralRate }) => [
      asset,
      collateralRate?.toString(),
    ]);
    expect(stated).toEqual(expect.arrayContaining([...rates]));
  });
}

/** `beyond` and `most` are multiples of the best ask: a price that the venue refuses, and one that nothing trades beyond. */
export function priceLimitCases(
  { fixture }: Accounts,
  { beyond, most, venueCode }: Readonly<Record<'beyond' | 'most' | 'venueCode', string>>,
): void {
  it.each(['spot', 'linear_swap'] as const)(
    'fills a protected market order of %s whose bound lies beyond the price limit, at no price beyond that',
    async (kind) => {
      const one = await fixture(kind);
      const { ask } = await one.bestPrices();
      const bound = await one.priceAt('ask', beyond);
      expect(await one.send(one.limit(bound))).toMatchObject({
        kind: 'refused',
        reason: { kind: 'price_band', venueCode },
      });
      await one.place(one.limit(bound, { timeInForce: 'IOC' }));
      const [order] = await one.trueOrders();
      expect(order).toMatchObject({ status: 'filled' });
      expect(Decimal.parse(order?.price ?? '0').lessThan(bound)).toBe(true);
      for (const { price } of await one.trueFills())
        expect(Decimal.parse(price).atMost(ask.multiply(Decimal.parse(most)))).toBe(true);
    },
  );
}
