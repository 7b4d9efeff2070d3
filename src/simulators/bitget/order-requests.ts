/**
 * Reading orders: from the parameters of "Place Order" to a request for the neutral exchange, and from a reference to an order.
 *
 * Entry points: `readNewOrder`, `readReference`, `findOrder`. A market purchase on spot is sized in quote, everything else in the base coin.
 * References name no instrument: an id is looked for among all of them. Source: "Place Order", "Cancel Order" and "Get Order Details" of the
 * unified account's documentation.
 */
import type { Decimal } from '../../core/decimal.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Order, OrderRequest, Side } from '../exchange/order.ts';
import { isOpen } from '../exchange/order.ts';
import { BitgetRefusal, malformed, missing, unsupported } from './errors.ts';
import { LISTINGS, type Listing } from './instruments.ts';
import { readPositionSide, readSelfTrade, readSide } from './order-words.ts';
import { flagFrom, type Parameters } from './parameters.ts';
import { PRICE_LIMIT } from './symbols.ts';

const CLIENT_ID = /^[.A-Z:/a-z0-9_-]{1,32}$/;
const TIMES_IN_FORCE = ['gtc', 'ioc', 'fok', 'post_only'] as const;

/** Presets of a take-profit or stop-loss order, which are not served. */
const PRESETS = ['takeProfit', 'stopLoss'] as const;

export function readNewOrder(
  exchange: Exchange,
  accountId: string,
  listing: Listing,
  parameters: Parameters,
): OrderRequest {
  const side = readSide(parameters);
  const positionSide = readPositionSide(parameters, listing.category, exchange.isHedged(accountId));
  const clientOrderId = parameters.optional('clientOid');
  if (clientOrderId !== undefined && !CLIENT_ID.test(clientOrderId)) throw malformed('clientOid');
  if (PRESETS.some((name) => parameters.has(name)))
    throw new BitgetRefusal('25593', 'The current trading type does not support TP/SL settings');
  const marginMode = parameters.optional('marginMode') ?? 'crossed';
  if (marginMode !== 'crossed') throw unsupported(marginMode);
  const reduceOnly = flagFrom(parameters, 'reduceOnly');
  return {
    symbol: listing.unified,
    side,
    positionSide,
    selfTradePrevention: readSelfTrade(parameters),
    ...(clientOrderId === undefined ? {} : { clientOrderId }),
    // "Available only for futures"; of a hedged account the position side says what closes.
    ...(reduceOnly && listing.category !== 'SPOT' && positionSide === 'net' ? { reduceOnly } : {}),
    ...terms(exchange, listing, parameters, side),
  };
}

type Terms = Pick<OrderRequest, 'type' | 'quantity' | 'cost' | 'price' | 'timeInForce' | 'postOnly'>;

function terms(exchange: Exchange, listing: Listing, parameters: Parameters, side: Side): Terms {
  const size = parameters.requiredDecimal('qty');
  if (size.isZero()) throw malformed('qty');
  const orderType = parameters.required('orderType');
  switch (orderType) {
    case 'market':
      return listing.category === 'SPOT' && side === 'buy'
        ? { type: 'market', cost: size }
        : { type: 'market', quantity: size };
    case 'limit': {
      const asked = parameters.optionalDecimal('price');
      if (asked === undefined) throw missing('price');
      const given = parameters.optional('timeInForce')?.toLowerCase() ?? 'gtc';
      const timeInForce = TIMES_IN_FORCE.find((name) => name === given);
      // "Only available for accounts with RPI market maker permissions."
      if (given === 'rpi') throw new BitgetRefusal('25620', 'permission denied');
      if (timeInForce === undefined) throw malformed('timeInForce');
      const price = flagFrom(parameters, 'pxAmendType') ? priceWithin(exchange, listing, side, asked) : asked;
      return { type: 'limit', quantity: size, price, ...restingTerms(timeInForce) };
    }
    default:
      throw malformed('orderType');
  }
}

function restingTerms(timeInForce: (typeof TIMES_IN_FORCE)[number]): Pick<Terms, 'timeInForce' | 'postOnly'> {
  switch (timeInForce) {
    case 'gtc':
      return { timeInForce: 'GTC' };
    case 'post_only':
      return { timeInForce: 'GTC', postOnly: true };
    case 'fok':
      return { timeInForce: 'FOK' };
    case 'ioc':
      return { timeInForce: 'IOC' };
  }
}

/** `pxAmendType` yes: a price beyond the limit becomes the best one within it. */
function priceWithin(exchange: Exchange, listing: Listing, side: Side, price: Decimal): Decimal {
  const { symbol, category, unified } = listing;
  const market = exchange.market(unified);
  const from = (category === 'SPOT' ? market?.lastPrice : market?.markPrice) ?? symbol.startPrice;
  const distance = from.multiply(PRICE_LIMIT[category]);
  return side === 'buy'
    ? price.min(from.add(distance).roundToMultipleOf(symbol.tickSize, 'down'))
    : price.max(from.subtract(distance).roundToMultipleOf(symbol.tickSize, 'up'));
}

/** How a request names an order: "orderId will take priority". */
export type Reference = { readonly orderId: string } | { readonly clientOid: string };

export function readReference(parameters: Parameters): Reference {
  const orderId = parameters.optional('orderId');
  if (orderId !== undefined) return { orderId };
  const clientOid = parameters.optional('clientOid');
  if (clientOid !== undefined) return { clientOid };
  throw missing('orderId or clientOid');
}

/** The order that is meant, of a client id that was used again the open one, else the newest. Null: there is none. */
export function findOrder(
  exchange: Exchange,
  at: number,
  accountId: string,
  reference: Reference,
  find: 'lookUp' | 'known',
): Order | null {
  let found: Order | null = null;
  for (const { unified: symbol } of LISTINGS) {
    const named =
      'orderId' in reference
        ? { symbol, venueOrderId: reference.orderId }
        : { symbol, clientOrderId: reference.clientOid };
    const order = exchange[find](at, accountId, named);
    if (order === null) continue;
    if (isOpen(order.status)) return order;
    if (found === null || order.createdAt > found.createdAt) found = order;
  }
  return found;
}

/** "clientOid cannot be duplicated during the order pending period", of spot and futures together. */
export function isPending(exchange: Exchange, accountId: string, clientOrderId: string): boolean {
  return exchange.openOrders(accountId, {}).some((order) => order.clientOrderId === clientOrderId);
}
