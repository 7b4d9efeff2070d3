/** Engaging and releasing the kill switch. The rule that refuses while it is engaged is `rules/kill-switch.ts`. */
import type { Draft } from '../portfolio/draft.ts';
import type { KillSwitchAnswer } from './kill-switch-record.ts';

/** Characters. A longer receipt is not kept; a repeat of its request is answered with the present state of the switch. */
export const MAX_RECEIPT_LENGTH = 256_000;

export interface KillSwitchChange {
  readonly engaged: boolean;
  readonly requestedBy: string;
  readonly why: string;
  /** Identifies a repeat of the request; null for a request that is carried out each time. */
  readonly idempotency: { readonly key: string; readonly contentHash: string } | null;
}

export type KillSwitchReply =
  | 'set'
  /** The same request came before; the switch stays as it is now. Its answer is in `killSwitchReceipts`, if kept. */
  | 'repeated'
  /** The key was used with other content. Nothing was journaled. */
  | 'conflict';

export function setKillSwitch(draft: Draft, change: KillSwitchChange): KillSwitchReply {
  const { engaged, requestedBy, why, idempotency } = change;
  const before = idempotency === null ? undefined : draft.state.killSwitchKeys.get(idempotency.key);
  if (before !== undefined) return before === idempotency?.contentHash ? 'repeated' : 'conflict';
  draft.emit({
    type: 'kill_switch_set',
    engaged,
    requestedBy,
    why,
    ...(idempotency === null ? {} : { idempotency }),
  });
  return 'set';
}

/** Keeps the first receipt of a request that is known by its key. */
export function keepReceipt(draft: Draft, { key, receipt }: KillSwitchAnswer): void {
  const { killSwitchKeys, killSwitchReceipts } = draft.state;
  if (receipt.length > MAX_RECEIPT_LENGTH || !killSwitchKeys.has(key) || killSwitchReceipts.has(key)) return;
  draft.emit({ type: 'kill_switch_answered', key, receipt });
}
