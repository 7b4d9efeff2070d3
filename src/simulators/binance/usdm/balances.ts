/**
 * The holdings of a USD-M account: its wallet with the margin behind it, and the lists of its positions.
 *
 * Entry point: `balanceEndpoints`. Margin is single-asset. Source: "Account" and "Position Information" (V2, V3) of the USD-M
 * futures documentation.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { MarginSummary } from '../../exchange/account.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { type AccountCall, type Endpoint, signedEndpoint } from '../authentication.ts';
import { eight } from '../figures.ts';
import { unifiedUsdmSymbol } from './instruments.ts';
import { usdmSymbolFrom } from './order-requests.ts';
import {
  accountPositionV2,
  accountPositionV3,
  livePositions,
  positionRiskV2,
  positionRiskV3,
  rowsOf,
  MARGIN_ASSET,
} from './positions.ts';
import { USDM_SYMBOLS } from './symbols.ts';

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

export function balanceEndpoints(exchange: Exchange): Endpoint[] {
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

export function accountHead(exchange: Exchange, call: AccountCall): Record<string, unknown> {
  const account = exchange.account(call.accountId);
  return {
    feeTier: 0,
    feeBurn: exchange.paysFeesInCoin(call.accountId),
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
