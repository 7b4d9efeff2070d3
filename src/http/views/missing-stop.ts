/** A position whose stop was canceled to make room and is not in its place again, as the API shows it. */
import { z } from 'zod';
import { ACCOUNT_MODES } from '../../core/ids.ts';
import { POSITION_SIDES } from '../../core/order/terms.ts';
import type { LostStop } from '../../engine/desk.ts';
import { decimalOut, isoTime, timeOut } from '../fields.ts';

export const missingStopView = z
  .object({
    account: z.string(),
    mode: z.enum(ACCOUNT_MODES),
    symbol: z.string(),
    position_side: z.enum(POSITION_SIDES),
    order_id: z.string().meta({ description: 'The stop that was canceled.' }),
    stop_price: decimalOut.nullable(),
    uncovered: decimalOut.meta({
      description: 'Base units of the position that no such stop closes which the exchange is known to have.',
    }),
    why: z.string().meta({ description: 'What became of the last order that was to be in its place.' }),
    since: timeOut,
    tried: z.boolean().meta({
      description: 'Whether it is placed again and again; false once the time for that is over.',
    }),
  })
  .meta({
    id: 'MissingStop',
    description:
      'A position whose stop was canceled to make room for another order, and is not in its place again.',
  });

export function toMissingStopView(lost: LostStop): z.output<typeof missingStopView> {
  return {
    account: lost.accountId,
    mode: lost.mode,
    symbol: lost.symbol,
    position_side: lost.positionSide,
    order_id: lost.orderId,
    stop_price: lost.stopPrice?.toString() ?? null,
    uncovered: lost.uncovered.toString(),
    why: lost.why,
    since: isoTime(lost.since),
    tried: lost.isTried,
  };
}
