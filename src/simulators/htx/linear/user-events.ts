/**
 * The exchange's events as HTX's private stream of contracts pushes them: orders, executions, positions, the account.
 *
 * Entry points: `ContractPush`, `userPushes`. Orders come whole and with what was filled of them so far; executions state no fee. Sources:
 * "Subscribe to order data", "Subscribe to data of execution changes", "Subscribe to data of position changes" and "Subscribe to data of
 * account-related changes" of the v5 documentation. `match_orders` is not served.
 */
import type { ExchangeEvent, OrderEvent, PositionEvent } from '../../exchange/event.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { Payload } from '../../wire/account-streams.ts';
import { listingOf } from '../instruments.ts';
import { balanceJson } from './account.ts';
import { contextOf, pushedOrderJson, pushedTradeJson } from './order-json.ts';
import { pushedPositionJson } from './positions.ts';

export const TOPICS = ['orders', 'trade', 'positions', 'account'] as const;
export type TopicWord = (typeof TOPICS)[number];

/** A message with what a subscription chooses by. */
export interface ContractPush extends Payload {
  readonly topic: TopicWord;
  /** Empty of the account. */
  readonly contract: string;
  /** Why it was pushed; null where the topic has no such word. */
  readonly event: string | null;
  readonly data: unknown;
}

/** The pushes of one account for one batch, in the order of the changes; positions and the account as they are after it. */
export function userPushes(
  exchange: Exchange,
  events: readonly ExchangeEvent[],
  accountId: string,
  ordersBeforeTrades: boolean,
  nowMs: number,
): readonly ContractPush[] {
  const pushes: ContractPush[] = [];
  const positions = new Map<string, PositionEvent>();
  let reason: string | null = null;
  for (const event of events) {
    if (event.kind === 'order' && event.order.accountId === accountId && event.order.marketType === 'swap') {
      pushes.push(...orderPushes(exchange, event, ordersBeforeTrades));
      reason = event.fill === null ? (reason ?? 'cancel_order') : 'filled';
    }
    if (event.kind === 'position' && event.accountId === accountId) {
      positions.set(`${event.position.symbol} ${event.position.side}`, event);
      reason = wordOf(event.reason);
    }
    if (event.kind === 'balance' && event.accountId === accountId && event.wallet === 'swap')
      reason ??= 'transferred';
  }
  for (const { position, reason: why } of positions.values())
    pushes.push({
      topic: 'positions',
      contract: listingOf(position.symbol).id,
      event: wordOf(why),
      data: [pushedPositionJson(exchange, accountId, position)],
    });
  if (reason !== null)
    pushes.push({
      topic: 'account',
      contract: '',
      event: reason,
      data: balanceJson(exchange, accountId, nowMs),
    });
  return pushes;
}

function wordOf(reason: PositionEvent['reason']): string {
  switch (reason) {
    case 'fill':
      return 'filled';
    case 'funding':
      return 'funding_fee';
    case 'liquidation':
      return 'liquidation';
    case 'leverage':
    case 'margin_mode':
      return 'set_leverage';
    case 'margin':
      return 'transferred';
  }
}

function orderPushes(
  exchange: Exchange,
  { order, fill }: OrderEvent,
  ordersBeforeTrades: boolean,
): readonly ContractPush[] {
  const contract = listingOf(order.symbol).id;
  const ofOrder: ContractPush = {
    topic: 'orders',
    contract,
    event: null,
    data: pushedOrderJson(order, contextOf(exchange, order)),
  };
  if (fill === null) return [ofOrder];
  const ofTrade: ContractPush = { topic: 'trade', contract, event: null, data: [pushedTradeJson(fill)] };
  return ordersBeforeTrades ? [ofOrder, ofTrade] : [ofTrade, ofOrder];
}
