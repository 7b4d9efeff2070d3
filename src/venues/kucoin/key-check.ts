/**
 * Asks KuCoin what a key may do.
 *
 * Entry point: `readKucoinKeyPermissions`. Source: "Get Apikey Info" of the documentation.
 */
import type { JsonValue } from '../../core/json.ts';
import { asObject, optionalText, text } from '../ccxt/exact-json.ts';
import type { ReadAnswer } from '../gateway.ts';
import { inquire } from '../key-inquiry.ts';
import type { KeyOptions } from '../key-inquiry.ts';
import type { KeyPermissions } from '../key-permissions.ts';
import { CLASSIFIERS } from './classify.ts';
import { ADDRESSES, SPOT } from './endpoints.ts';
import { timeFrom } from './requests.ts';

/** Asked once; a failure carries the venue's words. */
export async function readKucoinKeyPermissions(
  options: KeyOptions,
): Promise<ReadAnswer<KeyPermissions | null>> {
  return inquire(
    {
      venue: 'kucoin',
      addresses: ADDRESSES,
      classify: (answer) => CLASSIFIERS.spot.read(answer),
      timeEndpoint: SPOT.time,
      readTime: timeFrom,
    },
    SPOT.keyInformation,
    permissionsFrom,
    options,
  );
}

/** Rights are words with commas between them. `Transfer` moves money out ("Flex Transfer" to others, withdrawals), `InnerTransfer` within the account. */
export function permissionsFrom(data: JsonValue): KeyPermissions {
  const key = asObject(data, 'key information');
  const rights = text(key, 'permission')
    .split(',')
    .map((right) => right.trim());
  const has = (...names: readonly string[]): boolean => names.some((name) => rights.includes(name));
  return {
    canRead: true,
    // `Trade` and `Contract` are the words of older keys.
    canTradeSpot: has('Spot', 'Trade'),
    canTradeSwaps: has('Futures', 'Contract'),
    canWithdraw: has('Transfer', 'Withdraw', 'Withdrawal'),
    canTransfer: has('Transfer', 'InnerTransfer', 'FlexTransfers'),
    restrictedToAddresses: optionalText(key, 'ipWhitelist') !== null,
  };
}
