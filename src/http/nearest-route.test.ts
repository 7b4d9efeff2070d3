import { expect, it } from 'vitest';
import { nearestRoute } from './nearest-route.ts';

const ROUTES = [
  'GET /api/v1/trading/v2/orders',
  'GET /api/v1/trading/v2/orders/open',
  'GET /api/v1/trading/v2/orders/:order_id',
  'POST /api/v1/trading/v2/orders/market',
  'POST /api/v1/trading/v2/orders/limit',
  'DELETE /api/v1/trading/v2/orders/:order_id',
  'GET /api/v1/accounts',
  'POST /api/v1/accounts/:account_id/reset',
  'GET /health/ready',
  'GET /metrics',
].map((name) => {
  const [method = '', url = ''] = name.split(' ');
  return { method, url, scope: 'read' as const, isPage: false };
});

it.each([
  ['GET', '/api/v1/trading/v2/order', 'GET /api/v1/trading/v2/orders'],
  ['POST', '/api/v1/trading/v2/order/market', 'POST /api/v1/trading/v2/orders/market'],
  ['POST', '/trading/v2/orders/market', 'POST /api/v1/trading/v2/orders/market'],
  ['POST', '/api/v1/trading/orders/limit', 'POST /api/v1/trading/v2/orders/limit'],
  ['GET', '/api/v1/trading/v2/orders/market', 'GET /api/v1/trading/v2/orders/{order_id}'],
  ['PUT', '/api/v1/accounts', 'GET /api/v1/accounts'],
  ['GET', '/accounts', 'GET /api/v1/accounts'],
  ['GET', '/api/v1/metrics', null],
  ['GET', '/health', 'GET /health/ready'],
  ['GET', '/wp-login.php', null],
  ['GET', '/', null],
  ['GET', `/api/v1/${'a/'.repeat(90)}`, null],
  ['GET', `/api/v1/${'a'.repeat(300)}`, null],
])('%s %s is nearest to %s', (method, path, expected) => {
  expect(nearestRoute(method, path, ROUTES, '/api/v1')).toBe(expected);
});
