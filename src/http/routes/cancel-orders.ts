import { z } from 'zod';
import { VENUES } from '../../core/ids.ts';
import type { Order } from '../../core/order/order.ts';
import type { Desk, ExternalCancel, OrderFilter } from '../../engine/desk.ts';
import { chooseAccounts } from '../account-choice.ts';
import { accountsOf, callerOf, deskOf, requesterName, type App, type HttpContext } from '../context.ts';
import { accountField, decimalOut, exchangeField, flagText, symbolField } from '../fields.ts';
import { cancelSoon, isCancelAccepted, untilFinished } from '../order-answer.ts';
import { CANCEL_ACCEPTED, CANCEL_RECORDED, orderView, toOrderView } from '../views/order.ts';

const WAIT_MS = 5_000;

const query = z
  .strictObject({
    exchange: exchangeField.optional(),
    symbol: symbolField.optional(),
    account: accountField.optional(),
    all: flagText.default(false),
    include_external: flagText
      .default(false)
      .meta({ description: 'Cancel orders too that were not placed here.' }),
  })
  .refine(
    ({ exchange, symbol, account, all }) =>
      all || exchange !== undefined || symbol !== undefined || account !== undefined,
    { path: ['all'], message: 'must be true to cancel every order; or name exchange, symbol or account' },
  );

const ownResult = z.object({
  order: orderView,
  outcome: z.enum(['canceled', 'finished', 'pending', 'not_sent']).meta({
    description:
      'canceled: by the exchange, or before it was sent; finished: it ended otherwise first; pending: the exchange has not confirmed yet; not_sent: its account was removed, or neither the exchange nor the journal can be reached.',
  }),
  cancel_accepted: z.boolean().meta(CANCEL_ACCEPTED),
  cancel_recorded: z.boolean().meta(CANCEL_RECORDED),
});

const externalResult = z.object({
  external: z
    .object({
      exchange: z.enum(VENUES),
      account: z.string(),
      symbol: z.string().nullable(),
      venue_order_id: z.string().nullable(),
      side: z.enum(['buy', 'sell']).nullable(),
      quantity: decimalOut.nullable(),
      price: decimalOut.nullable(),
    })
    .meta({ description: 'All null but exchange and account: its working orders could not be listed.' }),
  outcome: z.enum(['canceled', 'gone', 'refused', 'unknown', 'not_sent']).meta({
    description: 'gone: the exchange has it no more; unknown: it may or may not be canceled.',
  }),
  detail: z.string(),
});

/** `DELETE /trading/v2/orders`: one result per order that was not finished. */
export function cancelOrdersRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'DELETE',
    url: '/trading/v2/orders',
    config: { scope: 'trade', bound: 'accounts and strategies' },
    schema: {
      summary: 'Cancel many orders',
      tags: ['orders'],
      querystring: query,
      response: {
        200: z.object({
          results: z.array(z.union([ownResult, externalResult])),
        }),
      },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const desk = deskOf(context, caller);
      const { exchange, symbol, account, include_external: includesExternal } = request.query;
      const accountIds = chooseAccounts(accountsOf(context, caller), { exchange, account });
      const filter: OrderFilter = {
        ...(account === undefined ? {} : { accountIds }),
        ...(exchange === undefined ? {} : { exchange }),
        ...(symbol === undefined ? {} : { symbol }),
      };
      const orders = desk.orders.openNow(filter);
      const ours = Promise.all(
        orders.map((order) =>
          cancelOne(desk, order, requesterName(caller)).catch((error: unknown) => {
            // Others may be canceled by now: their results must be shown.
            request.log.error({ err: error, orderId: order.orderId }, 'a cancel failed');
            return {
              order: toOrderView(order),
              outcome: 'pending' as const,
              cancel_accepted: isCancelAccepted(desk, order),
              cancel_recorded: false,
            };
          }),
        ),
      );
      // A stop that made room for another order is not open, and is not to come back either.
      await desk.orders.releaseStops(
        (stop) => accountIds.includes(stop.accountId) && (symbol === undefined || stop.symbol === symbol),
      );
      const others = includesExternal ? desk.orders.cancelExternal(filter, requesterName(caller)) : [];
      return { results: [...(await ours), ...(await others).map(toExternalResult)] };
    },
  });
}

async function cancelOne(desk: Desk, order: Order, requestedBy: string): Promise<z.output<typeof ownResult>> {
  const answer = await cancelSoon(desk, order.orderId, requestedBy);
  const result = (
    after: Order,
    outcome: z.output<typeof ownResult>['outcome'],
    recorded: boolean,
  ): z.output<typeof ownResult> => ({
    order: toOrderView(after),
    outcome,
    cancel_accepted: isCancelAccepted(desk, after),
    cancel_recorded: recorded,
  });
  switch (answer.kind) {
    case 'not_sent':
      return result(answer.order, 'not_sent', answer.recorded);
    case 'no_account':
      return result(answer.order, 'not_sent', true);
    case 'withdrawn':
      return result(answer.order ?? order, 'canceled', answer.recorded);
    case 'unknown_order':
      return result(order, outcomeOf(order.status), true);
    case 'canceling':
    case 'annulled':
    case 'already_finished': {
      const after = await untilFinished(desk, answer.order, WAIT_MS);
      return result(after, outcomeOf(after.status), answer.kind === 'already_finished' || answer.recorded);
    }
  }
}

function outcomeOf(status: string): 'canceled' | 'finished' | 'pending' {
  if (status === 'canceled') return 'canceled';
  return ['filled', 'rejected', 'denied', 'expired', 'failed'].includes(status) ? 'finished' : 'pending';
}

function toExternalResult(canceled: ExternalCancel): z.output<typeof externalResult> {
  const { accountId, venue, report, outcome, detail } = canceled;
  return {
    external: {
      exchange: venue,
      account: accountId,
      symbol: report?.symbol ?? null,
      venue_order_id: report?.venueOrderId ?? null,
      side: report?.side ?? null,
      quantity: report?.quantity?.toString() ?? null,
      price: report?.price?.toString() ?? null,
    },
    outcome,
    detail,
  };
}
