import { z } from 'zod';
import { amenderOf } from '../amending.ts';
import { callerOf, deskOf, type App, type HttpContext } from '../context.ts';
import { clientOrderIdField, integerField, modeField, positiveDecimal } from '../fields.ts';
import { idempotencyKeyOf } from '../idempotency.ts';
import { findOrder, orderPath, orderReferenceQuery } from '../order-reference.ts';
import { DEFAULT_WAIT_MS, idempotencyHeaders, MAX_WAIT_MS } from '../order-request.ts';
import { Problem } from '../problem.ts';
import { orderView, toOrderView } from '../views/order.ts';

const body = z
  .strictObject({
    quantity: positiveDecimal
      .optional()
      .meta({ description: 'Base units in all, including the quantity that is filled already.' }),
    price: positiveDecimal.optional(),
    stop_price: positiveDecimal.optional(),
    client_order_id: clientOrderIdField
      .optional()
      .meta({ description: 'Of the new order; the old one keeps its own.' }),
    mode: modeField.optional(),
    wait_ms: integerField(0, MAX_WAIT_MS).default(DEFAULT_WAIT_MS),
  })
  .refine(
    ({ quantity, price, stop_price: stopPrice }) =>
      quantity !== undefined || price !== undefined || stopPrice !== undefined,
    { path: ['quantity'], message: 'is required, or price, or stop_price: there is nothing to change' },
  )
  .meta({ id: 'AmendOrder', description: 'At least one of `quantity`, `price` and `stop_price`.' });

export const amendedOrderView = z
  .object({
    method: z.enum(['native', 'cancel_and_replace', 'replace_and_cancel']).meta({
      description:
        'cancel_and_replace: the old order was canceled first, and the unfilled rest is a new order. replace_and_cancel, for stops that close: the new order was placed first, and the old one canceled once it worked.',
    }),
    order: orderView.nullable().meta({
      description: 'The new order; null when the fills of the old one reach the quantity that is wanted now.',
    }),
    replaced: orderView,
  })
  .meta({ id: 'AmendedOrder' });

/** `PATCH /trading/v2/orders/{order_id}` */
export function amendOrderRoute(app: App, context: HttpContext): void {
  const amender = amenderOf(context);
  app.route({
    method: 'PATCH',
    url: '/trading/v2/orders/:order_id',
    config: { scope: 'trade', bound: 'accounts and strategies' },
    schema: {
      summary: 'Change quantity or prices of a working order',
      description:
        'The risk rules check the new order first: a refusal leaves the old one working. A stop that closes stays until the ' +
        'new one is known to work; any other order is canceled and, once the exchange has confirmed that, the unfilled rest ' +
        'is placed as a new order.',
      tags: ['orders'],
      headers: idempotencyHeaders,
      params: orderPath,
      querystring: z.strictObject(orderReferenceQuery),
      body,
      response: { 200: amendedOrderView, 201: amendedOrderView, 202: amendedOrderView },
    },
    handler: async (request, reply) => {
      const caller = callerOf(request);
      const order = await findOrder(context, caller, request.params.order_id, request.query, false);
      const {
        quantity,
        price,
        stop_price: stopPrice,
        client_order_id: clientId,
        mode,
        wait_ms: waitMs,
      } = request.body;
      if (mode !== undefined && mode !== order.mode) {
        throw new Problem('mode_mismatch', `mode: the order is of a ${order.mode} account, not ${mode}.`, {
          expected: mode,
          actual: order.mode,
        });
      }
      const { method, replaced, replacement } = await amender.amend(
        deskOf(context, caller),
        caller,
        order.orderId,
        {
          quantity: quantity ?? null,
          price: price ?? null,
          stopPrice: stopPrice ?? null,
          clientOrderId: clientId ?? null,
          key: idempotencyKeyOf(request.headers['idempotency-key']) ?? clientId ?? null,
          waitMs,
        },
      );
      if (replacement?.replayed === true) void reply.header('Idempotent-Replayed', 'true');
      return reply.code(replacement?.status ?? 200).send({
        method,
        order: replacement === null ? null : toOrderView(replacement.order),
        replaced: toOrderView(replaced),
      });
    },
  });
}
