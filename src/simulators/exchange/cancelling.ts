/** Cancels that users ask for: one order, a list, everything that matches. */
import type { ListReference } from './command.ts';
import { end } from './endings.ts';
import { isOpen, type OrderReference } from './order.ts';
import type { Refusal } from './refusal.ts';
import type { AccountState, ListState, WorkingOrder } from './state.ts';
import { matches, type OrderQuery } from './views.ts';
import type { World } from './world.ts';

/** `requestClientOrderId`: the cancel's own id, on venues that have one. */
export function cancel(
  world: World,
  accountId: string,
  reference: OrderReference,
  requestClientOrderId: string | null,
): WorkingOrder | Refusal {
  const order = world.index.find(accountId, reference);
  if (order === null) return { code: 'order_not_found' };
  if (!isOpen(order.status)) return { code: 'order_not_open', venueOrderId: order.venueOrderId };
  const { status } = world.symbolOf(order).market;
  if (status === 'halted') return { code: 'symbol_not_trading', status };
  end(world, order, 'canceled', 'user_canceled', requestClientOrderId);
  return order;
}

/** The newest list that the reference names. */
export function cancelList(world: World, accountId: string, reference: ListReference): ListState | Refusal {
  const list = [...world.lists.values()].findLast(
    (candidate) =>
      candidate.accountId === accountId &&
      candidate.symbol === reference.symbol &&
      ('listId' in reference
        ? candidate.listId === reference.listId
        : candidate.clientListId === reference.clientListId),
  );
  const leg = list?.legs.find((candidate) => isOpen(candidate.status));
  if (list === undefined || leg === undefined) return { code: 'order_not_found' };
  const { status } = world.symbolOf(leg).market;
  if (status === 'halted') return { code: 'symbol_not_trading', status };
  end(world, leg, 'canceled', 'user_canceled');
  return list;
}

/** The canceled orders, oldest first. Cancelling one leg of a list cancels the other; a halted symbol keeps its orders. */
export function cancelAll(world: World, account: AccountState, query: OrderQuery): WorkingOrder[] {
  const open = [...account.openOrders].filter(
    (order) => matches(order, query) && world.symbolOf(order).market.status !== 'halted',
  );
  for (const order of open) if (isOpen(order.status)) end(world, order, 'canceled', 'user_canceled');
  return open.filter((order) => order.status === 'canceled');
}
