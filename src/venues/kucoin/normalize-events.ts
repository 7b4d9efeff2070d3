/**
 * The messages of KuCoin's private streams as events of the account.
 *
 * Entry point: `PrivateMessages`, one for each stream. Throws `MalformedAnswer` for a message that is not of the documented shape; a subject that is not in the
 * table is ignored. Sources: "Order V2" and "Account Balance" of spot, "Order change pushes", "Balance" and "Position change events" of futures.
 * A message names its topic with or without a contract, so that its subject decides.
 */
import { tradeId as tradeIdOf } from '../../core/ids.ts';
import type { TradeId } from '../../core/ids.ts';
import type { JsonObject } from '../../core/json.ts';
import type { VenueFill } from '../../core/venue/report.ts';
import { asObject, optionalText, parseExactJson, text, wholeNumber } from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { accountChange } from '../private-stream.ts';
import type { StreamEvent } from '../private-stream.ts';
import { orderFromStream } from './normalize-orders.ts';

const TRADES_REMEMBERED = 10_000;

/** Reasons of a position's change that are none of our orders. */
const OF_THE_VENUE: ReadonlySet<string> = new Set([
  'marginChange',
  'liquidation',
  'adl',
  'autoAppendMarginStatusChange',
]);

export class PrivateMessages {
  readonly #names: Names;
  /** Trades of which a message came; the longest known are forgotten. */
  readonly #matched = new Set<TradeId>();
  /** When the last message of an order was made, venue clock. */
  #tradedAt = Number.NEGATIVE_INFINITY;

  constructor(names: Names) {
    this.#names = names;
  }

  read(message: string): readonly StreamEvent[] {
    const body = asObject(parseExactJson(message), 'message');
    // Answers to pings and subscriptions have no subject.
    const subject = optionalText(body, 'subject');
    if (subject === null) return [];
    const data = asObject(body['data'], 'data');
    switch (subject) {
      case 'orderChange':
      case 'symbolOrderChange':
        return this.#orderEvents(data);
      case 'account.balance':
        // `trade.hold` and `trade.setted` follow our orders.
        return /^trade\.(?:hold|setted)$/.test(optionalText(data, 'relationEvent') ?? '')
          ? []
          : [{ kind: 'account' }];
      case 'walletBalance.change':
        return accountChange(wholeNumber(data, 'timestamp'), this.#tradedAt);
      case 'position.change':
        return OF_THE_VENUE.has(optionalText(data, 'changeReason') ?? '') ? [{ kind: 'account' }] : [];
      case 'position.settlement':
        return [{ kind: 'account' }];
      default:
        return [];
    }
  }

  /** Whether a message of this execution came. One that did not is missing from the stream, and is left to show as a gap. */
  hasMatched({ tradeId }: VenueFill): boolean {
    return this.#matched.has(tradeId);
  }

  #takeMatch(match: JsonObject): void {
    this.#matched.add(tradeIdOf(text(match, 'tradeId')));
    const [oldest] = this.#matched;
    if (this.#matched.size > TRADES_REMEMBERED && oldest !== undefined) this.#matched.delete(oldest);
  }

  /** The state, and after a match the word that its execution has to be read. */
  #orderEvents(order: JsonObject): readonly StreamEvent[] {
    if (!this.#names.known(text(order, 'symbol'))) return [];
    const report = orderFromStream(order, this.#names);
    if (report === null) return [];
    this.#tradedAt = Math.max(this.#tradedAt, report.updatedAt);
    const stated: StreamEvent = { kind: 'order', report, fill: null };
    if (text(order, 'type') !== 'match') return [stated];
    this.#takeMatch(order);
    return [stated, { kind: 'unstated', symbol: report.symbol, venueOrderId: report.venueOrderId }];
  }
}
