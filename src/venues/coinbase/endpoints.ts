/**
 * The endpoints of Coinbase Advanced Trade that we call, and the addresses.
 *
 * Entry points: `ENDPOINTS`, `ADDRESSES`, `GRANULARITIES`. `api` and `path` name an endpoint as ccxt does. Sources: "Advanced Trade API
 * Endpoints"; "Transactions" of the Coinbase App API, which the same keys open.
 */
import type { CandleInterval } from '../../core/venue/market.ts';
import type { AddressTable } from '../addresses.ts';

export interface Endpoint {
  readonly api: readonly [version: 'v2' | 'v3', access: 'public' | 'private'];
  readonly path: string;
  readonly method: 'GET' | 'POST';
  /** Whether it makes an order, so that the account's share of the allowance is for it. */
  readonly order: boolean;
}

function open(path: string): Endpoint {
  return { api: ['v3', 'public'], path: `brokerage/${path}`, method: 'GET', order: false };
}

function read(path: string): Endpoint {
  return { api: ['v3', 'private'], path: `brokerage/${path}`, method: 'GET', order: false };
}

function write(path: string, order: boolean): Endpoint {
  return { api: ['v3', 'private'], path: `brokerage/${path}`, method: 'POST', order };
}

export const ENDPOINTS = {
  time: open('time'),
  products: open('market/products'),
  book: open('market/product_book'),
  publicTrades: open('market/products/{product_id}/ticker'),
  candles: open('market/products/{product_id}/candles'),
  bestBidAsk: read('best_bid_ask'),
  createOrder: write('orders', true),
  cancelOrders: write('orders/batch_cancel', false),
  order: read('orders/historical/{order_id}'),
  orders: read('orders/historical/batch'),
  fills: read('orders/historical/fills'),
  accounts: read('accounts'),
  keyPermissions: read('key_permissions'),
  transactions: {
    api: ['v2', 'private'],
    path: 'accounts/{account_id}/transactions',
    method: 'GET',
    order: false,
  },
} as const satisfies Readonly<Record<string, Endpoint>>;

/** `granularity` of "Get Public Product Candles"; null for what the venue has not. */
export const GRANULARITIES: Readonly<Record<CandleInterval, string | null>> = {
  '1m': 'ONE_MINUTE',
  '3m': null,
  '5m': 'FIVE_MINUTE',
  '15m': 'FIFTEEN_MINUTE',
  '30m': 'THIRTY_MINUTE',
  '1h': 'ONE_HOUR',
  '2h': 'TWO_HOUR',
  '4h': 'FOUR_HOUR',
  '6h': 'SIX_HOUR',
  '8h': null,
  '12h': null,
  '1d': 'ONE_DAY',
  '3d': null,
  '1w': null,
  '1M': null,
};

export type StreamName = 'user' | 'market';

/** "WebSocket Overview". The sandbox gives the same answers to everybody, and is no testnet. */
export const ADDRESSES: AddressTable<StreamName> = {
  production: {
    origins: { all: 'https://api.coinbase.com' },
    streams: {
      user: 'wss://advanced-trade-ws-user.coinbase.com/',
      market: 'wss://advanced-trade-ws.coinbase.com/',
    },
  },
  testnet: null,
};
