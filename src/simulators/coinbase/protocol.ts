/**
 * The simulated Coinbase: the Advanced Trade API, spot, on one port.
 *
 * Entry points: `coinbaseProtocol`, `coinbaseProtocolWith`. A client points `https://api.coinbase.com` and `wss://advanced-trade-ws.coinbase.com` at the
 * port, and `wss://advanced-trade-ws-user.coinbase.com` at `/user` of it: REST under `/api/v3/brokerage`, and of the Coinbase
 * App API under `/v2` currencies, rates and accounts. Futures, converts, previews, bracket, TWAP and scaled orders are not served.
 */
import { historyOf } from '../market/market-history.ts';
import type { VenueContext, VenueProtocol } from '../venue-protocol.ts';
import { endpointRoute } from '../wire/access.ts';
import { AccountStreams } from '../wire/account-streams.ts';
import { Topics } from '../wire/topics.ts';
import type { HttpRoute, SocketEndpoint } from '../wire/wire.ts';
import { accessRules, PublicCache, refusalReply, type CoinbaseRules, type Endpoint } from './access.ts';
import { appAccountEndpoints } from './app-accounts.ts';
import { appCurrencyEndpoints } from './app-currencies.ts';
import { faultRefusal } from './errors.ts';
import { COINBASE_INSTRUMENTS, coinbasePolicy, tradeIdOf } from './instruments.ts';
import { marketDataEndpoints } from './market-data.ts';
import { marketTopic } from './market-topics.ts';
import { orderListEndpoints } from './order-lists.ts';
import { AddressLimit, StreamLimits, UserLimits } from './rate-limits.ts';
import { newPrivateKey, publicKeyFault } from './signing.ts';
import { connectStream, type StreamSettings } from './sockets.ts';
import { tradingEndpoints } from './trading.ts';
import { transactionEndpoints } from './transactions.ts';
import { STRICTEST, type UndecidedBehaviour } from './undecided.ts';
import { UserEvents } from './user-events.ts';
import { walletEndpoints } from './wallet.ts';

/** The venue with other answers to what its documentation leaves open. */
export function coinbaseProtocolWith(undecided: UndecidedBehaviour): VenueProtocol {
  return {
    name: 'coinbase',
    instruments: COINBASE_INSTRUMENTS,
    policy: coinbasePolicy(undecided),
    openingAssets: { USD: '100000', USDC: '100000' },
    newCredentials: (randomHex) => ({
      key: `organizations/${uuid(randomHex)}/apiKeys/${uuid(randomHex)}`,
      secret: newPrivateKey(randomHex),
      passphrase: null,
    }),
    tradeId: tradeIdOf,
    publicKeyFault,
    declare: (context) => declare(context, undecided),
  };
}

export const coinbaseProtocol: VenueProtocol = coinbaseProtocolWith(STRICTEST);

function uuid(randomHex: (bytes: number) => string): string {
  return randomHex(16).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
}

function declare(context: VenueContext, undecided: UndecidedBehaviour): ReturnType<VenueProtocol['declare']> {
  const { exchange, clock, signal, limits } = context;
  const market = { exchange, history: historyOf(context) };
  const rules = accessRules({
    exchange,
    address: new AddressLimit(),
    users: new UserLimits(),
    tokenLeewayMs: undecided.tokenLeewayMs,
    limits,
  });
  const cache = new PublicCache();
  const userEvents = new UserEvents({
    exchange,
    undecided,
    clock,
    signal,
    sendLater: (accountId, payload) => accounts.send(accountId, payload),
  });
  const accounts = new AccountStreams({
    exchange,
    clock,
    signal,
    payloadsOf: (events, accountId, nowMs) => userEvents.payloads(events, accountId, nowMs),
  });
  const open: StreamSettings['open'] = (name) => marketTopic(market, name);
  const stream = {
    exchange,
    topics: new Topics({ exchange, clock, signal, open }),
    open,
    accounts,
    userEvents,
    clock,
    signal,
    tokenLeewayMs: undecided.tokenLeewayMs,
    limits: limits ? new StreamLimits() : null,
  };
  const endpoints = [
    ...marketDataEndpoints(market),
    ...tradingEndpoints({ exchange, undecided }),
    ...orderListEndpoints({ exchange, undecided }),
    ...walletEndpoints(exchange),
    ...transactionEndpoints(exchange),
    ...appAccountEndpoints(exchange),
    ...appCurrencyEndpoints(exchange),
  ].map((endpoint) => cache.over(endpoint));
  const socket = (path: string, isUserAddress: boolean): SocketEndpoint => ({
    path,
    route: isUserAddress ? 'private_stream' : 'public_stream',
    ping: null,
    connect: (connection) => connectStream({ ...stream, isUserAddress }, connection),
  });
  return {
    routes: endpoints.map((endpoint) => routeOf(rules, endpoint)),
    sockets: [socket('/', false), socket('/user', true)],
    notFound: () => ({
      status: 404,
      body: '404 page not found\n',
      headers: { 'content-type': 'text/plain' },
    }),
    faultReply: (refused) => refusalReply(faultRefusal(refused)),
  };
}

function routeOf(rules: CoinbaseRules, endpoint: Endpoint): HttpRoute {
  const made = endpointRoute(rules, endpoint);
  return endpoint.routeOf === undefined ? made : { ...made, route: endpoint.routeOf };
}
