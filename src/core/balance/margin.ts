/**
 * Initial margin of linear swaps: notional divided by leverage, per base unit.
 * Binance: "Initial Margin = Notional Position Value / Leverage Level" (support article 360033162192).
 */
import { Decimal } from '../decimal.ts';
import type { AccountId, Asset } from '../ids.ts';
import { unrealizedPnl } from '../position/position.ts';
import { instrumentKey, type PortfolioState } from '../portfolio/state.ts';

/** Leverage assumed when the venue has not told its setting: none, the strictest. */
const UNKNOWN_LEVERAGE = Decimal.one;

/** Digits kept, rounded up: a margin may be counted too large, never too small. */
const MARGIN_SCALE = 12;

/** Quote units that one base unit at `price` ties up. */
export function marginPerUnit(price: Decimal, leverage: Decimal | undefined): Decimal {
  return price.divide(leverage ?? UNKNOWN_LEVERAGE, MARGIN_SCALE, 'up');
}

/**
 * What the open positions of a swap wallet tie up: their initial margin and their open losses (open gains are left
 * out: they can go before anything is done with them). A position without a mark counts at its cost.
 */
export function marginTiedUp(
  state: PortfolioState,
  account: AccountId,
  settle: Asset,
  marks: ReadonlyMap<string, Decimal>,
  leverages: ReadonlyMap<string, Decimal>,
): Decimal {
  let tiedUp = Decimal.zero;
  for (const position of state.positions.values()) {
    if (position.accountId !== account || position.kind !== 'linear_swap' || position.quote !== settle)
      continue;
    if (position.netQuantity.isZero()) continue;
    const key = instrumentKey(account, position.symbol);
    const mark = marks.get(key);
    const quantity = position.netQuantity.abs();
    const leverage = leverages.get(key);
    if (mark === undefined) {
      tiedUp = tiedUp.add(marginPerUnit(position.openCost, leverage));
      continue;
    }
    const openLoss = unrealizedPnl(position, mark).min(Decimal.zero).negate();
    tiedUp = tiedUp.add(marginPerUnit(mark, leverage).multiply(quantity)).add(openLoss);
  }
  return tiedUp;
}
