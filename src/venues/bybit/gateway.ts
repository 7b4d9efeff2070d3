/**
 * The gateway to Bybit: spot and USDT perpetuals of one unified account, put together.
 *
 * Entry point: `createBybitGateway`. The contract and its invariants stand in `../gateway.ts`. Orders go out through the venue's own
 * endpoints, signed and carried by ccxt, not through ccxt's unified calls: those cut figures to a precision of their own and hide the
 * raw answer that an outcome is read from.
 */
import type { WalletDeclaration } from '../../core/balance/wallet.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import { AccountGateway } from '../account-gateway.ts';
import { DEFAULT_BREAKER } from '../breaker.ts';
import { connectAccount } from '../connect.ts';
import type { AccountStream, ConnectRequest, ConnectedAccount } from '../connected-account.ts';
import type { GatewayOptions } from '../connection.ts';
import type { Gateway, Lane } from '../gateway.ts';
import { MarketsOfKinds, Names } from '../markets.ts';
import { Quotes } from '../quotes.ts';
import { ReadFailure } from '../read-retry.ts';
import { BybitAccess } from './access.ts';
import type { BybitAccount } from './account.ts';
import { BYBIT_CAPABILITIES } from './capabilities.ts';
import { CATEGORIES, ENDPOINTS } from './endpoints.ts';
import { PAGE_LIMITS, readPages } from './history.ts';
import { readBook, readCandles, readDayFigures, readTrades } from './market-data.ts';
import { isUnified } from './normalize-account.ts';
import { PrivateMessages } from './normalize-events.ts';
import { BybitOrders } from './orders.ts';
import { BybitQuoteFeed } from './quote-feed.ts';
import { BybitReadings } from './readings.ts';
import { bybitRequests } from './requests.ts';
import type { BybitRequests } from './requests.ts';
import { BybitSettings, refuseMovedPrices } from './settings.ts';
import { privateStream } from './streams.ts';

const MARKETS_EVERY_MS = 60 * 60 * 1_000;

/** Spot and swaps draw on one wallet, in which every asset is collateral ("Account Modes": UTA 2.0). */
const WALLETS: readonly WalletDeclaration[] = [
  { wallet: 'unified', kinds: ['spot', 'linear_swap'], collateral: 'all_assets' },
];

/** `access` is what the accounts at one address share; without one this account has its own. */
export function createBybitGateway(
  options: GatewayOptions,
  access: BybitAccess = new BybitAccess(options),
): Gateway {
  return new AccountGateway(options, {
    capabilities: BYBIT_CAPABILITIES,
    wallets: WALLETS,
    clock: access.clock,
    connect: async (request) => connect(options, access, request),
  });
}

async function connect(
  options: GatewayOptions,
  access: BybitAccess,
  request: ConnectRequest,
): Promise<ConnectedAccount> {
  const { kinds, timeouts } = request;
  const { credentials, orderShare = 1, breaker = DEFAULT_BREAKER } = options;
  return connectAccount(
    {
      venue: 'bybit',
      platform: access.platform,
      credentials,
      clock: access.clock,
      origins: access.addresses.origins,
      requests: (calls) => bybitRequests({ calls, access, timeouts, breaker, kinds, orderShare }),
      assemble: async (requests) => {
        await Promise.all(kinds.map(async (kind) => readMarkets(access, requests, kind, 'look_up')));
        return assemble(options, access, requests, request);
      },
    },
    request,
  );
}

/** Listings and trading states change; the first account that finds them old reads them for all. */
async function readMarkets(
  access: BybitAccess,
  requests: BybitRequests,
  kind: InstrumentKind,
  lane: Lane,
): Promise<void> {
  // Spot has no pages.
  const parameters = {
    category: CATEGORIES[kind],
    ...(kind === 'spot' ? {} : { limit: PAGE_LIMITS.instruments }),
  };
  return access.loadMarkets(kind, MARKETS_EVERY_MS, async () =>
    readPages(requests, ENDPOINTS.instruments, parameters, lane),
  );
}

async function assemble(
  options: GatewayOptions,
  access: BybitAccess,
  requests: BybitRequests,
  request: ConnectRequest,
): Promise<Omit<ConnectedAccount, 'requests' | 'disconnect'>> {
  const { kinds, listener } = request;
  const { clock } = access;
  const markets = new MarketsOfKinds(access.markets, kinds);
  const account: BybitAccount = {
    kinds,
    access,
    clock,
    requests,
    names: { spot: new Names(markets, 'spot'), linear_swap: new Names(markets, 'linear_swap') },
    mode: { value: null },
  };
  const readings = new BybitReadings(account);
  // A signed read, so that bad keys are found before an order is.
  if (!isUnified(await requests.read(ENDPOINTS.accountInfo, {}, 'look_up')))
    throw new ReadFailure('the account is not unified: upgrade it to a unified trading account', 'refused');
  const hasSwaps = kinds.includes('linear_swap');
  if (hasSwaps) await refuseMovedPrices(requests);
  const positionMode = hasSwaps ? await readings.positionMode('look_up') : null;
  return {
    markets,
    orders: new BybitOrders(requests),
    readings,
    settings: new BybitSettings(requests),
    marketData: {
      book: async (listed, depth) => readBook(requests, listed, depth, () => clock.localNow()),
      dayFigures: async (listed) => readDayFigures(requests, listed),
      trades: async (listed, limit) => readTrades(requests, listed, limit),
      candles: async (listed, interval, span) =>
        readCandles(requests, listed, interval, span, () => clock.now()),
    },
    quotes: new Quotes({ feed: new BybitQuoteFeed(access, requests), clock, markets, listener }),
    privateStreams: privateStreamsOf(options, account, request),
    positionMode,
    readMarkets: async () => {
      await Promise.all(kinds.map(async (kind) => readMarkets(access, requests, kind, 'poll')));
    },
  };
}

/** One stream, which stands for each kind. */
function privateStreamsOf(
  { credentials }: GatewayOptions,
  { kinds, access, requests, names, mode }: BybitAccount,
  { listener, timeouts }: ConnectRequest,
): ReadonlyMap<InstrumentKind, AccountStream> {
  const messages = new PrivateMessages({ kinds, names, mode });
  const stream = privateStream({
    platform: access.platform,
    url: access.addresses.streams.private,
    credentials,
    venueNow: () => access.clock.now(),
    read: (message) => messages.read(message),
    listener,
    evidenceMs: timeouts.streamEvidenceMs,
    onRefused: () => {
      requests.measureClock();
    },
  });
  return new Map(kinds.map((kind) => [kind, stream]));
}
