/** Bitget's limits: what counts with what, in which window. */
import { expect, test } from 'vitest';
import { BitgetRefusal } from './errors.ts';
import { RequestLimits } from './rate-limits.ts';

const NOW = 1_700_000_000_000;

/** How many of at most `most` requests are admitted before one is refused with 429. */
function admitted(charge: () => void, most: number): number {
  for (let count = 0; count < most; count += 1)
    try {
      charge();
    } catch (error) {
      expect(error).toBeInstanceOf(BitgetRefusal);
      expect(error).toMatchObject({ code: '429', status: 429 });
      return count;
    }
  return most;
}

test('an account has so many requests to an endpoint in any second, and each endpoint its own', () => {
  const limits = new RequestLimits();
  const place = (account: string, at: number) => () =>
    limits.chargeAccount(account, '/api/v3/trade/place-order', at);
  expect(admitted(place('one', NOW), 30)).toBe(10);
  expect(admitted(place('two', NOW), 30)).toBe(10);
  expect(admitted(() => limits.chargeAccount('one', '/api/v3/trade/cancel-order', NOW), 30)).toBe(10);
  expect(admitted(() => limits.chargeAccount('one', '/api/v3/trade/order-info', NOW), 30)).toBe(20);
  expect(admitted(() => limits.chargeAccount('one', '/api/v3/account/fee-rate', NOW), 30)).toBe(3);
  expect(admitted(place('one', NOW + 999), 1)).toBe(0);
  expect(admitted(place('one', NOW + 1_000), 1)).toBe(1);
});

test('an address has twenty requests to a public endpoint in a second, and 6,000 of all kinds in a minute', () => {
  const limits = new RequestLimits();
  const book = (at: number) => () => limits.chargeAddress('/api/v3/market/orderbook', at);
  expect(admitted(book(NOW), 30)).toBe(20);
  expect(admitted(book(NOW + 1_000), 30)).toBe(20);
  const other = (at: number) => () => limits.chargeAddress('/api/v3/trade/order-info', at);
  // The 42 requests above count, the refused ones among them.
  expect(admitted(other(NOW + 2_000), 7_000)).toBe(5_958);
  expect(admitted(other(NOW + 62_000), 1)).toBe(1);
});
