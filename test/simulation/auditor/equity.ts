/**
 * I4: equity, capital and the base currency, computed from what the venue knows by arithmetic of its own.
 *
 * By the end every price is fresh, so that the service's interval is a point and stands where this does. Of the accounts' worth
 * only what trading made of it counts: inventory gains nothing, and a flow is capital.
 */
import { Decimal } from '../../../src/core/decimal.ts';
import type { Fill } from '../../../src/simulators/exchange/order.ts';
import { executionName, type AuditedRun } from './audited-run.ts';
import { coinFees, FEE_COIN } from './coin-fees.ts';
import type { JournaledFill, JournaledLine, ShownEquity } from './evidence.ts';
import { orderOfFills } from './positions.ts';

/** The service divides averages and rates out at 18 digits: more than that is no rounding. */
const MOST_ROUNDED = Decimal.parse('0.000001');
/** Of a price. */
const BOOK_WIDTH = Decimal.of(1n, 4);
const DIGITS = 18;
/** A wall clock of the service may be off by so much. */
const CLOCKS_APART_MS = 5_000;

/** The results of a set of executions, in quote units, which are dollars of one kind at this venue. */
interface Traded {
  /** By positions opened here, at the last mark; fees taken off. */
  readonly made: Decimal;
  /** By inventory: what was sold of it away from the mark, and what others bought and sold. */
  readonly madeByInventory: Decimal;
}

export function equityIsTrue(run: AuditedRun): void {
  const { baseCurrency } = run.evidence.service;
  const equity = equityOf(run);
  if (equity === null) {
    run.fail('I4', 'no equity is shown');
    return;
  }
  const current = Decimal.parse(equity.current);
  const low = Decimal.parse(equity.low);
  const high = Decimal.parse(equity.high);
  if (low.greaterThan(current) || current.greaterThan(high))
    run.fail('I4', `equity ${equity.current} lies outside ${equity.low} to ${equity.high}`);
  // Changes that nothing explains are losses by the word of the comparison alone, which no execution shows.
  if (hasUnexplained(run)) return;
  if (equity.uncertain !== null || !low.equals(high))
    run.fail(
      'I4',
      `equity is ${equity.low} to ${equity.high} with every price fresh: ${equity.uncertain ?? ''}`,
    );
  // The service has one price of an asset for all accounts of a mode, which may come from the market of another of them.
  if (run.evidence.hasOthers && baseCurrency !== 'USDT') return;
  const rate = baseCurrency === 'USDT' ? Decimal.one : perUnit(run, baseCurrency);
  const inBase = (amount: Decimal): Decimal => amount.divide(rate, DIGITS, 'half_even');
  if (tradesAreCertain(run)) {
    const made = inBase(resultOf(run, run.fills).made.add(otherResults(run))).subtract(coinFees(run));
    const shown = current.subtract(Decimal.parse(equity.capital));
    if (!isNear(shown, made))
      run.fail(
        'I4',
        `trading made ${shown.toString()} ${baseCurrency} by the service, ${made.toString()} by the venue`,
      );
  }
  if (!run.evidence.venue.pinned || tradedByOthersAround(run)) return;
  const capital = Decimal.parse(equity.capital);
  const [least, most] = capitalOf(run);
  // The middle of a book lies where resting orders put it, within what a pinned market's book is wide.
  const slack = run.evidence.venue.spotMarkIsBook
    ? inBase(most).multiply(BOOK_WIDTH).abs().max(MOST_ROUNDED)
    : MOST_ROUNDED;
  if (capital.lessThan(inBase(least).subtract(slack)) || capital.greaterThan(inBase(most).add(slack)))
    run.fail(
      'I4',
      `capital is ${equity.capital} ${baseCurrency} by the service, ${inBase(least).toString()} to ${inBase(most).toString()} by the venue`,
    );
}

/**
 * Of the account: where its mode has others, its own part of the equity, and the capital that it has brought in and out by the journal.
 */
export function equityOf(run: AuditedRun): ShownEquity | null {
  const { accountEquity, equity } = run.evidence.service;
  if (!run.evidence.hasOthers || equity === null) return equity;
  if (accountEquity === null) return null;
  const capital = run.evidence.journal
    .filter(({ type }) => type === 'capital_moved')
    .reduce((sum, { payload }) => sum.add(Decimal.parse(String(payload['capital']))), Decimal.zero);
  const part = { current: accountEquity, low: accountEquity, high: accountEquity, uncertain: null };
  return { ...part, capital: capital.toString() };
}

function isNear(shown: Decimal, right: Decimal): boolean {
  return shown.subtract(right).abs().atMost(MOST_ROUNDED);
}

function hasUnexplained(run: AuditedRun): boolean {
  return run.evidence.journal.some(
    ({ type, payload }) =>
      type === 'capital_moved' && !['joined', 'flow', 'exchanged'].includes(String(payload['cause'])),
  );
}

/**
 * Whether what the service books is certain from the executions alone: not where sales of others take of a position by the order in
 * which they reach it, and not where a reading moved a position without a result.
 */
function tradesAreCertain(run: AuditedRun): boolean {
  const hasExternalSale = run.externalFills.some(
    ({ marketType, side }) => marketType === 'spot' && side === 'sell',
  );
  const isMovedByReading = run.evidence.journal.some(({ type, payload }) => {
    const { positions, cut } = payload as {
      readonly positions?: readonly { readonly netQuantity: string }[];
      readonly cut?: { readonly reason: string };
    };
    return (
      (type === 'positions_observed' && positions?.some(({ netQuantity }) => netQuantity !== '0') === true) ||
      (type === 'position_cut' && cut?.reason !== 'dust')
    );
  });
  return !hasExternalSale && !isMovedByReading && !tradedBeforeTakeOver(run);
}

/** Whether the account traded before the service knew of it: what that made is part of what the account brought in. */
function tradedBeforeTakeOver(run: AuditedRun): boolean {
  const booked = bookedIn(run, run.evidence.journal);
  const joinedAt = joiningOf(run)?.at ?? 0;
  return run.fills.some((fill) => fill.at < joinedAt && !booked(fill));
}

/** The mark by the end, at which the world stands still: of spot it may be the middle of a book, which orders of ours move. */
function markOf(run: AuditedRun, symbol: string): Decimal {
  const { exchange, pricesOf } = run.evidence.venue;
  return pricesOf(symbol, exchange.now(), exchange.now())?.highest ?? Decimal.zero;
}

/** Dollars for one of an asset. */
function perUnit(run: AuditedRun, asset: string): Decimal {
  return asset === 'USDT' ? Decimal.one : markOf(run, `${asset}/USDT`);
}

/** The result of executions of the account, position by position, in their order. */
function resultOf(run: AuditedRun, fills: readonly Fill[]): Traded {
  let made = Decimal.zero;
  let madeByInventory = Decimal.zero;
  for (const symbol of new Set(fills.map((fill) => fill.symbol))) {
    const own = fills.filter((fill) => fill.symbol === symbol);
    const result = own[0]?.marketType === 'swap' ? ofSwap(run, own) : ofSpot(run, symbol, own);
    made = made.add(result.made);
    madeByInventory = madeByInventory.add(result.madeByInventory);
  }
  return { made, madeByInventory };
}

/** Cash that came and went, and what is held at the mark: the trades of everybody on the account. */
function ofSwap(run: AuditedRun, fills: readonly Fill[]): Traded {
  let made = Decimal.zero;
  for (const fill of fills) {
    const mark = markOf(run, fill.symbol);
    const gained = mark.subtract(fill.price).multiply(fill.quantity);
    made = made.add(fill.side === 'buy' ? gained : gained.negate()).subtract(feeOf(run, fill));
  }
  return { made, madeByInventory: Decimal.zero };
}

/** A purchase of ours opens or adds; a sale of ours closes what there is, and sells inventory beyond it. */
function ofSpot(run: AuditedRun, symbol: string, fills: readonly Fill[]): Traded {
  const { tag, fillsAreSequenced } = run.evidence.venue;
  const mark = markOf(run, symbol);
  let held = Decimal.zero;
  let made = Decimal.zero;
  let madeByInventory = Decimal.zero;
  const dust = dustOf(run, symbol);
  for (const fill of fills.toSorted(orderOfFills(fillsAreSequenced))) {
    while (dust[0] !== undefined && dust[0].executedAt < fill.at) {
      const { price } = dust.shift() ?? { price: mark };
      const kept = mark.subtract(price).multiply(held);
      [made, madeByInventory, held] = [made.subtract(kept), madeByInventory.add(kept), Decimal.zero];
    }
    const gained = mark.subtract(fill.price);
    const fee = feeOf(run, fill);
    if (fill.clientOrderId?.startsWith(tag) !== true) {
      const worth = gained.multiply(fill.quantity);
      // A fee of theirs is inventory that is no more there.
      const paid = fill.fee.multiply(perUnit(run, fill.feeAsset));
      madeByInventory = madeByInventory.add(fill.side === 'buy' ? worth : worth.negate()).subtract(paid);
    } else if (fill.side === 'buy') {
      const taken = fill.symbol.startsWith(`${fill.feeAsset}/`) ? fill.fee : Decimal.zero;
      held = held.add(fill.quantity).subtract(taken);
      // The part that was taken in the base is a fee at the price of the purchase, and no part of what the rest has cost.
      made = made.add(gained.multiply(fill.quantity.subtract(taken))).subtract(fee);
    } else {
      const closed = fill.quantity.min(held);
      held = held.subtract(closed);
      made = made.subtract(gained.multiply(closed)).subtract(fee);
      // A fee that is taken in the base leaves inventory, which its own gain does not belong to.
      const taken = fill.symbol.startsWith(`${fill.feeAsset}/`) ? fill.fee : Decimal.zero;
      const soldBeside = fill.quantity.subtract(closed).add(taken);
      madeByInventory = madeByInventory.subtract(gained.multiply(soldBeside));
    }
  }
  for (const { price } of dust) {
    const kept = mark.subtract(price).multiply(held);
    [made, madeByInventory, held] = [made.subtract(kept), madeByInventory.add(kept), Decimal.zero];
  }
  return { made, madeByInventory };
}

/**
 * Taken off the result: in the base at the price of the execution, where the simulated venues charge it if not in dollars. Fees in
 * their own coin are counted apart.
 */
function feeOf(run: AuditedRun, { symbol, price, fee, feeAsset }: Fill): Decimal {
  if (feeAsset === FEE_COIN) return Decimal.zero;
  return fee.multiply(symbol.startsWith(`${feeAsset}/`) ? price : perUnit(run, feeAsset));
}

interface Dust {
  readonly executedAt: number;
  readonly price: Decimal;
}

/** When the rest of a position became inventory, and the price at which it did. */
function dustOf(run: AuditedRun, symbol: string): Dust[] {
  return run.evidence.journal
    .filter(({ type, payload }) => type === 'position_cut' && payload['symbol'] === symbol)
    .map(({ payload }) => {
      const { cut } = payload as { readonly cut: { readonly executedAt: number; readonly price: string } };
      return { executedAt: cut.executedAt, price: Decimal.parse(cut.price) };
    });
}

/** Results beside executions: funding, and what a liquidation costs or is spared. */
function otherResults(run: AuditedRun): Decimal {
  const { exchange, ourAccount } = run.evidence.venue;
  const amounts = [
    ...exchange.funding(ourAccount),
    ...exchange.entries(ourAccount).filter(({ kind }) => kind === 'liquidation_fee' || kind === 'insurance'),
  ];
  return amounts.reduce(
    (sum, { asset, amount }) => sum.add(amount.multiply(perUnit(run, asset))),
    Decimal.zero,
  );
}

/**
 * The least and the most that the account brought in where marks stand still: what it had, over all wallets, what inventory made
 * by being traded, and what was paid in or out since it was opened. Executions about the time of joining were before it or not.
 */
function capitalOf(run: AuditedRun): readonly [Decimal, Decimal] {
  const { exchange, ourAccount, openingBalances } = run.evidence.venue;
  const flows = exchange
    .entries(ourAccount)
    .filter(({ kind }) => kind === 'deposit' || kind === 'withdrawal' || kind === 'transfer');
  const worth = [...openingBalances, ...flows].reduce(
    (sum, { asset, amount }) => sum.add(amount.multiply(perUnit(run, asset))),
    Decimal.zero,
  );
  const joinedAt = joiningOf(run)?.at ?? 0;
  const made = [-CLOCKS_APART_MS, CLOCKS_APART_MS].map((apartMs) => {
    const before = run.fills.filter((fill) => fill.at < joinedAt + apartMs);
    return resultOf(run, before).madeByInventory;
  });
  made.push(resultOf(run, fillsBeforeJoining(run)).madeByInventory);
  const least = made.reduce((left, right) => left.min(right));
  const most = made.reduce((left, right) => left.max(right));
  // Inventory that was traded since has become what it was traded for, each time at the price of that moment.
  const traded = run.fills
    .filter(({ marketType }) => marketType === 'spot')
    .map((fill) =>
      markOf(run, fill.symbol)
        .subtract(fill.price)
        .multiply(fill.quantity)
        .abs()
        .add(fill.fee.multiply(perUnit(run, fill.feeAsset))),
    )
    .reduce((sum, each) => sum.add(each), Decimal.zero);
  return [worth.add(least).subtract(traded), worth.add(most).add(traded)];
}

function joiningOf(run: AuditedRun): JournaledLine | undefined {
  return run.evidence.journal.find(
    ({ type, payload }) => type === 'capital_moved' && payload['cause'] === 'joined',
  );
}

/**
 * Whether others traded about the time at which the account joined: what of that was in the balances that were taken over, nothing
 * in the journal says.
 */
function tradedByOthersAround(run: AuditedRun): boolean {
  return run.externalFills.some((fill) => fill.at < (joiningOf(run)?.at ?? 0) + CLOCKS_APART_MS);
}

function fillsBeforeJoining(run: AuditedRun): readonly Fill[] {
  const { journal } = run.evidence;
  const before = journal.slice(
    0,
    journal.findIndex((line) => line === joiningOf(run)),
  );
  return run.fills.filter(bookedIn(run, before));
}

/** Whether an execution stands among journaled lines. */
function bookedIn(run: AuditedRun, lines: readonly JournaledLine[]): (fill: Fill) => boolean {
  const booked = new Set(
    lines.flatMap(({ payload }) => {
      const { fill } = payload as { readonly fill?: JournaledFill };
      return fill === undefined ? [] : [executionName(fill)];
    }),
  );
  return (fill) => booked.has(run.nameOf(fill));
}
