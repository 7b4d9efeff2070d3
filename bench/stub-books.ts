/**
 * The stub venue's books: accounts, orders, trades. A fixed price for each symbol; an order that crosses it is
 * filled whole at once, any other one rests or, when it may not rest, expires.
 *
 * Entry point: `StubBooks`. Amounts are whole numbers of 1e-8 units in doubles, exact up to 90 million units of an
 * asset: enough for a load test and far faster than decimals. No fee is taken. Nothing is verified: the stub is the
 * least that an order path can be measured against, not a check of it (that is what the simulators are for).
 */

export interface StubAccount {
  readonly key: string;
  readonly secret: string;
  /** By asset: what is there, and how much of it working orders lock. */
  readonly wallets: Map<string, { total: number; locked: number }>;
  readonly working: Map<number, StubOrder>;
  /** In order of their trade ids. */
  readonly trades: StubOrder[];
}

export type StubStatus = 'NEW' | 'FILLED' | 'CANCELED' | 'EXPIRED';

export interface StubOrder {
  readonly id: number;
  readonly account: StubAccount;
  readonly clientId: string;
  readonly market: StubMarket;
  readonly isBuy: boolean;
  readonly type: string;
  readonly timeInForce: string;
  /** As the request wrote them. */
  readonly quantity: string;
  readonly price: string;
  readonly units: number;
  readonly at: number;
  status: StubStatus;
  /** 0 until it is filled; an order is one trade. */
  tradeId: number;
}

export interface StubMarket {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly bid: string;
  readonly ask: string;
  /** In hundredths of the quote unit. */
  readonly bidCents: number;
  readonly askCents: number;
}

export interface NewStubOrder {
  readonly symbol: string;
  readonly clientId: string;
  readonly isBuy: boolean;
  readonly type: string;
  readonly timeInForce: string;
  readonly quantity: string;
  readonly price: string;
}

const UNITS = 1e8;
/** Every account begins with this much of each asset. */
const OPENING_UNITS = 1_000_000 * UNITS;

export class StubBooks {
  readonly markets = new Map<string, StubMarket>([
    ['BTCUSDT', market('BTC', 'USDT', 59_999_99, 60_000_00)],
    ['ETHUSDT', market('ETH', 'USDT', 2_999_99, 3_000_00)],
  ]);
  readonly #accounts = new Map<string, StubAccount>();
  /** By id less one. */
  readonly #orders: StubOrder[] = [];
  readonly #byClientId = new Map<string, StubOrder>();
  #trades = 0;

  account(key: string): StubAccount {
    return this.#accounts.get(key) ?? this.open(key, 'stub-secret');
  }

  open(key: string, secret: string): StubAccount {
    const account: StubAccount = {
      key,
      secret,
      wallets: new Map(['BTC', 'ETH', 'USDT'].map((asset) => [asset, { total: OPENING_UNITS, locked: 0 }])),
      working: new Map(),
      trades: [],
    };
    this.#accounts.set(key, account);
    return account;
  }

  get orderCount(): number {
    return this.#orders.length;
  }

  /** Null where the symbol is not traded here. */
  place(account: StubAccount, wanted: NewStubOrder, at: number): StubOrder | null {
    const market = this.markets.get(wanted.symbol);
    if (market === undefined) return null;
    const order: StubOrder = {
      id: this.#orders.length + 1,
      account,
      clientId: wanted.clientId,
      market,
      isBuy: wanted.isBuy,
      type: wanted.type,
      timeInForce: wanted.timeInForce,
      quantity: wanted.quantity,
      price: wanted.price,
      units: Math.round(Number(wanted.quantity) * UNITS),
      at,
      status: 'NEW',
      tradeId: 0,
    };
    this.#orders.push(order);
    this.#byClientId.set(order.clientId, order);
    if (crosses(order)) this.#fill(order);
    else if (order.timeInForce === 'IOC' || order.timeInForce === 'FOK') order.status = 'EXPIRED';
    else {
      account.working.set(order.id, order);
      lock(order, 1);
    }
    return order;
  }

  /** Null where there is no such order, or none that works. */
  cancel(account: StubAccount, id: number | null, clientId: string): StubOrder | null {
    const order = this.find(id, clientId);
    if (order === undefined || !account.working.delete(order.id)) return null;
    lock(order, -1);
    order.status = 'CANCELED';
    return order;
  }

  find(id: number | null, clientId: string): StubOrder | undefined {
    return id === null ? this.#byClientId.get(clientId) : this.#orders[id - 1];
  }

  #fill(order: StubOrder): void {
    const { market, account, isBuy, units } = order;
    const quoteUnits = (units * (isBuy ? market.askCents : market.bidCents)) / 100;
    this.#trades += 1;
    order.tradeId = this.#trades;
    order.status = 'FILLED';
    add(account, market.base, isBuy ? units : -units);
    add(account, market.quote, isBuy ? -quoteUnits : quoteUnits);
    account.trades.push(order);
  }
}

/** The trade price of a filled order as the venue writes it; `tradedQuote` gives its quote total, from 1e-8 units. */
export function tradePrice(order: StubOrder): string {
  return order.isBuy ? order.market.ask : order.market.bid;
}

export function tradedQuote(order: StubOrder): string {
  if (order.status !== 'FILLED') return '0.00000000';
  return amountText((order.units * (order.isBuy ? order.market.askCents : order.market.bidCents)) / 100);
}

/** `1.00000000` of 100000000 units. */
export function amountText(units: number): string {
  const size = Math.abs(units);
  const whole = Math.floor(size / UNITS);
  return `${units < 0 ? '-' : ''}${whole}.${String(size - whole * UNITS).padStart(8, '0')}`;
}

function crosses(order: StubOrder): boolean {
  if (order.type === 'MARKET') return true;
  const cents = Number(order.price) * 100;
  return order.isBuy ? cents >= order.market.askCents : cents <= order.market.bidCents;
}

function lock(order: StubOrder, sign: 1 | -1): void {
  const { market, account, isBuy, units } = order;
  const wallet = account.wallets.get(isBuy ? market.quote : market.base);
  if (wallet !== undefined) wallet.locked += sign * (isBuy ? Math.round(units * Number(order.price)) : units);
}

function add(account: StubAccount, asset: string, units: number): void {
  const wallet = account.wallets.get(asset);
  if (wallet !== undefined) wallet.total += units;
}

function market(base: string, quote: string, bidCents: number, askCents: number): StubMarket {
  return {
    symbol: base + quote,
    base,
    quote,
    bid: (bidCents / 100).toFixed(2),
    ask: (askCents / 100).toFixed(2),
    bidCents,
    askCents,
  };
}
