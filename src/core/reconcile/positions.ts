/**
 * Our swap positions against the venue's, side by side in hedged mode. The first reading is taken over as it is; after that a difference becomes a
 * drift case, which stays until a person settles it, and the venue's figure becomes ours: risk is measured on it.
 */
import { Decimal } from '../decimal.ts';
import type { AccountId, InstrumentSymbol, TimeMs } from '../ids.ts';
import type { SettingOf } from '../order/fills.ts';
import type { Draft } from '../portfolio/draft.ts';
import type { AccountBooks } from '../portfolio/account-books.ts';
import type { ObservedPosition, OrderSetting } from '../portfolio/events.ts';
import { instrumentKey, positionKey, positionKeyOf } from '../portfolio/keys.ts';
import { awaitedBy } from '../position/awaited.ts';
import { FLAT, type Position, type PositionFigures } from '../position/position.ts';
import { equityOf } from '../risk/mode-books.ts';
import { RETURNED_WITHIN_MS, takeFound } from '../risk/unexplained.ts';
import type { PositionReport } from '../venue/report.ts';
import { driftId } from './drift.ts';

/**
 * Call with a reading that nothing of ours overlapped, or with the differences, by `positionKey`, that are confirmed although
 * something did (`differences.ts`). `venueAt`: when it was answered, on the venue's clock.
 */
export function comparePositions(
  draft: Draft,
  accountId: AccountId,
  reports: readonly PositionReport[],
  settingOf: SettingOf,
  confirmed: ReadonlyMap<string, Decimal> | null = null,
  venueAt: TimeMs = draft.at,
): void {
  const account = draft.state.accounts.get(accountId);
  if (account === undefined) return;
  const compared = new Map<string, Compared>();
  for (const report of reports) {
    const { symbol, positionSide } = report;
    compared.set(positionKey(accountId, symbol, positionSide), { symbol, positionSide, report });
  }
  for (const position of draft.state.positions.values()) {
    const key = positionKeyOf(position);
    if (position.accountId === accountId && position.kind === 'linear_swap' && !compared.has(key))
      compared.set(key, { symbol: position.symbol, positionSide: position.positionSide, report: null });
  }
  const taken: ObservedPosition[] = [];
  for (const [key, { symbol, positionSide, report }] of compared) {
    const ours = draft.state.positions.get(key) ?? FLAT;
    const ourQuantity = ours.netQuantity;
    const theirQuantity =
      confirmed === null
        ? (report?.quantity ?? Decimal.zero)
        : ourQuantity.add(confirmed.get(key) ?? Decimal.zero);
    if (ourQuantity.equals(theirQuantity)) continue;
    if (account.positionsKnown)
      openDifference(draft, accountId, { symbol, positionSide }, ourQuantity, theirQuantity);
    const setting = settingOf(accountId, symbol);
    if (setting === null) continue;
    // Without an entry price of the venue's the mark is taken as one: then nothing is gained or lost yet.
    const mark = report?.markPrice ?? null;
    const entry = report?.entryPrice ?? mark ?? Decimal.zero;
    const theirs = { netQuantity: theirQuantity, openCost: entry.multiply(theirQuantity.abs()) };
    taken.push({
      symbol,
      positionSide,
      setting,
      ...theirs,
      ...(mark === null ? {} : { mark }),
      // Executions from before the account was taken over are not booked.
      ...(account.positionsKnown
        ? explanation(
            draft,
            account,
            setting,
            ours,
            theirs,
            lastPrice(draft, account, symbol) ?? mark,
            venueAt,
          )
        : {}),
    });
  }
  if (!account.positionsKnown || taken.length > 0) {
    draft.emit({ type: 'positions_observed', accountId, positions: taken });
  }
}

/** The executions that are awaited now, with the part of their result that a comparison of the wallet has found already. */
function explanation(
  draft: Draft,
  { accountId }: AccountBooks,
  { quote }: OrderSetting,
  ours: PositionFigures,
  theirs: Pick<PositionFigures, 'netQuantity' | 'openCost'>,
  price: Decimal | null,
  venueAt: TimeMs,
): Pick<ObservedPosition, 'awaited' | 'price' | 'settled'> {
  const foundSince = draft.at - RETURNED_WITHIN_MS;
  const awaited = awaitedBy(ours, theirs, price, { executedBefore: venueAt, foundSince });
  const amount = awaited.reduce((sum, { realizedPnl }) => sum.add(realizedPnl), Decimal.zero);
  const settled = takeFound(draft, accountId, { asset: quote, amount }, foundSince);
  return {
    awaited,
    ...(price === null || awaited.every(({ opens }) => opens === true) ? {} : { price }),
    ...(settled.isZero() ? {} : { settled }),
  };
}

/** The price that the last reading of the equity has kept of an instrument. */
function lastPrice(
  draft: Draft,
  { accountId, mode }: AccountBooks,
  symbol: InstrumentSymbol,
): Decimal | null {
  const key = instrumentKey(accountId, symbol);
  return equityOf(draft.state, mode)?.prices.find((kept) => kept.key === key)?.price ?? null;
}

/** One position of the account; `report` is null where the venue shows none. */
interface Compared extends Pick<Position, 'symbol' | 'positionSide'> {
  readonly report: PositionReport | null;
}

function openDifference(
  draft: Draft,
  accountId: AccountId,
  { symbol, positionSide }: Pick<Position, 'symbol' | 'positionSide'>,
  ours: Decimal,
  theirs: Decimal,
): void {
  const subject = positionSide === 'net' ? symbol : `${symbol} ${positionSide}`;
  const id = driftId('position', accountId, subject);
  draft.emit({
    type: 'drift_opened',
    drift: {
      driftId: id,
      kind: 'position',
      accountId,
      subject,
      symbol,
      orderId: null,
      ours: ours.toString(),
      theirs: theirs.toString(),
      detail: 'the venue shows another position than our fills add up to; its figure has been taken over',
      openedAt: draft.state.drift.get(id)?.openedAt ?? draft.at,
    },
  });
}
