import { z } from 'zod';
import {
  allows,
  isBound,
  SCOPES,
  type Scope,
  type TokenBounds,
  USERS_POWERS,
  type UsersPower,
} from '../../directory/token.ts';
import { requirePower } from '../authentication.ts';
import { callerOf, requesterName, type App, type HttpContext } from '../context.ts';
import { accountField, strategyField, textField, timeOut, timeField, isoTime } from '../fields.ts';
import { Problem, fieldProblem } from '../problem.ts';

/** Accounts or strategies that one token may be bound to. */
const MAX_BOUND = 50;

const boundTo = (entry: z.ZodType<string, string>) =>
  z
    .array(entry, { error: 'must be a list' })
    .min(1, 'must name at least one')
    .max(MAX_BOUND, `must name at most ${MAX_BOUND}`)
    .refine((names) => new Set(names).size === names.length, 'must name each once')
    .optional();

const body = z.strictObject({
  user_id: textField(64).optional(),
  label: textField(64),
  scopes: z
    .array(z.enum(SCOPES, { error: `must be of ${SCOPES.join(', ')}` }), {
      error: 'must be a list of scopes',
    })
    .min(1, 'must name at least one scope')
    .max(SCOPES.length, 'must name each scope once')
    .refine((scopes) => new Set(scopes).size === scopes.length, 'must name each scope once'),
  expires_at: timeField.optional(),
  users: z
    .enum(USERS_POWERS, { error: `must be of ${USERS_POWERS.join(', ')}` })
    .default('none')
    .meta({
      description:
        'Power over other users: `manage` makes users and accounts for them, `trade` also tokens that trade for them.',
    }),
  accounts: boundTo(accountField).meta({ description: 'The token is for these accounts alone.' }),
  strategies: boundTo(strategyField).meta({
    description: 'The token is for orders of these strategies alone.',
  }),
});

/** `POST /tokens`: the token is in this answer and is never shown again. */
export function addTokenRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'POST',
    url: '/tokens',
    config: { scope: 'admin' },
    schema: {
      summary: 'Make a token',
      tags: ['administration'],
      body,
      response: {
        201: z.object({
          id: z.string(),
          token: z.string().meta({ description: 'Shown this once.' }),
          user_id: z.string(),
          label: z.string(),
          scopes: z.array(z.enum(SCOPES)),
          expires_at: timeOut.nullable(),
          users: z.enum(USERS_POWERS),
          accounts: z.array(z.string()).nullable(),
          strategies: z.array(z.string()).nullable(),
        }),
      },
    },
    handler: async (request, reply) => {
      const { label, scopes, expires_at: expiresAt } = request.body;
      const caller = callerOf(request);
      const userId = request.body.user_id ?? caller.userId;
      const { users, accounts = null, strategies = null } = request.body;
      const bounds: TokenBounds = { accounts, strategies };
      refuseContradiction(request.body.scopes, users, bounds);
      if (userId !== caller.userId) requirePower(caller, allows(scopes, 'trade') ? 'trade' : 'manage');
      if (users !== 'none') requirePower(caller, users);
      if (expiresAt !== undefined && expiresAt <= context.now()) {
        throw fieldProblem('expires_at', 'must lie in the future');
      }
      if (!(await context.directory.users()).some((user) => user.userId === userId && !user.disabled))
        throw new Problem('user_not_found', `There is no user ${userId}.`);
      await refuseUnknownAccounts(context, userId, bounds);
      const { tokenId, token } = await context.directory.addToken({
        userId,
        label,
        scopes,
        expiresAt: expiresAt === undefined ? null : new Date(expiresAt),
        createdBy: requesterName(caller),
        users,
        bounds,
      });
      request.log.info(
        { token_id: tokenId, user_id: userId, scopes, by: requesterName(caller) },
        'a token was made',
      );
      return reply.code(201).send({
        id: tokenId,
        token,
        user_id: userId,
        label,
        scopes,
        expires_at: expiresAt === undefined ? null : isoTime(expiresAt),
        users,
        accounts,
        strategies,
      });
    },
  });
}

/** Scope admin, and with it power over others, is over a portfolio as a whole. */
function refuseContradiction(scopes: readonly Scope[], users: UsersPower, bounds: TokenBounds): void {
  const isAdmin = allows(scopes, 'admin');
  if (isAdmin && isBound(bounds))
    throw fieldProblem('scopes', 'must be of read, trade where the token is for accounts or strategies');
  if (!isAdmin && users !== 'none') throw fieldProblem('users', 'goes with scope admin');
}

async function refuseUnknownAccounts(
  context: HttpContext,
  userId: string,
  { accounts }: TokenBounds,
): Promise<void> {
  if (accounts === null) return;
  const portfolio = (await context.directory.portfolios()).find((record) => record.userId === userId);
  const there = portfolio === undefined ? [] : await context.directory.accounts(portfolio.portfolioId);
  const unknown = accounts.find((id) => !there.some(({ accountId }) => accountId === id));
  if (unknown !== undefined)
    throw new Problem('account_not_found', `accounts: the user has no account ${unknown}.`);
}
