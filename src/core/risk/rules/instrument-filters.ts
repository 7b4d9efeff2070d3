import { type Decimal } from '../../decimal.ts';
import { bandOf } from '../../order/market-protection.ts';
import { limitPrice, type OrderRequest } from '../../order/order.ts';
import { onlyReduces } from '../../order/terms.ts';
import { refusal } from '../refusal.ts';
import { PASSED, refused, valuedAt, type MarketContext, type RiskRule, type RuleVerdict } from '../rule.ts';

/** The venue's own grid and bounds. A figure off the grid is refused with the rule that it breaks, never changed. */
export const instrumentFilters: RiskRule = ({ request, context, protectionPrice, reducing }) => {
  const { instrument } = context;
  for (const [field, price] of [
    ['price', request.price],
    ['stop_price', request.stopPrice],
  ] as const) {
    if (price === null) continue;
    const fault = priceFault(field, price, instrument.tickSize, instrument.minPrice, instrument.maxPrice);
    if (fault !== null) return fault;
  }
  const outside = reducing ? null : bandFault(request, context, protectionPrice);
  if (outside !== null) return outside;
  const { quantity } = request;
  if (quantity !== null) {
    if (!quantity.isMultipleOf(instrument.lotSize)) {
      return refused(
        refusal(
          'instrument_filters',
          'quantity_off_lot',
          `quantity: must be a multiple of the lot ${instrument.lotSize.toString()}`,
          {
            limit: instrument.lotSize,
            actual: quantity,
          },
        ),
      );
    }
    if (quantity.lessThan(instrument.minQuantity) || !quantity.isPositive()) {
      return refused(
        refusal(
          'instrument_filters',
          'quantity_too_small',
          `quantity: must be above zero and at least ${instrument.minQuantity.toString()}`,
          {
            limit: instrument.minQuantity,
            actual: quantity,
          },
        ),
      );
    }
    const sentAsMarket =
      (request.type === 'market' && protectionPrice === null) ||
      request.type === 'stop_market' ||
      request.type === 'take_profit_market';
    const most = (sentAsMarket ? instrument.maxMarketQuantity : null) ?? instrument.maxQuantity;
    if (most !== null && quantity.greaterThan(most)) {
      return refused(
        refusal('instrument_filters', 'quantity_too_large', `quantity: must be at most ${most.toString()}`, {
          limit: most,
          actual: quantity,
        }),
      );
    }
  }
  if (request.cost !== null && !request.cost.isPositive()) {
    return refused(
      refusal('instrument_filters', 'notional_too_small', 'cost: must be above zero', {
        limit: 0,
        actual: request.cost,
      }),
    );
  }
  const notional =
    request.cost ??
    notionalOf(
      quantity,
      limitPrice({ price: request.price, protectionPrice: null }) ?? valuedAt(context, request.side),
    );
  if (
    instrument.minNotional !== null &&
    notional !== null &&
    notional.lessThan(instrument.minNotional) &&
    !onlyReduces(request)
  ) {
    const field = request.cost === null ? 'quantity' : 'cost';
    return refused(
      refusal(
        'instrument_filters',
        'notional_too_small',
        `${field}: the order is worth less than ${instrument.minNotional.toString()} ${instrument.quote}`,
        {
          limit: instrument.minNotional,
          actual: notional,
        },
      ),
    );
  }
  return PASSED;
};

/** A limit, or the protection of a market order, that the venue would refuse by its price band; a stop's is measured when it triggers. */
function bandFault(
  { side, price, stopPrice }: OrderRequest,
  { instrument, quote, at, limits }: MarketContext,
  protectionPrice: Decimal | null,
): RuleVerdict | null {
  const sent = stopPrice === null ? (price ?? protectionPrice) : null;
  const band = bandOf(instrument, quote, side, { at, maxAgeMs: limits.staleQuoteMs, marginBps: 0 });
  if (sent === null || band === null) return null;
  const { lowest, highest } = band;
  const isAbove = highest !== null && sent.greaterThan(highest);
  const limit = isAbove ? highest : lowest !== null && sent.lessThan(lowest) ? lowest : null;
  if (limit === null) return null;
  return refused(
    refusal(
      'instrument_filters',
      'price_outside_band',
      `price: ${sent.toString()} lies outside the venue's price band: must be at ${isAbove ? 'most' : 'least'} ${limit.toString()} now`,
      { limit, actual: sent },
    ),
  );
}

function notionalOf(quantity: Decimal | null, price: Decimal | null): Decimal | null {
  return quantity === null || price === null ? null : quantity.multiply(price);
}

function priceFault(
  field: string,
  price: Decimal,
  tick: Decimal,
  least: Decimal | null,
  most: Decimal | null,
): RuleVerdict | null {
  if (!price.isPositive()) {
    return refused(
      refusal('instrument_filters', 'price_out_of_range', `${field}: must be above zero`, {
        limit: 0,
        actual: price,
      }),
    );
  }
  if (!price.isMultipleOf(tick)) {
    return refused(
      refusal(
        'instrument_filters',
        'price_off_tick',
        `${field}: must be a multiple of the tick ${tick.toString()}`,
        { limit: tick, actual: price },
      ),
    );
  }
  if (least !== null && price.lessThan(least)) {
    return refused(
      refusal('instrument_filters', 'price_out_of_range', `${field}: must be at least ${least.toString()}`, {
        limit: least,
        actual: price,
      }),
    );
  }
  if (most !== null && price.greaterThan(most)) {
    return refused(
      refusal('instrument_filters', 'price_out_of_range', `${field}: must be at most ${most.toString()}`, {
        limit: most,
        actual: price,
      }),
    );
  }
  return null;
}
