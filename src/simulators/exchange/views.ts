/** The views of the world for readers: copies, as of the last call. Pure; exchange.ts hands them out. */
import { Decimal } from '../../core/decimal.ts';
import type { AccountInfo, AccountKey, MarginSummary } from './account.ts';
import type { BookLevel } from './event.ts';
import type { MarketType } from './instrument.ts';
import type { Fill, Side } from './order.ts';
import {
  indexOf,
  INSURANCE_ACCOUNT,
  isMadeElsewhere,
  markOf,
  statusOf,
  type AccountState,
  type SymbolState,
  type SymbolStatus,
  type WorkingOrder,
} from './state.ts';
import type { World } from './world.ts';

const MAX_BOOK_DEPTH = 5000;
const MAX_RECENT_TRADES = 1000;

export interface OrderQuery {
  readonly symbol?: string;
  readonly marketType?: MarketType;
  /** Only conditional objects, or only the others. Default: the others. */
  readonly conditional?: boolean;
  /** By creation, in ms since the epoch, both included. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
}

export interface FillQuery {
  readonly symbol?: string;
  readonly venueOrderId?: string;
  readonly fromTradeId?: string;
  readonly sinceMs?: number;
  readonly untilMs?: number;
}

export interface BookView {
  readonly symbol: string;
  readonly updateId: number;
  /** Best first. */
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
}

export interface PublicTrade {
  readonly tradeId: string;
  readonly price: Decimal;
  readonly quantity: Decimal;
  readonly takerSide: Side;
  readonly at: number;
}

export interface MarketView {
  readonly symbol: string;
  readonly lastPrice: Decimal;
  readonly markPrice: Decimal;
  /** The mark price on spot. */
  readonly indexPrice: Decimal;
  readonly status: SymbolStatus;
  readonly fundingRate: Decimal;
  /** Zero on spot. */
  readonly nextFundingAt: number;
  readonly held: boolean;
  /** Whether its prices come from elsewhere, live or recorded. */
  readonly isMadeElsewhere: boolean;
}

export function matches(order: WorkingOrder, query: OrderQuery): boolean {
  return (
    order.conditional === (query.conditional ?? false) &&
    (query.symbol === undefined || order.symbol === query.symbol) &&
    (query.marketType === undefined || order.marketType === query.marketType) &&
    (query.sinceMs === undefined || order.createdAt >= query.sinceMs) &&
    (query.untilMs === undefined || order.createdAt <= query.untilMs)
  );
}

/** Oldest first. */
export function fillsOf(account: AccountState, query: FillQuery): readonly Fill[] {
  const fills =
    query.symbol === undefined
      ? [...account.fills.values()].flat().sort((left, right) => left.at - right.at)
      : (account.fills.get(query.symbol) ?? []);
  const from = query.fromTradeId === undefined ? null : BigInt(query.fromTradeId);
  return fills.filter(
    (fill) =>
      (query.venueOrderId === undefined || fill.venueOrderId === query.venueOrderId) &&
      (from === null || BigInt(fill.tradeId) >= from) &&
      (query.sinceMs === undefined || fill.at >= query.sinceMs) &&
      (query.untilMs === undefined || fill.at <= query.untilMs),
  );
}

/** The fills of one order among those that came after the first `before` of the world. */
export function fillsSince(world: World, before: number, order: WorkingOrder): readonly Fill[] {
  return world.fills
    .slice(before)
    .filter(
      (fill) =>
        fill.venueOrderId === order.venueOrderId &&
        fill.symbol === order.symbol &&
        fill.accountId === order.accountId,
    );
}

/** `key`: the one of the account's keys that is shown. */
export function viewOfAccount(account: AccountState, key: AccountKey = account): AccountInfo {
  const { accountId, createdAt } = account;
  const { credentials, permissions } = key;
  return { accountId, credentials, createdAt, permissions };
}

/** The margin behind the account's swaps that settle in `asset`. */
export function viewOfMargin(world: World, account: AccountState, asset: string): MarginSummary {
  const { wallet } = world.policy.swap;
  const { ledger } = world;
  const { total } = ledger.balance(account, wallet, asset);
  const figures = ledger.margin(account, wallet, asset);
  const unrealizedPnl = figures.crossUnrealized.add(figures.isolatedUnrealized);
  return {
    asset,
    walletBalance: total,
    unrealizedPnl,
    marginBalance: total.add(unrealizedPnl),
    positionInitialMargin: figures.positionInitial,
    openOrderInitialMargin: figures.openOrderInitial,
    maintenanceMargin: figures.maintenance,
    availableBalance: ledger.freeMargin(account, wallet, asset).max(Decimal.zero),
  };
}

/** At most `depth` levels of each side. */
export function viewOfBook(state: SymbolState, depth: number): BookView {
  const levels = (side: SymbolState['bids']): BookLevel[] => {
    const found: BookLevel[] = [];
    for (const level of side.bestFirst()) {
      if (found.length >= Math.min(depth, MAX_BOOK_DEPTH)) break;
      found.push([level.price, level.total]);
    }
    return found;
  };
  return {
    symbol: state.instrument.symbol,
    updateId: state.updateId,
    bids: levels(state.bids),
    asks: levels(state.asks),
  };
}

/** The latest, oldest first. */
export function latestTrades(state: SymbolState, limit: number): readonly PublicTrade[] {
  return state.trades.slice(-Math.max(1, Math.min(limit, MAX_RECENT_TRADES)));
}

export function viewOfMarket({ instrument, lastPrice, market, nextFundingAt }: SymbolState): MarketView {
  return {
    symbol: instrument.symbol,
    lastPrice,
    markPrice: markOf(market),
    indexPrice: indexOf(market),
    status: statusOf(market),
    fundingRate: instrument.swap?.fundingRate ?? Decimal.zero,
    nextFundingAt,
    held: market.held,
    isMadeElsewhere: isMadeElsewhere(market),
  };
}

/** The total of an asset over all accounts, the venue's own included. */
export function supplyOf(world: World, asset: string): Decimal {
  let total = Decimal.zero;
  for (const account of world.ledger.accounts.values())
    for (const balance of account.balances.values())
      if (balance.asset === asset) total = total.add(balance.total);
  return total;
}

/** The swap wallet of the account that pays for bankrupt positions. */
export function insuranceOf(world: World, asset: string): Decimal {
  return world.ledger.balance(world.account(INSURANCE_ACCOUNT), world.policy.swap.wallet, asset).total;
}

/** The signed costs of all swap positions that settle in the asset. */
export function openCostOf(world: World, asset: string): Decimal {
  let total = Decimal.zero;
  for (const account of world.ledger.accounts.values())
    for (const position of account.positions.values())
      if (world.symbolOf(position).instrument.quote === asset) total = total.add(position.cost);
  return total;
}
