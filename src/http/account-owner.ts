/** The portfolio that a request about accounts is for: the caller's own, or that of a user whom the caller manages. */
import type { PortfolioId } from '../core/ids.ts';
import type { Caller } from '../directory/callers.ts';
import { requirePower } from './authentication.ts';
import type { HttpContext } from './context.ts';
import { textField } from './fields.ts';
import { Problem } from './problem.ts';

/** The field of a query or a body that names the user. */
export const ofUser = {
  user_id: textField(64)
    .optional()
    .meta({ description: 'Another user, whose accounts the token may manage; without it your own.' }),
};

/** Throws a `Problem` where there is no such user, or the caller has no power over others. */
export async function portfolioOf(
  context: HttpContext,
  caller: Caller,
  userId: string | undefined,
): Promise<PortfolioId> {
  if (userId === undefined || userId === caller.userId) return caller.portfolioId;
  requirePower(caller, 'manage');
  const found = (await context.directory.portfolios()).find((portfolio) => portfolio.userId === userId);
  const isThere = (await context.directory.users()).some((user) => user.userId === userId && !user.disabled);
  if (found === undefined || !isThere) throw new Problem('user_not_found', `There is no user ${userId}.`);
  return found.portfolioId;
}
