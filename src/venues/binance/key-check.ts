/**
 * Asks Binance what a key may do.
 *
 * Entry points: `readBinanceKeyPermissions`. Source: "Get API Key Permission" of the wallet documentation. The
 * venue's testnet does not serve it.
 */
import { VenueCalls } from '../ccxt/call.ts';
import { MalformedAnswer, asObject, flag, wholeNumber } from '../ccxt/exact-json.ts';
import type { JsonValue } from '../../core/json.ts';
import { DEFAULT_TIMEOUTS } from '../connection.ts';
import type { GatewayOptions } from '../connection.ts';
import type { ReadAnswer } from '../gateway.ts';
import type { KeyPermissions } from '../key-permissions.ts';
import { classifyRead } from './classify.ts';
import { SPOT, addressesFor } from './endpoints.ts';

/** Null where the mode cannot tell. Asked once; a failure is told with the venue's words. */
export async function readBinanceKeyPermissions(
  options: Pick<GatewayOptions, 'mode' | 'credentials' | 'endpoints' | 'timeouts' | 'now'>,
): Promise<ReadAnswer<KeyPermissions | null>> {
  const now = options.now ?? Date.now;
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const startedAt = now();
  if (options.mode === 'testnet') return { kind: 'ok', value: null, startedAt, finishedAt: now() };
  let offsetMs = 0;
  const calls = await VenueCalls.open({
    venue: 'binance',
    credentials: options.credentials,
    venueNow: () => now() + offsetMs,
    origins: addressesFor(options.mode, options.endpoints).origins,
    keepAliveMs: 1_000,
    connectTimeoutMs: timeouts.connectMs,
  });
  try {
    const time = await ask(calls, SPOT.time, timeouts.readAttemptMs);
    if (time.kind === 'ok') offsetMs = wholeNumber(asObject(time.body, 'server time'), 'serverTime') - now();
    const answer = await ask(calls, SPOT.keyPermissions, timeouts.readAttemptMs);
    if (answer.kind === 'failed') return answer;
    return { kind: 'ok', value: permissionsFrom(answer.body), startedAt, finishedAt: now() };
  } catch (error) {
    if (error instanceof MalformedAnswer)
      return { kind: 'failed', reason: 'unreachable', detail: error.message };
    throw error;
  } finally {
    await calls.close();
  }
}

/** The body, or what went wrong: whether the venue refused the keys or did not come to judge them. */
async function ask(
  calls: VenueCalls,
  endpoint: (typeof SPOT)[keyof typeof SPOT],
  timeoutMs: number,
): Promise<
  { readonly kind: 'ok'; readonly body: JsonValue } | Extract<ReadAnswer<never>, { kind: 'failed' }>
> {
  const result = await calls.call(endpoint, {}, { timeoutMs, signedAt: null, expiresAt: null });
  if (result.kind !== 'answered') return { kind: 'failed', reason: 'unreachable', detail: result.detail };
  const classified = classifyRead('spot', result.answer);
  switch (classified.kind) {
    case 'ok':
      return { kind: 'ok', body: classified.body };
    case 'no_such_order':
      return { kind: 'failed', reason: 'unreachable', detail: 'an answer to another question' };
    case 'refused':
      return { kind: 'failed', reason: 'refused', detail: classified.detail };
    case 'retryable':
      return { kind: 'failed', reason: 'unreachable', detail: classified.detail };
  }
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
