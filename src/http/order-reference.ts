/** An order named in a path: by our id, or by the venue's together with `exchange` and `symbol`. */
import { z } from 'zod';
import { orderId, venueOrderId } from '../core/ids.ts';
import type { Order } from '../core/order/order.ts';
import type { Caller } from '../directory/callers.ts';
import { chooseAccount } from './account-choice.ts';
import { accountsOf, deskOf, type HttpContext } from './context.ts';
import { accountField, exchangeField, orderIdField, symbolField } from './fields.ts';
import { Problem } from './problem.ts';

export const orderPath = z.strictObject({ order_id: orderIdField });

export const orderReferenceQuery = {
  exchange: exchangeField.optional(),
  symbol: symbolField.optional(),
  account: accountField.optional(),
};

type Reference = z.output<ReturnType<typeof z.strictObject<typeof orderReferenceQuery>>>;

/** Throws a `Problem` where the caller has no such order. */
export async function findOrder(
  context: HttpContext,
  caller: Caller,
  id: string,
  { exchange, symbol, account }: Reference,
  refresh: boolean,
): Promise<Order> {
  const desk = deskOf(context, caller);
  const found = await desk.books.order(orderId(id), refresh);
  if (found !== null) return found;
  if (exchange !== undefined && symbol !== undefined) {
    const { accountId } = chooseAccount(accountsOf(context, caller), { exchange, account });
    const byVenue = await desk.books.orderByVenueOrderId(accountId, symbol, venueOrderId(id));
    if (byVenue !== null)
      return refresh ? ((await desk.books.order(byVenue.orderId, true)) ?? byVenue) : byVenue;
    throw new Problem('order_not_found', `No order of ours has the id ${id} on ${exchange} ${symbol}.`);
  }
  throw new Problem(
    'order_not_found',
    `You have no order ${id}. For an id of the exchange, add exchange and symbol.`,
  );
}
