/** Funding of swaps: what longs pay to shorts (or receive, at a negative rate) for one interval. */
import { Decimal } from '../../core/decimal.ts';
import type { AccountFunding, FundingPayment } from './account.ts';
import { emitMark, emitPosition } from './emit.ts';
import { notional } from './instrument.ts';
import { heldOn } from './positions.ts';
import {
  FEE_ACCOUNT,
  MONEY_SCALE,
  markOf,
  type AccountState,
  type PositionState,
  type SymbolState,
} from './state.ts';
import type { World } from './world.ts';

/** Funding at its own time, and when it comes next. */
export function fundOnTime(world: World, symbol: SymbolState): void {
  const { swap } = symbol.instrument;
  if (swap === null) return;
  fund(world, symbol, swap.fundingRate);
  symbol.nextFundingAt += swap.fundingIntervalMs;
  emitMark(world, symbol);
}

/**
 * Settles funding on every open position of the symbol, at the mark price of now; the timetable is left as it is.
 * Returns what users paid and received.
 */
export function fund(world: World, symbol: SymbolState, rate: Decimal): AccountFunding[] {
  const payments: AccountFunding[] = [];
  for (const account of world.ledger.accounts.values()) {
    for (const position of heldOn(account, symbol.instrument.symbol)) {
      if (position.quantity.isZero()) continue;
      const payment = payFunding(world, account, symbol, position, rate);
      if (!account.internal) payments.push({ accountId: account.accountId, payment });
    }
  }
  world.markDirty(symbol);
  return payments;
}

function payFunding(
  world: World,
  account: AccountState,
  symbol: SymbolState,
  position: PositionState,
  rate: Decimal,
): FundingPayment {
  const { instrument, policy } = symbol;
  const markPrice = markOf(symbol.market);
  const due = notional(instrument, markPrice, position.quantity).multiply(rate);
  const payment = due.divide(Decimal.one, MONEY_SCALE, 'toward_zero');
  const move = (to: AccountState, change: Decimal): void =>
    world.ledger.move(to, policy.wallet, instrument.quote, change, 'funding');
  // A fraction too fine to be paid stays with the venue, so that nothing is made or lost.
  const rest = payment.subtract(due);
  if (!rest.isZero()) move(world.account(FEE_ACCOUNT), rest);
  move(account, payment.negate());
  if (position.marginMode === 'isolated') position.isolatedMargin = position.isolatedMargin.subtract(payment);
  position.updatedAt = world.now;
  const booked: FundingPayment = {
    symbol: instrument.symbol,
    positionSide: position.side,
    asset: instrument.quote,
    amount: payment.negate(),
    rate,
    markPrice,
    quantity: position.quantity,
    at: world.now,
  };
  if (!account.internal) account.funding.push(booked);
  emitPosition(world, account, symbol, position, 'funding');
  return booked;
}
