import { z } from 'zod';
import { EngineUnavailable } from '../../engine/desk.ts';
import { chooseAccount } from '../account-choice.ts';
import { callerOf, deskOf, type App, type HttpContext } from '../context.ts';
import { flagField } from '../fields.ts';
import { idempotencyKeyOf } from '../idempotency.ts';
import { placeOrder, problemOfRefusals } from '../order-answer.ts';
import { anyOrderBody, toIntent, type AnyOrderBody } from '../order-request.ts';
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
    description: 'Nothing is placed when any of the orders would be refused by a risk rule as things stand.',
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
    config: { scope: 'trade' },
    schema: {
      summary: 'Place up to 100 orders',
      tags: ['orders'],
      body: batchBody,
      response: { 200: batchAnswer },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const key = idempotencyKeyOf(request.headers['idempotency-key']);
      const keyOf = (index: number): string | null => (key === null ? null : `${key}/${index}`);
      const { orders, all_or_none_risk: allOrNone } = request.body;
      const problemResult = (error: unknown): Result => {
        const problem = toProblem(error, context);
        if (problem.problemCode === 'internal_error')
          request.log.error({ err: error, requestId: request.id }, 'an order of a batch failed');
        return { error: problemView.parse(problemDocument(problem, request.id)) };
      };
      if (allOrNone) {
        const refused = await Promise.all(orders.map((order) => checkOne(order)));
        const failed = refused.findIndex((problem) => problem !== null);
        if (failed >= 0) {
          return {
            results: refused.map((problem) =>
              problemResult(
                problem ??
                  new Problem('batch_refused', `Not placed: order ${failed} of the batch was refused.`, {
                    refused_index: failed,
                  }),
              ),
            ),
          };
        }
      }
      // All at once: they share one group commit, and the writer takes them in this order.
      const results = await Promise.all(
        orders.map(async (order, index): Promise<Result> => {
          try {
            const answered = await placeOrder(context, caller, order, keyOf(index));
            return { order: toOrderView(answered.order), ...(answered.replayed ? { replayed: true } : {}) };
          } catch (error) {
            return problemResult(error);
          }
        }),
      );
      return { results };

      async function checkOne(order: AnyOrderBody): Promise<Problem | null> {
        try {
          const desk = deskOf(context, caller);
          const account = chooseAccount(context.accounts.of(caller.portfolioId), order);
          const review = await desk.orders.check(toIntent(order, account, caller, null));
          if (review === null) {
            return new Problem(
              'instrument_unknown',
              `symbol: ${order.symbol} is not listed by the exchange.`,
            );
          }
          return review.refusals.length === 0 ? null : problemOfRefusals(review.refusals, null);
        } catch (error) {
          if (error instanceof Problem) return error;
          if (error instanceof EngineUnavailable) return toProblem(error, context);
          throw error;
        }
      }
    },
  });
}
