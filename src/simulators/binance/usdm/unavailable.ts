/**
 * Endpoints of USD-M futures that the accounts here may not use: asset conversion, portfolio margin, the broker's programme,
 * contracts on shares. They are answered as the venue answers a key without the permission, after the checks that every request
 * passes. Source: the list of endpoints of the USD-M futures documentation.
 */
import type { Endpoint } from '../authentication.ts';
import { apiKeyUnknown } from '../errors.ts';

const PATHS = [
  ['POST', '/fapi/v1/convert/getQuote'],
  ['POST', '/fapi/v1/convert/acceptQuote'],
  ['GET', '/fapi/v1/convert/orderStatus'],
  ['GET', '/fapi/v1/pmAccountInfo'],
  ['POST', '/fapi/v1/stock/contract'],
  ['GET', '/fapi/v1/apiReferral/ifNewUser'],
  ['POST', '/fapi/v1/apiReferral/customization'],
  ['GET', '/fapi/v1/apiReferral/customization'],
  ['POST', '/fapi/v1/apiReferral/userCustomization'],
  ['GET', '/fapi/v1/apiReferral/userCustomization'],
  ['GET', '/fapi/v1/apiReferral/overview'],
  ['GET', '/fapi/v1/apiReferral/tradeVol'],
  ['GET', '/fapi/v1/apiReferral/rebateVol'],
  ['GET', '/fapi/v1/apiReferral/traderNum'],
  ['GET', '/fapi/v1/apiReferral/traderSummary'],
] as const;

export function unavailableEndpoints(): Endpoint[] {
  return PATHS.map(([method, path]) => ({
    method,
    path,
    route: 'other',
    security: 'signed',
    weight: 1,
    answer: () => {
      throw apiKeyUnknown();
    },
  }));
}
