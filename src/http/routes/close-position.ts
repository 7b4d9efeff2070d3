import { z } from 'zod';
import { Decimal } from '../../core/decimal.ts';
import type { Caller } from '../../directory/callers.ts';
import { chooseAccount } from '../account-choice.ts';
import { AnsweredBefore, isDecided, keepAnswer, keepRefusal, refusalIn } from '../answered-requests.ts';
import { closerOf, hashOfClose, type ClosedPosition, type CloseWish } from '../closing.ts';
import { accountsOf, callerOf, deskOf, type App, type HttpContext } from '../context.ts';
import {
  accountField,
  clientOrderIdField,
  exchangeField,
  fractionField,
  integerField,
  modeField,
  positionSideField,
  positiveDecimal,
  strategyField,
  symbolField,
} from '../fields.ts';
import { idempotencyKeyOf } from '../idempotency.ts';
import { netBooks, nettedView, noMark, toNettedView } from '../netting.ts';
import { sendOrder } from '../order-answer.ts';
import { DEFAULT_WAIT_MS, MAX_PROTECTION_BPS, MAX_WAIT_MS, onlyStrategy } from '../order-request.ts';
import { fieldProblem, Problem } from '../problem.ts';
import { problemViewOf } from '../server-problem.ts';
import { closedFields, toClosedFields } from '../views/closed-position.ts';
import { orderView } from '../views/order.ts';

const ONE = Decimal.one;

const closeBody = z
  .strictObject({
    exchange: exchangeField,
    account: accountField.optional(),
    mode: modeField.optional(),
    position_side: positionSideField
      .optional()
      .meta({ description: 'Which of the two, where a long and a short position are open side by side.' }),
    quantity: positiveDecimal.optional(),
    fraction: fractionField.optional(),
    client_order_id: clientOrderIdField.optional(),
    market_protection_bps: integerField(0, MAX_PROTECTION_BPS).optional(),
    wait_ms: integerField(0, MAX_WAIT_MS).default(DEFAULT_WAIT_MS),
    strategy: strategyField.optional().meta({
      description: "Closes what the strategy's own book holds of the position, and nothing of others.",
    }),
  })
  .refine((body) => body.quantity === undefined || body.fraction === undefined, {
    path: ['fraction'],
    message: 'must not be given together with quantity',
  })
  .meta({ id: 'ClosePosition', description: 'All of it, or `quantity`, or `fraction`; not both of these.' });

const closeAnswer = orderView.extend({
  ...closedFields,
  netted: nettedView.optional().meta({
    description:
      'Of a close of all, without a strategy: parts of strategies that offset one another, which no order closes, closed against each other. Left out where there were none, and of a repeat under the same key, which nets nothing.',
  }),
});

const nettedAnswer = z.object({ netted: nettedView }).meta({
  id: 'NettedBooks',
  description:
    'Of a close of all where the account is flat and strategies hold the opposite of one another: no order.',
});

type Netted = z.output<typeof nettedAnswer>;

/** The answer to a close that placed no order. Throws the problem of one that was refused. */
function answeredBefore({ answer }: AnsweredBefore): Netted {
  const refusal = refusalIn(answer);
  if (refusal !== null) throw refusal;
  return answer === null ? { netted: null } : nettedAnswer.parse(answer);
}

/** Null closes the account's position. Throws a `Problem` where a token for several strategies names none. */
function strategyOf(caller: Caller, named: string | undefined): string | null {
  const strategy = named ?? onlyStrategy(caller);
  if (strategy === undefined && caller.bounds.strategies !== null)
    throw fieldProblem('strategy', 'is required: this token is for several strategies');
  return strategy ?? null;
}

/** `POST /trading/v2/positions/{symbol}/close` */
export function closePositionRoute(app: App, context: HttpContext): void {
  const closer = closerOf(context);
  app.route({
    method: 'POST',
    url: '/trading/v2/positions/:symbol/close',
    config: { scope: 'trade', bound: 'accounts and strategies' },
    schema: {
      summary: 'Close a position, a part of it, or what a strategy holds of it, at the market',
      tags: ['positions'],
      params: z.strictObject({ symbol: symbolField }),
      body: closeBody,
      response: { 200: z.union([closeAnswer, nettedAnswer]), 201: closeAnswer, 202: closeAnswer },
    },
    handler: async (request, reply) => {
      const caller = callerOf(request);
      const { body } = request;
      const { symbol } = request.params;
      const desk = deskOf(context, caller);
      const account = chooseAccount(accountsOf(context, caller), body);
      const strategy = strategyOf(caller, body.strategy);
      const net = (): ReturnType<typeof netBooks> =>
        netBooks(desk, caller, { accountIds: [account.accountId], symbol });
      const isWhole =
        strategy === null && body.quantity === undefined && body.fraction?.lessThan(ONE) !== true;
      const wish: CloseWish = {
        account,
        symbol,
        positionSide: body.position_side ?? null,
        quantity: body.quantity ?? null,
        fraction: body.fraction ?? null,
        marketProtectionBps: body.market_protection_bps ?? null,
        clientOrderId: body.client_order_id ?? null,
        strategy,
        key: idempotencyKeyOf(request.headers['idempotency-key']) ?? body.client_order_id ?? null,
        request: null,
        waitMs: body.wait_ms,
      };
      const problemOf = (error: unknown): ReturnType<typeof problemViewOf> =>
        problemViewOf(error, context, request.id);
      const mark = wish.key === null ? null : { key: wish.key, contentHash: hashOfClose(wish) };
      const closed = await outcome();
      if ('netted' in closed) return closed;
      // A repeat changes nothing: what strategies hold against one another by now is not of the first request.
      const netted = isWhole && !closed.answered.replayed ? await net() : [];
      return {
        ...sendOrder(reply, closed.answered),
        ...toClosedFields(closed, problemOf),
        ...(netted?.length === 0 ? {} : { netted: toNettedView(netted, problemOf) }),
      };

      async function outcome(): Promise<ClosedPosition | Netted> {
        try {
          return await carryOut();
        } catch (error) {
          if (error instanceof AnsweredBefore) {
            void reply.header('Idempotent-Replayed', 'true');
            return answeredBefore(error);
          }
          // The request that took the key meanwhile has the answer.
          if (mark !== null && isDecided(error) && !(await keepRefusal(desk, mark, error))) return outcome();
          throw error;
        }
      }

      async function carryOut(): Promise<ClosedPosition | Netted> {
        try {
          return await closer.close(desk, caller, wish);
        } catch (error) {
          const isFlat = error instanceof Problem && error.problemCode === 'position_not_found';
          const outcomes = isFlat && isWhole ? await net() : [];
          const [first] = (outcomes ?? []).filter(({ kind }) => kind !== 'nothing_to_net');
          if (first === undefined) throw error;
          if (first.kind === 'no_mark') throw noMark(first);
          const answer = { netted: toNettedView(outcomes, problemOf) };
          if (mark !== null && !(await keepAnswer(desk, mark, answer)))
            return closer.close(desk, caller, wish);
          return answer;
        }
      }
    },
  });
}
