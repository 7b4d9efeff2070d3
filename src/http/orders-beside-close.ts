/** The orders beside a close: those that rest on its side, and whether its own would be taken without them. Entry points: `closingOrders`, `closesBeside`, `requireApproved`. */
import { claimsHedgedSide, onlyReduces } from '../core/order/terms.ts';
import type { Order } from '../core/order/order.ts';
import type { Position } from '../core/position/position.ts';
import type { RiskRuleName } from '../core/risk/refusal.ts';
import type { Desk, PlaceIntent } from '../engine/desk.ts';
import { problemOfRefusals } from './order-answer.ts';
import { Problem } from './problem.ts';

/** Rules whose verdict does not hang on what resting orders claim. */
const APART_FROM_RESTING: ReadonlySet<RiskRuleName> = new Set([
  'kill_switch',
  'instrument_allowed',
  'trading_state',
  'order_shape',
  'market_data',
  'base_value',
  'instrument_filters',
]);

/** Throws the problem of an order that the risk rules would refuse, also once the orders in its way are gone. */
export async function requireApproved(
  desk: Desk,
  intent: PlaceIntent,
  inTheWay: readonly Order[],
): Promise<void> {
  const [only, other] = inTheWay;
  const verdict = await desk.orders.check(intent, other === undefined ? only?.orderId : undefined);
  if (verdict === null)
    throw new Problem('account_not_found', `This node does not serve account ${intent.accountId}.`);
  const refusals = verdict.refusals.filter(({ rule }) => other === undefined || APART_FROM_RESTING.has(rule));
  if (refusals.length > 0) throw problemOfRefusals(refusals, null);
}

/** Whether a resting order of a strategy sells or closes the same coins as another: a stop on a swap waits beside it. */
export function closesBeside(order: Order): boolean {
  if (order.kind === 'spot' || claimsHedgedSide(order)) return true;
  return onlyReduces(order) && order.stopPrice === null;
}

/** The unfinished orders on the side that closes a position. */
export async function closingOrders(desk: Desk, position: Position): Promise<readonly Order[]> {
  const { accountId, symbol, netQuantity, positionSide } = position;
  const side = netQuantity.isPositive() ? 'sell' : 'buy';
  const { value } = await desk.books.openOrders({ accountIds: [accountId], symbol });
  return value.filter((order) => order.side === side && order.positionSide === positionSide);
}
