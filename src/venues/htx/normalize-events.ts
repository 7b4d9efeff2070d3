/**
 * The messages of HTX's private streams as events of the account.
 *
 * Entry points: `privateEvents` of spot, `contractEvents`. They throw `MalformedAnswer` for a message that is not of the documented shape; a channel
 * that is not in the table is ignored. Sources: "Subscribe Order Updates", "Subscribe Trade Details & Order Cancellation post Clearing" and
 * "Subscribe Account Change" of the spot documentation, "Subscribe to order data", "… of execution changes", "… of position changes" and "… of
 * account-related changes" of the v5 one. A message about an execution of contracts states no fee, so that those of its order are read. Executions come apart from their orders, before or after them; a message of a market buy states quote units, so that
 * its order is read when it ends.
 */
import { venueOrderId } from '../../core/ids.ts';
import type { JsonObject } from '../../core/json.ts';
import { asArray, asObject, isObject, optionalText, parseExactJson, text } from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import type { StreamEvent } from '../private-stream.ts';
import { fillFromClearing } from './normalize-fills.ts';
import { contractOrderFrom, isSizedInQuote, orderFromMessage } from './normalize-orders.ts';

export function privateEvents(message: string, names: Names): readonly StreamEvent[] {
  const body = asObject(parseExactJson(message), 'message');
  const { data } = body;
  if (body['action'] !== 'push' || !isObject(data)) return [];
  const [topic] = text(body, 'ch').split('#', 1);
  switch (topic) {
    case 'orders':
      return orderEvents(data, names);
    case 'trade.clearing':
      return names.known(text(data, 'symbol')) && text(data, 'eventType') === 'trade'
        ? [{ kind: 'fill', fill: fillFromClearing(data, names) }]
        : [];
    case 'accounts.update':
      return accountEvents(data);
    default:
      return [];
  }
}

/** Events of conditional orders that have not become orders are passed over. */
const OF_ORDERS = new Set(['creation', 'trade', 'cancellation']);
const OPEN = new Set(['submitted', 'partial-filled']);

function orderEvents(order: JsonObject, names: Names): readonly StreamEvent[] {
  if (!names.known(text(order, 'symbol')) || !OF_ORDERS.has(text(order, 'eventType'))) return [];
  if (!isSizedInQuote(text(order, 'type')))
    return [{ kind: 'order', report: orderFromMessage(order, names), fill: null }];
  if (text(order, 'eventType') === 'creation')
    return [{ kind: 'order', report: { ...orderFromMessage(order, names), quantity: null }, fill: null }];
  if (OPEN.has(text(order, 'orderStatus'))) return [];
  return [
    {
      kind: 'unstated',
      symbol: names.symbol(text(order, 'symbol')),
      venueOrderId: venueOrderId(text(order, 'orderId')),
    },
  ];
}

/** Changes by orders are known from the orders; a first message states the balances and no change. */
function accountEvents(change: JsonObject): readonly StreamEvent[] {
  const type = optionalText(change, 'changeType');
  return type === null || type.startsWith('order') ? [] : [{ kind: 'account' }];
}

/** `event`: why positions or the account changed, where an order of ours was not the cause. */
const OF_THE_VENUE = new Set([
  'delivered',
  'transferred',
  'liquidation',
  'adl',
  'funding_fee',
  'set_leverage',
  'auto_exchange',
]);

export function contractEvents(message: string, names: Names): readonly StreamEvent[] {
  const body = asObject(parseExactJson(message), 'message');
  if (body['op'] !== 'notify') return [];
  switch (text(body, 'topic')) {
    case 'orders': {
      const order = asObject(body['data'], 'order');
      return names.known(text(order, 'contract_code'))
        ? [{ kind: 'order', report: contractOrderFrom(order, names), fill: null }]
        : [];
    }
    case 'trade':
      return asArray(body['data'], 'executions')
        .map((row) => asObject(row, 'execution'))
        .filter((row) => names.known(text(row, 'contract_code')))
        .map((row) => ({
          kind: 'unstated',
          symbol: names.symbol(text(row, 'contract_code')),
          venueOrderId: venueOrderId(text(row, 'order_id')),
        }));
    case 'positions':
    case 'account':
      return OF_THE_VENUE.has(optionalText(body, 'event') ?? '') ? [{ kind: 'account' }] : [];
    default:
      return [];
  }
}
