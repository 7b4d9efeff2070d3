/**
 * Orders that come as messages of OKX's private WebSocket.
 *
 * Entry point: `SocketOrders`. They name their instrument by its number (`instIdCode`) alone; answers and limits are those of REST. Sources:
 * "Place order", "Place multiple orders", "Cancel order", "Amend order" and their like for WebSocket of the v5 documentation.
 */
import type { Exchange } from '../exchange/exchange.ts';
import type { SocketConnection, SocketReply } from '../wire/wire.ts';
import { checkDeadline, gatewayTimes } from './access.ts';
import { faultRefusal, OkxRefusal } from './errors.ts';
import { listingOfCode, type Listing } from './instruments.ts';
import { objectParameters, unknownInstrument, type Parameters } from './parameters.ts';
import type { RequestLimits } from './rate-limits.ts';
import type { Act, Trading } from './trading.ts';

export interface SocketOrderSettings {
  readonly exchange: Exchange;
  readonly trading: Trading;
  /** Null lifts the limits. */
  readonly limits: RequestLimits | null;
}

export interface SocketRequest {
  readonly id: string | undefined;
  readonly op: string;
  readonly args: readonly unknown[];
  readonly expTime: string;
  readonly accountId: string;
}

interface Operation {
  readonly act: Act;
  /** Of the table of limits. */
  readonly path: string;
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  order: { act: 'place', path: 'trade/order' },
  'batch-orders': { act: 'place', path: 'trade/batch-orders' },
  'cancel-order': { act: 'cancel', path: 'trade/cancel-order' },
  'batch-cancel-orders': { act: 'cancel', path: 'trade/cancel-batch-orders' },
  'amend-order': { act: 'amend', path: 'trade/amend-order' },
  'batch-amend-orders': { act: 'amend', path: 'trade/amend-batch-orders' },
};

export class SocketOrders {
  readonly #settings: SocketOrderSettings;

  constructor(settings: SocketOrderSettings) {
    this.#settings = settings;
  }

  /** The operation that a message names; undefined where there is none. */
  named(op: string): Operation | undefined {
    return OPERATIONS[op];
  }

  answer(connection: SocketConnection, request: SocketRequest): void {
    const operation = OPERATIONS[request.op];
    if (operation === undefined) return;
    connection.answer(
      operation.act === 'cancel' ? 'cancel_order' : 'create_order',
      () => this.#reply(connection, operation, request),
      (refused) => messageText(request, refusedBody(faultRefusal(refused)), connection.clockMs()),
    );
  }

  #reply(connection: SocketConnection, { act, path }: Operation, request: SocketRequest): SocketReply {
    const { exchange, trading, limits } = this.#settings;
    const clockMs = connection.clockMs();
    const { accountId } = request;
    try {
      if (exchange.account(accountId)?.permissions.trade !== true)
        throw new OkxRefusal(50120, "This API key doesn't have permission to use this function");
      const entries = request.args.map((argument) => objectParameters(argument));
      const instIds = entries.map((entry) => named(entry).id);
      limits?.charge({ path, accountId, instIds }, clockMs);
      checkDeadline(path, request.expTime, clockMs);
      const answers = trading.answer(act, { accountId, at: connection.at(), clockMs }, entries, named);
      return {
        message: messageText(request, { code: answers.code, data: answers.entries, msg: '' }, clockMs),
        outcome: answers.code === '0' ? 'ok' : 'refused',
      };
    } catch (error) {
      if (!(error instanceof OkxRefusal)) throw error;
      return { message: messageText(request, refusedBody(error), clockMs), outcome: 'refused' };
    }
  }
}

interface Body {
  readonly code: string;
  readonly data: readonly unknown[];
  readonly msg: string;
}

function refusedBody({ code, message }: OkxRefusal): Body {
  return { code: String(code), data: [], msg: message };
}

function messageText({ id, op }: SocketRequest, body: Body, clockMs: number): string {
  return JSON.stringify({ id: id ?? '', op, ...body, ...gatewayTimes(clockMs) });
}

/** "Parameter instIdCode can not be empty": an `instId` alone is passed over. */
function named(parameters: Parameters): Listing {
  const code = parameters.requiredInteger('instIdCode');
  const listing = listingOfCode(code);
  if (listing === undefined) throw unknownInstrument();
  return listing;
}
