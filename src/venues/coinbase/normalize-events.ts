/**
 * The messages of Coinbase's user stream as events of the account.
 *
 * Entry point: `PrivateMessages`, one for each account's stream. Throws `MalformedAnswer` for a message that is not of the documented
 * shape. Source: the user channel of "WebSocket Channels". Its orders carry cumulative figures alone and no trade: executions are
 * read. The orders that a new connection begins with come in batches, and say nothing that the reconciliation after
 * it does not read.
 */
import { Decimal } from '../../core/decimal.ts';
import type { VenueOrderId } from '../../core/ids.ts';
import type { JsonObject } from '../../core/json.ts';
import type { VenueFill } from '../../core/venue/report.ts';
import { asArray, asObject, optionalText, parseExactJson, text, wholeNumber } from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import type { StreamEvent } from '../private-stream.ts';
import type { KnownIds } from './account.ts';
import { timeIn } from './fields.ts';
import type { MessageCount } from './message-count.ts';
import { streamedOrderFrom } from './normalize-orders.ts';

export interface PrivateMessagesOptions {
  readonly names: Names;
  readonly ids: KnownIds;
  readonly count: MessageCount;
}

/** The executions of an order as its last message counts them. */
export interface CountedExecutions {
  /** Null where it does not say. */
  readonly number: number | null;
  /** Base units. */
  readonly quantity: Decimal;
}

/** Orders whose executions are remembered; beyond it the first ones are forgotten. */
const ORDERS_FOLLOWED = 10_000;

export class PrivateMessages {
  readonly #options: PrivateMessagesOptions;
  readonly #executions = new Map<VenueOrderId, CountedExecutions>();

  constructor(options: PrivateMessagesOptions) {
    this.#options = options;
  }

  /** Whether these are all the executions of an order that its last message counts. */
  areAll(venueOrderId: VenueOrderId, fills: readonly VenueFill[]): boolean {
    const counted = this.#executions.get(venueOrderId);
    if (counted === undefined) return true;
    if (counted.number !== null) return fills.length >= counted.number;
    const quantity = fills.reduce((sum, fill) => sum.add(fill.quantity), Decimal.zero);
    return quantity.atLeast(counted.quantity);
  }

  read(message: string): readonly StreamEvent[] {
    const body = asObject(parseExactJson(message), 'message');
    if (body['type'] === 'error')
      return [{ kind: 'ended', reason: `the venue says: ${optionalText(body, 'message') ?? 'an error'}` }];
    const counted = this.#options.count.note(body);
    switch (counted.kind) {
      case 'repeated':
        return [];
      case 'next':
      case 'late':
        return this.#eventsIn(body);
      case 'gap':
        return [{ kind: 'gap', reason: `${counted.missing} messages are missing` }, ...this.#eventsIn(body)];
    }
  }

  #eventsIn(body: JsonObject): readonly StreamEvent[] {
    if (body['channel'] !== 'user') return [];
    const venueAt = timeIn(body, 'timestamp');
    return asArray(body['events'], 'events')
      .map((event) => asObject(event, 'event'))
      .filter((event) => event['type'] === 'update')
      .flatMap((event) => asArray(event['orders'], 'orders'))
      .map((order) => asObject(order, 'order'))
      .flatMap((order) => this.#orderEvents(order, venueAt));
  }

  #orderEvents(order: JsonObject, venueAt: number): readonly StreamEvent[] {
    const { names, ids } = this.#options;
    // Futures of the same key are no instruments of ours.
    if (!names.known(text(order, 'product_id'))) return [];
    const report = streamedOrderFrom(order, names, venueAt);
    const { symbol, venueOrderId } = report;
    ids.note(report.venueClientOrderId, venueOrderId);
    const quantity = report.filledQuantity;
    const isMore = quantity.greaterThan(this.#executions.get(venueOrderId)?.quantity ?? Decimal.zero);
    if (isMore) this.#remember(venueOrderId, { number: optionalCount(order, 'number_of_fills'), quantity });
    return [
      { kind: 'order', report, fill: null },
      ...(isMore ? [{ kind: 'unstated', symbol, venueOrderId } as const] : []),
    ];
  }

  #remember(venueOrderId: VenueOrderId, executions: CountedExecutions): void {
    this.#executions.delete(venueOrderId);
    this.#executions.set(venueOrderId, executions);
    if (this.#executions.size <= ORDERS_FOLLOWED) return;
    const [first] = this.#executions.keys();
    if (first !== undefined) this.#executions.delete(first);
  }
}

function optionalCount(object: JsonObject, key: string): number | null {
  return optionalText(object, key) === null ? null : wholeNumber(object, key);
}
