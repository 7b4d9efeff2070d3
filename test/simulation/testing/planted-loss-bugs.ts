/** Planted bugs of losses, their limits, midnight, flows and the ladder: seeds with limits on losses find each. */
import type { FoundBySeed } from './planted-bugs.ts';

function bug(name: string, foundBy: number, file: string, find: string, replace: string): FoundBySeed {
  return { name, foundBy, replacements: [{ file, find, replace }] };
}

export const LOSS_BUGS: readonly FoundBySeed[] = [
  bug(
    'daily_loss: a gain of the day counts as a loss',
    39,
    'src/core/risk/equity.ts',
    'return equity.dayStart.subtract(equity[end]).max(Decimal.zero);',
    'return equity[end].subtract(equity.dayStart).max(Decimal.zero);',
  ),
  bug(
    'drawdown: equity above its peak is what is lost',
    60,
    'src/core/risk/equity.ts',
    'const lost = peak.subtract(equity[end]);',
    'const lost = equity[end].subtract(peak);',
  ),
  bug(
    'a new day begins with the lower of the readings around midnight',
    191,
    'src/core/risk/equity.ts',
    'before.current.max(current).subtract(early)',
    'before.current.min(current).subtract(early)',
  ),
  bug(
    'a flow moves the baseline of the day the other way',
    39,
    'src/core/risk/equity.ts',
    'dayStart: before.dayStart.add(dayBaseline),',
    'dayStart: before.dayStart.subtract(dayBaseline),',
  ),
  bug(
    'a flow leaves the peak where it was',
    17,
    'src/core/risk/equity.ts',
    'return { ...moved, peak };',
    'return { ...moved, peak: peak.subtract(peak).add(before.peak) };',
  ),
  bug(
    'the ladder takes its steps at ten times their share of a limit',
    17,
    'src/core/risk/ladder.ts',
    'actual.multiply(Decimal.fromInteger(100)).atLeast(',
    'actual.multiply(Decimal.fromInteger(10)).atLeast(',
  ),
  bug(
    'daily_loss: new risk is refused until the limit is lost',
    17,
    'src/core/risk/rules/daily-loss.ts',
    'if (loss.lessThan(limit)) return passed(limit, stated);',
    'if (limit.lessThan(loss)) return passed(limit, stated);',
  ),
  bug(
    'drawdown: new risk is refused until the limit is lost',
    17,
    'src/core/risk/rules/drawdown.ts',
    'if (lost.lessThan(limit)) return passed(limit, lost);',
    'if (limit.lessThan(lost)) return passed(limit, lost);',
  ),
];
