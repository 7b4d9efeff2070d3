/**
 * The endpoints of Bybit that we call, with how many requests a second each takes, and the addresses of each mode.
 *
 * Entry points: `ENDPOINTS`, `addressesFor`, `categoryOf`. `api` and `path` name an endpoint as ccxt does. Limits: "API Rate Limit
 * Table" of "Rate Limit Rules" of the v5 documentation, by account and category; public endpoints count for the address alone.
 */
import type { AccountMode } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';

export interface Endpoint {
  readonly api: 'public' | 'private';
  readonly path: string;
  readonly method: 'GET' | 'POST';
  /** Requests a second of an account, of each kind; null where the address alone is counted. */
  readonly perSecond: Readonly<Record<InstrumentKind, number>> | null;
  /** Whether it makes an order, so that the account's share of the allowance is for it. */
  readonly order: boolean;
}

function open(path: string): Endpoint {
  return { api: 'public', path: `v5/${path}`, method: 'GET', perSecond: null, order: false };
}

function read(path: string, perSecond = 50): Endpoint {
  return {
    api: 'private',
    path: `v5/${path}`,
    method: 'GET',
    perSecond: { spot: perSecond, linear_swap: perSecond },
    order: false,
  };
}

function write(path: string, linear: number, spot = linear, order = false): Endpoint {
  return {
    api: 'private',
    path: `v5/${path}`,
    method: 'POST',
    perSecond: { spot, linear_swap: linear },
    order,
  };
}

export const ENDPOINTS = {
  time: open('market/time'),
  instruments: open('market/instruments-info'),
  tickers: open('market/tickers'),
  book: open('market/orderbook'),
  publicTrades: open('market/recent-trade'),
  candles: open('market/kline'),
  collateralRatios: open('spot-margin-trade/collateral'),
  createOrder: write('order/create', 10, 20, true),
  cancelOrder: write('order/cancel', 10, 20),
  orders: read('order/realtime'),
  orderHistory: read('order/history'),
  executions: read('execution/list'),
  positions: read('position/list'),
  setLeverage: write('position/set-leverage', 10),
  switchMode: write('position/switch-mode', 10),
  wallet: read('account/wallet-balance'),
  accountInfo: read('account/info'),
  transactionLog: read('account/transaction-log', 25),
  tradeBehaviour: read('account/user-setting-config'),
  setLimitPriceAction: write('account/set-limit-px-action', 10),
  keyInformation: read('user/query-api', 10),
} as const;

export const CATEGORIES: Readonly<Record<InstrumentKind, 'spot' | 'linear'>> = {
  spot: 'spot',
  linear_swap: 'linear',
};

/** Of the kind that a category's parameters speak of; whatever names none is counted with contracts, as the venue does. */
export function kindOf(category: unknown): InstrumentKind {
  return category === 'spot' ? 'spot' : 'linear_swap';
}

/** Where ccxt's URLs of this venue point. */
const PRODUCTION_ORIGIN = 'https://api.bybit.com';
/** "Integration Guidance"; regional sites have hosts of their own (docs/venues/bybit.md). */
const TESTNET_ORIGIN = 'https://api-testnet.bybit.com';

interface StreamUrls {
  readonly private: string;
  readonly public: Readonly<Record<InstrumentKind, string>>;
}

/** "Connect". */
function streamsAt(host: string): StreamUrls {
  return {
    private: `wss://${host}/v5/private`,
    public: { spot: `wss://${host}/v5/public/spot`, linear_swap: `wss://${host}/v5/public/linear` },
  };
}

const LIVE_STREAMS = streamsAt('stream.bybit.com');
const TESTNET_STREAMS = streamsAt('stream-testnet.bybit.com');

/** Where requests and streams go. Overrides replace scheme, host and port; every path stays as in production. */
export interface VenueAddresses {
  readonly origins: Readonly<Record<string, string>>;
  readonly streams: StreamUrls;
}

export function addressesFor(
  mode: AccountMode,
  overrides: { readonly rest: string | null; readonly ws: string | null },
): VenueAddresses {
  const streams = mode === 'testnet' ? TESTNET_STREAMS : LIVE_STREAMS;
  const origin = mode === 'testnet' ? TESTNET_ORIGIN : PRODUCTION_ORIGIN;
  const rebased = (url: string): string => rebase(url, overrides.ws);
  return {
    origins: { [PRODUCTION_ORIGIN]: overrides.rest ?? origin },
    streams: {
      private: rebased(streams.private),
      public: {
        spot: rebased(streams.public.spot),
        linear_swap: rebased(streams.public.linear_swap),
      },
    },
  };
}

function rebase(url: string, origin: string | null): string {
  return origin === null ? url : `${origin}${new URL(url).pathname}`;
}
