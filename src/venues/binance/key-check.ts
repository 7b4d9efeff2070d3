/**
 * Asks Binance what a key may do.
 *
 * Entry points: `readBinanceKeyPermissions`. Source: "Get API Key Permission" of the wallet documentation. The
 * venue's testnet does not serve it.
 */
import type { JsonValue } from '../../core/json.ts';
import { asObject, flag, wholeNumber } from '../ccxt/exact-json.ts';
import type { GatewayOptions } from '../connection.ts';
import type { ReadAnswer } from '../gateway.ts';
import { inquire } from '../key-inquiry.ts';
import type { KeyPermissions } from '../key-permissions.ts';
import { SYSTEM_PLATFORM } from '../system-platform.ts';
import { CLASSIFIERS } from './classify.ts';
import { SPOT, addressesFor } from './endpoints.ts';

/** Null in a mode that does not say. Asked once; a failure carries the venue's words. */
export async function readBinanceKeyPermissions(
  options: Pick<GatewayOptions, 'mode' | 'credentials' | 'endpoints' | 'timeouts' | 'platform'>,
): Promise<ReadAnswer<KeyPermissions | null>> {
  if (options.mode === 'testnet') {
    const now = (options.platform ?? SYSTEM_PLATFORM).scheduler.now();
    return { kind: 'ok', value: null, startedAt: now, finishedAt: now };
  }
  return inquire(
    {
      venue: 'binance',
      origins: addressesFor(options.mode, options.endpoints).origins,
      classify: (answer) => CLASSIFIERS.spot.read(answer),
      timeEndpoint: SPOT.time,
      readTime: (body) => wholeNumber(asObject(body, 'server time'), 'serverTime'),
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
