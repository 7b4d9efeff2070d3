/**
 * Bugs in the engine's queues and intervals, which a world meets without harm. A named test finds each.
 *
 * Entry point: `ENGINE_BUGS`, part of `FOUND_BY_TESTS`.
 */
import type { FoundByTest } from './planted-bugs.ts';

export const ENGINE_BUGS: readonly FoundByTest[] = [
  {
    name: 'cursors: the next page begins a thousand executions too late',
    foundIn: {
      file: 'src/venues/binance/fills.test.ts',
      title:
        'go on right after the last execution, at it where the page is full, and from its id once one is known',
    },
    replacements: [
      {
        file: 'src/venues/binance/fills.ts',
        find: 'numberOf(last.tradeId) + (isFull ? 0n : 1n)',
        replace: 'numberOf(last.tradeId) + 1_000n',
      },
      {
        file: 'src/venues/binance/fills.ts',
        find: 'const next = numberOf(last.tradeId) + 1n;',
        replace: 'const next = numberOf(last.tradeId) + 1_000n;',
      },
    ],
  },
  {
    name: 'the margin of swaps is not counted for spot in a unified wallet',
    foundIn: {
      file: 'src/core/balance/unified-wallet.test.ts',
      title: 'takes the margin of a position, and its open loss, from what spot may spend',
    },
    replacements: [
      {
        file: 'src/core/balance/available.ts',
        find: 'return free.subtract(margin).max(Decimal.zero);',
        replace: "return (use === 'spends' ? free : free.subtract(margin)).max(Decimal.zero);",
      },
    ],
  },
  {
    name: 'what a swap order holds is not held of a unified wallet',
    foundIn: {
      file: 'src/core/balance/unified-wallet.test.ts',
      title: 'has the hold of a spot purchase and the margin of a swap compete for the same balance',
    },
    replacements: [
      {
        file: 'src/core/order/open-orders.ts',
        find: 'balanceKey(order.accountId, order.hold.wallet, order.hold.holdAsset);',
        replace:
          "balanceKey(order.accountId, order.kind === 'spot' ? order.hold.wallet : 'linear_swap', order.hold.holdAsset);",
      },
    ],
  },
  {
    name: 'an execution after the cancel is ignored',
    foundIn: {
      file: 'src/core/order/life.test.ts',
      title: 'after the cancel still count and leave it canceled',
    },
    replacements: [
      {
        file: 'src/core/order/transitions.ts',
        find: 'fill_booked: becomes(status),',
        replace: 'fill_booked: FINISHED,',
      },
    ],
  },
  {
    name: 'a cancel is lost with the placement that it waits for',
    foundIn: {
      file: 'src/engine/inbox.test.ts',
      title: 'keeps the cancel of a placement that is taken out for the next batch',
    },
    replacements: [
      {
        file: 'src/engine/inbox.ts',
        find: 'this.#lanes.cancel.push(...this.#release(item));',
        replace: 'this.#release(item);',
      },
    ],
  },
  {
    name: 'a refused record costs its whole batch',
    foundIn: {
      file: 'src/engine/refused-records.test.ts',
      title:
        'costs the one input at fault its answer, and none of the outcomes, cancels and orders that came with it',
    },
    replacements: [
      {
        file: 'src/engine/writer.ts',
        find: 'await this.#isolate(batch, (culprit) => this.#refuse(culprit, draft.events, result.detail));',
        replace: 'for (const each of batch) await this.#refuse(each, draft.events, result.detail);',
      },
    ],
  },
  {
    name: 'account records are read at every comparison',
    foundIn: {
      file: 'src/engine/reconciler.test.ts',
      title: 'account records are read when a balance differs, and by themselves once a minute',
    },
    replacements: [
      {
        file: 'src/engine/record-readings.ts',
        find: 'now - this.#taken.askedAt >= RECORDS_EVERY_MS',
        replace: 'now - this.#taken.askedAt >= RECORDS_EVERY_MS - 1',
      },
    ],
  },
];
