/**
 * Every way in which a request can fail, in one table. docs/errors.md is made from it.
 *
 * Entry points: `PROBLEMS`, `ProblemCode`.
 *
 * Invariant: a code has one status, one title, a condition and a remedy; a code without them does not compile.
 */
import type { RefusalCode } from '../../core/risk/refusal.ts';
import type { Unavailable } from '../../engine/desk.ts';
import type { ProblemKind } from './problem-kind.ts';
import { REFUSAL_PROBLEMS } from './refusal-problems.ts';
import { REQUEST_PROBLEMS, type RequestFault } from './request-problems.ts';
import { PORTFOLIO_PROBLEMS, VENUE_PROBLEMS, type VenueFault } from './service-problems.ts';

export type ProblemCode = RequestFault | VenueFault | RefusalCode | Unavailable;

/** docs/errors.md lists the codes of a status in this order. */
export const PROBLEMS: Readonly<Record<ProblemCode, ProblemKind>> = {
  ...REQUEST_PROBLEMS,
  ...VENUE_PROBLEMS,
  ...PORTFOLIO_PROBLEMS,
  ...REFUSAL_PROBLEMS,
};

export function isProblemCode(text: string): text is ProblemCode {
  return Object.hasOwn(PROBLEMS, text);
}
