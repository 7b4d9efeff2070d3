/**
 * A venue of a dozen lines for the tests of the wire layer and the host: plain JSON over HTTP, one private and one
 * public stream, the key in a header, nothing signed. It shows what a protocol declares.
 */
import { Decimal, decimal } from '../../core/decimal.ts';
import { BTC, BTC_SWAP, ETH, examplePolicy } from '../exchange/example-venue.ts';
import type { VenueProtocol } from '../venue-protocol.ts';
import type { SocketConnection, WireReply } from './wire.ts';

export const exampleProtocol: VenueProtocol = {
  name: 'okx',
  instruments: [BTC, ETH, BTC_SWAP],
  policy: examplePolicy(),
  newCredentials: (randomHex) => ({ key: randomHex(16), secret: randomHex(16), passphrase: null }),
  declare: ({ exchange, signal }) => {
    const privates = new Map<SocketConnection, string>();
    const publics = new Set<SocketConnection>();
    const stop = exchange.subscribe((events) => {
      for (const event of events) {
        if (event.kind === 'order')
          for (const [connection, accountId] of privates)
            if (accountId === event.order.accountId)
              connection.push(
                'private_stream',
                JSON.stringify({ id: event.order.clientOrderId, change: event.change }),
              );
        if (event.kind === 'trade')
          for (const connection of publics)
            connection.push('public_stream', JSON.stringify({ trade: event.tradeId }));
      }
    });
    signal.addEventListener('abort', stop, { once: true });
    const accountOf = (headers: Readonly<Record<string, string | undefined>>): string =>
      exchange.accountByKey(headers['x-key'] ?? '')?.accountId ?? '';
    const place = (at: number, accountId: string, body: string): WireReply => {
      const input: unknown = JSON.parse(body);
      const field = (name: string): string =>
        typeof input === 'object' && input !== null && name in input
          ? String((input as Record<string, unknown>)[name])
          : '';
      const price = field('price');
      const result = exchange.placeOrder(at, accountId, {
        symbol: field('symbol'),
        side: field('side') === 'buy' ? 'buy' : 'sell',
        type: price === '' ? 'market' : 'limit',
        clientOrderId: field('id'),
        quantity: decimal(field('quantity')),
        ...(price === '' ? {} : { price: Decimal.parse(price) }),
      });
      return result.ok ? json(200, result.order) : json(400, result.refusal);
    };
    return {
      routes: [
        {
          method: 'POST',
          path: '/orders',
          route: 'create_order',
          reply: ({ at, headers, body }) => place(at, accountOf(headers), body),
        },
        {
          method: 'DELETE',
          path: '/orders/:symbol/:id',
          route: 'cancel_order',
          reply: ({ at, headers, parameters }) => {
            const reference = { symbol: parameters['symbol'] ?? '', clientOrderId: parameters['id'] ?? '' };
            const result = exchange.cancelOrder(at, accountOf(headers), reference);
            return result.ok ? json(200, result.order) : json(400, result.refusal);
          },
        },
        {
          method: 'GET',
          path: '/orders/:symbol/:id',
          route: 'query_order',
          reply: ({ at, headers, parameters }) => {
            const reference = { symbol: parameters['symbol'] ?? '', clientOrderId: parameters['id'] ?? '' };
            const order = exchange.lookUp(at, accountOf(headers), reference);
            return order === null ? json(404, { code: 'order_not_found' }) : json(200, order);
          },
        },
        {
          method: 'GET',
          path: '/time',
          route: 'other',
          reply: ({ clockMs }) => json(200, { clockMs }),
        },
      ],
      sockets: [
        {
          path: '/private/:key',
          route: 'private_stream',
          ping: null,
          connect: (connection) => {
            const accountId = exchange.accountByKey(connection.parameters['key'] ?? '')?.accountId ?? '';
            privates.set(connection, accountId);
            return {
              onMessage: (message) =>
                connection.answer(
                  'create_order',
                  () => ({ message: place(connection.at(), accountId, String(message)).body }),
                  ({ kind, status }) => JSON.stringify({ fault: kind, status }),
                ),
              onClose: () => privates.delete(connection),
            };
          },
        },
        {
          path: '/public/*',
          route: 'public_stream',
          ping: { everyMs: 20_000, pongWithinMs: 60_000 },
          connect: (connection) => {
            publics.add(connection);
            return {
              onMessage: (message) => connection.send(message),
              onClose: () => publics.delete(connection),
            };
          },
        },
      ],
      notFound: ({ path }) => json(404, { code: 'no_such_path', path }),
      faultReply: ({ kind, status, words }) => json(status, words ?? { code: kind }),
    };
  },
};

function json(status: number, body: unknown): WireReply {
  return { status, body: JSON.stringify(body) };
}
