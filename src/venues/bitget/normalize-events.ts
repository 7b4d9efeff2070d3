/**
 * The messages of Bitget's private stream as events of the account.
 *
 * Entry point: `PrivateMessages`, one for each connection's account. Throws `MalformedAnswer` for a message that is not of the documented shape; a
 * topic that is not in the table is ignored. Sources: "Order Channel", "Fill Channel" and "Account Channel" of the unified account's
 * documentation. The account comes every few seconds as well, changed or not.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonObject } from '../../core/json.ts';
import {
  asArray,
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
import type { KnownMode } from '../venue-gateway.ts';
import { kindOf } from './endpoints.ts';
import { fillFrom } from './normalize-fills.ts';
import { orderFrom } from './normalize-orders.ts';

/** The text that answers a ping. */
const PONG = 'pong';

export interface PrivateMessagesOptions {
  readonly kinds: readonly InstrumentKind[];
  readonly names: Readonly<Record<InstrumentKind, Names>>;
  readonly mode: KnownMode;
}

export class PrivateMessages {
  readonly #options: PrivateMessagesOptions;
  /** When the last message of an order or execution was made, venue clock. */
  #tradedAt = Number.NEGATIVE_INFINITY;
  /** The balances of the last message of the account; null before the first. */
  #balances: string | null = null;

  constructor(options: PrivateMessagesOptions) {
    this.#options = options;
  }

  read(message: string): readonly StreamEvent[] {
    if (message === PONG) return [];
    const body = asObject(parseExactJson(message), 'message');
    const { arg } = body;
    // Answers to subscriptions name their topic as well, and an event.
    if (!isObject(arg) || body['event'] !== undefined) return [];
    switch (optionalText(arg, 'topic')) {
      case 'order':
        this.#tradedAt = wholeNumber(body, 'ts');
        return objectsIn(body['data'], 'row').flatMap((row) => this.#orderEvent(row));
      case 'fill':
        this.#tradedAt = wholeNumber(body, 'ts');
        return objectsIn(body['data'], 'row').flatMap((row) => this.#fillEvent(row));
      case 'account':
        return this.#accountEvent(body);
      default:
        return [];
    }
  }

  #namesOf(row: JsonObject): Names | null {
    const kind = kindOf(text(row, 'category'));
    if (kind === null || !this.#options.kinds.includes(kind)) return null;
    const names = this.#options.names[kind];
    return names.known(text(row, 'symbol')) ? names : null;
  }

  #orderEvent(row: JsonObject): readonly StreamEvent[] {
    const names = this.#namesOf(row);
    return names === null ? [] : [{ kind: 'order', report: orderFrom(row, names), fill: null }];
  }

  #fillEvent(row: JsonObject): readonly StreamEvent[] {
    const names = this.#namesOf(row);
    return names === null ? [] : [{ kind: 'fill', fill: fillFrom(row, names, this.#options.mode.value) }];
  }

  /** It follows every fill as well, and does not say why it changed. */
  #accountEvent(body: JsonObject): readonly StreamEvent[] {
    const balances = JSON.stringify(
      objectsIn(body['data'], 'row').flatMap((account) =>
        asArray(account['coin'], 'coins').map((item) => {
          const coin = asObject(item, 'coin');
          return [text(coin, 'coin'), text(coin, 'balance')];
        }),
      ),
    );
    const isChanged = this.#balances !== null && balances !== this.#balances;
    this.#balances = balances;
    return isChanged ? accountChange(wholeNumber(body, 'ts'), this.#tradedAt) : [];
  }
}
