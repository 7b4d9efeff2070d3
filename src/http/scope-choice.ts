/**
 * The scope that a request names: the portfolio, one of its accounts, an instrument of an exchange, or a strategy.
 *
 * Entry points: `SCOPE_FIELDS` for the request's body; `chooseScope`, which finds what they name.
 */
import { z } from 'zod';
import type { AccountId, InstrumentSymbol, Venue } from '../core/ids.ts';
import { PORTFOLIO_SCOPE, type LimitScope, type LimitSubject } from '../core/risk/limit-scopes.ts';
import type { Caller } from '../directory/callers.ts';
import type { Desk } from '../engine/desk.ts';
import { accountNamed, chooseAccount } from './account-choice.ts';
import { accountsOf, type HttpContext } from './context.ts';
import { accountField, exchangeField, strategyField, symbolField } from './fields.ts';
import { fieldProblem, unlistedProblem } from './problem.ts';

const SCOPES = ['portfolio', 'account', 'instrument', 'strategy'] as const;

export const SCOPE_FIELDS = {
  scope: z.enum(SCOPES, { error: `must be one of ${SCOPES.join(', ')}` }),
  account: accountField.optional().meta({ description: 'With scope account.' }),
  exchange: exchangeField.optional().meta({ description: 'With scope instrument.' }),
  symbol: symbolField.optional().meta({ description: 'With scope instrument.' }),
  strategy: strategyField.optional().meta({ description: 'With scope strategy.' }),
};

interface ScopeWish {
  readonly scope: (typeof SCOPES)[number];
  readonly account?: string | undefined;
  readonly exchange?: Venue | undefined;
  readonly symbol?: InstrumentSymbol | undefined;
  readonly strategy?: string | undefined;
}

export interface ChosenScope {
  readonly scope: LimitScope;
  /** The account and instrument that the effect of a change is shown on; null: the portfolio. */
  readonly subject: (LimitSubject & { readonly accountId: AccountId }) | null;
}

/** Throws a `Problem` for a field that does not go with the scope, one that is missing, and what does not exist. */
export function chooseScope(context: HttpContext, desk: Desk, caller: Caller, wish: ScopeWish): ChosenScope {
  const accounts = accountsOf(context, caller);
  const { account, exchange, symbol, strategy } = wish;
  switch (wish.scope) {
    case 'portfolio':
      refuseFields(wish, ['account', 'exchange', 'symbol', 'strategy']);
      return { scope: PORTFOLIO_SCOPE, subject: null };
    case 'account': {
      refuseFields(wish, ['exchange', 'symbol', 'strategy']);
      if (account === undefined) throw fieldProblem('account', 'is required with scope account');
      const { accountId, exchange: venue } = accountNamed(accounts, account);
      return { scope: { kind: 'account', accountId }, subject: { accountId, venue, symbol: null } };
    }
    case 'instrument': {
      refuseFields(wish, ['account', 'strategy']);
      if (exchange === undefined) throw fieldProblem('exchange', 'is required with scope instrument');
      if (symbol === undefined) throw fieldProblem('symbol', 'is required with scope instrument');
      const { accountId } = chooseAccount(accounts, { exchange });
      if (desk.markets.instrument(accountId, symbol) === undefined) throw unlistedProblem(symbol);
      return {
        scope: { kind: 'instrument', venue: exchange, symbol },
        subject: { accountId, venue: exchange, symbol },
      };
    }
    case 'strategy':
      refuseFields(wish, ['account', 'exchange', 'symbol']);
      if (strategy === undefined) throw fieldProblem('strategy', 'is required with scope strategy');
      return { scope: { kind: 'strategy', strategy }, subject: null };
  }
}

function refuseFields(
  wish: ScopeWish,
  fields: readonly ('account' | 'exchange' | 'symbol' | 'strategy')[],
): void {
  for (const field of fields)
    if (wish[field] !== undefined) throw fieldProblem(field, `does not go with scope ${wish.scope}`);
}
