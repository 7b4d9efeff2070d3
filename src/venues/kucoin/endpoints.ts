/**
 * The endpoints of KuCoin that we call, with what each draws from which pool, and its hosts.
 *
 * Entry points: `SPOT`, `SWAP`, `ADDRESSES`, `POOL_LIMITS`, `INTERVALS`. `api` and `path` name an endpoint as ccxt does. Pools and weights: "API rate limit
 * pool" and "API rate limit weight" of each page of the documentation (www.kucoin.com/docs-new), "Rate Limit" for what a pool holds (VIP 0).
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import type { CandleInterval } from '../../core/venue/market.ts';
import type { AddressTable } from '../addresses.ts';

/** An account's own pools, and the one of its address. */
export type Pool = 'spot' | 'futures' | 'management' | 'public';

export interface Endpoint {
  readonly kind: InstrumentKind;
  readonly api: 'public' | 'private' | 'futuresPublic' | 'futuresPrivate';
  readonly path: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly pool: Pool;
  readonly weight: number;
  /** Whether it makes an order, so that the account's share of the pool is for it. */
  readonly order: boolean;
}

function open(
  kind: InstrumentKind,
  path: string,
  weight: number,
  method: Endpoint['method'] = 'GET',
): Endpoint {
  const api = kind === 'spot' ? 'public' : 'futuresPublic';
  return { kind, api, path, method, pool: 'public', weight, order: false };
}

function own(
  kind: InstrumentKind,
  method: Endpoint['method'],
  path: string,
  weight: number,
  {
    pool = kind === 'spot' ? 'spot' : 'futures',
    order = false,
  }: { readonly pool?: Pool; readonly order?: boolean } = {},
): Endpoint {
  const api = kind === 'spot' ? 'private' : 'futuresPrivate';
  return { kind, api, path, method, pool, weight, order };
}

const NEW_ORDER = { order: true } as const;
const MANAGEMENT = { pool: 'management' } as const;

export const SPOT = {
  time: open('spot', 'timestamp', 3),
  instruments: open('spot', 'symbols', 4),
  ticker: open('spot', 'market/orderbook/level1', 2),
  tickers: open('spot', 'market/allTickers', 15),
  shortBook: open('spot', 'market/orderbook/level2_20', 2),
  book: open('spot', 'market/orderbook/level2_100', 4),
  publicTrades: open('spot', 'market/histories', 3),
  candles: open('spot', 'market/candles', 3),
  dayFigures: open('spot', 'market/stats', 15),
  publicToken: open('spot', 'bullet-public', 10, 'POST'),
  privateToken: own('spot', 'POST', 'bullet-private', 10),
  createOrder: own('spot', 'POST', 'hf/orders', 1, NEW_ORDER),
  cancelById: own('spot', 'DELETE', 'hf/orders/{orderId}', 1),
  cancelByClientId: own('spot', 'DELETE', 'hf/orders/client-order/{clientOid}', 1),
  orderById: own('spot', 'GET', 'hf/orders/{orderId}', 2),
  orderByClientId: own('spot', 'GET', 'hf/orders/client-order/{clientOid}', 2),
  symbolsWithOrders: own('spot', 'GET', 'hf/orders/active/symbols', 2),
  openOrders: own('spot', 'GET', 'hf/orders/active/page', 2),
  doneOrders: own('spot', 'GET', 'hf/orders/done', 2),
  fills: own('spot', 'GET', 'hf/fills', 2),
  balances: own('spot', 'GET', 'accounts', 5, MANAGEMENT),
  ledger: own('spot', 'GET', 'hf/accounts/ledgers', 2),
  keyInformation: own('spot', 'GET', 'user/api-key', 20, MANAGEMENT),
} as const;

export const SWAP = {
  time: open('linear_swap', 'timestamp', 2),
  instruments: open('linear_swap', 'contracts/active', 3),
  instrument: open('linear_swap', 'contracts/{symbol}', 3),
  ticker: open('linear_swap', 'ticker', 2),
  tickers: open('linear_swap', 'allTickers', 5),
  mark: open('linear_swap', 'mark-price/{symbol}/current', 3),
  shortBook: open('linear_swap', 'level2/depth20', 5),
  book: open('linear_swap', 'level2/depth100', 10),
  publicTrades: open('linear_swap', 'trade/history', 5),
  candles: open('linear_swap', 'kline/query', 3),
  publicToken: open('linear_swap', 'bullet-public', 10, 'POST'),
  privateToken: own('linear_swap', 'POST', 'bullet-private', 10),
  createOrder: own('linear_swap', 'POST', 'orders', 2, NEW_ORDER),
  cancelById: own('linear_swap', 'DELETE', 'orders/{orderId}', 1),
  cancelByClientId: own('linear_swap', 'DELETE', 'orders/client-order/{clientOid}', 1),
  orderById: own('linear_swap', 'GET', 'orders/{orderId}', 5),
  orderByClientId: own('linear_swap', 'GET', 'orders/byClientOid', 5),
  orders: own('linear_swap', 'GET', 'orders', 2),
  stopOrders: own('linear_swap', 'GET', 'stopOrders', 6),
  fills: own('linear_swap', 'GET', 'fills', 5),
  recentFills: own('linear_swap', 'GET', 'recentFills', 3),
  overview: own('linear_swap', 'GET', 'account-overview', 5),
  positions: own('linear_swap', 'GET', 'positions', 2),
  position: own('linear_swap', 'GET', 'position', 2),
  closedPositions: own('linear_swap', 'GET', 'history-positions', 2),
  positionMode: own('linear_swap', 'GET', 'position/getPositionMode', 2),
  marginMode: own('linear_swap', 'GET', 'position/getMarginMode', 2),
  leverage: own('linear_swap', 'GET', 'getCrossUserLeverage', 2),
  setPositionMode: own('linear_swap', 'POST', 'position/switchPositionMode', 2),
  setMarginMode: own('linear_swap', 'POST', 'position/changeMarginMode', 2),
  setLeverage: own('linear_swap', 'POST', 'changeCrossUserLeverage', 2),
  ledger: own('linear_swap', 'GET', 'transaction-history', 2, MANAGEMENT),
  funding: own('linear_swap', 'GET', 'funding-history', 5),
} as const;

export const POOL_MS = 30_000;

/** Weight in thirty seconds. */
export const POOL_LIMITS: Readonly<Record<Pool, number>> = {
  spot: 4_000,
  futures: 2_000,
  management: 2_000,
  public: 2_000,
};

/** `type` of spot's "Get Klines"; null for what the venue has not. */
export const INTERVALS: Readonly<Record<CandleInterval, string | null>> = {
  '1m': '1min',
  '3m': '3min',
  '5m': '5min',
  '15m': '15min',
  '30m': '30min',
  '1h': '1hour',
  '2h': '2hour',
  '4h': '4hour',
  '6h': '6hour',
  '8h': '8hour',
  '12h': '12hour',
  '1d': '1day',
  '3d': null,
  '1w': '1week',
  '1M': '1month',
};

/** `granularity` of futures' "Get Klines", minutes. */
export const GRANULARITIES: Readonly<Record<CandleInterval, number | null>> = {
  '1m': 1,
  '3m': null,
  '5m': 5,
  '15m': 15,
  '30m': 30,
  '1h': 60,
  '2h': 120,
  '4h': 240,
  '6h': null,
  '8h': 480,
  '12h': 720,
  '1d': 1_440,
  '3d': null,
  '1w': 10_080,
  '1M': null,
};

export type StreamName = InstrumentKind;

/** Hosts; the addresses of streams are those of the examples of "Get Private Token", and each token comes with its own. */
export const ADDRESSES: AddressTable<StreamName> = {
  production: {
    origins: { spot: 'https://api.kucoin.com', linear_swap: 'https://api-futures.kucoin.com' },
    streams: { spot: 'wss://ws-api-spot.kucoin.com/', linear_swap: 'wss://ws-api-futures.kucoin.com/' },
  },
  testnet: null,
};
