/**
 * The endpoints of HTX's spot API that we call, with how many requests each takes in two seconds, and the addresses.
 *
 * Entry points: `ENDPOINTS`, `ADDRESSES`, `INTERVALS`. `api` and `path` name an endpoint as ccxt does; values in braces are filled in from the
 * parameters. Limits: the line of each page of the spot documentation; they count for a user, and where a page has none, fifty are taken.
 * Public market data has no stated limit for the address: a hundred in two seconds are taken.
 */
import type { CandleInterval } from '../../core/venue/market.ts';
import type { AddressTable } from '../addresses.ts';

export interface Endpoint {
  readonly api: readonly ['spot', 'public' | 'private'];
  readonly path: string;
  readonly method: 'GET' | 'POST';
  /** Requests in `WINDOW_MS`. */
  readonly count: number;
  readonly countedBy: 'address' | 'account';
  /** Whether it makes an order, so that the account's share of the allowance is for it. */
  readonly order: boolean;
}

export const WINDOW_MS = 2_000;
const OPEN_COUNT = 100;

function open(path: string): Endpoint {
  return {
    api: ['spot', 'public'],
    path,
    method: 'GET',
    count: OPEN_COUNT,
    countedBy: 'address',
    order: false,
  };
}

function read(path: string, count: number): Endpoint {
  return { api: ['spot', 'private'], path, method: 'GET', count, countedBy: 'account', order: false };
}

function write(path: string, count: number, order = false): Endpoint {
  return { api: ['spot', 'private'], path, method: 'POST', count, countedBy: 'account', order };
}

export const ENDPOINTS = {
  time: open('v1/common/timestamp'),
  symbols: open('v1/settings/common/market-symbols'),
  book: open('market/depth'),
  publicTrades: open('market/history/trade'),
  candles: open('market/history/kline'),
  ticker: open('market/detail/merged'),
  tickers: open('market/tickers'),
  createOrder: write('v1/order/orders/place', 100, true),
  cancelById: write('v1/order/orders/{order-id}/submitcancel', 100),
  cancelByClientId: write('v1/order/orders/submitCancelClientOrder', 100),
  order: read('v1/order/orders/{order-id}', 50),
  orderByClientId: read('v1/order/orders/getClientOrder', 50),
  openOrders: read('v1/order/openOrders', 50),
  orderHistory: read('v1/order/orders', 50),
  executions: read('v1/order/matchresults', 20),
  accounts: read('v1/account/accounts', 100),
  balance: read('v1/account/accounts/{account-id}/balance', 100),
  accountHistory: read('v1/account/history', 5),
  ledger: read('v2/account/ledger', 50),
  depositsAndWithdrawals: read('v1/query/deposit-withdraw', 20),
  userNumber: read('v2/user/uid', 50),
  keys: read('v2/user/api-key', 50),
} as const satisfies Readonly<Record<string, Endpoint>>;

/**
 * `period` of "Get Klines"; null for lengths that the venue has not. Months are left out: theirs begin in Singapore, and no page says at
 * which moment.
 */
export const INTERVALS: Readonly<Record<CandleInterval, string | null>> = {
  '1m': '1min',
  '3m': null,
  '5m': '5min',
  '15m': '15min',
  '30m': '30min',
  '1h': '60min',
  '2h': null,
  '4h': '4hour',
  '6h': null,
  '8h': null,
  '12h': null,
  '1d': '1day',
  '3d': null,
  '1w': '1week',
  '1M': null,
};

export type StreamName = 'public' | 'private';

/** "Access URLs": the host that ccxt signs for. The venue has no testnet. */
export const ADDRESSES: AddressTable<StreamName> = {
  production: {
    origins: { spot: 'https://api.huobi.pro' },
    streams: { public: 'wss://api.huobi.pro/ws', private: 'wss://api.huobi.pro/ws/v2' },
  },
  testnet: null,
};
