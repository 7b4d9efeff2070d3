import { z } from 'zod';
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
import { DEFAULT_WAIT_MS, MAX_PROTECTION_BPS, MAX_WAIT_MS } from '../order-request.ts';
import { orderView } from '../views/order.ts';
import { decimalOut } from '../fields.ts';

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
    strategy: strategyField.optional(),
  })
  .refine((body) => body.quantity === undefined || body.fraction === undefined, {
    path: ['fraction'],
    message: 'must not be given together with quantity',
  })
  .meta({ id: 'ClosePosition', description: 'All of it, or `quantity`, or `fraction`; not both of these.' });

const closeAnswer = orderView.extend({
  dust: decimalOut
    .optional()
    .meta({ description: 'The quantity that stays open because it is less than a lot.' }),
  not_held: decimalOut.optional().meta({
    description:
      'The quantity that could not be closed because the account does not hold it, or others have locked it. Left out where there is none.',
  }),
});

/** `POST /trading/v2/positions/{symbol}/close` */
export function closePositionRoute(app: App, context: HttpContext): void {
  const closer = closerOf(context);
  app.route({
    method: 'POST',
    url: '/trading/v2/positions/:symbol/close',
    config: { scope: 'trade', bound: 'accounts' },
    schema: {
      summary: 'Close a position, or a part of it, at the market',
      tags: ['positions'],
      params: z.strictObject({ symbol: symbolField }),
      body: closeBody,
      response: { 200: closeAnswer, 201: closeAnswer, 202: closeAnswer },
    },
    handler: async (request, reply) => {
      const caller = callerOf(request);
      const { body } = request;
      const { answered, dust, notHeld } = await closer.close(deskOf(context, caller), caller, {
        account: chooseAccount(accountsOf(context, caller), body),
        symbol: request.params.symbol,
        positionSide: body.position_side ?? null,
        quantity: body.quantity ?? null,
        fraction: body.fraction ?? null,
        marketProtectionBps: body.market_protection_bps ?? null,
        clientOrderId: body.client_order_id ?? null,
        strategy: body.strategy ?? null,
        key: idempotencyKeyOf(request.headers['idempotency-key']) ?? body.client_order_id ?? null,
        request: null,
        waitMs: body.wait_ms,
      });
      return {
        ...sendOrder(reply, answered),
        ...(dust === null ? {} : { dust: dust.toString() }),
        ...(notHeld === null ? {} : { not_held: notHeld.toString() }),
      };
    },
  });
}
