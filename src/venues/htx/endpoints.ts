/**
 * The endpoints of HTX's spot and contract APIs that we call, with how many requests each takes in which time, and the addresses.
 *
 * Entry points: `SPOT`, `SWAP`, `ADDRESSES`, `INTERVALS`. `api` and `path` name an endpoint as ccxt does; values in braces are filled in from the
 * parameters. Limits: the line of each page of the spot documentation; they count for a user, and where a page has none, fifty are taken.
 * Public market data of spot has no stated limit for the address: a hundred in two seconds are taken. Of contracts "API Rate Limit
 * Illustration": what trades and what reads share a limit of the user each, public data one of the address.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import type { CandleInterval } from '../../core/venue/market.ts';
import type { AddressTable } from '../addresses.ts';

export interface Endpoint {
  readonly kind: InstrumentKind;
  readonly api: readonly ['spot' | 'contract', 'public' | 'private'];
  readonly path: string;
  readonly method: 'GET' | 'POST';
  /** The window that it counts in: one of its own, or one that endpoints share. */
  readonly window: string;
  /** Requests in `perMs`. */
  readonly count: number;
  readonly perMs: number;
  readonly countedBy: 'address' | 'account';
  /** Whether it makes an order, so that the account's share of the allowance is for it. */
  readonly order: boolean;
}

const WINDOW_MS = 2_000;
const OPEN_COUNT = 100;

function spot(access: Endpoint['api'][1], method: Endpoint['method'], path: string, count: number): Endpoint {
  const countedBy = access === 'public' ? 'address' : 'account';
  const common = { kind: 'spot', api: ['spot', access], order: false } as const;
  return { ...common, path, method, window: `${method} ${path}`, count, perMs: WINDOW_MS, countedBy };
}

const open = (path: string): Endpoint => spot('public', 'GET', path, OPEN_COUNT);
const read = (path: string, count: number): Endpoint => spot('private', 'GET', path, count);
const write = (path: string, count: number, order = false): Endpoint => ({
  ...spot('private', 'POST', path, count),
  order,
});

export const SPOT = {
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

/** "Trade Interface: at most 72 times every 3 seconds. Read Interface: at most 72 times every 3 seconds", "240 times every 3 second … for each IP". */
const CONTRACT_COUNTS = { trade: 72, read: 72, public: 240 } as const;
const CONTRACT_WINDOW_MS = 3_000;

function contract(window: keyof typeof CONTRACT_COUNTS, path: string): Endpoint {
  const isPublic = window === 'public';
  return {
    kind: 'linear_swap',
    api: ['contract', isPublic ? 'public' : 'private'],
    path,
    method: window === 'trade' ? 'POST' : 'GET',
    window: `contracts ${window}`,
    count: CONTRACT_COUNTS[window],
    perMs: CONTRACT_WINDOW_MS,
    countedBy: isPublic ? 'address' : 'account',
    order: false,
  };
}

export const SWAP = {
  time: contract('public', 'api/v1/timestamp'),
  contracts: contract('public', 'linear-swap-api/v1/swap_contract_info'),
  priceLimits: contract('public', 'linear-swap-api/v1/swap_price_limit'),
  book: contract('public', 'linear-swap-ex/market/depth'),
  bestPrices: contract('public', 'linear-swap-ex/market/bbo'),
  publicTrades: contract('public', 'linear-swap-ex/market/history/trade'),
  candles: contract('public', 'linear-swap-ex/market/history/kline'),
  markCandles: contract('public', 'index/market/history/linear_swap_mark_price_kline'),
  ticker: contract('public', 'linear-swap-ex/market/detail/merged'),
  createOrder: { ...contract('trade', 'v5/trade/order'), order: true },
  cancelOrder: contract('trade', 'v5/trade/cancel_order'),
  order: contract('read', 'v5/trade/order'),
  openOrders: contract('read', 'v5/trade/order/opens'),
  orderHistory: contract('read', 'v5/trade/order/history'),
  executions: contract('read', 'v5/trade/order/details'),
  balance: contract('read', 'v5/account/balance'),
  bills: contract('read', 'v5/account/bills'),
  positions: contract('read', 'v5/trade/position/opens'),
  leverage: contract('read', 'v5/position/lever'),
  setLeverage: contract('trade', 'v5/position/lever'),
  positionMode: contract('read', 'v5/position/mode'),
  setPositionMode: contract('trade', 'v5/position/mode'),
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

/** Of contracts the marks have an address of their own. */
export type StreamName = 'public' | 'private' | 'contracts' | 'marks' | 'contractAccount';

/** "Access URLs" of both documentations: the hosts that ccxt signs for. The venue has no testnet. */
export const ADDRESSES: AddressTable<StreamName> = {
  production: {
    origins: { spot: 'https://api.huobi.pro', contract: 'https://api.hbdm.vn' },
    streams: {
      public: 'wss://api.huobi.pro/ws',
      private: 'wss://api.huobi.pro/ws/v2',
      contracts: 'wss://api.hbdm.vn/linear-swap-ws',
      marks: 'wss://api.hbdm.vn/ws_index',
      contractAccount: 'wss://api.hbdm.vn/ws/v5/notification',
    },
  },
  testnet: null,
};
