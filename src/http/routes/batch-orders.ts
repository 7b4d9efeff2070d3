import { z } from 'zod';
import { KeysRepeated } from '../../engine/desk.ts';
import { keyOfBatchItem } from '../../core/order/parts-of-key.ts';
import { chooseAccount } from '../account-choice.ts';
import { accountsOf, callerOf, deskOf, type App, type HttpContext } from '../context.ts';
import { flagField } from '../fields.ts';
import { idempotencyKeyOf } from '../idempotency.ts';
import { answerPlaced, placeOrder, type AnsweredOrder } from '../order-answer.ts';
import { anyOrderBody, DEFAULT_WAIT_MS, toIntent, type AnyOrderBody } from '../order-request.ts';
import { Problem, problemDocument } from '../problem.ts';
import { toProblem } from '../server-problem.ts';
import { orderView, toOrderView } from '../views/order.ts';
import { problemView } from '../views/problem.ts';

const MAX_ORDERS = 100;

const batchBody = z.strictObject({
  orders: z
    .array(anyOrderBody, { error: 'must be a list of orders' })
    .min(1, 'must have at least one order')
    .max(MAX_ORDERS, `must have at most ${MAX_ORDERS} orders`),
  all_or_none_risk: flagField.default(false).meta({
    description:
      'All are decided at once, each with the ones before it in flight; one refusal, and none is placed.',
  }),
});

const batchAnswer = z.object({
  results: z.array(
    z.union([
      z.object({ order: orderView, replayed: z.boolean().optional() }),
      z.object({ error: problemView }),
    ]),
  ),
});

type Result = z.output<typeof batchAnswer>['results'][number];

/** `POST /trading/v2/orders/batch` */
export function batchOrdersRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'POST',
    url: '/trading/v2/orders/batch',
    config: { scope: 'trade', bound: 'accounts and strategies' },
    schema: {
      summary: 'Place up to 100 orders',
      tags: ['orders'],
      body: batchBody,
      response: { 200: batchAnswer },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const key = idempotencyKeyOf(request.headers['idempotency-key']);
      const keyOf = (index: number): string | null => (key === null ? null : keyOfBatchItem(key, index));
      const { orders, all_or_none_risk: allOrNone } = request.body;
      const problemResult = (error: unknown): Result => {
        const problem = toProblem(error, context);
        if (problem.problemCode === 'internal_error')
          request.log.error({ err: error }, 'an order of a batch failed');
        return { error: problemView.parse(problemDocument(problem, request.id)) };
      };
      if (allOrNone) {
        const desk = deskOf(context, caller);
        const accounts = accountsOf(context, caller);
        const intents = orders.map((order, index) =>
          toIntent(order, chooseAccount(accounts, order), caller, keyOf(index)),
        );
        const answers = await desk.orders.placeAll(intents).catch((error: unknown) => {
          throw error instanceof KeysRepeated ? repeatedKeyProblem(error, orders) : error;
        });
        const results = await Promise.all(
          intents.map((intent, index) =>
            resultOf(async () => {
              const answer = answers[index];
              if (answer === undefined) throw new TypeError('a batch was answered short');
              return answerPlaced(context, desk, intent, answer, orders[index]?.wait_ms ?? DEFAULT_WAIT_MS);
            }),
          ),
        );
        return { results };
      }
      // All at once: they share one group commit, and the writer takes them in this order.
      const results = await Promise.all(
        orders.map((order, index) => resultOf(() => placeOrder(context, caller, order, keyOf(index)))),
      );
      return { results };

      async function resultOf(work: () => Promise<AnsweredOrder>): Promise<Result> {
        try {
          const answered = await work();
          return { order: toOrderView(answered.order), ...(answered.replayed ? { replayed: true } : {}) };
        } catch (error) {
          return problemResult(error);
        }
      }
    },
  });
}

/** Names each order of a pair, by its `client_order_id` where that is the key, or whole where it has the key from the header. */
function repeatedKeyProblem({ repeated }: KeysRepeated, orders: readonly AnyOrderBody[]): Problem {
  const errors = repeated.flatMap(({ key, first, again }) => {
    const fault = (index: number, other: number): { readonly field: string; readonly reason: string } => ({
      field: `orders.${index}${orders[index]?.client_order_id === key ? '.client_order_id' : ''}`,
      reason: `must differ from the others': orders.${other} has the key ${key} too`,
    });
    return [fault(first, again), fault(again, first)];
  });
  const detail = errors.map(({ field, reason }) => `${field}: ${reason}`).join('; ');
  return new Problem('invalid_request', `${detail}. Nothing was placed.`, { errors });
}
