/**
 * Whether keys work at their venue, before they are kept.
 *
 * Entry point: `tryKeys`.
 */
import { accountId, type Venue } from '../core/ids.ts';
import type { GatewayOptions } from './connection.ts';
import { GatewayRegistry, readKeyPermissions } from './registry.ts';

export type KeyTrial =
  /** `mayWithdraw` is null where the venue does not say. */
  | { readonly kind: 'work'; readonly mayWithdraw: boolean | null }
  /** The venue was asked, and does not take them. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Nothing is known of them: the venue did not answer. */
  | { readonly kind: 'unreachable'; readonly reason: string };

/**
 * Asks the venue what the keys may do; where it does not say, whether they can read the balances. Throws
 * `UnsupportedVenue`.
 */
export async function tryKeys(
  venue: Venue,
  options: Pick<GatewayOptions, 'mode' | 'credentials' | 'endpoints' | 'timeouts'>,
): Promise<KeyTrial> {
  const stated = await readKeyPermissions(venue, options);
  if (stated.kind === 'failed') return failed(stated.reason === 'refused', stated.detail);
  if (stated.value !== null) return { kind: 'work', mayWithdraw: stated.value.canWithdraw };
  const gateway = new GatewayRegistry().create(venue, { ...options, accountId: accountId('keys-on-trial') });
  try {
    await gateway.start({
      onOrder: () => undefined,
      onFill: () => undefined,
      onGap: () => undefined,
      onQuote: () => undefined,
      onAccountChanged: () => undefined,
    });
    const balances = await gateway.balances();
    return balances.kind === 'ok'
      ? { kind: 'work', mayWithdraw: null }
      : failed(balances.reason === 'refused', balances.detail);
  } catch (error) {
    const isRefused = error instanceof Error && 'reason' in error && error.reason === 'refused';
    return failed(isRefused, error instanceof Error ? error.message : 'the exchange did not answer');
  } finally {
    await gateway.stop();
  }
}

function failed(isRefused: boolean, reason: string): KeyTrial {
  return { kind: isRefused ? 'refused' : 'unreachable', reason };
}
