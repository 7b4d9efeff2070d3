/**
 * MEXC's contracts on the shared port: REST under `/api/v1/contract` and `/api/v1/private`, one WebSocket on `/edge`.
 *
 * Entry point: `futuresProduct`. Trigger orders (`planorder`), stops that belong to a position (`stoporder`) and trailing orders are not
 * served: their lists are empty, and what would make one is refused.
 */
import { endpointRoute } from '../../wire/access.ts';
import { AccountStreams } from '../../wire/account-streams.ts';
import { Topics } from '../../wire/topics.ts';
import type { Product, ProductSettings } from '../product.ts';
import { accessRules } from './access.ts';
import { accountEndpoints } from './account.ts';
import { marketEndpoints } from './market-data.ts';
import { marketTopic } from './market-topics.ts';
import { orderListEndpoints } from './order-lists.ts';
import { closedEndpoints } from './closed-products.ts';
import { positionHistoryEndpoint } from './position-history.ts';
import { positionEndpoints } from './positions.ts';
import { FuturesLimits } from './rate-limits.ts';
import { connectFutures } from './sockets.ts';
import { tradingEndpoints } from './trading.ts';
import { FuturesUserEvents } from './user-events.ts';

export function futuresProduct(settings: ProductSettings): Product {
  const { exchange, clock, signal, limits, history, undecided } = settings;
  const market = { exchange, history };
  const { requestLifetime } = exchange.policyOf('swap');
  const access = { exchange, limiter: new FuturesLimits(), requestLifetime, limits };
  const userEvents = new FuturesUserEvents(exchange, undecided.ordersBeforeDeals);
  const streams = new AccountStreams({
    exchange,
    clock,
    signal,
    payloadsOf: (events, accountId) => userEvents.payloads(events, accountId),
  });
  const open = (name: string): ReturnType<typeof marketTopic> => marketTopic(market, name);
  const topics = new Topics({ exchange, clock, signal, open });
  const endpoints = [
    ...marketEndpoints(market),
    ...tradingEndpoints(exchange),
    ...orderListEndpoints({ exchange, absentOrder: undecided.absentContractOrder }),
    ...accountEndpoints(exchange),
    ...positionEndpoints(exchange),
    positionHistoryEndpoint(exchange),
    ...closedEndpoints(),
  ];
  return {
    routes: endpoints.map((endpoint) => endpointRoute(accessRules(access, endpoint.path), endpoint)),
    sockets: [
      {
        path: '/edge',
        route: 'public_stream',
        ping: null,
        connect: (connection) =>
          connectFutures(
            {
              exchange,
              clock,
              streams,
              topics,
              hasTopic: (name) => open(name) !== undefined,
              requestLifetimeMs: requestLifetime.defaultMs,
            },
            connection,
          ),
      },
    ],
  };
}
