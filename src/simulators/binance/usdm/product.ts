/**
 * Binance USD-M futures on the shared port: REST under `/fapi` and `/futures/data`, market streams under `/public` and
 * `/market`, private streams under `/private`, the WebSocket API on `/ws-fapi/v1`.
 *
 * Entry point: `usdmProduct`. The venue serves `/public`, `/market` and `/private` on fstream.binance.com, as here; its
 * older `wss://fstream.binance.com/ws` and `/stream` stand under `/fstream`, since spot has those paths on the
 * shared port. Which of them carries what is in stream-routes.ts.
 */
import type { SocketConnection, SocketEndpoint, SocketSession } from '../../wire/wire.ts';
import { endpointRoute } from '../../wire/access.ts';
import { accessRules, WEIGHT_HEADERS } from '../authentication.ts';
import { usdmRefusal } from '../errors.ts';
import { connectStreams, listenKeyEndpoints, ListenKeys, streamsOfPath } from '../listen-keys.ts';
import { MarketStreams, streamsOfQuery } from '../market-streams.ts';
import type { Product, ProductSettings } from '../product.ts';
import { OrderCounts, RequestWeights } from '../rate-limits.ts';
import { connectSocketApi, methodsOf } from '../socket-api.ts';
import { AccountStreams } from '../../wire/account-streams.ts';
import { balanceEndpoints } from './balances.ts';
import { historyEndpoints } from './history.ts';
import { configurationEndpoints, settingEndpoints } from './settings.ts';
import { algoOrderEndpoints } from './algo-orders.ts';
import { Countdowns } from './countdowns.ts';
import { USDM_POLICY } from './instruments.ts';
import { isolatedMarginEndpoints } from './isolated-margin.ts';
import { downloadEndpoints } from './downloads.ts';
import { usdmMarketEndpoints } from './market-data.ts';
import { referenceEndpoints } from './reference-data.ts';
import { statisticsEndpoints } from './statistics.ts';
import { isMarketStream, isPublicStream, privateStreamsOf } from './stream-routes.ts';
import { usdmTopic } from './streams.ts';
import { USDM_RATE_LIMITS } from './symbols.ts';
import { usdmTradingEndpoints } from './trading.ts';
import { unavailableEndpoints } from './unavailable.ts';
import { UsdmUserEvents } from './user-events.ts';

/** The venue pings every 3 minutes and cuts after 10 without a pong. */
const PING = { everyMs: 180_000, pongWithinMs: 600_000 } as const;
const WEIGHT_PER_MINUTE = 2400;
const MESSAGES_PER_SECOND = 10;

const ORDER_INTERVALS = [
  { interval: 'SECOND', intervalNum: 10, limit: 300 },
  { interval: 'MINUTE', intervalNum: 1, limit: 1200 },
] as const;

/** WebSocket API methods by the endpoint that they share with REST. */
const METHODS: Readonly<Record<string, string>> = {
  depth: 'GET /fapi/v1/depth',
  'ticker.price': 'GET /fapi/v1/ticker/price',
  'ticker.book': 'GET /fapi/v1/ticker/bookTicker',
  'order.place': 'POST /fapi/v1/order',
  'order.modify': 'PUT /fapi/v1/order',
  'order.cancel': 'DELETE /fapi/v1/order',
  'order.status': 'GET /fapi/v1/order',
  'algoOrder.place': 'POST /fapi/v1/algoOrder',
  'algoOrder.cancel': 'DELETE /fapi/v1/algoOrder',
  'account.balance': 'GET /fapi/v2/balance',
  'v2/account.balance': 'GET /fapi/v3/balance',
  'account.position': 'GET /fapi/v2/positionRisk',
  'v2/account.position': 'GET /fapi/v3/positionRisk',
  'account.status': 'GET /fapi/v2/account',
  'v2/account.status': 'GET /fapi/v3/account',
  'userDataStream.start': 'POST /fapi/v1/listenKey',
  'userDataStream.ping': 'PUT /fapi/v1/listenKey',
  'userDataStream.stop': 'DELETE /fapi/v1/listenKey',
};

export function usdmProduct(settings: ProductSettings): Product {
  const { exchange, clock, signal, limits, history } = settings;
  const weights = new RequestWeights(WEIGHT_PER_MINUTE);
  const counts = new OrderCounts(ORDER_INTERVALS);
  const { requestLifetime } = USDM_POLICY;
  const rules = accessRules({
    exchange,
    weights,
    counts,
    requestLifetime,
    limits,
    refusesUnread: false,
    weightHeaders: WEIGHT_HEADERS,
  });
  const countdowns = new Countdowns(exchange, clock, signal);
  const listenKeys = new ListenKeys(settings.randomHex, () => usdmRefusal(-1125, LISTEN_KEY_GONE));
  const userEvents = new UsdmUserEvents(exchange);
  const userStreams = new AccountStreams({
    exchange,
    clock,
    signal,
    payloadsOf: (events, accountId, nowMs) => userEvents.payloads(events, accountId, nowMs),
  });
  const marketStreams = new MarketStreams({
    exchange,
    clock,
    signal,
    limits,
    messagesPerSecond: MESSAGES_PER_SECOND,
    open: (name) => usdmTopic({ exchange, history }, name),
  });
  const trading = { exchange, counts, limits, countdowns };
  const endpoints = [
    ...usdmMarketEndpoints({ exchange, history, limits }),
    ...statisticsEndpoints({ exchange, history }),
    ...referenceEndpoints(exchange),
    ...downloadEndpoints(),
    ...unavailableEndpoints(),
    ...usdmTradingEndpoints(trading),
    ...algoOrderEndpoints(trading),
    ...balanceEndpoints(exchange),
    ...historyEndpoints(exchange),
    ...settingEndpoints(exchange),
    ...configurationEndpoints(exchange, counts),
    ...isolatedMarginEndpoints(exchange),
    ...listenKeyEndpoints(listenKeys, { path: '/fapi/v1/listenKey', weight: 1 }),
  ];
  const methods = methodsOf(METHODS, endpoints);

  const streams = { userStreams, listenKeys, marketStreams };
  const tree = (
    base: string,
    route: SocketEndpoint['route'],
    connect: (...of: [connection: SocketConnection, names: string[], combined: boolean]) => SocketSession,
  ): SocketEndpoint[] => [
    ...[`${base}/ws`, `${base}/ws/*`].map((path): SocketEndpoint => ({
      path,
      route,
      ping: PING,
      connect: (connection) => connect(connection, streamsOfPath(connection), false),
    })),
    {
      path: `${base}/stream`,
      route,
      ping: PING,
      connect: (connection) => connect(connection, streamsOfQuery(connection.query), true),
    },
  ];
  const marketTree = (base: string, carries: (name: string) => boolean): SocketEndpoint[] =>
    tree(base, 'public_stream', (connection, names, combined) =>
      marketStreams.connect(connection, names, combined, { carries }),
    );
  const privateTree = tree('/private', 'private_stream', (connection, names, combined) => {
    const named = [...names, ...privateStreamsOf(connection.query)];
    return connectStreams(streams, connection, named, combined, () => false);
  });

  return {
    routes: endpoints.map((endpoint) => endpointRoute(rules, endpoint)),
    sockets: [
      ...marketTree('/public', isPublicStream),
      ...marketTree('/market', isMarketStream),
      ...marketTree('/fstream', isPublicStream),
      ...privateTree,
      {
        path: '/ws-fapi/v1',
        route: 'private_stream',
        ping: PING,
        connect: (connection) =>
          connectSocketApi(
            {
              rules,
              product: 'usdm',
              endpoints: methods,
              userStreams: undefined,
              refusesUnread: false,
              rateLimits: (accountId, clockMs) => [
                { ...USDM_RATE_LIMITS[0], count: weights.used(clockMs) },
                ...(accountId === undefined ? [] : counts.report(accountId, clockMs)),
              ],
            },
            connection,
          ),
      },
    ],
  };
}

const LISTEN_KEY_GONE =
  'This listenKey does not exist. Please use POST /fapi/v1/listenKey to recreate listenKey';
