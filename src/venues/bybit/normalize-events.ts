/**
 * The messages of Bybit's private stream as events of the account.
 *
 * Entry point: `PrivateMessages`, one for each connection's account. Throws `MalformedAnswer` for a message that is not of the
 * documented shape; a topic that is not in the table is ignored. Sources: "Order", "Execution" and "Wallet" of the private streams of
 * the v5 documentation.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonObject } from '../../core/json.ts';
import { asObject, optionalText, parseExactJson, text, wholeNumber, objectsIn } from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { accountChange } from '../private-stream.ts';
import type { StreamEvent } from '../private-stream.ts';
import type { KnownMode } from '../venue-gateway.ts';
import { kindOf } from './endpoints.ts';
import { fillFrom, movesPosition } from './normalize-fills.ts';
import { orderFrom } from './normalize-orders.ts';

export interface PrivateMessagesOptions {
  readonly kinds: readonly InstrumentKind[];
  readonly names: Readonly<Record<InstrumentKind, Names>>;
  readonly mode: KnownMode;
}

export class PrivateMessages {
  readonly #options: PrivateMessagesOptions;
  /** When the last message of an order or execution was made, venue clock. */
  #tradedAt = Number.NEGATIVE_INFINITY;

  constructor(options: PrivateMessagesOptions) {
    this.#options = options;
  }

  read(message: string): readonly StreamEvent[] {
    const body = asObject(parseExactJson(message), 'message');
    // Answers to pings and subscriptions have no topic.
    const topic = optionalText(body, 'topic');
    switch (topic) {
      case 'order':
        this.#tradedAt = wholeNumber(body, 'creationTime');
        return objectsIn(body['data'], 'row').flatMap((row) => this.#orderEvent(row));
      case 'execution':
        this.#tradedAt = wholeNumber(body, 'creationTime');
        return objectsIn(body['data'], 'row').flatMap((row) => this.#executionEvent(row));
      case 'wallet':
        return accountChange(wholeNumber(body, 'creationTime'), this.#tradedAt);
      default:
        return [];
    }
  }

  #namesOf(row: JsonObject): Names | null {
    const kind = kindOf(text(row, 'category'));
    const names = this.#options.names[kind];
    return this.#options.kinds.includes(kind) && names.known(text(row, 'symbol')) ? names : null;
  }

  #orderEvent(row: JsonObject): readonly StreamEvent[] {
    const names = this.#namesOf(row);
    return names === null ? [] : [{ kind: 'order', report: orderFrom(row, names), fill: null }];
  }

  /** Funding and the like change balances, and are no fills. */
  #executionEvent(row: JsonObject): readonly StreamEvent[] {
    const names = this.#namesOf(row);
    if (names === null) return [];
    return movesPosition(row)
      ? [{ kind: 'fill', fill: fillFrom(row, names, this.#options.mode.value) }]
      : [{ kind: 'account' }];
  }
}
