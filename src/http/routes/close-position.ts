import { z } from 'zod';
import type { Caller } from '../../directory/callers.ts';
import { chooseAccount } from '../account-choice.ts';
import { closerOf } from '../closing.ts';
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
import { sendOrder } from '../order-answer.ts';
import { DEFAULT_WAIT_MS, MAX_PROTECTION_BPS, MAX_WAIT_MS, onlyStrategy } from '../order-request.ts';
import { fieldProblem } from '../problem.ts';
import { problemViewOf } from '../server-problem.ts';
import { closedFields, toClosedFields } from '../views/closed-position.ts';
import { orderView } from '../views/order.ts';

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

const closeAnswer = orderView.extend(closedFields);

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
      response: { 200: closeAnswer, 201: closeAnswer, 202: closeAnswer },
    },
    handler: async (request, reply) => {
      const caller = callerOf(request);
      const { body } = request;
      const closed = await closer.close(deskOf(context, caller), caller, {
        account: chooseAccount(accountsOf(context, caller), body),
        symbol: request.params.symbol,
        positionSide: body.position_side ?? null,
        quantity: body.quantity ?? null,
        fraction: body.fraction ?? null,
        marketProtectionBps: body.market_protection_bps ?? null,
        clientOrderId: body.client_order_id ?? null,
        strategy: strategyOf(caller, body.strategy),
        key: idempotencyKeyOf(request.headers['idempotency-key']) ?? body.client_order_id ?? null,
        request: null,
        waitMs: body.wait_ms,
      });
      return {
        ...sendOrder(reply, closed.answered),
        ...toClosedFields(closed, (error) => problemViewOf(error, context, request.id)),
      };
    },
  });
}
