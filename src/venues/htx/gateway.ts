/**
 * The gateway to HTX: the spot account, put together.
 *
 * Entry points: `HTX`, `HTX_PARTS`.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import { SEPARATE_WALLETS } from '../../core/balance/wallet.ts';
import type { AccountStream, ConnectRequest } from '../connected-account.ts';
import { ReadFailure } from '../read-retry.ts';
import { venueAdapter } from '../venue-gateway.ts';
import type { VenueParts } from '../venue-gateway.ts';
import { openHtxAccess } from './access.ts';
import type { HtxAccess } from './access.ts';
import type { HtxAccount } from './account.ts';
import { HTX_CAPABILITIES } from './capabilities.ts';
import { dataOf } from './classify.ts';
import { ADDRESSES, ENDPOINTS } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { readHtxKeyPermissions } from './key-check.ts';
import { HtxMarketData } from './market-data.ts';
import { spotAccountIn } from './normalize-account.ts';
import { privateEvents } from './normalize-events.ts';
import { orderFrom } from './normalize-orders.ts';
import { HtxOrders } from './orders.ts';
import { HtxQuoteFeed } from './quote-feed.ts';
import { HtxReadings } from './readings.ts';
import { requestsOf } from './requests.ts';
import { HtxSettings } from './settings.ts';
import { privateStream } from './streams.ts';

export const HTX_PARTS: VenueParts<Endpoint, HtxAccess> = {
  capabilities: HTX_CAPABILITIES,
  wallets: SEPARATE_WALLETS.filter(({ wallet }) => wallet === 'spot'),
  openAccess: openHtxAccess,
  requests: requestsOf,
  loadMarkets: async (access, requests, kind, maxAgeMs, lane) => {
    if (kind === 'spot')
      await access.loadMarkets(maxAgeMs, async () => requests.read(ENDPOINTS.symbols, {}, lane));
  },
  assemble: async (connected, request) => {
    const { requests } = connected;
    const spotAccount = spotAccountIn(await requests.read(ENDPOINTS.accounts, {}, 'look_up'));
    if (spotAccount === null) throw new ReadFailure('the user has no spot account that works', 'refused');
    const account: HtxAccount = { ...connected, spotAccount };
    return {
      orders: new HtxOrders(account),
      readings: new HtxReadings(account),
      settings: new HtxSettings(),
      marketData: new HtxMarketData(account),
      quoteFeed: new HtxQuoteFeed(account),
      privateStreams: privateStreamsOf(account, request),
    };
  },
};

export const HTX = venueAdapter(HTX_PARTS, readHtxKeyPermissions);

function privateStreamsOf(
  { access, names, options, requests }: HtxAccount,
  { listener, timeouts }: ConnectRequest,
): ReadonlyMap<InstrumentKind, AccountStream> {
  const stream = privateStream({
    platform: access.platform,
    url: access.addresses.streams.private,
    signedFor: ADDRESSES.production.streams.private,
    credentials: options.credentials,
    venueNow: () => access.clock.now(),
    read: (message) => privateEvents(message, names.spot),
    // A market buy, whose messages state quote units.
    readOrder: async (_symbol, id) => ({
      report: orderFrom(
        dataOf(await requests.read(ENDPOINTS.order, { 'order-id': id }, 'look_up')),
        names.spot,
      ),
      fills: [],
    }),
    listener,
    evidenceMs: timeouts.streamEvidenceMs,
    onRefused: () => {
      requests.measureClock();
    },
  });
  return new Map([['spot', stream]]);
}
