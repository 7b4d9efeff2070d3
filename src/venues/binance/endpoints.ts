/**
 * The endpoints of Binance that we call, with what each draws from the venue's allowances.
 *
 * Entry points: `SPOT`, `SWAP`, `ADDRESSES`, `WEIGHT_LIMITS`. `api` and `path` name an
 * endpoint as ccxt does. Weights: rest-api.md of binance-spot-api-docs, and "Request Weight" on each page of the
 * USD-M futures documentation. A create weighs nothing when it succeeds, one when it fails: one is reserved, and
 * the venue's own count corrects it. The weight of market data depends on how much of it is asked for: `weighing`.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import type { AddressTable } from '../addresses.ts';

export interface Endpoint {
  readonly kind: InstrumentKind;
  readonly api: string;
  readonly path: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly weight: number;
  /** Whether it counts as a new order of the account. */
  readonly order: boolean;
  /** Whether it carries a timestamp and a signature; listen keys need the API key alone. */
  readonly signed: boolean;
}

function endpoint(
  kind: InstrumentKind,
  api: string,
  method: Endpoint['method'],
  path: string,
  weight: number,
  order = false,
): Endpoint {
  const signed = api !== 'public' && api !== 'fapiPublic' && path !== 'listenKey';
  return { kind, api, path, method, weight, order, signed };
}

export const SPOT = {
  time: endpoint('spot', 'public', 'GET', 'time', 1),
  exchangeInfo: endpoint('spot', 'public', 'GET', 'exchangeInfo', 20),
  bookTicker: endpoint('spot', 'public', 'GET', 'ticker/bookTicker', 2),
  averagePrice: endpoint('spot', 'public', 'GET', 'avgPrice', 2),
  createOrder: endpoint('spot', 'private', 'POST', 'order', 1, true),
  cancelOrder: endpoint('spot', 'private', 'DELETE', 'order', 1),
  queryOrder: endpoint('spot', 'private', 'GET', 'order', 4),
  openOrders: endpoint('spot', 'private', 'GET', 'openOrders', 6),
  allOpenOrders: endpoint('spot', 'private', 'GET', 'openOrders', 80),
  allOrders: endpoint('spot', 'private', 'GET', 'allOrders', 20),
  trades: endpoint('spot', 'private', 'GET', 'myTrades', 20),
  account: endpoint('spot', 'private', 'GET', 'account', 20),
  keyPermissions: endpoint('spot', 'sapi', 'GET', 'account/apiRestrictions', 1),
  // The wallet's lists are counted apart from the rest of the spot API, each for itself and far from what we ask.
  deposits: endpoint('spot', 'sapi', 'GET', 'capital/deposit/hisrec', 1),
  withdrawals: endpoint('spot', 'sapi', 'GET', 'capital/withdraw/history', 1),
  transfers: endpoint('spot', 'sapi', 'GET', 'asset/transfer', 1),
  distributions: endpoint('spot', 'sapi', 'GET', 'asset/assetDividend', 10),
  dustConversions: endpoint('spot', 'sapi', 'GET', 'asset/dribblet', 1),
  // 150 each of an allowance of their own, 12,000 a minute for each list: nothing of what the rest of the spot API shares.
  flexibleSubscriptions: endpoint(
    'spot',
    'sapi',
    'GET',
    'simple-earn/flexible/history/subscriptionRecord',
    1,
  ),
  flexibleRedemptions: endpoint('spot', 'sapi', 'GET', 'simple-earn/flexible/history/redemptionRecord', 1),
  lockedSubscriptions: endpoint('spot', 'sapi', 'GET', 'simple-earn/locked/history/subscriptionRecord', 1),
  lockedRedemptions: endpoint('spot', 'sapi', 'GET', 'simple-earn/locked/history/redemptionRecord', 1),
  depth: endpoint('spot', 'public', 'GET', 'depth', 5),
  publicTrades: endpoint('spot', 'public', 'GET', 'trades', 25),
  dayFigures: endpoint('spot', 'public', 'GET', 'ticker/24hr', 2),
  candles: endpoint('spot', 'public', 'GET', 'klines', 2),
} as const;

export const SWAP = {
  time: endpoint('linear_swap', 'fapiPublic', 'GET', 'time', 1),
  exchangeInfo: endpoint('linear_swap', 'fapiPublic', 'GET', 'exchangeInfo', 1),
  bookTicker: endpoint('linear_swap', 'fapiPublic', 'GET', 'ticker/bookTicker', 2),
  premiumIndex: endpoint('linear_swap', 'fapiPublic', 'GET', 'premiumIndex', 1),
  createOrder: endpoint('linear_swap', 'fapiPrivate', 'POST', 'order', 1, true),
  cancelOrder: endpoint('linear_swap', 'fapiPrivate', 'DELETE', 'order', 1),
  queryOrder: endpoint('linear_swap', 'fapiPrivate', 'GET', 'order', 1),
  openOrders: endpoint('linear_swap', 'fapiPrivate', 'GET', 'openOrders', 1),
  allOpenOrders: endpoint('linear_swap', 'fapiPrivate', 'GET', 'openOrders', 40),
  allOrders: endpoint('linear_swap', 'fapiPrivate', 'GET', 'allOrders', 5),
  trades: endpoint('linear_swap', 'fapiPrivate', 'GET', 'userTrades', 5),
  createAlgoOrder: endpoint('linear_swap', 'fapiPrivate', 'POST', 'algoOrder', 1, true),
  cancelAlgoOrder: endpoint('linear_swap', 'fapiPrivate', 'DELETE', 'algoOrder', 1),
  queryAlgoOrder: endpoint('linear_swap', 'fapiPrivate', 'GET', 'algoOrder', 1),
  openAlgoOrders: endpoint('linear_swap', 'fapiPrivate', 'GET', 'openAlgoOrders', 1),
  allOpenAlgoOrders: endpoint('linear_swap', 'fapiPrivate', 'GET', 'openAlgoOrders', 40),
  allAlgoOrders: endpoint('linear_swap', 'fapiPrivate', 'GET', 'allAlgoOrders', 5),
  balance: endpoint('linear_swap', 'fapiPrivateV3', 'GET', 'balance', 5),
  positions: endpoint('linear_swap', 'fapiPrivateV3', 'GET', 'positionRisk', 5),
  account: endpoint('linear_swap', 'fapiPrivateV3', 'GET', 'account', 5),
  symbolConfig: endpoint('linear_swap', 'fapiPrivate', 'GET', 'symbolConfig', 5),
  income: endpoint('linear_swap', 'fapiPrivate', 'GET', 'income', 30),
  leverage: endpoint('linear_swap', 'fapiPrivate', 'POST', 'leverage', 1),
  marginType: endpoint('linear_swap', 'fapiPrivate', 'POST', 'marginType', 1),
  setPositionMode: endpoint('linear_swap', 'fapiPrivate', 'POST', 'positionSide/dual', 1),
  accountConfig: endpoint('linear_swap', 'fapiPrivate', 'GET', 'accountConfig', 5),
  depth: endpoint('linear_swap', 'fapiPublic', 'GET', 'depth', 2),
  publicTrades: endpoint('linear_swap', 'fapiPublic', 'GET', 'trades', 5),
  dayFigures: endpoint('linear_swap', 'fapiPublic', 'GET', 'ticker/24hr', 1),
  candles: endpoint('linear_swap', 'fapiPublic', 'GET', 'klines', 1),
  startUserStream: endpoint('linear_swap', 'fapiPrivate', 'POST', 'listenKey', 1),
  keepUserStream: endpoint('linear_swap', 'fapiPrivate', 'PUT', 'listenKey', 1),
} as const;

/** The same endpoint at the weight that this question of it has. */
export function weighing(endpoint: Endpoint, weight: number): Endpoint {
  return { ...endpoint, weight };
}

/** Used until `exchangeInfo` says otherwise: request weight a minute, orders in 10 s. */
export const WEIGHT_LIMITS: Readonly<
  Record<InstrumentKind, { readonly weight: number; readonly orders: number }>
> = {
  spot: { weight: 6_000, orders: 100 },
  linear_swap: { weight: 2_400, orders: 300 },
};

/**
 * `spotPrivate` is the WebSocket API; a listen key follows `swapPrivate` as a parameter; `swapPublic` has best bid and ask, `swapMarket`
 * mark prices.
 */
export type StreamName = 'spotPrivate' | 'spotPublic' | 'swapPrivate' | 'swapPublic' | 'swapMarket';

/** web-socket-api.md, web-socket-streams.md; "Important WebSocket Change Notice" for the three futures bases. */
export const ADDRESSES: AddressTable<StreamName> = {
  production: {
    origins: { spot: 'https://api.binance.com', linear_swap: 'https://fapi.binance.com' },
    streams: {
      spotPrivate: 'wss://ws-api.binance.com:443/ws-api/v3',
      spotPublic: 'wss://stream.binance.com:9443/stream',
      swapPrivate: 'wss://fstream.binance.com/private/ws',
      swapPublic: 'wss://fstream.binance.com/public/stream',
      swapMarket: 'wss://fstream.binance.com/market/stream',
    },
  },
  testnet: {
    origins: { spot: 'https://testnet.binance.vision', linear_swap: 'https://demo-fapi.binance.com' },
    streams: {
      spotPrivate: 'wss://ws-api.testnet.binance.vision/ws-api/v3',
      spotPublic: 'wss://stream.testnet.binance.vision/stream',
      swapPrivate: 'wss://demo-fstream.binance.com/private/ws',
      swapPublic: 'wss://demo-fstream.binance.com/public/stream',
      swapMarket: 'wss://demo-fstream.binance.com/market/stream',
    },
  },
};
