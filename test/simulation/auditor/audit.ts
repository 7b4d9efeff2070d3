/**
 * The independent auditor: holds what the service says against what the venue knows and what callers were answered.
 *
 * Entry points: `audit`, `auditAll` (once everything has healed); `ExposureWatch` (at every instant) and `compareOrders` (in the midst of
 * a run) in files of their own. A file of this folder holds the checks of one promise of docs/invariants.md. It shares no
 * state types, fill logic or codec with the service: of `src/core` it uses exact decimals and nothing else, of `src/engine`
 * nothing. Everything the service says comes as plain JSON.
 */
import { accountsApart, modesAddUp, type AuditedAccount } from './accounts-apart.ts';
import { AuditedRun } from './audited-run.ts';
import { atMostOnce, repeatsAreOne, secondSendsMakeNone, writtenAhead } from './at-most-once.ts';
import { answersHold, nothingLost, nothingTwice } from './nothing-lost.ts';
import {
  batchesAreWhole,
  directionsHold,
  killSwitchHolds,
  nothingRefusedForBalance,
  sidesHold,
  tradingStatesHold,
} from './within-limits.ts';
import { booksEqual, fundingOnItsSide } from './books.ts';
import { strategyPartsExist } from './strategy-parts.ts';
import { driftExplained } from './drift.ts';
import { cancelsWentOut, refusalsExplained } from './explained.ts';
import { equityIsTrue } from './equity.ts';
import type { Evidence } from './evidence.ts';
import { limitsHold } from './limits.ts';
import { lossesHold } from './losses.ts';
import { termsHold } from './terms.ts';

/** Everything of one account that does not hold; empty when all does. */
export function audit(evidence: Evidence): readonly string[] {
  const run = new AuditedRun(evidence);
  if (evidence.service.halted !== null) run.fail('I4', `the portfolio is halted: ${evidence.service.halted}`);
  for (const check of CHECKS) check(run);
  return run.violations;
}

/** The same of all accounts of a world, and of the figures that some of them have together. */
export function auditAll(accounts: readonly AuditedAccount[]): readonly string[] {
  const found = accounts.flatMap(({ name, evidence }) =>
    audit(evidence).map((violation) => (accounts.length === 1 ? violation : `${name}: ${violation}`)),
  );
  return accounts.length === 1 ? found : [...found, ...modesAddUp(accounts)];
}

const CHECKS: readonly ((run: AuditedRun) => void)[] = [
  atMostOnce,
  nothingLost,
  nothingTwice,
  repeatsAreOne,
  answersHold,
  batchesAreWhole,
  writtenAhead,
  secondSendsMakeNone,
  nothingRefusedForBalance,
  sidesHold,
  directionsHold,
  termsHold,
  limitsHold,
  booksEqual,
  fundingOnItsSide,
  strategyPartsExist,
  equityIsTrue,
  driftExplained,
  refusalsExplained,
  cancelsWentOut,
  killSwitchHolds,
  tradingStatesHold,
  accountsApart,
  lossesHold,
];
