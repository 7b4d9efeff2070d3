/**
 * Prices that an administrator states for assets which no market prices, 0 to write one off.
 *
 * Entry point: `statePrice`; equity-changes.ts folds it. A stated price is kept like the last one of a market: it
 * grows old as that does, and a market's own takes its place as soon as there is one.
 */
import type { Draft } from '../portfolio/draft.ts';
import { baseCurrencyOf } from './conversion.ts';
import { pricedKeys } from './equity-reading.ts';
import type { StatedPrice } from './equity-record.ts';
import { equityOf } from './mode-books.ts';
import { EQUITY_HAIRCUT } from './valuation.ts';

/**
 * `price_not_needed`: nothing that the equity of the mode rests on is in the asset, or it is the base currency.
 * `price_known`: a market has priced it just now.
 */
export type StatedPriceReply = { readonly kind: 'price_stated' | 'price_not_needed' | 'price_known' };

export function statePrice(draft: Draft, stated: StatedPrice): StatedPriceReply {
  const { state, at } = draft;
  const { mode, asset, price, requestedBy, why } = stated;
  const equity = equityOf(state, mode);
  if (equity === null || asset === baseCurrencyOf(state) || !pricedKeys(state, mode).has(asset))
    return { kind: 'price_not_needed' };
  const kept = equity.prices.find(({ key }) => key === asset);
  if (kept !== undefined && kept.stated !== true && at - kept.at <= EQUITY_HAIRCUT.freshForMs)
    return { kind: 'price_known' };
  draft.emit({ type: 'price_stated', mode, asset, price, requestedBy, why });
  return { kind: 'price_stated' };
}
