/**
 * The exchange's events as MEXC's private spot streams push them: orders, deals, balances.
 *
 * Entry point: `SpotUserEvents.payloads`. Source: "Spot Account Orders", "Spot Account Deals" and "Spot Account Update" of the spot v3
 * documentation. Executions come apart from orders, and balances without a snapshot, one asset a message.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { BalanceEvent, ExchangeEvent, OrderEvent } from '../../exchange/event.ts';
import { averagePriceOf, type Fill, type Order } from '../../exchange/order.ts';
import { coinId, spotListingOf, spotTradeId } from './instruments.ts';
import { sideNumber, statusNumber, typeNumber } from './order-words.ts';
import type { Push } from './push-messages.ts';

export const PRIVATE_CHANNELS = {
  orders: 'spot@private.orders.v3.api.pb',
  deals: 'spot@private.deals.v3.api.pb',
  account: 'spot@private.account.v3.api.pb',
} as const;

/** Digits that averages are printed with at most. */
const AVERAGE_SCALE = 12;

export class SpotUserEvents {
  readonly #ordersBeforeDeals: boolean;
  /** The balance of each asset of each account as it was last pushed, for the changes. */
  readonly #known = new Map<string, { readonly free: Decimal; readonly frozen: Decimal }>();

  constructor(ordersBeforeDeals: boolean) {
    this.#ordersBeforeDeals = ordersBeforeDeals;
  }

  /** The pushes of one account for one batch, in the order of the changes. */
  payloads(events: readonly ExchangeEvent[], accountId: string, nowMs: number): readonly Push[] {
    const pushes: Push[] = [];
    for (const event of events) {
      if (event.kind === 'order' && event.order.accountId === accountId && event.order.marketType === 'spot')
        pushes.push(...this.#orderPushes(event, nowMs));
      if (event.kind === 'balance' && event.accountId === accountId && event.wallet === 'spot')
        pushes.push(this.#balancePush(event, nowMs));
    }
    return pushes;
  }

  #orderPushes({ order, fill }: OrderEvent, nowMs: number): readonly Push[] {
    const symbol = spotListingOf(order.symbol).id;
    const common = { symbol, sendTime: nowMs };
    const ofOrder = {
      channel: PRIVATE_CHANNELS.orders,
      ...common,
      privateOrders: orderMessage(order, fill),
    };
    if (fill === null) return [ofOrder];
    const ofDeal = { channel: PRIVATE_CHANNELS.deals, ...common, privateDeals: dealMessage(fill) };
    return this.#ordersBeforeDeals ? [ofOrder, ofDeal] : [ofDeal, ofOrder];
  }

  #balancePush({ accountId, asset, total, free, reason, at }: BalanceEvent, nowMs: number): Push {
    const key = `${accountId} ${asset}`;
    const frozen = total.subtract(free);
    const before = this.#known.get(key) ?? { free: Decimal.zero, frozen: Decimal.zero };
    this.#known.set(key, { free, frozen });
    const isLess = free.lessThan(before.free);
    return {
      channel: PRIVATE_CHANNELS.account,
      createTime: at,
      sendTime: nowMs,
      privateAccount: {
        vcoinName: asset,
        coinId: coinId(asset),
        balanceAmount: free.toString(),
        balanceAmountChange: free.subtract(before.free).toString(),
        frozenAmount: frozen.toString(),
        frozenAmountChange: frozen.subtract(before.frozen).toString(),
        type: changeType(reason, isLess),
        time: at,
      },
    };
  }
}

/** "changed type". */
function changeType(reason: BalanceEvent['reason'], isLess: boolean): string {
  switch (reason) {
    case 'order':
      return isLess ? 'ENTRUST_PLACE' : 'ENTRUST_CANCEL';
    case 'fill':
      return 'ENTRUST';
    case 'deposit':
      return isLess ? 'WITHDRAW' : 'DEPOSIT';
    case 'transfer':
    case 'funding':
    case 'liquidation':
      return 'CONTRACT_TRANSFER';
  }
}

function orderMessage(order: Order, fill: Fill | null): Record<string, unknown> {
  const amount = order.cost ?? order.price?.multiply(order.quantity) ?? Decimal.zero;
  const isByCost = order.cost !== null;
  return {
    id: order.venueOrderId,
    clientId: order.clientOrderId ?? '',
    price: order.price?.toString() ?? '0',
    quantity: order.quantity.toString(),
    amount: amount.toString(),
    avgPrice: averagePriceOf(order, AVERAGE_SCALE)?.toString() ?? '0',
    orderType: typeNumber(order),
    tradeType: sideNumber(order.side),
    isMaker: fill?.liquidity === 'maker',
    remainAmount: amount.subtract(order.filledCost).max(Decimal.zero).toString(),
    remainQuantity: isByCost ? '0' : order.quantity.subtract(order.filled).toString(),
    ...(fill === null ? {} : { lastDealQuantity: fill.quantity.toString() }),
    cumulativeQuantity: order.filled.toString(),
    cumulativeAmount: order.filledCost.toString(),
    status: statusNumber(order),
    createTime: order.createdAt,
  };
}

function dealMessage(fill: Fill): Record<string, unknown> {
  return {
    price: fill.price.toString(),
    quantity: fill.quantity.toString(),
    amount: fill.cost.toString(),
    tradeType: sideNumber(fill.side),
    isMaker: fill.liquidity === 'maker',
    isSelfTrade: false,
    tradeId: spotTradeId(fill),
    clientOrderId: fill.clientOrderId ?? '',
    orderId: fill.venueOrderId,
    feeAmount: fill.fee.toString(),
    feeCurrency: fill.feeAsset,
    time: fill.at,
  };
}
