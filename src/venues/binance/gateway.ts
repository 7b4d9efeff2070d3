/**
 * The gateway to Binance: spot and USD-M perpetuals of one account, put together.
 *
 * Entry points: `createBinanceGateway`. The contract and its invariants stand in `../gateway.ts`.
 *
 * Orders go out through the venue's own endpoints, signed and carried by ccxt, not through ccxt's unified calls:
 * those cut figures to a precision of their own and hide the raw answer that an outcome is read from.
 */
import { SEPARATE_WALLETS } from '../../core/balance/wallet.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import { AccountGateway } from '../account-gateway.ts';
import { Allowances } from '../allowance.ts';
import { DEFAULT_BREAKER } from '../breaker.ts';
import { connectAccount } from '../connect.ts';
import type { AccountStream, ConnectRequest, ConnectedAccount } from '../connected-account.ts';
import type { GatewayOptions } from '../connection.ts';
import type { Gateway, Lane } from '../gateway.ts';
import { MarketsOfKinds, Names } from '../markets.ts';
import { Quotes } from '../quotes.ts';
import { BinanceAccess } from './access.ts';
import type { BinanceAccount } from './account.ts';
import { BINANCE_CAPABILITIES } from './capabilities.ts';
import { SPOT, SWAP } from './endpoints.ts';
import { readBook, readCandles, readDayFigures, readTrades } from './market-data.ts';
import type { RateLimit } from './markets.ts';
import { spotStreamEvent, swapStreamEvent } from './normalize-events.ts';
import { BinanceOrders } from './orders.ts';
import { BinanceQuoteFeed } from './quote-feed.ts';
import { BinanceReadings } from './readings.ts';
import { binanceRequests, setAllowance } from './requests.ts';
import type { BinanceRequests } from './requests.ts';
import { BinanceSettings } from './settings.ts';
import { spotPrivateStream, swapPrivateStream } from './streams.ts';

const MARKETS_EVERY_MS = 60 * 60 * 1_000;

/** `access` is what the accounts at one address share; without one this account has its own. */
export function createBinanceGateway(
  options: GatewayOptions,
  access: BinanceAccess = new BinanceAccess(options),
): Gateway {
  return new AccountGateway(options, {
    capabilities: BINANCE_CAPABILITIES,
    // Spot and USD-M futures keep wallets of their own; margin of a position comes from its settle asset.
    wallets: SEPARATE_WALLETS,
    clock: access.clock,
    connect: async (request) => connect(options, access, request),
  });
}

async function connect(
  options: GatewayOptions,
  access: BinanceAccess,
  request: ConnectRequest,
): Promise<ConnectedAccount> {
  const { kinds, timeouts } = request;
  const { credentials, orderShare = 1, breaker = DEFAULT_BREAKER } = options;
  const allowances = new Allowances();
  for (const kind of kinds) setAllowance(allowances, access, kind, [], orderShare);
  return connectAccount(
    {
      venue: 'binance',
      platform: access.platform,
      credentials,
      clock: access.clock,
      origins: access.addresses.origins,
      requests: (calls) => binanceRequests({ calls, access, timeouts, breaker, kinds, allowances }),
      assemble: async (requests) => {
        await Promise.all(
          kinds.map(async (kind) => {
            const limits = await readMarkets(access, requests, kind, 'look_up');
            setAllowance(allowances, access, kind, limits, orderShare);
          }),
        );
        return assemble(options, access, requests, request);
      },
    },
    request,
  );
}

/** Listings, filters and trading states change; the first account that finds them old reads them for all. */
async function readMarkets(
  access: BinanceAccess,
  requests: BinanceRequests,
  kind: InstrumentKind,
  lane: Lane,
): Promise<readonly RateLimit[]> {
  const endpoint = kind === 'spot' ? SPOT.exchangeInfo : SWAP.exchangeInfo;
  return access.loadMarkets(kind, MARKETS_EVERY_MS, async () => requests.read(endpoint, {}, lane));
}

async function assemble(
  options: GatewayOptions,
  access: BinanceAccess,
  requests: BinanceRequests,
  request: ConnectRequest,
): Promise<Omit<ConnectedAccount, 'requests' | 'disconnect'>> {
  const { kinds, listener } = request;
  const { clock } = access;
  const markets = new MarketsOfKinds(access.markets, kinds);
  const names = { spot: new Names(markets, 'spot'), linear_swap: new Names(markets, 'linear_swap') };
  const account: BinanceAccount = {
    kinds,
    clock,
    requests,
    names,
    hasWalletApi: options.mode !== 'testnet',
  };
  const readings = new BinanceReadings(account);
  // One signed read a kind, so that bad keys are found before an order is.
  if (kinds.includes('spot')) await requests.read(SPOT.account, { omitZeroBalances: 'true' }, 'look_up');
  const positionMode = kinds.includes('linear_swap') ? await readings.positionMode('look_up') : null;
  return {
    markets,
    orders: new BinanceOrders(account),
    readings,
    settings: new BinanceSettings(requests),
    marketData: {
      book: async (listed, depth) => readBook(requests, listed, depth, () => clock.localNow()),
      dayFigures: async (listed) => readDayFigures(requests, listed),
      trades: async (listed, limit) => readTrades(requests, listed, limit),
      candles: async (listed, interval, span) =>
        readCandles(requests, listed, interval, span, () => clock.now()),
    },
    quotes: new Quotes({ feed: new BinanceQuoteFeed(access, requests), clock, markets, listener }),
    privateStreams: privateStreamsOf(options, access, account, request),
    positionMode,
    readMarkets: async () => {
      await Promise.all(kinds.map(async (kind) => readMarkets(access, requests, kind, 'poll')));
    },
  };
}

function privateStreamsOf(
  options: GatewayOptions,
  access: BinanceAccess,
  { kinds, requests, names }: BinanceAccount,
  { listener, timeouts }: ConnectRequest,
): ReadonlyMap<InstrumentKind, AccountStream> {
  const { spotPrivate, swapPrivate } = access.addresses.streams;
  const streams = new Map<InstrumentKind, AccountStream>();
  if (kinds.includes('spot'))
    streams.set(
      'spot',
      spotPrivateStream({
        platform: access.platform,
        url: spotPrivate,
        credentials: options.credentials,
        venueNow: () => access.clock.now(),
        read: (event) => spotStreamEvent(event, names.spot),
        listener,
        evidenceMs: timeouts.streamEvidenceMs,
        onClockRefused: () => {
          requests.measureClock();
        },
      }),
    );
  if (kinds.includes('linear_swap'))
    streams.set(
      'linear_swap',
      swapPrivateStream({
        platform: access.platform,
        url: swapPrivate,
        start: async () => requests.read(SWAP.startUserStream, {}, 'look_up'),
        keepAlive: async () => requests.read(SWAP.keepUserStream, {}, 'look_up'),
        read: (event) => swapStreamEvent(event, names.linear_swap),
        listener,
        evidenceMs: timeouts.streamEvidenceMs,
      }),
    );
  return streams;
}
