import { z } from 'zod';
import { RISK_RULES } from '../../core/risk/refusal.ts';
import { chooseAccount } from '../account-choice.ts';
import { accountsOf, callerOf, deskOf, type App, type HttpContext } from '../context.ts';
import { decimalOut } from '../fields.ts';
import { anyOrderBody, toIntent } from '../order-request.ts';
import { unlistedProblem } from '../problem.ts';

const checkAnswer = z.object({
  approved: z.boolean(),
  refusals: z.array(
    z.object({
      rule: z.string(),
      code: z.string(),
      limit: z.string().nullable(),
      actual: z.string().nullable(),
      detail: z.string(),
    }),
  ),
  rules: z.array(
    z.object({
      rule: z.string(),
      passed: z.boolean(),
      limit: z.string().nullable(),
      actual: z.string().nullable(),
    }),
  ),
  sent_price: decimalOut.nullable().meta({
    description:
      'The limit that the exchange would get: the one asked for, or the protection of a market order. Null for an order without one.',
  }),
  asked_price: decimalOut.nullable().meta({
    description: "The same before it was moved into the exchange's price band. Null where it was not moved.",
  }),
  suggested_quantity: decimalOut.nullable().meta({
    description:
      'The quantity asked for where it fits, the largest one otherwise; null when none would be approved.',
  }),
  max_quantity: decimalOut.nullable().meta({
    description: 'The largest quantity that every rule would approve now; null when none would be.',
  }),
  max_quantity_bound_by: z
    .enum(RISK_RULES)
    .nullable()
    .meta({ description: 'The rule that would refuse one lot more than `max_quantity`.' }),
});

/** `POST /trading/v2/risk/check`: nothing is placed. */
export function riskCheckRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'POST',
    url: '/trading/v2/risk/check',
    config: { scope: 'read', bound: 'accounts and strategies' },
    schema: {
      summary: 'Ask what the risk rules would say of an order',
      tags: ['risk'],
      body: anyOrderBody,
      response: { 200: checkAnswer },
    },
    handler: async (request): Promise<z.output<typeof checkAnswer>> => {
      const caller = callerOf(request);
      const desk = deskOf(context, caller);
      const account = chooseAccount(accountsOf(context, caller), request.body);
      const intent = toIntent(request.body, account, caller, null);
      const [review, size] = await Promise.all([desk.orders.check(intent), desk.orders.size(intent)]);
      if (review === null || size === null) {
        throw unlistedProblem(intent.symbol);
      }
      const approved = review.refusals.length === 0;
      return {
        approved,
        refusals: review.refusals.map(({ rule, code, limit, actual, detail }) => ({
          rule,
          code,
          limit,
          actual,
          detail,
        })),
        rules: review.rules.map(({ rule, verdict }) => ({
          rule,
          passed: verdict.refusal === null,
          limit: verdict.limit,
          actual: verdict.actual,
        })),
        sent_price: review.sentPrice?.toString() ?? null,
        asked_price: review.askedPrice?.toString() ?? null,
        suggested_quantity: size.suggestedQuantity?.toString() ?? null,
        max_quantity: size.maxQuantity?.toString() ?? null,
        max_quantity_bound_by: size.boundBy,
      };
    },
  });
}
