/**
 * The rest of `/sapi`: products of the venue that accounts here have not opened. A request for one is refused as the venue refuses
 * a key that may not use an endpoint; a path that the venue does not have is not found.
 *
 * Entry point: `closedProductRoutes`. Routes of exact paths go before them.
 */
import { endpointRoute } from '../../wire/access.ts';
import type { HttpRoute } from '../../wire/wire.ts';
import type { BinanceRules, Endpoint } from '../authentication.ts';
import { apiKeyUnknown, NOT_FOUND } from '../errors.ts';

/** The first words of their paths behind `/sapi/v1/` to `/sapi/v4/`. Source: the list of products in the venue's documentation. */
const PRODUCTS: ReadonlySet<string> = new Set([
  'account',
  'algo',
  'api',
  'apiReferral',
  'asset',
  'bfusd',
  'blvt',
  'bswap',
  'bnbBurn',
  'broker',
  'c2c',
  'capital',
  'convert',
  'copyTrading',
  'dci',
  'eth-staking',
  'fiat',
  'futures',
  'giftcard',
  'lending',
  'loan',
  'localentity',
  'managed-subaccount',
  'margin',
  'mining',
  'nft',
  'onchain-yields',
  'pay',
  'portfolio',
  'rebate',
  'rwusd',
  'simple-earn',
  'soft-staking',
  'sol-staking',
  'spot',
  'staking',
  'sub-account',
  'user-data',
  'userDataStream',
  'userListenToken',
]);

const MAY_NOT: Endpoint = {
  method: 'GET',
  path: '/sapi',
  route: 'other',
  security: 'key',
  weight: 1,
  answer: () => {
    throw apiKeyUnknown();
  },
};

export function closedProductRoutes(rules: BinanceRules): HttpRoute[] {
  const refused = endpointRoute(rules, MAY_NOT);
  return ['/sapi/:version/:product', '/sapi/:version/:product/*'].flatMap((path) =>
    (['GET', 'POST', 'PUT', 'DELETE'] as const).map((method): HttpRoute => ({
      method,
      path,
      route: 'other',
      reply: (request) => {
        const { version = '', product = '' } = request.parameters;
        return /^v[1-4]$/.test(version) && PRODUCTS.has(product) ? refused.reply(request) : NOT_FOUND;
      },
    })),
  );
}
