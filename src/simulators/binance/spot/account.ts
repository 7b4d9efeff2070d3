/**
 * Spot account endpoints: balances, order and trade look-ups, order lists, limits.
 *
 * Entry point: `spotAccountEndpoints`. Source: "Account Endpoints" of rest-api.md in binance-spot-api-docs.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { Fill, Order, OrderList } from '../../exchange/order.ts';
import { signedEndpoint, type AccountCall, type Endpoint } from '../authentication.ts';
import {
  badCombination,
  clientOrderIdMismatch,
  eitherMissing,
  orderListUnknown,
  orderUnknown,
} from '../errors.ts';
import { eight, freeAndLocked, ZERO_EIGHT } from '../figures.ts';
import { page, readWindow, timesOf } from '../history-window.ts';
import type { Parameters } from '../parameters.ts';
import type { OrderCounts } from '../rate-limits.ts';
import { SPOT_ASSETS, SPOT_POLICY, unifiedSpotSymbol } from './instruments.ts';
import { listIdOf, orderListJson, orderQueryJson, tradeJson } from './order-json.ts';
import { readReference, symbolFrom } from './order-requests.ts';

/** The longest window of a history request. */
const LONGEST_HOURS = 24;

export type SpotAccountSettings = { readonly exchange: Exchange; readonly counts: OrderCounts };

export function spotAccountEndpoints(settings: SpotAccountSettings): Endpoint[] {
  return [...balanceEndpoints(settings), ...orderEndpoints(settings)];
}

function balanceEndpoints(settings: SpotAccountSettings): Endpoint[] {
  const { exchange, counts } = settings;
  return [
    signedEndpoint('/api/v3/account', 'balances', 20, (call) => accountInformation(exchange, call)),
    signedEndpoint('/api/v3/account/commission', 'other', 20, (call) => {
      const symbol = symbolFrom(call.parameters.required('symbol'));
      call.parameters.refuseUnread();
      return commissionRates(symbol.id, exchange.paysFeesInCoin(call.accountId, 'spot'));
    }),
    signedEndpoint('/api/v3/rateLimit/order', 'other', 40, (call) => {
      call.parameters.refuseUnread();
      return counts.report(call.accountId, call.clockMs);
    }),
  ];
}

function accountInformation(exchange: Exchange, call: AccountCall): unknown {
  const omitZero = call.parameters.optionalBoolean('omitZeroBalances') === true;
  call.parameters.refuseUnread();
  const account = exchange.account(call.accountId);
  return {
    makerCommission: 10,
    takerCommission: 10,
    buyerCommission: 0,
    sellerCommission: 0,
    commissionRates: {
      maker: eight(SPOT_POLICY.fees.maker),
      taker: eight(SPOT_POLICY.fees.taker),
      buyer: ZERO_EIGHT,
      seller: ZERO_EIGHT,
    },
    canTrade: account?.permissions.trade ?? false,
    canWithdraw: account?.permissions.withdraw ?? false,
    canDeposit: true,
    brokered: false,
    requireSelfTradePrevention: false,
    preventSor: false,
    updateTime: call.at,
    accountType: 'SPOT',
    balances: spotBalances(exchange, call.accountId, omitZero),
    permissions: ['SPOT'],
    uid: numericUid(call.accountId),
  };
}

/** Every asset of the venue, any other that the account holds, and what flexible Earn holds of each, as `LD` and the asset's name. */
function spotBalances(exchange: Exchange, accountId: string, omitZero: boolean): unknown[] {
  const held = new Map(
    exchange.balances(accountId, 'spot').map((balance) => [balance.asset, balance] as const),
  );
  const assets = new Set([...SPOT_ASSETS, ...held.keys()]);
  const receipts = exchange
    .balances(accountId, 'earn')
    .filter(({ total }) => !total.isZero())
    .map(({ asset, total, free }) => ({ asset: `LD${asset}`, ...freeAndLocked(total, free) }));
  const own = [...assets].flatMap((asset) => {
    const balance = held.get(asset);
    const total = balance?.total ?? Decimal.zero;
    if (omitZero && total.isZero()) return [];
    const free = balance?.free ?? Decimal.zero;
    return [{ asset, ...freeAndLocked(total, free) }];
  });
  return [...own, ...receipts];
}

/** A stable number for an account id, as the venue prints `uid`. */
function numericUid(accountId: string): number {
  let hash = 7;
  for (const character of accountId) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 899_999_999;
  return 100_000_000 + hash;
}

function commissionRates(symbol: string, paysInCoin: boolean): unknown {
  const none = { maker: ZERO_EIGHT, taker: ZERO_EIGHT, buyer: ZERO_EIGHT, seller: ZERO_EIGHT };
  return {
    symbol,
    standardCommission: {
      maker: eight(SPOT_POLICY.fees.maker),
      taker: eight(SPOT_POLICY.fees.taker),
      buyer: ZERO_EIGHT,
      seller: ZERO_EIGHT,
    },
    specialCommission: none,
    taxCommission: none,
    discount: {
      enabledForAccount: paysInCoin,
      enabledForSymbol: true,
      discountAsset: 'BNB',
      discount: '0.75000000',
    },
  };
}

function orderEndpoints(settings: SpotAccountSettings): Endpoint[] {
  const { exchange } = settings;
  return [
    signedEndpoint('/api/v3/order', 'query_order', 4, (call) => queryOrder(exchange, call)),
    signedEndpoint(
      '/api/v3/openOrders',
      'open_orders',
      (parameters) => (parameters.has('symbol') ? 6 : 80),
      (call) => {
        const symbol = call.parameters.optional('symbol');
        call.parameters.refuseUnread();
        return exchange
          .openOrders(call.accountId, {
            marketType: 'spot',
            ...(symbol === undefined ? {} : { symbol: unifiedSpotSymbol(symbolFrom(symbol)) }),
          })
          .map((order) => orderQueryJson(order));
      },
    ),
    signedEndpoint('/api/v3/allOrders', 'query_order', 20, (call) => allOrders(exchange, call)),
    signedEndpoint(
      '/api/v3/myTrades',
      'fills',
      (parameters) => (parameters.has('orderId') ? 5 : 20),
      (call) => myTrades(exchange, call),
    ),
    signedEndpoint('/api/v3/orderList', 'query_order', 4, (call) => queryOrderList(exchange, call)),
    signedEndpoint('/api/v3/openOrderList', 'open_orders', 6, (call) => {
      call.parameters.refuseUnread();
      return exchange
        .lists(call.accountId)
        .filter((list) => list.status === 'executing')
        .map((list) => orderListJson(list));
    }),
    signedEndpoint('/api/v3/allOrderList', 'query_order', 20, (call) => allOrderLists(exchange, call)),
  ];
}

function queryOrder(exchange: Exchange, call: AccountCall): unknown {
  const target = readReference(call.parameters);
  call.parameters.refuseUnread();
  const order = exchange.lookUp(call.at, call.accountId, target.reference);
  if (order === null) throw orderUnknown();
  if (target.expectedClientOrderId !== undefined && order.clientOrderId !== target.expectedClientOrderId)
    throw clientOrderIdMismatch();
  return orderQueryJson(order);
}

function allOrders(exchange: Exchange, call: AccountCall): unknown {
  const symbol = symbolFrom(call.parameters.required('symbol'));
  const fromId = call.parameters.optionalInteger('orderId');
  const window = readWindow(call.parameters, LONGEST_HOURS);
  call.parameters.refuseUnread();
  const orders = exchange
    .orders(call.at, call.accountId, {
      symbol: unifiedSpotSymbol(symbol),
      ...timesOf(window),
    })
    .filter((order) => fromId === undefined || Number(order.venueOrderId) >= fromId);
  const fromStart = fromId !== undefined || window.startMs !== undefined;
  return page(orders, fromStart, window.limit).map((order) => orderQueryJson(order));
}

/** The combinations that the documentation lists; any other is refused. */
function checkTradeCombination(parameters: Parameters): void {
  const timed = parameters.has('startTime') || parameters.has('endTime');
  if (timed && (parameters.has('fromId') || parameters.has('orderId'))) throw badCombination();
}

function myTrades(exchange: Exchange, call: AccountCall): unknown {
  const symbol = symbolFrom(call.parameters.required('symbol'));
  const orderId = call.parameters.optionalInteger('orderId');
  const fromId = call.parameters.optionalInteger('fromId');
  const window = readWindow(call.parameters, LONGEST_HOURS);
  checkTradeCombination(call.parameters);
  call.parameters.refuseUnread();
  const fills = exchange.fills(call.accountId, {
    symbol: unifiedSpotSymbol(symbol),
    ...(orderId === undefined ? {} : { venueOrderId: String(orderId) }),
    ...(fromId === undefined ? {} : { fromTradeId: String(fromId) }),
    ...timesOf(window),
  });
  const fromStart = fromId !== undefined || window.startMs !== undefined;
  return page(fills, fromStart, window.limit).map((fill) =>
    tradeJson(fill, listOfFill(exchange, call, fill)),
  );
}

function listOfFill(exchange: Exchange, call: AccountCall, fill: Fill): number {
  const order: Order | null = exchange.lookUp(call.at, call.accountId, {
    symbol: fill.symbol,
    venueOrderId: fill.venueOrderId,
  });
  return order === null ? -1 : listIdOf(order);
}

function queryOrderList(exchange: Exchange, call: AccountCall): unknown {
  const listId = call.parameters.optionalInteger('orderListId');
  const clientListId = call.parameters.optional('origClientOrderId');
  call.parameters.refuseUnread();
  if (listId === undefined && clientListId === undefined)
    throw eitherMissing('orderListId', 'origClientOrderId');
  const matches = (list: OrderList): boolean =>
    listId === undefined ? list.clientListId === clientListId : Number(list.listId) === listId;
  const list = exchange.lists(call.accountId).findLast(matches);
  if (list === undefined) throw orderListUnknown();
  return orderListJson(list);
}

function allOrderLists(exchange: Exchange, call: AccountCall): unknown {
  const fromId = call.parameters.optionalInteger('fromId');
  const window = readWindow(call.parameters, LONGEST_HOURS);
  call.parameters.refuseUnread();
  if (fromId !== undefined && (window.startMs !== undefined || window.endMs !== undefined))
    throw badCombination();
  const lists = exchange
    .lists(call.accountId)
    .filter(
      (list) =>
        (fromId === undefined || Number(list.listId) >= fromId) &&
        (window.startMs === undefined || list.createdAt >= window.startMs) &&
        (window.endMs === undefined || list.createdAt <= window.endMs),
    );
  const fromStart = fromId !== undefined || window.startMs !== undefined;
  return page(lists, fromStart, window.limit).map((list) => orderListJson(list));
}
