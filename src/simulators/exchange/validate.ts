/** Whether a request is well formed and on the instrument's grid, before any money is looked at. Pure. */
import type { Decimal } from '../../core/decimal.ts';
import { notional, type Instrument } from './instrument.ts';
import { hasLimitPrice, hasTrigger, type OrderRequest } from './order.ts';
import type { Refusal } from './refusal.ts';

/** `referencePrice`: last price on spot, mark price on swaps; the band and a market order's worth are taken from it. */
export function reviewForm(
  instrument: Instrument,
  request: OrderRequest,
  referencePrice: Decimal,
): Refusal | null {
  return (
    reviewFields(instrument, request) ??
    reviewPrices(instrument, request, referencePrice) ??
    reviewQuantity(instrument, request, referencePrice)
  );
}

function badField(field: keyof OrderRequest, detail: string): Refusal {
  return { code: 'bad_field', field, detail };
}

function reviewFields(instrument: Instrument, request: OrderRequest): Refusal | null {
  const isSwap = instrument.marketType === 'swap';
  const isConditional = hasTrigger(request.type);
  if (hasLimitPrice(request.type) !== (request.price !== undefined))
    return badField('price', request.price === undefined ? 'is needed' : 'is not taken by this type');
  const isTrailing = request.trailing !== undefined;
  if (isTrailing && (isSwap ? request.type !== 'stop_market' : !isConditional))
    return badField('trailing', 'is for stop market orders on swaps, and for conditional orders on spot');
  if (isTrailing && request.closePosition === true)
    return badField('trailing', 'is for orders of a quantity');
  if ((isConditional && !isTrailing) !== (request.stopPrice !== undefined))
    return badField('stopPrice', request.stopPrice === undefined ? 'is needed' : 'is not taken by this type');
  if (!hasLimitPrice(request.type) && request.timeInForce !== undefined)
    return badField('timeInForce', 'is not taken by this type');
  if ((request.timeInForce === 'GTD') !== (request.expiresAt !== undefined))
    return badField('expiresAt', 'goes with GTD and with nothing else');
  if (request.postOnly === true && (!hasLimitPrice(request.type) || isImmediate(request)))
    return badField('postOnly', 'needs a limit order that may rest');
  if (!isSwap && request.reduceOnly === true) return badField('reduceOnly', 'is for swaps');
  if (request.closePosition === true) {
    if (!isSwap || !isConditional || hasLimitPrice(request.type))
      return badField('closePosition', 'is for stop and take-profit market orders on swaps');
    if (request.quantity !== undefined) return badField('quantity', 'is not taken with closePosition');
  } else if ((request.quantity === undefined) === (request.cost === undefined)) {
    return badField('quantity', 'exactly one of quantity and cost is needed');
  }
  if (request.cost !== undefined && (isSwap || request.type !== 'market'))
    return badField('cost', 'is for market orders on spot');
  return null;
}

function isImmediate(request: OrderRequest): boolean {
  return request.timeInForce === 'IOC' || request.timeInForce === 'FOK';
}

function reviewPrices(instrument: Instrument, request: OrderRequest, reference: Decimal): Refusal | null {
  for (const field of ['price', 'stopPrice'] as const) {
    const price = request[field];
    if (price === undefined) continue;
    if (!price.isPositive()) return badField(field, 'must be above zero');
    if (!price.isMultipleOf(instrument.priceTick))
      return { code: 'price_off_tick', field, tick: instrument.priceTick };
  }
  const band = instrument.priceBand;
  if (band === null || request.price === undefined) return null;
  // A conditional order's limit price is measured from where the market will be when it works: its trigger.
  const from = request.stopPrice ?? reference;
  const lowest = from.multiply(band.lowest);
  const highest = from.multiply(band.highest);
  const isBoundedBelow = band.oneSided !== true || request.side === 'sell';
  const isBoundedAbove = band.oneSided !== true || request.side === 'buy';
  return (isBoundedBelow && request.price.lessThan(lowest)) ||
    (isBoundedAbove && request.price.greaterThan(highest))
    ? { code: 'price_outside_band', lowest, highest, price: request.price }
    : null;
}

function reviewQuantity(instrument: Instrument, request: OrderRequest, reference: Decimal): Refusal | null {
  if (request.cost !== undefined) {
    if (!request.cost.isPositive()) return badField('cost', 'must be above zero');
    if (!request.cost.isMultipleOf(instrument.costStep))
      return badField('cost', `must be a multiple of ${instrument.costStep.toString()}`);
    return request.cost.lessThan(instrument.minNotional)
      ? { code: 'notional_too_small', minNotional: instrument.minNotional, notional: request.cost }
      : null;
  }
  const { quantity } = request;
  if (quantity === undefined) return null;
  if (!quantity.isPositive() || quantity.lessThan(instrument.minQuantity))
    return { code: 'quantity_too_small', minQuantity: instrument.minQuantity };
  const isMarket = !hasLimitPrice(request.type);
  const maxQuantity = isMarket
    ? instrument.maxQuantity.min(instrument.maxMarketQuantity ?? instrument.maxQuantity)
    : instrument.maxQuantity;
  if (quantity.greaterThan(maxQuantity)) return { code: 'quantity_too_large', maxQuantity };
  if (!quantity.isMultipleOf(instrument.quantityStep))
    return { code: 'quantity_off_step', step: instrument.quantityStep };
  if (request.reduceOnly === true) return null;
  const worth = notional(instrument, request.price ?? request.stopPrice ?? reference, quantity);
  return worth.lessThan(instrument.minNotional)
    ? { code: 'notional_too_small', minNotional: instrument.minNotional, notional: worth }
    : null;
}
