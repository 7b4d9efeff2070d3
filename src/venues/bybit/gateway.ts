/**
 * The gateway to Bybit: spot and USDT perpetuals of one unified account, put together.
 *
 * Entry points: `BYBIT`, `BYBIT_PARTS`.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import type { AccountStream, ConnectRequest } from '../connected-account.ts';
import { ReadFailure } from '../read-retry.ts';
import { signedStreamOf } from '../signed-stream.ts';
import { venueAdapter } from '../venue-gateway.ts';
import type { VenueParts } from '../venue-gateway.ts';
import { openBybitAccess } from './access.ts';
import type { BybitAccess } from './access.ts';
import type { BybitAccount } from './account.ts';
import { BYBIT_CAPABILITIES } from './capabilities.ts';
import { CATEGORIES, ENDPOINTS } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { PAGE_LIMITS, readRows } from './history.ts';
import { readBybitKeyPermissions } from './key-check.ts';
import { BybitMarketData } from './market-data.ts';
import { parseSpotInstruments, parseSwapInstruments } from './markets.ts';
import { isUnified } from './normalize-account.ts';
import { PrivateMessages } from './normalize-events.ts';
import { BybitOrders } from './orders.ts';
import { BybitQuoteFeed } from './quote-feed.ts';
import { BybitReadings } from './readings.ts';
import { requestsOf } from './requests.ts';
import { BybitSettings, refuseMovedPrices } from './settings.ts';
import { privateStream } from './streams.ts';

export const BYBIT_PARTS: VenueParts<Endpoint, BybitAccess> = {
  capabilities: BYBIT_CAPABILITIES,
  // Spot and swaps draw on one wallet, in which every asset is collateral ("Account Modes": UTA 2.0).
  wallets: [{ wallet: 'unified', kinds: ['spot', 'linear_swap'], collateral: 'all_assets' }],
  openAccess: openBybitAccess,
  requests: requestsOf,
  loadMarkets: async (access, requests, kind, maxAgeMs, lane) => {
    // Spot has no pages.
    const limit = kind === 'spot' ? {} : { limit: PAGE_LIMITS.instruments };
    const parameters = { category: CATEGORIES[kind], ...limit };
    const parse = kind === 'spot' ? parseSpotInstruments : parseSwapInstruments;
    await access.readMarkets(kind, maxAgeMs, async () =>
      parse(await readRows(requests, ENDPOINTS.instruments, parameters, lane)),
    );
  },
  assemble: async (connected, request) => {
    const account: BybitAccount = { ...connected, mode: { value: null } };
    const { kinds, requests } = account;
    if (!isUnified(await requests.read(ENDPOINTS.accountInfo, {}, 'look_up')))
      throw new ReadFailure('the account is not unified: upgrade it to a unified trading account', 'refused');
    if (kinds.includes('linear_swap')) await refuseMovedPrices(requests);
    return {
      orders: new BybitOrders(requests),
      readings: new BybitReadings(account),
      settings: new BybitSettings(requests),
      marketData: new BybitMarketData(account),
      quoteFeed: new BybitQuoteFeed(account),
      privateStreams: privateStreamsOf(account, request),
    };
  },
};

export const BYBIT = venueAdapter(BYBIT_PARTS, readBybitKeyPermissions);

/** One stream, which stands for each kind. */
function privateStreamsOf(
  account: BybitAccount,
  request: ConnectRequest,
): ReadonlyMap<InstrumentKind, AccountStream> {
  const { access, kinds, names, mode } = account;
  const messages = new PrivateMessages({ kinds, names, mode });
  const stream = privateStream({
    ...signedStreamOf(account, request),
    url: access.addresses.streams.private,
    read: (message) => messages.read(message),
  });
  return new Map(kinds.map((kind) => [kind, stream]));
}
