/**
 * Spot orders as requests ask for them: a new order's parameters, and which order a request names.
 *
 * Entry points: `readNewOrder`, `readOrder` (the legs of a list), `readReference`. Source: "Trading endpoints" of rest-api.md.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { Order, OrderReference, OrderRequest } from '../../exchange/order.ts';
import {
  badCombination,
  BinanceRefusal,
  eitherMissing,
  illegalCharacters,
  invalidMessage,
  invalidOrderType,
  invalidParameter,
  invalidSymbol,
  invalidTimeInForce,
  mandatoryMissing,
  newOrderRejected,
  parameterNotRequired,
} from '../errors.ts';
import { eight, generatedClientOrderId } from '../figures.ts';
import { readSelfTradePrevention, readSide, sideName } from '../order-words.ts';
import type { Parameters } from '../parameters.ts';
import type { FilteredOrder } from './filters.ts';
import { unifiedSpotSymbol } from './instruments.ts';
import { SPOT_ORDER_TYPES, type SpotOrderType, type SpotSymbol, spotSymbol } from './symbols.ts';

/** Letters of any script but small Latin ones, as the venue words it. */
const SYMBOL_PATTERN = /^(?!.*[a-z])[\p{L}\p{N}_\-.]{1,50}$/u;

const SYMBOL_RANGE = String.raw`^[\w\-._&&[^a-z]]{1,50}$`;

export const CLIENT_ID_PATTERN = /^[a-zA-Z0-9\-_]{1,36}$/;

export const CLIENT_ID_RANGE = '^[a-zA-Z0-9-_]{1,36}$';

export type ResponseType = 'ACK' | 'RESULT' | 'FULL';

export type NewOrder = {
  readonly symbol: SpotSymbol;
  readonly type: SpotOrderType;
  readonly request: OrderRequest & { readonly clientOrderId: string };
  readonly filtered: FilteredOrder;
  readonly responseType: ResponseType;
};

/** The symbol behind a parameter's text. Throws -1100 or -1121. */
export function symbolFrom(text: string): SpotSymbol {
  if (!SYMBOL_PATTERN.test(text)) throw illegalCharacters('symbol', SYMBOL_RANGE);
  const symbol = spotSymbol(text);
  if (symbol === undefined) throw invalidSymbol();
  return symbol;
}

const SELF_TRADE_MODES = ['none', 'expire_taker', 'expire_maker', 'expire_both', 'decrement'] as const;

/** Names of the parameters of one order; the legs of a list carry a prefix. */
export type OrderParameterNames = {
  readonly type: string;
  /** Null where the quantity follows from another order. */
  readonly quantity: string | null;
  readonly price: string;
  readonly stopPrice: string;
  readonly timeInForce: string;
  readonly clientOrderId: string;
  readonly icebergQuantity: string;
  readonly trailingDelta: string;
  readonly strategyId: string;
  readonly strategyType: string;
};

const PLAIN_NAMES: OrderParameterNames = {
  type: 'type',
  quantity: 'quantity',
  price: 'price',
  stopPrice: 'stopPrice',
  timeInForce: 'timeInForce',
  clientOrderId: 'newClientOrderId',
  icebergQuantity: 'icebergQty',
  trailingDelta: 'trailingDelta',
  strategyId: 'strategyId',
  strategyType: 'strategyType',
};

export function readOrderType(parameters: Parameters, name: string): SpotOrderType {
  const text = parameters.required(name);
  const type = SPOT_ORDER_TYPES.find((candidate) => candidate === text);
  if (type === undefined) throw invalidOrderType();
  return type;
}

/** The parameters of `POST /api/v3/order`. */
export function readNewOrder(parameters: Parameters): NewOrder {
  const symbol = symbolFrom(parameters.required('symbol'));
  const side = readSide(parameters);
  const type = readOrderType(parameters, 'type');
  return readOrder(parameters, symbol, side, type, PLAIN_NAMES);
}

/** One order whose parameters carry the given names. */
export function readOrder(
  parameters: Parameters,
  symbol: SpotSymbol,
  side: Order['side'],
  type: SpotOrderType,
  names: OrderParameterNames,
): NewOrder {
  const limited = type === 'LIMIT' || type === 'LIMIT_MAKER' || type.endsWith('_LIMIT');
  const stopped = type.startsWith('STOP_LOSS') || type.startsWith('TAKE_PROFIT');
  const timed = limited && type !== 'LIMIT_MAKER';

  const timeInForce = readTimeInForce(parameters, names.timeInForce, timed);
  const quantity = names.quantity === null ? undefined : parameters.optionalDecimal(names.quantity);
  const quoteQuantity = parameters.optionalDecimal('quoteOrderQty');
  const price = readPrice(parameters, names.price, limited);
  const { stopPrice, trailingDelta } = readStop(parameters, names, stopped);
  const icebergQuantity = parameters.optionalDecimal(names.icebergQuantity);
  const clientOrderId = parameters.optionalMatching(names.clientOrderId, CLIENT_ID_PATTERN, CLIENT_ID_RANGE);
  if (names.quantity !== null) checkQuantities(type, quantity, quoteQuantity, names.quantity);
  if (icebergQuantity?.isPositive() === true) {
    if (!limited || (timeInForce ?? 'GTC') !== 'GTC')
      throw new BinanceRefusal(400, -1014, 'Unsupported order combination.');
    if (quantity !== undefined && icebergQuantity.greaterThan(quantity))
      throw newOrderRejected('IcebergQty exceeds QTY.');
  }
  const selfTradePrevention = readSelfTradePrevention(parameters, SELF_TRADE_MODES);
  const responseType = readResponseType(parameters, type);
  const tags = readTags(parameters, names, icebergQuantity);
  if (parameters.optional('pegPriceType') !== undefined)
    throw newOrderRejected('Pegged orders are not supported for this symbol.');

  return {
    symbol,
    type,
    responseType,
    request: {
      symbol: unifiedSpotSymbol(symbol),
      side,
      type: neutralType(type),
      clientOrderId: clientOrderId ?? generatedClientOrderId(),
      ...(quantity === undefined ? {} : { quantity }),
      ...(quoteQuantity === undefined ? {} : { cost: quoteQuantity }),
      ...(price === undefined ? {} : { price }),
      ...(trailingDelta !== undefined
        ? { trailing: trailingTerms(type, trailingDelta, stopPrice) }
        : stopPrice === undefined
          ? {}
          : { stopPrice }),
      ...(timeInForce === undefined ? {} : { timeInForce }),
      ...(type === 'LIMIT_MAKER' ? { postOnly: true } : {}),
      ...(selfTradePrevention === undefined ? {} : { selfTradePrevention }),
      tags,
    },
    filtered: {
      side: sideName({ side }),
      price,
      stopPrice,
      quantity,
      quoteQuantity,
      icebergQuantity,
      trailingDelta,
      atMarket: !limited,
    },
  };
}

function neutralType(type: SpotOrderType): OrderRequest['type'] {
  switch (type) {
    case 'LIMIT':
    case 'LIMIT_MAKER':
      return 'limit';
    case 'MARKET':
      return 'market';
    case 'STOP_LOSS':
      return 'stop_market';
    case 'STOP_LOSS_LIMIT':
      return 'stop_limit';
    case 'TAKE_PROFIT':
      return 'take_profit_market';
    case 'TAKE_PROFIT_LIMIT':
      return 'take_profit_limit';
  }
}

function readTimeInForce(
  parameters: Parameters,
  name: string,
  timed: boolean,
): 'GTC' | 'IOC' | 'FOK' | undefined {
  const text = parameters.optional(name);
  if (text === undefined) {
    if (timed) throw mandatoryMissing(name);
    return undefined;
  }
  if (!timed) throw parameterNotRequired(name);
  if (text !== 'GTC' && text !== 'IOC' && text !== 'FOK') throw invalidTimeInForce();
  return text;
}

function readPrice(parameters: Parameters, name: string, limited: boolean): Decimal | undefined {
  const price = parameters.optionalDecimal(name);
  if (price === undefined) {
    if (limited) throw mandatoryMissing(name);
    return undefined;
  }
  if (!limited) throw parameterNotRequired(name);
  if (!price.isPositive()) throw invalidMessage('Invalid price.');
  return price;
}

/** The stop price, the trailing delta in hundredths of a percent, or both. */
function readStop(
  parameters: Parameters,
  names: OrderParameterNames,
  stopped: boolean,
): { readonly stopPrice: Decimal | undefined; readonly trailingDelta: number | undefined } {
  const stopPrice = parameters.optionalDecimal(names.stopPrice);
  const trailingDelta = parameters.optionalInteger(names.trailingDelta);
  if (!stopped) {
    if (stopPrice !== undefined) throw parameterNotRequired(names.stopPrice);
    if (trailingDelta !== undefined) throw parameterNotRequired(names.trailingDelta);
  } else if (stopPrice === undefined && trailingDelta === undefined) {
    throw eitherMissing(names.stopPrice, names.trailingDelta);
  }
  if (stopPrice?.isPositive() === false) throw invalidMessage('Invalid stopPrice.');
  return { stopPrice, trailingDelta };
}

/**
 * A stop loss begins to follow the price when that comes to the stop price from the better side, a take profit from the worse
 * one. Source: faqs/trailing-stop-faq.md.
 */
function trailingTerms(
  type: SpotOrderType,
  trailingDelta: number,
  stopPrice: Decimal | undefined,
): NonNullable<OrderRequest['trailing']> {
  return {
    callbackRate: Decimal.of(BigInt(trailingDelta), 4),
    activatesAgainst: type.startsWith('STOP_LOSS'),
    ...(stopPrice === undefined ? {} : { activationPrice: stopPrice }),
  };
}

function checkQuantities(
  type: SpotOrderType,
  quantity: Decimal | undefined,
  quoteQuantity: Decimal | undefined,
  quantityName: string,
): void {
  if (type === 'MARKET') {
    if (quantity === undefined && quoteQuantity === undefined)
      throw eitherMissing('quantity', 'quoteOrderQty');
    if (quantity !== undefined && quoteQuantity !== undefined) throw badCombination();
  } else {
    if (quoteQuantity !== undefined) throw parameterNotRequired('quoteOrderQty');
    if (quantity === undefined) throw mandatoryMissing(quantityName);
  }
  if (quantity?.isZero() === true) throw invalidMessage('Invalid quantity.');
  if (quoteQuantity?.isZero() === true) throw invalidMessage('Invalid quote order quantity.');
}

function readResponseType(parameters: Parameters, type: SpotOrderType): ResponseType {
  const text = parameters.optional('newOrderRespType');
  if (text === undefined) return type === 'MARKET' || type === 'LIMIT' ? 'FULL' : 'ACK';
  if (text !== 'ACK' && text !== 'RESULT' && text !== 'FULL') throw invalidParameter('newOrderRespType');
  return text;
}

function readTags(
  parameters: Parameters,
  names: OrderParameterNames,
  icebergQuantity: Decimal | undefined,
): Record<string, string> {
  const strategyId = parameters.optionalInteger(names.strategyId);
  const strategyType = parameters.optionalInteger(names.strategyType);
  if (strategyType !== undefined && strategyType < 1_000_000)
    throw new BinanceRefusal(400, -1134, '`strategyType` was less than 1000000.');
  return {
    ...(icebergQuantity === undefined ? {} : { icebergQty: eight(icebergQuantity) }),
    ...(strategyId === undefined ? {} : { strategyId: String(strategyId) }),
    ...(strategyType === undefined ? {} : { strategyType: String(strategyType) }),
  };
}

/** `orderId` and/or a client id; with both, the second must belong to the first. */
export type ReferenceParameters = {
  readonly symbol: SpotSymbol;
  readonly reference: OrderReference;
  /** Given beside an order id: the order must carry it. */
  readonly expectedClientOrderId: string | undefined;
};

export function readReference(
  parameters: Parameters,
  idName = 'orderId',
  clientIdName = 'origClientOrderId',
): ReferenceParameters {
  const symbol = symbolFrom(parameters.required('symbol'));
  const orderId = parameters.optionalInteger(idName);
  const clientOrderId = parameters.optionalMatching(clientIdName, CLIENT_ID_PATTERN, CLIENT_ID_RANGE);
  const unified = unifiedSpotSymbol(symbol);
  if (orderId !== undefined)
    return {
      symbol,
      reference: { symbol: unified, venueOrderId: String(orderId) },
      expectedClientOrderId: clientOrderId,
    };
  if (clientOrderId === undefined) throw eitherMissing(clientIdName, idName);
  return { symbol, reference: { symbol: unified, clientOrderId }, expectedClientOrderId: undefined };
}
