import type { Order } from '../core/order/order.ts';
import type { OrderType } from '../core/order/terms.ts';
import type { WireOrder } from '../venues/gateway.ts';

/** An approved order in the shape that goes to the venue: a protected market order is an IOC limit at its protection. */
export function wireOrder(order: Order): WireOrder {
  const isProtected = order.type === 'market' && order.protectionPrice !== null;
  return {
    symbol: order.symbol,
    type: isProtected ? 'limit' : wireType(order.type),
    side: order.side,
    positionSide: order.positionSide,
    quantity: order.quantity,
    cost: order.cost,
    price: isProtected ? order.protectionPrice : order.price,
    stopPrice: order.stopPrice,
    stopDirection: order.stopDirection,
    trigger: order.trigger,
    timeInForce: isProtected ? 'IOC' : order.timeInForce,
    expiresAt: order.expiresAt,
    postOnly: order.postOnly,
    reduceOnly: order.reduceOnly,
  };
}

/** Whether a conditional order takes profit is in its direction. */
function wireType(type: OrderType): WireOrder['type'] {
  switch (type) {
    case 'market':
    case 'limit':
      return type;
    case 'stop_market':
    case 'take_profit_market':
      return 'stop_market';
    case 'stop_limit':
    case 'take_profit_limit':
      return 'stop_limit';
  }
}
