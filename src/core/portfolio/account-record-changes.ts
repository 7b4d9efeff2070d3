/** Account records as `evolve` folds them: balances, results of positions, and results beside positions. */
import { walletFor, type Wallet } from '../balance/wallet.ts';
import { Decimal } from '../decimal.ts';
import type { AccountId, Asset, InstrumentSymbol, TimeMs } from '../ids.ts';
import type { PositionSide } from '../order/terms.ts';
import { addFee } from '../position/fees.ts';
import type { Position } from '../position/position.ts';
import { dayAfter, dayOf } from '../risk/equity.ts';
import { RECORD_EFFECTS, RECORDS_LISTED_LATE_MS, type AccountRecord } from '../venue/account-record.ts';
import { keepRecordMove } from './asset-move-changes.ts';
import { addToBalance, noteDayStart, positionOf } from './book-changes.ts';
import type { PortfolioEvent } from './events.ts';
import { accountResultKey, positionKey, positionKeyOf, recordKey } from './keys.ts';
import { walletsOf, type PortfolioState } from './state.ts';

/** The balance moves; a gain or a loss goes to its position, or to the account where no position is known. */
export function bookAccountRecord(
  state: PortfolioState,
  at: TimeMs,
  { accountId, record, movesCapital }: Extract<PortfolioEvent, { type: 'account_record_booked' }>,
): void {
  const { wallet, asset, amount } = record;
  state.recordsSeen.set(recordKey(accountId, record.recordId), record.at);
  addToBalance(state, accountId, { wallet, asset, delta: amount }, at);
  keepRecordMove(state, accountId, record);
  const isResult =
    record.kind === 'conversion' ? movesCapital !== true : RECORD_EFFECTS[record.kind] === 'result';
  if (isResult) addResult(state, at, accountId, record);
}

/** From here on no record is listed any more from long before. */
export function noteRecordsRead(
  state: PortfolioState,
  { accountId, until, takenOver = [] }: Extract<PortfolioEvent, { type: 'account_records_read' }>,
): void {
  const isTakenOver = state.accounts.get(accountId)?.balancesKnown === true;
  const since = isTakenOver ? state.recordsRead.get(accountId)?.since : undefined;
  state.recordsRead.set(accountId, { since: since ?? until, until });
  const prefix = recordKey(accountId, '');
  for (const [key, recordAt] of state.recordsSeen)
    if (key.startsWith(prefix) && recordAt < until - RECORDS_LISTED_LATE_MS) state.recordsSeen.delete(key);
  for (const recordId of takenOver) state.recordsSeen.set(recordKey(accountId, recordId), until);
}

/** Funding is a total of the position's own; every other result of it counts among its fees. */
function addResult(state: PortfolioState, at: TimeMs, accountId: AccountId, record: AccountRecord): void {
  const { kind, asset, amount, symbol, positionSide } = record;
  const position = symbol === null ? undefined : positionOfRecord(state, accountId, symbol, positionSide);
  // A funding total has no asset of its own: it is in the position's.
  if (position === undefined || (kind === 'funding' && asset !== position.quote)) {
    addAccountResult(state, at, accountId, asset, amount);
    return;
  }
  noteDayStart(state, at, position);
  state.positions.set(positionKeyOf(position), {
    ...position,
    ...(kind === 'funding'
      ? { fundingTotal: position.fundingTotal.add(amount) }
      : { fees: addFee(position.fees, asset, amount.negate()) }),
    updatedAt: at,
  });
}

function addAccountResult(
  state: PortfolioState,
  at: TimeMs,
  accountId: AccountId,
  asset: Asset,
  amount: Decimal,
): void {
  const key = accountResultKey(accountId, asset);
  const before = state.accountResults.get(key);
  const day = before === undefined ? dayOf(at) : dayAfter(before.day, at);
  const standing = before?.amount ?? Decimal.zero;
  state.accountResults.set(key, {
    accountId,
    asset,
    amount: standing.add(amount),
    day,
    amountAtDayStart: before?.day === day ? before.amountAtDayStart : standing,
  });
}

/**
 * A funding payment as earlier releases recorded it: without a position that is known only the balance moves, and the
 * wallet is the position's.
 */
export function bookFunding(
  state: PortfolioState,
  at: TimeMs,
  event: Extract<PortfolioEvent, { type: 'funding_booked' }>,
): void {
  const { accountId, funding } = event;
  state.recordsSeen.set(recordKey(accountId, funding.id), funding.at);
  const position = positionOfRecord(state, accountId, funding.symbol, funding.positionSide);
  const wallet = position?.wallet ?? swapWalletOf(state, accountId);
  addToBalance(state, accountId, { wallet, asset: funding.asset, delta: funding.amount }, at);
  if (position === undefined) return;
  noteDayStart(state, at, position);
  state.positions.set(positionKeyOf(position), {
    ...position,
    fundingTotal: position.fundingTotal.add(funding.amount),
    updatedAt: at,
  });
}

/**
 * The position that a record of an instrument belongs to; undefined where none was ever known. In hedged mode it is the side
 * that the record names; where it names none, the only side that is open, and with both open the instrument as a whole,
 * under its net position, so that no side shows a wrong figure.
 */
function positionOfRecord(
  state: PortfolioState,
  accountId: AccountId,
  symbol: InstrumentSymbol,
  positionSide: PositionSide,
): Position | undefined {
  const sideOf = (side: PositionSide): Position | undefined =>
    state.positions.get(positionKey(accountId, symbol, side));
  const named = sideOf(positionSide);
  if (positionSide !== 'net') return named;
  const hedged = [sideOf('long'), sideOf('short')].filter((side) => side !== undefined);
  const [first] = hedged;
  if (first === undefined) return named;
  const open = hedged.filter(({ netQuantity }) => !netQuantity.isZero());
  const [only] = open;
  if (only !== undefined && open.length === 1) return only;
  return positionOf(state, { ...first, positionSide: 'net' });
}

function swapWalletOf(state: PortfolioState, accountId: AccountId): Wallet {
  return walletFor(walletsOf(state, accountId), 'linear_swap') ?? 'linear_swap';
}
