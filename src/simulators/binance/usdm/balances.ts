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
  isolatedMarginOf,
  livePositions,
  positionsIn,
  positionRiskV2,
  positionRiskV3,
  rowsOf,
} from './positions.ts';
import { USDM_SYMBOLS } from './symbols.ts';

/** The asset that totals are of: margin is not shared between assets. */
const MAIN_ASSET = 'USDT';

/** The assets of the wallet, the main one first: whatever it holds, and whatever positions settle in. */
function assetsOf(exchange: Exchange, accountId: string): string[] {
  const held = exchange
    .balances(accountId, 'swap')
    .filter(({ asset, total }) => !total.isZero() || positionsIn(exchange, accountId, asset).length > 0)
    .map(({ asset }) => asset);
  return [...new Set([MAIN_ASSET, ...held])];
}

function summaryOf(exchange: Exchange, accountId: string, asset: string): MarginSummary {
  return (
    exchange.margin(accountId, asset) ?? {
      asset,
      walletBalance: Decimal.zero,
      unrealizedPnl: Decimal.zero,
      marginBalance: Decimal.zero,
      positionInitialMargin: Decimal.zero,
      openOrderInitialMargin: Decimal.zero,
      maintenanceMargin: Decimal.zero,
      availableBalance: Decimal.zero,
    }
  );
}

export function balanceEndpoints(exchange: Exchange): Endpoint[] {
  const balance = ({ accountId, at }: AccountCall): unknown =>
    assetsOf(exchange, accountId).map((asset) => {
      const summary = summaryOf(exchange, accountId, asset);
      return {
        accountAlias: 'SgsR',
        asset,
        balance: eight(summary.walletBalance),
        crossWalletBalance: eight(crossWallet(exchange, accountId, summary)),
        crossUnPnl: eight(crossProfit(exchange, accountId, asset)),
        availableBalance: eight(summary.availableBalance),
        maxWithdrawAmount: eight(maxWithdrawal(summary)),
        marginAvailable: true,
        updateTime: at,
      };
    });
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

/** Profit of positions in cross mode that settle in the asset. */
function crossProfit(exchange: Exchange, accountId: string, asset: string): Decimal {
  return positionsIn(exchange, accountId, asset)
    .filter((position) => position.marginMode === 'cross')
    .reduce((sum, position) => sum.add(position.unrealizedPnl), Decimal.zero);
}

function crossWallet(
  exchange: Exchange,
  accountId: string,
  { asset, walletBalance }: MarginSummary,
): Decimal {
  return walletBalance.subtract(isolatedMarginOf(exchange, accountId, asset));
}

/** Unrealised profit cannot be taken out. */
function maxWithdrawal(summary: MarginSummary): Decimal {
  return summary.availableBalance.min(summary.walletBalance).max(Decimal.zero);
}

function accountTotals(exchange: Exchange, call: AccountCall): Record<string, unknown> {
  const { accountId } = call;
  const summary = summaryOf(exchange, accountId, MAIN_ASSET);
  return {
    totalInitialMargin: eight(initialMargin(summary)),
    totalMaintMargin: eight(summary.maintenanceMargin),
    totalWalletBalance: eight(summary.walletBalance),
    totalUnrealizedProfit: eight(summary.unrealizedPnl),
    totalMarginBalance: eight(summary.marginBalance),
    totalPositionInitialMargin: eight(summary.positionInitialMargin),
    totalOpenOrderInitialMargin: eight(summary.openOrderInitialMargin),
    totalCrossWalletBalance: eight(crossWallet(exchange, accountId, summary)),
    totalCrossUnPnl: eight(crossProfit(exchange, accountId, MAIN_ASSET)),
    availableBalance: eight(summary.availableBalance),
    maxWithdrawAmount: eight(maxWithdrawal(summary)),
    assets: assetsOf(exchange, accountId).map((asset) => assetRow(exchange, call, asset)),
  };
}

function initialMargin(summary: MarginSummary): Decimal {
  return summary.positionInitialMargin.add(summary.openOrderInitialMargin);
}

function assetRow(exchange: Exchange, { accountId, at }: AccountCall, asset: string): unknown {
  const summary = summaryOf(exchange, accountId, asset);
  return {
    asset,
    walletBalance: eight(summary.walletBalance),
    unrealizedProfit: eight(summary.unrealizedPnl),
    marginBalance: eight(summary.marginBalance),
    maintMargin: eight(summary.maintenanceMargin),
    initialMargin: eight(initialMargin(summary)),
    positionInitialMargin: eight(summary.positionInitialMargin),
    openOrderInitialMargin: eight(summary.openOrderInitialMargin),
    crossWalletBalance: eight(crossWallet(exchange, accountId, summary)),
    crossUnPnl: eight(crossProfit(exchange, accountId, asset)),
    availableBalance: eight(summary.availableBalance),
    maxWithdrawAmount: eight(maxWithdrawal(summary)),
    marginAvailable: true,
    updateTime: at,
  };
}
