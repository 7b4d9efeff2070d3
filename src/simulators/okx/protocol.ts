/**
 * The simulated OKX: v5, an account in multi-currency margin mode with spot and USDT-margined swaps, on one port.
 *
 * Entry points: `okxProtocol`, `okxProtocolWith`. A client points `https://openapi.okx.com` (or `www.okx.com`) and `wss://ws.okx.com:8443` at
 * the port: REST under `/api/v5`, WebSocket on `/ws/v5/public`, `/ws/v5/private` and `/ws/v5/business`. Other account modes, margin,
 * futures, options, and algo orders beside `conditional` and `trigger` are not served.
 */
import { endpointRoute } from '../wire/access.ts';
import { AccountStreams } from '../wire/account-streams.ts';
import { alphanumeric } from '../wire/figures.ts';
import { Topics } from '../wire/topics.ts';
import type { SocketEndpoint } from '../wire/wire.ts';
import { historyOf } from '../market/market-history.ts';
import type { VenueContext, VenueProtocol } from '../venue-protocol.ts';
import { accessRules, refusalReply } from './access.ts';
import { accountEndpoints } from './account.ts';
import { algoEndpoints } from './algo-orders.ts';
import { billEndpoints } from './bills.ts';
import { CancelAllAfter } from './cancel-all-after.ts';
import { closedProductRoutes, NOT_FOUND } from './closed-products.ts';
import { faultRefusal } from './errors.ts';
import { fundingEndpoints } from './funding-account.ts';
import { OKX_INSTRUMENTS, okxPolicy } from './instruments.ts';
import { marketEndpoints } from './market-data.ts';
import { marketTopic } from './market-topics.ts';
import { orderListEndpoints } from './order-lists.ts';
import { positionHistoryEndpoints } from './position-history.ts';
import { positionEndpoint } from './positions.ts';
import { RequestLimits } from './rate-limits.ts';
import { referenceEndpoints } from './reference-data.ts';
import { SocketOrders } from './socket-orders.ts';
import { connect, type Address } from './sockets.ts';
import { Trading, tradingEndpoints } from './trading.ts';
import { STRICTEST, type UndecidedBehaviour } from './undecided.ts';
import { UserEvents } from './user-events.ts';

/** The venue with other answers to what its documentation leaves open. */
export function okxProtocolWith(undecided: UndecidedBehaviour): VenueProtocol {
  return {
    name: 'okx',
    instruments: OKX_INSTRUMENTS,
    policy: okxPolicy(),
    newCredentials: (randomHex) => ({
      key: [4, 2, 2, 2, 6].map((bytes) => randomHex(bytes)).join('-'),
      secret: randomHex(16).toUpperCase(),
      passphrase: alphanumeric(12, randomHex),
    }),
    declare: (context) => declare(context, undecided),
  };
}

export const okxProtocol: VenueProtocol = okxProtocolWith(STRICTEST);

function declare(context: VenueContext, undecided: UndecidedBehaviour): ReturnType<VenueProtocol['declare']> {
  const { exchange, clock, signal, randomHex } = context;
  const market = { exchange, history: historyOf(context), books: undecided.books };
  const limits = context.limits ? new RequestLimits(undecided.statusOfRateLimit) : null;
  const rules = accessRules({
    exchange,
    limits,
    requestLifetime: exchange.policyOf('swap').requestLifetime,
  });
  const countdowns = new CancelAllAfter({ exchange, clock, signal });
  const facts = {
    exchange,
    canceledByTimer: countdowns.canceled.bind(countdowns),
    spotListedAs: undecided.spotListedAs,
  };
  const userEvents = new UserEvents({ ...facts, undecided });
  const streams = new AccountStreams({
    exchange,
    clock,
    signal,
    payloadsOf: (events, accountId, nowMs) => userEvents.payloads(events, accountId, nowMs),
  });
  const trading = new Trading({
    exchange,
    takesCancelOf: ({ status, updatedAt }, at) =>
      status === 'filled' && at - updatedAt < undecided.cancelTakenAfterFillMs,
    withRequestId: (requestId, amend) => userEvents.withRequestId(requestId, amend),
  });
  const orders = new SocketOrders({ exchange, trading, limits });
  const endpoints = [
    ...marketEndpoints(market),
    ...referenceEndpoints(market),
    ...tradingEndpoints(trading, exchange),
    ...algoEndpoints(exchange),
    countdowns.endpoint(),
    ...orderListEndpoints({ ...facts, lookUpFinishedForMs: undecided.lookUpFinishedForMs }),
    positionEndpoint(exchange),
    ...positionHistoryEndpoints(exchange),
    ...accountEndpoints(exchange),
    ...billEndpoints(exchange),
    ...fundingEndpoints(exchange),
  ];
  const socket = (address: Address): SocketEndpoint => {
    const open = (name: string): ReturnType<typeof marketTopic> =>
      address === 'private' ? undefined : marketTopic(market, address, name);
    const topics = new Topics({ exchange, clock, signal, open });
    return {
      path: `/ws/v5/${address}`,
      route: address === 'public' ? 'public_stream' : 'private_stream',
      ping: null,
      connect: (connection) =>
        connect(
          { address, exchange, clock, streams, userEvents, topics, open, orders, connectionId: randomHex(4) },
          connection,
        ),
    };
  };
  return {
    routes: [...endpoints.map((endpoint) => endpointRoute(rules, endpoint)), ...closedProductRoutes(rules)],
    sockets: [socket('public'), socket('private'), socket('business')],
    notFound: () => NOT_FOUND,
    faultReply: (refused) => refusalReply(faultRefusal(refused)),
  };
}
