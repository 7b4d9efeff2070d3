import { expect, it } from 'vitest';
import { decimal } from '../core/decimal.ts';
import { asset, instrumentSymbol } from '../core/ids.ts';
import { initialState } from '../core/portfolio/state.ts';
import { ACCOUNT, quoteAt, SPOT_INSTRUMENT, START } from '../core/testing/fixture.ts';
import { ConversionPrices } from './conversions.ts';

/** An account that lists these markets at these prices. */
function listing(
  prices: Readonly<Record<string, string>>,
  read: string[] = [],
  ages: Readonly<Record<string, number>> = {},
): ConversionPrices {
  const state = initialState();
  return new ConversionPrices({
    state: () => state,
    now: () => START,
    lists: (_account, symbol) => Object.hasOwn(prices, symbol),
    knownQuote: (_account, symbol) =>
      quoteAt({ ...SPOT_INSTRUMENT, symbol }, decimal(prices[symbol] ?? '0'), START - (ages[symbol] ?? 0)),
    read: async (_account, symbol) => {
      read.push(symbol);
      return Promise.resolve();
    },
  });
}

it.each([
  ['its own market', 'USDC', { 'USDC/USDT': '0.999' }, '0.999'],
  ['the inverse market', 'EUR', { 'USDT/EUR': '0.8' }, '1.25'],
  ['two markets over a common currency', 'XYZ', { 'XYZ/BTC': '0.5', 'BTC/USDT': '60000' }, '30000'],
  ['no market: not known', 'FDUSD', { 'BTC/USDT': '60000' }, undefined],
])('an asset converts over %s', (_name, from, prices, expected) => {
  expect(listing(prices).rate(ACCOUNT, asset(from))?.low.toString()).toBe(expected);
});

it('the last confirmed rate keeps its age, however old, and collateral counts in its own currency', () => {
  const conversions = listing({ 'XYZ/BTC': '0.5', 'BTC/USDT': '60000' });
  expect(conversions.confirmed(ACCOUNT, asset('XYZ'))).toEqual({ price: decimal('30000'), at: START });
  expect(conversions.confirmed(ACCOUNT, asset('USDT'))?.price.toString()).toBe('1');
  expect(conversions.confirmed(ACCOUNT, asset('FDUSD'))).toBeNull();
  expect(conversions.rateTo(ACCOUNT, asset('XYZ'), asset('BTC'))?.low.toString()).toBe('0.5');
});

it.each(['XYZ/BTC', 'BTC/USDT'])('a price over two markets is as old as the older one: %s', (old) => {
  const conversions = listing({ 'XYZ/BTC': '0.5', 'BTC/USDT': '60000' }, [], { [old]: 30_000 });
  expect(conversions.confirmed(ACCOUNT, asset('XYZ'))).toEqual({
    price: decimal('30000'),
    at: START - 30_000,
  });
});

it('reads the markets that convert an asset, and none for the base currency', async () => {
  const read: string[] = [];
  const conversions = listing({ 'XYZ/BTC': '0.5', 'BTC/USDT': '60000' }, read);
  await conversions.read(ACCOUNT, asset('USDT'));
  await conversions.read(ACCOUNT, asset('XYZ'));
  expect(read).toEqual([instrumentSymbol('XYZ/BTC'), instrumentSymbol('BTC/USDT')]);
});
