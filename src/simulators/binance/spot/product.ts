/**
 * Binance spot on the shared port: REST under `/api` and `/sapi`, market streams on `/ws` and `/stream`, the
 * WebSocket API on `/ws-api/v3`.
 *
 * Entry point: `spotProduct`. `/stream/ws` is `/ws` again under a path that holds the word "stream": ccxt distinguishes
 * spot from futures by that word in the URL, which the production host name has and a loopback address has not.
 */
import type { HttpRoute, SocketEndpoint, WireReply } from '../../wire/wire.ts';
import { endpointRoute } from '../../wire/access.ts';
import { accessRules, WEIGHT_HEADERS } from '../authentication.ts';
import { streamsOfPath } from '../listen-keys.ts';
import { MarketStreams, streamsOfQuery } from '../market-streams.ts';
import type { Product, ProductSettings } from '../product.ts';
import { OrderCounts, RequestWeights } from '../rate-limits.ts';
import { connectSocketApi, methodsOf } from '../socket-api.ts';
import { AccountStreams } from '../../wire/account-streams.ts';
import { spotAccountEndpoints } from './account.ts';
import { accountRecordEndpoints } from './account-records.ts';
import { AveragePrices } from './average-price.ts';
import { cancelReplaceEndpoint } from './cancel-replace.ts';
import { SPOT_POLICY } from './instruments.ts';
import { spotMarketEndpoints } from './market-data.ts';
import { orderListEndpoints } from './order-lists.ts';
import { spotTopic } from './streams.ts';
import { SPOT_RATE_LIMITS } from './symbols.ts';
import { spotTradingEndpoints } from './trading.ts';
import { ExecutionIds, spotUserEvents } from './user-events.ts';
import { closedProductRoutes } from './closed-products.ts';
import { walletEndpoints } from './wallet.ts';

/** The venue pings every 20 s and cuts after a minute without a pong. */
const PING = { everyMs: 20_000, pongWithinMs: 60_000 } as const;
const WEIGHT_PER_MINUTE = 6000;
/** `/sapi` counts apart. The venue counts each of its endpoints by itself, at 12,000 an address or 180,000 an account. */
const WALLET_WEIGHT_PER_MINUTE = 180_000;
const MESSAGES_PER_SECOND = 5;

const ORDER_INTERVALS = [
  { interval: 'SECOND', intervalNum: 10, limit: 100 },
  { interval: 'DAY', intervalNum: 1, limit: 200_000 },
] as const;

/** Answered like this since 2026-02-20: user data streams are subscribed to on the WebSocket API. */
const GONE: WireReply = {
  status: 410,
  body: [
    '<html>',
    '<head><title>410 Gone</title></head>',
    '<body>',
    '<center><h1>410 Gone</h1></center>',
    '<hr><center>nginx</center>',
    '</body>',
    '</html>',
    '',
  ].join('\r\n'),
  headers: { 'content-type': 'text/html' },
};

/** The listen keys of spot. Source: CHANGELOG.md of binance-spot-api-docs, 2026-01-21. */
const RETIRED_ROUTES: readonly HttpRoute[] = (['GET', 'POST', 'PUT', 'DELETE'] as const).map((method) => ({
  method,
  path: '/api/v3/userDataStream',
  route: 'other',
  reply: () => GONE,
}));

/** WebSocket API methods by the endpoint that they share with REST. */
const METHODS: Readonly<Record<string, string>> = {
  ping: 'GET /api/v3/ping',
  time: 'GET /api/v3/time',
  exchangeInfo: 'GET /api/v3/exchangeInfo',
  depth: 'GET /api/v3/depth',
  'trades.recent': 'GET /api/v3/trades',
  'trades.historical': 'GET /api/v3/historicalTrades',
  'trades.aggregate': 'GET /api/v3/aggTrades',
  klines: 'GET /api/v3/klines',
  uiKlines: 'GET /api/v3/uiKlines',
  avgPrice: 'GET /api/v3/avgPrice',
  ticker: 'GET /api/v3/ticker',
  'ticker.tradingDay': 'GET /api/v3/ticker/tradingDay',
  'blockTrades.historical': 'GET /api/v3/historicalBlockTrades',
  executionRules: 'GET /api/v3/executionRules',
  referencePrice: 'GET /api/v3/referencePrice',
  'referencePrice.calculation': 'GET /api/v3/referencePrice/calculation',
  'ticker.24hr': 'GET /api/v3/ticker/24hr',
  'ticker.price': 'GET /api/v3/ticker/price',
  'ticker.book': 'GET /api/v3/ticker/bookTicker',
  'order.place': 'POST /api/v3/order',
  'order.test': 'POST /api/v3/order/test',
  'sor.order.place': 'POST /api/v3/sor/order',
  'sor.order.test': 'POST /api/v3/sor/order/test',
  'order.status': 'GET /api/v3/order',
  'order.cancel': 'DELETE /api/v3/order',
  'order.cancelReplace': 'POST /api/v3/order/cancelReplace',
  'order.amend.keepPriority': 'PUT /api/v3/order/amend/keepPriority',
  'openOrders.status': 'GET /api/v3/openOrders',
  'openOrders.cancelAll': 'DELETE /api/v3/openOrders',
  'orderList.place': 'POST /api/v3/order/oco',
  'orderList.place.oco': 'POST /api/v3/orderList/oco',
  'orderList.place.oto': 'POST /api/v3/orderList/oto',
  'orderList.place.otoco': 'POST /api/v3/orderList/otoco',
  'orderList.place.opo': 'POST /api/v3/orderList/opo',
  'orderList.place.opoco': 'POST /api/v3/orderList/opoco',
  'orderList.status': 'GET /api/v3/orderList',
  'orderList.cancel': 'DELETE /api/v3/orderList',
  'openOrderLists.status': 'GET /api/v3/openOrderList',
  allOrders: 'GET /api/v3/allOrders',
  allOrderLists: 'GET /api/v3/allOrderList',
  myTrades: 'GET /api/v3/myTrades',
  myPreventedMatches: 'GET /api/v3/myPreventedMatches',
  myAllocations: 'GET /api/v3/myAllocations',
  myFilters: 'GET /api/v3/myFilters',
  'order.amendments': 'GET /api/v3/order/amendments',
  'account.status': 'GET /api/v3/account',
  'account.commission': 'GET /api/v3/account/commission',
  'account.rateLimits.orders': 'GET /api/v3/rateLimit/order',
};

export function spotProduct(settings: ProductSettings): Product {
  const { exchange, clock, signal, limits, history } = settings;
  const weights = new RequestWeights(WEIGHT_PER_MINUTE);
  const counts = new OrderCounts(ORDER_INTERVALS);
  const averagePrices = new AveragePrices(exchange);
  const { requestLifetime } = SPOT_POLICY;
  const access = { exchange, counts, requestLifetime, limits };
  const rules = accessRules({ ...access, weights, refusesUnread: true, weightHeaders: WEIGHT_HEADERS });
  const walletRules = accessRules({
    ...access,
    weights: new RequestWeights(WALLET_WEIGHT_PER_MINUTE),
    refusesUnread: false,
    weightHeaders: ['X-SAPI-USED-UID-WEIGHT-1M'],
  });
  const executionIds = new ExecutionIds();
  const userStreams = new AccountStreams({
    exchange,
    clock,
    signal,
    payloadsOf: (events, accountId, nowMs) => spotUserEvents(events, accountId, nowMs, executionIds),
  });
  const marketStreams = new MarketStreams({
    exchange,
    clock,
    signal,
    limits,
    messagesPerSecond: MESSAGES_PER_SECOND,
    open: (name) => spotTopic({ exchange, history, averagePrices }, name),
  });
  giveBackFilledOrders(settings, counts);

  const trading = { exchange, counts, averagePrices, limits };
  const endpoints = [
    ...spotMarketEndpoints({ exchange, history, averagePrices, limits }),
    ...spotTradingEndpoints(trading),
    cancelReplaceEndpoint(trading),
    ...orderListEndpoints(trading),
    ...spotAccountEndpoints({ exchange, counts }),
    ...accountRecordEndpoints(exchange),
  ];
  const methods = methodsOf(METHODS, endpoints);

  const raw = (path: string): SocketEndpoint => ({
    path,
    route: 'public_stream',
    ping: PING,
    connect: (connection) => marketStreams.connect(connection, streamsOfPath(connection), false),
  });

  return {
    routes: [
      ...endpoints.map((endpoint) => endpointRoute(rules, endpoint)),
      ...walletEndpoints(exchange).map((endpoint) => endpointRoute(walletRules, endpoint)),
      ...closedProductRoutes(walletRules),
      ...RETIRED_ROUTES,
    ],
    sockets: [
      raw('/ws'),
      raw('/ws/*'),
      raw('/stream/ws'),
      raw('/stream/ws/*'),
      {
        path: '/stream',
        route: 'public_stream',
        ping: PING,
        connect: (connection) => marketStreams.connect(connection, streamsOfQuery(connection.query), true),
      },
      {
        path: '/ws-api/v3',
        route: 'private_stream',
        ping: PING,
        connect: (connection) =>
          connectSocketApi(
            {
              rules,
              product: 'spot',
              endpoints: methods,
              userStreams,
              refusesUnread: true,
              rateLimits: (accountId, clockMs) => [
                ...(accountId === undefined ? [] : counts.report(accountId, clockMs)),
                { ...SPOT_RATE_LIMITS[0], count: weights.used(clockMs) },
              ],
            },
            connection,
          ),
      },
    ],
  };
}

/** An order that trades for the first time no longer counts as unfilled. */
function giveBackFilledOrders(settings: ProductSettings, counts: OrderCounts): void {
  const stop = settings.exchange.subscribe((events) => {
    for (const event of events) {
      if (event.kind !== 'order' || event.order.marketType !== 'spot' || event.fill === null) continue;
      if (event.order.filled.equals(event.fill.quantity))
        counts.giveBack(event.order.accountId, 1, settings.clock.nowMs());
    }
  });
  settings.signal.addEventListener('abort', stop, { once: true });
}
