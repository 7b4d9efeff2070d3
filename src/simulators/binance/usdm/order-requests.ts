/**
 * USD-M orders as requests ask for them: new orders, conditional (algo) orders, and which order a request names.
 *
 * Entry points: `readUsdmOrder`, `readAlgoOrder`, `readUsdmReference`. Source: "New Order" and "New Algo Order" of the USD-M
 * futures documentation.
 */
import { decimal, Decimal } from '../../../core/decimal.ts';
import type { OrderReference, OrderRequest } from '../../exchange/order.ts';
import {
  badCombination,
  eitherMissing,
  invalidOrderType,
  invalidParameter,
  invalidSymbol,
  invalidTimeInForce,
  mandatoryMissing,
  parameterNotRequired,
  usdmRefusal,
  usdmTooMuchPrecision,
} from '../errors.ts';
import { generatedClientOrderId } from '../figures.ts';
import { readSelfTradePrevention, readSide } from '../order-words.ts';
import type { Parameters } from '../parameters.ts';
import { unifiedUsdmSymbol } from './instruments.ts';
import { checkClosePosition, readPositionSide, readReduceOnly } from './position-sides.ts';
import { refuseConditionalType } from './refusals.ts';
import { CONDITIONAL_TYPES, type ConditionalType, type UsdmSymbol, usdmSymbol } from './symbols.ts';

const CLIENT_ID_PATTERN = /^[.A-Z:/a-z0-9_-]{1,36}$/;

const GOOD_TILL_DATE_AHEAD_MS = 600_000;

export type UsdmNewOrder = {
  readonly symbol: UsdmSymbol;
  readonly request: OrderRequest & { readonly clientOrderId: string };
  /** The answer shows what became of the order; else it shows it as just accepted. */
  readonly withResult: boolean;
  /** The price is to be taken from the book when the order is placed. */
  readonly priceMatch: PriceMatch | undefined;
};

export function usdmSymbolFrom(text: string): UsdmSymbol {
  const symbol = usdmSymbol(text);
  if (symbol === undefined) throw invalidSymbol();
  return symbol;
}

const SELF_TRADE_MODES = ['none', 'expire_taker', 'expire_maker', 'expire_both'] as const;

function readClientId(parameters: Parameters, name: string): string {
  const text = parameters.optional(name);
  if (text === undefined) return generatedClientOrderId();
  if (text.length > 36) throw usdmRefusal(-4015, 'Client order id length should not be more than 36 chars');
  if (!CLIENT_ID_PATTERN.test(text)) throw usdmRefusal(-4015, 'Client order id is not valid.');
  return text;
}

function readPrice(parameters: Parameters, name: string, symbol: UsdmSymbol): Decimal | undefined {
  const price = parameters.optionalDecimal(name);
  if (price === undefined) return undefined;
  if (price.isZero()) throw usdmRefusal(-4001, 'Price less than 0.');
  if (price.scale > symbol.pricePrecision) throw usdmTooMuchPrecision();
  if (price.greaterThan(symbol.maxPrice)) throw usdmRefusal(-4002, 'Price greater than max price.');
  if (price.lessThan(symbol.minPrice)) throw usdmRefusal(-4013, 'Price less than min price.');
  return price;
}

function readQuantity(parameters: Parameters, symbol: UsdmSymbol, maxQuantity: Decimal): Decimal | undefined {
  const quantity = parameters.optionalDecimal('quantity');
  if (quantity === undefined) return undefined;
  if (quantity.isZero()) throw usdmRefusal(-4003, 'Quantity less than or equal to zero.');
  if (quantity.scale > symbol.quantityPrecision) throw usdmTooMuchPrecision();
  if (quantity.greaterThan(maxQuantity)) throw usdmRefusal(-4005, 'Quantity greater than max quantity.');
  return quantity;
}

type Timing = Pick<OrderRequest, 'timeInForce' | 'expiresAt' | 'postOnly'>;

function readTiming(parameters: Parameters, nowMs: number): Timing {
  const text = parameters.optional('timeInForce');
  const goodTillDate = parameters.optionalInteger('goodTillDate');
  switch (text) {
    case undefined:
      return {};
    case 'GTC':
    case 'IOC':
    case 'FOK':
      return { timeInForce: text };
    case 'GTX':
      return { timeInForce: 'GTC', postOnly: true };
    case 'GTD': {
      if (goodTillDate === undefined) throw mandatoryMissing('goodTillDate');
      if (goodTillDate <= nowMs + GOOD_TILL_DATE_AHEAD_MS) throw invalidParameter('goodTillDate');
      return { timeInForce: 'GTD', expiresAt: Math.floor(goodTillDate / 1000) * 1000 };
    }
    default:
      throw invalidTimeInForce();
  }
}

/** A price to be taken from the book: which side's, and how deep (1 is the best). */
export type PriceMatch = { readonly name: string; readonly ofOpponent: boolean; readonly level: number };

function readPriceMatch(parameters: Parameters): PriceMatch | undefined {
  const text = parameters.optional('priceMatch');
  if (text === undefined || text === 'NONE') return undefined;
  const match = /^(OPPONENT|QUEUE)(?:_(5|10|20))?$/.exec(text);
  if (match === null) throw invalidParameter('priceMatch');
  return { name: text, ofOpponent: match[1] === 'OPPONENT', level: Number(match[2] ?? '1') };
}

/** The parameters of `POST /fapi/v1/order`, or of one entry of a batch. `hedged`: the account's position mode. */
export function readUsdmOrder(parameters: Parameters, nowMs: number, hedged: boolean): UsdmNewOrder {
  const symbol = usdmSymbolFrom(parameters.required('symbol'));
  const side = readSide(parameters);
  const positionSide = readPositionSide(parameters, hedged);
  const type = parameters.required('type');
  if (CONDITIONAL_TYPES.some((conditional) => conditional === type)) throw refuseConditionalType();
  if (type !== 'LIMIT' && type !== 'MARKET') throw invalidOrderType();
  const priceMatch = readPriceMatch(parameters);
  const timing = readTiming(parameters, nowMs);
  const price = readPrice(parameters, 'price', symbol);
  const quantity = readQuantity(
    parameters,
    symbol,
    type === 'LIMIT' ? symbol.maxQuantity : symbol.maxMarketQuantity,
  );
  if (quantity === undefined) throw mandatoryMissing('quantity');
  if (type === 'LIMIT') {
    if (timing.timeInForce === undefined) throw mandatoryMissing('timeInForce');
    if (price === undefined && priceMatch === undefined) throw mandatoryMissing('price');
    if (price !== undefined && priceMatch !== undefined) throw badCombination();
  } else {
    if (priceMatch !== undefined) throw parameterNotRequired('priceMatch');
    if (timing.timeInForce !== undefined) throw parameterNotRequired('timeInForce');
    if (price !== undefined) throw parameterNotRequired('price');
  }
  const reduceOnly = readReduceOnly(parameters, hedged);
  const selfTradePrevention = readSelfTradePrevention(parameters, SELF_TRADE_MODES);
  const responseType = parameters.optional('newOrderRespType') ?? 'ACK';
  if (responseType !== 'ACK' && responseType !== 'RESULT')
    throw usdmRefusal(-1136, 'Invalid newOrderRespType.');
  return {
    symbol,
    withResult: responseType === 'RESULT',
    priceMatch,
    request: {
      symbol: unifiedUsdmSymbol(symbol),
      side,
      positionSide,
      type: type === 'LIMIT' ? 'limit' : 'market',
      clientOrderId: readClientId(parameters, 'newClientOrderId'),
      quantity,
      ...(price === undefined ? {} : { price }),
      ...timing,
      ...(reduceOnly ? { reduceOnly } : {}),
      ...(selfTradePrevention === undefined ? {} : { selfTradePrevention }),
      ...(priceMatch === undefined ? {} : { tags: { priceMatch: priceMatch.name } }),
    },
  };
}

const NEUTRAL_CONDITIONAL: Readonly<Record<ConditionalType, OrderRequest['type']>> = {
  STOP: 'stop_limit',
  STOP_MARKET: 'stop_market',
  TAKE_PROFIT: 'take_profit_limit',
  TAKE_PROFIT_MARKET: 'take_profit_market',
  TRAILING_STOP_MARKET: 'stop_market',
};

const CALLBACK_PERCENT = { least: decimal('0.1'), most: decimal('10') } as const;
const ONE_HUNDREDTH = Decimal.of(1n, 2);

/** `callbackRate` in percent, and `activatePrice`. */
function readTrailing(parameters: Parameters, symbol: UsdmSymbol): NonNullable<OrderRequest['trailing']> {
  const percent = parameters.requiredDecimal('callbackRate');
  if (percent.lessThan(CALLBACK_PERCENT.least) || percent.greaterThan(CALLBACK_PERCENT.most))
    throw usdmRefusal(-2007, 'Invalid callBack rate');
  if (parameters.has('triggerPrice')) throw parameterNotRequired('triggerPrice');
  const activationPrice = readPrice(parameters, 'activatePrice', symbol);
  const callbackRate = percent.multiply(ONE_HUNDREDTH);
  return activationPrice === undefined ? { callbackRate } : { callbackRate, activationPrice };
}

/** The parameters of `POST /fapi/v1/algoOrder`. `hedged`: the account's position mode. */
export function readAlgoOrder(parameters: Parameters, nowMs: number, hedged: boolean): UsdmNewOrder {
  if (parameters.required('algoType') !== 'CONDITIONAL') throw invalidParameter('algoType');
  const symbol = usdmSymbolFrom(parameters.required('symbol'));
  const side = readSide(parameters);
  const positionSide = readPositionSide(parameters, hedged);
  const text = parameters.required('type');
  const type = CONDITIONAL_TYPES.find((conditional) => conditional === text);
  if (type === undefined) throw invalidOrderType();
  if (readPriceMatch(parameters) !== undefined) throw invalidParameter('priceMatch');
  const limited = type === 'STOP' || type === 'TAKE_PROFIT';
  const timing = readTiming(parameters, nowMs);
  const price = readPrice(parameters, 'price', symbol);
  const trailing = type === 'TRAILING_STOP_MARKET' ? readTrailing(parameters, symbol) : undefined;
  const triggerPrice = trailing === undefined ? readPrice(parameters, 'triggerPrice', symbol) : undefined;
  if (trailing === undefined && triggerPrice === undefined) throw mandatoryMissing('triggerPrice');
  if (limited && price === undefined) throw mandatoryMissing('price');
  if (!limited && price !== undefined) throw parameterNotRequired('price');
  const quantity = readQuantity(parameters, symbol, limited ? symbol.maxQuantity : symbol.maxMarketQuantity);
  const closePosition = parameters.optionalBoolean('closePosition') === true;
  const reduceOnly = readReduceOnly(parameters, hedged);
  if (closePosition) {
    if (limited || trailing !== undefined) throw invalidParameter('closePosition');
    checkClosePosition({ side, positionSide });
    if (quantity !== undefined)
      throw usdmRefusal(-4137, 'Quantity must be zero with closePosition equals true.');
    if (reduceOnly) throw parameterNotRequired('reduceOnly');
  } else if (quantity === undefined) {
    throw mandatoryMissing('quantity');
  }
  const workingType = parameters.optional('workingType') ?? 'CONTRACT_PRICE';
  if (workingType !== 'CONTRACT_PRICE' && workingType !== 'MARK_PRICE')
    throw usdmRefusal(-4031, 'Invalid parameter working type');
  const priceProtect = parameters.optionalBoolean('priceProtect') === true;
  const selfTradePrevention = readSelfTradePrevention(parameters, SELF_TRADE_MODES);
  return {
    symbol,
    withResult: true,
    priceMatch: undefined,
    request: {
      symbol: unifiedUsdmSymbol(symbol),
      side,
      positionSide,
      type: NEUTRAL_CONDITIONAL[type],
      clientOrderId: readClientId(parameters, 'clientAlgoId'),
      ...(triggerPrice === undefined ? {} : { stopPrice: triggerPrice }),
      ...(trailing === undefined ? {} : { trailing }),
      triggerSource: workingType === 'MARK_PRICE' ? 'mark' : 'last',
      ...(selfTradePrevention === undefined ? {} : { selfTradePrevention }),
      ...(quantity === undefined ? {} : { quantity }),
      ...(price === undefined ? {} : { price }),
      ...(limited ? timing : {}),
      ...(reduceOnly ? { reduceOnly } : {}),
      ...(closePosition ? { closePosition } : {}),
      tags: { timeInForce: parameters.optional('timeInForce') ?? 'GTC', priceProtect: String(priceProtect) },
    },
  };
}

/** `orderId` or `origClientOrderId`; the first prevails. */
export function readUsdmReference(parameters: Parameters): {
  readonly symbol: UsdmSymbol;
  readonly reference: OrderReference;
} {
  const symbol = usdmSymbolFrom(parameters.required('symbol'));
  const orderId = parameters.optionalInteger('orderId');
  const clientOrderId = parameters.optional('origClientOrderId');
  const unified = unifiedUsdmSymbol(symbol);
  if (orderId !== undefined) return { symbol, reference: { symbol: unified, venueOrderId: String(orderId) } };
  if (clientOrderId === undefined) throw eitherMissing('origClientOrderId', 'orderId');
  return { symbol, reference: { symbol: unified, clientOrderId } };
}
