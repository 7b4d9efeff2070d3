/**
 * Reading orders: from the body of "Create Order" to a request for the neutral exchange.
 *
 * Entry point: `readNewOrder`. `order_configuration` has one member, whose name says type and time in force. Configurations of swaps, TWAP,
 * bracket and scaled orders are refused. Source: "Create Order" and "Advanced API Order Management".
 */
import type { Decimal } from '../../core/decimal.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { OrderRequest, Side } from '../exchange/order.ts';
import { badConfiguration, invalidArgument, previewRefusal, refusedAs } from './errors.ts';
import { listingNamed, type Listing } from './instruments.ts';
import { readSide } from './order-words.ts';
import { objectParameters, readTime, type Parameters, type ReadRequest } from './parameters.ts';
import { isObject } from '../wire/request-fields.ts';

/** Tags of an order that only its payloads show. */
export const TAGS = { configuration: 'configuration', isInQuote: 'isInQuote' } as const;

/** "maximum length of 128 characters" (change log of October 2025). */
const LONGEST_CLIENT_ORDER_ID = 128;

export const CONFIGURATIONS = [
  'market_market_ioc',
  'sor_limit_ioc',
  'limit_limit_gtc',
  'limit_limit_gtd',
  'limit_limit_fok',
  'stop_limit_stop_limit_gtc',
  'stop_limit_stop_limit_gtd',
] as const;
export type ConfigurationName = (typeof CONFIGURATIONS)[number];

export function isConfigurationName(name: string | undefined): name is ConfigurationName {
  return CONFIGURATIONS.some((known) => known === name);
}

type Terms = Omit<OrderRequest, 'symbol' | 'side' | 'clientOrderId'>;

interface Reading {
  readonly exchange: Exchange;
  readonly listing: Listing;
  readonly side: Side;
  readonly fields: Parameters;
  readonly nowMs: number;
}

/** Throws a `CoinbaseRefusal` for a request that is none, an `OrderRefusal` for an order that cannot be. */
export function readNewOrder(
  exchange: Exchange,
  { parameters, body }: ReadRequest,
  nowMs: number,
): OrderRequest {
  const clientOrderId = parameters.required('client_order_id');
  if (clientOrderId.length > LONGEST_CLIENT_ORDER_ID)
    throw invalidArgument(`client_order_id must be at most ${LONGEST_CLIENT_ORDER_ID} characters`);
  const side = readSide(parameters);
  const listing = listingNamed(parameters.required('product_id'));
  if (listing === undefined) throw refusedAs('INVALID_PRODUCT_ID');
  const given = body['order_configuration'];
  const [entry, ...others] = isObject(given) ? Object.entries(given) : [];
  const [name, terms] = entry ?? [];
  if (!isConfigurationName(name) || !isObject(terms) || others.length > 0)
    throw badConfiguration('the order configuration is not supported');
  const fields = objectParameters(terms);
  return {
    symbol: listing.unified,
    side,
    clientOrderId,
    ...termsOf(name, { exchange, listing, side, fields, nowMs }),
  };
}

function termsOf(name: ConfigurationName, read: Reading): Terms {
  const tags = {
    [TAGS.configuration]: name,
    ...(read.fields.has('quote_size') ? { [TAGS.isInQuote]: 'true' } : {}),
  };
  switch (name) {
    case 'market_market_ioc':
      return { ...marketTerms(read), tags };
    case 'sor_limit_ioc':
      return { ...limitTerms(read), timeInForce: 'IOC', tags };
    case 'limit_limit_fok':
      return { ...limitTerms(read), timeInForce: 'FOK', tags };
    case 'limit_limit_gtc':
      return { ...limitTerms(read), ...postOnlyOf(read), timeInForce: 'GTC', tags };
    case 'limit_limit_gtd':
      return { ...limitTerms(read), ...postOnlyOf(read), ...endOf(read), tags };
    case 'stop_limit_stop_limit_gtc':
      return { ...stopTerms(read), timeInForce: 'GTC', tags };
    case 'stop_limit_stop_limit_gtd':
      return { ...stopTerms(read), ...endOf(read), tags };
  }
}

/** "To buy a product, provide a quote_size or base_size; to sell, provide a base_size." */
function marketTerms({ side, fields }: Reading): Terms {
  const cost = fields.optionalDecimal('quote_size');
  const quantity = fields.optionalDecimal('base_size');
  if ((cost === undefined) === (quantity === undefined) || (side === 'sell' && cost !== undefined))
    throw badConfiguration('Market orders cannot be placed with empty order sizes');
  return { type: 'market', ...(cost === undefined ? { quantity: quantityOf(quantity) } : { cost }) };
}

function quantityOf(quantity: Decimal | undefined): Decimal {
  if (quantity === undefined) throw badConfiguration('base_size is required');
  return quantity;
}

/** A size in quote becomes base at the limit price. */
function limitTerms({ listing, fields }: Reading): Terms & { readonly price: Decimal } {
  const price = fields.optionalDecimal('limit_price');
  if (price === undefined || !price.isPositive()) throw refusedAs('INVALID_LIMIT_PRICE');
  const inQuote = fields.optionalDecimal('quote_size');
  const quantity =
    inQuote === undefined
      ? quantityOf(fields.optionalDecimal('base_size'))
      : inQuote.divide(price, 18, 'down').roundToMultipleOf(listing.product.baseIncrement, 'down');
  return { type: 'limit', quantity, price };
}

function postOnlyOf({ fields }: Reading): Pick<Terms, 'postOnly'> {
  return fields.optionalBoolean('post_only') === true ? { postOnly: true } : {};
}

function endOf({ fields, nowMs }: Reading): Pick<Terms, 'timeInForce' | 'expiresAt'> {
  const expiresAt = readTime(fields, 'end_time');
  if (expiresAt === undefined) throw refusedAs('GTD_ORDERS_MUST_HAVE_END_TIME');
  if (expiresAt <= nowMs) throw refusedAs('END_TIME_IS_IN_THE_PAST');
  return { timeInForce: 'GTD', expiresAt };
}

/**
 * The direction says from which side the price has to come, and the stop has to lie on that side of the last trade; a limit that the
 * triggered order could not reach is refused as well.
 */
function stopTerms(read: Reading): Terms {
  const { exchange, listing, side, fields } = read;
  const limit = limitTerms(read);
  const stopPrice = fields.optionalDecimal('stop_price');
  if (stopPrice === undefined || !stopPrice.isPositive()) throw previewRefusal('INVALID_STOP_PRICE');
  const direction = fields.required('stop_direction');
  if (direction !== 'STOP_DIRECTION_STOP_UP' && direction !== 'STOP_DIRECTION_STOP_DOWN')
    throw badConfiguration('stop_direction is invalid');
  const rises = direction === 'STOP_DIRECTION_STOP_UP';
  const last = exchange.market(listing.unified)?.lastPrice ?? stopPrice;
  if (rises && stopPrice.atMost(last)) throw previewRefusal('STOP_PRICE_BELOW_LAST_TRADE_PRICE');
  if (!rises && stopPrice.atLeast(last)) throw previewRefusal('STOP_PRICE_ABOVE_LAST_TRADE_PRICE');
  if (side === 'buy' && rises && stopPrice.greaterThan(limit.price))
    throw previewRefusal('STOP_PRICE_ABOVE_LIMIT_PRICE');
  if (side === 'sell' && !rises && stopPrice.lessThan(limit.price))
    throw previewRefusal('STOP_PRICE_BELOW_LIMIT_PRICE');
  const isStop = (side === 'buy') === rises;
  return { ...limit, type: isStop ? 'stop_limit' : 'take_profit_limit', stopPrice };
}
