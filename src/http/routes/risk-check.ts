import { z } from 'zod';
import { Decimal } from '../../core/decimal.ts';
import type { Instrument } from '../../core/instrument.ts';
import type { RefusalCode } from '../../core/risk/refusal.ts';
import type { Desk, PlaceIntent } from '../../engine/desk.ts';
import { chooseAccount } from '../account-choice.ts';
import { callerOf, deskOf, type App, type HttpContext } from '../context.ts';
import { decimalOut } from '../fields.ts';
import { anyOrderBody, toIntent } from '../order-request.ts';
import { Problem } from '../problem.ts';

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
  suggested_quantity: decimalOut.nullable().meta({
    description:
      'The quantity asked for where it is approved, the largest one otherwise; null for orders by cost.',
  }),
  max_quantity: decimalOut.nullable().meta({
    description: 'The largest quantity that every rule would approve now; null for orders by cost.',
  }),
});

/** `POST /trading/v2/risk/check`: nothing is placed. */
export function riskCheckRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'POST',
    url: '/trading/v2/risk/check',
    config: { scope: 'read' },
    schema: {
      summary: 'Ask what the risk rules would say of an order',
      tags: ['risk'],
      body: anyOrderBody,
      response: { 200: checkAnswer },
    },
    handler: async (request): Promise<z.output<typeof checkAnswer>> => {
      const caller = callerOf(request);
      const desk = deskOf(context, caller);
      const account = chooseAccount(context.accounts.of(caller.portfolioId), request.body);
      const intent = toIntent(request.body, account, caller, null);
      const review = await desk.check(intent);
      const instrument = desk.instrument(intent.accountId, intent.symbol);
      if (review === null || instrument === undefined) {
        throw new Problem('instrument_unknown', `symbol: ${intent.symbol} is not listed by the exchange.`, {
          errors: [{ field: 'symbol', reason: 'is not listed by the exchange' }],
        });
      }
      const approved = review.refusals.length === 0;
      const most =
        intent.quantity === null ? null : await largestQuantity(desk, intent, intent.quantity, instrument);
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
        suggested_quantity: (approved ? intent.quantity : most)?.toString() ?? null,
        max_quantity: most?.toString() ?? null,
      };
    },
  });
}

const TOO_SMALL: ReadonlySet<RefusalCode> = new Set(['quantity_too_small', 'notional_too_small']);
/** Bounds the search: doublings up, then halvings; enough to tell lots of 1e-8 apart in quantities of 1e9. */
const MAX_DOUBLINGS = 60;

/** The largest multiple of the lot that every rule approves; zero when none is. Larger quantities only break more rules. */
async function largestQuantity(
  desk: Desk,
  intent: PlaceIntent,
  asked: Decimal,
  instrument: Instrument,
): Promise<Decimal> {
  const quantityOf = (lots: bigint): Decimal => Decimal.of(lots).multiply(instrument.lotSize);
  const refusalsOf = async (lots: bigint): Promise<readonly RefusalCode[]> => {
    const review = await desk.check({ ...intent, quantity: quantityOf(lots), idempotency: null });
    return review === null ? ['instrument_unknown'] : review.refusals.map(({ code }) => code);
  };
  const isTooLarge = async (lots: bigint): Promise<boolean> =>
    (await refusalsOf(lots)).some((code) => !TOO_SMALL.has(code));
  let fits = 0n;
  let tooLarge = asked.countOf(instrument.lotSize, 'down') + 1n;
  for (let n = 0; n < MAX_DOUBLINGS && !(await isTooLarge(tooLarge)); n += 1) {
    fits = tooLarge;
    tooLarge *= 2n;
  }
  while (tooLarge - fits > 1n) {
    const middle = (fits + tooLarge) / 2n;
    if (await isTooLarge(middle)) tooLarge = middle;
    else fits = middle;
  }
  const isApproved = fits > 0n && (await refusalsOf(fits)).length === 0;
  return isApproved ? quantityOf(fits) : Decimal.zero;
}
