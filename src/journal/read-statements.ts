/**
 * The statements that read the read models on PostgreSQL, and what they cost. Pure.
 *
 * Entry points: `historyStatement`, `fillsStatement` and the look-ups below them.
 *
 * Invariants:
 *  1. A page costs the same at its first and at its last row, whatever it is narrowed to: it is made of ranges of an index
 *     in the order of the page, one for each account, each side and each status that an order can end in, and at most
 *     `limit + 1` rows of each are read.
 *  2. A look-up by a venue's ids finds rows of the account's present generation only: a simulator that begins anew counts its
 *     ids from the start.
 */
import type {
  AccountId,
  InstrumentSymbol,
  OrderId,
  PortfolioId,
  TradeId,
  VenueOrderId,
} from '../core/ids.ts';
import { isFinished, ORDER_STATUSES } from '../core/order/transitions.ts';
import {
  parseDriftCursor,
  parseFillCursor,
  parseOrderCursor,
  parseRecordTimeCursor,
} from './history-cursor.ts';
import {
  RECORDS_LOOKED_THROUGH,
  type DriftFilter,
  type FillsFilter,
  type HistoryFilter,
  type RecordFilter,
} from './journal.ts';

export interface Statement {
  /** Prepared under this name; absent for a text that depends on its filter. */
  readonly name?: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * Of the sessions that run them. Listings must walk the index of their order, look-ups the index of their key: a plan made
 * while a table was small, or before it was analysed, would read all of it.
 */
export const READ_SETTINGS = '-c enable_seqscan=off -c enable_bitmapscan=off -c jit=off';

/** The status of a finished order; what is not among them is on no page. */
const FINISHED_STATUSES: readonly string[] = ORDER_STATUSES.filter(isFinished);

/** One page of history; a row more than the limit says that there is another page. Throws `CursorInvalid`. */
export function historyStatement(filter: HistoryFilter): Statement {
  const query = new ConditionList(filter.portfolioId);
  query.add('finished');
  query.add('status = ended.status');
  query.add('is_sale = side.is_sale');
  query.add('account_id = account.id');
  if (filter.symbol !== undefined) query.add('symbol = ?', filter.symbol);
  if (filter.strategy !== undefined) query.add('strategy = ?', filter.strategy);
  if (filter.since !== undefined) query.add('created_at >= ?', filter.since);
  const position = filter.cursor === undefined ? null : parseOrderCursor(filter.cursor);
  // One upper bound, the lower of the two: beside both the plan would begin at either.
  if (position !== null && position.createdAt < (filter.until ?? Infinity))
    query.add('(created_at, order_id) < (?, ?)', position.createdAt, position.orderId);
  else if (filter.until !== undefined) query.add('created_at < ?', filter.until);
  const statuses = query.parameter(filter.status === undefined ? FINISHED_STATUSES : [filter.status]);
  const sides = query.parameter(filter.side === undefined ? [false, true] : [filter.side === 'sell']);
  const accounts =
    filter.accountIds === undefined
      ? ACCOUNTS_WITH_ORDERS
      : accountsNamed(query.parameter([...new Set(filter.accountIds)]));
  const ofExchange =
    filter.exchange === undefined ? '' : `WHERE account.exchange = ${query.parameter(filter.exchange)}`;
  const order = 'ORDER BY created_at DESC, order_id DESC';
  const limit = query.parameter(filter.limit + 1);
  return {
    // The documents of those rows alone that are on the page.
    text: `WITH RECURSIVE account(id, exchange) AS (${accounts})
           SELECT o.document, page.created_at, page.order_id
             FROM (SELECT found.* FROM account CROSS JOIN unnest(${statuses}::text[]) AS ended(status)
                    CROSS JOIN unnest(${sides}::boolean[]) AS side(is_sale)
                    CROSS JOIN LATERAL (SELECT created_at, order_id FROM orders WHERE ${query.text()} ${order} LIMIT ${limit}) AS found
                    ${ofExchange} ${order} LIMIT ${limit}) AS page
             JOIN orders o ON o.portfolio_id = $1 AND o.order_id = page.order_id
            ORDER BY page.created_at DESC, page.order_id DESC`,
    values: query.values,
  };
}

/** A portfolio has few accounts, each of one exchange: the index leads from one to the next. */
const ACCOUNTS_WITH_ORDERS = `
        (SELECT account_id, exchange FROM orders WHERE portfolio_id = $1 AND finished ORDER BY account_id LIMIT 1)
        UNION ALL
        SELECT next.* FROM account CROSS JOIN LATERAL (
          SELECT o.account_id, o.exchange FROM orders o
           WHERE o.portfolio_id = $1 AND o.finished AND o.account_id > account.id ORDER BY o.account_id LIMIT 1) AS next`;

/** Those with these ids, with the exchange that their orders are of. */
const accountsNamed = (ids: string): string => `
        SELECT id, (SELECT o.exchange FROM orders o WHERE o.portfolio_id = $1 AND o.finished AND o.account_id = id LIMIT 1)
          FROM unnest(${ids}::text[]) AS id`;

/** One page of executions; a row more than the limit says that there is another page. Throws `CursorInvalid`. */
export function fillsStatement(filter: FillsFilter): Statement {
  const query = new ConditionList(filter.portfolioId);
  query.add('account_id = account.id');
  if (filter.symbol !== undefined) query.add('symbol = ?', filter.symbol);
  if (filter.since !== undefined) query.add('executed_at >= ?', filter.since);
  const position = filter.cursor === undefined ? null : parseFillCursor(filter.cursor);
  const last = Math.min((filter.until ?? Infinity) - 1, position?.executedAt ?? Infinity);
  // One upper bound, as above.
  if (Number.isFinite(last)) query.add('executed_at <= ?', last);
  if (position !== null) {
    // Leaves out what has been on a page already.
    query.add(
      '(executed_at, account_id, symbol, trade_id, venue_order_id, generation) < (?, ?, ?, ?, ?, ?)',
      position.executedAt,
      position.accountId,
      position.symbol,
      position.tradeId,
      position.venueOrderId,
      position.generation,
    );
  }
  const account =
    filter.accountId === undefined
      ? ACCOUNTS_WITH_FILLS
      : `account(id) AS (SELECT ${query.parameter(filter.accountId)}::text)`;
  const limit = query.parameter(filter.limit + 1);
  const columns = 'executed_at, account_id, symbol, trade_id, venue_order_id, generation';
  const newestFirst = (names: string): string =>
    names
      .split(', ')
      .map((name) => `${name} DESC`)
      .join(', ');
  return {
    text: `WITH RECURSIVE ${account}
      SELECT page.* FROM account
       CROSS JOIN LATERAL (
         SELECT document, order_id, ${columns} FROM fills WHERE ${query.text()}
          ORDER BY ${newestFirst('executed_at, symbol, trade_id, venue_order_id, generation')} LIMIT ${limit}) AS page
       ORDER BY ${newestFirst(columns)} LIMIT ${limit}`,
    values: query.values,
  };
}

/** As the indexes of `drift` have it. */
const DRIFT_OPENED_AT = `coalesce((document->>'openedAt')::bigint, 0)`;

/** One page of drift cases; a row more than the limit says that there is another page. Throws `CursorInvalid`. */
export function driftStatement(filter: DriftFilter): Statement {
  const query = new ConditionList(filter.portfolioId);
  if (filter.open !== undefined) query.add(filter.open ? 'open' : 'NOT open');
  if (filter.cursor !== undefined) {
    const { openedAt, driftId } = parseDriftCursor(filter.cursor);
    query.add(`(${DRIFT_OPENED_AT}, drift_id) < (?, ?)`, openedAt, driftId);
  }
  const limit = query.parameter(filter.limit + 1);
  return {
    text: `SELECT document, drift_id, ${DRIFT_OPENED_AT} AS opened_at FROM drift WHERE ${query.text()}
            ORDER BY ${DRIFT_OPENED_AT} DESC, drift_id DESC LIMIT ${limit}`,
    values: query.values,
  };
}

/** A portfolio has few accounts: the index leads from one to the next. */
const ACCOUNTS_WITH_FILLS = `account(id) AS (
        (SELECT account_id FROM fills WHERE portfolio_id = $1 ORDER BY account_id LIMIT 1)
        UNION ALL
        SELECT (SELECT f.account_id FROM fills f WHERE f.portfolio_id = $1 AND f.account_id > account.id
                 ORDER BY f.account_id LIMIT 1)
          FROM account WHERE account.id IS NOT NULL)`;

const GENERATION_OF_ACCOUNT =
  'coalesce((SELECT e.generation FROM account_generations e WHERE e.portfolio_id = $1 AND e.account_id = $2), 0)';

export function orderByVenueOrderIdStatement(
  portfolioId: PortfolioId,
  accountId: AccountId,
  symbol: InstrumentSymbol,
  venueOrderId: VenueOrderId,
): Statement {
  return {
    name: 'order_by_venue_order_id',
    text: `SELECT o.document FROM venue_order_ids v JOIN orders o USING (portfolio_id, order_id)
            WHERE v.portfolio_id = $1 AND v.account_id = $2 AND v.symbol = $3 AND v.venue_order_id = $4
              AND v.generation = ${GENERATION_OF_ACCOUNT} AND o.finished`,
    values: [portfolioId, accountId, symbol, venueOrderId],
  };
}

export function knownFillsStatement(
  portfolioId: PortfolioId,
  accountId: AccountId,
  symbol: InstrumentSymbol,
  tradeIds: readonly TradeId[],
): Statement {
  return {
    name: 'known_fills',
    text: `SELECT trade_id, venue_order_id FROM fills
            WHERE portfolio_id = $1 AND account_id = $2 AND symbol = $3 AND trade_id = ANY ($4::text[])
              AND generation = ${GENERATION_OF_ACCOUNT}`,
    values: [portfolioId, accountId, symbol, [...tradeIds]],
  };
}

export function fillsOfOrderStatement(portfolioId: PortfolioId, orderId: OrderId): Statement {
  return {
    name: 'fills_of_order',
    text: `SELECT document, account_id, order_id FROM fills WHERE portfolio_id = $1 AND order_id = $2
            ORDER BY executed_at, account_id, symbol, trade_id, venue_order_id, generation`,
    values: [portfolioId, orderId],
  };
}

export function recordsOfOrderStatement(portfolioId: PortfolioId, orderId: OrderId): Statement {
  return {
    name: 'records_of_order',
    text: `SELECT j.portfolio_id, j.seq, j.at, j.type, j.payload, j.hash, j.prev_hash
             FROM journal_orders o JOIN journal j USING (portfolio_id, seq)
            WHERE o.portfolio_id = $1 AND o.order_id = $2 ORDER BY o.seq`,
    values: [portfolioId, orderId],
  };
}

/**
 * The stretch of the journal that a page looks through: its first `RECORDS_LOOKED_THROUGH` records, or its rows alone. The index
 * of times has an entry for each run of records of one time: the runs are walked, and the records of each by their `seq`.
 */
function stretch(filter: RecordFilter, query: ConditionList, columns: string): string {
  const position = filter.cursor === undefined ? null : parseRecordTimeCursor(filter.cursor);
  const ofRun = ['run.portfolio_id = $1', 'run.run_length IS DISTINCT FROM 0'];
  let before = '';
  if (filter.since !== undefined) ofRun.push(`run.at >= ${query.parameter(filter.since)}`);
  // One upper bound, as of orders.
  if (position !== null && position.at < (filter.until ?? Infinity)) {
    const bound = `(${query.parameter(position.at)}, ${query.parameter(position.seq)})`;
    ofRun.push(`(run.at, run.seq) < ${bound}`);
    before = `AND (j.at, j.seq) < ${bound}`;
  } else if (filter.until !== undefined) ofRun.push(`run.at < ${query.parameter(filter.until)}`);
  return `SELECT ${columns}, run.at AS run_at, run.seq AS run_seq
            FROM journal run CROSS JOIN LATERAL (
              SELECT * FROM journal j
               WHERE j.portfolio_id = $1 AND j.seq >= run.seq AND j.seq < run.seq + coalesce(run.run_length, 1) ${before}
               ORDER BY j.seq DESC) AS j
           WHERE ${ofRun.join(' AND ')} ORDER BY run.at DESC, run.seq DESC, j.seq DESC`;
}

const RECORD_COLUMNS = 'j.portfolio_id, j.seq, j.at, j.type, j.payload, j.hash, j.prev_hash';
const ACTOR = `coalesce(payload->>'requestedBy', payload->'request'->>'requestedBy')`;
const RECORD_ACCOUNT = `coalesce(payload->>'accountId', payload->'drift'->>'accountId', payload->'request'->>'accountId')`;

/** One page of records; a row more than the limit says that there is another page. Throws `CursorInvalid`. */
export function recordsStatement(filter: RecordFilter): Statement {
  const query = new ConditionList(filter.portfolioId);
  const looked = stretch(filter, query, RECORD_COLUMNS);
  const fits = ['true'];
  if (filter.types !== undefined) fits.push(`type = ANY (${query.parameter([...filter.types])}::text[])`);
  if (filter.accountId !== undefined) fits.push(`${RECORD_ACCOUNT} = ${query.parameter(filter.accountId)}`);
  if (filter.actor !== undefined) {
    const actor = `${query.parameter(filter.actor)}::text`;
    fits.push(`(${ACTOR} = ${actor} OR starts_with(${ACTOR}, ${actor} || '/'))`);
  }
  return {
    // The inner limit is read no further than the outer one asks.
    text: `SELECT portfolio_id, seq, at, type, payload, hash, prev_hash
             FROM (${looked} LIMIT ${RECORDS_LOOKED_THROUGH}) AS looked
            WHERE ${fits.join(' AND ')}
            ORDER BY run_at DESC, run_seq DESC, seq DESC LIMIT ${query.parameter(filter.limit + 1)}`,
    values: query.values,
  };
}

/** The last record that a page looks through; no row where the journal ends before. Throws `CursorInvalid`. */
export function endOfStretchStatement(filter: RecordFilter): Statement {
  const query = new ConditionList(filter.portfolioId);
  const looked = stretch(filter, query, 'j.at, j.seq');
  return {
    text: `SELECT at, seq FROM (${looked} OFFSET ${RECORDS_LOOKED_THROUGH - 1} LIMIT 1) AS last`,
    values: query.values,
  };
}

/** The tables kept by generation, reduced to the present generation of each account. */
export function booksStatement(
  table: 'positions' | 'balances',
  order: string,
  portfolioId: PortfolioId,
): Statement {
  return {
    name: table,
    text: `SELECT b.document FROM ${table} b LEFT JOIN account_generations e USING (portfolio_id, account_id)
            WHERE b.portfolio_id = $1 AND b.generation = coalesce(e.generation, 0) ORDER BY ${order}`,
    values: [portfolioId],
  };
}

/** Conditions joined by AND; each `?` becomes a numbered parameter. The first parameter is the portfolio. */
class ConditionList {
  readonly values: unknown[] = [];
  readonly #conditions: string[] = [];

  constructor(portfolioId: PortfolioId) {
    this.add('portfolio_id = ?', portfolioId);
  }

  add(condition: string, ...values: readonly unknown[]): void {
    let next = 0;
    this.#conditions.push(
      condition.replaceAll('?', () => {
        const placeholder = this.parameter(values[next]);
        next += 1;
        return placeholder;
      }),
    );
  }

  parameter(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  text(): string {
    return this.#conditions.join(' AND ');
  }
}
