/**
 * The gateway to Coinbase Advanced Trade: spot, put together.
 *
 * Entry points: `COINBASE`, `COINBASE_PARTS`.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import type { AccountStream, ConnectRequest } from '../connected-account.ts';
import type { ReadOrder } from '../unstated-orders.ts';
import type { VenueOrderId } from '../../core/ids.ts';
import { signedStreamOf } from '../signed-stream.ts';
import { venueAdapter } from '../venue-gateway.ts';
import type { VenueParts } from '../venue-gateway.ts';
import { openCoinbaseAccess } from './access.ts';
import type { CoinbaseAccess } from './access.ts';
import { KnownIds } from './account.ts';
import type { CoinbaseAccount } from './account.ts';
import { readCurrencyAccounts } from './account-records.ts';
import { COINBASE_CAPABILITIES } from './capabilities.ts';
import { ENDPOINTS } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { fillsOfOrder } from './fills.ts';
import { readCoinbaseKeyPermissions } from './key-check.ts';
import { CoinbaseMarketData } from './market-data.ts';
import { parseProducts } from './markets.ts';
import { MessageCount } from './message-count.ts';
import { PrivateMessages } from './normalize-events.ts';
import { pause } from './order-look-up.ts';
import { CoinbaseOrders } from './orders.ts';
import { CoinbaseQuoteFeed } from './quote-feed.ts';
import { CoinbaseReadings } from './readings.ts';
import { requestsOf } from './requests.ts';
import { NO_SETTINGS } from './settings.ts';
import { privateStream } from './streams.ts';

export const COINBASE_PARTS: VenueParts<Endpoint, CoinbaseAccess> = {
  capabilities: COINBASE_CAPABILITIES,
  wallets: [{ wallet: 'spot', kinds: ['spot'], collateral: 'settle_asset' }],
  openAccess: openCoinbaseAccess,
  requests: requestsOf,
  loadMarkets: async (access, requests, _kind, maxAgeMs, lane) =>
    access.readMarkets('spot', maxAgeMs, async () => {
      const products = await requests.read(ENDPOINTS.products, { product_type: 'SPOT' }, lane);
      access.noteBooks(products);
      return parseProducts(products);
    }),
  assemble: async (connected, request) => {
    const account: CoinbaseAccount = { ...connected, ids: new KnownIds(), currencies: new Map() };
    await readCurrencyAccounts(account, 'look_up');
    return {
      orders: new CoinbaseOrders(account),
      readings: new CoinbaseReadings(account),
      settings: NO_SETTINGS,
      marketData: new CoinbaseMarketData(account),
      quoteFeed: new CoinbaseQuoteFeed(account),
      privateStreams: privateStreamsOf(account, request),
    };
  },
};

export const COINBASE = venueAdapter(COINBASE_PARTS, readCoinbaseKeyPermissions);

function privateStreamsOf(
  account: CoinbaseAccount,
  request: ConnectRequest,
): ReadonlyMap<InstrumentKind, AccountStream> {
  const { access, ids, names } = account;
  const count = new MessageCount();
  const messages = new PrivateMessages({ names: names.spot, ids, count });
  const stream = privateStream({
    ...signedStreamOf(account, request),
    url: access.addresses.streams.user,
    count,
    read: (message) => messages.read(message),
    readOrder: async (_symbol, venueOrderId) => readFills(account, messages, venueOrderId),
  });
  return new Map([['spot', stream]]);
}

/** Executions are listed a moment after the stream has counted them, in ms. */
const WAITS_MS = [50, 100, 200, 400, 800, 1_600] as const;

/** All executions that the stream counts of an order. Rejects where they are not listed after all. */
async function readFills(
  account: CoinbaseAccount,
  messages: PrivateMessages,
  venueOrderId: VenueOrderId,
): Promise<ReadOrder> {
  for (const waitMs of [0, ...WAITS_MS]) {
    if (waitMs > 0) await pause(account, waitMs);
    const fills = await fillsOfOrder(account, venueOrderId);
    if (messages.areAll(venueOrderId, fills)) return { report: null, fills };
  }
  throw new Error('its executions are not listed');
}
