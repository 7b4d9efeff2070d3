/**
 * The endpoints of Bitget that we call, with how many requests a second each takes, and the addresses of each mode.
 *
 * Entry points: `ENDPOINTS`, `ADDRESSES`, `demoHeaders`, `CATEGORIES`, `kindOf`, `INTERVALS`. `api` and `path` name an endpoint as ccxt does. Limits:
 * the line "Rate limit" of each page of the unified account's documentation; private requests count for an account, public ones for the
 * address.
 */
import type { AccountMode } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { CandleInterval } from '../../core/venue/market.ts';
import type { AddressTable } from '../addresses.ts';

export interface Endpoint {
  readonly api: readonly string[];
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly perSecond: number;
  readonly countedBy: 'address' | 'account';
  /** Whether it makes an order, so that the account's share of the allowance is for it. */
  readonly order: boolean;
}

function open(path: string, perSecond = 20): Endpoint {
  return {
    api: ['public', 'uta'],
    path: `v3/${path}`,
    method: 'GET',
    perSecond,
    countedBy: 'address',
    order: false,
  };
}

function read(path: string, perSecond = 20): Endpoint {
  return {
    api: ['private', 'uta'],
    path: `v3/${path}`,
    method: 'GET',
    perSecond,
    countedBy: 'account',
    order: false,
  };
}

function write(path: string, perSecond: number, order = false): Endpoint {
  return {
    api: ['private', 'uta'],
    path: `v3/${path}`,
    method: 'POST',
    perSecond,
    countedBy: 'account',
    order,
  };
}

export const ENDPOINTS = {
  // "Get Server Time" of the former API, which both account types ask.
  time: { ...open(''), api: ['public', 'common'], path: 'v2/public/time' },
  instruments: open('market/instruments'),
  tickers: open('market/tickers'),
  book: open('market/orderbook'),
  publicTrades: open('market/fills'),
  candles: open('market/candles'),
  discountRates: open('market/discount-rate'),
  createOrder: write('trade/place-order', 10, true),
  cancelOrder: write('trade/cancel-order', 10),
  order: read('trade/order-info'),
  openOrders: read('trade/unfilled-orders'),
  orderHistory: read('trade/history-orders'),
  executions: read('trade/fills'),
  positions: read('position/current-position'),
  assets: read('account/assets'),
  settings: read('account/settings'),
  collateral: read('account/collateral-type', 10),
  records: read('account/financial-records'),
  keyInformation: read('account/info', 5),
  setLeverage: write('account/set-leverage', 10),
  setHoldMode: write('account/set-hold-mode', 10),
} as const satisfies Readonly<Record<string, Endpoint>>;

export const CATEGORIES: Readonly<Record<InstrumentKind, 'SPOT' | 'USDT-FUTURES'>> = {
  spot: 'SPOT',
  linear_swap: 'USDT-FUTURES',
};

/** Messages of streams write categories in lower case. Null for those that are not traded here. */
export function kindOf(category: string): InstrumentKind | null {
  switch (category.toUpperCase()) {
    case CATEGORIES.spot:
      return 'spot';
    case CATEGORIES.linear_swap:
      return 'linear_swap';
    default:
      return null;
  }
}

/** `interval` of "Get Kline/Candlestick"; null for lengths that the venue has not. */
export const INTERVALS: Readonly<Record<CandleInterval, string | null>> = {
  '1m': '1m',
  '3m': '3m',
  '5m': '5m',
  '15m': '15m',
  '30m': '30m',
  '1h': '1H',
  '2h': null,
  '4h': '4H',
  '6h': '6H',
  '8h': null,
  '12h': '12H',
  '1d': '1D',
  '3d': null,
  '1w': null,
  '1M': null,
};

export type StreamName = 'private' | 'public';

/** "WebSocket API", and "Demo Trading" for the other host. */
const streamsAt = (host: string): Record<StreamName, string> => ({
  private: `wss://${host}/v3/ws/private`,
  public: `wss://${host}/v3/ws/public`,
});

/** Demo trading has the same host of requests and differs by a header. */
const ORIGINS = { all: 'https://api.bitget.com' };

export const ADDRESSES: AddressTable<StreamName> = {
  production: { origins: ORIGINS, streams: streamsAt('ws.bitget.com') },
  testnet: { origins: ORIGINS, streams: streamsAt('wspap.bitget.com') },
};

/** "Demo Trading": `paptrading: 1` of every request. */
export function demoHeaders(mode: AccountMode): Readonly<Record<string, string>> {
  return mode === 'testnet' ? { paptrading: '1' } : {};
}
