/** A drift case as the API shows it. */
import { z } from 'zod';
import type { TimeMs } from '../../core/ids.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { PortfolioEvent } from '../../core/portfolio/events.ts';
import { DRIFT_KINDS, type DriftCase } from '../../core/reconcile/drift.ts';
import { WALLETS } from '../../core/balance/wallet.ts';
import { isoTime, timeOut } from '../fields.ts';
import { WALLET_NAMES } from './balance.ts';

const caseFields = {
  id: z.string(),
  kind: z.enum(DRIFT_KINDS),
  account: z.string(),
  subject: z.string().meta({ description: 'Of a balance its wallet and asset: `swap USDT`.' }),
  symbol: z.string().nullable(),
  order_id: z.string().nullable(),
  ours: z.string(),
  theirs: z.string(),
  detail: z.string(),
};

export const driftCaseView = z
  .object({
    ...caseFields,
    status: z.enum(['open', 'resolved']),
    opened_at: timeOut.nullable(),
    resolution: z.string().nullable(),
    resolved_by: z
      .string()
      .nullable()
      .meta({ description: '`reconciliation` where the difference was gone by itself.' }),
    resolved_at: timeOut.nullable(),
  })
  .meta({ id: 'DriftCase' });

export type DriftCaseView = z.output<typeof driftCaseView>;

export function toDriftCaseView(drift: DriftCase): DriftCaseView {
  return {
    id: drift.driftId,
    kind: drift.kind,
    account: drift.accountId,
    subject: shownSubject(drift.subject),
    symbol: drift.symbol,
    order_id: drift.orderId,
    ours: drift.ours,
    theirs: drift.theirs,
    detail: drift.detail,
    status: 'open',
    opened_at: isoTime(drift.openedAt),
    resolution: null,
    resolved_by: null,
    resolved_at: null,
  };
}

/** The subject with the wallet that it begins with as the API names it: that of a balance is a wallet and an asset. */
export function shownSubject(subject: string): string {
  const wallet = WALLETS.find((one) => subject.startsWith(`${one} `));
  return wallet === undefined ? subject : `${WALLET_NAMES[wallet]}${subject.slice(wallet.length)}`;
}

/** The case that an event opened or resolved; null where the event is of none, or does not have it. */
export function toDriftEventView(event: PortfolioEvent, at: TimeMs): DriftCaseView | null {
  if (event.type === 'drift_opened') return toDriftCaseView(event.drift);
  if (event.type !== 'drift_resolved' || event.drift === undefined) return null;
  return {
    ...toDriftCaseView(event.drift),
    status: 'resolved',
    resolution: event.resolution,
    resolved_by: event.requestedBy ?? null,
    resolved_at: isoTime(at),
  };
}

/** A case as the read model keeps it. One resolved before its particulars were kept has only those that its id names. */
export function toStoredDriftCaseView(document: JsonObject): DriftCaseView {
  const id = textOf(document['driftId']) ?? '';
  const [kindInId = '', accountInId = '', ...subjectInId] = id.split(':');
  const { resolution, resolvedAt, openedAt } = document;
  return {
    id,
    kind: DRIFT_KINDS.find((kind) => kind === (textOf(document['kind']) ?? kindInId)) ?? 'balance',
    account: textOf(document['accountId']) ?? accountInId,
    subject: shownSubject(textOf(document['subject']) ?? subjectInId.join(':')),
    symbol: textOf(document['symbol']),
    order_id: textOf(document['orderId']),
    ours: textOf(document['ours']) ?? '',
    theirs: textOf(document['theirs']) ?? '',
    detail: textOf(document['detail']) ?? '',
    status: resolution === undefined ? 'open' : 'resolved',
    opened_at: typeof openedAt === 'number' ? isoTime(openedAt) : null,
    resolution: textOf(resolution),
    resolved_by: textOf(document['resolvedBy']),
    resolved_at: typeof resolvedAt === 'number' ? isoTime(resolvedAt) : null,
  };
}

function textOf(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
