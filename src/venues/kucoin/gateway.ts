/**
 * The gateway to KuCoin: spot and USDT futures of one classic account, put together.
 *
 * Entry points: `KUCOIN`, `KUCOIN_PARTS`.
 */
import { SEPARATE_WALLETS } from '../../core/balance/wallet.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { AccountStream, ConnectRequest } from '../connected-account.ts';
import { mustBeListed } from '../markets.ts';
import { venueAdapter } from '../venue-gateway.ts';
import type { VenueParts } from '../venue-gateway.ts';
import { openKucoinAccess } from './access.ts';
import type { KucoinAccess } from './access.ts';
import type { KucoinAccount } from './account.ts';
import { KUCOIN_CAPABILITIES } from './capabilities.ts';
import { SPOT, SWAP } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { fillsOfOrder } from './fills.ts';
import { readKucoinKeyPermissions } from './key-check.ts';
import { KucoinMarketData } from './market-data.ts';
import { parseSpotInstruments, parseSwapInstruments } from './markets.ts';
import { PrivateMessages } from './normalize-events.ts';
import { KucoinOrders } from './orders.ts';
import { KucoinQuoteFeed } from './quote-feed.ts';
import { KucoinReadings } from './readings.ts';
import { requestsOf } from './requests.ts';
import { KucoinSettings } from './settings.ts';
import { privateStream } from './streams.ts';

export const KUCOIN_PARTS: VenueParts<Endpoint, KucoinAccess> = {
  capabilities: KUCOIN_CAPABILITIES,
  // The trading account and the futures account; each swap is backed by what it settles in.
  wallets: SEPARATE_WALLETS,
  openAccess: openKucoinAccess,
  requests: requestsOf,
  loadMarkets: async (access, requests, kind, maxAgeMs, lane) => {
    const endpoint = kind === 'spot' ? SPOT.instruments : SWAP.instruments;
    const parse = kind === 'spot' ? parseSpotInstruments : parseSwapInstruments;
    await access.readMarkets(kind, maxAgeMs, async () => parse(await requests.read(endpoint, {}, lane)));
  },
  assemble: async (account, request) => {
    const { kinds, requests } = account;
    // Of swaps the reading of the position mode is the trial.
    if (kinds.includes('spot')) await requests.read(SPOT.balances, { type: 'trade' }, 'look_up');
    return {
      orders: new KucoinOrders(requests),
      readings: new KucoinReadings(account),
      settings: new KucoinSettings(requests),
      marketData: new KucoinMarketData(account),
      quoteFeed: new KucoinQuoteFeed(account),
      privateStreams: privateStreamsOf(account, request),
    };
  },
};

export const KUCOIN = venueAdapter(KUCOIN_PARTS, readKucoinKeyPermissions);

/** A stream of each kind. */
function privateStreamsOf(
  account: KucoinAccount,
  { listener, timeouts }: ConnectRequest,
): ReadonlyMap<InstrumentKind, AccountStream> {
  const { access, kinds, names, requests } = account;
  return new Map(
    kinds.map((kind) => {
      const messages = new PrivateMessages(names[kind]);
      const { privateToken } = kind === 'spot' ? SPOT : SWAP;
      const stream = privateStream({
        kind,
        platform: access.platform,
        token: async () => requests.read(privateToken, {}, 'look_up'),
        origin: access.streamOrigin,
        read: (message) => messages.read(message),
        readOrder: async (symbol, orderId) => {
          const fills = await fillsOfOrder(account, mustBeListed(access.markets, symbol), orderId);
          return { report: null, fills: fills.filter((fill) => messages.hasMatched(fill)) };
        },
        listener,
        evidenceMs: timeouts.streamEvidenceMs,
      });
      return [kind, stream] as const;
    }),
  );
}
