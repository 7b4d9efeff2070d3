/**
 * Asks Binance what a key may do.
 *
 * Entry points: `readBinanceKeyPermissions`. Source: "Get API Key Permission" of the wallet documentation. The
 * venue's testnet does not serve it.
 */
import type { JsonValue } from '../../core/json.ts';
import { asObject, flag } from '../ccxt/exact-json.ts';
import type { ReadAnswer } from '../gateway.ts';
import { inquire } from '../key-inquiry.ts';
import type { KeyOptions } from '../key-inquiry.ts';
import type { KeyPermissions } from '../key-permissions.ts';
import { SYSTEM_PLATFORM } from '../system-platform.ts';
import { CLASSIFIERS } from './classify.ts';
import { ADDRESSES, SPOT } from './endpoints.ts';
import { timeFrom } from './requests.ts';

/** Null in a mode that does not say. Asked once; a failure carries the venue's words. */
export async function readBinanceKeyPermissions(
  options: KeyOptions,
): Promise<ReadAnswer<KeyPermissions | null>> {
  if (options.mode === 'testnet') {
    const now = (options.platform ?? SYSTEM_PLATFORM).scheduler.now();
    return { kind: 'ok', value: null, startedAt: now, finishedAt: now };
  }
  return inquire(
    {
      venue: 'binance',
      addresses: ADDRESSES,
      classify: (answer) => CLASSIFIERS.spot.read(answer),
      timeEndpoint: SPOT.time,
      readTime: timeFrom,
    },
    SPOT.keyPermissions,
    permissionsFrom,
    options,
  );
}

function permissionsFrom(body: JsonValue): KeyPermissions {
  const key = asObject(body, 'key permissions');
  return {
    canRead: flag(key, 'enableReading'),
    canTradeSpot: flag(key, 'enableSpotAndMarginTrading'),
    canTradeSwaps: flag(key, 'enableFutures'),
    canWithdraw: flag(key, 'enableWithdrawals'),
    canTransfer: flag(key, 'enableInternalTransfer') || flag(key, 'permitsUniversalTransfer'),
    restrictedToAddresses: flag(key, 'ipRestrict'),
  };
}
