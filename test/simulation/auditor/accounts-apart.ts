/**
 * I3, I4: no figure, order, limit or cancel crosses from one account, mode or portfolio to another.
 *
 * Entry points: `accountsApart` (one account), `modesAddUp` (all accounts of a world). That the orders and books of an account are its
 * own venue's, and no other's, is what every other check says of it: each account has a venue of its own.
 */
import { Decimal } from '../../../src/core/decimal.ts';
import type { AnsweredRefusal, PlaceCall } from '../answers.ts';
import { AuditedRun } from './audited-run.ts';
import { equityOf } from './equity.ts';
import type { Evidence } from './evidence.ts';

export interface AuditedAccount {
  readonly name: string;
  /** The portfolio and the mode: accounts with the same have one equity together. */
  readonly shared: string;
  readonly evidence: Evidence;
}

/** Where no limit is set (docs/risk.md, Defaults). */
const DEFAULT_ORDER_NOTIONAL = '1000000';
const MOST_ROUNDED = Decimal.parse('0.000001');

export function accountsApart(run: AuditedRun): void {
  if (!run.evidence.hasOthers) return;
  for (const thing of run.evidence.service.foreign)
    run.fail('I4', `${thing} is shown to a token for one account`);
  trespassesRefused(run);
  for (const call of run.evidence.calls.places) refusalsAreOwn(run, call);
  ownLimitHolds(run);
}

function trespassesRefused(run: AuditedRun): void {
  for (const { what, label, answer } of run.evidence.calls.trespasses) {
    if (answer === 'nothing' || answer === 'unavailable') continue;
    if (answer !== (what === 'place' ? 'token_bound' : 'unknown_order'))
      run.fail('I3', `${label}, a ${what} at another account, was answered with ${answer}`);
  }
}

/** A refusal names a limit of the account, and not one that another has. */
function refusalsAreOwn(run: AuditedRun, { answer, asked }: PlaceCall): void {
  if (answer.kind !== 'denied') return;
  for (const refusal of answer.refusals)
    if (!isOwn(run, refusal))
      run.fail(
        'I3',
        `${asked.label} was denied by ${refusal.code} at ${String(refusal.limit)}, which is no limit of its account`,
      );
}

function isOwn(run: AuditedRun, { code, limit }: AnsweredRefusal): boolean {
  const { maxPositionNotional, ownLimit, strictLimits } = run.evidence;
  const ofPortfolio = strictLimits.maxOrderNotional?.toString() ?? DEFAULT_ORDER_NOTIONAL;
  switch (code) {
    case 'order_notional_limit':
      return limit === ofPortfolio || limit === ownLimit?.maxOrderNotional;
    case 'position_limit':
      return limit === maxPositionNotional?.toString();
    case 'order_quantity_limit':
      return limit === strictLimits.maxOrderQuantity?.toString();
    case 'total_exposure_limit':
      return limit === strictLimits.maxTotalExposure?.toString();
    case 'instrument_not_allowed':
      return strictLimits.allowedSymbols !== undefined;
    case 'kill_switch_engaged':
      return isJournaled(run, 'kill_switch_set', 'engaged', true);
    case 'trading_halted':
      return isJournaled(run, 'trading_state_set', 'state', 'halted');
    default:
      return true;
  }
}

function isJournaled(run: AuditedRun, type: string, field: string, value: unknown): boolean {
  return run.evidence.journal.some((line) => line.type === type && line.payload[field] === value);
}

/** Purchases on spot, at the price that they name: what was asked for after the limit was known to be stored. */
function ownLimitHolds(run: AuditedRun): void {
  const { ownLimit } = run.evidence;
  const since = ownLimit?.since ?? null;
  if (ownLimit === null || since === null || run.evidence.service.baseCurrency !== 'USDT') return;
  const most = Decimal.parse(ownLimit.maxOrderNotional);
  for (const { answer, arrivedAt, asked } of run.evidence.calls.places) {
    if (answer.kind !== 'accepted' || answer.replayed || arrivedAt === null || arrivedAt <= since) continue;
    if (asked.side !== 'buy' || asked.symbol.includes(':') || asked.quantity === null || asked.price === null)
      continue;
    const worth = Decimal.parse(asked.quantity).multiply(Decimal.parse(asked.price));
    if (worth.greaterThan(most))
      run.fail('I3', `${asked.label} is worth ${worth.toString()}, more than an order of its account may be`);
  }
}

/** The equity and the capital of a mode are those of its accounts together, and of no other's. */
export function modesAddUp(accounts: readonly AuditedAccount[]): readonly string[] {
  const violations: string[] = [];
  for (const shared of new Set(accounts.map((one) => one.shared))) {
    const own = accounts
      .filter((one) => one.shared === shared)
      .map(({ evidence }) => new AuditedRun(evidence));
    const shown = own[0]?.evidence.service.equity ?? null;
    const parts = own.map((run) => equityOf(run));
    if (shown === null || parts.includes(null)) continue;
    const compare = (name: 'current' | 'capital'): void => {
      const sum = parts.reduce((total, part) => total.add(Decimal.parse(part?.[name] ?? '0')), Decimal.zero);
      if (!sum.subtract(Decimal.parse(shown[name])).abs().atMost(MOST_ROUNDED))
        violations.push(
          `I4: ${name} of ${shared} is ${shown[name]}, and that of its accounts ${sum.toString()}`,
        );
    };
    compare('current');
    compare('capital');
  }
  return violations;
}
