/** One reading of equity as the API shows it. */
import { z } from 'zod';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { Decimal } from '../../core/decimal.ts';
import { LADDER_STEPS } from '../../core/risk/ladder-step.ts';
import { shownAmount, shownLoss } from './figures.ts';
import { decimalOut, isoTime, timeOut } from '../fields.ts';

const READING_REASONS = ['interval', 'peak', 'day_start', 'ladder', 'reset'] as const;

export const equityPointView = z
  .object({
    at: timeOut,
    equity: decimalOut,
    capital: decimalOut.meta({
      description: 'Equity less `pnl`; moved by transfers, and by losses that nothing explains.',
    }),
    pnl: decimalOut.meta({ description: 'Profit and loss of trading since the first reading.' }),
    realized: decimalOut.nullable().meta({
      description:
        'Of `pnl`: by closing and by funding, less fees. Null where the reading did not record it.',
    }),
    unrealized: decimalOut.nullable().meta({ description: 'Of `pnl`: by open positions at their marks.' }),
    low: decimalOut.nullable().meta({
      description: 'The least it could be at that moment, by the age of its prices; null in older readings.',
    }),
    high: decimalOut.nullable().meta({ description: 'The most it could be.' }),
    reason: z.enum(READING_REASONS).meta({ description: 'Why this reading was journaled.' }),
    ladder_step: z
      .enum(LADDER_STEPS)
      .nullable()
      .meta({ description: 'The step of the ladder that was taken or reset with it.' }),
  })
  .meta({ id: 'EquityPoint' });

export function toEquityPointView(document: JsonObject): z.output<typeof equityPointView> {
  const equity = textOf(document['equity']) ?? '0';
  const capital = textOf(document['capital']) ?? '0';
  const at = document['at'];
  return {
    at: isoTime(typeof at === 'number' ? at : 0),
    equity: shownAmount(Decimal.parse(equity)),
    capital: shownAmount(Decimal.parse(capital)),
    pnl: shownAmount(Decimal.parse(equity).subtract(Decimal.parse(capital))),
    realized: amountOf(document['realized']),
    unrealized: amountOf(document['unrealized']),
    ...endsOf(document, equity),
    reason: READING_REASONS.find((reason) => reason === document['reasonOfReading']) ?? 'interval',
    ladder_step: LADDER_STEPS.find((step) => step === stepOf(document['ladder'])) ?? null,
  };
}

/** Readings that were exact leave their ends out; older ones have no mode, and were not measured as intervals. */
function endsOf(
  document: JsonObject,
  equity: string,
): { readonly low: string | null; readonly high: string | null } {
  const exact = document['mode'] === undefined ? null : equity;
  const low = textOf(document['low']) ?? exact;
  const high = textOf(document['high']) ?? exact;
  return {
    low: low === null ? null : shownAmount(Decimal.parse(low)),
    high: high === null ? null : shownLoss(Decimal.parse(high)),
  };
}

function stepOf(ladder: JsonValue | undefined): JsonValue | undefined {
  return typeof ladder === 'object' && ladder !== null && !Array.isArray(ladder) && 'step' in ladder
    ? ladder['step']
    : undefined;
}

function amountOf(value: JsonValue | undefined): string | null {
  const text = textOf(value);
  return text === null ? null : shownAmount(Decimal.parse(text));
}

function textOf(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
