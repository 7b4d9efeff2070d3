/**
 * Limits as people store them: for the portfolio, for one of its accounts, for one instrument of an exchange, for a strategy.
 *
 * Entry point: `limitsInForce`, the limits that hold. A change of a scope is judged in `change-limits.ts`.
 *
 * Invariants:
 *  1. The limit in force is, figure by figure, the strictest of the environment, the portfolio, the account and the instrument:
 *     a scope can only tighten what a wider one says. A default holds where neither environment nor portfolio says anything.
 *     A strategy's limits tighten those of each of its orders, or are measured on its own positions, orders and losses.
 *  2. Limits measured over the whole portfolio (total exposure, open orders, order rate, daily loss, drawdown) are set for
 *     the portfolio alone, and only the environment says whether checks run at all.
 *  3. Each change of a scope has a version, one higher than the one that its author had seen.
 */
import type { AccountId, InstrumentSymbol, TimeMs, Venue } from '../ids.ts';
import { NOTHING_SET, stricter, withDefaults, type RiskLimits, type SetLimits } from './limits.ts';

export type LimitScope =
  | { readonly kind: 'portfolio' }
  | { readonly kind: 'account'; readonly accountId: AccountId }
  /** On every account at that exchange. */
  | { readonly kind: 'instrument'; readonly venue: Venue; readonly symbol: InstrumentSymbol }
  /** The orders that carry its tag, on every account. */
  | { readonly kind: 'strategy'; readonly strategy: string };

export type LimitScopeKind = LimitScope['kind'];

/** The limits stored for one scope, and who last changed them. */
export interface StoredLimits {
  readonly scope: LimitScope;
  readonly limits: SetLimits;
  /** Counts the changes of this scope. */
  readonly version: number;
  readonly requestedBy: string;
  readonly why: string;
  readonly at: TimeMs;
}

/** The account and instrument whose limits are asked for; a null symbol means the account as a whole. */
export interface LimitSubject {
  readonly accountId: AccountId;
  readonly venue: Venue;
  readonly symbol: InstrumentSymbol | null;
}

export type LimitName = Exclude<keyof RiskLimits, 'checksEnabled'>;

const ON_ONE_INSTRUMENT = [
  'maxPositionNotional',
  'maxOrderNotional',
  'maxOrderQuantity',
  'maxLeverage',
  'priceCollarBps',
  'staleQuoteMs',
  'duplicateWindowMs',
] as const satisfies readonly LimitName[];

/** On what an account holds and trades as a whole. */
const ON_ONE_ACCOUNT = [
  'allowedSymbols',
  'maxMarginRatio',
  'minLiquidationDistance',
] as const satisfies readonly LimitName[];

const OF_THE_PORTFOLIO = [
  'maxTotalExposure',
  'maxOpenOrders',
  'maxOrdersPerWindow',
  'orderRateWindowMs',
  'maxDailyLoss',
  'maxDrawdown',
] as const satisfies readonly LimitName[];

/** On each order of a strategy, beside the limits of its account and instrument. */
const OF_A_STRATEGYS_ORDER = [
  'maxOrderNotional',
  'maxOrderQuantity',
  'priceCollarBps',
  'duplicateWindowMs',
  'allowedSymbols',
] as const satisfies readonly LimitName[];

/** Measured on a strategy's own positions, orders and losses (rules/strategy-limits.ts). */
const OF_A_STRATEGY = [
  'maxPositionNotional',
  'maxOpenOrders',
  'maxDailyLoss',
] as const satisfies readonly LimitName[];

/** Which figures each scope may set. */
export const LIMITS_OF_SCOPE: Readonly<Record<LimitScopeKind, readonly LimitName[]>> = {
  portfolio: [...ON_ONE_INSTRUMENT, ...ON_ONE_ACCOUNT, ...OF_THE_PORTFOLIO],
  account: [...ON_ONE_INSTRUMENT, ...ON_ONE_ACCOUNT],
  instrument: ON_ONE_INSTRUMENT,
  strategy: [...OF_A_STRATEGYS_ORDER, ...OF_A_STRATEGY],
};

export const EVERY_FIGURE: readonly (keyof RiskLimits)[] = ['checksEnabled', ...LIMITS_OF_SCOPE.portfolio];

/** How many scopes of a portfolio may have limits of their own. */
export const MOST_LIMIT_SCOPES = 1_000;

export const PORTFOLIO_SCOPE: LimitScope = { kind: 'portfolio' };

/** Names a scope within its portfolio. */
export function scopeKey(scope: LimitScope): string {
  switch (scope.kind) {
    case 'portfolio':
      return 'portfolio';
    case 'account':
      return `account ${scope.accountId}`;
    case 'instrument':
      return `instrument ${scope.venue} ${scope.symbol}`;
    case 'strategy':
      return `strategy ${scope.strategy}`;
  }
}

/**
 * The limits that hold: for an order on `subject`, or for what is measured over the whole portfolio where it is null.
 */
export function limitsInForce(
  stored: ReadonlyMap<string, StoredLimits>,
  environment: SetLimits,
  subject: LimitSubject | null,
): RiskLimits {
  const setFor = (scope: LimitScope): SetLimits => stored.get(scopeKey(scope))?.limits ?? NOTHING_SET;
  const wide = withDefaults(stricter(environment, setFor(PORTFOLIO_SCOPE)));
  if (subject === null) return wide;
  const { accountId, venue, symbol } = subject;
  const narrow: LimitScope[] = [{ kind: 'account', accountId }];
  if (symbol !== null) narrow.push({ kind: 'instrument', venue, symbol });
  return narrow.reduce<RiskLimits>(
    (held, scope) => withDefaults(stricter(held, withinPortfolio(setFor(scope)))),
    wide,
  );
}

/** The limits of an order tightened by those that its strategy sets on each of its orders. */
export function limitsOfStrategy(
  limits: RiskLimits,
  stored: ReadonlyMap<string, StoredLimits>,
  strategy: string | null,
): RiskLimits {
  const set = strategy === null ? undefined : stored.get(scopeKey({ kind: 'strategy', strategy }))?.limits;
  if (set === undefined) return limits;
  const tightened = stricter(limits, set);
  return {
    ...limits,
    maxOrderNotional: tightened.maxOrderNotional,
    maxOrderQuantity: tightened.maxOrderQuantity,
    priceCollarBps: tightened.priceCollarBps,
    duplicateWindowMs: tightened.duplicateWindowMs ?? limits.duplicateWindowMs,
    allowedSymbols: tightened.allowedSymbols,
  };
}

/** The limits that a scope within the portfolio may set: none that are measured over all of it, whatever is stored. */
function withinPortfolio(set: SetLimits): SetLimits {
  return {
    ...set,
    checksEnabled: null,
    maxTotalExposure: null,
    maxOpenOrders: null,
    maxOrdersPerWindow: null,
    orderRateWindowMs: null,
    maxDailyLoss: null,
    maxDrawdown: null,
  };
}
