/**
 * Bugs in the figures of the core that no auditor computes: rates, baselines, steps, cuts, marks. A named test finds each.
 *
 * Entry point: `FIGURE_BUGS`, part of `FOUND_BY_TESTS`.
 */
import type { FoundByTest } from './planted-bugs.ts';

export const FIGURE_BUGS: readonly FoundByTest[] = [
  {
    name: 'a rate over two markets is narrower than either',
    foundIn: {
      file: 'src/core/risk/conversion.test.ts',
      title: 'over two markets widens by the haircut of each that is no longer fresh, at both ends',
    },
    replacements: [
      {
        file: 'src/core/risk/conversion.ts',
        find: 'high: first.high.multiply(second.high)',
        replace: 'high: first.high.multiply(second.low)',
      },
    ],
  },
  {
    name: 'results of earlier days count as those of today',
    foundIn: {
      file: 'src/core/portfolio/account-records.test.ts',
      title: 'a rebate of yesterday is no result of today',
    },
    replacements: [
      {
        file: 'src/core/risk/equity.ts',
        find: 'amount.subtract(amountAtDayStart), price',
        replace: 'amount, price',
      },
    ],
  },
  {
    name: 'a transfer on paper explains a live loss',
    foundIn: { file: 'src/core/risk/transfer-sides.test.ts', title: 'where the transfer comes first' },
    replacements: [
      {
        file: 'src/core/risk/transfer-sides.ts',
        find: '      isNear(transfer.at, at) &&\n      state.capitals.get(transfer.accountId)?.mode === mode,',
        replace: '      mode !== null &&\n      isNear(transfer.at, at),',
      },
    ],
  },
  {
    name: 'one reading flattens',
    foundIn: {
      file: 'src/core/risk/second-datum.test.ts',
      title: 'of what still trades while a halted coin has lost most: it keeps no other position open',
    },
    replacements: [
      {
        file: 'src/core/risk/ladder.ts',
        find: "const confirmedStep = isConfirmed ? first.step : 'no_new_risk';",
        replace: "const confirmedStep = isConfirmed ? first.step : 'flatten';",
      },
    ],
  },
  {
    name: 'a position is cut while executions of it are still to come',
    foundIn: {
      file: 'src/core/reconcile/holdings.test.ts',
      title: 'is not cut while an order that has ended there waits for executions of it',
    },
    replacements: [
      {
        file: 'src/core/reconcile/holdings.ts',
        find: "order.status === 'unknown' || order.final !== null",
        replace: "order.status === 'unknown'",
      },
    ],
  },
];
