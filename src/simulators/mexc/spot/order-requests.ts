/**
 * Reading spot orders: from the parameters of "New Order" to a request for the neutral exchange, and from a reference to an order.
 *
 * Entry points: `readNewOrder`, `readReference`. Source: "New Order", "Exchange Information" and "Cancel Order" of the spot v3 documentation.
 */
import type { Exchange } from '../../exchange/exchange.ts';
import type { OrderReference, OrderRequest } from '../../exchange/order.ts';
import {
  amountTooLarge,
  illegalCharacters,
  malformed,
  marketOrdersClosed,
  missing,
  referenceMissing,
  scaleInvalid,
  symbolNotForApi,
  typeNotTaken,
} from './errors.ts';
import type { SpotListing } from './instruments.ts';
import { readSelfTrade, readSide, readType } from './order-words.ts';
import { listingFrom, type Parameters } from './parameters.ts';
import type { SpotOrderType } from './symbols.ts';

/** No length is stated; 32 is what clients hold to. */
const CLIENT_ORDER_ID = /^[A-Za-z0-9_-]{1,32}$/;

export interface RequestSettings {
  readonly exchange: Exchange;
  readonly takesUnlistedTypes: boolean;
}

/** The request of a new order. Throws the refusal of a parameter, a type that the symbol does not take, or an amount beyond its bounds. */
export function readNewOrder(settings: RequestSettings, parameters: Parameters): OrderRequest {
  const listing = listingFrom(parameters);
  const side = readSide(parameters);
  const type = readType(parameters);
  const clientOrderId = parameters.optional('newClientOrderId');
  if (clientOrderId !== undefined && !CLIENT_ORDER_ID.test(clientOrderId))
    throw illegalCharacters('newClientOrderId');
  if (!listing.symbol.isTradingAllowed) throw symbolNotForApi();
  checkType(settings, listing, type);
  const common = {
    symbol: listing.unified,
    side,
    selfTradePrevention: readSelfTrade(parameters),
    ...(clientOrderId === undefined ? {} : { clientOrderId }),
  };
  return {
    ...common,
    ...(type === 'MARKET'
      ? marketTerms(settings, listing, parameters)
      : limitTerms(listing, type, parameters)),
  };
}

type Terms = Pick<OrderRequest, 'type' | 'quantity' | 'cost' | 'price' | 'timeInForce' | 'postOnly'>;

function checkType(
  { takesUnlistedTypes }: RequestSettings,
  { symbol }: SpotListing,
  type: SpotOrderType,
): void {
  if (symbol.orderTypes.includes(type)) return;
  if (type === 'MARKET') throw marketOrdersClosed();
  const isUnlisted = type === 'IMMEDIATE_OR_CANCEL' || type === 'FILL_OR_KILL';
  if (!(isUnlisted && takesUnlistedTypes)) throw typeNotTaken();
}

function limitTerms({ symbol }: SpotListing, type: SpotOrderType, parameters: Parameters): Terms {
  const quantity = parameters.requiredDecimal('quantity');
  const price = parameters.requiredDecimal('price');
  if (price.scale > symbol.priceScale) throw scaleInvalid('price');
  if (price.multiply(quantity).greaterThan(symbol.maxAmount))
    throw amountTooLarge(`${symbol.maxAmount.toString()}${symbol.quote}`);
  const terms = { type: 'limit', quantity, price } as const;
  switch (type) {
    case 'LIMIT':
    case 'MARKET':
      return terms;
    case 'LIMIT_MAKER':
      return { ...terms, postOnly: true };
    case 'IMMEDIATE_OR_CANCEL':
      return { ...terms, timeInForce: 'IOC' };
    case 'FILL_OR_KILL':
      return { ...terms, timeInForce: 'FOK' };
  }
}

/** "`quoteOrderQty` or `quantity` required to choose anyone". */
function marketTerms(
  { exchange }: RequestSettings,
  { symbol, unified }: SpotListing,
  parameters: Parameters,
): Terms {
  const quantity = parameters.optionalDecimal('quantity');
  const cost = parameters.optionalDecimal('quoteOrderQty');
  const most = `${symbol.maxMarketAmount.toString()}${symbol.quote}`;
  if (cost !== undefined) {
    if (quantity !== undefined) throw malformed('quantity');
    if (cost.scale > symbol.priceScale) throw scaleInvalid('amount');
    if (cost.greaterThan(symbol.maxMarketAmount)) throw amountTooLarge(most);
    return { type: 'market', cost };
  }
  if (quantity === undefined) throw missing('quantity');
  const worth = exchange.market(unified)?.lastPrice.multiply(quantity);
  if (worth?.greaterThan(symbol.maxMarketAmount) === true) throw amountTooLarge(most);
  return { type: 'market', quantity };
}

/** An order by `orderId`, which goes before `origClientOrderId` where both are given. */
export function readReference(parameters: Parameters): OrderReference {
  const { unified } = listingFrom(parameters);
  const orderId = parameters.optional('orderId');
  const clientOrderId = parameters.optional('origClientOrderId');
  if (orderId !== undefined) return { symbol: unified, venueOrderId: orderId };
  if (clientOrderId !== undefined) return { symbol: unified, clientOrderId };
  throw referenceMissing();
}
