/**
 * A trading day of a bot on ccxt, the same at every venue: what its class reads out must be what the simulated account truly has.
 *
 * Entry points: `limitOrderDay`, `marketOrderDay`, `streamsDay`. The truth comes from the control API. `expect` stands here, so that a
 * venue's test says only what differs there.
 */
import type { Exchange, Order, Trade } from 'ccxt';
import { expect, vi } from 'vitest';
import type { RunningTestVenue } from './running-venue.ts';

type Row = Readonly<Record<string, unknown>>;

export type Day = {
  readonly client: Exchange;
  readonly venue: RunningTestVenue;
  readonly symbol: string;
  /** As ccxt counts it: base units, or contracts. */
  readonly amount: number;
  /** A client order id in the venue's form; each call has another one. */
  readonly newClientOrderId: () => string;
  /** Parameters that this venue needs with every order. */
  readonly orderParameters?: Readonly<Record<string, unknown>>;
  /** Fields of an order that the class does not read at this venue. */
  readonly unreadFields?: readonly string[];
  /** Levels of the book that is watched; the class's own number without it. */
  readonly bookLevels?: number;
  /** Parameters that ccxt asks for where an order is looked up at this venue. */
  readonly lookUpParameters?: Readonly<Record<string, unknown>>;
};

/** Rests, is found everywhere, and is canceled. Returns it as it ended. */
export async function limitOrderDay(day: Day): Promise<Order> {
  const { client, symbol, amount, orderParameters = {} } = day;
  const has = client.has as Readonly<Record<string, unknown>>;
  const price = await priceBelow(client, symbol);
  const clientOrderId = day.newClientOrderId();
  const placed = await client.createOrder(symbol, 'limit', 'buy', amount, price, {
    ...orderParameters,
    clientOrderId,
  });
  const terms = {
    symbol,
    side: 'buy',
    type: 'limit',
    price,
    amount,
    filled: 0,
    remaining: amount,
    status: 'open',
  };
  let id = idOf(placed);
  const found = await client.fetchOrder(id, symbol, day.lookUpParameters);
  expect(found).toMatchObject(readBy(day, { ...terms, id, clientOrderId }));
  expect(Math.abs((found.timestamp ?? 0) - Date.now())).toBeLessThan(60_000);
  const open = await client.fetchOpenOrders(symbol);
  expect(open.find((order) => order.id === id)).toMatchObject(readBy(day, { ...terms, clientOrderId }));
  expect(await trueOrder(day, id)).toMatchObject({ status: 'open', side: 'buy', filled: '0' });
  if (has['editOrder'] === true) {
    const lower = Number(client.priceToPrecision(symbol, price * 0.999));
    id = idOf(await client.editOrder(id, symbol, 'limit', 'buy', amount, lower));
    expect(await client.fetchOrder(id, symbol, day.lookUpParameters)).toMatchObject({
      price: lower,
      amount,
      status: 'open',
    });
  }
  await client.cancelOrder(id, symbol);
  expect((await client.fetchOpenOrders(symbol)).some((order) => order.id === id)).toBe(false);
  const ended = await client.fetchOrder(id, symbol, day.lookUpParameters);
  expect(ended).toMatchObject({ status: 'canceled', filled: 0 });
  expect(await trueOrder(day, id)).toMatchObject({ status: 'canceled' });
  await expect(client.cancelOrder(id, symbol)).rejects.toThrow(client.id);
  return ended;
}

/** Trades at once; the order, its trades and the fee are those that the venue booked. Returns the order as it ended. */
export async function marketOrderDay(
  day: Day,
  place: () => Promise<Order>,
  expected: { readonly side: 'buy' | 'sell' },
): Promise<Order> {
  const { client, venue, symbol } = day;
  const id = idOf(await place());
  const order = await vi.waitUntil(
    async () => {
      const found = await client.fetchOrder(id, symbol, day.lookUpParameters);
      return found.status === 'closed' ? found : null;
    },
    { timeout: 20_000, interval: 20 },
  );
  const fills = (await rows(venue, 'fills')).filter(
    (fill) => fill['venue_order_id'] === id && fill['symbol'] === symbol,
  );
  const quantity = sum(fills, 'quantity');
  const cost = fills.reduce((total, fill) => total + Number(fill['quantity']) * Number(fill['price']), 0);
  expect(order).toMatchObject(readBy(day, { symbol, side: expected.side, type: 'market', remaining: 0 }));
  expect(order.filled).toBeCloseTo(quantity, 9);
  expect(order.average ?? 0).toBeCloseTo(cost / quantity, 4);
  const trades = (await client.fetchMyTrades(symbol)).filter((trade: Trade) => trade.order === id);
  expect(trades).toHaveLength(fills.length);
  expect(trades.reduce((total, trade) => total + (trade.amount ?? 0), 0)).toBeCloseTo(quantity, 9);
  for (const trade of trades) {
    expect(trade).toMatchObject(readBy(day, { symbol, side: expected.side, takerOrMaker: 'taker' }));
    expect(trade.fee?.currency).toBe(fills[0]?.['fee_asset']);
  }
  const paid = trades.reduce((total, { fee }) => total + (fee?.cost ?? 0), 0);
  expect(paid).toBeCloseTo(sum(fills, 'fee'), 9);
  return order;
}

/** A public and a private push of each kind that the class has; orders that buy are placed until all have come. */
export async function streamsDay(day: Day, place: () => Promise<Order>): Promise<void> {
  const { client, symbol } = day;
  const has = client.has as Readonly<Record<string, unknown>>;
  const isSwap = symbol.includes(':');
  const pushes: Record<string, unknown> = {};
  const watch = async (name: string, call: () => Promise<unknown>): Promise<void> => {
    if (has[name] !== true) return;
    pushes[name] = await within(name, call());
  };
  await watch('watchTicker', () => client.watchTicker(symbol));
  await watch('watchTickers', () => client.watchTickers([symbol]));
  await watch('watchOrderBook', () => client.watchOrderBook(symbol, day.bookLevels));
  const parameters = isSwap ? { type: 'swap' } : {};
  const own: [string, Promise<unknown>][] = [];
  if (has['watchOrders'] === true) own.push(['watchOrders', client.watchOrders(symbol)]);
  if (has['watchMyTrades'] === true) own.push(['watchMyTrades', client.watchMyTrades(symbol)]);
  if (has['watchBalance'] === true) own.push(['watchBalance', client.watchBalance(parameters)]);
  if (isSwap && has['watchPositions'] === true) own.push(['watchPositions', client.watchPositions([symbol])]);
  const trades = client.watchTrades(symbol);
  const candles = has['watchOHLCV'] === true ? client.watchOHLCV(symbol, '1m') : Promise.resolve(null);
  const waiting = new AbortController();
  const all = Promise.all([...own.map(([, push]) => push), trades, candles]).finally(() => waiting.abort());
  // Subscriptions are acknowledged at times of their own: orders are placed until every push has come.
  const placing = (async () => {
    while (!waiting.signal.aborted) {
      await place();
      await new Promise((resolve) => setTimeout(resolve, ORDER_EVERY_MS));
    }
  })();
  const names = [...own.map(([name]) => name), 'watchTrades', 'watchOHLCV'];
  const values = await within(names.join(', '), all).finally(() => waiting.abort());
  await placing;
  for (const [index, name] of names.entries()) pushes[name] = values[index];
  checkPushes(pushes, symbol);
}

function checkPushes(pushes: Readonly<Record<string, unknown>>, symbol: string): void {
  const some = (row: Row): unknown => expect.arrayContaining([expect.objectContaining(row)]);
  const expected: Readonly<Record<string, unknown>> = {
    watchTicker: expect.objectContaining({ symbol }),
    watchTickers: { [symbol]: expect.objectContaining({ symbol }) },
    watchOrderBook: expect.objectContaining({ symbol }),
    watchOrders: some({ symbol, side: 'buy' }),
    watchMyTrades: some({ symbol, side: 'buy' }),
    watchBalance: expect.objectContaining({ USDT: expect.anything() }),
    watchPositions: some({ symbol, side: 'long' }),
    watchTrades: some({ symbol }),
    watchOHLCV: expect.arrayContaining([expect.arrayContaining([expect.any(Number)])]),
  };
  for (const [name, push] of Object.entries(pushes))
    if (push !== null) expect(push, name).toEqual(expected[name]);
}

function idOf({ id }: Order): string {
  if (id === undefined) throw new Error('an order came back without its id');
  return id;
}

/** So that the money of an account is enough for as long as is waited. */
const ORDER_EVERY_MS = 500;
/** Without the fields that the class does not read. */
function readBy({ unreadFields = [] }: Day, order: Row): Row {
  return Object.fromEntries(Object.entries(order).filter(([name]) => !unreadFields.includes(name)));
}

const PUSH_TIMEOUT_MS = 60_000;

async function within<Value>(name: string, push: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`nothing came of ${name}`));
    }, PUSH_TIMEOUT_MS);
  });
  try {
    return await Promise.race([push, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A price on the grid that is one per cent below the market: within every venue's bands. */
export async function priceBelow(client: Exchange, symbol: string): Promise<number> {
  const { last } = await client.fetchTicker(symbol);
  return Number(client.priceToPrecision(symbol, (last ?? 0) * 0.992));
}

async function rows(venue: RunningTestVenue, path: string): Promise<readonly Row[]> {
  return (await venue.control('GET', path)) as readonly Row[];
}

/** Ids are counted for spot and swaps apart at some venues. */
async function trueOrder({ venue, symbol }: Day, id: string): Promise<Row | undefined> {
  return (await rows(venue, 'orders')).find(
    (row) => row['venue_order_id'] === id && row['symbol'] === symbol,
  );
}

function sum(fills: readonly Row[], name: string): number {
  return fills.reduce((total, fill) => total + Number(fill[name]), 0);
}
