/**
 * USD-M account events as Binance pushes them: ORDER_TRADE_UPDATE, TRADE_LITE, ALGO_UPDATE, ACCOUNT_UPDATE,
 * ACCOUNT_CONFIG_UPDATE.
 *
 * Entry point: `UsdmUserEvents.payloads` turns one batch of exchange events into the payloads of one account, in order.
 * A conditional order speaks through ALGO_UPDATE alone; the order that it creates when triggered speaks through
 * ORDER_TRADE_UPDATE, and its end makes the conditional order FINISHED. Source: "User Data Streams" of the USD-M futures
 * documentation.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { Position } from '../../exchange/account.ts';
import type { BalanceEvent, ExchangeEvent, OrderEvent, PositionEvent } from '../../exchange/event.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { Fill, Order } from '../../exchange/order.ts';
import { isDone } from '../../exchange/order.ts';
import { eight } from '../figures.ts';
import { fixed } from '../../wire/figures.ts';
import { selfTradeName, sideName, statusName } from '../order-words.ts';
import { usdmSymbolOf } from './instruments.ts';
import { positionSideName } from './position-sides.ts';
import { isolatedMarginOf } from './positions.ts';
import {
  algoStatusName,
  averagePriceText,
  averageText,
  callbackPercent,
  clientIdOf,
  isLiquidation,
  priceText,
  quantityText,
  usdmSymbolId,
  usdmTimeInForce,
  usdmTypeName,
  workingTypeName,
} from './order-json.ts';

type Payload = Record<string, unknown>;

/** Account changes of one batch that share a reason. */
type AccountChange = { at: number; balances: BalanceEvent[]; positions: PositionEvent[] };

export class UsdmUserEvents {
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** The payloads of `accountId` for one batch. */
  payloads(events: readonly ExchangeEvent[], accountId: string, nowMs: number): Payload[] {
    const payloads: Payload[] = [];
    const changes = new Map<string, AccountChange>();
    // The leverage is the symbol's: one event, though both sides of a hedged account have it.
    const leverages = new Map<string, PositionEvent>();
    const changeFor = (reason: string, at: number): AccountChange => {
      let change = changes.get(reason);
      if (change === undefined) {
        change = { at, balances: [], positions: [] };
        changes.set(reason, change);
      }
      change.at = at;
      return change;
    };
    for (const event of events) {
      switch (event.kind) {
        case 'order':
          if (event.order.accountId !== accountId || event.order.marketType !== 'swap') break;
          payloads.push(...this.#orderPayloads(event, nowMs));
          break;
        case 'balance':
          // An order that only locks margin changes no balance that this stream shows.
          if (event.accountId !== accountId || event.wallet !== 'swap' || event.change.isZero()) break;
          changeFor(reasonOfBalance(event), event.at).balances.push(event);
          break;
        case 'position':
          if (event.accountId !== accountId) break;
          if (event.reason === 'leverage') leverages.set(event.position.symbol, event);
          else changeFor(reasonOfPosition(event.reason), event.at).positions.push(event);
          break;
        case 'list':
        case 'trade':
        case 'book':
        case 'mark':
          break;
      }
    }
    for (const event of leverages.values()) payloads.push(leverageUpdate(event, nowMs));
    for (const [reason, change] of changes)
      payloads.push(this.#accountUpdate(accountId, reason, change, nowMs));
    return payloads;
  }

  #orderPayloads(event: OrderEvent, nowMs: number): Payload[] {
    const { order, fill } = event;
    if (order.conditional) return [this.#algoUpdate(order, event.at, nowMs)];
    const payloads: Payload[] = [];
    const parent = event.change === 'accepted' || isDone(order.status) ? this.#conditionalOf(event) : null;
    if (parent !== null && event.change === 'accepted')
      payloads.push(triggering(this.#algoUpdate(parent, event.at, nowMs)));
    if (fill !== null) payloads.push(tradeLite(order, fill, nowMs));
    payloads.push(orderTradeUpdate(event, nowMs));
    if (parent !== null && isDone(order.status))
      payloads.push(this.#algoUpdate(parent, event.at, nowMs, order));
    return payloads;
  }

  /** The conditional order that created the event's order. */
  #conditionalOf(event: OrderEvent): Order | null {
    const { order } = event;
    if (order.conditionalVenueOrderId === null) return null;
    return this.#exchange.known(event.at, order.accountId, {
      symbol: order.symbol,
      venueOrderId: order.conditionalVenueOrderId,
      conditional: true,
    });
  }

  /** `actual` is the order that a triggered one created, where it is known to have ended. */
  #algoUpdate(order: Order, at: number, nowMs: number, actual: Order | null = null): Payload {
    const symbol = usdmSymbolOf(order.symbol);
    const status = algoStatusName(order, actual);
    return {
      e: 'ALGO_UPDATE',
      T: at,
      E: nowMs,
      o: {
        caid: order.clientOrderId ?? '',
        aid: Number(order.venueOrderId),
        at: 'CONDITIONAL',
        o: usdmTypeName(order),
        s: usdmSymbolId(order.symbol),
        S: sideName(order),
        ps: positionSideName(order.positionSide),
        f: usdmTimeInForce(order),
        q: quantityText(symbol, order.quantity),
        X: status,
        ai: order.triggeredVenueOrderId ?? '',
        ap: averagePriceText(actual),
        aq: actual === null ? '0.00000' : quantityText(symbol, actual.filled),
        act: order.triggeredVenueOrderId === null ? '0' : actualType(order),
        tp: (order.stopPrice ?? Decimal.zero).toString(),
        p: (order.price ?? Decimal.zero).toString(),
        V: selfTradeName(order),
        wt: workingTypeName(order),
        pm: 'NONE',
        cp: order.closePosition,
        pP: order.tags['priceProtect'] === 'true',
        R: order.reduceOnly,
        ...trailingFigures(order),
        tt: order.triggeredAt ?? 0,
        gtd: order.expiresAt ?? 0,
        ...(status === 'REJECTED' ? { rm: rejection(order) } : {}),
      },
    };
  }

  #accountUpdate(accountId: string, reason: string, change: AccountChange, nowMs: number): Payload {
    // Several fills of one batch move the same balance and position: the last word counts, the changes add up.
    const balances = new Map<string, { event: BalanceEvent; change: Decimal }>();
    for (const event of change.balances) {
      const before = balances.get(event.asset)?.change ?? Decimal.zero;
      balances.set(event.asset, { event, change: before.add(event.change) });
    }
    // Funding of a crossed position is shown by the balance alone ("Balance and Position Update").
    const shown = change.positions
      .map((event) => event.position)
      .filter((position) => reason !== 'FUNDING_FEE' || position.marginMode === 'isolated');
    const positions = new Map(shown.map((position) => [`${position.symbol} ${position.side}`, position]));
    const external = reason !== 'ORDER';
    const balanceJson = (asset: string, total: Decimal, change: Decimal): Payload => ({
      a: asset,
      wb: eight(total),
      cw: eight(total.subtract(isolatedMarginOf(this.#exchange, accountId, asset))),
      bc: external ? eight(change) : '0',
    });
    // Margin that moves between the wallet and a position changes no total, only how much of it is free of positions.
    const moved =
      reason === 'MARGIN_TRANSFER'
        ? new Set(change.positions.map(({ position }) => usdmSymbolOf(position.symbol)?.quote ?? ''))
        : [];
    const movedBalances = [...moved].map((asset) =>
      balanceJson(
        asset,
        this.#exchange.margin(accountId, asset)?.walletBalance ?? Decimal.zero,
        Decimal.zero,
      ),
    );
    return {
      e: 'ACCOUNT_UPDATE',
      T: change.at,
      E: nowMs,
      a: {
        m: reason,
        B: [
          ...movedBalances,
          ...[...balances.values()].map(({ event, change: sum }) =>
            balanceJson(event.asset, event.total, sum),
          ),
        ],
        P: [...positions.values()].map((position) => positionJson(position)),
      },
    };
  }
}

function leverageUpdate(event: PositionEvent, nowMs: number): Payload {
  return {
    e: 'ACCOUNT_CONFIG_UPDATE',
    E: nowMs,
    T: event.at,
    ac: { s: usdmSymbolId(event.position.symbol), l: event.position.leverage },
  };
}

function positionJson(position: Position): Payload {
  const symbol = usdmSymbolOf(position.symbol);
  const isolated = position.marginMode === 'isolated';
  return {
    s: usdmSymbolId(position.symbol),
    pa: quantityText(symbol, position.quantity),
    ep: averageText(symbol, position.entryPrice),
    bep: averageText(symbol, position.entryPrice),
    cr: eight(position.realizedPnl),
    up: eight(position.unrealizedPnl),
    mt: isolated ? 'isolated' : 'cross',
    iw: isolated ? eight(position.isolatedMargin) : '0',
    ps: positionSideName(position.side),
  };
}

function reasonOfBalance(event: BalanceEvent): string {
  switch (event.reason) {
    case 'order':
    case 'fill':
      return 'ORDER';
    case 'funding':
      return 'FUNDING_FEE';
    case 'liquidation':
      return 'INSURANCE_CLEAR';
    case 'transfer':
      return 'ASSET_TRANSFER';
    case 'deposit':
      return 'DEPOSIT';
  }
}

function reasonOfPosition(reason: Exclude<PositionEvent['reason'], 'leverage'>): string {
  switch (reason) {
    case 'funding':
      return 'FUNDING_FEE';
    case 'margin_mode':
      return 'MARGIN_TYPE_CHANGE';
    case 'margin':
      return 'MARGIN_TRANSFER';
    case 'fill':
    case 'liquidation':
      return 'ORDER';
  }
}

function trailingFigures(order: Order): Payload {
  const { trailing } = order;
  if (trailing === undefined) return {};
  return {
    AP: order.tags['activatePrice'] ?? (trailing.activationPrice ?? Decimal.zero).toString(),
    cr: callbackPercent(trailing).toString(),
  };
}

function triggering(update: Payload): Payload {
  const order = update['o'] as Payload;
  return { ...update, o: { ...order, X: 'TRIGGERING', ai: '', act: '0' } };
}

function actualType(order: Order): string {
  return order.type === 'stop_limit' || order.type === 'take_profit_limit' ? 'LIMIT' : 'MARKET';
}

function rejection(order: Order): string {
  switch (order.endReason) {
    case 'reduce_only':
      return 'Reduce Only reject';
    case 'insufficient_balance':
      return 'Margin is insufficient.';
    case 'post_only_would_take':
      return 'Due to the order could not be executed as maker, the Post Only order will be rejected.';
    case 'user_canceled':
    case 'rest_not_filled':
    case 'fok_not_fillable':
    case 'self_trade_prevention':
    case 'good_till_date':
    case 'list_other_leg':
    case 'list_first_ended':
    case 'liquidation':
    case 'refused_on_trigger':
    case 'symbol_settled':
    case null:
      return 'Order would be rejected by the matching engine.';
  }
}

function executionType(event: OrderEvent): string {
  switch (event.change) {
    case 'accepted':
    case 'triggered':
      return 'NEW';
    case 'filled':
      return isLiquidation(event.order) ? 'CALCULATED' : 'TRADE';
    case 'canceled':
      return 'CANCELED';
    case 'expired':
    case 'rejected':
      return 'EXPIRED';
    case 'amended':
    case 'prevented':
      return 'AMENDMENT';
  }
}

/** The venue's number for why an order expired. */
function expiryReason(order: Order): string {
  switch (order.endReason) {
    case 'self_trade_prevention':
      return '1';
    case 'rest_not_filled':
      return order.type === 'market' ? '9' : '2';
    case 'fok_not_fillable':
      return '2';
    case 'reduce_only':
      return '4';
    case 'liquidation':
      return '5';
    case 'user_canceled':
    case 'post_only_would_take':
    case 'good_till_date':
    case 'list_other_leg':
    case 'list_first_ended':
    case 'insufficient_balance':
    case 'refused_on_trigger':
    case 'symbol_settled':
    case null:
      return '0';
  }
}

function tradeLite(order: Order, fill: Fill, nowMs: number): Payload {
  const symbol = usdmSymbolOf(order.symbol);
  return {
    e: 'TRADE_LITE',
    E: nowMs,
    T: fill.at,
    s: usdmSymbolId(order.symbol),
    q: quantityText(symbol, order.quantity),
    p: priceText(symbol, order.price),
    m: fill.liquidity === 'maker',
    c: clientIdOf(order),
    S: sideName(order),
    L: priceText(symbol, fill.price),
    l: quantityText(symbol, fill.quantity),
    t: Number(fill.tradeId),
    i: Number(order.venueOrderId),
  };
}

function orderTradeUpdate(event: OrderEvent, nowMs: number): Payload {
  const { order, fill } = event;
  const symbol = usdmSymbolOf(order.symbol);
  return {
    e: 'ORDER_TRADE_UPDATE',
    T: event.at,
    E: nowMs,
    o: {
      s: usdmSymbolId(order.symbol),
      c: clientIdOf(order),
      S: sideName(order),
      o: usdmTypeName(order),
      f: usdmTimeInForce(order),
      q: quantityText(symbol, order.quantity),
      p: priceText(symbol, order.price),
      ap: averagePriceText(order),
      sp: priceText(symbol, order.stopPrice),
      x: executionType(event),
      X: statusName(order),
      i: Number(order.venueOrderId),
      l: quantityText(symbol, fill?.quantity ?? Decimal.zero),
      z: quantityText(symbol, order.filled),
      L: priceText(symbol, fill?.price ?? null),
      ...(fill === null ? {} : { N: fill.feeAsset, n: eight(fill.fee) }),
      T: event.at,
      t: fill === null ? 0 : Number(fill.tradeId),
      b: '0',
      a: '0',
      m: fill?.liquidity === 'maker',
      R: order.reduceOnly,
      wt: workingTypeName(order),
      ot: usdmTypeName(order),
      ps: positionSideName(order.positionSide),
      cp: order.closePosition,
      rp: fill === null ? '0' : fixed(fill.realizedPnl, 8),
      pP: false,
      si: 0,
      ss: 0,
      V: selfTradeName(order),
      pm: order.tags['priceMatch'] ?? 'NONE',
      gtd: order.expiresAt ?? 0,
      er: expiryReason(order),
    },
  };
}
