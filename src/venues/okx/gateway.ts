/**
 * The gateway to OKX: spot and USDT perpetuals of one account in multi-currency margin mode, put together.
 *
 * Entry points: `OKX`, `OKX_PARTS`.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import { asArray } from '../ccxt/exact-json.ts';
import type { AccountStream, ConnectRequest } from '../connected-account.ts';
import { ReadFailure } from '../read-retry.ts';
import { venueAdapter } from '../venue-gateway.ts';
import type { VenueParts } from '../venue-gateway.ts';
import { openOkxAccess } from './access.ts';
import type { OkxAccess } from './access.ts';
import type { OkxAccount } from './account.ts';
import { OKX_CAPABILITIES } from './capabilities.ts';
import { ENDPOINTS, INST_TYPES } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { readOkxKeyPermissions } from './key-check.ts';
import { OkxMarketData } from './market-data.ts';
import { configurationFrom } from './normalize-account.ts';
import { PrivateMessages } from './normalize-events.ts';
import { OkxOrders } from './orders.ts';
import { OkxQuoteFeed } from './quote-feed.ts';
import { OkxReadings } from './readings.ts';
import { requestsOf } from './requests.ts';
import { OkxSettings } from './settings.ts';
import { privateStream } from './streams.ts';

export const OKX_PARTS: VenueParts<Endpoint, OkxAccess> = {
  capabilities: OKX_CAPABILITIES,
  // "Multi-currency margin": spot and swaps draw on one account, in which every asset is collateral at its discount rate.
  wallets: [{ wallet: 'unified', kinds: ['spot', 'linear_swap'], collateral: 'all_assets' }],
  openAccess: openOkxAccess,
  requests: requestsOf,
  loadMarkets: async (access, requests, kind, maxAgeMs, lane) => {
    const parameters = { instType: INST_TYPES[kind] };
    await access.loadMarkets(kind, maxAgeMs, async () =>
      asArray(await requests.read(ENDPOINTS.instruments, parameters, lane), 'instruments'),
    );
  },
  assemble: async (account, request) => {
    const { requests } = account;
    const { fault } = configurationFrom(await requests.read(ENDPOINTS.configuration, {}, 'look_up'));
    if (fault !== null) throw new ReadFailure(fault, 'refused');
    return {
      orders: new OkxOrders(requests),
      readings: new OkxReadings(account),
      settings: new OkxSettings(requests),
      marketData: new OkxMarketData(account),
      quoteFeed: new OkxQuoteFeed(account),
      privateStreams: privateStreamsOf(account, request),
    };
  },
};

export const OKX = venueAdapter(OKX_PARTS, readOkxKeyPermissions);

/** One stream, which stands for each kind. */
function privateStreamsOf(
  { access, kinds, names, options, requests }: OkxAccount,
  { listener, timeouts }: ConnectRequest,
): ReadonlyMap<InstrumentKind, AccountStream> {
  const messages = new PrivateMessages({ kinds, names });
  const stream = privateStream({
    platform: access.platform,
    urls: access.addresses.streams,
    credentials: options.credentials,
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
