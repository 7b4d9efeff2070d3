/** The open position on one instrument of one account. */
import { Decimal } from '../core/decimal.ts';
import type { AccountMode, InstrumentSymbol, Venue } from '../core/ids.ts';
import type { Position } from '../core/position/position.ts';
import type { AccountRecord } from '../directory/accounts.ts';
import type { Caller } from '../directory/callers.ts';
import type { PositionSide } from '../core/order/terms.ts';
import type { Desk, PositionReading } from '../engine/desk.ts';
import { chooseAccount } from './account-choice.ts';
import { accountsOf, deskOf, type HttpContext } from './context.ts';
import { fieldProblem, Problem } from './problem.ts';

/** Throws a `Problem` where there is no account or no open position. */
export async function findPosition(
  context: HttpContext,
  caller: Caller,
  symbol: InstrumentSymbol,
  wish: {
    readonly exchange: Venue;
    readonly account?: string | undefined;
    readonly mode?: AccountMode | undefined;
    readonly position_side?: PositionSide | undefined;
  },
): Promise<{ readonly account: AccountRecord; readonly reading: PositionReading }> {
  const account = chooseAccount(accountsOf(context, caller), wish);
  const reading = await openPosition(deskOf(context, caller), account, symbol, wish.position_side ?? null);
  return { account, reading };
}

/**
 * The open position on an instrument: the only one, or that of the side given. Throws a `Problem` where there is none, and
 * where there are two and no side was given.
 */
export async function openPosition(
  desk: Desk,
  { accountId }: AccountRecord,
  symbol: InstrumentSymbol,
  positionSide: PositionSide | null,
): Promise<PositionReading> {
  const { value } = await desk.books.positions({
    accountIds: [accountId],
    symbol,
    ...(positionSide === null ? {} : { positionSide }),
  });
  const [reading, other] = value;
  if (reading === undefined) {
    const side = positionSide === null ? '' : `${positionSide} `;
    throw new Problem('position_not_found', `${accountId} has no open ${side}position on ${symbol}.`);
  }
  if (other !== undefined) {
    throw fieldProblem('position_side', `is required: ${symbol} has a long and a short position`);
  }
  return reading;
}

/** Base units that the account has and resting orders do not lock. */
export async function freeBase(desk: Desk, { accountId, wallet, base }: Position): Promise<Decimal> {
  const { value: balances } = await desk.books.balances(accountId);
  const found = balances.find(({ balance }) => balance.wallet === wallet && balance.asset === base);
  return found?.available ?? Decimal.zero;
}

/** The problem of a close where nothing of the base is there that could be sold. */
export function nothingUnlocked(asked: Decimal, { base }: Position): Problem {
  return new Problem(
    'insufficient_balance',
    `Of ${asked.toString()} ${base} that were to be closed the account holds nothing that is not locked.`,
    { limit: '0', actual: asked.toString() },
  );
}
