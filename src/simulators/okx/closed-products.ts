/**
 * The rest of the API of OKX: products that accounts here have not opened. A signed request for one is refused as the venue refuses what an
 * account may not use; a path that the venue does not have is not found.
 *
 * Entry point: `closedProductRoutes`. Routes of exact paths go before them. Source: the contents of the v5 documentation.
 */
import { endpointRoute } from '../wire/access.ts';
import type { HttpRoute } from '../wire/wire.ts';
import type { Endpoint, OkxRules } from './access.ts';
import { OkxRefusal } from './errors.ts';

/** The first words of their paths behind `/api/v5/`. */
const PRODUCTS: ReadonlySet<string> = new Set([
  'account',
  'affiliate',
  'asset',
  'broker',
  'copytrading',
  'fiat',
  'finance',
  'rfq',
  'sprd',
  'support',
  'trade',
  'tradingBot',
  'users',
]);

export const NOT_FOUND = { status: 404, body: '', headers: { 'content-type': 'text/plain' } } as const;

const MAY_NOT = {
  path: '/api/v5',
  route: 'other',
  security: 'signed',
  answer: () => {
    throw new OkxRefusal(51010, 'Request unsupported under current account mode');
  },
} as const satisfies Omit<Endpoint, 'method'>;

export function closedProductRoutes(rules: OkxRules): HttpRoute[] {
  return (['GET', 'POST'] as const).map((method): HttpRoute => {
    const refused = endpointRoute(rules, { ...MAY_NOT, method });
    return {
      method,
      path: '/api/v5/:product/*',
      route: 'other',
      reply: (request) =>
        PRODUCTS.has(request.parameters['product'] ?? '') ? refused.reply(request) : NOT_FOUND,
    };
  });
}
