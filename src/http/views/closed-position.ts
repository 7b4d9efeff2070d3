/** The fields of an answer to a close beside the order that closes the position. */
import { z } from 'zod';
import type { ClosedPosition } from '../closing.ts';
import { decimalOut } from '../fields.ts';
import { orderView, toOrderView } from './order.ts';
import { problemView } from './problem.ts';

type ProblemView = z.output<typeof problemView>;

/** An order that was placed, or the problem that kept it from being placed. */
export const placedView = z.union([z.object({ order: orderView }), z.object({ error: problemView })]);

export const closedFields = {
  further: z.array(placedView).optional().meta({
    description:
      "The other orders of a close that is larger than the exchange's largest order. Left out where one order closes it.",
  }),
  dust: decimalOut
    .optional()
    .meta({ description: 'The quantity that stays open because it is less than a lot.' }),
  not_held: decimalOut.optional().meta({
    description:
      'The quantity that could not be closed because the account does not hold it, others have locked it, or, of a close for a strategy, others hold the opposite. Left out where there is none.',
  }),
  left: decimalOut.optional().meta({
    description:
      'The quantity of what was to be closed that is open and has no order: one was refused, or ended before it was filled, or the close would take more than 20; close again. On a repeat: by its orders as they stand now. Left out where there is none.',
  }),
  stops_too_large: z.array(z.string()).nullable().optional().meta({
    description:
      'Ids of open stops and take-profits that are larger than what the position has left for them, and could not be amended to it: the exchange refuses them when they trigger. Null where that cannot be read now; left out where there are none.',
  }),
  canceled_order_ids: z.array(z.string()).optional().meta({
    description:
      'Ids of every order that was canceled to make room for the close. Left out where there are none.',
  }),
  stops: z
    .array(
      z.object({
        canceled_order_id: z.string(),
        canceled_quantity: decimalOut.nullable(),
        restored_order_id: z.string().nullable(),
        restored_quantity: decimalOut.nullable(),
      }),
    )
    .optional()
    .meta({
      description:
        'Stops that were canceled to make room, where the close leaves open what they protected, and stops and limit sales that were to sell coins beside the position; each was placed anew for that as `restored_order_id`, or is not in its place: null. `canceled_quantity` was unfilled of it, `restored_quantity` was placed anew: less than the position has open where other sales lock the coins. Beside them stops of a hedged side that are larger than what is left: `restored_order_id` was placed for that before the old one was canceled. Left out where there are none.',
    }),
};

/** `problemOf` gives the words of what kept an order from being placed. */
export function toClosedFields(
  { further, stopsTooLarge, ...figures }: Omit<ClosedPosition, 'answered'>,
  problemOf: (error: unknown) => ProblemView,
) {
  return {
    ...(further.length === 0
      ? {}
      : {
          further: further.map((outcome) =>
            'error' in outcome
              ? { error: problemOf(outcome.error) }
              : { order: toOrderView(outcome.answered.order) },
          ),
        }),
    ...toClosedFigures(figures),
    ...(stopsTooLarge?.length === 0
      ? {}
      : { stops_too_large: stopsTooLarge === null ? null : [...stopsTooLarge] }),
  };
}

/** The figures of a close, the same on a repeat. */
export function toClosedFigures({
  dust,
  notHeld,
  left,
  canceled,
  stops,
}: Pick<ClosedPosition, 'dust' | 'notHeld' | 'left' | 'canceled' | 'stops'>) {
  return {
    ...(dust === null ? {} : { dust: dust.toString() }),
    ...(notHeld === null ? {} : { not_held: notHeld.toString() }),
    ...(left === null ? {} : { left: left.toString() }),
    ...(canceled.length === 0 ? {} : { canceled_order_ids: [...canceled] }),
    ...(stops.length === 0
      ? {}
      : {
          stops: stops.map(({ canceled, canceledQuantity, restored, restoredQuantity }) => ({
            canceled_order_id: canceled,
            canceled_quantity: canceledQuantity?.toString() ?? null,
            restored_order_id: restored,
            restored_quantity: restoredQuantity?.toString() ?? null,
          })),
        }),
  };
}
