/**
 * Seeded callers that keep a service busy and remember every answer.
 *
 * Entry points: `Load` (`begin`, `end`, `repeatOpenQuestions`), `checkAnswers`.
 *
 * Each action carries a tag of its own as the order's `strategy`, so that its outcome can be found even where its answer
 * was lost and it had no client order id.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Decimal } from '../../src/core/decimal.ts';
import { seededRandom } from '../../src/journal/testing/seeded-random.ts';
import type { Api, ApiOrder, OrderAnswer } from './api.ts';

export interface Action {
  /** Unique among all loads on one service. */
  readonly tag: string;
  readonly kind: 'market' | 'limit';
  readonly body: Readonly<Record<string, unknown>>;
  readonly clientOrderId: string | null;
  /** In the order in which they came; the same request may have been sent several times. */
  readonly answers: OrderAnswer[];
}

export interface CancelAttempt {
  readonly orderId: string;
  readonly answer: OrderAnswer;
}

export interface TradedSymbols {
  readonly spot: string;
  readonly swap: string | null;
}

export interface LoadOptions {
  readonly api: Api;
  readonly seed: number;
  readonly callers?: number;
  /** Binance by default. */
  readonly exchange?: string;
  /** The instruments of the two kinds; of null none is traded. BTC against USDT by default. */
  readonly symbols?: TradedSymbols;
  /** Quote price that orders are made around. */
  readonly price?: string;
  /** Id of an account in hedged mode, which opens and closes both sides beside what the default account does. */
  readonly hedgedAccount?: string;
}

const CALLERS = 16;
const HEDGED_SHARE = 0.3;
/** However long an exchange takes to be read again after a start. */
const ANSWERED_WITHIN_MS = 120_000;
const REPEAT_PAUSE_MS = 100;

export class Load {
  readonly actions: Action[] = [];
  readonly cancels: CancelAttempt[] = [];
  readonly #random: () => number;
  readonly #name: string;
  readonly #price: Decimal;
  readonly #callers: number;
  readonly #hedgedAccount: string | null;
  readonly #exchange: string;
  readonly #symbols: TradedSymbols;
  #api: Api;
  #isOn = false;
  #running: Promise<unknown> = Promise.resolve();
  #made = 0;

  constructor(options: LoadOptions) {
    this.#api = options.api;
    this.#random = seededRandom(options.seed);
    this.#exchange = options.exchange ?? 'binance';
    this.#symbols = options.symbols ?? { spot: 'BTC/USDT', swap: 'BTC/USDT:USDT' };
    this.#name = `load-${options.seed}${options.exchange === undefined ? '' : `-${options.exchange}`}`;
    this.#price = Decimal.parse(options.price ?? '60000');
    this.#callers = options.callers ?? CALLERS;
    this.#hedgedAccount = options.hedgedAccount ?? null;
  }

  get answered(): number {
    return this.actions.filter(({ answers }) => answers.some(({ kind }) => kind !== 'lost')).length;
  }

  /** Whole number from 0 to `below`, exclusive. */
  pick(below: number): number {
    return Math.floor(this.#random() * below);
  }

  begin(api: Api = this.#api): void {
    this.#api = api;
    this.#isOn = true;
    this.#running = Promise.all(Array.from({ length: this.#callers }, () => this.#call()));
  }

  /** No new requests; resolves when every one under way is answered or lost. */
  async end(): Promise<void> {
    this.#isOn = false;
    await this.#running;
  }

  async #call(): Promise<void> {
    let lostInARow = 0;
    // A service that is gone answers nothing: two lost answers are enough to know.
    while (this.#isOn && lostInARow < 2) {
      const answer = await this.#act();
      lostInARow = answer?.kind === 'lost' ? lostInARow + 1 : 0;
    }
  }

  async #act(): Promise<OrderAnswer | null> {
    const draw = this.#random();
    if (draw < 0.15) return this.#cancelOne();
    if (draw < 0.22) return this.#repeatOne();
    const action = this.#make();
    this.actions.push(action);
    return this.send(action);
  }

  /** Sends an action's request, and keeps the answer. */
  async send(action: Action): Promise<OrderAnswer> {
    const answer = await this.#api.place(action.kind, action.body);
    action.answers.push(answer);
    return answer;
  }

  async #cancelOne(): Promise<OrderAnswer | null> {
    const resting = this.actions.flatMap(({ answers }) =>
      answers.flatMap((answer) =>
        answer.kind === 'order' && answer.order.status === 'open' ? [answer.order.id] : [],
      ),
    );
    const orderId = resting[this.pick(resting.length)];
    if (orderId === undefined) return null;
    const answer = await this.#api.cancel(orderId);
    this.cancels.push({ orderId, answer });
    return answer;
  }

  async #repeatOne(): Promise<OrderAnswer | null> {
    const named = this.actions.filter(({ clientOrderId }) => clientOrderId !== null);
    const action = named[this.pick(named.length)];
    return action === undefined ? null : this.send(action);
  }

  #make(): Action {
    this.#made += 1;
    const tag = `${this.#name}-${this.#made}`;
    const side = this.#random() < 0.55 ? 'buy' : 'sell';
    const clientOrderId = this.#random() < 0.5 ? `${tag}-id` : null;
    const hedged = this.#hedgedAccount !== null && this.#random() < HEDGED_SHARE ? this.#hedgedAccount : null;
    const { spot, swap } = this.#symbols;
    const wantsSwap = hedged !== null || this.#random() < 0.25;
    const isSwap = wantsSwap && swap !== null;
    const common = {
      exchange: this.#exchange,
      symbol: isSwap ? swap : spot,
      side,
      strategy: tag,
      // Half of what opens is closed by as much of the other half: either side of either position.
      ...(hedged === null ? {} : { account: hedged, position_side: this.#random() < 0.5 ? 'long' : 'short' }),
      ...(clientOrderId === null ? {} : { client_order_id: clientOrderId }),
    };
    const quantity = isSwap ? `0.00${2 + this.pick(7)}` : `0.00${String(20 + this.pick(80))}${this.pick(10)}`;
    const draw = this.#random();
    if (draw < 0.3) return { tag, kind: 'market', body: { ...common, quantity }, clientOrderId, answers: [] };
    if (draw < 0.4 && side === 'buy' && !isSwap) {
      const cost = `${20 + this.pick(80)}.${String(this.pick(100)).padStart(2, '0')}`;
      return { tag, kind: 'market', body: { ...common, cost }, clientOrderId, answers: [] };
    }
    const isAtOnce = draw < 0.6;
    // Near the market some fill at once, some when it moves, some never; far from it they rest.
    const distance = Decimal.parse(
      String(isAtOnce || draw < 0.8 ? this.pick(60) - 20 : 2_000 + this.pick(500)),
    );
    const price = side === 'buy' ? this.#price.subtract(distance) : this.#price.add(distance);
    const timeInForce = isAtOnce ? (this.#random() < 0.8 ? 'IOC' : 'FOK') : 'GTC';
    const body = { ...common, quantity, price: price.toString(), time_in_force: timeInForce };
    return { tag, kind: 'limit', body, clientOrderId, answers: [] };
  }

  /**
   * Repeats each request without an answer under its client order id, as a caller does after a crash, until it is answered
   * for good.
   */
  async repeatOpenQuestions(api: Api): Promise<void> {
    this.#api = api;
    const open = this.actions.filter((action) => action.clientOrderId !== null && isOpenQuestion(action));
    await Promise.all(
      open.map(async (action) => {
        const until = performance.now() + ANSWERED_WITHIN_MS;
        while (isOpenQuestion(action)) {
          if (performance.now() > until)
            throw new Error(`no answer to ${action.tag}: ${JSON.stringify(action.answers.slice(-3))}`);
          await this.send(action);
          if (isOpenQuestion(action)) await pause(REPEAT_PAUSE_MS);
        }
      }),
    );
  }
}

/** Whether no answer names an order that was journaled for it. */
function isOpenQuestion({ answers }: Action): boolean {
  return !answers.some((answer) => orderIdOf(answer) !== null);
}

/** Whether the answer says that the outcome of the request is not known yet. */
function isInDoubt(answer: OrderAnswer): boolean {
  return (
    answer.kind === 'problem' &&
    answer.problem.code === 'journal_stalled' &&
    answer.problem.order_id !== undefined
  );
}

/** The order that an answer is about; null where it names none. */
export function orderIdOf(answer: OrderAnswer): string | null {
  switch (answer.kind) {
    case 'order':
      return answer.order.id;
    case 'problem':
      return isInDoubt(answer) ? null : (answer.problem.order_id ?? null);
    case 'lost':
      return null;
  }
}

const FINISHED: ReadonlySet<string> = new Set([
  'filled',
  'canceled',
  'rejected',
  'denied',
  'expired',
  'failed',
]);

/** Compares the answers with the orders there are now; returns every broken promise in words. */
export function checkAnswers(load: Load, orders: readonly ApiOrder[]): string[] {
  const found: string[] = [];
  const byId = new Map(orders.map((order) => [order.id, order]));
  const byTag = Map.groupBy(orders, (order) => order.strategy ?? '');
  for (const action of load.actions) {
    const made = byTag.get(action.tag) ?? [];
    if (made.length > 1) found.push(`${action.tag}: one request became ${made.length} orders`);
    const ids = new Set(action.answers.map(orderIdOf).filter((id) => id !== null));
    if (ids.size > 1) found.push(`${action.tag}: answered with different orders: ${[...ids].join(', ')}`);
    for (const answer of action.answers) found.push(...brokenPromise(action, answer, byId));
    if (ids.size > 0 && made.length !== 1) found.push(`${action.tag}: ${made.length} orders`);
    // An error that names no order says that nothing was journaled: the caller may well send it again.
    const wasRefused = action.answers.every((answer) => answer.kind === 'problem' && !isInDoubt(answer));
    if (wasRefused && ids.size === 0 && made.length > 0)
      found.push(`${action.tag}: refused with ${codesOf(action)}, and made all the same`);
  }
  for (const { orderId, answer } of load.cancels) {
    const now = byId.get(orderId);
    if (now === undefined) found.push(`${orderId}: canceled and gone`);
    else if (answer.kind === 'order' && answer.status === 200 && now.status !== 'canceled')
      found.push(`${orderId}: its cancel was confirmed, and it is ${now.status}`);
  }
  return found;
}

function codesOf({ answers }: Action): string {
  return answers.map((answer) => (answer.kind === 'problem' ? answer.problem.code : answer.kind)).join(', ');
}

function brokenPromise(action: Action, answer: OrderAnswer, byId: ReadonlyMap<string, ApiOrder>): string[] {
  const id = orderIdOf(answer);
  if (id === null) return [];
  const now = byId.get(id);
  if (now === undefined) return [`${action.tag}: acknowledged and gone: ${id}`];
  const found: string[] = [];
  if (now.strategy !== action.tag) found.push(`${action.tag}: answered with the order of ${now.strategy}`);
  if (now.side !== action.body['side']) found.push(`${action.tag}: asked to ${String(action.body['side'])}`);
  if (now.position_side !== (action.body['position_side'] ?? 'net'))
    found.push(`${action.tag}: asked for ${String(action.body['position_side'])}, has ${now.position_side}`);
  if (action.kind === 'limit' && now.price !== action.body['price'])
    found.push(`${action.tag}: price ${now.price} instead of ${String(action.body['price'])}`);
  if (answer.kind !== 'order' || !FINISHED.has(answer.order.status)) return found;
  const answered = finalText(answer.order);
  if (answered !== finalText(now)) found.push(`${action.tag}: answered ${answered}, now ${finalText(now)}`);
  return found;
}

function finalText(order: ApiOrder): string {
  return `${order.status} ${order.filled_quantity} for ${order.cost}`;
}
