/**
 * Orders and executions as HTX's spot API prints them over REST. Sources: "Get the Order Detail of an Order", "Get All Open Orders", "Search
 * Past Orders" and "Search Match Results" of the spot documentation: the fields, their types and their empty values are those of the
 * examples. The value of a market buy stands in `amount`.
 *
 * Entry points: `detailJson`, `openOrderJson`, `pastOrderJson`, `matchJson`.
 */
import { Decimal } from '../../../core/decimal.ts';
import { isOpen, type Fill, type Order } from '../../exchange/order.ts';
import { longText } from '../figures.ts';
import { listingOf } from '../instruments.ts';
import { recordNumber, spotAccountNumber } from '../numbers.ts';
import { canceledSource, stateName, typeOf } from './order-words.ts';

export type Json = Record<string, unknown>;

/** The size that was asked for: base units, or quote units of a market buy. */
export function sizeOf(order: Order): Decimal {
  return order.cost ?? order.quantity;
}

function feesOf(order: Order): Decimal {
  return order.fees.reduce((sum, { amount }) => sum.add(amount), Decimal.zero);
}

function common(order: Order, isCanceling: boolean): Json {
  return {
    id: Number(order.venueOrderId),
    symbol: listingOf(order.symbol).id,
    'account-id': spotAccountNumber(order.accountId),
    'client-order-id': order.clientOrderId ?? '',
    amount: longText(sizeOf(order)),
    price: longText(order.price ?? Decimal.zero),
    'created-at': order.createdAt,
    type: typeOf(order),
    source: 'spot-api',
    state: stateName(order, isCanceling),
  };
}

/** "field-amount" is the venue's word for what was filled. */
function filled(order: Order, prefix: 'field' | 'filled'): Json {
  return {
    [`${prefix}-amount`]: plain(order.filled),
    [`${prefix}-cash-amount`]: plain(order.filledCost),
    [`${prefix}-fees`]: plain(feesOf(order)),
  };
}

/** Zero is printed with a digit behind the point. */
function plain(value: Decimal): string {
  return value.isZero() ? '0.0' : longText(value);
}

function ends(order: Order): Json {
  const isDone = !isOpen(order.status);
  const isCanceled = isDone && order.status !== 'filled';
  const source = isCanceled ? canceledSource(order) : null;
  return {
    'finished-at': isDone ? order.updatedAt : 0,
    'canceled-at': isCanceled ? order.updatedAt : 0,
    ...(source === null ? {} : { 'canceled-source': source[1] }),
  };
}

export function detailJson(order: Order, isCanceling: boolean): Json {
  return { ...common(order, isCanceling), ...filled(order, 'field'), ...ends(order) };
}

export function openOrderJson(order: Order, isCanceling: boolean): Json {
  return { ...common(order, isCanceling), ...filled(order, 'filled') };
}

export function pastOrderJson(order: Order): Json {
  const source = order.status === 'filled' ? null : canceledSource(order);
  return {
    ...common(order, false),
    ...filled(order, 'field'),
    ...ends(order),
    'market-amount': '0',
    'ice-amount': '0',
    'is-ice': false,
    'updated-at': order.updatedAt,
    ...(source === null ? {} : { 'canceled-source': source[0], 'canceled-source-desc': source[1] }),
    role: order.filled.isZero() ? 'none' : 'taker',
  };
}

/** The id of a match record. */
export function recordOf({ symbol, tradeId, venueOrderId }: Fill): number {
  return recordNumber(`${symbol} ${tradeId} ${venueOrderId}`);
}

/** `order`: the one that it belongs to, where it is known. */
export function matchJson(fill: Fill, order: Order | null): Json {
  return {
    symbol: listingOf(fill.symbol).id,
    'fee-currency': fill.feeAsset.toLowerCase(),
    source: 'spot-api',
    price: fill.price.toString(),
    'created-at': fill.at,
    role: fill.liquidity,
    'order-id': Number(fill.venueOrderId),
    'match-id': Number(fill.tradeId),
    'trade-id': Number(fill.tradeId),
    'filled-amount': fill.quantity.toString(),
    'filled-fees': fill.fee.toString(),
    'filled-points': '0.0',
    'fee-deduct-currency': '',
    'fee-deduct-state': 'done',
    id: recordOf(fill),
    type: order === null ? `${fill.side}-limit` : typeOf(order),
  };
}
