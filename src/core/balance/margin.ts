/**
 * Initial margin of linear swaps: notional divided by leverage, per base unit.
 * Binance: "Initial Margin = Notional Position Value / Leverage Level" (support article 360033162192).
 */
import { Decimal } from '../decimal.ts';
import type { AccountId, Asset, InstrumentSymbol } from '../ids.ts';
import type { PositionSide } from '../order/terms.ts';
import { instrumentKey, positionKeyOf } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { unrealizedPnl } from '../position/position.ts';
import type { Wallet } from './wallet.ts';

/** Leverage assumed when the venue has not reported its setting: none, the strictest. */
const UNKNOWN_LEVERAGE = Decimal.one;

/** Digits kept, rounded up: a margin may be counted too large, never too small. */
const MARGIN_SCALE = 12;

/** Quote units that one base unit at `price` ties up. */
export function marginPerUnit(price: Decimal, leverage: Decimal | undefined): Decimal {
  return price.divide(leverage ?? UNKNOWN_LEVERAGE, MARGIN_SCALE, 'up');
}

/**
 * The leverage that the venue has set for a position: by its side where the venue reports one for each, else by its
 * instrument. Undefined where it is not known.
 */
export function leverageOf(
  leverages: ReadonlyMap<string, Decimal>,
  position: {
    readonly accountId: AccountId;
    readonly symbol: InstrumentSymbol;
    readonly positionSide: PositionSide;
  },
): Decimal | undefined {
  return (
    leverages.get(positionKeyOf(position)) ??
    leverages.get(instrumentKey(position.accountId, position.symbol))
  );
}

/**
 * The initial margin and the open losses of the swap positions that settle in one asset of a wallet. Open gains are left
 * out: they can go before anything is done with them. A position without a mark counts at its cost. The two sides of a
 * hedged instrument are not netted.
 */
export function marginTiedUp(
  state: PortfolioState,
  account: AccountId,
  wallet: Wallet,
  settle: Asset,
  marks: ReadonlyMap<string, Decimal>,
  leverages: ReadonlyMap<string, Decimal>,
): Decimal {
  let tiedUp = Decimal.zero;
  for (const position of state.positions.values()) {
    if (position.accountId !== account || position.wallet !== wallet) continue;
    if (position.kind !== 'linear_swap' || position.quote !== settle || position.netQuantity.isZero())
      continue;
    const mark = marks.get(instrumentKey(account, position.symbol));
    const quantity = position.netQuantity.abs();
    const leverage = leverageOf(leverages, position);
    if (mark === undefined) {
      tiedUp = tiedUp.add(marginPerUnit(position.openCost, leverage));
      continue;
    }
    const openLoss = unrealizedPnl(position, mark).min(Decimal.zero).negate();
    tiedUp = tiedUp.add(marginPerUnit(mark, leverage).multiply(quantity)).add(openLoss);
  }
  return tiedUp;
}

/**
 * Whether what swaps tie up of a wallet is known: leverage and mark of every open position there that settles in `settle`, or in any
 * asset for null. Where it is not, `marginTiedUp` is the most that it can be: a bound for orders, and no figure to show.
 */
export function isMarginKnown(
  state: PortfolioState,
  account: AccountId,
  wallet: Wallet,
  settle: Asset | null,
  marks: ReadonlyMap<string, Decimal>,
  leverages: ReadonlyMap<string, Decimal>,
): boolean {
  for (const position of state.positions.values()) {
    if (position.accountId !== account || position.wallet !== wallet || position.kind !== 'linear_swap')
      continue;
    if (position.netQuantity.isZero() || (settle !== null && position.quote !== settle)) continue;
    if (leverageOf(leverages, position) === undefined) return false;
    if (!marks.has(instrumentKey(account, position.symbol))) return false;
  }
  return true;
}
