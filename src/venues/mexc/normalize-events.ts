/**
 * The messages of MEXC's private streams as events of the account.
 *
 * Entry points: `spotPrivateEvents`, `SwapPrivateMessages`. Each throws `MalformedAnswer` for a message that is not of the documented shape; a channel
 * that is not in the table is ignored. Sources: "Spot Account Update", "Spot Account Deals" and "Spot Account Orders" of the spot v3 documentation;
 * "Private Channels" of the contract documentation.
 */
import type { JsonObject } from '../../core/json.ts';
import { asObject, isObject, optionalText, parseExactJson, text, wholeNumber } from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { accountChange } from '../private-stream.ts';
import type { StreamEvent } from '../private-stream.ts';
import type { KnownMode } from '../venue-gateway.ts';
import { spotFillFromPush, swapFillFrom } from './normalize-fills.ts';
import { spotOrderFromPush, swapOrderFrom } from './normalize-orders.ts';

/** "changed type" of balances that orders and executions change. */
const OF_ORDERS = /^ENTRUST/;

/** The frames, once they are text. */
export function spotPrivateEvents(message: string, names: Names): readonly StreamEvent[] {
  const body = asObject(parseExactJson(message), 'message');
  if (isObject(body['privateAccount'])) {
    const type = optionalText(body['privateAccount'], 'type') ?? '';
    return OF_ORDERS.test(type) ? [] : [{ kind: 'account' }];
  }
  const isOrder = isObject(body['privateOrders']);
  if (!isOrder && !isObject(body['privateDeals'])) return [];
  if (!names.known(text(body, 'symbol'))) return [];
  return isOrder
    ? [{ kind: 'order', report: spotOrderFromPush(body, names), fill: null }]
    : [{ kind: 'fill', fill: spotFillFromPush(body, names) }];
}

export class SwapPrivateMessages {
  readonly #names: Names;
  readonly #mode: KnownMode;
  /** When the last message of an order or execution was sent, venue clock. */
  #tradedAt = Number.NEGATIVE_INFINITY;

  constructor(names: Names, mode: KnownMode) {
    this.#names = names;
    this.#mode = mode;
  }

  read(message: string): readonly StreamEvent[] {
    const body = asObject(parseExactJson(message), 'message');
    switch (optionalText(body, 'channel')) {
      case 'push.personal.order':
        return this.#ofOurs(body, (data) => ({
          kind: 'order',
          report: swapOrderFrom(data, this.#names, this.#mode.value),
          fill: null,
        }));
      case 'push.personal.order.deal':
        return this.#ofOurs(body, (data) => ({
          kind: 'fill',
          fill: swapFillFrom(data, this.#names, this.#mode.value),
        }));
      case 'push.personal.asset':
        return accountChange(wholeNumber(body, 'ts'), this.#tradedAt);
      // Positions follow executions; what else there is says nothing of ours.
      default:
        return [];
    }
  }

  #ofOurs(body: JsonObject, event: (data: JsonObject) => StreamEvent): readonly StreamEvent[] {
    this.#tradedAt = wholeNumber(body, 'ts');
    const data = asObject(body['data'], 'data');
    return this.#names.known(text(data, 'symbol')) ? [event(data)] : [];
  }
}
