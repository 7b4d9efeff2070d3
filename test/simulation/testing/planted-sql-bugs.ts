/**
 * Bugs in the statements of PostgreSQL: worlds have a journal in memory. A named test on a real database finds each.
 *
 * Entry point: `SQL_BUGS`, part of `FOUND_BY_TESTS`.
 */
import type { FoundByTest } from './planted-bugs.ts';

export const SQL_BUGS: readonly FoundByTest[] = [
  {
    name: 'append: a session that is over still writes',
    foundIn: {
      file: 'src/journal/postgres-journal.int.test.ts',
      title: 'what an old session left in flight cannot take effect after it was judged lost',
    },
    replacements: [
      {
        file: 'src/journal/append-statement.ts',
        find: 'AND h.seq = i.expected_seq AND h.epoch = i.epoch AND h.session = i.session\n',
        replace: 'AND h.seq = i.expected_seq AND h.epoch = i.epoch\n',
      },
    ],
  },
  {
    name: 'append: nothing asks whose the portfolio is by now',
    foundIn: {
      file: 'src/journal/postgres-journal.int.test.ts',
      title: 'what an old session left in flight cannot take effect after it was judged lost',
    },
    replacements: [
      {
        file: 'src/journal/append-statement.ts',
        find: 'AND h.seq = i.expected_seq AND h.epoch = i.epoch AND h.session = i.session\n',
        replace: 'AND true\n',
      },
    ],
  },
  {
    name: 'append: a key that is taken keeps no order out',
    foundIn: {
      file: 'src/journal/postgres-journal.int.test.ts',
      title: 'J11 a taken key leaves its append out, whole, and disturbs no other in the group',
    },
    replacements: [
      {
        file: 'src/journal/append-statement.ts',
        find: "${withKeys ? 'AND i.portfolio_id NOT IN (SELECT t.portfolio_id FROM taken t)' : ''}",
        replace: '',
      },
    ],
  },
  {
    name: 'history: the last order of a page comes again',
    foundIn: {
      file: 'src/journal/postgres-journal.int.test.ts',
      title: 'J18 history pages through finished orders, newest first, each once, under every filter',
    },
    replacements: [
      {
        file: 'src/journal/read-statements.ts',
        find: "'(created_at, order_id) < (?, ?)'",
        replace: "'(created_at, order_id) <= (?, ?)'",
      },
    ],
  },
  {
    name: "executions: those of a simulator's former life are known",
    foundIn: {
      file: 'src/journal/postgres-journal.int.test.ts',
      title:
        'J26 a simulator that begins anew counts its ids from the start: the old rows stay, but are met no more',
    },
    replacements: [
      {
        file: 'src/journal/read-statements.ts',
        find: 'trade_id = ANY ($4::text[])\n              AND generation = ${GENERATION_OF_ACCOUNT}`',
        replace: 'trade_id = ANY ($4::text[])`',
      },
    ],
  },
  {
    name: 'records: a name stands for all names that begin with it',
    foundIn: {
      file: 'src/journal/postgres-journal.int.test.ts',
      title: 'J29 records are found by time, type, actor and account, newest first, page by page',
    },
    replacements: [
      {
        file: 'src/journal/read-statements.ts',
        find: "starts_with(${ACTOR}, ${actor} || '/')",
        replace: 'starts_with(${ACTOR}, ${actor})',
      },
    ],
  },
  {
    name: 'equity: the highest reading of an hour is dropped',
    foundIn: {
      file: 'src/journal/equity-retention.int.test.ts',
      title:
        'every reading of a week, one of each minute for 90 days, then one of each hour; the extremes always',
    },
    replacements: [
      {
        file: 'src/journal/equity-retention.ts',
        find: 'WHERE from_last > 1 AND from_highest > 1 AND',
        replace: 'WHERE from_last > 1 AND',
      },
    ],
  },
  {
    name: 'leases: a frozen owner keeps its portfolio for ever',
    foundIn: {
      file: 'src/journal/postgres-journal.int.test.ts',
      title: 'J10 a frozen owner is replaced when its lease ends, and had stopped by then',
    },
    replacements: [
      {
        file: 'src/journal/leases.ts',
        find: 'this.#writing.isOurs(session, head.session) || leaseLeftMs <= 0)',
        replace: 'this.#writing.isOurs(session, head.session))',
      },
    ],
  },
  {
    name: 'cancels: one that is dropped takes the others with it',
    foundIn: {
      file: 'src/journal/postgres-journal.int.test.ts',
      title: 'J28 cancels that a node leaves are found by every node, once an order, until they are dropped',
    },
    replacements: [
      {
        file: 'src/journal/handed-over-cancels.ts',
        find: "'DELETE FROM handed_over_cancels WHERE portfolio_id = $1 AND order_id = ANY ($2::text[])'",
        replace: "'DELETE FROM handed_over_cancels WHERE portfolio_id = $1 AND $2::text[] IS NOT NULL'",
      },
    ],
  },
];
