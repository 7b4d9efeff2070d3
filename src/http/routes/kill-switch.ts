/**
 * The kill switch: closes intake, cancels working orders and, if asked, closes positions and sells spot holdings.
 *
 * Entry point: `killSwitchRoute`.
 *
 * Invariants:
 *  1. A journal that stalls delays the cancels by `INTAKE_HEAD_START_MS` at most.
 *  2. Each step has a bound in time; work that is late goes on, and the receipt shows its state.
 *  3. Spot holdings are sold by balances whose reading began after the request; the receipt names the accounts without one.
 *  4. A repeat under the same Idempotency-Key changes nothing: it gets the first receipt, or the switch as it is now.
 */
import { z } from 'zod';
import { VENUES } from '../../core/ids.ts';
import type { Order } from '../../core/order/order.ts';
import { isFinished } from '../../core/order/transitions.ts';
import type { Caller } from '../../directory/callers.ts';
import { EngineUnavailable, type Desk } from '../../engine/desk.ts';
import { closeEach, inTime, pause } from '../closing-all.ts';
import { closerOf, type OrderOutcome } from '../closing.ts';
import { accountsOf, callerOf, deskOf, requesterName, type App, type HttpContext } from '../context.ts';
import { decimalOut, flagField, integerField, textField } from '../fields.ts';
import { holdingsLeft, sellHoldings, type HoldingSale } from '../holdings.ts';
import { contentHash, idempotencyKeyOf } from '../idempotency.ts';
import { netBooks, nettedView, toNettedView } from '../netting.ts';
import { MAX_PROTECTION_BPS } from '../order-request.ts';
import { cancelSoon, isCancelAccepted, untilFinished } from '../order-answer.ts';
import { Problem, fieldProblem } from '../problem.ts';
import { problemViewOf } from '../server-problem.ts';
import { placedView } from '../views/closed-position.ts';
import { orderView, toOrderView } from '../views/order.ts';
import { positionView, toPositionView } from '../views/position.ts';
import { problemView } from '../views/problem.ts';

/** The receipt waits no longer than this; cancels that are not confirmed by then are listed as unconfirmed. */
const WAIT_MS = 5_000;
/** A reading waits for the append that is under way, which an unavailable journal may never end. */
const READ_MS = 2_500;
/** How long the sales of spot holdings wait until the balances have been read anew. */
const BALANCES_MS = 5_000;
/** The sales of spot holdings together, that of the coin which pays the fees of the others and a second attempt included. */
const PLACED_MS = 25_000;

const body = z
  .strictObject({
    engaged: flagField,
    reason: textField(500),
    cancel_orders: flagField.default(true),
    keep_protective: flagField.default(true),
    flatten: flagField.default(false),
    include_spot: flagField.default(false).meta({
      description:
        'With flatten: also sells spot holdings that were not bought here, for USDT, USDC, FDUSD or USD.',
    }),
    market_protection_bps: integerField(0, MAX_PROTECTION_BPS).optional().meta({
      description: 'With flatten: of the orders that close positions and sell holdings; 200 without it.',
    }),
  })
  .meta({
    examples: [
      { engaged: true, reason: 'the feed is wrong' },
      { engaged: true, reason: 'out of everything', flatten: true, include_spot: true },
      { engaged: true, reason: 'out of a thin book', flatten: true, market_protection_bps: 800 },
      { engaged: false, reason: 'the feed is right again' },
    ],
  });

const receipt = z
  .object({
    engaged: z.boolean(),
    recorded: z
      .boolean()
      .default(true)
      .meta({ description: 'Whether the request itself is journaled; if not, send it again.' }),
    intake_closed: z.boolean().meta({
      description:
        'Whether new risk is refused now, by a switch that is journaled; false once the switch is released.',
    }),
    cancels_sent: z
      .int()
      .meta({ description: 'Without those that reached no exchange; they are in `unconfirmed`.' }),
    confirmed: z.array(orderView).meta({ description: 'Orders that are finished at the exchange now.' }),
    unconfirmed: z.array(orderView).meta({ description: 'Cancels that the exchange has not confirmed yet.' }),
    unknown: z.array(orderView).meta({ description: 'Orders for which neither outcome can be proven yet.' }),
    accepted: z.array(z.string()).default([]).meta({
      description:
        'Ids of `unconfirmed` and `unknown` orders whose cancel the exchange has accepted: they will end, or the journal does not hold yet that they did.',
    }),
    unrecorded: z.array(z.string()).default([]).meta({
      description:
        'Ids of orders whose cancel neither the journal nor the emergency log could record: what was sent is sent all the same, and after a crash they show as their exchange shows them.',
    }),
    kept_protective: z
      .array(orderView)
      .meta({ description: 'Protective stops that still work once everything asked for is done.' }),
    closing: z.array(placedView).meta({
      description:
        'Of flatten: one for each position that was open, or more where the exchange takes no order as large.',
    }),
    sold: z
      .array(placedView)
      .meta({ description: 'Of include_spot: sales of spot holdings besides positions.' }),
    netted: nettedView.default([]).meta({
      description:
        'Of flatten: parts of strategies that offset one another, which no order closes, closed against each other. Null where that is not known now.',
    }),
    positions_left: z
      .array(positionView)
      .nullable()
      .meta({ description: 'Null when they cannot be read now, since the journal does not answer.' }),
    holdings_left: z
      .array(
        z.object({
          exchange: z.enum(VENUES),
          account: z.string(),
          asset: z.string(),
          quantity: decimalOut,
          because: z.enum(['dust', 'no_instrument', 'locked', 'not_sold']).meta({
            description:
              'dust: less than the exchange takes; no_instrument: nothing to sell it on; locked: by orders that still work; not_sold: see `problem`.',
          }),
          problem: problemView.nullable().default(null).meta({
            description:
              'Of not_sold: what the last order was refused for. Null where none was, or the sale was not finished in time.',
          }),
        }),
      )
      .nullable()
      .meta({
        description:
          'Of include_spot: the spot holdings that are left. Null without it, and when they cannot be read.',
      }),
    balances_unread: z.array(z.string()).default([]).meta({
      description:
        'Of include_spot: accounts whose balances could not be read from the exchange since the request. What was deposited there lately may be neither in `sold` nor in `holdings_left`.',
    }),
    took_ms: z.int(),
  })
  .meta({ id: 'KillSwitchReceipt' });

type Receipt = z.output<typeof receipt>;

/** `POST /risk/kill-switch`: intake closes first, then working orders are canceled, then positions are closed if asked. */
export function killSwitchRoute(app: App, context: HttpContext): void {
  const closer = closerOf(context);
  /** Requests under a key that are being carried out, by portfolio and key. */
  const underWay = new Map<string, Promise<Receipt>>();
  app.route({
    method: 'POST',
    url: '/risk/kill-switch',
    config: { scope: 'trade' },
    schema: {
      summary: 'Engage or release the kill switch',
      tags: ['risk'],
      body,
      response: { 200: receipt },
    },
    handler: async (request, reply): Promise<Receipt> => {
      const startedAt = context.now();
      const caller = callerOf(request);
      const desk = deskOf(context, caller);
      const { engaged, reason, cancel_orders: cancels, keep_protective: keeps } = request.body;
      const { flatten, include_spot: includesSpot } = request.body;
      const marketProtectionBps = request.body.market_protection_bps ?? null;
      const key = idempotencyKeyOf(request.headers['idempotency-key']);
      if (!engaged && flatten) throw fieldProblem('flatten', 'goes with engaged true only');
      if (!flatten && includesSpot) throw fieldProblem('include_spot', 'goes with flatten true only');
      if (!flatten && marketProtectionBps !== null)
        throw fieldProblem('market_protection_bps', 'goes with flatten true only');
      // A journal that stalls must not keep the cancels waiting.
      const idempotency =
        key === null ? null : { key, contentHash: contentHash({ killSwitch: request.body }) };
      const change = { engaged, requestedBy: requesterName(caller), why: reason, idempotency };
      const stood = within(desk.books.risk(), READ_MS).then(
        (reading) => reading?.value.killSwitch.engaged ?? null,
        () => null,
      );
      const closed = within(desk.controls.setKillSwitch(change), WAIT_MS);
      const verdict = engaged ? await Promise.race([closed, pause(INTAKE_HEAD_START_MS)]) : await closed;
      if (verdict === 'conflict') {
        throw new Problem(
          'client_order_id_conflict',
          'This key was used before, with other content; nothing was done.',
        );
      }
      const { portfolioId } = desk;
      if (verdict === 'repeated' && key !== null) {
        void reply.header('Idempotent-Replayed', 'true');
        return (await firstAnswer(desk, key)) ?? standingNow();
      }
      const answer = carryOut();
      if (key === null) return answer;
      const place = `${portfolioId} ${key}`;
      const kept = answer.then(async (made) => {
        if ((await closed) !== 'set') return;
        const keeping = desk.controls.keepKillSwitchReceipt({ key, receipt: JSON.stringify(made) });
        await within(keeping, READ_MS);
      });
      underWay.set(place, answer);
      try {
        // Kept before it is sent: a repeat gets the receipt that the first caller got.
        await kept;
        return await answer;
      } finally {
        if (underWay.get(place) === answer) underWay.delete(place);
      }

      async function carryOut(): Promise<Receipt> {
        const open = engaged && cancels ? desk.orders.openNow({}) : [];
        const kept = keeps ? open.filter((order) => desk.orders.isProtectiveNow(order)) : [];
        const ended = [...(await cancelEach(open.filter((order) => !kept.includes(order))))];
        if (engaged && cancels && !keeps) await desk.orders.releaseStops(() => true);
        const closing = flatten ? await closeAll(desk, caller, key, marketProtectionBps, request.id) : [];
        const netted = flatten
          ? toNettedView(await netBooks(desk, caller, {}), (error) =>
              problemViewOf(error, context, request.id),
            )
          : [];
        const unread = includesSpot ? await readBalances(desk, caller) : [];
        const { sold, sales } = includesSpot
          ? await sellAll(desk, caller, marketProtectionBps, request.id)
          : { sold: [], sales: [] };
        const isRecorded = (await closed) !== null;
        // A stop protects nothing any more once its position is closed, by this request or before it.
        const outlived = kept.filter((order) => desk.orders.hasOutlivedNow(order));
        ended.push(...(await cancelEach(outlived)));
        // A close cancels stops that lock what it sells: a stop is kept only while it still works.
        const stops = await Promise.all(
          kept.filter((order) => !outlived.includes(order)).map((order) => asItStands(desk, order)),
        );
        const endedLater = stops.filter((order) => isFinished(order.status) || order.cancelRequested);
        const orders = [...ended.map(({ order }) => order), ...endedLater];
        return {
          engaged,
          recorded: isRecorded,
          intake_closed: isIntakeClosed({ engaged, isRecorded, stood: isRecorded ? null : await stood }),
          cancels_sent:
            ended.filter(({ isSent }) => isSent).length +
            endedLater.filter(({ cancelRequested }) => cancelRequested).length,
          confirmed: orders.filter((order) => isFinished(order.status)).map(toOrderView),
          unconfirmed: orders
            .filter((order) => !isFinished(order.status) && order.status !== 'unknown')
            .map(toOrderView),
          unknown: orders.filter((order) => order.status === 'unknown').map(toOrderView),
          accepted: orders
            .filter((order) => !isFinished(order.status) && isCancelAccepted(desk, order))
            .map(({ orderId }) => orderId),
          unrecorded: ended.filter(({ recorded }) => !recorded).map(({ order }) => order.orderId),
          kept_protective: stops.filter((order) => !endedLater.includes(order)).map(toOrderView),
          closing,
          netted,
          sold,
          balances_unread: [...unread],
          ...(await remainder(sales)),
        };
      }

      function cancelEach(orders: readonly Order[]): Promise<readonly EndedOrder[]> {
        return Promise.all(
          orders.map((order) =>
            cancelOne(desk, caller, order, `kill switch: ${reason}`).catch((error: unknown): EndedOrder => {
              // Others are canceled by now: the receipt must still be sent.
              request.log.error({ err: error, orderId: order.orderId }, 'a cancel of the kill switch failed');
              return { order, isSent: false, recorded: false };
            }),
          ),
        );
      }

      /** The receipt of a repeat whose first receipt is not kept: nothing is done, and it shows the switch as it is now. */
      async function standingNow(): Promise<Receipt> {
        const { killSwitch } = (await desk.books.risk()).value;
        return {
          engaged: killSwitch.engaged,
          recorded: true,
          intake_closed: killSwitch.engaged,
          cancels_sent: 0,
          confirmed: [],
          unconfirmed: [],
          unknown: [],
          accepted: [],
          unrecorded: [],
          kept_protective: [],
          closing: [],
          netted: [],
          sold: [],
          balances_unread: [],
          ...(await remainder([])),
        };
      }

      async function remainder(
        sales: readonly HoldingSale[],
      ): Promise<Pick<Receipt, 'positions_left' | 'holdings_left' | 'took_ms'>> {
        const left = await unlessUnavailable(inTime(desk.books.positions({}), READ_MS));
        const accounts = accountsOf(context, caller);
        const holdings = includesSpot
          ? await unlessUnavailable(inTime(holdingsLeft(desk, accounts, sales), READ_MS))
          : null;
        return {
          positions_left: left?.value.map(toPositionView) ?? null,
          holdings_left:
            holdings?.map(({ account, asset, quantity, because, refusal }) => ({
              exchange: account.exchange,
              account: account.accountId,
              asset,
              quantity: quantity.toString(),
              because,
              problem: refusal === null ? null : problemViewOf(refusal.error, context, request.id),
            })) ?? null,
          took_ms: Math.round(context.now() - startedAt),
        };
      }
    },
  });

  /** The receipt of the first request with the key, once that is carried out; null when the receipt is not kept. */
  async function firstAnswer(desk: Desk, key: string): Promise<Receipt | null> {
    const first = underWay.get(`${desk.portfolioId} ${key}`);
    // Its own caller gets the error that it failed with.
    if (first !== undefined) return first.catch(() => null);
    const text = await desk.controls.killSwitchReceipt(key);
    if (text === null) return null;
    const kept = receipt.safeParse(JSON.parse(text));
    return kept.success ? kept.data : null;
  }

  async function closeAll(
    desk: Desk,
    caller: Caller,
    key: string | null,
    marketProtectionBps: number | null,
    requestId: string,
  ): Promise<Receipt['closing']> {
    const accounts = accountsOf(context, caller);
    const positions = await inTime(desk.books.positions({}), READ_MS).catch((error: unknown) => {
      if (error instanceof EngineUnavailable) return error;
      throw error;
    });
    // The cancels are sent by now: a position that cannot be closed is an error in the receipt, which must still be sent.
    if (positions instanceof EngineUnavailable) return [failed(positions, requestId)];
    const outcomes = await closeEach(closer, desk, caller, positions.value, {
      accounts,
      marketProtectionBps,
      key,
      request: null,
      waitMs: WAIT_MS,
    });
    const orders = outcomes.flatMap(({ outcome }): readonly OrderOutcome[] =>
      'error' in outcome ? [outcome] : [outcome, ...outcome.further],
    );
    return orders.map((outcome) =>
      'error' in outcome ? failed(outcome.error, requestId) : { order: toOrderView(outcome.answered.order) },
    );
  }

  /** Reads every account anew; the names of those that could not be read within the bound. */
  async function readBalances(desk: Desk, caller: Caller): Promise<readonly string[]> {
    const ids = accountsOf(context, caller).map(({ accountId }) => accountId);
    const unread = await unlessUnavailable(
      inTime(desk.controls.readAnew(ids, BALANCES_MS), BALANCES_MS + READ_MS),
    );
    return ids.filter((id) => unread?.has(id) ?? true);
  }

  async function sellAll(
    desk: Desk,
    caller: Caller,
    marketProtectionBps: number | null,
    requestId: string,
  ): Promise<{ readonly sold: Receipt['sold']; readonly sales: readonly HoldingSale[] }> {
    const accounts = accountsOf(context, caller);
    try {
      const sales = await inTime(
        sellHoldings(context, desk, caller, accounts, { marketProtectionBps, waitMs: WAIT_MS }),
        PLACED_MS,
      );
      const sold = sales
        .flatMap(({ outcomes }) => outcomes)
        .map((outcome) =>
          'error' in outcome
            ? failed(outcome.error, requestId)
            : { order: toOrderView(outcome.answered.order) },
        );
      return { sold, sales };
    } catch (error) {
      if (error instanceof EngineUnavailable) return { sold: [failed(error, requestId)], sales: [] };
      throw error;
    }
  }

  function failed(error: unknown, requestId: string): { readonly error: z.output<typeof problemView> } {
    return { error: problemViewOf(error, context, requestId) };
  }
}

/**
 * Whether a journaled switch refuses new risk after a request. One that is not journaled has changed nothing: the switch stands as it
 * stood before. Where that could not be read (null) an engagement promises nothing, and a release has released nothing.
 */
export function isIntakeClosed({
  engaged,
  isRecorded,
  stood,
}: {
  readonly engaged: boolean;
  readonly isRecorded: boolean;
  readonly stood: boolean | null;
}): boolean {
  return isRecorded ? engaged : (stood ?? !engaged);
}

/** How long cancels wait for the switch to be journaled first, so that no order is taken after them. */
const INTAKE_HEAD_START_MS = 500;

interface EndedOrder {
  readonly order: Order;
  /** False where nobody was asked; an order that was withdrawn before it was sent counts as canceled. */
  readonly isSent: boolean;
  /** Whether the cancel outlives this process. */
  readonly recorded: boolean;
}

/** The order once the exchange has confirmed its cancel; in its current state when that takes too long. */
async function cancelOne(desk: Desk, caller: Caller, order: Order, why: string): Promise<EndedOrder> {
  const answer = await cancelSoon(desk, order.orderId, requesterName(caller), why);
  switch (answer.kind) {
    case 'unknown_order':
    case 'no_account':
      return { order, isSent: false, recorded: true };
    case 'not_sent':
      return { order, isSent: false, recorded: answer.recorded };
    case 'withdrawn':
      return { order: answer.order ?? order, isSent: true, recorded: answer.recorded };
    case 'canceling':
    case 'annulled':
    case 'already_finished': {
      const recorded = answer.kind === 'already_finished' || answer.recorded;
      const waited = inTime(untilFinished(desk, answer.order, WAIT_MS), WAIT_MS + READ_MS);
      return { order: (await unlessUnavailable(waited)) ?? answer.order, isSent: true, recorded };
    }
  }
}

/** The order in its durable state now; as it was known where the journal does not answer. */
async function asItStands(desk: Desk, order: Order): Promise<Order> {
  return (await unlessUnavailable(inTime(desk.books.order(order.orderId), READ_MS))) ?? order;
}

async function unlessUnavailable<Value>(reading: Promise<Value>): Promise<Value | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof EngineUnavailable) return null;
    throw error;
  }
}

/** The result of the work within `waitMs`; null when it takes longer (and goes on), or when the engine is unavailable. */
async function within<Value>(work: Promise<Value>, waitMs: number): Promise<Value | null> {
  const done = work.catch((error: unknown) => {
    if (error instanceof EngineUnavailable) return null;
    throw error;
  });
  return Promise.race([done, pause(waitMs).then(() => null)]);
}
