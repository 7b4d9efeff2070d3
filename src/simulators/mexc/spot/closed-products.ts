/**
 * The rest of MEXC's spot API: products that accounts here have not opened. A signed request for one is refused as the venue refuses what a key
 * may not use; a path that the venue does not have is not found.
 *
 * Entry point: `closedProductRoutes`. Routes of exact paths go before them. Source: the contents of the spot v3 documentation.
 */
import { endpointRoute } from '../../wire/access.ts';
import type { HttpRoute } from '../../wire/wire.ts';
import type { Endpoint, SpotRules } from './access.ts';
import { noPermission } from './errors.ts';

/** The first words of their paths behind `/api/v3/`. */
const PRODUCTS: ReadonlySet<string> = new Set([
  'broker',
  'capital',
  'margin',
  'rebate',
  'strategy',
  'sub-account',
]);

export const NOT_FOUND = { status: 404, body: '', headers: { 'content-type': 'text/plain' } } as const;

const MAY_NOT = {
  path: '/api/v3',
  route: 'other',
  security: 'signed',
  answer: () => {
    throw noPermission();
  },
} as const satisfies Omit<Endpoint, 'method'>;

export function closedProductRoutes(rules: SpotRules): HttpRoute[] {
  return (['GET', 'POST', 'PUT', 'DELETE'] as const).map((method): HttpRoute => {
    const refused = endpointRoute(rules, { ...MAY_NOT, method });
    return {
      method,
      path: '/api/v3/:product/*',
      route: 'other',
      reply: (request) =>
        PRODUCTS.has(request.parameters['product'] ?? '') ? refused.reply(request) : NOT_FOUND,
    };
  });
}
