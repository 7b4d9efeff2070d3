/**
 * Requests for market data: the account whose venue is read, and the problem for an answer without data.
 *
 * Entry points: `marketOf`, `mustHave`, `marketQuery`.
 */
import type { InstrumentSymbol } from '../core/ids.ts';
import type { Instrument } from '../core/instrument.ts';
import type { AccountRecord } from '../directory/accounts.ts';
import type { Caller } from '../directory/callers.ts';
import type { Desk } from '../engine/desk.ts';
import type { ReadAnswer } from '../venues/gateway.ts';
import { chooseAccount, type AccountWish } from './account-choice.ts';
import { accountsOf, deskOf, type HttpContext } from './context.ts';
import { accountField, exchangeField, symbolField } from './fields.ts';
import { Problem, unlistedProblem } from './problem.ts';

export const marketQuery = {
  exchange: exchangeField,
  symbol: symbolField,
  account: accountField.optional(),
};

export interface AskedMarket {
  readonly desk: Desk;
  readonly account: AccountRecord;
  readonly symbol: InstrumentSymbol;
  /** Null while the venue has not answered since the start. */
  readonly instrument: Instrument | null;
}

/** Throws a `Problem` where the caller has no such account, or its venue lists no such instrument. */
export function marketOf(
  context: HttpContext,
  caller: Caller,
  { symbol, ...wish }: AccountWish & { readonly symbol: InstrumentSymbol },
): AskedMarket {
  const desk = deskOf(context, caller);
  const account = chooseAccount(accountsOf(context, caller), wish);
  const instrument = desk.markets.instrument(account.accountId, symbol);
  if (instrument === undefined && desk.markets.instruments(account.accountId).length > 0)
    throw unlistedProblem(symbol, account.exchange);
  return { desk, account, symbol, instrument: instrument ?? null };
}

/** The data, or the `Problem` that says why there is none. */
export function mustHave<Value>(answer: ReadAnswer<Value>, { account, symbol }: AskedMarket): Value {
  if (answer.kind === 'ok') return answer.value;
  switch (answer.reason) {
    case 'not_listed':
      throw unlistedProblem(symbol, account.exchange);
    case 'rate_budget':
      throw new Problem('rate_budget', `${account.exchange} was not asked: ${answer.detail}.`);
    case 'refused':
      throw new Problem('venue_rejected', `${account.exchange} refused the question: ${answer.detail}.`);
    case 'unreachable':
      throw new Problem(
        'venue_unreachable',
        `${symbol} could not be read from ${account.exchange}: ${answer.detail}.`,
      );
  }
}
