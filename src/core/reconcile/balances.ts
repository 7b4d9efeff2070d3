/**
 * Our totals against the venue's. The first reading is taken over as it is. Of later ones a difference becomes a drift case
 * and moves the total: every one of a reading that no execution and no send overlapped, and of the others those that are confirmed
 * (`differences.ts`). A receipt for what lies elsewhere is no balance: one that an earlier release has booked is taken out, and is no loss.
 * A debt that a venue has paid without a record of it is shown as a difference, and counts as insurance (`covered-debts.ts`).
 */
import { Decimal } from '../decimal.ts';
import type { AccountId, Asset, TimeMs } from '../ids.ts';
import type { Balance, BalancesObserved } from '../balance/balance.ts';
import type { Wallet } from '../balance/wallet.ts';
import { holdKey } from '../order/open-orders.ts';
import { heldAmount } from '../order/order.ts';
import { assetsBookedTwice, settlesMoves } from '../portfolio/asset-move-changes.ts';
import type { Draft } from '../portfolio/draft.ts';
import { balanceKey } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import type { ReadingTimes } from '../position/asset-moves.ts';
import { releaseHolding } from '../risk/capital.ts';
import { noteUnexplained } from '../risk/unexplained.ts';
import type { BalanceReport } from '../venue/report.ts';
import { bookCoveredDebts } from './covered-debts.ts';
import { driftId } from './drift.ts';
import { weighSales } from './sales-in-order.ts';

interface ComparedReading extends ReadingTimes {
  /** Nothing of ours was on its way while the venue was read. */
  readonly comparable: boolean;
  /** The differences, by `balanceKey`, that are proven although something was. */
  readonly confirmed: ReadonlyMap<string, Decimal>;
  /** No list of the venue names its payments for a liquidated account. */
  readonly paysUnlisted: boolean;
}

/** The circumstances of a reading as its input has them; `at` is our clock. */
export function readingOf(
  input: {
    readonly comparable: boolean;
    readonly confirmed?: ReadonlyMap<string, Decimal>;
    readonly venueAskedAt?: TimeMs;
    readonly holdings?: { readonly venueAt: TimeMs };
    readonly paysUnlisted?: boolean;
  },
  at: TimeMs,
): ComparedReading {
  const { comparable, confirmed = new Map<string, Decimal>(), venueAskedAt, holdings, paysUnlisted } = input;
  const times = { askedAt: venueAskedAt, readAt: holdings?.venueAt ?? at };
  return { ...times, comparable, confirmed, paysUnlisted: paysUnlisted === true };
}

export function compareBalances(
  draft: Draft,
  accountId: AccountId,
  reports: readonly BalanceReport[],
  reading: ComparedReading,
): void {
  const account = draft.state.accounts.get(accountId);
  if (account === undefined) return;
  const first = !account.balancesKnown;
  if (!first && !reading.comparable) {
    takeDifferences(draft, accountId, reports, reading);
    return;
  }
  if (!first) coverDebts(draft, accountId, totalsOf(draft.state, accountId, reports), reading);
  const changed: Balance[] = [];
  const unexplained = new Map<Asset, Decimal>();
  const note = (asset: Asset, change: Decimal): void => addTo(unexplained, asset, change);
  const seen = new Set<string>();
  const heldBySpot = heldBySpotOrders(draft.state, accountId);
  for (const report of reports) {
    const key = balanceKey(accountId, report.wallet, report.asset);
    seen.add(key);
    const ours = draft.state.balances.get(key);
    if (report.isReceipt === true && ours === undefined) continue;
    // Margin is no lock of others: it is counted from our positions and orders. Holds of our swap orders in a wallet that
    // they share with spot are not among the locks that the venue reports.
    const externalLocked = (report.lockedByOrders ?? Decimal.zero)
      .subtract(heldBySpot.get(key) ?? Decimal.zero)
      .max(Decimal.zero);
    const total = ours?.total ?? Decimal.zero;
    if (!first && !total.equals(report.total)) {
      if (report.isReceipt === true) releaseHolding(draft, accountId, report.asset);
      else {
        openDifference(draft, accountId, report.wallet, report.asset, total, report.total);
        note(report.asset, report.total.subtract(total));
      }
    }
    const lockedBefore = ours?.externalLocked ?? Decimal.zero;
    if (ours === undefined || !total.equals(report.total) || !lockedBefore.equals(externalLocked)) {
      changed.push({
        accountId,
        wallet: report.wallet,
        asset: report.asset,
        total: report.total,
        externalLocked,
        updatedAt: draft.at,
      });
    }
  }
  for (const [key, ours] of draft.state.balances) {
    if (ours.accountId !== accountId || seen.has(key) || ours.total.isZero()) continue;
    if (!first) {
      openDifference(draft, accountId, ours.wallet, ours.asset, ours.total, Decimal.zero);
      note(ours.asset, ours.total.negate());
    }
    changed.push({ ...ours, total: Decimal.zero, externalLocked: Decimal.zero, updatedAt: draft.at });
  }
  const settled = assetsBookedTwice(draft.state, accountId);
  if (first || changed.length > 0 || settlesMoves(draft.state, accountId))
    draft.emit({
      type: 'balances_observed',
      accountId,
      balances: changed,
      ...timesOf(reading),
      isComplete: true,
    });
  noteUnexplained(draft, accountId, unexplained, first ? 'take_over' : 'one_reading');
  weighAll(draft, accountId, new Set([...unexplained.keys(), ...settled]));
}

/** Moves totals by differences, whatever was booked since they were found. Locks of others wait for a reading without traffic. */
function takeDifferences(
  draft: Draft,
  accountId: AccountId,
  reports: readonly BalanceReport[],
  reading: ComparedReading,
): void {
  const { confirmed } = reading;
  const proven = new Map(
    [...confirmed].flatMap(([key, difference]) => {
      const ours = draft.state.balances.get(key)?.total;
      return ours === undefined ? [] : [[key, ours.add(difference)] as const];
    }),
  );
  const covered = coverDebts(draft, accountId, proven, reading);
  const read = reports.map(({ wallet, asset }) => ({ accountId, wallet, asset }));
  const receipts = new Set(
    reports
      .filter(({ isReceipt }) => isReceipt === true)
      .map(({ wallet, asset }) => balanceKey(accountId, wallet, asset)),
  );
  const known = [...draft.state.balances.values()].filter((balance) => balance.accountId === accountId);
  const balances = new Map(
    [...known, ...read].map((balance) => [balanceKey(accountId, balance.wallet, balance.asset), balance]),
  );
  const changed: Balance[] = [];
  const unexplained = new Map<Asset, Decimal>();
  for (const [key, { wallet, asset }] of balances) {
    const difference = confirmed.get(key)?.subtract(covered.get(key) ?? Decimal.zero);
    if (difference === undefined || difference.isZero()) continue;
    const ours = draft.state.balances.get(key);
    const before = ours?.total ?? Decimal.zero;
    const total = before.add(difference);
    if (receipts.has(key)) releaseHolding(draft, accountId, asset);
    else {
      openDifference(draft, accountId, wallet, asset, before, total);
      addTo(unexplained, asset, difference);
    }
    changed.push({
      accountId,
      wallet,
      asset,
      total,
      externalLocked: ours?.externalLocked ?? Decimal.zero,
      updatedAt: draft.at,
    });
  }
  if (changed.length > 0)
    draft.emit({ type: 'balances_observed', accountId, balances: changed, ...timesOf(reading) });
  noteUnexplained(draft, accountId, unexplained, 'two_readings');
  weighAll(draft, accountId, unexplained.keys());
}

const NOTHING_COVERED: ReadonlyMap<string, Decimal> = new Map();

/** Shows each debt that is gone as the difference that it is, and books it as insurance; what was booked, by `balanceKey`. */
function coverDebts(
  draft: Draft,
  accountId: AccountId,
  theirs: ReadonlyMap<string, Decimal>,
  { paysUnlisted, readAt }: ComparedReading,
): ReadonlyMap<string, Decimal> {
  if (!paysUnlisted) return NOTHING_COVERED;
  const before = new Map(draft.state.balances);
  const covered = bookCoveredDebts(draft, accountId, theirs, readAt);
  for (const [key, amount] of covered) {
    const ours = before.get(key);
    if (ours !== undefined)
      openDifference(draft, accountId, ours.wallet, ours.asset, ours.total, ours.total.add(amount));
  }
  return covered;
}

/** Of a whole reading: what it does not list is nothing. */
function totalsOf(
  state: PortfolioState,
  accountId: AccountId,
  reports: readonly BalanceReport[],
): ReadonlyMap<string, Decimal> {
  const totals = new Map<string, Decimal>();
  for (const [key, ours] of state.balances) if (ours.accountId === accountId) totals.set(key, Decimal.zero);
  for (const { wallet, asset, total } of reports) totals.set(balanceKey(accountId, wallet, asset), total);
  return totals;
}

function timesOf({ askedAt, readAt }: ReadingTimes): Pick<BalancesObserved, 'askedAt' | 'readAt'> {
  return { ...(askedAt === undefined ? {} : { askedAt }), readAt };
}

/**
 * A difference that a comparison finds shows other inventory from its moment on, or from the beginning; where it finds none, what had been taken to be in
 * an earlier one was not.
 */
function weighAll(draft: Draft, accountId: AccountId, assets: Iterable<Asset>): void {
  for (const asset of assets) weighSales(draft, accountId, asset, null, 'comparison');
}

/** Changes are added up by asset, over all wallets. */
function addTo(changes: Map<Asset, Decimal>, asset: Asset, change: Decimal): void {
  changes.set(asset, (changes.get(asset) ?? Decimal.zero).add(change));
}

/** The holds of our unfinished spot orders, by `balanceKey`. */
function heldBySpotOrders(state: PortfolioState, accountId: AccountId): ReadonlyMap<string, Decimal> {
  const held = new Map<string, Decimal>();
  for (const order of state.unfinished.values()) {
    const key = order.accountId === accountId && order.kind === 'spot' ? holdKey(order) : null;
    if (key !== null) held.set(key, (held.get(key) ?? Decimal.zero).add(heldAmount(order)));
  }
  return held;
}

function openDifference(
  draft: Draft,
  accountId: AccountId,
  wallet: Wallet,
  subject: string,
  ours: Decimal,
  theirs: Decimal,
): void {
  draft.emit({
    type: 'drift_opened',
    drift: {
      driftId: driftId('balance', accountId, `${wallet} ${subject}`),
      kind: 'balance',
      accountId,
      subject: `${wallet} ${subject}`,
      symbol: null,
      orderId: null,
      ours: ours.toString(),
      theirs: theirs.toString(),
      detail: 'the venue counts another total than our fills add up to; its figure has been taken over',
      openedAt: draft.at,
    },
  });
}
