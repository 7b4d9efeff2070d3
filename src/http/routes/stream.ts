import type { App, HttpContext } from '../context.ts';
import { bearerToken, type Authenticator } from '../authentication.ts';
import { Problem } from '../problem.ts';
import { AlarmFeed } from '../stream/alarm-feed.ts';
import { CLOSINGS } from '../stream/closings.ts';
import { BookReadings } from '../stream/book-reading.ts';
import { StreamClient } from '../stream/client.ts';
import { STREAM_LIMITS } from '../stream/limits.ts';
import { PriceFeed } from '../stream/price-feed.ts';

/** Below the prefix. */
export const STREAM_PATH = '/stream';

/** A token for a part of a portfolio follows that part: see `StreamClient`. */
const NEEDED = { scope: 'read', bound: 'accounts and strategies' } as const;
const CHECK_DESKS_EVERY_MS = 1_000;

/**
 * `GET /stream`: the events of the caller's portfolio as they become durable, and prices, over a WebSocket.
 *
 * The first message logs in (`{"token"}`) unless the header did. `{"subscribe":[...],"after":<seq>}` names the channels
 * and, after a reconnection, the last seq that was seen; `{"unsubscribe":[...]}` ends some of them.
 */
export function streamRoute(app: App, context: HttpContext, authenticator: Authenticator): void {
  const limits = { ...STREAM_LIMITS, ...context.streamLimits };
  const prices = new PriceFeed(context.now, (error) =>
    app.log.error({ err: error }, 'prices could not be sent'),
  );
  const readings = new BookReadings((error) =>
    app.log.error({ err: error }, 'leverage and margin mode could not be read'),
  );
  const alarms = new AlarmFeed(context.now, (error) =>
    app.log.error({ err: error }, 'alarms could not be sent'),
  );
  const clients = new Set<StreamClient>();
  const timer = setInterval(() => {
    for (const client of clients) client.checkDesk();
  }, CHECK_DESKS_EVERY_MS);
  timer.unref();
  app.addHook('onClose', async () => clearInterval(timer));
  app.route({
    method: 'GET',
    url: STREAM_PATH,
    config: NEEDED,
    schema: {
      summary:
        'WebSocket: orders, fills, positions, balances, risk and drift as they become durable, and prices',
      tags: ['watching'],
    },
    handler: async () => {
      throw new Problem('invalid_request', 'Connect with a WebSocket.');
    },
    wsHandler: (socket, request) => {
      if (clients.size >= limits.connections) {
        socket.close(CLOSINGS.crowded.code, CLOSINGS.crowded.reason);
        return;
      }
      const client = new StreamClient({
        context,
        socket,
        admit: (token) => authenticator.admitToken(token, request.ip, NEEDED),
        prices,
        readings,
        alarms,
        limits,
      });
      clients.add(client);
      context.metrics.streamClients.inc();
      socket.on('close', () => {
        clients.delete(client);
        context.metrics.streamClients.dec();
      });
      const token = bearerToken(request.headers.authorization);
      client.start(request.caller === null || token === null ? null : { caller: request.caller, token });
    },
  });
}
