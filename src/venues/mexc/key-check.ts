/**
 * The rights of a key of MEXC: no page shows a way to ask for them. `canWithdraw` of "Account Information" is the account's.
 *
 * Entry point: `readMexcKeyPermissions`.
 */
import type { ReadAnswer } from '../gateway.ts';
import type { KeyOptions } from '../key-inquiry.ts';
import type { KeyPermissions } from '../key-permissions.ts';
import { SYSTEM_PLATFORM } from '../system-platform.ts';

/** Null: the venue does not say. */
export async function readMexcKeyPermissions(
  options: KeyOptions,
): Promise<ReadAnswer<KeyPermissions | null>> {
  const now = (options.platform ?? SYSTEM_PLATFORM).scheduler.now();
  return { kind: 'ok', value: null, startedAt: now, finishedAt: now };
}
