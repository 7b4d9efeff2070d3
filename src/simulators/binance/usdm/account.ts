/**
 * USD-M account endpoints: balances, positions, order and trade look-ups, leverage and margin settings, income.
 *
 * Entry point: `usdmAccountEndpoints`. Margin is single-asset: a request to change that is refused.
 * Source: "Account" and "Trade" of the USD-M futures documentation.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { MarginSummary, Position } from '../../exchange/account.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { isOpen, type PositionSide } from '../../exchange/order.ts';
import { signedEndpoint, type AccountCall, type Endpoint } from '../authentication.ts';
import { badCombination, invalidParameter, orderUnknown, usdmRefusal } from '../errors.ts';
import { eight, eightOrZero, ZERO_EIGHT } from '../figures.ts';
import { fixed } from '../../wire/figures.ts';
import { page, readWindow } from '../history-window.ts';
import type { Parameters } from '../parameters.ts';
import type { OrderCounts } from '../rate-limits.ts';
import { unifiedUsdmSymbol, USDM_POLICY, usdmSymbolOf } from './instruments.ts';
import {
  isLiquidation,
  priceText,
  quantityText,
  readUsdmReference,
  userTradeJson,
  usdmOrderJson,
  usdmSymbolId,
  usdmSymbolFrom,
} from './orders.ts';
import { income } from './income.ts';
import { changePositionMode, positionSideName } from './position-sides.ts';
import { usdmExchangeRefusal } from './refusals.ts';
import { bracketsOf, notionalCap, USDM_SYMBOLS, type UsdmSymbol } from './symbols.ts';

const LONGEST_HOURS = 168;
const WEEK_MS = LONGEST_HOURS * 3_600_000;
const MARGIN_ASSET = 'USDT';

export type UsdmAccountSettings = {
  readonly exchange: Exchange;
  readonly counts: OrderCounts;
};

export function usdmAccountEndpoints(settings: UsdmAccountSettings): Endpoint[] {
  return [
    ...balanceEndpoints(settings.exchange),
    ...orderEndpoints(settings.exchange),
    ...settingEndpoints(settings),
    ...configurationEndpoints(settings),
  ];
}

const FLAT: MarginSummary = {
  asset: MARGIN_ASSET,
  walletBalance: Decimal.zero,
  unrealizedPnl: Decimal.zero,
  marginBalance: Decimal.zero,
  positionInitialMargin: Decimal.zero,
  openOrderInitialMargin: Decimal.zero,
  maintenanceMargin: Decimal.zero,
  availableBalance: Decimal.zero,
};

function balanceEndpoints(exchange: Exchange): Endpoint[] {
  const balance = (call: AccountCall): unknown => {
    const summary = exchange.margin(call.accountId) ?? FLAT;
    return [
      {
        accountAlias: 'SgsR',
        asset: MARGIN_ASSET,
        balance: eight(summary.walletBalance),
        crossWalletBalance: eight(crossWallet(exchange, call.accountId, summary)),
        crossUnPnl: eight(crossProfit(exchange, call.accountId)),
        availableBalance: eight(summary.availableBalance),
        maxWithdrawAmount: eight(maxWithdrawal(summary)),
        marginAvailable: true,
        updateTime: call.at,
      },
    ];
  };
  return [
    signedEndpoint('/fapi/v2/balance', 'balances', 5, balance),
    signedEndpoint('/fapi/v3/balance', 'balances', 5, balance),
    signedEndpoint('/fapi/v2/account', 'balances', 5, (call) => ({
      ...accountHead(exchange, call),
      ...accountTotals(exchange, call),
      positions: USDM_SYMBOLS.flatMap((symbol) =>
        rowsOf(exchange, call.accountId, symbol).map((row) => accountPositionV2(row)),
      ),
    })),
    signedEndpoint('/fapi/v3/account', 'balances', 5, (call) => ({
      ...accountTotals(exchange, call),
      positions: livePositions(exchange, call.accountId).map((position) => accountPositionV3(position)),
    })),
    signedEndpoint('/fapi/v2/positionRisk', 'positions', 5, (call) => {
      const id = call.parameters.optional('symbol');
      const symbols = id === undefined ? USDM_SYMBOLS : [usdmSymbolFrom(id)];
      return symbols
        .flatMap((symbol) => rowsOf(exchange, call.accountId, symbol))
        .map((row) => positionRiskV2(exchange, row));
    }),
    signedEndpoint('/fapi/v3/positionRisk', 'positions', 5, (call) => {
      const id = call.parameters.optional('symbol');
      const unified = id === undefined ? undefined : unifiedUsdmSymbol(usdmSymbolFrom(id));
      return livePositions(exchange, call.accountId)
        .filter((position) => unified === undefined || position.symbol === unified)
        .map((position) => positionRiskV3(position));
    }),
  ];
}

function accountHead(exchange: Exchange, call: AccountCall): Record<string, unknown> {
  const account = exchange.account(call.accountId);
  return {
    feeTier: 0,
    feeBurn: false,
    canTrade: account?.permissions.trade ?? false,
    canDeposit: true,
    canWithdraw: account?.permissions.withdraw ?? false,
    updateTime: 0,
    multiAssetsMargin: false,
    tradeGroupId: -1,
  };
}

/** Profit of positions in cross mode. */
function crossProfit(exchange: Exchange, accountId: string): Decimal {
  return exchange
    .positions(accountId)
    .filter((position) => position.marginMode === 'cross')
    .reduce((sum, position) => sum.add(position.unrealizedPnl), Decimal.zero);
}

function crossWallet(exchange: Exchange, accountId: string, summary: MarginSummary): Decimal {
  return exchange
    .positions(accountId)
    .reduce((rest, position) => rest.subtract(position.isolatedMargin), summary.walletBalance);
}

/** Unrealised profit cannot be taken out. */
function maxWithdrawal(summary: MarginSummary): Decimal {
  return summary.availableBalance.min(summary.walletBalance).max(Decimal.zero);
}

function accountTotals(exchange: Exchange, call: AccountCall): Record<string, unknown> {
  const summary = exchange.margin(call.accountId) ?? FLAT;
  const initial = summary.positionInitialMargin.add(summary.openOrderInitialMargin);
  const cross = eight(crossWallet(exchange, call.accountId, summary));
  const profit = eight(crossProfit(exchange, call.accountId));
  return {
    totalInitialMargin: eight(initial),
    totalMaintMargin: eight(summary.maintenanceMargin),
    totalWalletBalance: eight(summary.walletBalance),
    totalUnrealizedProfit: eight(summary.unrealizedPnl),
    totalMarginBalance: eight(summary.marginBalance),
    totalPositionInitialMargin: eight(summary.positionInitialMargin),
    totalOpenOrderInitialMargin: eight(summary.openOrderInitialMargin),
    totalCrossWalletBalance: cross,
    totalCrossUnPnl: profit,
    availableBalance: eight(summary.availableBalance),
    maxWithdrawAmount: eight(maxWithdrawal(summary)),
    assets: [
      {
        asset: MARGIN_ASSET,
        walletBalance: eight(summary.walletBalance),
        unrealizedProfit: eight(summary.unrealizedPnl),
        marginBalance: eight(summary.marginBalance),
        maintMargin: eight(summary.maintenanceMargin),
        initialMargin: eight(initial),
        positionInitialMargin: eight(summary.positionInitialMargin),
        openOrderInitialMargin: eight(summary.openOrderInitialMargin),
        crossWalletBalance: cross,
        crossUnPnl: profit,
        availableBalance: eight(summary.availableBalance),
        maxWithdrawAmount: eight(maxWithdrawal(summary)),
        marginAvailable: true,
        updateTime: call.at,
      },
    ],
  };
}

/** One line of a list that has every symbol: a position, or the place of one that was never begun. */
type PositionRow = {
  readonly symbol: UsdmSymbol;
  readonly side: PositionSide;
  readonly leverage: number;
  readonly position: Position | undefined;
};

/**
 * The lines of a symbol: `BOTH` alone, or in hedge mode `LONG` and `SHORT`. Source: "Account Information V2" and
 * "Position Information V2".
 */
function rowsOf(exchange: Exchange, accountId: string, symbol: UsdmSymbol): PositionRow[] {
  const positions = positionsOn(exchange, accountId, symbol);
  const sides: PositionSide[] = exchange.isHedged(accountId) ? ['long', 'short'] : ['net'];
  return sides.map((side) => ({
    symbol,
    side,
    leverage: leverageOf(exchange, positions, symbol),
    position: positions.find((position) => position.side === side),
  }));
}

function positionsOn(exchange: Exchange, accountId: string, symbol: UsdmSymbol): readonly Position[] {
  const unified = unifiedUsdmSymbol(symbol);
  return exchange.positions(accountId).filter((position) => position.symbol === unified);
}

/**
 * The positions of symbols that have a position or open orders; in hedge mode both sides of them. Source: "Account
 * Information V3" and "Position Information V3".
 */
function livePositions(exchange: Exchange, accountId: string): readonly Position[] {
  const positions = exchange.positions(accountId);
  const live = new Set(exchange.openOrders(accountId, { marketType: 'swap' }).map((order) => order.symbol));
  for (const position of positions) if (!position.quantity.isZero()) live.add(position.symbol);
  return positions.filter((position) => live.has(position.symbol));
}

/** The same for both sides of a hedged account. */
function leverageOf(exchange: Exchange, [position]: readonly Position[], symbol: UsdmSymbol): number {
  return position?.leverage ?? exchange.instrument(unifiedUsdmSymbol(symbol))?.swap?.defaultLeverage ?? 20;
}

function notionalOf(position: Position): Decimal {
  return position.quantity.multiply(position.markPrice);
}

function isolatedWallet(position: Position): string {
  return position.marginMode === 'isolated' ? eight(position.isolatedMargin) : '0';
}

function accountPositionV2({ symbol, side, leverage, position }: PositionRow): unknown {
  return {
    symbol: symbol.id,
    initialMargin: eightOrZero(position?.initialMargin),
    maintMargin: eightOrZero(position?.maintenanceMargin),
    unrealizedProfit: eightOrZero(position?.unrealizedPnl),
    positionInitialMargin: eightOrZero(position?.initialMargin),
    openOrderInitialMargin: '0',
    leverage: String(leverage),
    isolated: position?.marginMode === 'isolated',
    entryPrice: fixed(position?.entryPrice ?? Decimal.zero, 5),
    breakEvenPrice: fixed(position?.entryPrice ?? Decimal.zero, 5),
    maxNotional: String(notionalCap(symbol, leverage)),
    bidNotional: '0',
    askNotional: '0',
    positionSide: positionSideName(side),
    positionAmt: quantityText(symbol, position?.quantity ?? Decimal.zero),
    notional: position === undefined ? '0' : eight(notionalOf(position)),
    isolatedWallet: position === undefined ? '0' : isolatedWallet(position),
    updateTime: position?.updatedAt ?? 0,
  };
}

function accountPositionV3(position: Position): unknown {
  const symbol = usdmSymbolOf(position.symbol);
  return {
    symbol: usdmSymbolId(position.symbol),
    positionSide: positionSideName(position.side),
    positionAmt: quantityText(symbol, position.quantity),
    unrealizedProfit: eight(position.unrealizedPnl),
    isolatedMargin: isolatedMargin(position),
    notional: eight(notionalOf(position)),
    isolatedWallet: isolatedWallet(position),
    initialMargin: eight(position.initialMargin),
    maintMargin: eight(position.maintenanceMargin),
    updateTime: position.updatedAt,
  };
}

/** Wallet plus profit of an isolated position. */
function isolatedMargin(position: Position): string {
  return position.marginMode === 'isolated'
    ? eight(position.isolatedMargin.add(position.unrealizedPnl))
    : '0';
}

function positionRiskV2(exchange: Exchange, { symbol, side, leverage, position }: PositionRow): unknown {
  const market = exchange.market(unifiedUsdmSymbol(symbol));
  return {
    symbol: symbol.id,
    positionAmt: quantityText(symbol, position?.quantity ?? Decimal.zero),
    entryPrice: fixed(position?.entryPrice ?? Decimal.zero, 5),
    breakEvenPrice: fixed(position?.entryPrice ?? Decimal.zero, 5),
    markPrice: eight(position?.markPrice ?? market?.markPrice ?? Decimal.zero),
    unRealizedProfit: eightOrZero(position?.unrealizedPnl),
    liquidationPrice: liquidationPrice(symbol, position),
    leverage: String(leverage),
    maxNotionalValue: String(notionalCap(symbol, leverage)),
    marginType: position?.marginMode === 'isolated' ? 'isolated' : 'cross',
    isolatedMargin: position === undefined ? ZERO_EIGHT : isolatedMargin(position),
    isAutoAddMargin: 'false',
    positionSide: positionSideName(side),
    notional: position === undefined ? '0' : eight(notionalOf(position)),
    isolatedWallet: position === undefined ? '0' : isolatedWallet(position),
    updateTime: position?.updatedAt ?? 0,
  };
}

function liquidationPrice(symbol: UsdmSymbol | undefined, position: Position | undefined): string {
  const price = position?.liquidationPrice ?? null;
  return price === null ? '0' : priceText(symbol, price);
}

function positionRiskV3(position: Position): unknown {
  const symbol = usdmSymbolOf(position.symbol);
  return {
    symbol: usdmSymbolId(position.symbol),
    positionSide: positionSideName(position.side),
    positionAmt: quantityText(symbol, position.quantity),
    entryPrice: fixed(position.entryPrice, 5),
    breakEvenPrice: fixed(position.entryPrice, 5),
    markPrice: eight(position.markPrice),
    unRealizedProfit: eight(position.unrealizedPnl),
    liquidationPrice: liquidationPrice(symbol, position),
    isolatedMargin: isolatedMargin(position),
    notional: eight(notionalOf(position)),
    marginAsset: MARGIN_ASSET,
    isolatedWallet: isolatedWallet(position),
    initialMargin: eight(position.initialMargin),
    maintMargin: eight(position.maintenanceMargin),
    positionInitialMargin: eight(position.initialMargin),
    openOrderInitialMargin: '0',
    adl: 1,
    bidNotional: '0',
    askNotional: '0',
    updateTime: position.updatedAt,
  };
}

function orderEndpoints(exchange: Exchange): Endpoint[] {
  return [
    signedEndpoint('/fapi/v1/order', 'query_order', 1, (call) => {
      const order = exchange.lookUp(call.at, call.accountId, readUsdmReference(call.parameters).reference);
      if (order === null) throw orderUnknown();
      return usdmOrderJson(order);
    }),
    signedEndpoint('/fapi/v1/openOrder', 'query_order', 1, (call) => {
      const order = exchange.lookUp(call.at, call.accountId, readUsdmReference(call.parameters).reference);
      if (order === null || !isOpen(order.status)) throw orderUnknown();
      return usdmOrderJson(order);
    }),
    signedEndpoint(
      '/fapi/v1/openOrders',
      'open_orders',
      (parameters) => (parameters.has('symbol') ? 1 : 40),
      (call) => {
        const id = call.parameters.optional('symbol');
        return exchange
          .openOrders(call.accountId, {
            marketType: 'swap',
            ...(id === undefined ? {} : { symbol: unifiedUsdmSymbol(usdmSymbolFrom(id)) }),
          })
          .map((order) => usdmOrderJson(order));
      },
    ),
    signedEndpoint('/fapi/v1/allOrders', 'query_order', 5, (call) => allOrders(exchange, call)),
    signedEndpoint('/fapi/v1/userTrades', 'fills', 5, (call) => userTrades(exchange, call)),
  ];
}

/** As `readWindow`; without either end, the last seven days, and seven days from one that is given alone. */
function readWeek(parameters: Parameters, nowMs: number): Week {
  const { startMs, endMs, limit } = readWindow(parameters, LONGEST_HOURS);
  const untilMs = endMs ?? (startMs === undefined ? nowMs : startMs + WEEK_MS);
  return { sinceMs: startMs ?? untilMs - WEEK_MS, untilMs, limit };
}

type Week = { readonly sinceMs: number; readonly untilMs: number; readonly limit: number };

function allOrders(exchange: Exchange, call: AccountCall): unknown {
  const symbol = usdmSymbolFrom(call.parameters.required('symbol'));
  const fromId = call.parameters.optionalInteger('orderId');
  const { limit, ...week } = readWeek(call.parameters, call.at);
  const orders = exchange
    .orders(call.at, call.accountId, {
      symbol: unifiedUsdmSymbol(symbol),
      ...(fromId === undefined ? week : {}),
    })
    .filter((order) => fromId === undefined || Number(order.venueOrderId) >= fromId);
  const fromStart = fromId !== undefined || call.parameters.has('startTime');
  return page(orders, fromStart, limit).map((order) => usdmOrderJson(order));
}

function userTrades(exchange: Exchange, call: AccountCall): unknown {
  const { parameters } = call;
  const symbol = usdmSymbolFrom(parameters.required('symbol'));
  const orderId = parameters.optionalInteger('orderId');
  const fromId = parameters.optionalInteger('fromId');
  const timed = parameters.has('startTime') || parameters.has('endTime');
  if (fromId !== undefined && timed) throw badCombination();
  const { limit, ...week } = readWeek(parameters, call.at);
  const fills = exchange.fills(call.accountId, {
    symbol: unifiedUsdmSymbol(symbol),
    ...(orderId === undefined ? {} : { venueOrderId: String(orderId) }),
    ...(fromId === undefined ? week : { fromTradeId: String(fromId) }),
  });
  const fromStart = fromId !== undefined || parameters.has('startTime');
  return page(fills, fromStart, limit).map((fill) => userTradeJson(fill));
}

function settingEndpoints({ exchange }: UsdmAccountSettings): Endpoint[] {
  return [
    {
      method: 'POST',
      path: '/fapi/v1/leverage',
      route: 'settings',
      security: 'trade',
      weight: 1,
      answer: (call) => {
        const symbol = usdmSymbolFrom(call.parameters.required('symbol'));
        const leverage = call.parameters.requiredInteger('leverage');
        if (leverage < 1) throw usdmRefusal(-4028, `Leverage ${leverage} is not valid`);
        const result = exchange.setLeverage(call.at, call.accountId, unifiedUsdmSymbol(symbol), leverage);
        if (!result.ok) {
          if (result.refusal.code === 'leverage_out_of_range')
            throw usdmRefusal(-4028, `Leverage ${leverage} is not valid`);
          if (result.refusal.code === 'insufficient_balance')
            throw usdmRefusal(-2028, 'Leverage is smaller than permitted: insufficient margin balance.');
          throw usdmExchangeRefusal(result.refusal);
        }
        return {
          leverage,
          maxNotionalValue: String(notionalCap(symbol, leverage)),
          symbol: symbol.id,
        };
      },
    },
    {
      method: 'POST',
      path: '/fapi/v1/marginType',
      route: 'settings',
      security: 'trade',
      weight: 1,
      answer: (call) => changeMarginType(exchange, call),
    },
    {
      method: 'POST',
      path: '/fapi/v1/positionSide/dual',
      route: 'settings',
      security: 'trade',
      weight: 1,
      answer: (call) => {
        call.parameters.required('dualSidePosition');
        const hedged = call.parameters.optionalBoolean('dualSidePosition') === true;
        changePositionMode(exchange, call.at, call.accountId, hedged);
        return { code: 200, msg: 'success' };
      },
    },
    {
      method: 'POST',
      path: '/fapi/v1/multiAssetsMargin',
      route: 'other',
      security: 'trade',
      weight: 1,
      answer: (call) => {
        call.parameters.required('multiAssetsMargin');
        if (call.parameters.optionalBoolean('multiAssetsMargin') !== true)
          throw usdmRefusal(-4171, 'No need to change multi-assets mode.');
        throw usdmRefusal(-4084, 'Method is not allowed currently. Upcoming soon.');
      },
    },
  ];
}

function changeMarginType(exchange: Exchange, call: AccountCall): unknown {
  const symbol = usdmSymbolFrom(call.parameters.required('symbol'));
  const type = call.parameters.required('marginType');
  if (type !== 'ISOLATED' && type !== 'CROSSED') throw invalidParameter('marginType');
  const mode = type === 'ISOLATED' ? 'isolated' : 'cross';
  const unified = unifiedUsdmSymbol(symbol);
  const current = positionsOn(exchange, call.accountId, symbol)[0]?.marginMode ?? 'cross';
  if (current === mode) throw usdmRefusal(-4046, 'No need to change margin type.');
  if (exchange.openOrders(call.accountId, { symbol: unified }).length > 0)
    throw usdmRefusal(-4047, 'Margin type cannot be changed if there exists open orders.');
  const result = exchange.setMarginMode(call.at, call.accountId, unified, mode);
  if (!result.ok) throw usdmExchangeRefusal(result.refusal);
  return { code: 200, msg: 'success' };
}

function configurationEndpoints(settings: UsdmAccountSettings): Endpoint[] {
  const { exchange, counts } = settings;
  return [
    signedEndpoint('/fapi/v1/positionSide/dual', 'other', 30, (call) => ({
      dualSidePosition: exchange.isHedged(call.accountId),
    })),
    signedEndpoint('/fapi/v1/multiAssetsMargin', 'other', 30, () => ({ multiAssetsMargin: false })),
    signedEndpoint('/fapi/v1/accountConfig', 'other', 5, (call) => {
      const { feeBurn: _, ...head } = accountHead(exchange, call);
      return { ...head, dualSidePosition: exchange.isHedged(call.accountId) };
    }),
    signedEndpoint('/fapi/v1/symbolConfig', 'other', 5, (call) => {
      const id = call.parameters.optional('symbol');
      const symbols = id === undefined ? USDM_SYMBOLS : [usdmSymbolFrom(id)];
      return symbols.map((symbol) => {
        const positions = positionsOn(exchange, call.accountId, symbol);
        const leverage = leverageOf(exchange, positions, symbol);
        return {
          symbol: symbol.id,
          marginType: positions[0]?.marginMode === 'isolated' ? 'ISOLATED' : 'CROSSED',
          isAutoAddMargin: false,
          leverage,
          maxNotionalValue: String(notionalCap(symbol, leverage)),
        };
      });
    }),
    signedEndpoint('/fapi/v1/leverageBracket', 'other', 1, (call) => {
      const id = call.parameters.optional('symbol');
      return id === undefined
        ? USDM_SYMBOLS.map((symbol) => bracketsOf(symbol))
        : [bracketsOf(usdmSymbolFrom(id))];
    }),
    signedEndpoint('/fapi/v1/commissionRate', 'other', 20, (call) => {
      const symbol = usdmSymbolFrom(call.parameters.required('symbol'));
      return {
        symbol: symbol.id,
        makerCommissionRate: USDM_POLICY.fees.maker.toFixed(6),
        takerCommissionRate: USDM_POLICY.fees.taker.toFixed(6),
        rpiCommissionRate: '0.000000',
      };
    }),
    signedEndpoint('/fapi/v1/rateLimit/order', 'other', 1, () =>
      counts.intervals.map((interval) => ({ rateLimitType: 'ORDERS', ...interval })),
    ),
    signedEndpoint('/fapi/v1/income', 'other', 30, (call) => income(settings.exchange, call)),
    signedEndpoint('/fapi/v1/adlQuantile', 'other', 5, (call) => adlQuantiles(exchange, call)),
    signedEndpoint(
      '/fapi/v1/forceOrders',
      'query_order',
      (parameters) => (parameters.has('symbol') ? 20 : 50),
      (call) => forceOrders(exchange, call),
    ),
  ];
}

/**
 * Nobody is deleveraged here, so every position stands at the end of the queue. Crossed positions in hedge mode have the
 * sign `HEDGE` in place of `BOTH`. Source: "Position ADL Quantile Estimation".
 */
function adlQuantiles(exchange: Exchange, call: AccountCall): unknown {
  const open = exchange.positions(call.accountId).filter((position) => !position.quantity.isZero());
  const bySymbol = new Map(open.map((position) => [position.symbol, position]));
  return [...bySymbol.values()].map(({ symbol, side, marginMode }) => ({
    symbol: usdmSymbolId(symbol),
    adlQuantile:
      side !== 'net' && marginMode === 'cross'
        ? { LONG: 0, SHORT: 0, HEDGE: 0 }
        : { LONG: 0, SHORT: 0, BOTH: 0 },
  }));
}

/** The orders by which the venue closed positions of the account. */
function forceOrders(exchange: Exchange, call: AccountCall): unknown {
  const { parameters } = call;
  const id = parameters.optional('symbol');
  const { limit, ...week } = readWeek(parameters, call.at);
  if (parameters.optional('autoCloseType') === 'ADL') return [];
  const orders = exchange
    .orders(call.at, call.accountId, {
      marketType: 'swap',
      ...week,
      ...(id === undefined ? {} : { symbol: unifiedUsdmSymbol(usdmSymbolFrom(id)) }),
    })
    .filter((order) => isLiquidation(order));
  return page(orders, parameters.has('startTime'), Math.min(limit, 100)).map((order) => usdmOrderJson(order));
}
