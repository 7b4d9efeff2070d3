/**
 * Asks Coinbase what a key may do.
 *
 * Entry point: `readCoinbaseKeyPermissions`. Source: "Get API Key Permissions". A key that may transfer may send funds out of the venue. Addresses
 * that a key is restricted to are not stated.
 */
import type { JsonValue } from '../../core/json.ts';
import { asObject, flag } from '../ccxt/exact-json.ts';
import type { ReadAnswer } from '../gateway.ts';
import { inquire } from '../key-inquiry.ts';
import type { KeyOptions } from '../key-inquiry.ts';
import type { KeyPermissions } from '../key-permissions.ts';
import { CLASSIFIER } from './classify.ts';
import { ADDRESSES, ENDPOINTS } from './endpoints.ts';
import { timeFrom } from './requests.ts';

/** Asked once; a failure carries the venue's words. The clock is measured before, so that 401 is about the keys. */
export async function readCoinbaseKeyPermissions(
  options: KeyOptions,
): Promise<ReadAnswer<KeyPermissions | null>> {
  return inquire(
    {
      venue: 'coinbase',
      addresses: ADDRESSES,
      classify: (answer) =>
        answer.status === 401
          ? { kind: 'refused', detail: 'HTTP 401: the keys were refused' }
          : CLASSIFIER.read(answer),
      timeEndpoint: ENDPOINTS.time,
      readTime: timeFrom,
    },
    ENDPOINTS.keyPermissions,
    permissionsFrom,
    options,
  );
}

export function permissionsFrom(result: JsonValue): KeyPermissions {
  const key = asObject(result, 'permissions');
  return {
    canRead: flag(key, 'can_view'),
    canTradeSpot: flag(key, 'can_trade'),
    canTradeSwaps: false,
    canWithdraw: flag(key, 'can_transfer'),
    canTransfer: flag(key, 'can_transfer'),
    restrictedToAddresses: false,
  };
}
