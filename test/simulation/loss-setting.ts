/**
 * Limits on losses, midnight and flows: the worlds in which equity, day and ladder decide.
 *
 * Entry point: `lossesOf`. Drawn apart, so that all other worlds stay as they were.
 */
import { decimal, type Decimal } from '../../src/core/decimal.ts';
import { mix, Random } from '../../src/simulators/exchange/random.ts';
import { START_AT } from './virtual-time.ts';

export interface LossSetting {
  /** When the world begins, in ms since the epoch: where a midnight is to pass while callers are at work, shortly before it. */
  readonly startAt: number;
  readonly maxDailyLoss: Decimal | null;
  readonly maxDrawdown: Decimal | null;
  /** Whether the owner pays in, takes out and moves between wallets. */
  readonly flows: boolean;
}

export const NO_LOSSES: LossSetting = {
  startAt: START_AT,
  maxDailyLoss: null,
  maxDrawdown: null,
  flows: false,
};

/** 2026-01-06 00:00 UTC. */
const MIDNIGHT = START_AT + 12 * 3_600_000;
const ONE_IN = 4;

/** `equity`: about what the account begins with, in dollars. Limits are in dollars: other base currencies have none. */
export function lossesOf(
  seed: number,
  {
    activityMs,
    equity,
    isInDollars,
  }: { readonly activityMs: number; readonly equity: number; readonly isInDollars: boolean },
): LossSetting {
  const random = new Random(mix(seed ^ 0x2b7e1516));
  const isLimited = random.below(ONE_IN) === 0 && isInDollars;
  const kind = random.below(3);
  const dollars = [0.2, 0.5, 2][random.below(3)] ?? 0.5;
  const meetsMidnight = random.below(5) < 4;
  // Late enough that most accounts have been read before it, and early enough that callers go on after it.
  const beforeMidnightMs = Math.round((activityMs * (50 + random.below(45))) / 100);
  const flows = random.below(5) < 4;
  if (!isLimited) return NO_LOSSES;
  // A fraction with few digits.
  const fraction = Math.max(1, Math.round((dollars / equity) * 1e6)) / 1e6;
  return {
    startAt: meetsMidnight ? MIDNIGHT - beforeMidnightMs : START_AT,
    maxDailyLoss: kind === 1 ? null : decimal(String(dollars)),
    maxDrawdown: kind === 0 ? null : decimal(fraction.toFixed(6)),
    flows,
  };
}
