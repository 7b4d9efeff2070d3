/** Decreases that nothing explains, whose worth is known and was taken from the equity: nothing too, where the asset was written off. */
import type { Decimal } from '../decimal.ts';
import type { UnexplainedChange } from './equity-record.ts';

/** Whether the worth of a decrease was counted; an increase never was. */
export function isCountedLoss({ lost, isWorthless }: UnexplainedChange): boolean {
  return !lost.isZero() || isWorthless === true;
}

/** The part of a change that says that its worth is known to be nothing; `worth` is null while it is not known. */
export function worthlessNote(worth: Decimal | null): Pick<UnexplainedChange, 'isWorthless'> {
  return worth?.isZero() === true ? { isWorthless: true } : {};
}
