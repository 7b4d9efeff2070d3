/**
 * The simulated Bybit: v5, a unified account with spot and USDT-linear perpetuals, on one port.
 *
 * Entry points: `bybitProtocol`, `bybitProtocolWith`. A client points `https://api.bybit.com` and `wss://stream.bybit.com` at the port:
 * REST under `/v5`, public streams on `/v5/public/spot` and `/v5/public/linear`, the private one on `/v5/private`. Inverse
 * contracts, options, order entry over WebSocket (`/v5/trade`) and stops that belong to a position are not served.
 */
import { endpointRoute } from '../wire/access.ts';
import { AccountStreams } from '../wire/account-streams.ts';
import { alphanumeric } from '../wire/figures.ts';
import { Topics } from '../wire/topics.ts';
import type { HttpRoute, SocketEndpoint } from '../wire/wire.ts';
import { historyOf } from '../market/market-history.ts';
import type { VenueContext, VenueProtocol } from '../venue-protocol.ts';
import { accessRules, refusalReply, type BybitRules, type Endpoint } from './access.ts';
import { faultRefusal } from './errors.ts';
import { BYBIT_INSTRUMENTS, bybitPolicy, executionId } from './instruments.ts';
import { closedProductRoutes, NOT_FOUND, withEmptyCategories } from './closed-products.ts';
import { assetEndpoints } from './assets.ts';
import { closedPnlEndpoint } from './closed-pnl.ts';
import { referenceEndpoints } from './reference-data.ts';
import { marketEndpoints } from './market-data.ts';
import { marketTopic } from './market-topics.ts';
import { orderListEndpoints } from './order-lists.ts';
import { positionEndpoints } from './positions.ts';
import { AccountLimits, AddressLimit } from './rate-limits.ts';
import { RecentlyClosed } from './recently-closed.ts';
import { settingEndpoints } from './settings.ts';
import { publicKeyFault } from './signing.ts';
import { connectPrivate, connectPublic } from './sockets.ts';
import type { Category } from './symbols.ts';
import { tradingEndpoints } from './trading.ts';
import { transactionLogEndpoint } from './transaction-log.ts';
import { STRICTEST, type UndecidedBehaviour } from './undecided.ts';
import { UserEvents } from './user-events.ts';
import { walletEndpoints } from './wallet.ts';

const KEY_LENGTH = 18;
const SECRET_LENGTH = 36;
/** Clients ping by messages of their own; a connection without any is cut after ten minutes. */
const CUT_AFTER = { everyMs: 600_000, pongWithinMs: 600_000 } as const;

/** The venue with other answers to what its documentation leaves open. */
export function bybitProtocolWith(undecided: UndecidedBehaviour): VenueProtocol {
  const policy = bybitPolicy(undecided);
  return {
    name: 'bybit',
    instruments: BYBIT_INSTRUMENTS,
    policy,
    newCredentials: (randomHex) => ({
      key: alphanumeric(KEY_LENGTH, randomHex),
      secret: alphanumeric(SECRET_LENGTH, randomHex),
      passphrase: null,
    }),
    tradeId: executionId,
    publicKeyFault,
    declare: (context) => declare(context, undecided),
  };
}

export const bybitProtocol: VenueProtocol = bybitProtocolWith(STRICTEST);

function declare(context: VenueContext, undecided: UndecidedBehaviour): ReturnType<VenueProtocol['declare']> {
  const { exchange, clock, signal, limits, randomHex } = context;
  const market = { exchange, history: historyOf(context) };
  const accounts = new AccountLimits();
  const rules = accessRules({
    exchange,
    address: new AddressLimit(),
    accounts,
    requestLifetime: exchange.policyOf('swap').requestLifetime,
    statusOfRefusedKeys: undecided.statusOfRefusedKeys,
    limits,
  });
  const newId = (): string => randomHex(16);
  const userEvents = new UserEvents({
    exchange,
    ordersBeforeExecutions: undecided.ordersBeforeExecutions,
    newId,
  });
  const streams = new AccountStreams({
    exchange,
    clock,
    signal,
    payloadsOf: (events, accountId, nowMs) => userEvents.payloads(events, accountId, nowMs),
  });
  const endpoints = [
    ...marketEndpoints(market),
    ...referenceEndpoints(market),
    ...tradingEndpoints({
      exchange,
      accounts,
      limits,
      takesCancelOf: ({ status, updatedAt }, at) =>
        status === 'filled' && at - updatedAt < undecided.cancelTakenAfterFillMs,
      onLateCancel: (order) => streams.send(order.accountId, userEvents.lateCancel(order, clock.nowMs())),
    }),
    ...orderListEndpoints({ exchange, closed: new RecentlyClosed(exchange, signal) }),
    ...positionEndpoints(exchange),
    closedPnlEndpoint(exchange),
    ...settingEndpoints(exchange),
    ...walletEndpoints(exchange),
    ...assetEndpoints(exchange),
    transactionLogEndpoint(exchange),
  ];
  const publicSocket = (category: Category): SocketEndpoint => {
    const topics = new Topics({
      exchange,
      clock,
      signal,
      open: (name) => marketTopic(market, category, name),
    });
    return {
      path: `/v5/public/${category}`,
      route: 'public_stream',
      ping: CUT_AFTER,
      connect: (connection) =>
        connectPublic(
          { category, topics, open: (name) => marketTopic(market, category, name), connectionId: newId() },
          connection,
        ),
    };
  };
  return {
    routes: [
      ...endpoints.map((endpoint) => routeOf(rules, withEmptyCategories(endpoint))),
      ...closedProductRoutes(rules),
    ],
    sockets: [
      publicSocket('spot'),
      publicSocket('linear'),
      {
        path: '/v5/private',
        route: 'private_stream',
        ping: CUT_AFTER,
        connect: (connection) => connectPrivate({ exchange, streams, connectionId: newId() }, connection),
      },
    ],
    notFound: () => NOT_FOUND,
    faultReply: (refused, { clockMs }) => refusalReply(faultRefusal(refused), clockMs),
  };
}

function routeOf(rules: BybitRules, endpoint: Endpoint): HttpRoute {
  const made = endpointRoute(rules, endpoint);
  return endpoint.routeOf === undefined ? made : { ...made, route: endpoint.routeOf };
}
