import { expect, it } from 'vitest';
import { Decimal, decimal } from '../decimal.ts';
import { asset } from '../ids.ts';
import { START } from '../testing/fixture.ts';
import { UNPRICED_FOR_MS, withUnpriced } from './unpriced.ts';
import { exactly } from './valuation.ts';

it('a rebate in a coin without a price hides no fee in another one', () => {
  const [rebated, charged] = [asset('AAA'), asset('BBB')];
  const unpriced = [rebated, charged].map((key) => ({ key, since: START, ceiling: decimal('10') }));
  const nothing = exactly(Decimal.zero);
  const result = {
    realized: nothing,
    unrealized: nothing,
    unpricedPositions: [],
    unpricedAssets: new Map([
      [rebated, decimal('-50')],
      [charged, decimal('50')],
    ]),
  };
  const at = START + UNPRICED_FOR_MS;
  const shown = withUnpriced(result, unpriced, decimal('1000'), at, { priceOf: () => null }, asset('USDT'));
  expect(shown.realized.low.toString()).toBe('-500');
  expect(shown.uncertain).toBe('results or fees are in AAA, BBB, which has no price');
});
