import { expect, it } from 'vitest';
import { asset } from '../core/ids.ts';
import { isFeeCoin } from './fee-coins.ts';

it.each([
  ['binance', 'BNB'],
  ['htx', 'HTX'],
  ['htx', 'TRX'],
  ['bitget', 'BGB'],
  ['mexc', 'MX'],
] as const)('at %s fees may be taken in %s, which is closed and sold last', (venue, coin) => {
  expect(isFeeCoin(venue, asset(coin))).toBe(true);
});
