/**
 * The simulated HTX: spot (v1 and v2) and USDT-margined perpetuals (v5) on one port.
 *
 * Entry points: `htxProtocol`, `htxProtocolWith`. A client points `https://api.huobi.pro`, `https://api.hbdm.com` and the WebSocket addresses of
 * both at the port. `/ws` has spot's market data, `/ws/v2` its account and orders; `/linear-swap-ws` and `/ws_index` have those of
 * contracts, `/ws/v5/notification` their account. Margin loans, conditional orders, sub-users and withdrawals are not served.
 */
import { historyOf } from '../market/market-history.ts';
import type { VenueContext, VenueProtocol } from '../venue-protocol.ts';
import { endpointRoute } from '../wire/access.ts';
import { AccountStreams } from '../wire/account-streams.ts';
import { Topics, type Topic } from '../wire/topics.ts';
import type { WireReply } from '../wire/wire.ts';
import { contractRules, refusedReply, spotRules, type Form } from './access.ts';
import { contractCountdown, spotCountdown } from './dead-man.ts';
import { coinMarginedEndpoints } from './coin-margined.ts';
import { faultRefusal, HtxRefusal } from './errors.ts';
import { contractExecutionId, HTX_INSTRUMENTS, htxPolicy } from './instruments.ts';
import { accountEndpoints as contractAccountEndpoints, transferEndpoint } from './linear/account.ts';
import { marketEndpoints as contractMarketEndpoints } from './linear/market-data.ts';
import {
  answerTo as contractAnswerTo,
  indexTopic,
  marketTopic as contractTopic,
} from './linear/market-topics.ts';
import { orderListEndpoints as contractListEndpoints } from './linear/order-lists.ts';
import { positionEndpoints } from './linear/positions.ts';
import { CONTRACT_SOCKET_PATH, connectContracts } from './linear/private-socket.ts';
import { tradingEndpoints as contractTradingEndpoints } from './linear/trading.ts';
import { userPushes } from './linear/user-events.ts';
import { connectPublic } from './market-sockets.ts';
import { ContractLimits, SpotLimits } from './rate-limits.ts';
import { publicKeyFault } from './signing.ts';
import { accountEndpoints } from './spot/account.ts';
import { Cancels } from './spot/canceling.ts';
import { currencyEndpoints } from './spot/currencies.ts';
import { marketEndpoints, type MarketSettings } from './spot/market-data.ts';
import { answerTo, marketTopic } from './spot/market-topics.ts';
import { orderListEndpoints } from './spot/order-lists.ts';
import { connectPrivate } from './spot/private-socket.ts';
import { tradingEndpoints } from './spot/trading.ts';
import { userPayloads } from './spot/user-events.ts';
import type { Kind } from './symbols.ts';
import { STRICTEST, type UndecidedBehaviour } from './undecided.ts';

/** "pong … twice": market data of spot is cut after so many pings without an answer; of contracts after "5 times". */
const MOST_MISSED_PINGS = 2;
const MOST_MISSED_CONTRACT_PINGS = 5;
const FORMS: Readonly<Record<Kind, Form>> = { spot: 'v1', linear: 'v5' };
const CONTRACT_PATHS =
  /^\/(?:v5\/(?!account\/universal_transfer_records)|linear-swap|index|v2\/linear-swap|swap|api\/v1\/timestamp)/;

/** The venue with other answers to what its documentation leaves open. */
export function htxProtocolWith(undecided: UndecidedBehaviour): VenueProtocol {
  return {
    name: 'htx',
    instruments: HTX_INSTRUMENTS,
    policy: htxPolicy(undecided),
    newCredentials: (randomHex) => ({
      key: keyText(randomHex),
      secret: keyText(randomHex),
      passphrase: null,
    }),
    publicKeyFault,
    tradeId: (trade) => (trade.symbol.includes(':') ? contractExecutionId(trade) : trade.tradeId),
    declare: (context) => declare(context, undecided),
  };
}

export const htxProtocol: VenueProtocol = htxProtocolWith(STRICTEST);

/** `8c8a6f4d-1b2c3d4e-vftwcr5tnh-0a1b2`: four groups. */
function keyText(randomHex: (bytes: number) => string): string {
  return [randomHex(4), randomHex(4), randomHex(5), randomHex(3)].join('-');
}

function declare(context: VenueContext, undecided: UndecidedBehaviour): ReturnType<VenueProtocol['declare']> {
  const market = { exchange: context.exchange, history: historyOf(context) };
  const products = [spotProduct(context, market, undecided), contractProduct(context, market, undecided)];
  return {
    routes: products.flatMap(({ routes }) => routes),
    sockets: products.flatMap(({ sockets }) => sockets),
    notFound: ({ clockMs, path }) => notFound(kindOfPath(path), clockMs),
    faultReply: (refused, { clockMs, path }) => {
      const kind = kindOfPath(path);
      return refusedReply(kind, FORMS[kind], faultRefusal(refused, kind === 'spot'), clockMs);
    },
  };
}

type Product = Pick<ReturnType<VenueProtocol['declare']>, 'routes' | 'sockets'>;

function spotProduct(context: VenueContext, market: MarketSettings, undecided: UndecidedBehaviour): Product {
  const { exchange, clock, signal } = context;
  const cancels = new Cancels({ exchange, clock, signal, takesMs: undecided.cancelTakesMs });
  const { requestLifetime } = exchange.policyOf('spot');
  const limits = context.limits ? new SpotLimits(undecided.statusOfRateLimit) : null;
  const endpoints = [
    ...marketEndpoints(market),
    ...tradingEndpoints({ exchange, cancels }),
    spotCountdown({ exchange, clock, signal }),
    ...orderListEndpoints({ exchange, cancels, pagesBeginWithFrom: undecided.pagesBeginWithFrom }),
    ...accountEndpoints(exchange, undecided),
    ...currencyEndpoints(exchange),
    ...coinMarginedEndpoints(),
    transferEndpoint(exchange),
  ];
  const streams = new AccountStreams({
    exchange,
    clock,
    signal,
    payloadsOf: (events, accountId) => userPayloads(events, accountId, undecided.ordersBeforeClearing),
  });
  return {
    routes: endpoints.map((endpoint) =>
      endpointRoute(spotRules({ exchange, requestLifetime }, limits, endpoint), endpoint),
    ),
    sockets: [
      publicSocket(
        context,
        '/ws',
        (name) => marketTopic(market, name),
        (name, at) => answerTo(market, name, at),
      ),
      {
        path: '/ws/v2',
        route: 'private_stream',
        ping: null,
        connect: (connection) =>
          connectPrivate({ exchange, streams, clock, signal, requestLifetime }, connection),
      },
    ],
  };
}

function contractProduct(
  context: VenueContext,
  market: MarketSettings,
  undecided: UndecidedBehaviour,
): Product {
  const { exchange, clock, signal } = context;
  const { requestLifetime } = exchange.policyOf('swap');
  const limits = context.limits ? new ContractLimits() : null;
  const { absentContractOrder, ordersBeforeClearing, pagesBeginWithFrom } = undecided;
  const endpoints = [
    ...contractMarketEndpoints(market),
    ...contractTradingEndpoints(exchange),
    contractCountdown({ exchange, clock, signal }),
    ...contractListEndpoints({ exchange, absentContractOrder, pagesBeginWithFrom }),
    ...contractAccountEndpoints(exchange),
    ...positionEndpoints(exchange),
  ];
  const streams = new AccountStreams({
    exchange,
    clock,
    signal,
    payloadsOf: (events, accountId, nowMs) =>
      userPushes(exchange, events, accountId, ordersBeforeClearing, nowMs),
  });
  return {
    routes: endpoints.map((endpoint) =>
      endpointRoute(contractRules({ exchange, requestLifetime }, limits, endpoint), endpoint),
    ),
    sockets: [
      publicSocket(
        context,
        '/linear-swap-ws',
        (name) => contractTopic(market, name),
        (name, at) => contractAnswerTo(market, name, at),
      ),
      publicSocket(context, '/ws_index', (name) => indexTopic(market, name)),
      {
        path: CONTRACT_SOCKET_PATH,
        route: 'private_stream',
        ping: null,
        connect: (connection) =>
          connectContracts({ exchange, streams, clock, signal, requestLifetime }, connection),
      },
    ],
  };
}

function publicSocket(
  { exchange, clock, signal }: VenueContext,
  path: string,
  open: (name: string) => Topic | undefined,
  answer: (name: string, at: number) => unknown = () => undefined,
): Product['sockets'][number] {
  const topics = new Topics({ exchange, clock, signal, open });
  const has = (name: string): boolean => open(name) !== undefined;
  const mostMissedPings = path === '/ws' ? MOST_MISSED_PINGS : MOST_MISSED_CONTRACT_PINGS;
  return {
    path,
    route: 'public_stream',
    ping: null,
    connect: (connection) =>
      connectPublic(
        { topics, has, ask: (name, _message, at) => answer(name, at), clock, signal, mostMissedPings },
        connection,
      ),
  };
}

function notFound(kind: Kind, clockMs: number): WireReply {
  const refusal =
    kind === 'spot'
      ? new HtxRefusal('bad-request', 'invalid path', { status: 404 })
      : new HtxRefusal('404', 'The requested page could not be found.', { status: 404 });
  return refusedReply(kind, FORMS[kind], refusal, clockMs);
}

function kindOfPath(path: string): Kind {
  return CONTRACT_PATHS.test(path) ? 'linear' : 'spot';
}
