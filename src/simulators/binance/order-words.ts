/**
 * Orders in the words that spot and futures share: sides, statuses, self-trade prevention, and the reading of them.
 * Types and times in force differ and stand in each product's orders.ts.
 */
import type { Fill, Order } from '../exchange/order.ts';
import type { SelfTradePrevention } from '../exchange/policy.ts';
import { invalidParameter, invalidSide } from './errors.ts';
import type { Parameters } from './parameters.ts';

const SELF_TRADE_NAMES: Readonly<Record<SelfTradePrevention, string>> = {
  none: 'NONE',
  expire_taker: 'EXPIRE_TAKER',
  expire_maker: 'EXPIRE_MAKER',
  expire_both: 'EXPIRE_BOTH',
  decrement: 'DECREMENT',
};

export function selfTradeName(order: Order): string {
  return SELF_TRADE_NAMES[order.selfTradePrevention];
}

export function selfTradeModeName(mode: SelfTradePrevention): string {
  return SELF_TRADE_NAMES[mode];
}

/** `selfTradePreventionMode`, one of the modes that the product has; undefined when not sent. */
export function readSelfTradePrevention<Mode extends SelfTradePrevention>(
  parameters: Parameters,
  modes: readonly Mode[],
): Mode | undefined {
  const text = parameters.optional('selfTradePreventionMode');
  if (text === undefined) return undefined;
  const mode = modes.find((candidate) => SELF_TRADE_NAMES[candidate] === text);
  if (mode === undefined) throw invalidParameter('selfTradePreventionMode');
  return mode;
}

export function readSide(parameters: Parameters, name = 'side'): Order['side'] {
  const side = parameters.required(name);
  if (side !== 'BUY' && side !== 'SELL') throw invalidSide();
  return side === 'BUY' ? 'buy' : 'sell';
}

export function sideName({ side }: Pick<Order | Fill, 'side'>): 'BUY' | 'SELL' {
  return side === 'buy' ? 'BUY' : 'SELL';
}

export function statusName(order: Order): string {
  switch (order.status) {
    case 'pending':
      return 'PENDING_NEW';
    case 'untriggered':
    case 'open':
    case 'triggered':
      return 'NEW';
    case 'partially_filled':
      return 'PARTIALLY_FILLED';
    case 'filled':
      return 'FILLED';
    case 'canceled':
      return 'CANCELED';
    case 'expired':
      return order.endReason === 'self_trade_prevention' ? 'EXPIRED_IN_MATCH' : 'EXPIRED';
    case 'rejected':
      return 'REJECTED';
  }
}
