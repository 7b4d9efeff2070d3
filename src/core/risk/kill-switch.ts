/** Engaging and releasing the kill switch. The rule that refuses while it is engaged is `rules/kill-switch.ts`. */
import type { Draft } from '../portfolio/draft.ts';

export interface KillSwitchChange {
  readonly engaged: boolean;
  readonly requestedBy: string;
  readonly why: string;
  /** What the request is known by when it comes again; null for one that is to be carried out each time. */
  readonly idempotency: { readonly key: string; readonly contentHash: string } | null;
}

export type KillSwitchReply =
  | 'set'
  /** The same request came before; the switch stays as it is now. */
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
