/**
 * Reading orders: from the parameters of "Place order" to a request for the neutral exchange, and from a reference to an order.
 *
 * Entry points: `readNewOrder`, `readReference`. Sizes of swaps are contracts. A market purchase on spot is sized in quote unless
 * `tgtCcy` says otherwise. Source: "Place order" of the v5 documentation.
 */
import type { Decimal } from '../../core/decimal.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { OrderReference, OrderRequest, Side } from '../exchange/order.ts';
import { eitherMissing, OkxRefusal, parameterError } from './errors.ts';
import { PRICE_LIMIT, type Listing } from './instruments.ts';
import { checkTradeMode, readPositionSide, readSelfTrade, readSide } from './order-words.ts';
import type { Parameters } from './parameters.ts';

/** Tags of an order that only its payloads show. */
export const TAGS = {
  ordType: 'ordType',
  tag: 'tag',
  tgtCcy: 'tgtCcy',
} as const;

const CLIENT_ID = /^[A-Za-z0-9]{1,32}$/;
const TAG = /^[A-Za-z0-9]{1,16}$/;
const ORDER_TYPES = ['market', 'limit', 'post_only', 'fok', 'ioc', 'optimal_limit_ioc'] as const;
export type OrdType = (typeof ORDER_TYPES)[number];

/** A client's own id; undefined where none was sent. */
export function readClientId(parameters: Parameters, name: string): string | undefined {
  const id = parameters.optional(name);
  if (id !== undefined && !CLIENT_ID.test(id)) throw parameterError(name);
  return id;
}

export function readTag(parameters: Parameters): string {
  const tag = parameters.optional('tag') ?? '';
  if (tag !== '' && !TAG.test(tag)) throw parameterError('tag');
  return tag;
}

export function readNewOrder(
  exchange: Exchange,
  accountId: string,
  listing: Listing,
  parameters: Parameters,
): OrderRequest {
  checkTradeMode(parameters);
  checkAttached(parameters);
  const side = readSide(parameters);
  const ordType = readOrderType(parameters, listing);
  const positionSide = readPositionSide(parameters, listing.instType, exchange.isHedged(accountId));
  const clientOrderId = readClientId(parameters, 'clOrdId');
  const selfTradePrevention = readSelfTrade(parameters);
  const reduceOnly = parameters.optionalBoolean('reduceOnly') === true;
  // "Do not send this field for SPOT" goes for the position side; reduceOnly is for net mode alone, and is passed over elsewhere.
  const isReducing = reduceOnly && listing.instType === 'SWAP' && positionSide === 'net';
  return {
    symbol: listing.unified,
    side,
    positionSide,
    ...(clientOrderId === undefined ? {} : { clientOrderId }),
    ...(selfTradePrevention === undefined ? {} : { selfTradePrevention }),
    ...(isReducing ? { reduceOnly: true } : {}),
    ...terms(exchange, listing, parameters, side, ordType),
  };
}

/** Attached take-profits and stops are not served: an order that relies on one is refused, not taken without it. */
function checkAttached(parameters: Parameters): void {
  for (const name of ['attachAlgoOrds', 'tpTriggerPx', 'slTriggerPx'])
    if (!['', '[]'].includes(parameters.optional(name) ?? '')) throw parameterError(name);
}

function readOrderType(parameters: Parameters, { instType }: Listing): OrdType {
  const given = parameters.required('ordType');
  const ordType = ORDER_TYPES.find((type) => type === given);
  if (ordType === undefined || (ordType === 'optimal_limit_ioc' && instType === 'SPOT'))
    throw parameterError('ordType');
  return ordType;
}

type Terms = Pick<OrderRequest, 'type' | 'quantity' | 'cost' | 'price' | 'timeInForce' | 'postOnly' | 'tags'>;

function terms(
  exchange: Exchange,
  listing: Listing,
  parameters: Parameters,
  side: Side,
  ordType: OrdType,
): Terms {
  const size = parameters.requiredDecimal('sz');
  if (size.isZero()) throw parameterError('sz');
  const tags = { [TAGS.ordType]: ordType, [TAGS.tag]: readTag(parameters) };
  switch (ordType) {
    case 'market': {
      if (listing.instType === 'SWAP') return { type: 'market', quantity: size, tags };
      const target = parameters.optional('tgtCcy') ?? (side === 'buy' ? 'quote_ccy' : 'base_ccy');
      if (target !== 'quote_ccy' && target !== 'base_ccy') throw parameterError('tgtCcy');
      const sized = target === 'quote_ccy' ? { cost: size } : { quantity: size };
      return { type: 'market', ...sized, tags: { ...tags, [TAGS.tgtCcy]: target } };
    }
    case 'limit':
    case 'post_only':
    case 'fok':
    case 'ioc': {
      const asked = parameters.optionalDecimal('px');
      if (asked === undefined) throw new OkxRefusal(51204, 'The price for the limit order cannot be empty.');
      const price = pricedWithin(exchange, listing, side, asked, parameters);
      return { type: 'limit', quantity: size, price, ...timeInForce(ordType), tags };
    }
    case 'optimal_limit_ioc':
      return {
        type: 'limit',
        quantity: size,
        price: priceBound(exchange, listing, side),
        timeInForce: 'IOC',
        tags,
      };
  }
}

function timeInForce(
  ordType: 'limit' | 'post_only' | 'fok' | 'ioc',
): Pick<Terms, 'timeInForce' | 'postOnly'> {
  switch (ordType) {
    case 'limit':
      return { timeInForce: 'GTC' };
    case 'post_only':
      return { timeInForce: 'GTC', postOnly: true };
    case 'fok':
      return { timeInForce: 'FOK' };
    case 'ioc':
      return { timeInForce: 'IOC' };
  }
}

/** `pxAmendType` 1 moves a price beyond the limit to its edge. */
export function pricedWithin(
  exchange: Exchange,
  listing: Listing,
  side: Side,
  price: Decimal,
  parameters: Parameters,
): Decimal {
  const type = parameters.optional('pxAmendType') ?? '0';
  if (type !== '0' && type !== '1') throw parameterError('pxAmendType');
  if (type === '0') return price;
  const bound = priceBound(exchange, listing, side);
  return side === 'buy' ? price.min(bound) : price.max(bound);
}

/** The highest price of a purchase or the lowest of a sale ("Get limit price"). */
export function priceBound(exchange: Exchange, { unified, symbol, instType }: Listing, side: Side): Decimal {
  const market = exchange.market(unified);
  const from = (instType === 'SPOT' ? market?.lastPrice : market?.markPrice) ?? symbol.startPrice;
  const distance = from.multiply(PRICE_LIMIT[instType]);
  return side === 'buy'
    ? from.add(distance).roundToMultipleOf(symbol.tickSize, 'down')
    : from.subtract(distance).roundToMultipleOf(symbol.tickSize, 'up');
}

/** "Either ordId or clOrdId is required. If both are passed, ordId will be used." */
export function readReference(parameters: Parameters, { unified }: Listing): OrderReference {
  const ordId = parameters.optional('ordId');
  if (ordId !== undefined) return { symbol: unified, venueOrderId: ordId };
  const clOrdId = parameters.optional('clOrdId');
  if (clOrdId !== undefined) return { symbol: unified, clientOrderId: clOrdId };
  throw eitherMissing('ordId', 'clOrdId');
}
