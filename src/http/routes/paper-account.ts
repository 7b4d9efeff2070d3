/**
 * Changes of paper accounts: `POST /accounts/{account_id}/reset`, `…/deposit` and `…/withdraw`.
 *
 * Entry point: `paperAccountRoutes`.
 *
 * Invariants:
 *  1. An account of another mode is refused before anything is done.
 *  2. A reset begins once every order of the account has ended. The account takes no orders from then until it has begun anew.
 *  3. The simulator keeps the key of a deposit with its record: one request is made once, whatever becomes of its answer.
 *  4. The books follow a reset as a new beginning, in the journal; a deposit by the record that the exchange has of it.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { accountId } from '../../core/ids.ts';
import type { AccountRecord } from '../../directory/accounts.ts';
import { EngineUnavailable, type Desk } from '../../engine/desk.ts';
import { resetsIn } from '../../core/portfolio/simulator-instance.ts';
import type { PaperMoveOutcome } from '../context.ts';
import { callerOf, requesterName, wholeDeskOf, type App, type HttpContext } from '../context.ts';
import { accountField, decimalOut, positiveDecimal } from '../fields.ts';
import { idempotencyKeyOf } from '../idempotency.ts';
import { fieldProblem, Problem } from '../problem.ts';
import { accountAnswer } from '../account-answer.ts';
import { accountView } from '../views/account.ts';
import { balanceView, toBalanceView, WALLET_VIEWS } from '../views/balance.ts';

/** How long the answer waits until the new balances are known, in milliseconds, and how often it looks. */
const BEGUN_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 50;
/** How long an answer waits until the change is read from the exchange, in milliseconds. */
const READ_WITHIN_MS = 5_000;

const params = z.strictObject({ account_id: accountField });

const resetAnswer = z.object({
  account: accountView,
  balances: z
    .array(balanceView)
    .nullable()
    .meta({ description: 'The balances that it begins with; null where they are not known yet.' }),
  as_of_seq: z.int().nullable(),
});

const moveBody = z
  .strictObject({
    asset: z
      .string({ error: (issue) => (issue.input === undefined ? 'is required' : 'must be text') })
      .regex(/^[A-Z0-9]{1,16}$/, 'must be 1 to 16 capital letters and digits')
      .meta({ examples: ['USDT'] }),
    amount: positiveDecimal.meta({ description: 'Units of the asset.' }),
    wallet: z.enum(WALLET_VIEWS, { error: 'must be spot, swap or unified' }).default('spot').meta({
      description: 'Where an account has the wallet `unified`, `spot` and `swap` stand for it.',
    }),
  })
  .meta({ id: 'PaperMove' });

const moveAnswer = z.object({
  account: z.string(),
  asset: z.string(),
  amount: decimalOut.meta({ description: 'Negative for a withdrawal.' }),
  wallet: z.enum(WALLET_VIEWS).meta({ description: 'As the balances of the account name it.' }),
  record_id: z.string().nullable().meta({
    description:
      'The number of the record at the exchange; `GET /trading/v2/account/activities` shows it once the books have it.',
  }),
});

export function paperAccountRoutes(app: App, context: HttpContext): void {
  app.route({
    method: 'POST',
    url: '/accounts/:account_id/reset',
    config: { scope: 'admin' },
    schema: {
      summary: 'Begin a paper account anew',
      description:
        'Its orders are canceled, its positions are gone, its balances are those that a paper account begins with. Its history stays. At the simulator it is another account from then on: `account.simulator_account` is its name there.',
      tags: ['account'],
      params,
      response: { 200: resetAnswer, 202: resetAnswer },
    },
    handler: async (request, reply): Promise<z.output<typeof resetAnswer>> => {
      const caller = callerOf(request);
      const account = await paperAccount(caller.portfolioId, request.params.account_id);
      const desk = wholeDeskOf(context, caller.portfolioId);
      const { portfolioId, accountId: id } = account;
      const by = requesterName(caller);
      // Orders that were not placed here would go on in the book of the simulator.
      await desk.orders.cancelExternal({ accountIds: [id] }, by);
      const left = await context.administration.closeAccount(portfolioId, id);
      if (left.length > 0) {
        await context.administration.alignAccount(portfolioId, id);
        throw new Problem(
          'venue_unreachable',
          `${left.length} orders of ${id} did not end in time; the account stays as it was.`,
        );
      }
      try {
        await context.administration.resetPaperAccount(account);
      } catch (error) {
        // The account takes orders again as the directory has it.
        await context.administration.alignAccount(portfolioId, id);
        throw error;
      }
      await context.accounts.refresh();
      request.log.info({ account: id, by }, 'a paper account was reset');
      const begun = await untilBegun(desk, account);
      await readAnew(account);
      if (!begun) {
        reply.code(202);
        return { account: await accountAnswer(context, account), balances: null, as_of_seq: null };
      }
      const { value, seq } = await desk.books.balances(id);
      const balances = value.map(toBalanceView);
      return { account: await accountAnswer(context, account), balances, as_of_seq: seq };
    },
  });

  for (const [word, summary] of [
    ['deposit', 'Deposit assets into a paper account'],
    ['withdraw', 'Withdraw assets from a paper account'],
  ] as const)
    app.route({
      method: 'POST',
      url: `/accounts/:account_id/${word}`,
      config: { scope: 'admin' },
      schema: {
        summary,
        tags: ['account'],
        params,
        body: moveBody,
        response: { 200: moveAnswer, 201: moveAnswer },
      },
      handler: async (request, reply): Promise<z.output<typeof moveAnswer>> => {
        const caller = callerOf(request);
        const account = await paperAccount(caller.portfolioId, request.params.account_id);
        const { asset, wallet } = request.body;
        const key = idempotencyKeyOf(request.headers['idempotency-key']);
        const amount = word === 'deposit' ? request.body.amount : request.body.amount.negate();
        const moved = await context.administration
          .movePaperAssets(account, { wallet, asset, amount, key })
          .catch((error: unknown): PaperMoveOutcome => {
            request.log.warn({ err: error, account: account.accountId }, 'the simulator did not answer');
            throw new Problem(
              'venue_unreachable',
              key === null
                ? 'The simulator did not answer; look at the activities of the account before you send this again.'
                : 'The simulator did not answer; send this again with the same key, which makes it once.',
            );
          });
        if (moved.kind === 'refused') throw fieldProblem(moved.field, moved.reason);
        if (moved.kind === 'key_of_another')
          throw new Problem(
            'client_order_id_conflict',
            `The key ${key ?? ''} belongs to another deposit or withdrawal.`,
          );
        await readAnew(account);
        request.log.info(
          {
            account: account.accountId,
            by: requesterName(caller),
            asset,
            amount: amount.toString(),
            wallet: moved.wallet,
          },
          'a paper account was changed at its simulator',
        );
        if (moved.isRepeat) void reply.header('Idempotent-Replayed', 'true');
        reply.code(moved.isRepeat ? 200 : 201);
        return {
          account: account.accountId,
          asset,
          amount: amount.toString(),
          wallet: moved.wallet,
          record_id: moved.recordId,
        };
      },
    });

  /** The figures after the answer show the change, as far as they can be read soon. */
  async function readAnew({ portfolioId, accountId: id }: AccountRecord): Promise<void> {
    try {
      await wholeDeskOf(context, portfolioId).controls.readAnew([id], READ_WITHIN_MS);
    } catch (error) {
      // The change is made: what keeps it from being read now shows it later.
      if (!(error instanceof EngineUnavailable)) throw error;
    }
  }

  /** Throws a `Problem` where there is no such account, or it is of another mode. */
  async function paperAccount(
    portfolioId: AccountRecord['portfolioId'],
    name: string,
  ): Promise<AccountRecord> {
    const id = accountId(name);
    const account = (await context.directory.accounts(portfolioId)).find((record) => record.accountId === id);
    if (account === undefined) throw new Problem('account_not_found', `You have no account ${id}.`);
    if (account.mode !== 'paper')
      throw new Problem(
        'paper_only',
        `${id} is a ${account.mode} account: the exchange alone changes its balances; nothing was done.`,
        { actual: account.mode, expected: 'paper' },
      );
    return account;
  }
}

/** Whether the account has begun the life after the one in the record, and its balances are known, within a bound. */
async function untilBegun(desk: Desk, account: AccountRecord): Promise<boolean> {
  const until = performance.now() + BEGUN_WITHIN_MS;
  while (performance.now() < until) {
    const reading = await desk.books.account(account.accountId).catch((error: unknown) => {
      if (error instanceof EngineUnavailable) return null;
      throw error;
    });
    if (reading?.account.balancesKnown === true && resetsIn(reading.account.instance) > account.paperResets)
      return true;
    await pause(LOOK_EVERY_MS);
  }
  return false;
}
