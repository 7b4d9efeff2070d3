/**
 * Fees in another asset than the quote currency: the worth that they had when they were charged.
 *
 * Entry points: `feeWorthOf` and `takeFeeFromInventory` for an execution, `valueOpenFees` for a reading; fee-changes.ts folds. A fee of
 * the position's base asset is worth its units at the price of the execution; one in a third asset at the last price that was
 * confirmed when the execution became known. Without one it is open until a reading has a price, and worth that from then on.
 */
import { Decimal } from '../decimal.ts';
import type { AccountMode, TimeMs } from '../ids.ts';
import type { Draft } from '../portfolio/draft.ts';
import { instrumentKey } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { openUnits, type FeePrice, type FeeWorth, type PositionFee } from '../position/fees.ts';
import type { Position, PositionFill } from '../position/position.ts';
import { valueOf, worthInCapital } from './capital-holdings.ts';
import { baseCurrencyOf } from './conversion.ts';
import { priceInBase, type Valuation } from './equity.ts';
import { exchangeInventory } from './exchanges.ts';
import { middleOf } from './valuation.ts';

/** The worth of the fee of an execution that is booked at `at`; undefined for one in the quote currency, for none, and where no price is known. */
export function feeWorthOf(
  state: PortfolioState,
  position: Pick<Position, 'kind' | 'mode' | 'base' | 'quote'>,
  fill: Pick<PositionFill, 'side' | 'fee' | 'feeAsset' | 'price'>,
  at: TimeMs,
): FeeWorth | undefined {
  const { mode, base, quote } = position;
  const { fee, feeAsset, price } = fill;
  if (feeAsset === null || feeAsset === quote || fee.isZero()) return undefined;
  const isBaseCurrency = feeAsset === baseCurrencyOf(state);
  if (feeAsset === base && (!isBaseCurrency || isTakenFromPosition(position, fill)))
    return { inQuote: fee.multiply(price), inBase: Decimal.zero };
  const inBase = valueOf(state, mode, { asset: feeAsset, amount: fee }, at);
  return inBase === null ? undefined : { inQuote: Decimal.zero, inBase };
}

/**
 * A fee that was paid out of inventory: its units leave capital at what they stand for there, against what the fee was worth, which the
 * result of the position loses. So what their price had moved since they came is a flow. Without a price nothing but the units moves.
 * The fee of a spot purchase in its own base asset is taken from the position, and a fee in the quote currency is part of the result.
 */
export function takeFeeFromInventory(
  draft: Draft,
  position: Position,
  fill: Pick<PositionFill, 'side' | 'fee' | 'feeAsset'>,
  worth: FeeWorth | undefined,
): void {
  const { accountId, quote } = position;
  const { fee, feeAsset } = fill;
  if (feeAsset === null || feeAsset === quote || isTakenFromPosition(position, fill)) return;
  const baseCurrency = baseCurrencyOf(draft.state);
  if (feeAsset === baseCurrency) return;
  const leaves = { asset: feeAsset, amount: fee.negate() };
  const standing = worthInCapital(draft.state, accountId, leaves, Decimal.zero) ?? Decimal.zero;
  const { inQuote, inBase } = worth ?? { inQuote: Decimal.zero, inBase: standing.negate() };
  exchangeInventory(draft, accountId, [
    inQuote.isZero() ? { asset: baseCurrency, amount: inBase } : { asset: quote, amount: inQuote },
    leaves,
  ]);
}

function isTakenFromPosition(
  { kind, base }: Pick<Position, 'kind' | 'base'>,
  { side, feeAsset }: Pick<PositionFill, 'side' | 'feeAsset'>,
): boolean {
  return kind === 'spot' && side === 'buy' && feeAsset === base;
}

/** Gives the open fees of a mode's positions the price that a reading has of their asset. */
export function valueOpenFees(draft: Draft, mode: AccountMode, valuation: Valuation): void {
  const baseCurrency = baseCurrencyOf(draft.state);
  for (const position of draft.state.positions.values()) {
    if (position.mode !== mode) continue;
    const { accountId, symbol, positionSide, quote } = position;
    for (const fee of position.fees) {
      if (fee.asset === quote || openUnits(fee).isZero()) continue;
      const found = feePriceOf(position, fee, valuation, baseCurrency);
      if (found !== null) draft.emit({ type: 'fees_valued', accountId, symbol, positionSide, ...found });
    }
  }
}

function feePriceOf(
  { accountId, symbol, base }: Position,
  { asset }: PositionFee,
  valuation: Valuation,
  baseCurrency: Position['base'],
): FeePrice | null {
  const ofInstrument = asset === base ? valuation.priceOf(instrumentKey(accountId, symbol)) : null;
  if (ofInstrument !== null) return { asset, price: middleOf(ofInstrument), unit: 'quote' };
  const price = priceInBase(valuation, baseCurrency, asset);
  return price === null ? null : { asset, price: middleOf(price), unit: 'base_currency' };
}
