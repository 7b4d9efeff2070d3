/**
 * The exchange's events as Bitget's private channels push them: orders, fills, positions, the account.
 *
 * Entry point: `UserEvents`. Orders and fills are two channels. The account is pushed for fills, funding and movements of its balances, not for
 * orders that lock them; it and the positions begin with a snapshot. Sources: "Order Channel", "Fill Channel", "Positions Channel" and "Account
 * Channel" of the unified account's documentation.
 */
import type { Position } from '../exchange/account.ts';
import type { ExchangeEvent, OrderEvent } from '../exchange/event.ts';
import type { Payload } from '../wire/account-streams.ts';
import { streamedAssetsJson } from './account.ts';
import { streamedFillJson, streamedOrderJson, type Json, type OrderFacts } from './order-json.ts';
import { streamedPositionJson } from './positions.ts';
import type { UndecidedBehaviour } from './undecided.ts';

export const PRIVATE_TOPICS = ['order', 'fill', 'position', 'account'] as const;
export type PrivateTopic = (typeof PRIVATE_TOPICS)[number];

export interface UserEventSettings extends OrderFacts {
  readonly ordersBeforeFills: UndecidedBehaviour['ordersBeforeFills'];
}

export class UserEvents {
  readonly #settings: UserEventSettings;

  constructor(settings: UserEventSettings) {
    this.#settings = settings;
  }

  /** The payloads of one account for one batch, in the order of the changes. */
  payloads(events: readonly ExchangeEvent[], accountId: string, nowMs: number): readonly Payload[] {
    const payloads: Payload[] = [];
    const positions = new Map<string, Position>();
    let isAccountChanged = false;
    for (const event of events) {
      switch (event.kind) {
        case 'order':
          if (event.order.accountId === accountId) payloads.push(...this.#orderPayloads(event, nowMs));
          break;
        case 'balance':
          if (event.accountId === accountId && event.wallet === 'unified' && event.reason !== 'order')
            isAccountChanged = true;
          break;
        case 'position':
          if (event.accountId === accountId)
            positions.set(`${event.position.symbol} ${event.position.side}`, event.position);
          break;
        case 'list':
        case 'trade':
        case 'book':
        case 'mark':
          break;
      }
    }
    if (positions.size > 0)
      payloads.push(payload('position', 'update', [...positions.values()].map(streamedPositionJson), nowMs));
    if (isAccountChanged) payloads.push(this.accountPayload(accountId, nowMs));
    return payloads;
  }

  /** The state of a channel as a subscription begins with it; none of orders and fills. */
  snapshot(topic: PrivateTopic, accountId: string, nowMs: number): Payload | null {
    switch (topic) {
      case 'order':
      case 'fill':
        return null;
      case 'account':
        return this.accountPayload(accountId, nowMs);
      case 'position': {
        const held = this.#settings.exchange
          .positions(accountId)
          .filter(({ quantity }) => !quantity.isZero());
        return payload('position', 'snapshot', held.map(streamedPositionJson), nowMs);
      }
    }
  }

  accountPayload(accountId: string, nowMs: number): Payload {
    return payload('account', 'snapshot', [streamedAssetsJson(this.#settings.exchange, accountId)], nowMs);
  }

  #orderPayloads({ order, fill }: OrderEvent, nowMs: number): Payload[] {
    const ofOrder = payload('order', 'snapshot', [streamedOrderJson(this.#settings, order)], nowMs);
    if (fill === null) return [ofOrder];
    const ofFill = payload('fill', 'snapshot', [streamedFillJson(this.#settings, fill, order)], nowMs);
    return this.#settings.ordersBeforeFills ? [ofOrder, ofFill] : [ofFill, ofOrder];
  }
}

function payload(
  topic: PrivateTopic,
  action: 'snapshot' | 'update',
  data: readonly Json[],
  nowMs: number,
): Payload {
  return { topic, message: { data, arg: { instType: 'UTA', topic }, action, ts: nowMs } };
}
