/**
 * An order named in a request: by our id, by the venue's together with `exchange` and `symbol`, or by the caller's own.
 *
 * Entry points: `findOrder`, `orderByClientOrderId`, `hasTraits`.
 */
import { z } from 'zod';
import { orderId, venueOrderId } from '../core/ids.ts';
import type { Order } from '../core/order/order.ts';
import type { Caller } from '../directory/callers.ts';
import { chooseAccount } from './account-choice.ts';
import { accountsOf, deskOf, type HttpContext } from './context.ts';
import {
  accountField,
  clientOrderIdField,
  exchangeField,
  orderIdField,
  strategyField,
  symbolField,
} from './fields.ts';
import { fieldProblem, Problem } from './problem.ts';

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
  refuseHalves({ exchange, symbol, account });
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

/** Parts of a reference that would change nothing by themselves. */
function refuseHalves({ exchange, symbol, account }: Reference): void {
  if ((exchange === undefined) !== (symbol === undefined))
    throw fieldProblem(
      exchange === undefined ? 'exchange' : 'symbol',
      'is required with the other one of exchange and symbol',
      'querystring',
    );
  if (account !== undefined && exchange === undefined)
    throw fieldProblem('exchange', 'is required with account', 'querystring');
}

/** The order with a client order id, which one order of a portfolio has at most; null where there is none. */
export async function orderByClientOrderId(
  context: HttpContext,
  caller: Caller,
  id: string,
): Promise<Order | null> {
  const { books, portfolioId } = deskOf(context, caller);
  // Unfinished ones are in memory, and are found while the database is unavailable.
  const { value: open } = await books.openOrders({});
  const inMemory = open.find((order) => order.clientOrderId === id);
  if (inMemory !== undefined) return inMemory;
  // Every client order id is kept among the keys of requests, for ever.
  const orderId = (await context.readModels.idempotency(portfolioId, id))?.orderId ?? null;
  const order = orderId === null ? null : await books.order(orderId);
  return order?.clientOrderId === id ? order : null;
}

/** Filters of listings of orders, beside account and instrument. */
export const orderTraitsQuery = {
  client_order_id: clientOrderIdField.optional(),
  strategy: strategyField.optional(),
  side: z.enum(['buy', 'sell'], { error: 'must be buy or sell' }).optional(),
};

type Traits = z.output<ReturnType<typeof z.strictObject<typeof orderTraitsQuery>>>;

export function hasTraits(order: Order, { client_order_id: id, strategy, side }: Traits): boolean {
  return (
    (id === undefined || order.clientOrderId === id) &&
    (strategy === undefined || order.strategy === strategy) &&
    (side === undefined || order.side === side)
  );
}
