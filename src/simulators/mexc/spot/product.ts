/**
 * MEXC spot v3 on the shared port: REST under `/api/v3`, one WebSocket on `/ws` for public channels and, with a listen key, private ones.
 *
 * Entry point: `spotProduct`.
 */
import { endpointRoute } from '../../wire/access.ts';
import { AccountStreams } from '../../wire/account-streams.ts';
import { Topics } from '../../wire/topics.ts';
import type { Product, ProductSettings } from '../product.ts';
import { accessRules } from './access.ts';
import { accountEndpoints } from './account.ts';
import { SPOT_POLICY } from './instruments.ts';
import { listenKeyEndpoints, ListenKeys } from './listen-keys.ts';
import { marketEndpoints } from './market-data.ts';
import { marketTopic } from './market-topics.ts';
import { orderListEndpoints } from './order-lists.ts';
import { SpotLimits } from './rate-limits.ts';
import { connectSpot } from './sockets.ts';
import { tradingEndpoints } from './trading.ts';
import { SpotUserEvents } from './user-events.ts';
import { walletEndpoints } from './wallet.ts';
import { closedProductRoutes } from './closed-products.ts';

export function spotProduct(settings: ProductSettings): Product {
  const { exchange, clock, signal, limits, history, randomHex, undecided } = settings;
  const market = { exchange, history };
  const rules = accessRules({
    exchange,
    limiter: new SpotLimits(),
    requestLifetime: SPOT_POLICY.requestLifetime,
    limits,
  });
  const userEvents = new SpotUserEvents(undecided.ordersBeforeDeals);
  const streams = new AccountStreams({
    exchange,
    clock,
    signal,
    payloadsOf: (events, accountId, nowMs) => userEvents.payloads(events, accountId, nowMs),
  });
  const open = (channel: string): ReturnType<typeof marketTopic> => marketTopic(market, channel);
  const topics = new Topics({ exchange, clock, signal, open });
  const listenKeys = new ListenKeys(randomHex);
  const endpoints = [
    ...marketEndpoints(market),
    ...tradingEndpoints({
      exchange,
      takesUnlistedTypes: undecided.takesUnlistedTypes,
      cancelShowsEnd: undecided.cancelShowsEnd,
    }),
    ...orderListEndpoints({ exchange, lookUpLagMs: undecided.lookUpLagMs }),
    ...accountEndpoints(exchange),
    ...walletEndpoints(exchange),
    ...listenKeyEndpoints(listenKeys),
  ];
  return {
    routes: [...endpoints.map((endpoint) => endpointRoute(rules, endpoint)), ...closedProductRoutes(rules)],
    sockets: [
      {
        path: '/ws',
        route: ({ query }) => (query.includes('listenKey=') ? 'private_stream' : 'public_stream'),
        ping: null,
        connect: (connection) =>
          connectSpot(
            { clock, listenKeys, streams, topics, hasTopic: (name) => open(name) !== undefined },
            connection,
          ),
      },
    ],
  };
}
