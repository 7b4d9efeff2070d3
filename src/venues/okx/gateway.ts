/**
 * The gateway to OKX: spot and USDT perpetuals of one account in multi-currency margin mode, put together.
 *
 * Entry points: `OKX`, `OKX_PARTS`.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import { asArray } from '../ccxt/exact-json.ts';
import type { AccountStream, ConnectRequest } from '../connected-account.ts';
import { ReadFailure } from '../read-retry.ts';
import { signedStreamOf } from '../signed-stream.ts';
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
import { parseSpotInstruments, parseSwapInstruments } from './markets.ts';
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
    const parse = kind === 'spot' ? parseSpotInstruments : parseSwapInstruments;
    await access.readMarkets(kind, maxAgeMs, async () =>
      parse(
        asArray(
          await requests.read(ENDPOINTS.instruments, { instType: INST_TYPES[kind] }, lane),
          'instruments',
        ),
      ),
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
  account: OkxAccount,
  request: ConnectRequest,
): ReadonlyMap<InstrumentKind, AccountStream> {
  const { access, kinds, names } = account;
  const messages = new PrivateMessages({ kinds, names });
  const stream = privateStream({
    ...signedStreamOf(account, request),
    urls: access.addresses.streams,
    read: (message) => messages.read(message),
  });
  return new Map(kinds.map((kind) => [kind, stream]));
}
