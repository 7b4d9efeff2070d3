import { expect, it } from 'vitest';
import { parseSymbol } from './symbol-text.ts';

it.each([
  ['BTC/USDT', 'BTC/USDT'],
  ['btc-usdt', 'BTC/USDT'],
  ['BTC/USDT:USDT', 'BTC/USDT:USDT'],
  ['BTC-USDT:USDT', 'BTC/USDT:USDT'],
  ['BTC-USDT-SWAP', 'BTC/USDT:USDT'],
  ['1000SATS/USDT', '1000SATS/USDT'],
])('reads %s', (text, symbol) => {
  expect(parseSymbol(text)).toBe(symbol);
});

it.each([
  '',
  'BTC',
  'BTCUSDT',
  'BTC/',
  '/USDT',
  'BTC/USDT/ETH',
  'BTC USDT',
  'BTC/USDT:',
  'BTC\0/USDT',
  'A'.repeat(40) + '/USDT',
])('refuses %j', (text) => {
  expect(parseSymbol(text)).toBeNull();
});
