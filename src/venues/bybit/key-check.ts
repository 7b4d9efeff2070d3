/**
 * Asks Bybit what a key may do.
 *
 * Entry point: `readBybitKeyPermissions`. Source: "Get API Key Information" of the v5 documentation: "Any permission can access this
 * endpoint."
 */
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { asArray, asObject, text } from '../ccxt/exact-json.ts';
import type { ReadAnswer } from '../gateway.ts';
import { inquire } from '../key-inquiry.ts';
import type { KeyOptions } from '../key-inquiry.ts';
import type { KeyPermissions } from '../key-permissions.ts';
import { CLASSIFIER } from './classify.ts';
import { ADDRESSES, ENDPOINTS } from './endpoints.ts';
import { timeFrom } from './requests.ts';

/** Asked once; a failure carries the venue's words. */
export async function readBybitKeyPermissions(
  options: KeyOptions,
): Promise<ReadAnswer<KeyPermissions | null>> {
  return inquire(
    {
      venue: 'bybit',
      addresses: ADDRESSES,
      classify: (answer) => CLASSIFIER.read(answer),
      timeEndpoint: ENDPOINTS.time,
      readTime: timeFrom,
    },
    ENDPOINTS.keyInformation,
    permissionsFrom,
    options,
  );
}

/** Rights of a key by their group; a read-only key has the names of its groups, and may act in none. */
export function permissionsFrom(result: JsonValue): KeyPermissions {
  const key = asObject(result, 'key information');
  const groups = asObject(key['permissions'], 'permissions');
  const mayAct = text(key, 'readOnly') === '0';
  const wallet = rightsOf(groups, 'Wallet');
  const swaps = [...rightsOf(groups, 'ContractTrade'), ...rightsOf(groups, 'Derivatives')];
  return {
    canRead: true,
    canTradeSpot: mayAct && rightsOf(groups, 'Spot').includes('SpotTrade'),
    canTradeSwaps: mayAct && (swaps.includes('Order') || swaps.includes('DerivativesTrade')),
    canWithdraw: wallet.includes('Withdraw'),
    canTransfer: wallet.some((right) => right.endsWith('Transfer')),
    restrictedToAddresses:
      !rightsIn(key['ips']).some((address) => address === '*') && rightsIn(key['ips']).length > 0,
  };
}

function rightsOf(groups: JsonObject, group: string): readonly string[] {
  return rightsIn(groups[group]);
}

function rightsIn(list: JsonValue | undefined): readonly string[] {
  if (list === undefined || list === null) return [];
  return asArray(list, 'rights').filter((right) => typeof right === 'string');
}
