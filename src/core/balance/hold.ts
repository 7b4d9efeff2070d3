/** The hold of an order: the amount that it reserves while it is in flight, and the asset. */
import { Decimal } from '../decimal.ts';
import type { Hold, OrderRequest } from '../order/order.ts';
import type { OrderSetting } from '../portfolio/events.ts';
import { rawMarketPrice } from '../order/price-bounds.ts';
import { onlyReduces, type Side } from '../order/terms.ts';
import { valuedAt, type MarketContext } from '../risk/rule.ts';
import { leverageOf, marginPerUnit } from './margin.ts';

/**
 * The hold of a request and its amount at the start. A buy holds its worst price (a raw market order: the default
 * protection beyond the mark) plus the fee where that is charged in quote; a sell holds base; a swap holds initial
 * margin, open loss and fee; an order by cost holds cost and fee. Without a mark only what closes a position is approved:
 * it holds no open loss, and no price but its own.
 */
export function requiredHold(
  request: OrderRequest,
  setting: OrderSetting,
  context: MarketContext,
  protectionPrice: Decimal | null,
): { readonly hold: Hold; readonly amount: Decimal } {
  const { instrument } = context;
  const { wallet } = setting;
  const mark = valuedAt(context, request.side);
  const price =
    request.price ??
    protectionPrice ??
    stopWorstPrice(request) ??
    rawMarketPrice(request.side, mark ?? Decimal.zero);
  const worst = request.side === 'buy' ? price : price.max(mark ?? Decimal.zero);
  if (setting.kind === 'linear_swap') {
    const perUnit = onlyReduces(request)
      ? Decimal.zero
      : marginPerUnit(worst, leverageOf(context.leverages, request))
          .add(openLossPerUnit(request.side, price, request.stopPrice ?? mark))
          .add(worst.multiply(instrument.takerFeeRate));
    const hold: Hold = {
      wallet,
      holdAsset: instrument.settle,
      perUnit,
      holdFeeRate: instrument.takerFeeRate,
    };
    return { hold, amount: (request.quantity ?? Decimal.zero).multiply(perUnit) };
  }
  const quoteFeeRate = instrument.buyFeeTakenFrom === 'quote' ? instrument.takerFeeRate : Decimal.zero;
  if (request.cost !== null) {
    const hold: Hold = { wallet, holdAsset: setting.quote, perUnit: null, holdFeeRate: quoteFeeRate };
    return { hold, amount: request.cost.multiply(Decimal.one.add(quoteFeeRate)) };
  }
  const quantity = request.quantity ?? Decimal.zero;
  const hold: Hold =
    request.side === 'buy'
      ? {
          wallet,
          holdAsset: setting.quote,
          perUnit: worst.multiply(Decimal.one.add(quoteFeeRate)),
          holdFeeRate: quoteFeeRate,
        }
      : { wallet, holdAsset: setting.base, perUnit: Decimal.one, holdFeeRate: Decimal.zero };
  return { hold, amount: quantity.multiply(hold.perUnit ?? Decimal.zero) };
}

/**
 * The loss of one unit that trades at `price` while the mark is `mark`, zero where that is unknown: a venue asks for it with the margin.
 * Binance: "Cost = Initial Margin + Open Loss" (support article 87fa7ee33b574f7084d42bd2ce2e463b).
 */
function openLossPerUnit(side: Side, price: Decimal, mark: Decimal | null): Decimal {
  if (mark === null) return Decimal.zero;
  const loss = side === 'buy' ? price.subtract(mark) : mark.subtract(price);
  return loss.max(Decimal.zero);
}

/** A stop-market order trades beyond its stop price, so it is valued from there. */
function stopWorstPrice(request: OrderRequest): Decimal | null {
  return request.stopPrice === null ? null : rawMarketPrice(request.side, request.stopPrice);
}
