/**
 * Asks HTX what a key may do.
 *
 * Entry point: `readHtxKeyPermissions`. Sources: "API key query", which wants the user's number, and "Get UID" of the spot documentation. Moving
 * funds between the owner's wallets is a part of the right to trade.
 */
import type { JsonValue } from '../../core/json.ts';
import { MalformedAnswer, asArray, asObject, optionalText, text } from '../ccxt/exact-json.ts';
import type { ReadAnswer } from '../gateway.ts';
import { inquire } from '../key-inquiry.ts';
import type { KeyOptions } from '../key-inquiry.ts';
import type { KeyPermissions } from '../key-permissions.ts';
import { CLASSIFIERS, dataOf } from './classify.ts';
import { ADDRESSES, SPOT } from './endpoints.ts';
import { timeFrom } from './requests.ts';

/** Each question is asked once; a failure carries the venue's words. */
export async function readHtxKeyPermissions(options: KeyOptions): Promise<ReadAnswer<KeyPermissions | null>> {
  const { apiKey } = options.credentials;
  return inquire(
    {
      venue: 'htx',
      addresses: ADDRESSES,
      classify: (answer) => CLASSIFIERS.spot.read(answer),
      timeEndpoint: SPOT.time,
      readTime: timeFrom,
    },
    SPOT.userNumber,
    async (body, ask) => {
      const uid = text(asObject(body, 'answer'), 'data');
      return permissionsFrom(await ask(SPOT.keys, { uid, accessKey: apiKey }), apiKey);
    },
    options,
  );
}

/** `readOnly`, `trade`, `withdraw`, separated by commas. */
export function permissionsFrom(body: JsonValue, apiKey: string): KeyPermissions {
  const key = asArray(dataOf(body), 'keys')
    .map((row) => asObject(row, 'key'))
    .find((row) => text(row, 'accessKey') === apiKey);
  if (key === undefined) throw new MalformedAnswer('the key is not among those of its user');
  const rights = text(key, 'permission').split(',');
  const mayTrade = rights.includes('trade');
  return {
    canRead: rights.length > 0,
    canTradeSpot: mayTrade,
    canTradeSwaps: mayTrade,
    canWithdraw: rights.includes('withdraw'),
    canTransfer: mayTrade,
    restrictedToAddresses: optionalText(key, 'ipAddresses') !== null,
  };
}
