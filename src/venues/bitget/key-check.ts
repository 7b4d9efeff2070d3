/**
 * Asks Bitget what a key may do.
 *
 * Entry point: `readBitgetKeyPermissions`. Source: "Get Account Info" of the unified account's documentation: `permType`, `permissions` and `ips` are those of
 * the key that asks.
 */
import type { JsonValue } from '../../core/json.ts';
import { asArray, asObject, optionalText, text } from '../ccxt/exact-json.ts';
import type { ReadAnswer } from '../gateway.ts';
import { inquire } from '../key-inquiry.ts';
import type { KeyOptions } from '../key-inquiry.ts';
import type { KeyPermissions } from '../key-permissions.ts';
import { CLASSIFIER } from './classify.ts';
import { ADDRESSES, ENDPOINTS, demoHeaders } from './endpoints.ts';
import { timeFrom } from './requests.ts';

/** Asked once; a failure carries the venue's words. */
export async function readBitgetKeyPermissions(
  options: KeyOptions,
): Promise<ReadAnswer<KeyPermissions | null>> {
  return inquire(
    {
      venue: 'bitget',
      addresses: ADDRESSES,
      classify: (answer) => CLASSIFIER.read(answer),
      timeEndpoint: ENDPOINTS.time,
      readTime: timeFrom,
      headers: demoHeaders,
    },
    ENDPOINTS.keyInformation,
    permissionsFrom,
    options,
  );
}

/**
 * `uta_trade` is the right to orders of every product, `uta_mgt` that to settings, reads among them; a key that is `read-only` acts in none. A
 * right that speaks of withdrawals or transfers is taken for one, by whatever name.
 */
export function permissionsFrom(data: JsonValue): KeyPermissions {
  const key = asObject(data, 'key information');
  const rights = asArray(key['permissions'], 'permissions').filter((right) => typeof right === 'string');
  const mayAct = text(key, 'permType') !== 'read-only';
  const mayTrade = mayAct && rights.includes('uta_trade');
  const canWithdraw = rights.some((right) => /withdraw/i.test(right));
  return {
    canRead: true,
    canTradeSpot: mayTrade,
    canTradeSwaps: mayTrade,
    canWithdraw,
    canTransfer: canWithdraw || (mayAct && rights.some((right) => /transfer/i.test(right))),
    restrictedToAddresses: optionalText(key, 'ips') !== null,
  };
}
