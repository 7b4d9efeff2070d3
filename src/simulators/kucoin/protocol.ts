/**
 * The simulated KuCoin: a classic account with spot (the high-frequency endpoints) and USDT-margined perpetual futures, on one port.
 *
 * Entry points: `kucoinProtocol`, `kucoinProtocolWith`. A client points `https://api.kucoin.com` and `https://api-futures.kucoin.com` at the port; the
 * addresses of its WebSockets come with their tokens. Margin, stop orders of spot, unified accounts, order entry over WebSocket, coin-margined
 * and dated futures are not served.
 */
import { endpointRoute } from '../wire/access.ts';
import { AccountStreams } from '../wire/account-streams.ts';
import { Topics } from '../wire/topics.ts';
import type { HttpRoute, SocketEndpoint } from '../wire/wire.ts';
import { historyOf } from '../market/market-history.ts';
import type { VenueContext, VenueProtocol } from '../venue-protocol.ts';
import {
  accessRules,
  privateEndpoint,
  publicEndpoint,
  refusalReply,
  type Endpoint,
  type KucoinRules,
} from './access.ts';
import { faultRefusal, notFound } from './errors.ts';
import { futuresAccountEndpoints, futuresFees } from './futures/account.ts';
import { FUTURES_INSTRUMENTS, futuresPolicy } from './futures/instruments.ts';
import { contractMark, futuresMarketEndpoints } from './futures/market-data.ts';
import { futuresTopic } from './futures/market-topics.ts';
import { futuresListEndpoints } from './futures/order-lists.ts';
import { positionEndpoints } from './futures/positions.ts';
import { riskLimitEndpoints } from './futures/risk-limits.ts';
import { settingEndpoints } from './futures/settings.ts';
import { futuresTradingEndpoints } from './futures/trading.ts';
import { FuturesUserEvents, isFuturesTopic } from './futures/user-events.ts';
import { Pools } from './rate-limits.ts';
import { connect, type Product, type ProductStreams } from './sockets.ts';
import { spotAccountEndpoints, spotFees } from './spot/account.ts';
import { currencyEndpoints } from './spot/currencies.ts';
import { DeadCancelAll } from './spot/dead-cancel-all.ts';
import { fundingEndpoints } from './spot/funding.ts';
import { SPOT_INSTRUMENTS, spotPolicy } from './spot/instruments.ts';
import { marginEndpoints, pairMark } from './spot/margin.ts';
import { spotMarketEndpoints } from './spot/market-data.ts';
import { spotTopic } from './spot/market-topics.ts';
import { spotListEndpoints } from './spot/order-lists.ts';
import { spotTradingEndpoints } from './spot/trading.ts';
import { BALANCES_TOPIC, OLDER_ORDERS_TOPIC, ORDERS_TOPIC, SpotUserEvents } from './spot/user-events.ts';
import { bulletEndpoints, PRIVATE_PATH, PUBLIC_PATH, Tokens } from './tokens.ts';
import { tradeIdOf } from './trade-ids.ts';
import { STRICTEST, type UndecidedBehaviour } from './undecided.ts';
import { unifiedMarketEndpoints } from './unified-market.ts';

/** The venue with other answers to what its documentation leaves open. */
export function kucoinProtocolWith(undecided: UndecidedBehaviour): VenueProtocol {
  return {
    name: 'kucoin',
    instruments: [...SPOT_INSTRUMENTS, ...FUTURES_INSTRUMENTS],
    policy: { spot: spotPolicy(undecided), swap: futuresPolicy(undecided) },
    newCredentials: (randomHex) => ({
      key: randomHex(12),
      secret: [4, 2, 2, 2, 6].map((bytes) => randomHex(bytes)).join('-'),
      passphrase: randomHex(6),
    }),
    tradeId: tradeIdOf,
    declare: (context) => declare(context, undecided),
  };
}

export const kucoinProtocol: VenueProtocol = kucoinProtocolWith(STRICTEST);

function declare(context: VenueContext, undecided: UndecidedBehaviour): ReturnType<VenueProtocol['declare']> {
  const { exchange, clock, signal, limits, randomHex } = context;
  const market = { exchange, history: historyOf(context) };
  const rules = accessRules({
    exchange,
    pools: new Pools(limits),
    requestLifetime: exchange.policyOf('spot').requestLifetime,
    statusOfRefusedKeys: undecided.statusOfRefusedKeys,
  });
  const tokens = new Tokens(randomHex);
  const settings = { exchange, freshMarginMode: undecided.freshMarginMode };
  const takesCancelOf = ({ status, updatedAt }: { status: string; updatedAt: number }, at: number): boolean =>
    status === 'filled' && at - updatedAt < undecided.cancelTakenAfterFillMs;
  const endpoints = [
    publicEndpoint('v1/timestamp', 'other', 3, ({ clockMs }) => clockMs),
    publicEndpoint('v1/status', 'other', 3, () => ({ status: 'open', msg: '' })),
    publicEndpoint('v1/my-ip', 'other', 0, () => '127.0.0.1'),
    ...bulletEndpoints(tokens),
    ...spotMarketEndpoints(market),
    ...spotTradingEndpoints({ exchange, takesCancelOf }),
    ...new DeadCancelAll({ exchange, clock, signal }).endpoints(),
    ...spotListEndpoints({ exchange, absentSpotOrder: undecided.absentSpotOrder }),
    ...spotAccountEndpoints(exchange),
    ...currencyEndpoints(exchange),
    ...fundingEndpoints(exchange),
    ...marginEndpoints(exchange),
    ...futuresMarketEndpoints(market),
    ...futuresTradingEndpoints({ ...settings, takesCancelOf }),
    ...futuresListEndpoints(exchange),
    ...positionEndpoints(settings),
    ...settingEndpoints(settings),
    ...riskLimitEndpoints(settings),
    ...unifiedMarketEndpoints(market),
    ...futuresAccountEndpoints(exchange),
    // One path at both hosts: names of pairs have a hyphen, those of contracts none.
    publicEndpoint('v1/mark-price/:symbol/current', 'market_data', 3, (call) =>
      call.parameters.parameters.required('symbol').includes('-')
        ? pairMark(exchange, call)
        : contractMark(exchange, call),
    ),
    // One path at both hosts: several pairs of spot, one contract of futures.
    privateEndpoint('v1/trade-fees', 'other', ['spot', 3], ({ parameters: { parameters } }) => {
      const symbols = parameters.optional('symbols');
      return symbols === undefined
        ? futuresFees(exchange, parameters.required('symbol'))
        : spotFees(exchange, symbols);
    }),
  ];
  const spotEvents = new SpotUserEvents({ exchange, leavesOutReceived: undecided.leavesOutReceived });
  const futuresEvents = new FuturesUserEvents(settings);
  const products: Readonly<Record<Product, ProductStreams>> = {
    spot: {
      isPublic: (name) => spotTopic(market, name) !== undefined,
      isPrivate: (name) => [ORDERS_TOPIC, OLDER_ORDERS_TOPIC, BALANCES_TOPIC].includes(name),
      streams: new AccountStreams({
        exchange,
        clock,
        signal,
        payloadsOf: (events, accountId, nowMs) => spotEvents.payloads(events, accountId, nowMs),
      }),
      begin: (accountId) => spotEvents.begin(accountId),
    },
    futures: {
      isPublic: (name) => futuresTopic(market, name) !== undefined,
      isPrivate: isFuturesTopic,
      streams: new AccountStreams({
        exchange,
        clock,
        signal,
        payloadsOf: (events, accountId, nowMs) => futuresEvents.payloads(events, accountId, nowMs),
      }),
      begin: () => undefined,
    },
  };
  const topics = new Topics({
    exchange,
    clock,
    signal,
    open: (name) => spotTopic(market, name) ?? futuresTopic(market, name),
  });
  const socket = (path: string, route: SocketEndpoint['route']): SocketEndpoint => ({
    path,
    route,
    // Clients ping by messages of their own.
    ping: null,
    connect: (connection) => connect({ clock, tokens, topics, products, limits }, connection),
  });
  return {
    routes: endpoints.map((endpoint) => routeOf(rules, endpoint)),
    sockets: [socket(PUBLIC_PATH, 'public_stream'), socket(PRIVATE_PATH, 'private_stream')],
    notFound: () => refusalReply(notFound()),
    faultReply: (refused) => refusalReply(faultRefusal(refused)),
  };
}

function routeOf(rules: KucoinRules, endpoint: Endpoint): HttpRoute {
  const made = endpointRoute(rules, endpoint);
  return endpoint.routeOf === undefined ? made : { ...made, route: endpoint.routeOf };
}
