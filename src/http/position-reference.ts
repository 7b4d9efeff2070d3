/** The open position on one instrument of one account. */
import type { AccountMode, InstrumentSymbol, Venue } from '../core/ids.ts';
import type { AccountRecord, Caller } from '../directory/directory.ts';
import type { PositionReading } from '../engine/desk.ts';
import { chooseAccount } from './account-choice.ts';
import { deskOf, type HttpContext } from './context.ts';
import { Problem } from './problem.ts';

/** Throws a `Problem` where there is no account or no open position. */
export async function findPosition(
  context: HttpContext,
  caller: Caller,
  symbol: InstrumentSymbol,
  wish: {
    readonly exchange: Venue;
    readonly account?: string | undefined;
    readonly mode?: AccountMode | undefined;
  },
): Promise<{ readonly account: AccountRecord; readonly reading: PositionReading }> {
  const account = chooseAccount(context.accounts.of(caller.portfolioId), wish);
  const { value } = await deskOf(context, caller).books.positions({
    accountIds: [account.accountId],
    symbol,
  });
  const reading = value[0];
  if (reading === undefined) {
    throw new Problem('position_not_found', `${account.accountId} has no open position on ${symbol}.`);
  }
  return { account, reading };
}
