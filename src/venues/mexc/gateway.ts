/**
 * The gateway to MEXC: spot and USDT perpetuals of one account, put together.
 *
 * Entry points: `MEXC`, `MEXC_PARTS`.
 */
import { SEPARATE_WALLETS } from '../../core/balance/wallet.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { AccountStream, ConnectRequest } from '../connected-account.ts';
import { signedStreamOf } from '../signed-stream.ts';
import { venueAdapter } from '../venue-gateway.ts';
import type { VenueParts } from '../venue-gateway.ts';
import { openMexcAccess } from './access.ts';
import type { MexcAccess } from './access.ts';
import type { MexcAccount } from './account.ts';
import { MEXC_CAPABILITIES } from './capabilities.ts';
import { SPOT, SWAP } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { readMexcKeyPermissions } from './key-check.ts';
import { MexcMarketData } from './market-data.ts';
import { parseSpotInstruments, parseSwapInstruments } from './markets.ts';
import { SwapPrivateMessages, spotPrivateEvents } from './normalize-events.ts';
import { MexcOrders } from './orders.ts';
import { MexcQuoteFeed } from './quote-feed.ts';
import { MexcReadings } from './readings.ts';
import { requestsOf } from './requests.ts';
import { MexcSettings } from './settings.ts';
import { spotPrivateStream, swapPrivateStream } from './streams.ts';

export const MEXC_PARTS: VenueParts<Endpoint, MexcAccess> = {
  capabilities: MEXC_CAPABILITIES,
  // Spot and contracts keep wallets of their own; margin of a position comes from its settle asset.
  wallets: SEPARATE_WALLETS,
  openAccess: openMexcAccess,
  requests: requestsOf,
  loadMarkets: async (access, requests, kind, maxAgeMs, lane) => {
    const endpoint = kind === 'spot' ? SPOT.exchangeInfo : SWAP.contracts;
    const parse = kind === 'spot' ? parseSpotInstruments : parseSwapInstruments;
    await access.readMarkets(kind, maxAgeMs, async () => parse(await requests.read(endpoint, {}, lane)));
  },
  assemble: async (connected, request) => {
    const account: MexcAccount = { ...connected, mode: { value: null } };
    // Of swaps the reading of the position mode is the trial.
    if (account.kinds.includes('spot')) await account.requests.read(SPOT.account, {}, 'look_up');
    return {
      orders: new MexcOrders(account.requests),
      readings: new MexcReadings(account),
      settings: new MexcSettings(account),
      marketData: new MexcMarketData(account),
      quoteFeed: new MexcQuoteFeed(account),
      privateStreams: privateStreamsOf(account, request),
    };
  },
};

export const MEXC = venueAdapter(MEXC_PARTS, readMexcKeyPermissions);

function privateStreamsOf(
  account: MexcAccount,
  request: ConnectRequest,
): ReadonlyMap<InstrumentKind, AccountStream> {
  const { access, kinds, mode, names, requests } = account;
  const { addresses, platform } = access;
  const { listener, timeouts } = request;
  const streams = new Map<InstrumentKind, AccountStream>();
  if (kinds.includes('spot'))
    streams.set(
      'spot',
      spotPrivateStream({
        platform,
        listener,
        evidenceMs: timeouts.streamEvidenceMs,
        url: addresses.streams.spot,
        start: async () => requests.read(SPOT.startUserStream, {}, 'look_up'),
        keepAlive: async (listenKey) => requests.read(SPOT.keepUserStream, { listenKey }, 'look_up'),
        read: (message) => spotPrivateEvents(message, names.spot),
      }),
    );
  if (kinds.includes('linear_swap')) {
    const messages = new SwapPrivateMessages(names.linear_swap, mode);
    streams.set(
      'linear_swap',
      swapPrivateStream({
        ...signedStreamOf(account, request),
        url: addresses.streams.swap,
        read: (message) => messages.read(message),
      }),
    );
  }
  return streams;
}
