/** The state's record of the kill switch: whether it is engaged, and the latest requests with their receipts, all bounded. */
import type { TimeMs } from '../ids.ts';

export interface KillSwitch {
  readonly engaged: boolean;
  readonly requestedBy: string;
  readonly why: string;
  readonly at: TimeMs;
}

/** The receipt that a request was answered with; a repeat is answered with the same. */
export interface KillSwitchAnswer {
  readonly key: string;
  /** As JSON text: the state keeps it and never reads it. */
  readonly receipt: string;
}

/** How many requests that set the kill switch are known when they come again. */
const MAX_KEYS = 1_000;

/** Takes a request's key in among the known ones; the oldest go first. */
export function rememberKey(
  keys: Map<string, string>,
  { key, contentHash }: { readonly key: string; readonly contentHash: string },
): void {
  keys.set(key, contentHash);
  for (const oldest of keys.keys()) {
    if (keys.size <= MAX_KEYS) break;
    keys.delete(oldest);
  }
}

/** How many receipts are kept, and how many characters of them together; the oldest go first. */
const MAX_RECEIPTS = 100;
const MAX_RECEIPTS_LENGTH = 1_000_000;

/** Takes a receipt in among the kept ones. */
export function rememberReceipt(receipts: Map<string, string>, { key, receipt }: KillSwitchAnswer): void {
  receipts.set(key, receipt);
  let length = 0;
  for (const kept of receipts.values()) length += kept.length;
  for (const [oldest, kept] of receipts) {
    if (receipts.size <= MAX_RECEIPTS && length <= MAX_RECEIPTS_LENGTH) break;
    receipts.delete(oldest);
    length -= kept.length;
  }
}
