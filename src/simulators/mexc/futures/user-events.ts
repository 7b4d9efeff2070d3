/**
 * The exchange's events as MEXC's private channels of contracts push them: orders, deals, positions, assets, the position mode.
 *
 * Entry point: `FuturesUserEvents.payloads`. Source: "Private Channels" of the contract documentation; deals (`order.deal`) from a fixture of
 * JKorf/Mexc.Net.
 */
import type { Position } from '../../exchange/account.ts';
import type { ExchangeEvent, OrderEvent } from '../../exchange/event.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { Payload } from '../../wire/account-streams.ts';
import { pushedAssetJson } from './account.ts';
import { contextOf, pushedDealJson, pushedOrderJson } from './order-json.ts';
import { positionJson } from './positions.ts';

/** The channels that can be asked for by `personal.filter`, as far as they are served. */
export const FILTERS = ['order', 'order.deal', 'position', 'asset'] as const;
export type Filter = (typeof FILTERS)[number];

/** A message with what a filter looks at. */
export interface Push extends Payload {
  readonly filter: Filter;
  /** The contract's unified symbol; null: none. */
  readonly symbol: string | null;
  readonly data: unknown;
}

export class FuturesUserEvents {
  readonly #exchange: Exchange;
  readonly #ordersBeforeDeals: boolean;
  /** Of each open order: it rises by one with each push. */
  readonly #versions = new Map<string, number>();

  constructor(exchange: Exchange, ordersBeforeDeals: boolean) {
    this.#exchange = exchange;
    this.#ordersBeforeDeals = ordersBeforeDeals;
  }

  /** The pushes of one account for one batch, in the order of the changes; positions and assets as they are after it. */
  payloads(events: readonly ExchangeEvent[], accountId: string): readonly Push[] {
    const pushes: Push[] = [];
    const positions = new Map<string, Position>();
    const assets = new Set<string>();
    for (const event of events) {
      if (
        event.kind === 'order' &&
        event.order.accountId === accountId &&
        event.order.marketType === 'swap'
      ) {
        pushes.push(...this.#orderPushes(event));
        assets.add('USDT');
      }
      if (event.kind === 'position' && event.accountId === accountId) {
        positions.set(`${event.position.symbol} ${event.position.side}`, event.position);
        assets.add('USDT');
      }
      if (event.kind === 'balance' && event.accountId === accountId && event.wallet === 'swap')
        assets.add(event.asset);
    }
    for (const position of positions.values())
      pushes.push({ filter: 'position', symbol: position.symbol, data: positionJson(position) });
    for (const asset of assets)
      pushes.push({
        filter: 'asset',
        symbol: null,
        data: pushedAssetJson(this.#exchange, accountId, asset),
      });
    return pushes;
  }

  #orderPushes({ order, fill }: OrderEvent): readonly Push[] {
    const version = (this.#versions.get(order.venueOrderId) ?? 0) + 1;
    this.#versions.set(order.venueOrderId, version);
    const { symbol } = order;
    const ofOrder: Push = {
      filter: 'order',
      symbol,
      data: pushedOrderJson(order, contextOf(this.#exchange, order), version),
    };
    if (fill === null) return [ofOrder];
    const ofDeal: Push = { filter: 'order.deal', symbol, data: pushedDealJson(fill, order) };
    return this.#ordersBeforeDeals ? [ofOrder, ofDeal] : [ofDeal, ofOrder];
  }
}
