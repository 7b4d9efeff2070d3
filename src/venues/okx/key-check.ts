/**
 * Asks OKX what a key may do.
 *
 * Entry point: `readOkxKeyPermissions`. Source: "Get account configuration" of the v5 documentation: `perm` and `ip` are those of the key that
 * asks. The right to withdraw is the right to transfer as well ("API Key Creation").
 */
import type { JsonValue } from '../../core/json.ts';
import { optionalText, text } from '../ccxt/exact-json.ts';
import type { ReadAnswer } from '../gateway.ts';
import { inquire } from '../key-inquiry.ts';
import type { KeyOptions } from '../key-inquiry.ts';
import type { KeyPermissions } from '../key-permissions.ts';
import { CLASSIFIER } from './classify.ts';
import { ADDRESSES, ENDPOINTS, demoHeaders } from './endpoints.ts';
import { onlyEntry } from './normalize-account.ts';
import { timeFrom } from './requests.ts';

/** Asked once; a failure carries the venue's words. */
export async function readOkxKeyPermissions(options: KeyOptions): Promise<ReadAnswer<KeyPermissions | null>> {
  return inquire(
    {
      venue: 'okx',
      addresses: ADDRESSES,
      classify: (answer) => CLASSIFIER.read(answer),
      timeEndpoint: ENDPOINTS.time,
      readTime: timeFrom,
      headers: demoHeaders,
    },
    ENDPOINTS.configuration,
    permissionsFrom,
    options,
  );
}

/** `read_only`, `trade`, `withdraw`, separated by commas; trading is one right for all instruments. */
export function permissionsFrom(data: JsonValue): KeyPermissions {
  const configuration = onlyEntry(data, 'account configuration');
  const rights = text(configuration, 'perm').split(',');
  const mayTrade = rights.includes('trade');
  const mayWithdraw = rights.includes('withdraw');
  return {
    canRead: rights.length > 0,
    canTradeSpot: mayTrade,
    canTradeSwaps: mayTrade,
    canWithdraw: mayWithdraw,
    // "Trade" moves funds between the owner's own wallets and accounts as well.
    canTransfer: mayTrade || mayWithdraw,
    restrictedToAddresses: optionalText(configuration, 'ip') !== null,
  };
}
