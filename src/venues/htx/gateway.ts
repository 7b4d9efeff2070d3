/**
 * The gateway to HTX: spot and USDT perpetuals of one user, put together.
 *
 * Entry points: `HTX`, `HTX_PARTS`.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import { SEPARATE_WALLETS } from '../../core/balance/wallet.ts';
import type { AccountStream, ConnectRequest } from '../connected-account.ts';
import { mustBeListed } from '../markets.ts';
import { ReadFailure } from '../read-retry.ts';
import { signedStreamOf } from '../signed-stream.ts';
import { venueAdapter } from '../venue-gateway.ts';
import type { VenueParts } from '../venue-gateway.ts';
import { openHtxAccess } from './access.ts';
import type { HtxAccess } from './access.ts';
import type { HtxAccount } from './account.ts';
import { HTX_CAPABILITIES } from './capabilities.ts';
import { dataOf } from './classify.ts';
import { ADDRESSES, SPOT, SWAP } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { newestExecutions } from './history.ts';
import { readHtxKeyPermissions } from './key-check.ts';
import { HtxMarketData } from './market-data.ts';
import { parseSpotSymbols, parseSwapContracts } from './markets.ts';
import { spotAccountIn } from './normalize-account.ts';
import { contractEvents, privateEvents } from './normalize-events.ts';
import { contractFillFrom } from './normalize-fills.ts';
import { orderFrom } from './normalize-orders.ts';
import { HtxOrders } from './orders.ts';
import { HtxQuoteFeed } from './quote-feed.ts';
import { HtxReadings } from './readings.ts';
import { requestsOf } from './requests.ts';
import { HtxSettings } from './settings.ts';
import { contractStream, privateStream } from './streams.ts';

export const HTX_PARTS: VenueParts<Endpoint, HtxAccess> = {
  capabilities: HTX_CAPABILITIES,
  wallets: SEPARATE_WALLETS,
  openAccess: openHtxAccess,
  requests: requestsOf,
  loadMarkets: async (access, requests, kind, maxAgeMs, lane) => {
    await access.readMarkets(kind, maxAgeMs, async () => {
      if (kind === 'spot') return parseSpotSymbols(await requests.read(SPOT.symbols, {}, lane));
      const contracts = await requests.read(SWAP.contracts, {}, lane);
      return parseSwapContracts(contracts, await requests.read(SWAP.priceLimits, {}, lane));
    });
  },
  assemble: async (connected, request) => {
    const { requests } = connected;
    const spotAccount = spotAccountIn(await requests.read(SPOT.accounts, {}, 'look_up'));
    if (spotAccount === null) throw new ReadFailure('the user has no spot account that works', 'refused');
    const account: HtxAccount = { ...connected, spotAccount };
    return {
      orders: new HtxOrders(account),
      readings: new HtxReadings(account),
      settings: new HtxSettings(requests),
      marketData: new HtxMarketData(account),
      quoteFeed: new HtxQuoteFeed(account),
      privateStreams: privateStreamsOf(account, request),
    };
  },
};

export const HTX = venueAdapter(HTX_PARTS, readHtxKeyPermissions);

function privateStreamsOf(
  account: HtxAccount,
  request: ConnectRequest,
): ReadonlyMap<InstrumentKind, AccountStream> {
  const { access, kinds, names, requests } = account;
  const { streams } = ADDRESSES.production;
  const common = signedStreamOf(account, request);
  const made = new Map<InstrumentKind, AccountStream>();
  if (kinds.includes('spot'))
    made.set(
      'spot',
      privateStream({
        ...common,
        url: access.addresses.streams.private,
        signedFor: streams.private,
        read: (message) => privateEvents(message, names.spot),
        // A market buy, whose messages state quote units.
        readOrder: async (_symbol, id) => ({
          report: orderFrom(
            dataOf(await requests.read(SPOT.order, { 'order-id': id }, 'look_up')),
            names.spot,
          ),
          fills: [],
        }),
      }),
    );
  if (kinds.includes('linear_swap'))
    made.set(
      'linear_swap',
      contractStream({
        ...common,
        url: access.addresses.streams.contractAccount,
        signedFor: streams.contractAccount,
        read: (message) => contractEvents(message, names.linear_swap),
        readOrder: async (symbol, id) => {
          const rows = await newestExecutions(requests, mustBeListed(access.markets, symbol), id);
          return {
            report: null,
            fills: rows.map((row) => contractFillFrom(row, names.linear_swap)).toReversed(),
          };
        },
      }),
    );
  return made;
}
