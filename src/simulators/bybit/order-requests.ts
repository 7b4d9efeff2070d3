/**
 * Reading orders: from the parameters of "Place Order" to a request for the neutral exchange, and from a reference to an order.
 *
 * Entry points: `readNewOrder`, `readReference`. Market orders of contracts become IOC limit orders at the bound that the venue sets
 * ("Bybit trading engine will convert the market order into an IOC limit order"); their tag keeps that they are market orders. A
 * limit price of contracts beyond the band is moved to its edge unless the account asked for a refusal ("Set Price Limit
 * Behaviour"). Source: "Place Order" of the v5 documentation.
 */
import { Decimal } from '../../core/decimal.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { OrderReference, OrderRequest, OrderType, Side } from '../exchange/order.ts';
import { malformed, missing, parameterError, positionIndexMismatch } from './errors.ts';
import type { Listing } from './instruments.ts';
import { readPositionSide, readSelfTrade, readSide } from './order-words.ts';
import { listingFrom, type Parameters } from './parameters.ts';
import { limitPriceIsMoved } from './settings.ts';
import type { Category } from './symbols.ts';

/** Tags of an order that only its payloads show. */
export const TAGS = {
  isMarket: 'market',
  orderFilter: 'orderFilter',
  closeOnTrigger: 'closeOnTrigger',
  marketUnit: 'marketUnit',
} as const;

const ORDER_LINK_ID = /^[A-Za-z0-9_-]{1,36}$/;
const TIMES_IN_FORCE = ['GTC', 'IOC', 'FOK', 'PostOnly'] as const;
type TimeInForceName = (typeof TIMES_IN_FORCE)[number];

/** A request with the time in force that its payloads show. */
export function readNewOrder(
  exchange: Exchange,
  accountId: string,
  category: Category,
  parameters: Parameters,
): OrderRequest {
  const listing = listingFrom(parameters, category);
  checkAttached(parameters);
  const side = readSide(parameters);
  const orderType = parameters.required('orderType');
  if (orderType !== 'Market' && orderType !== 'Limit') throw malformed('orderType');
  const timeInForce = readTimeInForce(parameters);
  const linkId = parameters.optional('orderLinkId');
  if (linkId !== undefined && !ORDER_LINK_ID.test(linkId)) throw malformed('orderLinkId');
  const common = {
    symbol: listing.unified,
    side,
    selfTradePrevention: readSelfTrade(parameters),
    ...(linkId === undefined ? {} : { clientOrderId: linkId }),
  };
  const read: Reading = {
    exchange,
    accountId,
    listing,
    parameters,
    side,
    isMarket: orderType === 'Market',
    timeInForce,
  };
  return category === 'spot' ? { ...common, ...spotTerms(read) } : { ...common, ...linearTerms(read) };
}

/** Attached take-profits and stops are not served: an order that relies on one is refused, not taken without it. */
function checkAttached(parameters: Parameters): void {
  for (const name of ['takeProfit', 'stopLoss'])
    if (!['', '0'].includes(parameters.optional(name) ?? '')) throw malformed(name);
}

interface Reading {
  readonly exchange: Exchange;
  readonly accountId: string;
  readonly listing: Listing;
  readonly parameters: Parameters;
  readonly side: Side;
  readonly isMarket: boolean;
  readonly timeInForce: TimeInForceName;
}

type Terms = Omit<OrderRequest, 'symbol' | 'side' | 'clientOrderId' | 'selfTradePrevention'>;

/** An unknown word counts as GTC: the page's own example sends `Limit`. */
function readTimeInForce(parameters: Parameters): TimeInForceName {
  const given = parameters.optional('timeInForce') ?? 'GTC';
  return TIMES_IN_FORCE.find((name) => name === given) ?? 'GTC';
}

function limitTerms(timeInForce: TimeInForceName): Pick<OrderRequest, 'timeInForce' | 'postOnly'> {
  return timeInForce === 'PostOnly' ? { timeInForce: 'GTC', postOnly: true } : { timeInForce };
}

// ── Spot ───────────────────────────────────────────────────────────────────────────────────────────────────────

function spotTerms(read: Reading): Terms {
  const { exchange, listing, parameters, side, isMarket, timeInForce } = read;
  const quantity = parameters.requiredDecimal('qty');
  const filter = parameters.optional('orderFilter') ?? 'Order';
  if (!['Order', 'tpslOrder', 'StopOrder'].includes(filter)) throw malformed('orderFilter');
  const unit = parameters.optional('marketUnit') ?? (side === 'buy' ? 'quoteCoin' : 'baseCoin');
  if (unit !== 'quoteCoin' && unit !== 'baseCoin') throw malformed('marketUnit');
  const stopPrice = parameters.optionalDecimal('triggerPrice');
  if ((filter === 'Order') !== (stopPrice === undefined)) throw missing('triggerPrice');
  const tags = {
    [TAGS.orderFilter]: filter,
    ...(isMarket ? { [TAGS.isMarket]: 'true', [TAGS.marketUnit]: unit } : {}),
  };
  if (stopPrice === undefined) {
    if (isMarket)
      return { type: 'market', ...(unit === 'quoteCoin' ? { cost: quantity } : { quantity }), tags };
    return {
      type: 'limit',
      quantity,
      price: parameters.requiredDecimal('price'),
      ...limitTerms(timeInForce),
      tags,
    };
  }
  // No direction is given: on which side of the last price the trigger lies decides.
  const last = exchange.market(listing.unified)?.lastPrice ?? stopPrice;
  const type = typeOf(side, stopPrice.atLeast(last), isMarket);
  // A market order that waits can only be sized in base here.
  const size = isMarket && unit === 'quoteCoin' ? inBase(listing, quantity, stopPrice) : quantity;
  return isMarket
    ? { type, quantity: size, stopPrice, tags }
    : {
        type,
        quantity,
        stopPrice,
        price: parameters.requiredDecimal('price'),
        ...limitTerms(timeInForce),
        tags,
      };
}

function inBase({ symbol }: Listing, cost: Decimal, price: Decimal): Decimal {
  return cost.divide(price, 18, 'down').roundToMultipleOf(symbol.quantityStep, 'down');
}

function typeOf(side: Side, rises: boolean, isMarket: boolean): OrderType {
  const isStop = (side === 'buy') === rises;
  if (isMarket) return isStop ? 'stop_market' : 'take_profit_market';
  return isStop ? 'stop_limit' : 'take_profit_limit';
}

// ── Contracts ──────────────────────────────────────────────────────────────────────────────────────────────────

function linearTerms(read: Reading): Terms {
  const { exchange, accountId, parameters, isMarket, timeInForce } = read;
  const positionSide = readPositionSide(parameters);
  if ((positionSide === 'net') === exchange.isHedged(accountId)) throw positionIndexMismatch();
  const closeOnTrigger = parameters.optionalBoolean('closeOnTrigger') === true;
  const reduceOnly = parameters.optionalBoolean('reduceOnly') === true || closeOnTrigger;
  const quantity = sizeOf(read, reduceOnly && closeOnTrigger);
  const tags = {
    ...(isMarket ? { [TAGS.isMarket]: 'true' } : {}),
    ...(closeOnTrigger ? { [TAGS.closeOnTrigger]: 'true' } : {}),
  };
  const common = { positionSide, quantity, reduceOnly, tags };
  if (isMarket && quantity.greaterThan(read.listing.symbol.maxMarketQuantity))
    throw parameterError('The number of contracts exceeds maximum limit allowed');
  const stopPrice = parameters.optionalDecimal('triggerPrice');
  if (stopPrice !== undefined) return { ...common, ...triggerTerms(read, stopPrice) };
  if (isMarket) return { ...common, type: 'limit', price: marketBound(read), timeInForce: 'IOC' };
  return {
    ...common,
    type: 'limit',
    price: withinBand(read, parameters.requiredDecimal('price')),
    ...limitTerms(timeInForce),
  };
}

/** "if you pass qty=0 and specify reduceOnly=true & closeOnTrigger=true, you can close the position". */
function sizeOf(
  { exchange, accountId, listing, parameters, side, isMarket }: Reading,
  closes: boolean,
): Decimal {
  const quantity = parameters.requiredDecimal('qty');
  if (!quantity.isZero() || !closes) return quantity;
  const held = exchange
    .positions(accountId)
    .find(
      (position) =>
        position.symbol === listing.unified &&
        (side === 'sell' ? position.quantity.isPositive() : position.quantity.isNegative()),
    );
  const { maxQuantity, maxMarketQuantity } = listing.symbol;
  return (held?.quantity.abs() ?? Decimal.zero).min(isMarket ? maxMarketQuantity : maxQuantity);
}

function triggerTerms(
  read: Reading,
  stopPrice: Decimal,
): Pick<Terms, 'type' | 'stopPrice' | 'price' | 'timeInForce' | 'postOnly' | 'triggerSource'> {
  const { parameters, side, isMarket, timeInForce } = read;
  const direction = parameters.optionalInteger('triggerDirection');
  if (direction !== 1 && direction !== 2) throw missing('triggerDirection');
  const triggerSource = readTrigger(parameters);
  const type = typeOf(side, direction === 1, isMarket);
  const common = { type, stopPrice, triggerSource };
  return isMarket
    ? common
    : { ...common, price: parameters.requiredDecimal('price'), ...limitTerms(timeInForce) };
}

function readTrigger(parameters: Parameters): 'last' | 'mark' {
  switch (parameters.optional('triggerBy') ?? 'LastPrice') {
    case 'LastPrice':
      return 'last';
    case 'MarkPrice':
    // The index is the mark price here, unless its operator parts them.
    case 'IndexPrice':
      return 'mark';
    default:
      throw malformed('triggerBy');
  }
}

/** The worst price that a market order takes: a tolerance from the best price where one is given, else ratio X from the mark. */
function marketBound({ exchange, listing, parameters, side }: Reading): Decimal {
  const { tickSize, priceLimit } = listing.symbol;
  const mark = exchange.market(listing.unified)?.markPrice ?? listing.symbol.startPrice;
  const kind = parameters.optional('slippageToleranceType') ?? 'UNKNOWN';
  const bound = (from: Decimal, distance: Decimal): Decimal =>
    side === 'buy'
      ? from.add(distance).roundToMultipleOf(tickSize, 'down')
      : from.subtract(distance).roundToMultipleOf(tickSize, 'up').max(tickSize);
  if (kind === 'UNKNOWN') return bound(mark, mark.multiply(priceLimit.x));
  const tolerance = parameters.requiredDecimal('slippageTolerance');
  const book = exchange.book(listing.unified, 1);
  const best = (side === 'buy' ? book?.asks[0] : book?.bids[0])?.[0] ?? mark;
  switch (kind) {
    case 'TickSize':
      if (tolerance.scale > 0 || !tolerance.isPositive() || tolerance.greaterThan(MOST_TICKS))
        throw parameterError('Allowable range: 1 to 10000 tick size');
      return bound(best, tolerance.multiply(tickSize));
    case 'Percent':
      if (tolerance.scale > 2 || !tolerance.isPositive() || tolerance.greaterThan(MOST_PERCENT))
        throw parameterError('Allowable range: 0.01% to 10%');
      return bound(best, best.multiply(tolerance).divide(PERCENT, 18, 'down'));
    default:
      throw malformed('slippageToleranceType');
  }
}

const MOST_TICKS = Decimal.fromInteger(10_000);
const MOST_PERCENT = Decimal.fromInteger(10);
const PERCENT = Decimal.fromInteger(100);

/** The price, moved to the edge of the band where it lies beyond and the account leaves that to the venue. */
function withinBand({ exchange, accountId, listing, side }: Reading, price: Decimal): Decimal {
  if (!limitPriceIsMoved(exchange, accountId)) return price;
  const { tickSize, priceLimit } = listing.symbol;
  const mark = exchange.market(listing.unified)?.markPrice ?? price;
  return side === 'buy'
    ? price.min(mark.multiply(Decimal.one.add(priceLimit.x)).roundToMultipleOf(tickSize, 'down'))
    : price.max(mark.multiply(Decimal.one.subtract(priceLimit.x)).roundToMultipleOf(tickSize, 'up'));
}

// ── References ─────────────────────────────────────────────────────────────────────────────────────────────────

/** An order by its id, which goes before the `orderLinkId` where both are given. */
export function readReference(parameters: Parameters, listing: Listing): OrderReference {
  const orderId = parameters.optional('orderId');
  const linkId = parameters.optional('orderLinkId');
  if (orderId !== undefined) return { symbol: listing.unified, venueOrderId: orderId };
  if (linkId !== undefined) return { symbol: listing.unified, clientOrderId: linkId };
  throw missing('orderId');
}
