/**
 * The simulated Bitget: v3, a unified account in advanced mode with spot and USDT-margined perpetuals, on one port.
 *
 * Entry points: `bitgetProtocol`, `bitgetProtocolWith`. A client points `https://api.bitget.com` and `wss://ws.bitget.com` at the port: REST under
 * `/api/v3`, and the public part of `/api/v2`, WebSocket on `/v3/ws/public` and `/v3/ws/private`. Classic accounts, margin, futures in coins and USDC, isolated margin and strategy
 * orders are not served.
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
import { classicMarketEndpoints } from './classic-market.ts';
import { countdownEndpoint } from './countdown.ts';
import { BitgetRefusal, classicAccountApi, faultRefusal } from './errors.ts';
import { recordEndpoint } from './financial-records.ts';
import { fundingEndpoints } from './funding.ts';
import { BITGET_INSTRUMENTS, bitgetPolicy, executionId } from './instruments.ts';
import { marketEndpoints } from './market-data.ts';
import { marketTopic } from './market-topics.ts';
import { orderListEndpoints } from './order-lists.ts';
import { positionEndpoints } from './positions.ts';
import { RequestLimits } from './rate-limits.ts';
import { SocketOrders } from './socket-orders.ts';
import { connect, type SocketSettings } from './sockets.ts';
import { strategyEndpoints } from './strategy-orders.ts';
import { Trading, tradingEndpoints } from './trading.ts';
import { STRICTEST, type UndecidedBehaviour } from './undecided.ts';
import { UserEvents } from './user-events.ts';

/** The endpoints of classic accounts, which refuse a unified one before they look at its signature. */
const CLASSIC_ACCOUNT =
  /^\/api\/v2\/(?:(?:spot\/(?:account|trade|wallet)|mix\/(?:account|order|position)|margin\/(?:crossed|isolated)|convert|earn|copy|user|tax|account)\/|common\/(?:trade-rate|all-account-overview)$)/;

/** The venue with other answers to what its documentation leaves open. */
export function bitgetProtocolWith(undecided: UndecidedBehaviour): VenueProtocol {
  return {
    name: 'bitget',
    instruments: BITGET_INSTRUMENTS,
    policy: bitgetPolicy(),
    newCredentials: (randomHex) => ({
      key: `bg_${randomHex(16)}`,
      secret: randomHex(32),
      passphrase: alphanumeric(12, randomHex),
    }),
    tradeId: executionId,
    declare: (context) => declare(context, undecided),
  };
}

export const bitgetProtocol: VenueProtocol = bitgetProtocolWith(STRICTEST);

function declare(context: VenueContext, undecided: UndecidedBehaviour): ReturnType<VenueProtocol['declare']> {
  const { exchange, clock, signal, randomHex } = context;
  const { statusOfRefusals, tradeSide } = undecided;
  const market = { exchange, history: historyOf(context) };
  const limits = context.limits ? new RequestLimits() : null;
  const rules = accessRules({
    exchange,
    limits,
    requestLifetime: exchange.policyOf('swap').requestLifetime,
    statusOfRefusals,
  });
  const facts = { exchange, tradeSide };
  const userEvents = new UserEvents({ ...facts, ordersBeforeFills: undecided.ordersBeforeFills });
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
    hedgeCloseBeyond: undecided.hedgeCloseBeyond,
  });
  const endpoints = [
    ...marketEndpoints(market),
    ...classicMarketEndpoints(market),
    ...tradingEndpoints(trading, exchange),
    countdownEndpoint({ exchange, clock, signal }),
    ...orderListEndpoints({ ...facts, finishedByClientOidForMs: undecided.finishedByClientOidForMs }),
    ...positionEndpoints(exchange),
    ...accountEndpoints(exchange),
    ...fundingEndpoints(exchange),
    ...strategyEndpoints(),
    recordEndpoint(exchange),
  ];
  const open = (name: string): ReturnType<typeof marketTopic> => marketTopic(market, name);
  const topics = new Topics({ exchange, clock, signal, open });
  const socket = (address: SocketSettings['address']): SocketEndpoint => ({
    path: `/v3/ws/${address}`,
    route: address === 'public' ? 'public_stream' : 'private_stream',
    ping: null,
    connect: (connection) => {
      const connectionId = randomHex(8);
      const orders = new SocketOrders({ exchange, trading, limits, connectionId });
      return connect(
        { address, exchange, clock, streams, userEvents, topics, open, orders, connectionId },
        connection,
      );
    },
  });
  return {
    routes: endpoints.map((endpoint) => endpointRoute(rules, endpoint)),
    sockets: [socket('public'), socket('private')],
    notFound: ({ path, clockMs }) =>
      refusalReply(
        CLASSIC_ACCOUNT.test(path)
          ? classicAccountApi()
          : new BitgetRefusal('40404', 'Request URL NOT FOUND', 404),
        clockMs,
        statusOfRefusals,
      ),
    faultReply: (refused, { clockMs }) => refusalReply(faultRefusal(refused), clockMs, statusOfRefusals),
  };
}
