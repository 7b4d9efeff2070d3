/**
 * The endpoints of OKX that we call, with how many requests each takes in two seconds, and the addresses of each mode.
 *
 * Entry points: `ENDPOINTS`, `ADDRESSES`, `demoHeaders`, `INST_TYPES`, `kindOf`, `INTERVALS`. `api` and `path` name an endpoint as ccxt does. Limits: the line "Rate
 * Limit" of each page of the v5 documentation; requests for orders count for an account and instrument, other private ones for an
 * account, public ones for the address.
 */
import type { AccountMode } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { CandleInterval } from '../../core/venue/market.ts';
import type { AddressTable } from '../addresses.ts';

export interface Endpoint {
  readonly api: 'public' | 'private';
  readonly path: string;
  readonly method: 'GET' | 'POST';
  /** Requests that it takes in `perMs`. */
  readonly count: number;
  readonly perMs: number;
  readonly countedBy: 'address' | 'account' | 'instrument';
  /** Whether it makes an order, so that the account's share of the allowance is for it. */
  readonly order: boolean;
}

const WINDOW_MS = 2_000;

function open(path: string, count: number): Endpoint {
  return { api: 'public', path, method: 'GET', count, perMs: WINDOW_MS, countedBy: 'address', order: false };
}

function read(path: string, count: number, perMs = WINDOW_MS): Endpoint {
  return { api: 'private', path, method: 'GET', count, perMs, countedBy: 'account', order: false };
}

function write(path: string, count: number, countedBy: Endpoint['countedBy'], order = false): Endpoint {
  return { api: 'private', path, method: 'POST', count, perMs: WINDOW_MS, countedBy, order };
}

export const ENDPOINTS = {
  time: open('public/time', 10),
  instruments: open('public/instruments', 20),
  discountRates: open('public/discount-rate-interest-free-quota', 2),
  markPrices: open('public/mark-price', 10),
  ticker: open('market/ticker', 20),
  tickers: open('market/tickers', 20),
  book: open('market/books', 40),
  publicTrades: open('market/trades', 100),
  candles: open('market/candles', 40),
  createOrder: write('trade/order', 60, 'instrument', true),
  cancelOrder: write('trade/cancel-order', 60, 'instrument'),
  order: { ...read('trade/order', 60), countedBy: 'instrument' },
  openOrders: read('trade/orders-pending', 60),
  orderHistory: read('trade/orders-history', 40),
  /** Of the last three days. */
  recentExecutions: read('trade/fills', 60),
  /** Of the last three months. */
  executions: read('trade/fills-history', 10),
  // Named by a parameter (`ALGO_SERVICE`): under its own name ccxt adds a broker's tag and an order id to what it signs.
  createAlgo: write('trade/{service}', 20, 'instrument', true),
  cancelAlgos: write('trade/cancel-algos', 20, 'instrument'),
  algo: read('trade/order-algo', 20),
  openAlgos: read('trade/orders-algo-pending', 20),
  algoHistory: read('trade/orders-algo-history', 20),
  positions: read('account/positions', 10),
  balance: read('account/balance', 10),
  configuration: read('account/config', 5),
  leverage: read('account/leverage-info', 20),
  setLeverage: write('account/set-leverage', 40, 'account'),
  setPositionMode: write('account/set-position-mode', 5, 'account'),
  /** Of the last seven days. */
  recentBills: read('account/bills', 5, 1_000),
  /** Of the last three months. */
  bills: read('account/bills-archive', 5),
} as const satisfies Readonly<Record<string, Endpoint>>;

/** Completes the path of `createAlgo`; no part of the body. */
export const ALGO_SERVICE = { service: 'order-algo' } as const;

export const INST_TYPES: Readonly<Record<InstrumentKind, 'SPOT' | 'SWAP'>> = {
  spot: 'SPOT',
  linear_swap: 'SWAP',
};

/**
 * The types under which a kind is listed. Spot orders of this account mode are crossed (`tdMode`), and no page says whether lists have them
 * as `SPOT` or as `MARGIN`: both are asked for.
 */
export const LISTED_TYPES: Readonly<Record<InstrumentKind, readonly string[]>> = {
  spot: ['SPOT', 'MARGIN'],
  linear_swap: ['SWAP'],
};

/** Null for instruments of kinds that are not traded here. */
export function kindOf(instType: string): InstrumentKind | null {
  if (instType === 'SWAP') return 'linear_swap';
  return LISTED_TYPES.spot.includes(instType) ? 'spot' : null;
}

/** `bar` of "Candlesticks", of days and longer those that open at midnight UTC; null for lengths that the venue has not. */
export const INTERVALS: Readonly<Record<CandleInterval, string | null>> = {
  '1m': '1m',
  '3m': '3m',
  '5m': '5m',
  '15m': '15m',
  '30m': '30m',
  '1h': '1H',
  '2h': '2H',
  '4h': '4H',
  '6h': '6Hutc',
  '8h': null,
  '12h': '12Hutc',
  '1d': '1Dutc',
  '3d': '3Dutc',
  '1w': '1Wutc',
  '1M': '1Mutc',
};

export type StreamName = 'private' | 'business' | 'public';

/** "Production Trading Services" and "Demo Trading Services". */
const streamsAt = (host: string): Record<StreamName, string> => ({
  private: `wss://${host}:8443/ws/v5/private`,
  business: `wss://${host}:8443/ws/v5/business`,
  public: `wss://${host}:8443/ws/v5/public`,
});

/** "Production Trading Services"; ccxt signs for another host. Demo trading has the same one and differs by a header. */
const ORIGINS = { all: 'https://openapi.okx.com' };

export const ADDRESSES: AddressTable<StreamName> = {
  production: { origins: ORIGINS, streams: streamsAt('ws.okx.com') },
  testnet: { origins: ORIGINS, streams: streamsAt('wspap.okx.com') },
  signedFor: { all: 'https://www.okx.com' },
};

/** "Http Header Parameters: x-simulated-trading: 1" of "Demo Trading Services". */
export function demoHeaders(mode: AccountMode): Readonly<Record<string, string>> {
  return mode === 'testnet' ? { 'x-simulated-trading': '1' } : {};
}
