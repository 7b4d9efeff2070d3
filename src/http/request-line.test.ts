import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../directory/callers.ts';
import { logRequest, outcomeOf } from './request-line.ts';

const order = {
  id: 'ord_1',
  client_order_id: 'mine',
  venue_order_id: '77',
  status: 'filled',
  reason: { code: 'x', detail: 'y' },
  strategy: 'secretive',
};

/** The level, the fields and the message of each line, in a log of the levels given. */
function linesOf(
  url: string,
  payload: unknown,
  statusCode: number,
  levels: readonly string[],
): readonly [string, object, string][] {
  const lines: [string, object, string][] = [];
  const log = Object.fromEntries(
    ['debug', 'info'].map((level) => [
      level,
      (fields: object, message: string) => lines.push([level, fields, message]),
    ]),
  );
  logRequest(
    { ...log, isLevelEnabled: (level: string) => levels.includes(level) } as unknown as Logger,
    {
      id: 'r-1',
      method: 'POST',
      url,
      caller: { userName: 'admin', tokenLabel: 'bot' } as Caller,
      outcome: payload === null ? null : outcomeOf(payload),
    } as FastifyRequest,
    { statusCode, elapsedTime: 12.345 } as FastifyReply,
  );
  return lines;
}

/** The one line. */
function lineOf(url: string, payload: unknown, statusCode = 201): [string, object, string] {
  const lines = linesOf(url, payload, statusCode, ['debug', 'info']);
  const [line] = lines;
  if (line === undefined || lines.length > 1) throw new Error('not one line');
  return line;
}

describe('the line of a request', () => {
  it('names the request, the order by all its ids, the outcome and the time', () => {
    expect(lineOf('/api/v1/trading/v2/orders/market?token=plm_x', order)).toEqual([
      'info',
      {
        request_id: 'r-1',
        method: 'POST',
        path: '/api/v1/trading/v2/orders/market',
        status: 201,
        by: 'admin/bot',
        order_id: 'ord_1',
        client_order_id: 'mine',
        venue_order_id: '77',
        outcome: 'filled',
        ms: 12.3,
      },
      'POST /api/v1/trading/v2/orders/market 201 filled in 12.3 ms',
    ]);
  });

  it('is not made for a log that leaves its level out', () => {
    expect(linesOf('/api/v1/orders', order, 201, [])).toEqual([]);
    expect(linesOf('/health/live', null, 200, ['info'])).toEqual([]);
  });

  it('names the code of a problem, with the order that it left', () => {
    const [, fields, message] = lineOf(
      '/x',
      { code: 'venue_rejected', detail: 'no', order_id: 'ord_2' },
      422,
    );
    expect(fields).toMatchObject({ code: 'venue_rejected', order_id: 'ord_2' });
    expect(message).toBe('POST /x 422 venue_rejected in 12.3 ms');
  });

  it('names every order of a batch and of a cancel, wherever the answer has them', () => {
    const answers = [
      { results: [{ order }, { error: { code: 'price_collar', order_id: 'ord_2' } }] },
      { canceled: [order, { order_id: 'ord_2', outcome: 'price_collar' }] },
    ];
    for (const answer of answers) {
      const [, fields] = lineOf('/x', answer, 200);
      expect(fields).toMatchObject({
        orders: [
          { order_id: 'ord_1', outcome: 'filled' },
          { order_id: 'ord_2', outcome: 'price_collar' },
        ],
      });
    }
  });

  it('is of level debug where programs ask again and again', () => {
    expect(lineOf('/health/ready', null, 200)[0]).toBe('debug');
    expect(lineOf('/healthy', null, 404)[0]).toBe('info');
  });
});
