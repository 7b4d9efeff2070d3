/**
 * Emits the events of the exchange, in the order of the changes. The venue's own accounts have no events.
 * Source of the shapes: event.ts.
 */
import { Decimal } from '../../core/decimal.ts';
import type { PreventedMatch } from './account.ts';
import type { BookLevel, OrderChange, PositionEvent } from './event.ts';
import type { Fill } from './order.ts';
import { positionView } from './positions.ts';
import type { PriceLevels } from './price-levels.ts';
import {
  isVenueAccount,
  markOf,
  viewOf,
  viewOfList,
  type AccountState,
  type ListState,
  type PositionState,
  type SymbolState,
  type WorkingOrder,
} from './state.ts';
import type { World } from './world.ts';

/** `requestClientOrderId`: the id that a cancel request itself carried, where the venue has one. */
export function emitOrder(
  world: World,
  order: WorkingOrder,
  change: OrderChange,
  { fill = null, requestClientOrderId = null, preventedMatch = null }: OrderChangeBy = {},
): void {
  if (isVenueAccount(order.accountId)) return;
  if (world.hasListeners)
    world.emit({
      kind: 'order',
      at: world.now,
      change,
      order: viewOf(order),
      fill,
      requestClientOrderId,
      preventedMatch,
    });
  emitBalances(world);
}

/** The cause of the change. */
interface OrderChangeBy {
  readonly fill?: Fill | null;
  readonly requestClientOrderId?: string | null;
  readonly preventedMatch?: PreventedMatch | null;
}

/** One event for each balance that changed since the last time. */
export function emitBalances(world: World): void {
  world.ledger.flush(world.now, world.emit);
}

export function emitList(world: World, list: ListState): void {
  world.emit({ kind: 'list', at: world.now, list: viewOfList(list) });
}

export function emitPosition(
  world: World,
  account: AccountState,
  symbol: SymbolState,
  position: PositionState,
  reason: PositionEvent['reason'],
): void {
  if (account.internal || !world.hasListeners) return;
  world.emit({
    kind: 'position',
    at: world.now,
    accountId: account.accountId,
    position: positionView(world, account, symbol, position),
    reason,
  });
}

export function emitMark(world: World, symbol: SymbolState): void {
  world.emit({
    kind: 'mark',
    at: world.now,
    symbol: symbol.instrument.symbol,
    markPrice: markOf(symbol.market),
    fundingRate: symbol.instrument.swap?.fundingRate ?? Decimal.zero,
    nextFundingAt: symbol.nextFundingAt,
  });
}

/** The prices of the symbol's book that were touched since the last time; nothing when there are none. */
export function emitBook(world: World, symbol: SymbolState): void {
  const { touchedBids, touchedAsks } = symbol;
  if (touchedBids.size + touchedAsks.size === 0) return;
  symbol.updateId += 1;
  const changed = (touched: Map<string, Decimal>, side: PriceLevels<WorkingOrder>): BookLevel[] =>
    [...touched.values()].map((price) => [price, side.at(price)?.total ?? Decimal.zero] as const);
  world.emit({
    kind: 'book',
    at: world.now,
    symbol: symbol.instrument.symbol,
    updateId: symbol.updateId,
    bids: changed(touchedBids, symbol.bids),
    asks: changed(touchedAsks, symbol.asks),
  });
  touchedBids.clear();
  touchedAsks.clear();
}
