/**
 * `POST /trading/v2/positions/close`: closes every position of the portfolio, or of a part of it, each by itself.
 *
 * Entry point: `closePositionsRoute`.
 *
 * Invariant: a repeat under the same Idempotency-Key closes nothing more. It shows the orders that the first request placed, or where
 * that placed none, what it answered.
 */
import { z } from 'zod';
import { ACCOUNT_MODES, VENUES } from '../../core/ids.ts';
import type { Order } from '../../core/order/order.ts';
import { POSITION_SIDES } from '../../core/order/terms.ts';
import { positionKeyOf } from '../../core/portfolio/keys.ts';
import type { AccountRecord } from '../../directory/accounts.ts';
import type { Desk, PositionFilter } from '../../engine/desk.ts';
import { isBatchItem, isFormerPart } from '../../core/order/parts-of-key.ts';
import { chooseAccounts } from '../account-choice.ts';
import { isDecided, keepAnswer } from '../answered-requests.ts';
import { closeEach, hashOfPart, keyOfPosition, type PositionOutcome } from '../closing-all.ts';
import { unfilled } from '../close-remainder.ts';
import { closerOf } from '../closing.ts';
import { accountsOf, callerOf, deskOf, type App, type HttpContext } from '../context.ts';
import { accountField, exchangeField, flagField, integerField, modeField } from '../fields.ts';
import { contentHash, idempotencyKeyOf } from '../idempotency.ts';
import { closedFigures, keptClose } from '../kept-close.ts';
import { netBooks, nettedView, toNettedView } from '../netting.ts';
import { DEFAULT_WAIT_MS, MAX_PROTECTION_BPS, MAX_WAIT_MS } from '../order-request.ts';
import { fieldProblem, Problem } from '../problem.ts';
import { problemViewOf } from '../server-problem.ts';
import { closedFields, toClosedFields, toClosedFigures } from '../views/closed-position.ts';
import { orderView, toOrderView } from '../views/order.ts';
import { positionView, toPositionView } from '../views/position.ts';
import { problemView } from '../views/problem.ts';

const closeAllBody = z
  .strictObject({
    exchange: exchangeField.optional(),
    account: accountField.optional(),
    mode: modeField.optional().meta({ description: 'Those of the accounts of one mode.' }),
    all: flagField.default(false).meta({ description: 'Every position of the portfolio.' }),
    market_protection_bps: integerField(0, MAX_PROTECTION_BPS).optional(),
    wait_ms: integerField(0, MAX_WAIT_MS).default(DEFAULT_WAIT_MS),
  })
  .meta({
    id: 'ClosePositions',
    description: 'Every position that all of `exchange`, `account` and `mode` name; or `all` alone.',
  });

const place = {
  exchange: z.enum(VENUES),
  account: z.string(),
  mode: z.enum(ACCOUNT_MODES),
  symbol: z.string(),
  position_side: z.enum(POSITION_SIDES),
};

const result = z.union([
  z.object({
    ...place,
    order: orderView,
    ...closedFields,
  }),
  z.object({ ...place, error: problemView }),
]);

const closeAllAnswer = z.object({
  results: z.array(result).meta({ description: 'One for each position that was open.' }),
  netted: nettedView,
  positions_left: z.array(positionView).meta({ description: 'Those still open once the answer was due.' }),
  as_of_seq: z.int().meta({ description: 'Of `positions_left`.' }),
});

type Result = z.output<typeof result>;
const keptAnswer = closeAllAnswer.pick({ results: true, netted: true });

type Closed = z.output<typeof keptAnswer>;
type Wish = z.output<typeof closeAllBody>;

const NOTHING_CLOSED: Closed = { results: [], netted: [] };

export function closePositionsRoute(app: App, context: HttpContext): void {
  const closer = closerOf(context);
  /** Requests under a key that are being carried out, by portfolio and key. */
  const underWay = new Map<string, { readonly content: string; readonly closed: Promise<Closed> }>();
  app.route({
    method: 'POST',
    url: '/trading/v2/positions/close',
    config: { scope: 'trade', bound: 'accounts' },
    schema: {
      summary: 'Close every position, or those of an exchange, an account or a mode',
      tags: ['positions'],
      body: closeAllBody,
      response: { 200: closeAllAnswer },
    },
    handler: async (request, reply): Promise<z.output<typeof closeAllAnswer>> => {
      const caller = callerOf(request);
      const desk = deskOf(context, caller);
      const wish = request.body;
      const { accounts, filter } = chosen(accountsOf(context, caller), wish);
      const content = contentOf(wish);
      const key = idempotencyKeyOf(request.headers['idempotency-key']);
      const name = `${desk.portfolioId} ${key ?? ''}`;
      const earlier = key === null ? null : await closedUnder(key);
      if (earlier !== null) void reply.header('Idempotent-Replayed', 'true');
      const closed = await (earlier ?? begin());
      const { value, seq } = await desk.books.positions(filter);
      return { ...closed, positions_left: value.map(toPositionView), as_of_seq: seq };

      /** The results of the first request with the key, also while that is being carried out; null where there is none. */
      async function closedUnder(given: string): Promise<Closed | null> {
        const first = underWay.get(name);
        if (first === undefined) {
          const stored = await earlierOrders(desk, given, wish, content);
          // Another request may have begun while the keys were read.
          if (stored !== null) return stored;
          return underWay.has(name) ? closedUnder(given) : null;
        }
        if (first.content !== contentHash(content)) throw keyConflict(null);
        return first.closed;
      }

      function begin(): Promise<Closed> {
        const made = closePositions();
        if (key === null) return made;
        underWay.set(name, { content: contentHash(content), closed: made });
        return made.finally(() => underWay.delete(name));
      }

      async function closePositions(): Promise<Closed> {
        const { value: positions } = await desk.books.positions(filter);
        const outcomes = await closeEach(closer, desk, caller, positions, {
          accounts,
          marketProtectionBps: wish.market_protection_bps ?? null,
          key,
          request: content,
          waitMs: wish.wait_ms,
        });
        const netted = await netBooks(desk, caller, filter);
        const answer = {
          results: outcomes.map(toResult),
          netted: toNettedView(netted, (error) => problemViewOf(error, context, request.id)),
        };
        if (key !== null) await keep(key, outcomes, answer);
        return answer;
      }

      /** Keeps an answer without an order, once every position is decided: what is late may place one yet. */
      async function keep(
        given: string,
        outcomes: readonly PositionOutcome[],
        answer: Closed,
      ): Promise<void> {
        const isFinal = outcomes.every(({ outcome }) => 'error' in outcome && isDecided(outcome.error));
        if (isFinal && answer.netted !== null)
          await keepAnswer(desk, { key: given, contentHash: contentHash(content) }, answer);
      }

      function toResult({ position, outcome }: PositionOutcome): Result {
        const { venue: exchange, accountId: account, mode, symbol, positionSide } = position;
        const where = { exchange, account, mode, symbol, position_side: positionSide };
        if ('error' in outcome) {
          return { ...where, error: problemOf(outcome.error) };
        }
        return {
          ...where,
          order: toOrderView(outcome.answered.order),
          ...toClosedFields(outcome, problemOf),
        };

        function problemOf(error: unknown): z.output<typeof problemView> {
          const problem = problemViewOf(error, context, request.id);
          if (problem.code === 'internal_error')
            request.log.error({ err: error, account, symbol }, 'a position could not be closed');
          return problem;
        }
      }
    },
  });

  /** The answer to an earlier request under the key; null where there was none. Throws where it was another request. */
  async function earlierOrders(
    desk: Desk,
    key: string,
    wish: Wish,
    content: Readonly<Record<string, unknown>>,
  ): Promise<Closed | null> {
    const { portfolioId } = desk;
    const taken = await context.readModels.idempotency(portfolioId, key);
    if (taken?.orderId === null && taken.contentHash === contentHash(content))
      return taken.answer === null ? NOTHING_CLOSED : keptAnswer.parse(JSON.parse(taken.answer));
    if (taken !== null) throw keyConflict(taken.orderId);
    const parts = await context.readModels.idempotencyOfParts(portfolioId, key);
    const found = await Promise.all(
      parts.map(async ({ key: keyOfOrder, contentHash: known, orderId }) => {
        const order = await desk.books.order(orderId);
        const isPart =
          order !== null && hashOfPart(order, wish.market_protection_bps ?? null, content) === known;
        if (isPart) return order;
        // An order of a caller's own, whose key looks like that of a part of an earlier release; the items of a batch have such keys.
        if (isFormerPart(key, keyOfOrder) && !isBatchItem(key, keyOfOrder)) return null;
        throw keyConflict(order === null ? null : orderId);
      }),
    );
    const orders = found.filter((order) => order !== null);
    if (orders.length === 0) return null;
    const results = [...Map.groupBy(orders, positionKeyOf).values()].map(async (ofPosition) => {
      const [first] = ofPosition as [Order, ...Order[]];
      const mark = {
        key: keyOfPosition(key, first),
        contentHash: hashOfPart(first, wish.market_protection_bps ?? null, content),
      };
      return toEarlierResult(first, ofPosition, await keptClose(context.readModels, portfolioId, mark));
    });
    return { results: await Promise.all(results), netted: [] };
  }
}

/** The accounts whose positions are meant, and the positions. Throws a `Problem` where the request names none. */
function chosen(
  accounts: readonly AccountRecord[],
  { exchange, account, mode, all }: Wish,
): { readonly accounts: readonly AccountRecord[]; readonly filter: PositionFilter } {
  const isNarrowed = exchange !== undefined || account !== undefined || mode !== undefined;
  if (all && isNarrowed)
    throw fieldProblem('all', 'must not be given together with exchange, account or mode');
  if (!all && !isNarrowed)
    throw fieldProblem('all', 'must be true where no exchange, account or mode is given');
  if (all) return { accounts, filter: {} };
  const ids = new Set(chooseAccounts(accounts, { exchange, account }));
  const named = accounts.filter(({ accountId }) => ids.has(accountId));
  const [only] = named;
  if (account !== undefined && only !== undefined && mode !== undefined && only.mode !== mode)
    throw new Problem(
      'mode_mismatch',
      `mode: ${only.accountId} is a ${only.mode} account, not ${mode}; nothing was done.`,
      { actual: only.mode, expected: mode },
    );
  const meant = named.filter((record) => mode === undefined || record.mode === mode);
  return { accounts: meant, filter: { accountIds: meant.map(({ accountId }) => accountId) } };
}

/** The content that a key stands for: with every default filled in, and without the time that the answer may wait. */
function contentOf({
  exchange,
  account,
  mode,
  all,
  market_protection_bps: bps,
}: Wish): Record<string, unknown> {
  return {
    closes: 'every position',
    exchange: exchange ?? null,
    account: account ?? null,
    mode: mode ?? null,
    all,
    marketProtectionBps: bps ?? null,
  };
}

/** The result of one position, whose orders are given. */
function toEarlierResult(
  first: Order,
  orders: readonly Order[],
  kept: Awaited<ReturnType<typeof keptClose>>,
): Result {
  const further = orders.slice(1).map((order) => ({ order: toOrderView(order) }));
  const left = unfilled(orders);
  return {
    exchange: first.venue,
    account: first.accountId,
    mode: first.mode,
    symbol: first.symbol,
    position_side: first.positionSide,
    order: toOrderView(first),
    ...(further.length === 0 ? {} : { further }),
    ...(kept === null ? { left: left?.toString() } : toClosedFigures(closedFigures(kept, orders, null))),
  };
}

function keyConflict(orderId: string | null): Problem {
  return new Problem(
    'client_order_id_conflict',
    'This key was used before, with other content; nothing was done.',
    orderId === null ? {} : { order_id: orderId },
  );
}
