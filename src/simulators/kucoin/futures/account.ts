/**
 * A KuCoin futures account beside its trading: the wallet, its ledger, the funding of its positions, its fees.
 *
 * Entry points: `futuresAccountEndpoints`, `futuresFees`, `overviewJson`. Sources: "Get Account - Futures", "Get Account Ledgers - Futures", "Get Private Funding
 * History" and "Get Actual Fee - Futures" of the documentation.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { LedgerEntry, MarginSummary } from '../../exchange/account.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { privateEndpoint, type AccountCall, type Endpoint } from '../access.ts';
import { numeral, type Json } from '../exact-json.ts';
import { readLimit, type Parameters } from '../parameters.ts';
import { contractNamed, contractOf } from './instruments.ts';
import { POSITION_SIDES } from './order-json.ts';
import { unknownContract } from './refusals.ts';
import { contractFrom } from './settings.ts';

export function futuresAccountEndpoints(exchange: Exchange): Endpoint[] {
  return [
    privateEndpoint(
      'v1/account-overview',
      'balances',
      ['futures', 5],
      ({ parameters: { parameters }, accountId }) =>
        overviewJson(exchange, accountId, parameters.optional('currency') ?? 'XBT'),
    ),
    privateEndpoint('v1/transaction-history', 'other', ['futures', 2], (call) => ledger(exchange, call)),
    privateEndpoint('v1/funding-history', 'other', ['futures', 5], (call) => funding(exchange, call)),
  ];
}

/** The fees of the contract that `symbol` names. */
export function futuresFees(exchange: Exchange, symbol: string): Json {
  if (contractNamed(symbol) === undefined) throw unknownContract();
  const { fees } = exchange.policyOf('swap');
  return { symbol, takerFeeRate: fees.taker.toString(), makerFeeRate: fees.maker.toString() };
}

export function overviewJson(exchange: Exchange, accountId: string, currency: string): Json {
  const margin = exchange.margin(accountId, currency);
  const balance = exchange.balances(accountId, 'swap').find(({ asset }) => asset === currency);
  const zero = Decimal.zero;
  const wallet = margin?.walletBalance ?? balance?.total ?? zero;
  return {
    accountEquity: numeral(margin?.marginBalance ?? wallet),
    unrealisedPNL: numeral(margin?.unrealizedPnl ?? zero),
    marginBalance: numeral(wallet),
    positionMargin: numeral(margin?.positionInitialMargin ?? zero),
    orderMargin: numeral(margin?.openOrderInitialMargin ?? zero),
    frozenFunds: 0,
    availableBalance: numeral(margin?.availableBalance ?? balance?.free ?? zero),
    currency,
    riskRatio: figureOf(margin),
    maxWithdrawAmount: numeral(balance?.free ?? zero),
  };
}

/** "Cross margin risk rate": the maintenance margin as a part of what stands behind it. */
function figureOf(margin: MarginSummary | null): unknown {
  if (margin === null || !margin.marginBalance.isPositive()) return 0;
  return numeral(margin.maintenanceMargin.divide(margin.marginBalance, RATIO_SCALE, 'half_even'));
}

const RATIO_SCALE = 12;

interface Row {
  readonly offset: number;
  readonly at: number;
  readonly row: Json;
}

/** Newest first, older than `offset`, which is the unique number of the last row that was read. */
function pageOf(rows: readonly Row[], parameters: Parameters, usual: number): Json {
  const most = readLimit(parameters, 'maxCount', usual, 100);
  const offset = parameters.optionalInteger('offset') ?? Number.MAX_SAFE_INTEGER;
  const from = parameters.optionalInteger('startAt') ?? 0;
  const to = parameters.optionalInteger('endAt') ?? Number.MAX_SAFE_INTEGER;
  const wanted = rows
    .filter((row) => row.offset < offset && row.at >= from && row.at <= to)
    .toSorted((left, right) => right.offset - left.offset);
  return { dataList: wanted.slice(0, most).map(({ row }) => row), hasMore: wanted.length > most };
}

/** Rises with time, and keeps rows of one millisecond apart. */
function offsetOf(at: number, number: number): number {
  return (at - 1_600_000_000_000) * 1_000 + (number % 1_000);
}

const MOVES: Readonly<Record<LedgerEntry['kind'], readonly [into: string, out: string]>> = {
  deposit: ['Deposit', 'Withdrawal'],
  withdrawal: ['Deposit', 'Withdrawal'],
  transfer: ['TransferIn', 'TransferOut'],
  distribution: ['Deposit', 'Withdrawal'],
  liquidation_fee: ['RealisedPNL', 'RealisedPNL'],
  insurance: ['RealisedPNL', 'RealisedPNL'],
};

function ledger(exchange: Exchange, { parameters: { parameters }, accountId }: AccountCall): Json {
  const currency = parameters.optional('currency');
  const type = parameters.optional('type')?.toLowerCase();
  const equity = exchange.margin(accountId)?.marginBalance ?? Decimal.zero;
  const rowOf = (
    at: number,
    number: number,
    kind: string,
    amount: Decimal,
    remark: string,
    asset: string,
  ): Row => {
    const offset = offsetOf(at, number);
    return {
      offset,
      at,
      row: {
        time: at,
        type: kind,
        amount: numeral(amount),
        fee: 0,
        accountEquity: numeral(equity),
        status: 'Completed',
        remark,
        offset,
        currency: asset,
      },
    };
  };
  const rows = [
    ...exchange
      .entries(accountId)
      .filter(({ wallet }) => wallet === 'swap')
      .map(({ at, number, kind, amount, asset }) =>
        rowOf(at, 500 + (number % 400), MOVES[kind][amount.isNegative() ? 1 : 0], amount, '', asset),
      ),
    ...exchange
      .fills(accountId, {})
      .filter(({ marketType, realizedPnl }) => marketType === 'swap' && !realizedPnl.isZero())
      .map((fill, index) =>
        rowOf(
          fill.at,
          index % 400,
          'RealisedPNL',
          fill.realizedPnl.subtract(fill.fee),
          contractOf(fill.symbol).id,
          fill.feeAsset,
        ),
      ),
  ].filter(
    ({ row }) =>
      (currency === undefined || row['currency'] === currency) &&
      (type === undefined || String(row['type']).toLowerCase() === type),
  );
  return pageOf(rows, parameters, 50);
}

function funding(exchange: Exchange, { parameters: { parameters }, accountId }: AccountCall): Json {
  const { unified, id, symbol } = contractFrom(parameters);
  const rows = exchange
    .funding(accountId)
    .filter((payment) => payment.symbol === unified)
    .map((payment, index): Row => {
      const offset = offsetOf(payment.at, index);
      const value = payment.quantity.multiply(symbol.multiplier).multiply(payment.markPrice);
      const positionSide = POSITION_SIDES[payment.positionSide];
      return {
        offset,
        at: payment.at,
        row: {
          id: offset,
          symbol: id,
          timePoint: payment.at,
          fundingRate: numeral(payment.rate),
          markPrice: numeral(payment.markPrice),
          positionQty: numeral(payment.quantity),
          positionCost: numeral(value),
          funding: numeral(payment.amount),
          settleCurrency: payment.asset,
          context: JSON.stringify({ marginMode: 'CROSS', positionSide }),
          marginMode: 'CROSS',
        },
      };
    });
  return pageOf(rows, parameters, 10);
}
