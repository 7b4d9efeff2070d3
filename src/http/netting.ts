/**
 * Netting after a close of everything: what strategies hold against one another, which no order can close.
 *
 * Entry points: `netBooks`, `nettedView`, `toNettedView`.
 */
import { z } from 'zod';
import { VENUES } from '../core/ids.ts';
import type { Caller } from '../directory/callers.ts';
import { EngineUnavailable, type Desk, type NettingOutcome, type PositionFilter } from '../engine/desk.ts';
import { inTime } from './closing-all.ts';
import { requesterName } from './context.ts';
import { decimalOut } from './fields.ts';
import { Problem } from './problem.ts';
import { problemView } from './views/problem.ts';

/** How long an answer waits for the netting, in milliseconds; what is late goes on. */
const NETTED_WITHIN_MS = 7_000;

const place = { exchange: z.enum(VENUES), account: z.string(), symbol: z.string() };

export const nettedView = z
  .array(
    z.union([
      z.object({
        ...place,
        price: decimalOut.meta({ description: 'The mark that every part was closed at.' }),
        parts: z.array(
          z.object({
            strategy: z.string(),
            side: z.enum(['buy', 'sell']).meta({ description: 'That closes the part.' }),
            quantity: decimalOut,
          }),
        ),
      }),
      z.object({ ...place, error: problemView }),
    ]),
  )
  .nullable()
  .meta({
    description:
      'Parts of strategies that offset one another, which no order closes: they were closed against each other, or the reason why not. Null where that is not known now, since the journal does not answer: close again.',
  });

/** One outcome for each position that had parts to net; null where the engine does not answer now. */
export async function netBooks(
  desk: Desk,
  caller: Caller,
  filter: Pick<PositionFilter, 'accountIds' | 'symbol'>,
): Promise<readonly NettingOutcome[] | null> {
  try {
    return await inTime(desk.controls.netStrategyBooks(filter, requesterName(caller)), NETTED_WITHIN_MS);
  } catch (error) {
    if (error instanceof EngineUnavailable) return null;
    throw error;
  }
}

export function noMark({ position: { symbol, accountId } }: NettingOutcome): Problem {
  return new Problem(
    'market_data_missing',
    `no mark of ${symbol} on ${accountId} could be read: what strategies hold there against one another stays as it is.`,
  );
}

/** `problemOf` gives the words of what kept parts from being netted. */
export function toNettedView(
  outcomes: readonly NettingOutcome[] | null,
  problemOf: (error: unknown) => z.output<typeof problemView>,
): z.output<typeof nettedView> {
  if (outcomes === null) return null;
  return outcomes.flatMap((outcome): z.output<typeof nettedView> & {} => {
    const { venue: exchange, accountId: account, symbol } = outcome.position;
    switch (outcome.kind) {
      case 'netted': {
        const { price, parts } = outcome.netted;
        return [
          {
            exchange,
            account,
            symbol,
            price: price.toString(),
            parts: parts.map(({ strategy, side, quantity }) => ({
              strategy,
              side,
              quantity: quantity.toString(),
            })),
          },
        ];
      }
      case 'nothing_to_net':
        return [];
      case 'no_mark':
        return [{ exchange, account, symbol, error: problemOf(noMark(outcome)) }];
    }
  });
}
