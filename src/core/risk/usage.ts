/**
 * How much of each risk rule is used up: the same figures that the rules refuse on, without an order.
 *
 * Entry point: `riskUsage`. Pure; nothing is decided by it.
 */
import { Decimal } from '../decimal.ts';
import type { AccountId, AccountMode, Asset, InstrumentSymbol, TimeMs, Venue } from '../ids.ts';
import { openGroups, openOn, type OpenGroup } from '../order/open-orders.ts';
import { leverageOf } from '../balance/margin.ts';
import { POSITION_SIDES } from '../order/terms.ts';
import { instrumentKey, positionKey } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { contradictionOn, holdsInstrument } from '../reconcile/resolve.ts';
import { dailyLossOf, drawdownOf } from './equity.ts';
import { exposureOf, netQuantityOf } from './exposure.ts';
import { costInBase, type Conversions } from './conversion.ts';
import { isReduceOnlyStep, LADDER_STEPS, NO_STEP, type LadderStep } from './ladder-step.ts';
import { equityOf, ladderOf } from './mode-books.ts';
import { LADDER_THRESHOLDS } from './ladder.ts';
import type { LimitSubject } from './limit-scopes.ts';
import type { RiskLimits } from './limits.ts';
import { hasOpenSwap } from './booked-swaps.ts';
import { RISK_RULES, type RiskRuleName } from './refusal.ts';
import { currentMargin, highestRatio, isFreshMargin, type MarginReading } from './liquidation.ts';
import { RULES } from './review.ts';
import { countedOrderRate } from './rules/order-rate.ts';
import { type TradingState } from './trading-state-record.ts';
import { scopeText, tradingStateFor } from './trading-state.ts';
import { openOrdersOf } from './rules/open-orders.ts';
import { roundedUp } from './stated-figure.ts';
import { exposureOfAll } from './rules/total-exposure.ts';

/** A rule's limit and how much of it is used. */
export interface Usage {
  readonly limit: string | null;
  readonly actual: string | null;
  /** The unused part, in percent of the limit, rounded down; null where there is no limit or nothing to measure. */
  readonly headroomPercent: string | null;
}

export interface RuleUsage extends Usage {
  readonly rule: RiskRuleName;
  /** False while the risk check is off for it. */
  readonly active: boolean;
}

interface InstrumentSubject extends LimitSubject {
  readonly symbol: InstrumentSymbol;
  /** Null where nothing is held or open. */
  readonly quote: Asset | null;
}

/** An instrument that something is held or open on, or that may not be traded freely. */
export interface InstrumentUsage extends InstrumentSubject {
  /** Why only orders that shrink exposure pass, or (`halted` by a person) none but those that get out; null while it trades freely. */
  readonly reduceOnly: {
    readonly state: Exclude<TradingState, 'active'>;
    readonly why: string;
    readonly driftId: string | null;
  } | null;
  /** In the base currency, the worst case of the worst of its positions and sides. */
  readonly position: Usage;
  readonly leverage: Usage;
}

/** One step of the ladder: the losses at which it is taken. */
export interface LadderStepAt {
  readonly step: LadderStep;
  /** Hundredths of a limit. */
  readonly share: number;
  /** Quote units lost since 00:00 UTC; null without a limit on daily loss. */
  readonly dailyLoss: Decimal | null;
  /** Fraction of peak equity; null without a limit on drawdown. */
  readonly drawdown: Decimal | null;
  readonly reached: boolean;
}

export interface RiskUsage {
  /** In the rules' order. A rule that is measured on instruments shows the one with the least headroom. */
  readonly rules: readonly RuleUsage[];
  readonly instruments: readonly InstrumentUsage[];
  readonly ladder: readonly LadderStepAt[];
}

export interface UsageContext extends Conversions {
  /** The mode whose figures over the portfolio are shown. */
  readonly mode: AccountMode;
  readonly at: TimeMs;
  /** The limits in force: on an instrument, or over the portfolio. */
  readonly limits: (subject: LimitSubject | null) => RiskLimits;
  /** By `instrumentKey`. */
  readonly marks: ReadonlyMap<string, Decimal>;
  /** By `positionKey` or `instrumentKey`. */
  readonly leverages: ReadonlyMap<string, Decimal>;
  readonly margins: ReadonlyMap<AccountId, MarginReading>;
  /** Accounts that the portfolio has no more: what they hold uses up no limit. */
  readonly removedAccounts: ReadonlySet<AccountId>;
  readonly halted: string | null;
}

const PERCENT_SCALE = 2;

export function riskUsage(state: PortfolioState, context: UsageContext): RiskUsage {
  const limits = context.limits(null);
  const instruments = subjects(state, context).map((subject) => instrumentUsage(state, context, subject));
  const usageOf = (rule: RiskRuleName): Usage => portfolioUsage(rule, state, context, limits, instruments);
  return {
    rules: RISK_RULES.map((rule) => ({
      rule,
      active: limits.checksEnabled || RULES[rule].always,
      ...usageOf(rule),
    })),
    instruments,
    ladder: ladderSteps(ladderOf(state, context.mode).step, limits),
  };
}

function portfolioUsage(
  rule: RiskRuleName,
  state: PortfolioState,
  context: UsageContext,
  limits: RiskLimits,
  instruments: readonly InstrumentUsage[],
): Usage {
  const { at, mode } = context;
  const equity = equityOf(state, mode);
  switch (rule) {
    case 'total_exposure':
      return used(limits.maxTotalExposure, exposureOfAll(state, mode, context));
    case 'open_orders':
      return used(whole(limits.maxOpenOrders), Decimal.fromInteger(openOrdersOf(state, mode)));
    case 'order_rate': {
      const { limit, accepted } = countedOrderRate(state, mode, at, limits);
      return used(whole(limit), Decimal.fromInteger(accepted));
    }
    case 'daily_loss':
      return used(limits.maxDailyLoss, equity === null ? null : dailyLossOf(equity, at, 'low'));
    case 'drawdown':
      return used(limits.maxDrawdown, equity === null ? null : drawdownOf(equity, 'low'));
    case 'position_limit':
      return (
        tightest(instruments.map(({ position }) => position)) ??
        used(limits.maxPositionNotional, Decimal.zero)
      );
    case 'leverage':
      return tightest(instruments.map(({ leverage }) => leverage)) ?? used(limits.maxLeverage, null);
    case 'margin':
      return used(limits.maxMarginRatio, highestMarginRatio(state, context));
    case 'order_size':
      return used(limits.maxOrderNotional, null);
    case 'price_collar':
      return used(whole(limits.priceCollarBps), null);
    case 'market_data':
      return used(whole(limits.staleQuoteMs), null);
    case 'duplicate_order':
      return used(whole(limits.duplicateWindowMs), null);
    case 'instrument_allowed':
      return { ...UNMEASURED, limit: limits.allowedSymbols?.join(' ') ?? null };
    case 'trading_state':
      return { ...UNMEASURED, limit: 'active', actual: tradingStateOf(state, context, limits) };
    case 'base_value':
    case 'kill_switch':
    case 'order_shape':
    case 'instrument_filters':
    case 'reduce_only':
    case 'own_part':
    case 'stop_trigger':
    case 'available_balance':
    case 'self_cross':
    case 'strategy_limits':
      return UNMEASURED;
  }
}

/** The trading state over the portfolio: the one that people have set, or a stricter one by the ladder, the equity or a broken assertion. */
function tradingStateOf(
  state: PortfolioState,
  { mode, halted }: UsageContext,
  { checksEnabled }: RiskLimits,
): TradingState {
  const set =
    tradingStateFor(state.tradingStates, { accountId: null, instrument: null, strategy: null })?.state ??
    'active';
  if (halted !== null) return 'halted';
  const isUncertain = (equityOf(state, mode)?.uncertain ?? null) !== null;
  const isHeld = checksEnabled && (isReduceOnlyStep(ladderOf(state, mode).step) || isUncertain);
  return set === 'active' && isHeld ? 'reduce_only' : set;
}

const UNMEASURED: Usage = { limit: null, actual: null, headroomPercent: null };

/** Over the accounts of the mode; null where one with an open position has no fresh figure of it, or none has any. */
function highestMarginRatio(
  state: PortfolioState,
  { mode, at, marks, margins, removedAccounts }: UsageContext,
): Decimal | null {
  let highest: Decimal | null = null;
  for (const account of state.accounts.values()) {
    const counts = account.mode === mode && !removedAccounts.has(account.accountId);
    if (!counts || !hasOpenSwap(state, account.accountId)) continue;
    const actual = currentMargin(state, account.accountId, margins.get(account.accountId), marks);
    const ratio = actual !== null && isFreshMargin(actual.readAt, at) ? highestRatio(actual) : null;
    if (ratio === null) return null;
    highest = highest === null ? ratio : highest.max(ratio);
  }
  return highest;
}

/** Every instrument with a position, an open order, or a case that holds it, of the accounts that the portfolio has. */
function subjects(
  state: PortfolioState,
  { removedAccounts }: Pick<UsageContext, 'removedAccounts'>,
): readonly InstrumentSubject[] {
  const found = new Map<string, InstrumentSubject>();
  const note = (accountId: AccountId, venue: Venue, symbol: InstrumentSymbol, quote: Asset | null): void => {
    if (removedAccounts.has(accountId)) return;
    const key = instrumentKey(accountId, symbol);
    found.set(key, { accountId, venue, symbol, quote: quote ?? found.get(key)?.quote ?? null });
  };
  for (const { accountId, venue, symbol, netQuantity, quote } of state.positions.values())
    if (!netQuantity.isZero()) note(accountId, venue, symbol, quote);
  for (const { accountId, venue, symbol, quote } of state.unfinished.values())
    note(accountId, venue, symbol, quote);
  for (const drift of state.drift.values()) {
    const { accountId, symbol } = drift;
    const venue = state.accounts.get(accountId)?.venue;
    if (holdsInstrument(drift) && symbol !== null && venue !== undefined)
      note(accountId, venue, symbol, null);
  }
  return [...found].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, subject]) => subject);
}

function instrumentUsage(
  state: PortfolioState,
  context: UsageContext,
  subject: InstrumentSubject,
): InstrumentUsage {
  const { accountId, symbol } = subject;
  const key = instrumentKey(accountId, symbol);
  const limits = context.limits(subject);
  const mark = context.marks.get(key);
  const isSwap = isSwapAt(state, subject);
  const worst = mark === undefined ? null : worstNotional(state, subject, isSwap, mark);
  return {
    ...subject,
    reduceOnly: reduceOnlyOn(state, context, limits, subject),
    position: used(
      limits.maxPositionNotional,
      worst === null || subject.quote === null ? worst : costInBase(context, accountId, subject.quote, worst),
    ),
    leverage: isSwap ? used(limits.maxLeverage, highestLeverage(context, subject)) : UNMEASURED,
  };
}

function isSwapAt(state: PortfolioState, { accountId, symbol }: InstrumentSubject): boolean {
  const isKnown = POSITION_SIDES.some(
    (side) => state.positions.get(positionKey(accountId, symbol, side))?.kind === 'linear_swap',
  );
  if (isKnown) return true;
  const isOfInstrument = (group: OpenGroup): boolean =>
    group.accountId === accountId && group.symbol === symbol;
  return openGroups(state).find(isOfInstrument)?.kind === 'linear_swap';
}

/** Null where the venue has shown none. */
function highestLeverage(
  { leverages }: UsageContext,
  { accountId, symbol }: InstrumentSubject,
): Decimal | null {
  const known = POSITION_SIDES.flatMap(
    (positionSide) => leverageOf(leverages, { accountId, symbol, positionSide }) ?? [],
  );
  const [first, ...others] = known;
  return first === undefined ? null : others.reduce((highest, other) => highest.max(other), first);
}

function worstNotional(
  state: PortfolioState,
  { accountId, symbol }: InstrumentSubject,
  isSwap: boolean,
  mark: Decimal,
): Decimal {
  return POSITION_SIDES.reduce((worst, side) => {
    const open = openOn(state, accountId, symbol, side, mark, null);
    const net = netQuantityOf(state, accountId, symbol, side);
    const exposure = exposureOf(net, open, isSwap ? 'linear_swap' : 'spot', mark, null);
    return worst.max(exposure.longNotional).max(exposure.shortNotional);
  }, Decimal.zero);
}

function reduceOnlyOn(
  state: PortfolioState,
  { halted }: UsageContext,
  { checksEnabled }: RiskLimits,
  subject: InstrumentSubject,
): InstrumentUsage['reduceOnly'] {
  const { accountId, venue, symbol } = subject;
  const because = (why: string): InstrumentUsage['reduceOnly'] => ({
    state: 'reduce_only',
    why,
    driftId: null,
  });
  const set = tradingStateFor(state.tradingStates, {
    accountId,
    instrument: { venue, symbol },
    strategy: null,
  });
  const why = set === null ? '' : `${scopeText(set.scope)} is ${set.state} by ${set.requestedBy}: ${set.why}`;
  if (set?.state === 'halted') return { state: 'halted', why, driftId: null };
  if (halted !== null) return because(`trading is halted: ${halted}`);
  if (state.killSwitch.engaged) return because(`the kill switch is engaged: ${state.killSwitch.why}`);
  const mode = state.accounts.get(subject.accountId)?.mode;
  const ladder = mode === undefined ? NO_STEP : ladderOf(state, mode);
  if (checksEnabled && isReduceOnlyStep(ladder.step))
    return because(`the risk ladder stands at ${ladder.step}: ${ladder.why}`);
  const uncertain = mode === undefined ? null : (equityOf(state, mode)?.uncertain ?? null);
  if (checksEnabled && uncertain !== null)
    return because(`the equity is not known well enough: ${uncertain}`);
  if (set?.state === 'reduce_only') return because(why);
  const drift = contradictionOn(state.drift.values(), subject);
  return drift === undefined ? null : { state: 'reduce_only', why: drift.detail, driftId: drift.driftId };
}

function ladderSteps(standing: LadderStep, limits: RiskLimits): readonly LadderStepAt[] {
  return LADDER_THRESHOLDS.map(([step, share]) => {
    const part = (limit: Decimal | null): Decimal | null =>
      limit === null ? null : limit.multiply(Decimal.of(BigInt(share), 2));
    return {
      step,
      share,
      dailyLoss: part(limits.maxDailyLoss),
      drawdown: part(limits.maxDrawdown),
      reached: LADDER_STEPS.indexOf(step) <= LADDER_STEPS.indexOf(standing),
    };
  }).toReversed();
}

/** The figure is stated rounded up; what is left of the limit is measured on every digit. */
function used(limit: Decimal | null, actual: Decimal | null): Usage {
  return {
    limit: limit?.toString() ?? null,
    actual: actual === null ? null : roundedUp(actual).toString(),
    headroomPercent: limit === null || actual === null ? null : headroom(limit, actual),
  };
}

function headroom(limit: Decimal, actual: Decimal): string {
  const left = limit.subtract(actual);
  if (!left.isPositive()) return '0';
  return left.multiply(Decimal.fromInteger(100)).divide(limit, PERCENT_SCALE, 'down').toString();
}

function whole(limit: number | null): Decimal | null {
  return limit === null ? null : Decimal.fromInteger(limit);
}

/** The usage with the least headroom; undefined where none has a limit and a figure. */
function tightest(usages: readonly Usage[]): Usage | undefined {
  const measured = usages.filter(({ headroomPercent }) => headroomPercent !== null);
  return measured.toSorted((left, right) =>
    Decimal.parse(left.headroomPercent ?? '0').compare(Decimal.parse(right.headroomPercent ?? '0')),
  )[0];
}
