/**
 * An activity of an account as the API shows it: a change of what it holds or of how it trades.
 *
 * Entry points: `activityView`, `toActivityView`, `ACTIVITY_KINDS`, `typesOfActivity`.
 */
import { z } from 'zod';
import { ACCOUNT_RECORD_KINDS } from '../../core/venue/account-record.ts';
import type { Decimal } from '../../core/decimal.ts';
import type { Venue } from '../../core/ids.ts';
import { decodeEvent } from '../../core/portfolio/codec.ts';
import type { PortfolioEvent, PortfolioEventType } from '../../core/portfolio/events.ts';
import { CAPITAL_CAUSES, type CapitalMoved } from '../../core/risk/capital-moved.ts';
import type { CapitalHolding } from '../../core/risk/equity-record.ts';
import type { DriftCase } from '../../core/reconcile/drift.ts';
import type { JournalRecord } from '../../journal/journal.ts';
import { decimalOut, isoTime, timeOut } from '../fields.ts';
import { driftCaseView, shownSubject, toDriftEventView } from './drift-case.ts';
import { fillView, toFillView } from './fill.ts';

export const ACTIVITY_KINDS = [
  'fill',
  'record',
  'setting',
  'drift',
  'position',
  'capital',
  'account',
] as const;
export type ActivityKind = (typeof ACTIVITY_KINDS)[number];

/** The events that are activities. */
const KIND_OF = {
  fill_booked: 'fill',
  external_fill_seen: 'fill',
  account_record_booked: 'record',
  funding_booked: 'record',
  setting_requested: 'setting',
  setting_denied: 'setting',
  setting_answered: 'setting',
  position_mode_seen: 'setting',
  drift_opened: 'drift',
  drift_resolved: 'drift',
  position_adopted: 'position',
  position_cut: 'position',
  position_cut_replaced: 'position',
  position_cut_changed: 'position',
  capital_moved: 'capital',
  account_opened: 'account',
  wallets_declared: 'account',
  account_reset: 'account',
} as const satisfies Partial<Record<PortfolioEventType, ActivityKind>>;
type ActivityType = keyof typeof KIND_OF;
type Activity = Extract<PortfolioEvent, { type: ActivityType }>;

/** The events of one kind of activity, or of all. */
export function typesOfActivity(kind: ActivityKind | undefined): readonly ActivityType[] {
  const types = Object.keys(KIND_OF) as ActivityType[];
  return kind === undefined ? types : types.filter((type) => KIND_OF[type] === kind);
}

export const activityView = z
  .object({
    seq: z.int(),
    at: timeOut,
    kind: z.enum(ACTIVITY_KINDS),
    event: z.enum(typesOfActivity(undefined) as [ActivityType, ...ActivityType[]]),
    symbol: z.string().nullable(),
    asset: z
      .string()
      .nullable()
      .meta({ description: 'Of a record, of a move of capital, or of a difference of a balance.' }),
    detail: z.string().meta({ description: 'The event in words.' }),
    requested_by: z.string().nullable().meta({ description: 'Null for what no person asked for.' }),
    fill: fillView.nullable(),
    record: z
      .object({
        id: z.string(),
        kind: z.enum(ACCOUNT_RECORD_KINDS),
        asset: z.string(),
        amount: decimalOut.meta({ description: 'Negative for what left the account.' }),
        at: timeOut,
      })
      .nullable(),
    drift: driftCaseView.nullable(),
    capital: z
      .object({
        cause: z.enum(CAPITAL_CAUSES),
        amount: decimalOut.nullable().meta({
          description: 'Of the asset; null where an account joins, leaves, is detached or attached.',
        }),
        asset: z.string().nullable(),
        capital: decimalOut.meta({
          description:
            "The change of the account's capital, in the base currency; all of it where the account joins.",
        }),
        equity: decimalOut.meta({ description: "The change of the mode's equity, in the base currency." }),
        record_id: z.string().nullable().meta({ description: 'The record of the exchange behind a flow.' }),
        change_id: z.string().nullable().meta({
          description: 'The change of a balance that waits for an explanation from here on, or has it here.',
        }),
      })
      .nullable()
      .meta({ description: 'Of a move of capital.' }),
  })
  .meta({ id: 'Activity' });

export type ActivityView = z.output<typeof activityView>;

/** Null for a record that is no activity. */
export function toActivityView(
  { type, payload, seq, at }: JournalRecord,
  exchange: Venue,
): ActivityView | null {
  const event = decodeEvent(type, payload);
  if (!isActivity(event)) return null;
  return {
    seq,
    at: isoTime(at),
    kind: KIND_OF[event.type],
    event: event.type,
    symbol: null,
    asset: null,
    requested_by: 'requestedBy' in event ? (event.requestedBy ?? null) : null,
    fill: null,
    record: null,
    drift: null,
    capital: null,
    ...particulars(event, exchange, at),
  };
}

function isActivity(event: PortfolioEvent): event is Activity {
  return Object.hasOwn(KIND_OF, event.type);
}

type Particulars = Pick<ActivityView, 'detail'> &
  Partial<Pick<ActivityView, 'symbol' | 'asset' | 'fill' | 'record' | 'drift' | 'capital'>>;

function particulars(event: Activity, exchange: Venue, at: number): Particulars {
  switch (event.type) {
    case 'fill_booked':
    case 'external_fill_seen': {
      const { fill, accountId } = event;
      const orderId = event.type === 'fill_booked' ? event.orderId : null;
      return {
        symbol: fill.symbol,
        fill: toFillView(fill, { orderId, accountId, exchange }),
        detail: `${orderId === null ? 'an order placed elsewhere' : 'an order'}: ${fill.side} ${fill.quantity.toString()} at ${fill.price.toString()}`,
      };
    }
    case 'account_record_booked': {
      const { recordId: id, kind, asset, amount, symbol, venueKind } = event.record;
      return {
        symbol,
        asset,
        record: { id, kind, asset, amount: amount.toString(), at: isoTime(event.record.at) },
        detail: `${kind} of ${amount.toString()} ${asset} (${venueKind})`,
      };
    }
    case 'funding_booked': {
      const { id, symbol, asset, amount } = event.funding;
      return {
        symbol,
        asset,
        record: { id, kind: 'funding', asset, amount: amount.toString(), at: isoTime(event.funding.at) },
        detail: `funding of ${amount.toString()} ${asset}`,
      };
    }
    case 'setting_requested':
      return { symbol: event.symbol, detail: `${event.setting} ${event.value} asked for: ${event.why}` };
    case 'setting_denied':
      return {
        symbol: event.symbol,
        detail: `${event.setting} ${event.value} refused here: ${event.refusal.detail}`,
      };
    case 'setting_answered':
      return {
        symbol: event.symbol,
        detail: `${event.setting} ${event.value}: ${event.outcome}${event.detail === '' ? '' : `, ${event.detail}`}`,
      };
    case 'position_mode_seen':
      return { detail: `the exchange shows position mode ${event.positionMode}` };
    case 'drift_opened':
      return {
        symbol: event.drift.symbol,
        asset: assetOf(event.drift),
        drift: toDriftEventView(event, at),
        detail: `${shownSubject(event.drift.subject)}: ours ${event.drift.ours}, the exchange's ${event.drift.theirs}`,
      };
    case 'drift_resolved':
      return {
        symbol: event.drift?.symbol ?? null,
        asset: event.drift === undefined ? null : assetOf(event.drift),
        drift: toDriftEventView(event, at),
        detail: `settled: ${event.resolution}`,
      };
    case 'position_adopted':
      return { symbol: event.symbol, detail: `holdings adopted as a position: ${event.why}` };
    case 'position_cut':
      return { symbol: event.symbol, detail: 'the position was cut to what the account holds' };
    case 'position_cut_replaced':
      return {
        symbol: event.symbol,
        detail: `${event.quantity.toString()} of a cut is explained by trade ${event.tradeId}`,
      };
    case 'position_cut_changed':
      return {
        symbol: event.symbol,
        detail: `a sale of others took ${event.cut.quantity.toString()} of the position, by what ${event.tradeId} has shown`,
      };
    case 'capital_moved':
      return {
        asset: movedAsset(event)?.asset ?? null,
        capital: capitalOf(event),
        detail: capitalInWords(event),
      };
    case 'account_opened':
      return { detail: `a ${event.mode} account on ${event.venue} was taken over` };
    case 'wallets_declared':
      return { detail: 'the wallets of the account are known' };
    case 'account_reset':
      return { detail: 'the account began anew at its simulator' };
  }
}

/** A difference of a balance has wallet and asset as its subject. */
function assetOf({ kind, subject }: DriftCase): string | null {
  return kind === 'balance' ? (subject.split(' ')[1] ?? null) : null;
}

function capitalOf(event: CapitalMoved): NonNullable<ActivityView['capital']> {
  const { cause, capital, equity, recordId, explains, unexplained } = event;
  const moved = movedAsset(event);
  return {
    cause,
    amount: moved?.amount?.toString() ?? null,
    asset: moved?.asset ?? null,
    capital: capital.toString(),
    equity: equity.toString(),
    record_id: recordId ?? null,
    change_id: unexplained?.changeId ?? explains ?? null,
  };
}

/** The asset that a move of capital is of; of an exchange the one that left. */
function movedAsset(event: CapitalMoved): Partial<Pick<CapitalMoved, 'asset' | 'amount'>> | undefined {
  if (event.cause !== 'exchanged') return event;
  const sides = exchangedSides(event);
  return sides.find(({ amount }) => amount.isNegative()) ?? sides[0];
}

/** Those that left and that came. An earlier release did not record the base currency of an exchange. */
function exchangedSides({
  asset,
  amount,
  holdings = [],
}: CapitalMoved): readonly Pick<CapitalHolding, 'asset' | 'amount'>[] {
  return asset === undefined || amount === undefined ? holdings : [...holdings, { asset, amount }];
}

function exchangeInWords(event: CapitalMoved): string {
  const sides = exchangedSides(event);
  const inWords = (isWanted: (amount: Decimal) => boolean): string =>
    sides
      .filter(({ amount }) => isWanted(amount))
      .map(({ asset, amount }) => `${amount.abs().toString()} ${asset}`)
      .join(' and ');
  const left = inWords((amount) => amount.isNegative());
  const came = inWords((amount) => amount.isPositive());
  const other = event.asset === undefined ? 'the base currency' : 'nothing that is held';
  return `${left === '' ? other : left} became ${came === '' ? other : came}`;
}

function capitalInWords(event: CapitalMoved): string {
  const { cause, amount, asset, kind, why } = event;
  const sum = amount === undefined ? '' : `${amount.toString()} ${asset ?? ''}`.trim();
  const reason = why === undefined ? '' : `: ${why}`;
  switch (cause) {
    case 'joined':
      return 'the account counts in the equity from here on';
    case 'left':
      return 'the account counts in the equity no more';
    case 'detached':
      return `taken out of the equity${reason}`;
    case 'attached':
      return `let into the equity again${reason}`;
    case 'flow':
      return `${kind ?? 'a flow'} of ${sum}`;
    case 'unexplained':
      return `${sum} that nothing explains`;
    case 'returned':
      return `${sum} that came back`;
    case 'exchanged':
      return exchangeInWords(event);
    case 'reclassified':
      return `${sum} is ${kind ?? 'explained'}${reason}`;
  }
}
