/**
 * Spot orders and fills as KuCoin prints them over REST.
 *
 * Entry points: `orderJson`, `fillJson`, `fillId`, `syncJson`. Sources: "Get Order By OrderId", "Get Trade History" and "Add Order Sync" of the
 * documentation: the fields, their types and their empty values are those of the pages' examples. There is no status: `active`,
 * `inOrderBook` and `cancelExist` together say it.
 */
import { Decimal } from '../../../core/decimal.ts';
import { isOpen, type Fill, type Order } from '../../exchange/order.ts';
import { numeral, type Json } from '../exact-json.ts';
import { tradeIdOf } from '../trade-ids.ts';
import { listingOf } from './instruments.ts';
import { TAGS } from './order-requests.ts';

export type { Json };

/** Digits of fees and of amounts in quote. */
const MONEY_SCALE = 20;

function cut(value: Decimal): string {
  return value.divide(Decimal.one, MONEY_SCALE, 'down').toString();
}

/** The part that is left to fill; nothing of an order that is done. */
export function remainingOf(order: Order): { readonly size: Decimal; readonly funds: Decimal } {
  if (!isOpen(order.status)) return { size: Decimal.zero, funds: Decimal.zero };
  return leftOf(order);
}

/** The part of an order that a cancellation took. */
export function canceledOf(order: Order): { readonly size: Decimal; readonly funds: Decimal } {
  const isCut = !isOpen(order.status) && order.status !== 'filled';
  if (!isCut) return { size: order.preventedQuantity, funds: Decimal.zero };
  const { size, funds } = leftOf(order);
  return { size: size.add(order.preventedQuantity), funds };
}

function leftOf({ quantity, filled, filledCost, preventedQuantity, cost, price }: Order): {
  readonly size: Decimal;
  readonly funds: Decimal;
} {
  if (cost !== null) return { size: Decimal.zero, funds: cost.subtract(filledCost) };
  const size = quantity.subtract(filled).subtract(preventedQuantity);
  return { size, funds: price === null ? Decimal.zero : size.multiply(price) };
}

/** Whether a cancellation is on record: of the user, the engine or the venue. */
export function cancelExists({ status }: Order): boolean {
  return status === 'canceled' || status === 'expired' || status === 'rejected';
}

/** A size of a market order by funds is not known to the venue either. */
export function sizeText({ cost, quantity }: Order): string {
  return cost === null ? quantity.toString() : '0';
}

export function fundsOf({ cost, quantity, price }: Order): Decimal {
  return cost ?? (price === null ? Decimal.zero : price.multiply(quantity));
}

/** An order of the look-ups and the lists. */
export function orderJson(order: Order): Json {
  const { id, symbol } = listingOf(order.symbol);
  const remaining = remainingOf(order);
  const canceled = canceledOf(order);
  const isActive = isOpen(order.status);
  const fee = order.fees.reduce((sum, { amount }) => sum.add(amount), Decimal.zero);
  const { tags } = order;
  return {
    id: order.venueOrderId,
    clientOid: order.clientOrderId ?? '',
    symbol: id,
    opType: 'DEAL',
    type: order.price === null ? 'market' : 'limit',
    side: order.side,
    price: order.price?.toString() ?? '0',
    size: sizeText(order),
    funds: cut(fundsOf(order)),
    dealSize: order.filled.toString(),
    dealFunds: cut(order.filledCost),
    remainSize: remaining.size.toString(),
    remainFunds: cut(remaining.funds),
    cancelledSize: canceled.size.toString(),
    cancelledFunds: cut(canceled.funds),
    fee: fee.toString(),
    feeCurrency: symbol.quote,
    stp: tags[TAGS.stp] ?? null,
    timeInForce: order.timeInForce === 'GTD' ? 'GTT' : order.timeInForce,
    postOnly: order.postOnly,
    hidden: tags[TAGS.hidden] === 'true',
    iceberg: tags[TAGS.iceberg] === 'true',
    visibleSize: tags[TAGS.visibleSize] ?? '0',
    cancelAfter: Number(tags[TAGS.cancelAfter] ?? '0'),
    channel: 'API',
    remark: tags[TAGS.remark] ?? null,
    tags: tags[TAGS.tags] ?? null,
    cancelExist: cancelExists(order),
    tradeType: 'TRADE',
    inOrderBook: isActive && order.price !== null,
    active: isActive,
    tax: '0',
    createdAt: order.createdAt,
    lastUpdatedAt: order.updatedAt,
  };
}

/** The number under which fills are paged: it rises with the trades of a pair, and the two sides of one have their own. */
export function fillId({ tradeId, side }: Pick<Fill, 'tradeId' | 'side'>): number {
  return 19_814_995_000_000 + Number(BigInt(tradeId) % 1_000_000_000n) * 2 + (side === 'sell' ? 1 : 0);
}

/** One fill; `order` is the one that it belongs to, where it is known. The trade id is a number beyond what a double holds. */
export function fillJson(fill: Fill, order: Order | null): Json {
  const { id } = listingOf(fill.symbol);
  return {
    id: fillId(fill),
    orderId: fill.venueOrderId,
    counterOrderId: '67174228135f9e000709da8c',
    tradeId: numeral(tradeIdOf(fill)),
    symbol: id,
    side: fill.side,
    liquidity: fill.liquidity,
    type: order === null || order.price !== null ? 'limit' : 'market',
    forceTaker: false,
    price: fill.price.toString(),
    size: fill.quantity.toString(),
    funds: cut(fill.cost),
    fee: fill.fee.toString(),
    feeRate: '0.001',
    feeCurrency: fill.feeAsset,
    stop: '',
    tradeType: 'TRADE',
    taxRate: '0',
    tax: '0',
    createdAt: fill.at,
  };
}

/** The answer of the endpoints that wait for the engine. */
export function syncJson(order: Order): Json {
  return {
    ...canceledSyncJson(order),
    orderTime: order.createdAt,
    matchTime: order.updatedAt,
  };
}

export function canceledSyncJson(order: Order): Json {
  return {
    originSize: sizeText(order),
    dealSize: order.filled.toString(),
    remainSize: remainingOf(order).size.toString(),
    canceledSize: canceledOf(order).size.toString(),
    status: isOpen(order.status) ? 'open' : 'done',
  };
}
