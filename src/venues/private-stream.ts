/**
 * One account's private stream: hands its events on in their order, and asks for reconciliation where one may be lost.
 *
 * Entry point: `PrivateStream`. A venue's folder says where it connects, how it logs in and subscribes, and which events
 * a message holds.
 *
 * Invariants:
 *  1. Every new connection, every loss and every unreadable message is reported as a gap.
 *  2. Executions that do not add up to their order's total are a gap.
 *  3. A connection that stays silent about an acknowledged order for `evidenceMs` is replaced.
 */
import type { Decimal } from '../core/decimal.ts';
import type { InstrumentSymbol, TimeMs, VenueOrderId } from '../core/ids.ts';
import type { OrderReport, VenueFill } from '../core/venue/report.ts';
import { MalformedAnswer } from './ccxt/exact-json.ts';
import type { AccountStream } from './connected-account.ts';
import { ExecutionTotals } from './execution-totals.ts';
import type { GatewayListener } from './gateway.ts';
import type { Scheduler } from './platform.ts';
import { StreamSocket } from './stream-socket.ts';
import { UnstatedOrders } from './unstated-orders.ts';
import type { ReadOrder } from './unstated-orders.ts';
import type { StreamHabits, StreamHandlers, StreamSocketOptions, StreamState } from './stream-socket.ts';

/** One event of a private stream's message. */
export type StreamEvent =
  | { readonly kind: 'order'; readonly report: OrderReport; readonly fill: VenueFill | null }
  /** An execution that the venue reports apart from its order. */
  | { readonly kind: 'fill'; readonly fill: VenueFill }
  /** An order changed in a way that the message does not state whole: it is read (`readOrder`). */
  | { readonly kind: 'unstated'; readonly symbol: InstrumentSymbol; readonly venueOrderId: VenueOrderId }
  /** Balances or positions changed for a reason other than an order. */
  | { readonly kind: 'account' }
  /** Messages are missing, and the connection goes on. */
  | { readonly kind: 'gap'; readonly reason: string }
  /** The stream ends or has already ended. */
  | { readonly kind: 'ended'; readonly reason: string }
  | { readonly kind: 'ignored' };

export interface PrivateStreamOptions
  extends Pick<StreamHandlers, 'url' | 'subscribe'>, Pick<StreamSocketOptions, 'platform'>, StreamHabits {
  readonly name: string;
  /** The events of a message, in their order. Throws `MalformedAnswer`. */
  readonly read: (message: string) => readonly StreamEvent[];
  readonly listener: Pick<GatewayListener, 'onOrder' | 'onFill' | 'onGap' | 'onAccountChanged'>;
  /** How long the stream may stay silent about an order that the venue acknowledged, or lack an execution of one. */
  readonly evidenceMs: number;
  /**
   * Where executions come: `with_orders`, each in the event that states the order's new total, or `apart`, as events of
   * their own before or after that; `with_orders` unless given.
   */
  readonly executions?: 'with_orders' | 'apart';
  /**
   * Reads what `unstated` events leave out of an order: its report, and all of its executions. Rejects where it cannot, which
   * is a gap.
   */
  readonly readOrder?: (symbol: InstrumentSymbol, venueOrderId: VenueOrderId) => Promise<ReadOrder>;
  /** Extends `what` the subscription depends on while the stream is open; a rejection takes a new connection. */
  readonly keepAlive?: {
    readonly what: string;
    readonly everyMs: number;
    readonly run: () => Promise<unknown>;
  };
}

/** A message of an account's balances that comes so soon after one of an order is taken for its consequence, milliseconds. */
const CONSEQUENCE_MS = 1_000;

/**
 * The events of a message that says balances changed and not why, as venues send one after every order too: none where the last order or
 * execution was at `tradedAt` and this message so soon after it. Both times are the venue's, ms.
 */
export function accountChange(at: TimeMs, tradedAt: TimeMs): readonly StreamEvent[] {
  return at - tradedAt <= CONSEQUENCE_MS ? [] : [{ kind: 'account' }];
}

/** Orders whose cumulative figures are remembered; beyond it the longest untouched are forgotten. */
const ORDERS_FOLLOWED = 10_000;

/**
 * Notices executions that never arrived: the stream carries no sequence number, but each execution states its own
 * size and the order's total, and the totals must join up.
 */
export class Continuity {
  readonly #totals = new Map<string, Decimal>();

  /** Whether any event of an order has come. */
  knows(symbol: InstrumentSymbol, venueOrderId: VenueOrderId): boolean {
    return this.#totals.has(`${symbol} ${venueOrderId}`);
  }

  /** Whether this event follows on what was seen of its order before. */
  follow(report: OrderReport, fill: VenueFill | null): 'joined' | 'broken' {
    const key = `${report.symbol} ${report.venueOrderId}`;
    const before = this.#totals.get(key);
    const total = report.filledQuantity;
    this.#totals.delete(key);
    this.#totals.set(key, before === undefined ? total : before.max(total));
    if (this.#totals.size > ORDERS_FOLLOWED) {
      const [oldest] = this.#totals.keys();
      if (oldest !== undefined) this.#totals.delete(oldest);
    }
    if (fill === null) return before === undefined || before.equals(total) ? 'joined' : 'broken';
    const startsAt = total.subtract(fill.quantity);
    // A repeat of the last execution is no loss.
    if (before?.equals(total) === true) return 'joined';
    return (before === undefined && startsAt.isZero()) || before?.equals(startsAt) === true
      ? 'joined'
      : 'broken';
  }
}

export class PrivateStream implements AccountStream {
  readonly #options: PrivateStreamOptions;
  readonly #socket: StreamSocket;
  readonly #continuity = new Continuity();
  readonly #totals: ExecutionTotals | null;
  readonly #unstated: UnstatedOrders;
  readonly #scheduler: Scheduler;
  #stopTotalsTimer: (() => void) | undefined;
  #stopEvidenceTimer: (() => void) | undefined;
  #stopKeepAlive: (() => void) | undefined;

  constructor(options: PrivateStreamOptions) {
    const { name, listener, platform } = options;
    this.#options = options;
    this.#scheduler = platform.scheduler;
    this.#totals = options.executions === 'apart' ? new ExecutionTotals(options.evidenceMs) : null;
    this.#unstated = new UnstatedOrders({
      read: options.readOrder ?? (async () => ({ report: null, fills: [] })),
      onRead: ({ report, fills }) => {
        for (const fill of fills) this.#onFill(fill);
        if (report !== null) this.#onEvent({ kind: 'order', report, fill: null });
      },
      onFailure: (venueOrderId, why) => {
        listener.onGap(`${name}: order ${venueOrderId} could not be read: ${why}`);
      },
    });
    this.#socket = new StreamSocket({
      name,
      platform,
      pingEveryMs: options.pingEveryMs,
      pingMessage: options.pingMessage,
      answerPing: options.answerPing,
      decode: options.decode,
      handlers: {
        url: options.url,
        subscribe: options.subscribe,
        onUp: () => {
          listener.onGap(`${name}: connected`);
        },
        onDown: (reason) => {
          listener.onGap(reason);
        },
        onMessage: (message) => {
          this.#onMessage(message);
        },
      },
    });
  }

  get state(): StreamState {
    return this.#socket.state;
  }

  open(): void {
    this.#unstated.open();
    this.#socket.open();
    const { keepAlive } = this.#options;
    if (keepAlive === undefined) return;
    this.#stopKeepAlive?.();
    this.#stopKeepAlive = this.#scheduler.every(keepAlive.everyMs, () => {
      void keepAlive.run().catch((error: unknown) => {
        this.#socket.reconnect(
          `${keepAlive.what} was not extended: ${error instanceof Error ? error.message : ''}`,
        );
      });
    });
  }

  close(): void {
    this.#stopKeepAlive?.();
    this.#unstated.close();
    this.#stopEvidenceTimer?.();
    this.#stopEvidenceTimer = undefined;
    this.#stopTotalsTimer?.();
    this.#stopTotalsTimer = undefined;
    this.#socket.close();
  }

  /**
   * A connection can live and yet carry nothing, when the subscription behind it is gone: pings do not show that, an
   * acknowledged order without an event does. One order at a time is watched for.
   */
  expect(symbol: InstrumentSymbol, venueOrderId: VenueOrderId): void {
    if (this.#stopEvidenceTimer !== undefined || this.#knows(symbol, venueOrderId)) return;
    this.#stopEvidenceTimer = this.#scheduler.after(this.#options.evidenceMs, () => {
      this.#stopEvidenceTimer = undefined;
      if (!this.#knows(symbol, venueOrderId))
        this.#socket.reconnect(`no event came of order ${venueOrderId}`);
    });
  }

  #knows(symbol: InstrumentSymbol, venueOrderId: VenueOrderId): boolean {
    return (this.#totals ?? this.#continuity).knows(symbol, venueOrderId);
  }

  /** Looks again when the first order is due whose executions do not add up. */
  #watchTotals(totals: ExecutionTotals): void {
    const dueAt = totals.dueAt();
    if (this.#stopTotalsTimer !== undefined || dueAt === null) return;
    const scheduler = this.#scheduler;
    this.#stopTotalsTimer = scheduler.after(Math.max(1, dueAt - scheduler.monotonic()), () => {
      this.#stopTotalsTimer = undefined;
      for (const venueOrderId of totals.takeDue(scheduler.monotonic())) this.#onMissing(venueOrderId);
      this.#watchTotals(totals);
    });
  }

  #onMissing(venueOrderId: VenueOrderId): void {
    const { name, listener } = this.#options;
    listener.onGap(`${name}: executions of order ${venueOrderId} do not join up`);
  }

  #onMessage(message: string): void {
    const { name, listener, read } = this.#options;
    let events: readonly StreamEvent[];
    try {
      events = read(message);
    } catch (error) {
      if (!(error instanceof MalformedAnswer)) throw error;
      listener.onGap(`${name}: unreadable event: ${error.message}`);
      return;
    }
    for (const event of events) this.#onEvent(event);
  }

  #onEvent(event: StreamEvent): void {
    const { listener } = this.#options;
    switch (event.kind) {
      case 'order':
        if (event.fill !== null) listener.onFill(event.fill);
        listener.onOrder(event.report);
        this.#follow(event.report, event.fill);
        return;
      case 'fill':
        this.#onFill(event.fill);
        return;
      case 'unstated':
        this.#unstated.changed(event.symbol, event.venueOrderId);
        return;
      case 'account':
        listener.onAccountChanged();
        return;
      case 'gap':
        listener.onGap(`${this.#options.name}: ${event.reason}`);
        return;
      case 'ended':
        this.#socket.reconnect(event.reason);
        return;
      case 'ignored':
        return;
    }
  }

  #onFill(fill: VenueFill): void {
    this.#options.listener.onFill(fill);
    if (this.#totals === null) return;
    this.#totals.onFill(fill, this.#scheduler.monotonic());
    this.#watchTotals(this.#totals);
  }

  #follow(report: OrderReport, fill: VenueFill | null): void {
    if (this.#totals === null) {
      if (this.#continuity.follow(report, fill) === 'broken') this.#onMissing(report.venueOrderId);
      return;
    }
    this.#totals.onOrder(report, this.#scheduler.monotonic());
    this.#watchTotals(this.#totals);
  }
}
