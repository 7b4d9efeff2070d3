import { expect, test } from 'vitest';
import { pathPattern } from './path-pattern.ts';

test.each([
  ['/api/v3/order', '/api/v3/order', {}],
  ['/api/v3/order', '/api/v3/orders', null],
  ['/api.v3', '/apiXv3', null],
  ['/orders/:symbol/:id', '/orders/BTC%2FUSDT/a-1', { symbol: 'BTC/USDT', id: 'a-1' }],
  ['/orders/:symbol', '/orders/a/b', null],
  ['/ws/*', '/ws/btcusdt@trade/x', { '*': 'btcusdt@trade/x' }],
  ['/ws/:stream', '/ws/100%', { stream: '100%' }],
])('%s against %s', (pattern, path, parameters) => {
  expect(pathPattern(pattern)(path)).toEqual(parameters);
});
