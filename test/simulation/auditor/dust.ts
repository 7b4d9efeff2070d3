/**
 * I4: the rest of a position that was left as dust could not be sold.
 *
 * Entry points: `dustLeft`, `dustIsGone`. The venue takes no sale of less than its least quantity, and none that is worth less than its least order.
 * Of the second kind only the rest of a sale is dust: what nothing was sold of is a position, however little it is worth.
 */
import { Decimal } from '../../../src/core/decimal.ts';
import type { AuditedRun } from './audited-run.ts';
import { isWorking } from './order-states.ts';
import { heldThrough, type DustLeft, type SpotBook } from './positions.ts';

/** By then a comparison has seen what rests: one interval, and the time that a position must have been left alone before it. */
const SEEN_AFTER_MS = 30_000;
/** The mark that a rest is measured at may have been read so long before the balances. */
const MARK_READ_MS = 10_000;

interface Cut {
  readonly reason: string;
  readonly quantity: string;
  readonly price: string;
  readonly executedAt: number;
}

/** When rests of the position on a spot instrument were left as dust, oldest first. Fails for each that could be sold. */
export function dustLeft(run: AuditedRun, symbol: string, book: SpotBook): readonly DustLeft[] {
  const left: DustLeft[] = [];
  for (const { type, payload } of run.evidence.journal) {
    if (type !== 'position_cut' || payload['symbol'] !== symbol) continue;
    const { cut } = payload as { readonly cut: Cut };
    if (cut.reason !== 'dust') continue;
    const why = whyNoDust(run, symbol, cut, isRestOfSale(book, left, cut.executedAt));
    if (why !== null) run.fail('I4', `${cut.quantity} of ${symbol} were left as dust ${why}`);
    left.push({ at: cut.executedAt });
  }
  return left;
}

/** Fails where the position on a spot instrument is dust, has been for long, and is a position still. */
export function dustIsGone(run: AuditedRun, symbol: string, book: SpotBook, held: Decimal): void {
  const { exchange, pricesOf } = run.evidence.venue;
  const instrument = exchange.instrument(symbol);
  const now = exchange.now();
  const marks = pricesOf(symbol, now - SEEN_AFTER_MS, now);
  const hasOrders = run.ours.some((order) => order.symbol === symbol && isWorking(order));
  const isLeftAlone = book.fills.every(({ at }) => at < now - SEEN_AFTER_MS);
  if (instrument === null || marks === null || hasOrders || !isLeftAlone || !held.isPositive()) return;
  const isTooLittle = held.lessThan(instrument.quantityStep.max(instrument.minQuantity));
  const isWorthTooLittle = marks.highest.multiply(held).lessThan(instrument.minNotional);
  if (isTooLittle || (isWorthTooLittle && isRestOfSale(book, [], now)))
    run.fail('I4', `${held.toString()} of ${symbol} cannot be sold and are a position still`);
}

/** Null for what was dust. */
function whyNoDust(run: AuditedRun, symbol: string, cut: Cut, isRest: boolean): string | null {
  const { exchange, pricesOf } = run.evidence.venue;
  const instrument = exchange.instrument(symbol);
  const quantity = Decimal.parse(cut.quantity);
  if (instrument === null || quantity.lessThan(instrument.quantityStep.max(instrument.minQuantity)))
    return null;
  if (!isRest) return 'and are no rest of a sale';
  const price = Decimal.parse(cut.price);
  const marks = pricesOf(symbol, cut.executedAt - MARK_READ_MS, cut.executedAt);
  if (marks === null || price.lessThan(marks.lowest) || price.greaterThan(marks.highest))
    return `at ${cut.price}, which was no mark of its time`;
  return price.multiply(quantity).lessThan(instrument.minNotional) ? null : 'and could be sold';
}

/** Whether the execution that changed the position last, by a time, made it smaller. */
function isRestOfSale(book: SpotBook, before: readonly DustLeft[], at: number): boolean {
  const steps = heldThrough(book, before).filter(({ fill }) => fill.at <= at);
  const changes = steps.map(({ held }, index) => held.compare(steps[index - 1]?.held ?? Decimal.zero));
  return changes.findLast((change) => change !== 0) === -1;
}
