/**
 * The messages of Binance's private streams as events of the account.
 *
 * Entry points: `spotStreamEvent`, `swapStreamEvent`. Each throws `MalformedAnswer` for an event that is not of the
 * documented shape; an event type that is not in the table is ignored, because the venue adds types freely. Sources:
 * user-data-stream.md of binance-spot-api-docs; "User Data Streams" of the USD-M futures documentation.
 */
import type { JsonObject } from '../../core/json.ts';
import type { OrderReport } from '../../core/venue/report.ts';
import { asObject, optionalText, text, wholeNumber } from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import type { StreamEvent } from '../private-stream.ts';
import { fillFromEvent } from './normalize-fills.ts';
import { orderFromAlgoUpdate, orderFromExecutionReport, orderFromTradeUpdate } from './normalize-orders.ts';

export function spotStreamEvent(event: JsonObject, names: Names): StreamEvent {
  const type = text(event, 'e');
  switch (type) {
    case 'executionReport':
      if (!names.known(text(event, 's'))) return { kind: 'ignored' };
      return orderEvent(event, orderFromExecutionReport(event, names));
    case 'balanceUpdate':
    case 'externalLockUpdate':
      return { kind: 'account' };
    case 'eventStreamTerminated':
    case 'serverShutdown':
      return { kind: 'ended', reason: type };
    // `outboundAccountPosition` follows every order and says nothing of its own; the venue adds types freely.
    default:
      return { kind: 'ignored' };
  }
}

export function swapStreamEvent(event: JsonObject, names: Names): StreamEvent {
  const type = text(event, 'e');
  switch (type) {
    case 'ORDER_TRADE_UPDATE': {
      const order = asObject(event['o'], 'order');
      if (!names.known(text(order, 's'))) return { kind: 'ignored' };
      return orderEvent(order, orderFromTradeUpdate(order, names));
    }
    case 'ALGO_UPDATE': {
      const order = asObject(event['o'], 'algo order');
      if (!names.known(text(order, 's'))) return { kind: 'ignored' };
      return {
        kind: 'order',
        report: orderFromAlgoUpdate(order, names, wholeNumber(event, 'E')),
        fill: null,
      };
    }
    case 'ACCOUNT_UPDATE': {
      // "m": the reason; ORDER has an event of its own.
      const reason = optionalText(asObject(event['a'], 'account'), 'm');
      return reason === 'ORDER' ? { kind: 'ignored' } : { kind: 'account' };
    }
    case 'ACCOUNT_CONFIG_UPDATE':
    case 'MARGIN_CALL':
      return { kind: 'account' };
    case 'listenKeyExpired':
    case 'serverShutdown':
      return { kind: 'ended', reason: type };
    // TRADE_LITE repeats a trade with less; the venue adds types freely.
    default:
      return { kind: 'ignored' };
  }
}

/** An order's state with the execution that the event carries, if it carries one. */
function orderEvent(event: JsonObject, report: OrderReport): StreamEvent {
  return { kind: 'order', report, fill: fillFromEvent(event, report) };
}
