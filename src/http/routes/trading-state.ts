/**
 * The trading state of the portfolio, an account, an instrument or a strategy: reads all of them with their history, and sets one.
 *
 * Entry point: `tradingStateRoute`. Invariant: a token that may trade makes a state stricter, at once and without a version; a
 * looser one takes an admin, and the version that it replaces.
 */
import { z } from 'zod';
import { TRADING_STATES } from '../../core/risk/trading-state-record.ts';
import { scopeText } from '../../core/risk/trading-state.ts';
import type { TradingSubject } from '../../core/risk/trading-state.ts';
import type { Caller } from '../../directory/callers.ts';
import { accountNamed, chooseAccount } from '../account-choice.ts';
import { accountsOf, callerOf, deskOf, requesterName, type App, type HttpContext } from '../context.ts';
import {
  accountField,
  exchangeField,
  integerField,
  integerText,
  strategyField,
  symbolField,
  textField,
} from '../fields.ts';
import { onlyStrategy } from '../order-request.ts';
import { fieldProblem, Problem } from '../problem.ts';
import { chooseScope, SCOPE_FIELDS } from '../scope-choice.ts';
import {
  toTradingStateChangeView,
  toTradingStateView,
  tradingStateChangeView,
  tradingStateView,
} from '../views/trading-state.ts';

const MAX_PAGE = 200;
const DEFAULT_PAGE = 20;

const query = z.strictObject({
  exchange: exchangeField.optional(),
  account: accountField.optional(),
  symbol: symbolField.optional(),
  strategy: strategyField.optional(),
  limit: integerText(1, MAX_PAGE).default(DEFAULT_PAGE),
  cursor: textField(512).optional(),
});

const statesAnswer = z.object({
  effective: z.enum(TRADING_STATES).meta({
    description:
      'The strictest state for an order on the account, on the instrument and of the strategy in the query, of those that it names; of the portfolio without them.',
  }),
  because_of: tradingStateView.nullable().meta({ description: 'Null while nothing was set: active.' }),
  states: z.array(tradingStateView).meta({ description: 'Every scope whose state was ever set.' }),
  history: z.array(tradingStateChangeView).meta({ description: 'Changes of all scopes, newest first.' }),
  next_cursor: z.string().nullable(),
  as_of_seq: z.int(),
});

const body = z.strictObject({
  ...SCOPE_FIELDS,
  state: z.enum(TRADING_STATES, { error: `must be one of ${TRADING_STATES.join(', ')}` }),
  reason: textField(500),
  version: integerField(0, Number.MAX_SAFE_INTEGER).optional().meta({
    description: 'The version that it replaces. Needed for a looser state; a stricter one is set without.',
  }),
});

const changeAnswer = z.object({
  changed: z.boolean().meta({ description: 'False where the state was in force already.' }),
  state: z.enum(TRADING_STATES),
  stored: tradingStateView.nullable().meta({ description: 'Null for a scope that was never set: active.' }),
});

/** `GET` and `PUT /risk/trading-state` */
export function tradingStateRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/risk/trading-state',
    config: { scope: 'read', bound: 'strategies' },
    schema: {
      summary: 'Show the trading states that people have set, and who set them',
      tags: ['risk'],
      querystring: query,
      response: { 200: statesAnswer },
    },
    handler: async (request): Promise<z.output<typeof statesAnswer>> => {
      const caller = callerOf(request);
      const desk = deskOf(context, caller);
      const { limit, cursor, ...wish } = request.query;
      const own = caller.bounds.strategies;
      const [{ value, seq }, page] = await Promise.all([
        desk.books.tradingStates(subjectOf(context, caller, wish)),
        context.readModels.recordsOfType(caller.portfolioId, 'trading_state_set', limit, cursor),
      ]);
      return {
        effective: value.inForce?.state ?? 'active',
        because_of: value.inForce === null ? null : toTradingStateView(value.inForce),
        states: value.stored.map(toTradingStateView),
        history: page.records
          .map(toTradingStateChangeView)
          .filter((change) => change !== null)
          // Of a token for strategies: their changes alone.
          .filter(({ strategy }) => own === null || (strategy !== null && own.includes(strategy))),
        next_cursor: page.nextCursor,
        as_of_seq: seq,
      };
    },
  });

  app.route({
    method: 'PUT',
    url: '/risk/trading-state',
    config: { scope: 'trade' },
    schema: {
      summary: 'Set the trading state of the portfolio, an account, an instrument or a strategy',
      tags: ['risk'],
      body,
      response: { 200: changeAnswer },
    },
    handler: async (request): Promise<z.output<typeof changeAnswer>> => {
      const caller = callerOf(request);
      const desk = deskOf(context, caller);
      const { state, reason, version } = request.body;
      const { scope } = chooseScope(context, desk, caller, request.body);
      const outcome = await desk.controls.setTradingState({
        scope,
        state,
        expectedVersion: version ?? null,
        mayLoosen: caller.scopes.includes('admin'),
        requestedBy: requesterName(caller),
        why: reason,
      });
      switch (outcome.kind) {
        case 'trading_state_set':
          return { changed: true, state, stored: toTradingStateView(outcome.stored) };
        case 'trading_state_unchanged':
          return {
            changed: false,
            state,
            stored: outcome.stored === null ? null : toTradingStateView(outcome.stored),
          };
        case 'trading_state_version_conflict':
          throw new Problem(
            'trading_state_version_conflict',
            `version: the trading state of ${scopeText(scope)} is at version ${outcome.version}; nothing was changed.`,
            { expected: version ?? null, actual: outcome.version },
          );
        case 'loosening_not_allowed':
          throw new Problem(
            'scope_missing',
            `${scopeText(scope)} is ${outcome.state}: a looser state needs a token with scope admin.`,
            { needed: 'admin', scopes: caller.scopes },
          );
        case 'too_many_trading_states':
          throw new Problem(
            'too_many_limits',
            'scope: no further scope can have a trading state of its own.',
          );
      }
    },
  });
}

/** The account, instrument and strategy of the query. Throws a `Problem` for an exchange without a symbol, and the reverse. */
function subjectOf(
  context: HttpContext,
  caller: Caller,
  {
    exchange,
    account,
    symbol,
    strategy = onlyStrategy(caller),
  }: Omit<z.output<typeof query>, 'limit' | 'cursor'>,
): TradingSubject {
  if ((exchange === undefined) !== (symbol === undefined))
    throw fieldProblem(
      exchange === undefined ? 'exchange' : 'symbol',
      'is required with the other one of exchange and symbol',
      'querystring',
    );
  const accounts = accountsOf(context, caller);
  if (exchange !== undefined && symbol !== undefined)
    return {
      accountId: chooseAccount(accounts, { exchange, account }).accountId,
      instrument: { venue: exchange, symbol },
      strategy: strategy ?? null,
    };
  const accountId = account === undefined ? null : accountNamed(accounts, account).accountId;
  return { accountId, instrument: null, strategy: strategy ?? null };
}
