/**
 * I4: fees that were paid in the venue's own coin are worth what the coin cost when they were charged.
 *
 * Entry point: `coinFees`. Which price that was is the one that the last reading before the record of the execution had; the first
 * one after it where none had any. Each has to be one that the market had.
 */
import { Decimal } from '../../../src/core/decimal.ts';
import type { Fill } from '../../../src/simulators/exchange/order.ts';
import { executionName, type AuditedRun } from './audited-run.ts';
import type { JournaledFill } from './evidence.ts';

/** The simulated venues' own coin. */
export const FEE_COIN = 'BNB';
/** Of a price: the middle of a book beside the price that the market is held at. */
const BOOK_WIDTH = Decimal.of(1n, 4);

/**
 * The worth of all fees in the coin that are results of trading, in the base currency: those of our orders, and of everybody's on swaps.
 * A fee of somebody else's spot order is inventory that is no more there.
 */
export function coinFees(run: AuditedRun): Decimal {
  const ofExecution = new Map<string, Decimal>();
  let price: Decimal | null = null;
  let unpriced: string[] = [];
  for (const { type, payload } of run.evidence.journal) {
    const seen = type === 'equity_observed' ? coinPriceOf(run, payload) : pricedLaterAt(payload);
    if (seen !== null) {
      for (const execution of unpriced) ofExecution.set(execution, seen);
      unpriced = [];
    }
    if (type === 'equity_observed' && seen !== null) price = seen;
    const { fill } = payload as { readonly fill?: JournaledFill };
    if (fill === undefined) continue;
    const execution = executionName(fill);
    if (price === null) unpriced.push(execution);
    else ofExecution.set(execution, price);
  }
  const { tag } = run.evidence.venue;
  const isResult = ({ marketType, clientOrderId }: Fill): boolean =>
    marketType === 'swap' || clientOrderId?.startsWith(tag) === true;
  return run.fills
    .filter((fill) => fill.feeAsset === FEE_COIN && isResult(fill))
    .reduce((sum, fill) => {
      const at = ofExecution.get(run.nameOf(fill)) ?? Decimal.zero;
      return sum.add(fill.fee.multiply(at));
    }, Decimal.zero);
}

/** The coin's price in the base currency in a reading; null where it has none. */
function coinPriceOf(run: AuditedRun, payload: Readonly<Record<string, unknown>>): Decimal | null {
  const { prices } = payload as {
    readonly prices?: readonly { readonly key: string; readonly price: string }[];
  };
  const shown = prices?.find(({ key }) => key === FEE_COIN);
  if (shown === undefined) return null;
  const price = Decimal.parse(shown.price);
  // In bitcoin the price is that of a moment for both, which nobody but the service knows.
  if (run.evidence.service.baseCurrency === 'USDT' && !wasHeldAt(run, price))
    run.fail('I4', `${FEE_COIN} was never at ${shown.price}`);
  return price;
}

function wasHeldAt(run: AuditedRun, price: Decimal): boolean {
  return run.evidence.venue.coinPrices.some((held) =>
    held.subtract(price).abs().atMost(held.multiply(BOOK_WIDTH)),
  );
}

function pricedLaterAt(payload: Readonly<Record<string, unknown>>): Decimal | null {
  const { asset, price, unit } = payload;
  return asset === FEE_COIN && unit === 'base_currency' && typeof price === 'string'
    ? Decimal.parse(price)
    : null;
}
