/**
 * How a drift case ends: a person says what became of it, or what made it is gone by itself.
 *
 * A case that is settled no longer holds anything back: an instrument that was reduce-only because of it trades again,
 * unless another case still holds it. The same difference found again opens the case anew, under the same id.
 */
import type { AccountId } from '../ids.ts';
import type { Draft } from '../portfolio/draft.ts';
import type { DriftCase } from './drift.ts';

export type DriftReply =
  | { readonly kind: 'drift_resolved'; readonly drift: DriftCase; readonly tradesAgain: boolean }
  /** It never was, or is settled already. Nothing was journaled. */
  | { readonly kind: 'drift_not_open' };

/** Who settles what nobody had to look at. */
export const RECONCILIATION = 'reconciliation';

/** Settles one case. `tradesAgain`: its instrument was reduce-only because of this case, and is no more. */
export function resolveDrift(
  draft: Draft,
  driftId: string,
  requestedBy: string,
  resolution: string,
): DriftReply {
  const drift = draft.state.drift.get(driftId);
  if (drift === undefined) return { kind: 'drift_not_open' };
  draft.emit({ type: 'drift_resolved', driftId, resolution, requestedBy, drift });
  const tradesAgain =
    holdsInstrument(drift) && contradictionOn(draft.state.drift.values(), drift) === undefined;
  return { kind: 'drift_resolved', drift, tradesAgain };
}

/** Settles every case of an account whose books begin anew. */
export function resolveDriftOf(draft: Draft, accountId: AccountId, resolution: string): void {
  for (const drift of draft.state.drift.values())
    if (drift.accountId === accountId) resolveDrift(draft, drift.driftId, RECONCILIATION, resolution);
}

/** Whether its instrument is reduce-only while the case is open: the venue contradicts itself about an order there. */
export function holdsInstrument(drift: DriftCase): boolean {
  return drift.kind === 'order_contradiction' && drift.symbol !== null;
}

/** The case that makes an instrument reduce-only; undefined where none does. */
export function contradictionOn(
  open: Iterable<DriftCase>,
  { accountId, symbol }: Pick<DriftCase, 'accountId' | 'symbol'>,
): DriftCase | undefined {
  for (const drift of open)
    if (holdsInstrument(drift) && drift.accountId === accountId && drift.symbol === symbol) return drift;
  return undefined;
}
