/**
 * The gateway to Bitget: spot and USDT perpetuals of one unified account, put together.
 *
 * Entry points: `BITGET`, `BITGET_PARTS`.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import { asArray } from '../ccxt/exact-json.ts';
import type { AccountStream, ConnectRequest } from '../connected-account.ts';
import { ReadFailure } from '../read-retry.ts';
import { signedStreamOf } from '../signed-stream.ts';
import { venueAdapter } from '../venue-gateway.ts';
import type { VenueParts } from '../venue-gateway.ts';
import { openBitgetAccess } from './access.ts';
import type { BitgetAccess } from './access.ts';
import type { BitgetAccount } from './account.ts';
import { BITGET_CAPABILITIES } from './capabilities.ts';
import { CATEGORIES, ENDPOINTS } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { readBitgetKeyPermissions } from './key-check.ts';
import { BitgetMarketData } from './market-data.ts';
import { parseSpotInstruments, parseSwapInstruments } from './markets.ts';
import { settingsFrom } from './normalize-account.ts';
import { PrivateMessages } from './normalize-events.ts';
import { BitgetOrders } from './orders.ts';
import { BitgetQuoteFeed } from './quote-feed.ts';
import { BitgetReadings } from './readings.ts';
import { requestsOf } from './requests.ts';
import type { BitgetRequests } from './requests.ts';
import { BitgetSettings } from './settings.ts';
import { privateStream } from './streams.ts';

export const BITGET_PARTS: VenueParts<Endpoint, BitgetAccess> = {
  capabilities: BITGET_CAPABILITIES,
  // "Unified account": spot and futures draw on one wallet, in which every asset that the account chose is collateral.
  wallets: [{ wallet: 'unified', kinds: ['spot', 'linear_swap'], collateral: 'all_assets' }],
  openAccess: openBitgetAccess,
  requests: requestsOf,
  loadMarkets: async (access, requests, kind, maxAgeMs, lane) => {
    const parse = kind === 'spot' ? parseSpotInstruments : parseSwapInstruments;
    await access.readMarkets(kind, maxAgeMs, async () =>
      parse(
        asArray(
          await requests.read(ENDPOINTS.instruments, { category: CATEGORIES[kind] }, lane),
          'instruments',
        ),
      ),
    );
  },
  assemble: async (connected, request) => {
    const { access, requests } = connected;
    const account: BitgetAccount = {
      ...connected,
      mode: { value: null },
      collateral: access.sharedReading(),
    };
    await mustBeUnified(requests);
    return {
      orders: new BitgetOrders(requests),
      readings: new BitgetReadings(account),
      settings: new BitgetSettings(requests),
      marketData: new BitgetMarketData(account),
      quoteFeed: new BitgetQuoteFeed(account),
      privateStreams: privateStreamsOf(account, request),
    };
  },
};

export const BITGET = venueAdapter(BITGET_PARTS, readBitgetKeyPermissions);

/** "The account is not the unified account mode". */
const NOT_UNIFIED = /\b25245\b/;

/** Rejects with `ReadFailure` for a classic account, which has an API of its own, and for modes that are not traded here. */
async function mustBeUnified(requests: BitgetRequests): Promise<void> {
  try {
    const { fault } = settingsFrom(await requests.read(ENDPOINTS.settings, {}, 'look_up'));
    if (fault !== null) throw new ReadFailure(fault, 'refused');
  } catch (error) {
    if (!(error instanceof ReadFailure) || !NOT_UNIFIED.test(error.message)) throw error;
    const message = `the account is a classic one: upgrade it to a unified trading account (${error.message})`;
    throw new ReadFailure(message, 'refused', { cause: error });
  }
}

/** One stream, which stands for each kind. */
function privateStreamsOf(
  account: BitgetAccount,
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
