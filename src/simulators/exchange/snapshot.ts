/**
 * The whole state of an exchange as plain data, and back. A restored exchange goes on exactly as the saved one would
 * have: orders keep their places in books and queues, numbers and random draws continue.
 */
import { Decimal } from '../../core/decimal.ts';
import type { AccountKey, MarginChange, OrderAmendment, PreventedMatch } from './account.ts';
import { remaining, type Fill } from './order.ts';
import type { PriceLevels } from './price-levels.ts';
import type {
  AccountState,
  BalanceState,
  ListState,
  MarketState,
  PositionState,
  SymbolState,
  TradeRecord,
  WorkingOrder,
} from './state.ts';
import {
  SNAPSHOT_VERSION,
  upgraded,
  type ExchangeSnapshot1,
  type ExchangeSnapshot2,
} from './snapshot-versions.ts';
import { isVenueAccount, positionKey, UNTOUCHED_MARKET } from './state.ts';
import { waitingLevels } from './book.ts';
import type { World } from './world.ts';

interface SavedSymbol {
  readonly symbol: string;
  readonly nextTradeNumber: number;
  readonly nextOrderNumber: number;
  readonly nextConditionalNumber: number;
  readonly updateId: number;
  readonly lastPrice: Decimal;
  /** Markets that were saved before their operators could set anything lack what they set. */
  readonly market: Omit<MarketState, keyof typeof UNTOUCHED_MARKET> & Partial<MarketState>;
  readonly nextFundingAt: number;
  readonly random: number;
  readonly trades: readonly TradeRecord[];
  /** Sequences of orders, best price and oldest first. */
  readonly bids: readonly number[];
  readonly asks: readonly number[];
  readonly waiting: readonly number[];
  readonly quotedBids: readonly number[];
  readonly quotedAsks: readonly number[];
  readonly quotesHit: boolean;
}

export type SavedAccount = Omit<
  AccountState,
  | 'balances'
  | 'positions'
  | 'orders'
  | 'openOrders'
  | 'fills'
  | 'keys'
  | 'marginChanges'
  | 'paysFeesInCoin'
  | 'paysSpotFeesInCoin'
  | 'preventedMatches'
  | 'amendments'
  | 'options'
> & {
  /** Absent in states that were saved before the field was there. */
  readonly marginChanges?: readonly MarginChange[];
  readonly paysFeesInCoin?: boolean;
  readonly paysSpotFeesInCoin?: boolean;
  readonly keys?: readonly AccountKey[];
  readonly preventedMatches?: readonly PreventedMatch[];
  readonly amendments?: readonly OrderAmendment[];
  readonly options?: Readonly<Record<string, string>>;
  readonly balances: readonly BalanceState[];
  readonly positions: readonly PositionState[];
};

/** Its orders by sequence. Lists that were saved before there were first orders have none. */
type SavedList = Omit<ListState, 'legs' | 'first' | 'sellsWhatWasBought' | 'bought'> & {
  readonly legs: readonly number[];
  readonly first?: number | null;
  readonly sellsWhatWasBought?: boolean;
  readonly bought?: Decimal;
};

export interface ExchangeSnapshot {
  readonly version: typeof SNAPSHOT_VERSION;
  readonly venue: string;
  readonly seed: number;
  readonly now: number;
  readonly nextStepAt: number;
  readonly nextSequence: number;
  readonly nextListNumber: number;
  /** Absent from the time when conditional orders counted per symbol. */
  readonly nextConditionalNumber?: number;
  readonly nextOrderNumbers: { readonly spot: number; readonly swap: number };
  readonly idRandom: number;
  readonly accounts: readonly SavedAccount[];
  readonly orders: readonly WorkingOrder[];
  /** Resting orders of the venue's own accounts. */
  readonly ownOrders: readonly WorkingOrder[];
  readonly lists: readonly SavedList[];
  readonly fills: readonly Fill[];
  readonly symbols: readonly SavedSymbol[];
}

/** The saved state that an exchange can be resumed from. */
export type AnySnapshot = ExchangeSnapshot | ExchangeSnapshot1 | ExchangeSnapshot2;

export function takeSnapshot(world: World, venue: string): ExchangeSnapshot {
  const ownOrders: WorkingOrder[] = [];
  const symbols = [...world.books()].map((symbol) => {
    for (const side of [symbol.bids, symbol.asks])
      for (const order of inOrder(side)) if (isVenueAccount(order.accountId)) ownOrders.push(order);
    return saveSymbol(symbol);
  });
  return {
    version: SNAPSHOT_VERSION,
    venue,
    seed: world.seed,
    now: world.now,
    nextStepAt: world.nextStepAt,
    nextSequence: world.nextSequence,
    nextListNumber: world.nextListNumber,
    nextConditionalNumber: world.nextConditionalNumber,
    nextOrderNumbers: { ...world.nextOrderNumbers },
    idRandom: world.idRandom.state,
    accounts: [...world.ledger.accounts.values()].map(
      ({ balances, positions, orders: _orders, openOrders: _open, fills: _fills, ...account }) => ({
        ...account,
        balances: [...balances.values()],
        positions: [...positions.values()],
      }),
    ),
    orders: world.orders,
    ownOrders,
    lists: [...world.lists.values()].map((list) => ({
      ...list,
      legs: list.legs.map((leg) => leg.sequence),
      first: list.first?.sequence ?? null,
    })),
    fills: world.fills,
    symbols,
  };
}

function saveSymbol(symbol: SymbolState): SavedSymbol {
  const { last, mark } = symbol.waiting;
  return {
    symbol: symbol.instrument.symbol,
    nextTradeNumber: symbol.nextTradeNumber,
    nextOrderNumber: symbol.nextOrderNumber,
    nextConditionalNumber: symbol.nextConditionalNumber,
    updateId: symbol.updateId,
    lastPrice: symbol.lastPrice,
    market: symbol.market,
    nextFundingAt: symbol.nextFundingAt,
    random: symbol.random.state,
    trades: symbol.trades,
    bids: sequences(symbol.bids),
    asks: sequences(symbol.asks),
    waiting: [last.rising, last.falling, mark.rising, mark.falling].flatMap(sequences),
    quotedBids: [...symbol.quotes.bids.values()].map((order) => order.sequence),
    quotedAsks: [...symbol.quotes.asks.values()].map((order) => order.sequence),
    quotesHit: symbol.quotesHit,
  };
}

function* inOrder(levels: PriceLevels<WorkingOrder>): Generator<WorkingOrder> {
  for (const level of levels.bestFirst()) yield* level.queue;
}

function sequences(levels: PriceLevels<WorkingOrder>): number[] {
  return [...inOrder(levels)].map((order) => order.sequence);
}

/**
 * Fills a fresh world (no orders, no users) with what was saved. The snapshot's objects become the state: it must
 * not be used again. Throws when it is of an unknown version or names an instrument that no longer exists.
 */
export function restoreSnapshot(world: World, snapshot: AnySnapshot): void {
  const saved = upgraded(snapshot);
  world.now = saved.now;
  world.nextStepAt = saved.nextStepAt;
  world.nextSequence = saved.nextSequence;
  world.nextListNumber = saved.nextListNumber;
  world.nextConditionalNumber = saved.nextConditionalNumber ?? saved.now;
  Object.assign(world.nextOrderNumbers, saved.nextOrderNumbers);
  world.idRandom.state = saved.idRandom;
  for (const { balances, positions, ...account } of saved.accounts) {
    world.ledger.add({
      ...account,
      keys: [...(account.keys ?? [])],
      marginChanges: [...(account.marginChanges ?? [])],
      paysFeesInCoin: account.paysFeesInCoin ?? false,
      paysSpotFeesInCoin: account.paysSpotFeesInCoin ?? false,
      preventedMatches: [...(account.preventedMatches ?? [])],
      amendments: [...(account.amendments ?? [])],
      options: account.options ?? {},
      balances: new Map(balances.map((balance) => [`${balance.wallet}|${balance.asset}`, balance])),
      positions: new Map(
        positions.map((position) => [positionKey(position.symbol, position.side), position]),
      ),
      orders: [],
      openOrders: new Set(),
      fills: new Map(),
    });
  }
  const bySequence = new Map<number, WorkingOrder>();
  for (const order of saved.ownOrders) bySequence.set(order.sequence, order);
  for (const order of saved.orders) {
    bySequence.set(order.sequence, order);
    world.addOrder(world.account(order.accountId), order);
    if (order.status === 'untriggered' && order.trailing !== undefined)
      world.symbolOf(order).trailing.add(order);
  }
  for (const fill of saved.fills) world.addFill(world.account(fill.accountId), fill);
  const orderOf = (sequence: number): WorkingOrder => {
    const order = bySequence.get(sequence);
    if (order === undefined) throw new Error(`saved state lacks order ${sequence}`);
    return order;
  };
  for (const list of saved.lists)
    world.lists.set(list.listId, {
      ...list,
      legs: list.legs.map(orderOf),
      first: list.first === undefined || list.first === null ? null : orderOf(list.first),
      sellsWhatWasBought: list.sellsWhatWasBought ?? false,
      bought: list.bought ?? Decimal.zero,
    });
  for (const symbol of saved.symbols) restoreSymbol(world, symbol, orderOf);
}

function restoreSymbol(world: World, saved: SavedSymbol, orderOf: (sequence: number) => WorkingOrder): void {
  const symbol = world.symbols.get(saved.symbol);
  if (symbol === undefined)
    throw new Error(`saved state has ${saved.symbol}, which is no instrument of this venue any more`);
  const { nextTradeNumber, nextOrderNumber, nextConditionalNumber, updateId, lastPrice, nextFundingAt } =
    saved;
  const { mid, held, path, holdAtEnd, ...set } = saved.market;
  const plain = { mid, held, path, holdAtEnd };
  Object.assign(symbol, {
    nextTradeNumber,
    nextOrderNumber,
    nextConditionalNumber,
    updateId,
    lastPrice,
    nextFundingAt,
    market: { ...plain, ...UNTOUCHED_MARKET, ...set },
    quotesHit: saved.quotesHit,
  });
  symbol.random.state = saved.random;
  symbol.trades.push(...saved.trades);
  for (const [side, ids] of [
    [symbol.bids, saved.bids],
    [symbol.asks, saved.asks],
  ] as const) {
    for (const order of ids.map(orderOf)) {
      if (order.price === null) throw new Error('a resting order has a price');
      side.add(order.price, order, remaining(order));
      if (order.reduceOnly) symbol.reduceOnly.add(order);
    }
  }
  for (const order of saved.waiting.map(orderOf)) {
    if (order.stopPrice === null) throw new Error('a waiting order has a stop price');
    waitingLevels(symbol, order).add(order.stopPrice, order, Decimal.zero);
  }
  for (const order of saved.quotedBids.map(orderOf))
    symbol.quotes.bids.set(order.price?.toString() ?? '', order);
  for (const order of saved.quotedAsks.map(orderOf))
    symbol.quotes.asks.set(order.price?.toString() ?? '', order);
}
