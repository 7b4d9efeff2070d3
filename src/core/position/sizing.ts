/**
 * How large an order may be and how large it is suggested to be.
 *
 * `sizeOrder` is the entry point. Every figure is rounded down to whole lots; null means that no size will do.
 */
import { Decimal } from '../decimal.ts';
import type { Instrument } from '../instrument.ts';
import type { OrderRequest } from '../order/order.ts';
import type { OrderSetting } from '../portfolio/events.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { rawMarketPrice, worstPriceOf } from '../order/price-bounds.ts';
import { onlyReduces } from '../order/terms.ts';
import { netQuantityOf } from '../risk/exposure.ts';
import type { RiskRuleName } from '../risk/refusal.ts';
import { protectionPriceOf, review } from '../risk/review.ts';
import { valuedAt, type MarketContext } from '../risk/rule.ts';

/** The inputs of a suggestion besides the limits. */
export type SizingBasis =
  /** Lose no more than `riskFraction` of `equity` (quote units) when a stop at `stopPrice` ends the trade. */
  | {
      readonly kind: 'fixed_fraction';
      readonly equity: Decimal;
      readonly riskFraction: Decimal;
      readonly stopPrice: Decimal;
    }
  /** Hold so much that the position alone moves `equity` by `targetVolatility`; both volatilities over the same time, as fractions. */
  | {
      readonly kind: 'volatility_target';
      readonly equity: Decimal;
      readonly targetVolatility: Decimal;
      readonly volatility: Decimal;
    };

export interface OrderSize {
  /** Base units: the largest order of this kind that every rule would approve now. */
  readonly maxQuantity: Decimal | null;
  /**
   * The rule that would refuse one lot more; `reduce_only` for an order of that kind, which is sized within its position.
   * Null where nothing bounds it, and where no size is approved.
   */
  readonly boundBy: RiskRuleName | null;
  /** Base units: the least of what was asked, what the basis suggests and `maxQuantity`. */
  readonly suggestedQuantity: Decimal | null;
}

/** Digits of a size before it is rounded to lots. */
const SIZE_SCALE = 18;
/** Bounds the search for a size that nothing else bounds. */
const MAX_DOUBLINGS = 96;

/** Sizes `request`, whose own quantity or cost only bounds the suggestion. Nothing is changed. */
export function sizeOrder(
  state: PortfolioState,
  request: OrderRequest,
  setting: OrderSetting,
  context: MarketContext,
  basis: SizingBasis | null,
): OrderSize {
  const largest = largestSize(state, request, setting, context);
  if (largest === null) return { maxQuantity: null, boundBy: null, suggestedQuantity: null };
  const { quantity: most, boundBy } = largest;
  const price = entryPriceOf(request, context);
  const asked =
    request.quantity ??
    (request.cost === null || price === null ? null : request.cost.divide(price, SIZE_SCALE, 'down'));
  const suggested = basis === null ? asked : suggestedBy(basis, request, context, price);
  if (basis !== null && suggested === null) return { maxQuantity: most, boundBy, suggestedQuantity: null };
  const wanted = [most, asked, suggested].reduce<Decimal>(
    (least, each) => (each === null ? least : least.min(each)),
    most,
  );
  const rounded = wanted.roundToMultipleOf(context.instrument.lotSize, 'down');
  const approved = rounded.isPositive() && isApproved(state, request, setting, context, rounded);
  return { maxQuantity: most, boundBy, suggestedQuantity: approved ? rounded : null };
}

/**
 * The largest quantity in whole lots that the review would approve, and the rule that refuses one more; null when it would
 * approve none. The approved sizes form one range, from a least one, which the instrument sets, to a largest, so that
 * bisection finds it.
 */
function largestSize(
  state: PortfolioState,
  request: OrderRequest,
  setting: OrderSetting,
  context: MarketContext,
): { readonly quantity: Decimal; readonly boundBy: RiskRuleName | null } | null {
  const { lotSize } = context.instrument;
  const refusedBy = (lots: bigint): RiskRuleName | null =>
    firstRefusal(state, request, setting, context, Decimal.of(lots).multiply(lotSize));
  const passes = (lots: bigint): boolean => refusedBy(lots) === null;
  const least = leastLots(request, context).find(passes);
  if (least === undefined) return null;
  const bound = boundInLots(state, request, context.instrument);
  let approved = least;
  let refused: bigint | null = null;
  for (let doubling = 0; refused === null && doubling < MAX_DOUBLINGS; doubling += 1) {
    const tried = bound === null || approved * 2n < bound ? approved * 2n : bound;
    if (tried <= approved) break;
    if (passes(tried)) approved = tried;
    else refused = tried;
  }
  while (refused !== null && refused - approved > 1n) {
    const middle = (approved + refused) / 2n;
    if (passes(middle)) approved = middle;
    else refused = middle;
  }
  return {
    quantity: Decimal.of(approved).multiply(lotSize),
    boundBy: refusedBy(approved + 1n) ?? (approved === bound && onlyReduces(request) ? 'reduce_only' : null),
  };
}

/** A reduce-only order is sized within its position although a larger one would pass: the venue would cut it. */
function boundInLots(state: PortfolioState, request: OrderRequest, instrument: Instrument): bigint | null {
  const net = netQuantityOf(state, request.accountId, request.symbol, request.positionSide).abs();
  const most = onlyReduces(request) ? net.min(instrument.maxQuantity ?? net) : instrument.maxQuantity;
  return most?.countOf(instrument.lotSize, 'down') ?? null;
}

function isApproved(
  state: PortfolioState,
  request: OrderRequest,
  setting: OrderSetting,
  context: MarketContext,
  quantity: Decimal,
): boolean {
  return firstRefusal(state, request, setting, context, quantity) === null;
}

function firstRefusal(
  state: PortfolioState,
  request: OrderRequest,
  setting: OrderSetting,
  context: MarketContext,
  quantity: Decimal,
): RiskRuleName | null {
  const { refusals } = review(state, { ...request, quantity, cost: null }, setting, context, null);
  return refusals[0]?.rule ?? null;
}

/** The smallest sizes that the instrument may ask for: by quantity, which is enough for a reduce-only order, and by worth. */
function leastLots(request: OrderRequest, context: MarketContext): readonly bigint[] {
  const { lotSize, minQuantity, minNotional } = context.instrument;
  const byQuantity = minQuantity.max(lotSize).countOf(lotSize, 'up');
  const price = request.price ?? valuedAt(context, request.side);
  if (minNotional === null || price === null || !price.isPositive()) return [byQuantity];
  const byWorth = minNotional.divide(price, SIZE_SCALE, 'up').countOf(lotSize, 'up');
  return byWorth > byQuantity ? [byQuantity, byWorth] : [byQuantity];
}

/** The price that a size is computed with: the worst at which the order would trade. */
function entryPriceOf(request: OrderRequest, context: MarketContext): Decimal | null {
  const mark = valuedAt(context, request.side);
  if (mark === null) return null;
  const sized: OrderRequest = { ...request, quantity: Decimal.one, cost: null };
  return worstPriceOf(sized, protectionPriceOf(sized, context)) ?? rawMarketPrice(request.side, mark);
}

function suggestedBy(
  basis: SizingBasis,
  request: OrderRequest,
  context: MarketContext,
  price: Decimal | null,
): Decimal | null {
  if (price === null || !price.isPositive() || !basis.equity.isPositive()) return null;
  switch (basis.kind) {
    case 'fixed_fraction': {
      const { stopPrice } = basis;
      const move = request.side === 'buy' ? price.subtract(stopPrice) : stopPrice.subtract(price);
      // A stop on the side of the gain ends no loss.
      if (!move.isPositive()) return null;
      const fees = price.add(stopPrice).multiply(context.instrument.takerFeeRate);
      return basis.equity.multiply(basis.riskFraction).divide(move.add(fees), SIZE_SCALE, 'down');
    }
    case 'volatility_target':
      if (!basis.volatility.isPositive()) return null;
      return basis.equity
        .multiply(basis.targetVolatility)
        .divide(basis.volatility.multiply(price), SIZE_SCALE, 'down');
  }
}
