/**
 * The endpoints of Bybit that we call, with how many requests a second each takes, and the addresses of each mode.
 *
 * Entry points: `ENDPOINTS`, `ADDRESSES`, `CATEGORIES`, `INTERVALS`. `api` and `path` name an endpoint as ccxt does. Limits: "API Rate Limit
 * Table" of "Rate Limit Rules" of the v5 documentation, by account and category; public endpoints count for the address alone.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import type { CandleInterval } from '../../core/venue/market.ts';
import type { AddressTable } from '../addresses.ts';

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

/** `interval` of "Get Kline": minutes as numbers, then letters; null for what the venue has not. */
export const INTERVALS: Readonly<Record<CandleInterval, string | null>> = {
  '1m': '1',
  '3m': '3',
  '5m': '5',
  '15m': '15',
  '30m': '30',
  '1h': '60',
  '2h': '120',
  '4h': '240',
  '6h': '360',
  '8h': null,
  '12h': '720',
  '1d': 'D',
  '3d': null,
  '1w': 'W',
  '1M': 'M',
};

/** "Connect". */
const streamsAt = (host: string): Record<StreamName, string> => ({
  private: `wss://${host}/v5/private`,
  spot: `wss://${host}/v5/public/spot`,
  linear_swap: `wss://${host}/v5/public/linear`,
});

export type StreamName = 'private' | InstrumentKind;

/** "Integration Guidance"; regional sites have hosts of their own (docs/venues/bybit.md). */
export const ADDRESSES: AddressTable<StreamName> = {
  production: { origins: { all: 'https://api.bybit.com' }, streams: streamsAt('stream.bybit.com') },
  testnet: {
    origins: { all: 'https://api-testnet.bybit.com' },
    streams: streamsAt('stream-testnet.bybit.com'),
  },
};
