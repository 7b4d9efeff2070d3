/**
 * The messages of OKX's private streams as events of the account.
 *
 * Entry point: `PrivateMessages`, one for each account; both of its connections read by it. Throws `MalformedAnswer` for a message that is not of
 * the documented shape; a channel that is not in the table is ignored. Sources: "Order channel", "Algo orders channel" and "Account channel"
 * of the v5 documentation. A message may come twice: trade ids and totals say so to those who listen.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonObject } from '../../core/json.ts';
import {
  asObject,
  isObject,
  optionalText,
  parseExactJson,
  text,
  wholeNumber,
  objectsIn,
} from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { accountChange } from '../private-stream.ts';
import type { StreamEvent } from '../private-stream.ts';
import { kindOf } from './endpoints.ts';
import { fillOfOrderMessage } from './normalize-fills.ts';
import { algoOrderFrom, orderFrom } from './normalize-orders.ts';

/** The text that answers a ping. */
const PONG = 'pong';

export interface PrivateMessagesOptions {
  readonly kinds: readonly InstrumentKind[];
  readonly names: Readonly<Record<InstrumentKind, Names>>;
}

export class PrivateMessages {
  readonly #options: PrivateMessagesOptions;
  /** When the last order changed, venue clock. */
  #tradedAt = Number.NEGATIVE_INFINITY;

  constructor(options: PrivateMessagesOptions) {
    this.#options = options;
  }

  read(message: string): readonly StreamEvent[] {
    if (message === PONG) return [];
    const body = asObject(parseExactJson(message), 'message');
    const { arg } = body;
    // Answers to subscriptions name their channel as well, and an event.
    if (!isObject(arg) || body['event'] !== undefined) return [];
    switch (optionalText(arg, 'channel')) {
      case 'orders':
        return objectsIn(body['data'], 'row').flatMap((row) => this.#orderEvent(row));
      case 'orders-algo':
        return objectsIn(body['data'], 'row').flatMap((row) => this.#algoEvent(row));
      case 'account':
        return this.#accountEvent(body);
      default:
        return [];
    }
  }

  #namesOf(row: JsonObject): Names | null {
    const kind = kindOf(text(row, 'instType'));
    if (kind === null || !this.#options.kinds.includes(kind)) return null;
    const names = this.#options.names[kind];
    return names.known(text(row, 'instId')) ? names : null;
  }

  #orderEvent(row: JsonObject): readonly StreamEvent[] {
    this.#tradedAt = wholeNumber(row, 'uTime');
    const names = this.#namesOf(row);
    if (names === null) return [];
    return [{ kind: 'order', report: orderFrom(row, names), fill: fillOfOrderMessage(row, names) }];
  }

  #algoEvent(row: JsonObject): readonly StreamEvent[] {
    const names = this.#namesOf(row);
    return names === null ? [] : [{ kind: 'order', report: algoOrderFrom(row, names), fill: null }];
  }

  /** It follows every order as well, and does not say why it changed; a subscription begins with a snapshot. */
  #accountEvent(body: JsonObject): readonly StreamEvent[] {
    if (optionalText(body, 'eventType') === 'snapshot') return [];
    const [account] = objectsIn(body['data'], 'row');
    if (account === undefined) return [];
    return accountChange(wholeNumber(account, 'uTime'), this.#tradedAt);
  }
}
