/**
 * The endpoints of MEXC that we call, with how many requests each takes in its window, and where they go.
 *
 * Entry points: `SPOT`, `SWAP`, `ADDRESSES`. `api` and `path` name an endpoint as ccxt does. Limits: "Rate Limits" of the spot v3
 * documentation (500 of weight in ten seconds for each endpoint, of an address or an account) with the weights of its pages, and "Rate limit"
 * on the pages of the contract documentation.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import type { AddressTable } from '../addresses.ts';

export interface Endpoint {
  readonly kind: InstrumentKind;
  readonly api: readonly [section: 'spot' | 'contract', access: 'public' | 'private'];
  readonly path: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Requests that it takes in `perMs`, of the address where it is public, else of the account. */
  readonly count: number;
  readonly perMs: number;
  /** Whether it makes an order, so that the account's share of the allowance is for it. */
  readonly order: boolean;
}

const SPOT_WEIGHT = 500;
const SPOT_WINDOW_MS = 10_000;

function spot(
  access: Endpoint['api'][1],
  method: Endpoint['method'],
  path: string,
  weight: number,
  order = false,
): Endpoint {
  const count = Math.floor(SPOT_WEIGHT / weight);
  return { kind: 'spot', api: ['spot', access], path, method, count, perMs: SPOT_WINDOW_MS, order };
}

export const SPOT = {
  time: spot('public', 'GET', 'time', 1),
  exchangeInfo: spot('public', 'GET', 'exchangeInfo', 10),
  bookTicker: spot('public', 'GET', 'ticker/bookTicker', 1),
  depth: spot('public', 'GET', 'depth', 1),
  publicTrades: spot('public', 'GET', 'trades', 5),
  candles: spot('public', 'GET', 'klines', 1),
  dayFigures: spot('public', 'GET', 'ticker/24hr', 1),
  createOrder: spot('private', 'POST', 'order', 1, true),
  cancelOrder: spot('private', 'DELETE', 'order', 1),
  queryOrder: spot('private', 'GET', 'order', 2),
  openOrders: spot('private', 'GET', 'openOrders', 3),
  allOrders: spot('private', 'GET', 'allOrders', 10),
  trades: spot('private', 'GET', 'myTrades', 10),
  // "2/s" beside its weight.
  account: { ...spot('private', 'GET', 'account', 10), count: 2, perMs: 1_000 },
  deposits: spot('private', 'GET', 'capital/deposit/hisrec', 1),
  withdrawals: spot('private', 'GET', 'capital/withdraw/history', 1),
  transfers: spot('private', 'GET', 'capital/transfer', 1),
  startUserStream: spot('private', 'POST', 'userDataStream', 1),
  keepUserStream: spot('private', 'PUT', 'userDataStream', 1),
} as const;

const SWAP_COUNT = 20;
const SWAP_WINDOW_MS = 2_000;

function swap(access: Endpoint['api'][1], method: Endpoint['method'], path: string, order = false): Endpoint {
  return {
    kind: 'linear_swap',
    api: ['contract', access],
    path,
    method,
    count: SWAP_COUNT,
    perMs: SWAP_WINDOW_MS,
    order,
  };
}

export const SWAP = {
  time: swap('public', 'GET', 'ping'),
  // "1 times/5 seconds": a lane has a share of two in twice the time, which is one.
  contracts: { ...swap('public', 'GET', 'detail'), count: 2, perMs: 10_000 },
  tickers: swap('public', 'GET', 'ticker'),
  fairPrice: swap('public', 'GET', 'fair_price/{symbol}'),
  depth: swap('public', 'GET', 'depth/{symbol}'),
  publicTrades: swap('public', 'GET', 'deals/{symbol}'),
  candles: swap('public', 'GET', 'kline/{symbol}'),
  createOrder: swap('private', 'POST', 'order/create', true),
  cancelOrders: swap('private', 'POST', 'order/cancel'),
  cancelByOwnId: swap('private', 'POST', 'order/cancel_with_external'),
  order: swap('private', 'GET', 'order/get/{order_id}'),
  orderByOwnId: swap('private', 'GET', 'order/external/{symbol}/{external_oid}'),
  openOrders: swap('private', 'GET', 'order/list/open_orders'),
  openOrdersOf: swap('private', 'GET', 'order/list/open_orders/{symbol}'),
  orderHistory: swap('private', 'GET', 'order/list/history_orders'),
  executions: swap('private', 'GET', 'order/list/order_deals'),
  assets: swap('private', 'GET', 'account/assets'),
  transfers: swap('private', 'GET', 'account/transfer_record'),
  positions: swap('private', 'GET', 'position/open_positions'),
  funding: swap('private', 'GET', 'position/funding_records'),
  leverage: swap('private', 'GET', 'position/leverage'),
  setLeverage: swap('private', 'POST', 'position/change_leverage'),
  positionMode: swap('private', 'GET', 'position/position_mode'),
  setPositionMode: swap('private', 'POST', 'position/change_position_mode'),
} as const;

/** Both streams of a kind share one address; a listen key follows as a parameter where the stream is an account's. */
export type StreamName = 'spot' | 'swap';

/**
 * "Base endpoint" of the spot and the contract documentation; ccxt asks for contracts at the host of spot. The venue has no testnet.
 */
export const ADDRESSES: AddressTable<StreamName> = {
  production: {
    origins: { main: 'https://api.mexc.com' },
    streams: { spot: 'wss://wbs-api.mexc.com/ws', swap: 'wss://contract.mexc.com/edge' },
  },
  testnet: null,
};
