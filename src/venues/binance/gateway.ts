/**
 * The gateway to Binance: spot and USD-M perpetuals of one account, put together.
 *
 * Entry points: `BINANCE`, `BINANCE_PARTS`.
 */
import { SEPARATE_WALLETS } from '../../core/balance/wallet.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { AccountStream, ConnectRequest } from '../connected-account.ts';
import { venueAdapter } from '../venue-gateway.ts';
import type { VenueParts } from '../venue-gateway.ts';
import { openBinanceAccess } from './access.ts';
import type { BinanceAccess } from './access.ts';
import type { BinanceAccount } from './account.ts';
import { BINANCE_CAPABILITIES } from './capabilities.ts';
import { SPOT, SWAP } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { readBinanceKeyPermissions } from './key-check.ts';
import { BinanceMarketData } from './market-data.ts';
import { parseRateLimits, parseSpotInstruments, parseSwapInstruments } from './markets.ts';
import { spotStreamEvent, swapStreamEvent } from './normalize-events.ts';
import { BinanceOrders } from './orders.ts';
import { BinanceQuoteFeed } from './quote-feed.ts';
import { BinanceReadings } from './readings.ts';
import { requestsOf, setAllowance } from './requests.ts';
import { BinanceSettings } from './settings.ts';
import { spotPrivateStream, swapPrivateStream } from './streams.ts';

export const BINANCE_PARTS: VenueParts<Endpoint, BinanceAccess> = {
  capabilities: BINANCE_CAPABILITIES,
  // Spot and USD-M futures keep wallets of their own; margin of a position comes from its settle asset.
  wallets: SEPARATE_WALLETS,
  openAccess: openBinanceAccess,
  requests: requestsOf,
  loadMarkets: async (access, requests, kind, maxAgeMs, lane) => {
    const endpoint = kind === 'spot' ? SPOT.exchangeInfo : SWAP.exchangeInfo;
    const parse = kind === 'spot' ? parseSpotInstruments : parseSwapInstruments;
    await access.readMarkets(kind, maxAgeMs, async () => {
      const body = await requests.read(endpoint, {}, lane);
      access.noteRateLimits(kind, parseRateLimits(body));
      return parse(body);
    });
  },
  assemble: async (account, request) => {
    const { access, kinds, options, requests } = account;
    for (const kind of kinds)
      setAllowance(requests.allowances, access, kind, access.rateLimitsOf(kind), options.orderShare);
    // Of swaps the reading of the position mode is the trial.
    if (kinds.includes('spot')) await requests.read(SPOT.account, { omitZeroBalances: 'true' }, 'look_up');
    return {
      orders: new BinanceOrders(account),
      readings: new BinanceReadings(account),
      settings: new BinanceSettings(requests),
      marketData: new BinanceMarketData(account),
      quoteFeed: new BinanceQuoteFeed(account),
      privateStreams: privateStreamsOf(account, request),
    };
  },
};

export const BINANCE = venueAdapter(BINANCE_PARTS, readBinanceKeyPermissions);

function privateStreamsOf(
  { access, kinds, names, options, requests }: BinanceAccount,
  { listener, timeouts }: ConnectRequest,
): ReadonlyMap<InstrumentKind, AccountStream> {
  const { spotPrivate, swapPrivate } = access.addresses.streams;
  const common = { platform: access.platform, listener, evidenceMs: timeouts.streamEvidenceMs };
  const streams = new Map<InstrumentKind, AccountStream>();
  if (kinds.includes('spot'))
    streams.set(
      'spot',
      spotPrivateStream({
        ...common,
        url: spotPrivate,
        credentials: options.credentials,
        venueNow: () => access.clock.now(),
        read: (event) => spotStreamEvent(event, names.spot),
        onClockRefused: () => {
          requests.measureClock();
        },
      }),
    );
  if (kinds.includes('linear_swap'))
    streams.set(
      'linear_swap',
      swapPrivateStream({
        ...common,
        url: swapPrivate,
        start: async () => requests.read(SWAP.startUserStream, {}, 'look_up'),
        keepAlive: async () => requests.read(SWAP.keepUserStream, {}, 'look_up'),
        read: (event) => swapStreamEvent(event, names.linear_swap),
      }),
    );
  return streams;
}
