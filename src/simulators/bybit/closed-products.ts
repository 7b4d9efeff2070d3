/**
 * Products of Bybit that accounts here have not opened. A signed request for it is refused as the venue refuses a key that may not use an
 * endpoint; lists of categories that are not traded (inverse contracts, options) are empty; a path that the venue does not have is not found.
 *
 * Entry points: `closedProductRoutes`, `withEmptyCategories`. Routes of exact paths go before the former's. Source: the contents of the v5
 * documentation.
 */
import { endpointRoute } from '../wire/access.ts';
import type { HttpRoute } from '../wire/wire.ts';
import type { BybitRules, Call, Endpoint } from './access.ts';
import { permissionDenied, symbolInvalid } from './errors.ts';

/** The first words of their paths behind `/v5/`. */
const PRODUCTS: ReadonlySet<string> = new Set([
  'account',
  'affiliate',
  'asset',
  'broker',
  'crypto-loan',
  'crypto-loan-common',
  'crypto-loan-fixed',
  'crypto-loan-flexible',
  'earn',
  'fiat',
  'ins-loan',
  'lending',
  'order',
  'p2p',
  'position',
  'rfq',
  'spot-cross-margin-trade',
  'spot-lever-token',
  'spot-margin-trade',
  'spread',
  'user',
]);

export const NOT_FOUND = { status: 404, body: '', headers: { 'content-type': 'text/plain' } } as const;

const MAY_NOT = {
  path: '/v5',
  route: 'other',
  security: 'signed',
  answer: () => {
    throw permissionDenied();
  },
} as const satisfies Omit<Endpoint, 'method'>;

export function closedProductRoutes(rules: BybitRules): HttpRoute[] {
  return (['GET', 'POST'] as const).map((method): HttpRoute => {
    const refused = endpointRoute(rules, { ...MAY_NOT, method });
    return {
      method,
      path: '/v5/:product/*',
      route: 'other',
      reply: (request) =>
        PRODUCTS.has(request.parameters['product'] ?? '') ? refused.reply(request) : NOT_FOUND,
    };
  });
}

const NOT_TRADED: ReadonlySet<string> = new Set(['inverse', 'option']);
const LISTS: ReadonlySet<string> = new Set([
  '/v5/account/fee-rate',
  '/v5/execution/list',
  '/v5/market/instruments-info',
  '/v5/market/risk-limit',
  '/v5/market/tickers',
  '/v5/order/history',
  '/v5/order/realtime',
  '/v5/position/closed-pnl',
  '/v5/position/list',
]);

/** The same endpoint, which has nothing to list of a category that is not traded here. */
export function withEmptyCategories(endpoint: Endpoint): Endpoint {
  if (endpoint.method !== 'GET' || !LISTS.has(endpoint.path)) return endpoint;
  const answer = endpoint.answer as (call: Call) => unknown;
  return {
    ...endpoint,
    answer: (call: Call) => {
      const { parameters } = call.parameters;
      const category = parameters.optional('category') ?? '';
      if (!NOT_TRADED.has(category)) return answer(call);
      if (parameters.has('symbol')) throw symbolInvalid();
      return { category, list: [], nextPageCursor: '' };
    },
  };
}
