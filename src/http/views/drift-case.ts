/** A drift case as the API shows it. */
import { z } from 'zod';
import { DRIFT_KINDS, type DriftCase } from '../../core/reconcile/drift.ts';
import { isoTime, timeOut } from '../fields.ts';

export const driftCaseView = z
  .object({
    id: z.string(),
    kind: z.enum(DRIFT_KINDS),
    account: z.string(),
    subject: z.string(),
    symbol: z.string().nullable(),
    order_id: z.string().nullable(),
    ours: z.string(),
    theirs: z.string(),
    detail: z.string(),
    opened_at: timeOut,
  })
  .meta({ id: 'DriftCase' });

export function toDriftCaseView(drift: DriftCase): z.output<typeof driftCaseView> {
  return {
    id: drift.driftId,
    kind: drift.kind,
    account: drift.accountId,
    subject: drift.subject,
    symbol: drift.symbol,
    order_id: drift.orderId,
    ours: drift.ours,
    theirs: drift.theirs,
    detail: drift.detail,
    opened_at: isoTime(drift.openedAt),
  };
}
