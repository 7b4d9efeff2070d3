/**
 * `GET /stream`: what becomes durable in the caller's portfolio, as it does, over a WebSocket.
 *
 * The first message logs in (`{"token"}`) unless the header did; then `{"subscribe":[...],"after":<seq>}` names the
 * channels and, after a reconnection, the last seq that was seen.
 *
 * Invariants:
 *  1. Messages of a connection come in the order of `seq`, each once: the past is read from the journal up to where the
 *     live part begins, and nothing lies between them.
 *  2. A client that does not keep up is closed (1013) and told to come back with `after`: no queue grows without bound.
 */
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { decodeEvent } from '../../core/portfolio/codec.ts';
import type { PortfolioEvent, PortfolioEventType } from '../../core/portfolio/events.ts';
import { encodeEvent } from '../../core/portfolio/codec.ts';
import type { OrderId } from '../../core/ids.ts';
import type { Caller } from '../../directory/directory.ts';
import type { Desk, DurableNews } from '../../engine/desk.ts';
import { orderIdsOf } from '../../core/portfolio/events.ts';
import type { Doorkeeper } from '../authentication.ts';
import { deskOf, type App, type HttpContext } from '../context.ts';
import { parseExactJson, JsonRefused } from '../exact-json.ts';
import { isoTime } from '../fields.ts';
import { Problem } from '../problem.ts';
import { toProblem } from '../server-problem.ts';
import { toOrderView } from '../views/order.ts';

const CHANNELS = ['orders', 'fills', 'positions', 'balances', 'risk', 'drift'] as const;
type Channel = (typeof CHANNELS)[number];

/** Where each event is told. */
const CHANNELS_OF: Readonly<Record<PortfolioEventType, readonly Channel[]>> = {
  ownership_taken: [],
  account_opened: ['balances'],
  account_reset: ['orders', 'positions', 'balances'],
  order_accepted: ['orders'],
  order_denied: ['orders', 'risk'],
  send_attempted: ['orders'],
  send_accepted: ['orders'],
  send_refused: ['orders'],
  send_not_sent: ['orders'],
  send_unknown: ['orders'],
  absence_observed: [],
  absence_proven: ['orders'],
  order_given_up: ['orders'],
  working_seen: ['orders'],
  venue_order_linked: ['orders'],
  final_seen: [],
  order_closed: ['orders'],
  fill_booked: ['orders', 'fills', 'positions', 'balances'],
  fill_parked: [],
  external_fill_seen: ['fills', 'balances'],
  fills_cursor_moved: [],
  cancel_requested: ['orders'],
  external_cancel_requested: [],
  cancel_refused: ['orders'],
  order_annulled: ['orders'],
  drift_opened: ['drift'],
  drift_resolved: ['drift'],
  positions_observed: ['positions'],
  balances_observed: ['balances'],
  funding_booked: ['positions', 'balances'],
  limits_changed: ['risk'],
  kill_switch_set: ['risk'],
  setting_requested: [],
  setting_denied: ['risk'],
  setting_answered: ['positions'],
  equity_observed: ['risk'],
  order_recalled: [],
  orders_evicted: [],
};

const LOGIN_WITHIN_MS = 10_000;
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;
const MAX_UNREAD_MESSAGES = 100;
const MAX_WAITING_NEWS = 10_000;
const PAGE = 500;
const PING_EVERY_MS = 20_000;
const CLOSE_POLICY = 1008;
const CLOSE_TRY_AGAIN = 1013;
const CLOSE_FAILED = 1011;

const loginMessage = z.strictObject({ token: z.string().min(1).max(512) });
const subscribeMessage = z.strictObject({
  subscribe: z.array(z.enum(CHANNELS, { error: `must be of ${CHANNELS.join(', ')}` })).max(CHANNELS.length),
  after: z.int().min(0).optional(),
});

export function streamRoute(app: App, context: HttpContext, doorkeeper: Doorkeeper): void {
  app.route({
    method: 'GET',
    url: '/stream',
    config: { scope: 'read' },
    schema: {
      summary: 'WebSocket: orders, fills, positions, balances, risk and drift as they become durable',
      tags: ['watching'],
    },
    handler: async () => {
      throw new Problem('invalid_request', 'Connect with a WebSocket.');
    },
    wsHandler: (socket, request) => {
      const client = new StreamClient(context, socket, (token) =>
        doorkeeper.admitToken(token, request.ip, 'read'),
      );
      client.start(request.caller);
    },
  });
}

type News = DurableNews['events'][number];

class StreamClient {
  readonly #context: HttpContext;
  readonly #socket: WebSocket;
  readonly #admit: (token: string) => Promise<Caller>;
  readonly #timers: NodeJS.Timeout[] = [];
  #caller: Caller | null = null;
  #channels: ReadonlySet<Channel> = new Set();
  /** The seq of the last news that was told or left out. */
  #seq: number | null = null;
  /** News that came while earlier ones were being told. */
  #waiting: News[] = [];
  #isTelling = false;
  #isAlive = true;
  #stopListening = (): void => undefined;

  constructor(context: HttpContext, socket: WebSocket, admit: (token: string) => Promise<Caller>) {
    this.#context = context;
    this.#socket = socket;
    this.#admit = admit;
  }

  start(caller: Caller | null): void {
    this.#context.metrics.streamClients.inc();
    this.#socket.on('error', () => this.#socket.terminate());
    this.#socket.on('close', () => {
      this.#context.metrics.streamClients.dec();
      this.#stopListening();
      for (const timer of this.#timers) clearInterval(timer);
    });
    this.#socket.on('pong', () => {
      this.#isAlive = true;
    });
    let messages = Promise.resolve();
    let unread = 0;
    this.#socket.on('message', (data, isBinary) => {
      const text = isBinary || !Buffer.isBuffer(data) ? '' : data.toString('utf8');
      unread += 1;
      if (unread > MAX_UNREAD_MESSAGES) {
        this.#socket.close(CLOSE_POLICY, 'too many messages at once');
        return;
      }
      messages = messages
        .then(() => this.#take(text))
        .finally(() => {
          unread -= 1;
        });
    });
    this.#timers.push(
      setInterval(() => {
        if (!this.#isAlive) this.#socket.terminate();
        this.#isAlive = false;
        this.#socket.ping();
      }, PING_EVERY_MS),
      setTimeout(() => {
        if (this.#caller === null) this.#socket.close(CLOSE_POLICY, 'no login came');
      }, LOGIN_WITHIN_MS),
    );
    if (caller !== null) this.#welcome(caller);
  }

  async #take(text: string): Promise<void> {
    try {
      const message = parseExactJson(text);
      if (this.#caller === null) {
        const login = loginMessage.safeParse(message);
        if (!login.success)
          throw new Problem('unauthenticated', 'The first message must be {"token": "..."}.');
        this.#welcome(await this.#admit(login.data.token));
        return;
      }
      const wish = subscribeMessage.safeParse(message);
      if (!wish.success) {
        throw new Problem(
          'invalid_request',
          wish.error.issues
            .map((issue) => `${issue.path.join('.') || 'message'}: ${issue.message}`)
            .join('; '),
        );
      }
      await this.#subscribe(this.#caller, wish.data.subscribe, wish.data.after);
    } catch (error) {
      const problem =
        error instanceof JsonRefused
          ? new Problem('malformed_json', error.message)
          : toProblem(error, this.#context);
      this.#send({ error: { code: problem.problemCode, detail: problem.message } });
      if (this.#caller === null) this.#socket.close(CLOSE_POLICY, problem.problemCode);
    }
  }

  #welcome(caller: Caller): void {
    this.#caller = caller;
    this.#send({ login: { user: caller.userName, scopes: caller.scopes } });
  }

  async #subscribe(caller: Caller, channels: readonly Channel[], after: number | undefined): Promise<void> {
    const desk = deskOf(this.#context, caller);
    this.#stopListening();
    this.#channels = new Set(channels);
    this.#waiting = [];
    const { seq } = await desk.books.risk();
    this.#seq = null;
    // From here on nothing is missed: what comes while the past is read waits behind it.
    this.#stopListening = desk.onDurable(({ events }) => this.#note(desk, events));
    const from = Math.min(after ?? seq, seq);
    this.#send({ subscribed: [...this.#channels], seq: from });
    this.#isTelling = true;
    try {
      await this.#tellPast(desk, from);
    } finally {
      this.#isTelling = false;
    }
    await this.#tellWaiting(desk);
  }

  /** Tells everything after `from` that the journal has by now. */
  async #tellPast(desk: Desk, from: number): Promise<void> {
    let told = from;
    for (;;) {
      const records = await this.#context.readModels.recordsAfter(desk.portfolioId, told, PAGE);
      for (const { seq, at, type, payload } of records) {
        await this.#tell(desk, { seq, at, event: decodeEvent(type, payload) });
        told = seq;
      }
      if (records.length < PAGE || this.#socket.readyState !== this.#socket.OPEN) break;
    }
    this.#seq = told;
  }

  #note(desk: Desk, events: readonly News[]): void {
    this.#waiting.push(...events);
    if (this.#waiting.length > MAX_WAITING_NEWS) {
      this.#giveUp();
      return;
    }
    if (this.#isTelling) return;
    this.#tellWaiting(desk).catch(() => this.#socket.close(CLOSE_FAILED, 'the stream failed'));
  }

  async #tellWaiting(desk: Desk): Promise<void> {
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      for (let news = this.#waiting.shift(); news !== undefined; news = this.#waiting.shift()) {
        if (this.#seq !== null && news.seq <= this.#seq) continue;
        await this.#tell(desk, news);
        this.#seq = news.seq;
      }
    } finally {
      this.#isTelling = false;
    }
  }

  async #tell(desk: Desk, { seq, at, event }: News): Promise<void> {
    const orders = new Map<OrderId, unknown>();
    for (const channel of CHANNELS_OF[event.type]) {
      if (!this.#channels.has(channel)) continue;
      const message: Record<string, unknown> = {
        channel,
        seq,
        at: isoTime(at),
        event: event.type,
        data: encodeEvent(event),
      };
      if (channel === 'orders') message['orders'] = await this.#ordersOf(desk, event, orders);
      this.#send(message);
    }
  }

  /** The orders that an event is about, as they stand now. */
  async #ordersOf(desk: Desk, event: PortfolioEvent, known: Map<OrderId, unknown>): Promise<unknown[]> {
    for (const orderId of orderIdsOf(event)) {
      if (known.has(orderId)) continue;
      const order = await desk.books.order(orderId);
      if (order !== null) known.set(orderId, toOrderView(order));
    }
    return [...known.values()];
  }

  #send(message: object): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > MAX_BUFFERED_BYTES) {
      this.#giveUp();
      return;
    }
    this.#socket.send(JSON.stringify(message));
  }

  #giveUp(): void {
    this.#stopListening();
    this.#waiting = [];
    this.#socket.close(CLOSE_TRY_AGAIN, 'too slow: connect again with after');
  }
}
