/**
 * OKX's limits: requests of an address or an account to an endpoint, most of them in two seconds.
 *
 * Entry point: `RequestLimits`. Rolling windows; with limits off nothing is counted. Sources: "Rate Limits", "Trading-related APIs" and
 * "Sub-account rate limit" of the v5 documentation, and the line "Rate Limit" of each endpoint's page. Requests for orders count for an
 * account and instrument, over REST and WebSocket together; a list counts each of its orders, and as a single request where it has one.
 */
import { RollingWindow } from '../wire/rolling-window.ts';
import { OkxRefusal, rateLimited } from './errors.ts';

interface Limit {
  readonly count: number;
  readonly perMs?: number;
  readonly by: 'address' | 'account' | 'instrument';
}

const WINDOW_MS = 2_000;
const ORDERS = { count: 60, by: 'instrument' } as const;
const LISTS = { count: 300, by: 'instrument' } as const;
const ALGO = { count: 20, by: 'instrument' } as const;

/** By path below `/api/v5/`. */
const LIMITS: Readonly<Record<string, Limit>> = {
  'public/time': { count: 10, by: 'address' },
  'public/instruments': { count: 20, by: 'address' },
  'public/funding-rate': { count: 10, by: 'address' },
  'public/funding-rate-history': { count: 10, by: 'address' },
  'public/mark-price': { count: 10, by: 'address' },
  'public/price-limit': { count: 20, by: 'address' },
  'public/discount-rate-interest-free-quota': { count: 2, by: 'address' },
  'market/ticker': { count: 20, by: 'address' },
  'market/tickers': { count: 20, by: 'address' },
  'market/books': { count: 40, by: 'address' },
  'market/trades': { count: 100, by: 'address' },
  'market/candles': { count: 40, by: 'address' },
  'market/history-candles': { count: 20, by: 'address' },
  'trade/order': ORDERS,
  'trade/order-details': ORDERS,
  'trade/cancel-order': ORDERS,
  'trade/amend-order': ORDERS,
  'trade/batch-orders': LISTS,
  'trade/cancel-batch-orders': LISTS,
  'trade/amend-batch-orders': LISTS,
  'trade/order-algo': ALGO,
  'trade/cancel-algos': ALGO,
  'trade/algo-details': { count: 20, by: 'account' },
  'trade/orders-algo-pending': { count: 20, by: 'account' },
  'trade/orders-algo-history': { count: 20, by: 'account' },
  'trade/orders-pending': { count: 60, by: 'account' },
  'trade/orders-history': { count: 40, by: 'account' },
  'trade/orders-history-archive': { count: 20, by: 'account' },
  'trade/fills': { count: 60, by: 'account' },
  'trade/fills-history': { count: 10, by: 'account' },
  'trade/cancel-all-after': { count: 1, perMs: 1_000, by: 'account' },
  'trade/close-position': { count: 20, by: 'account' },
  'account/balance': { count: 10, by: 'account' },
  'account/positions': { count: 10, by: 'account' },
  'account/config': { count: 5, by: 'account' },
  'account/leverage-info': { count: 20, by: 'account' },
  'account/set-leverage': { count: 40, by: 'account' },
  'account/set-position-mode': { count: 5, by: 'account' },
  'account/trade-fee': { count: 5, by: 'account' },
  'account/bills': { count: 5, perMs: 1_000, by: 'account' },
  'account/bills-archive': { count: 5, by: 'account' },
  'account/positions-history': { count: 10, by: 'account' },
  'account/account-position-risk': { count: 10, by: 'account' },
  'account/risk-state': { count: 10, by: 'account' },
  'account/interest-accrued': { count: 5, by: 'account' },
  'asset/currencies': { count: 6, perMs: 1_000, by: 'account' },
  'asset/balances': { count: 6, perMs: 1_000, by: 'account' },
  'asset/asset-valuation': { count: 1, by: 'account' },
  'asset/transfer': { count: 2, perMs: 1_000, by: 'account' },
  'asset/transfer-state': { count: 10, perMs: 1_000, by: 'account' },
  'asset/bills': { count: 6, perMs: 1_000, by: 'account' },
  'asset/deposit-address': { count: 6, perMs: 1_000, by: 'account' },
  'asset/deposit-history': { count: 6, perMs: 1_000, by: 'account' },
  'asset/withdrawal': { count: 6, perMs: 1_000, by: 'account' },
  'asset/withdrawal-history': { count: 6, perMs: 1_000, by: 'account' },
  'system/status': { count: 1, perMs: 5_000, by: 'address' },
  'public/position-tiers': { count: 10, by: 'address' },
};
const USUAL: Limit = { count: 20, by: 'account' };

/** Of a list with a single order. */
const SINGLE: Readonly<Record<string, string>> = {
  'trade/batch-orders': 'trade/order',
  'trade/cancel-batch-orders': 'trade/cancel-order',
  'trade/amend-batch-orders': 'trade/amend-order',
};
/** "Only new order requests and amendment order requests will be counted"; orders of spot are exempt. */
const COUNTED_BY_ACCOUNT: ReadonlySet<string> = new Set([
  'trade/order',
  'trade/amend-order',
  'trade/batch-orders',
  'trade/amend-batch-orders',
]);
const ACCOUNT_ORDERS = 1_000;

export interface Counted {
  /** As in the table above. */
  readonly path: string;
  /** Null of a request without a signature. */
  readonly accountId: string | null;
  /** The instrument of each order. */
  readonly instIds: readonly string[];
}

/** Endpoints, accounts and instruments are few, so the map is bounded by them. */
export class RequestLimits {
  readonly #windows = new Map<string, RollingWindow>();
  readonly #status: 200 | 429;

  constructor(status: 200 | 429) {
    this.#status = status;
  }

  /** Counts a request; throws 50011 or 50061 past a limit. A list beyond it is refused whole. */
  charge({ path, accountId, instIds }: Counted, nowMs: number): void {
    const counted = instIds.length === 1 ? (SINGLE[path] ?? path) : path;
    const limit = LIMITS[counted] ?? USUAL;
    const owner = accountId ?? 'address';
    const names = limit.by === 'instrument' ? instIds : [''];
    for (const name of names)
      if (!this.#take(`${counted} ${owner} ${name}`, limit.count, limit.perMs ?? WINDOW_MS, nowMs))
        throw rateLimited(this.#status);
    if (!COUNTED_BY_ACCOUNT.has(path)) return;
    for (const name of instIds)
      if (name.endsWith('-SWAP') && !this.#take(`orders ${owner}`, ACCOUNT_ORDERS, WINDOW_MS, nowMs))
        throw new OkxRefusal(50061, "You've reached the maximum order rate limit for this account.");
  }

  #take(key: string, count: number, perMs: number, nowMs: number): boolean {
    let window = this.#windows.get(key);
    if (window === undefined) {
      window = new RollingWindow(perMs);
      this.#windows.set(key, window);
    }
    return window.take(count, nowMs).isAdmitted;
  }
}
