/**
 * The simulated HTX: spot (v1 and v2) on one port.
 *
 * Entry points: `htxProtocol`, `htxProtocolWith`. A client points `https://api.huobi.pro` and `wss://api.huobi.pro` at the port: `/ws` has spot's
 * market data, `/ws/v2` its account and orders. Contracts, margin, conditional orders, sub-users and withdrawals are not served.
 */
import { historyOf } from '../market/market-history.ts';
import type { VenueContext, VenueProtocol } from '../venue-protocol.ts';
import { endpointRoute } from '../wire/access.ts';
import { AccountStreams } from '../wire/account-streams.ts';
import { Topics } from '../wire/topics.ts';
import type { WireReply } from '../wire/wire.ts';
import { refusedReply, spotRules, type Form } from './access.ts';
import { faultRefusal, HtxRefusal } from './errors.ts';
import { HTX_INSTRUMENTS, htxPolicy } from './instruments.ts';
import { connectPublic } from './market-sockets.ts';
import { SpotLimits } from './rate-limits.ts';
import { publicKeyFault } from './signing.ts';
import { accountEndpoints } from './spot/account.ts';
import { Cancels } from './spot/canceling.ts';
import { deadManEndpoint } from './spot/dead-man.ts';
import { marketEndpoints } from './spot/market-data.ts';
import { answerTo, marketTopic } from './spot/market-topics.ts';
import { orderListEndpoints } from './spot/order-lists.ts';
import { connectPrivate } from './spot/private-socket.ts';
import { tradingEndpoints } from './spot/trading.ts';
import { userPayloads } from './spot/user-events.ts';
import type { Kind } from './symbols.ts';
import { STRICTEST, type UndecidedBehaviour } from './undecided.ts';

/** "pong … twice": market data of spot, and contracts, are cut after so many pings without an answer. */
const MOST_MISSED_PINGS = 2;
const FORMS: Readonly<Record<Kind, Form>> = { spot: 'v1', linear: 'v5' };
const CONTRACT_PATHS = /^\/(?:v5|linear-swap|index|v2\/linear-swap|swap|api\/v1\/timestamp)/;

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
    declare: (context) => declare(context, undecided),
  };
}

export const htxProtocol: VenueProtocol = htxProtocolWith(STRICTEST);

/** `8c8a6f4d-1b2c3d4e-vftwcr5tnh-0a1b2`: four groups. */
function keyText(randomHex: (bytes: number) => string): string {
  return [randomHex(4), randomHex(4), randomHex(5), randomHex(3)].join('-');
}

function declare(context: VenueContext, undecided: UndecidedBehaviour): ReturnType<VenueProtocol['declare']> {
  const { exchange, clock, signal } = context;
  const market = { exchange, history: historyOf(context) };
  const cancels = new Cancels({ exchange, clock, signal, takesMs: undecided.cancelTakesMs });
  const { requestLifetime } = exchange.policyOf('spot');
  const limits = context.limits ? new SpotLimits(undecided.statusOfRateLimit) : null;
  const endpoints = [
    ...marketEndpoints(market),
    ...tradingEndpoints({ exchange, cancels }),
    deadManEndpoint({ exchange, clock, signal }),
    ...orderListEndpoints({ exchange, cancels, pagesBeginWithFrom: undecided.pagesBeginWithFrom }),
    ...accountEndpoints(exchange),
  ];
  const streams = new AccountStreams({
    exchange,
    clock,
    signal,
    payloadsOf: (events, accountId) => userPayloads(events, accountId, undecided.ordersBeforeClearing),
  });
  const topics = new Topics({ exchange, clock, signal, open: (name) => marketTopic(market, name) });
  return {
    routes: endpoints.map((endpoint) =>
      endpointRoute(spotRules({ exchange, requestLifetime }, limits, endpoint), endpoint),
    ),
    sockets: [
      {
        path: '/ws',
        route: 'public_stream',
        ping: null,
        connect: (connection) =>
          connectPublic(
            {
              topics,
              has: (name) => marketTopic(market, name) !== undefined,
              ask: (name, _message, at) => answerTo(market, name, at),
              clock,
              signal,
              mostMissedPings: MOST_MISSED_PINGS,
            },
            connection,
          ),
      },
      {
        path: '/ws/v2',
        route: 'private_stream',
        ping: null,
        connect: (connection) =>
          connectPrivate({ exchange, streams, clock, signal, requestLifetime }, connection),
      },
    ],
    notFound: ({ clockMs, path }) => notFound(kindOfPath(path), clockMs),
    faultReply: (refused, { clockMs, path }) => {
      const kind = kindOfPath(path);
      return refusedReply(kind, FORMS[kind], faultRefusal(refused, kind === 'spot'), clockMs);
    },
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
