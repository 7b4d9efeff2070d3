/**
 * Orders that come as messages of Bitget's private WebSocket.
 *
 * Entry point: `SocketOrders`. They name their category beside their list; limits are those of REST. Sources: "Place Order Channel", "Cancel Order
 * Channel", "Modify Order Channel" and their like for lists of the unified account's documentation.
 */
import type { Exchange } from '../exchange/exchange.ts';
import type { SocketConnection, SocketReply } from '../wire/wire.ts';
import { BitgetRefusal, faultRefusal, malformed, mayNotTrade, symbolAbsent } from './errors.ts';
import { listingNamed, type Listing } from './instruments.ts';
import { objectParameters, type Parameters } from './parameters.ts';
import type { RequestLimits } from './rate-limits.ts';
import type { Act, Trading } from './trading.ts';

export interface SocketOrderSettings {
  readonly exchange: Exchange;
  readonly trading: Trading;
  /** Null lifts the limits. */
  readonly limits: RequestLimits | null;
  readonly connectionId: string;
}

export interface SocketRequest {
  readonly id: string;
  readonly topic: string;
  /** As sent: lower case. */
  readonly category: string;
  readonly args: readonly unknown[];
  readonly accountId: string;
}

interface Operation {
  readonly act: Act;
  /** Of the table of limits. */
  readonly path: string;
  readonly isList: boolean;
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  'place-order': { act: 'place', path: '/api/v3/trade/place-order', isList: false },
  'cancel-order': { act: 'cancel', path: '/api/v3/trade/cancel-order', isList: false },
  'modify-order': { act: 'modify', path: '/api/v3/trade/modify-order', isList: false },
  'batch-place': { act: 'place', path: '/api/v3/trade/place-batch', isList: true },
  'batch-cancel': { act: 'cancel', path: '/api/v3/trade/cancel-batch', isList: true },
  'batch-modify': { act: 'modify', path: '/api/v3/trade/batch-modify-order', isList: true },
};

export class SocketOrders {
  readonly #settings: SocketOrderSettings;

  constructor(settings: SocketOrderSettings) {
    this.#settings = settings;
  }

  isKnown(topic: string): boolean {
    return OPERATIONS[topic] !== undefined;
  }

  answer(connection: SocketConnection, request: SocketRequest): void {
    const operation = OPERATIONS[request.topic];
    if (operation === undefined) return;
    connection.answer(
      operation.act === 'cancel' ? 'cancel_order' : 'create_order',
      () => this.#reply(connection, operation, request),
      (refused) => this.#refusalText(request, faultRefusal(refused), connection.clockMs()),
    );
  }

  #reply(connection: SocketConnection, operation: Operation, request: SocketRequest): SocketReply {
    const { exchange, trading, limits, connectionId } = this.#settings;
    const { id, topic, category, accountId } = request;
    const clockMs = connection.clockMs();
    try {
      if (exchange.account(accountId)?.permissions.trade !== true) throw mayNotTrade();
      limits?.chargeAccount(accountId, operation.path, clockMs);
      const asker = { accountId, at: connection.at() };
      const entries = request.args.map((argument) => objectParameters(argument));
      const listing = (entry: Parameters): Listing => listingOf(category, entry);
      const rows = operation.isList
        ? trading.list(operation.act, asker, entries, listing)
        : entries.slice(0, 1).map((entry) => trading.act(operation.act, asker, entry, () => listing(entry)));
      if (rows.length === 0) throw malformed('args');
      const args = rows.map((row, index) => {
        const symbol = entries[index]?.optional('symbol');
        return operation.act === 'place' ? { symbol, ...row, cTime: String(clockMs) } : row;
      });
      const named = category === '' ? {} : { category };
      return {
        message: JSON.stringify({
          event: 'trade',
          id,
          ...named,
          topic,
          args,
          code: '0',
          msg: 'success',
          connId: connectionId,
          ts: String(clockMs),
        }),
      };
    } catch (error) {
      if (!(error instanceof BitgetRefusal)) throw error;
      return { message: this.#refusalText(request, error, clockMs), outcome: 'refused' };
    }
  }

  #refusalText({ id, topic }: SocketRequest, { code, message }: BitgetRefusal, clockMs: number): string {
    const { connectionId: connId } = this.#settings;
    return JSON.stringify({ event: 'error', id, topic, code, msg: message, connId, ts: String(clockMs) });
  }
}

function listingOf(category: string, parameters: Parameters): Listing {
  const name = parameters.required('symbol');
  const upper = category.toUpperCase();
  const listing = upper === 'SPOT' || upper === 'USDT-FUTURES' ? listingNamed(upper, name) : undefined;
  if (listing === undefined) throw symbolAbsent(name);
  return listing;
}
