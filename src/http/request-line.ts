/**
 * One line of the log for each request: who asked for what, which order it became, how it ended, and how long it took.
 *
 * Entry points: `logRequest`, `outcomeOf`.
 *
 * Invariants:
 *  1. Nothing of a header, of a query or of a body is in the line but what the answer itself names.
 *  2. The ids are found in the answer, whatever endpoint gave it: a new one needs no code for its line.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { requesterName } from './context.ts';

/** The orders that an answer names, and the code of the problem that it is. */
export interface RequestOutcome {
  readonly orders: readonly LoggedOrder[];
  /** Null for an answer that is no problem. */
  readonly code: string | null;
}

interface LoggedOrder {
  readonly order_id: string;
  readonly client_order_id?: string;
  readonly venue_order_id?: string;
  readonly outcome?: string;
}

/** Orders of an answer that are named in its line; a batch has at most a hundred. */
const MAX_ORDERS = 100;
/** Answers hold orders at most so deep: `results`, its entries, their `order`. */
const MAX_DEPTH = 4;
/** Programs ask for these again and again. */
const POLLED = /^\/(?:health|metrics|docs|errors)(?:\/|$)/;

export function outcomeOf(payload: unknown): RequestOutcome {
  const orders: LoggedOrder[] = [];
  collect(payload, orders, 0);
  return { orders, code: textOf(payload, 'code') ?? null };
}

/** Writes the line of a request that was answered; of one that programs repeat, at level debug. */
export function logRequest(
  log: Pick<Logger, 'debug' | 'info' | 'isLevelEnabled'>,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const level = POLLED.test(request.url) ? 'debug' : 'info';
  if (!log.isLevelEnabled(level)) return;
  const { outcome, caller } = request;
  const path = request.url.split('?', 1)[0] ?? '';
  const ms = Math.round(reply.elapsedTime * 10) / 10;
  const [order, ...others] = outcome?.orders ?? [];
  const ended = outcome?.code ?? (others.length === 0 ? order?.outcome : undefined);
  log[level](
    {
      request_id: request.id,
      method: request.method,
      path,
      status: reply.statusCode,
      ...(outcome?.code === undefined || outcome.code === null ? {} : { code: outcome.code }),
      ...(caller === null ? {} : { by: requesterName(caller) }),
      ...(others.length === 0 ? order : { orders: outcome?.orders }),
      ms,
    },
    `${request.method} ${path} ${reply.statusCode}${ended === undefined ? '' : ` ${ended}`} in ${ms} ms`,
  );
}

function collect(value: unknown, orders: LoggedOrder[], depth: number): void {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH || orders.length >= MAX_ORDERS) return;
  if (Array.isArray(value)) {
    for (const entry of value) collect(entry, orders, depth + 1);
    return;
  }
  const id = textOf(value, 'id');
  const orderId = id?.startsWith('ord_') === true ? id : textOf(value, 'order_id');
  if (orderId !== undefined) {
    const clientOrderId = textOf(value, 'client_order_id');
    const venueOrderId = textOf(value, 'venue_order_id');
    const outcome = textOf(value, 'status') ?? textOf(value, 'outcome') ?? textOf(value, 'code');
    orders.push({
      order_id: orderId,
      ...(clientOrderId === undefined ? {} : { client_order_id: clientOrderId }),
      ...(venueOrderId === undefined ? {} : { venue_order_id: venueOrderId }),
      ...(outcome === undefined ? {} : { outcome }),
    });
    return;
  }
  for (const entry of Object.values(value)) collect(entry, orders, depth + 1);
}

function textOf(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const found = (value as Readonly<Record<string, unknown>>)[name];
  return typeof found === 'string' ? found : undefined;
}
