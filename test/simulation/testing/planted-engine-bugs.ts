/**
 * Bugs in the engine's queues and intervals, which a world meets without harm. A named test finds each.
 *
 * Entry point: `ENGINE_BUGS`, part of `FOUND_BY_TESTS`.
 */
import type { FoundByTest } from './planted-bugs.ts';

export const ENGINE_BUGS: readonly FoundByTest[] = [
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
