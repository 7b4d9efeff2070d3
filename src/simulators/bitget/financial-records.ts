/**
 * The financial records of a Bitget account: every change of a balance of the unified wallet, newest first.
 *
 * Entry point: `recordEndpoint`. Source: "Get Financial Records" and "type (financial records)" of the page of enumerations. A trade on spot has a
 * record for each of its two coins, one of a perpetual a record for its margin coin. The balance moves by `amount` and `fee`, which stands
 * below zero. Movements between the venue's accounts are of the category `OTHER`.
 */
import { Decimal } from '../../core/decimal.ts';
import type { FundingPayment, LedgerEntry } from '../exchange/account.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { closesSide, venueReasonOf, type Fill, type Order } from '../exchange/order.ts';
import { privateEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { missing } from './errors.ts';
import { LISTINGS, listingOf } from './instruments.ts';
import { ordersOf, type Json } from './order-json.ts';
import { pageOf, readSpan, type Sorted } from './pages.ts';

export function recordEndpoint(exchange: Exchange): Endpoint {
  return privateEndpoint('account/financial-records', 'other', (call) => records(exchange, call));
}

interface FinancialRecord {
  readonly at: number;
  /** Unique for the account, rising with time. */
  readonly id: string;
  readonly category: string;
  readonly symbol: string;
  readonly coin: string;
  readonly type: string;
  readonly amount: Decimal;
  /** Above zero: paid. */
  readonly fee: Decimal;
}

function records(exchange: Exchange, call: AccountCall): unknown {
  const { parameters } = call.parameters;
  const category = parameters.optional('category')?.toUpperCase();
  if (category === undefined) throw missing('category');
  const { from, to } = readSpan(parameters, call.clockMs);
  const [coin, type] = ['coin', 'type'].map((name) => parameters.optional(name));
  const rows = withBalances(exchange, call.accountId, allRecords(exchange, call)).filter(
    ({ at, row }) =>
      at >= from &&
      at <= to &&
      row['category'] === category &&
      (coin === undefined || row['coin'] === coin) &&
      (type === undefined || row['type'] === type),
  );
  return pageOf(rows, parameters);
}

/** Each with the balance that it left, counted back from the balance of now. */
function withBalances(
  exchange: Exchange,
  accountId: string,
  all: readonly FinancialRecord[],
): readonly Sorted<Json>[] {
  const balances = new Map(exchange.balances(accountId, 'unified').map(({ asset, total }) => [asset, total]));
  return [...all]
    .sort((left, right) => right.at - left.at || (BigInt(right.id) > BigInt(left.id) ? 1 : -1))
    .map(({ at, id, category, symbol, coin, type, amount, fee }) => {
      const after = balances.get(coin) ?? Decimal.zero;
      balances.set(coin, after.subtract(amount).add(fee));
      return {
        at,
        id,
        row: {
          category,
          id,
          symbol,
          coin,
          type,
          positionType: category === 'USDT-FUTURES' ? 'crossed' : '',
          amount: amount.toString(),
          fee: fee.negate().toString(),
          balance: after.toString(),
          ts: String(at),
        },
      };
    });
}

const KINDS = ['trade', 'trade_other_side', 'funding', 'entry'] as const;

function idOf(
  symbol: string | null,
  at: number,
  number: number,
  kind: (typeof KINDS)[number],
  side: number,
): string {
  const instrument = symbol === null ? 99 : LISTINGS.findIndex(({ unified }) => unified === symbol);
  return [
    String(at),
    String(instrument).padStart(2, '0'),
    String(number % 1_000).padStart(3, '0'),
    String(KINDS.indexOf(kind) * 2 + side),
  ].join('');
}

function allRecords(exchange: Exchange, { accountId, at }: AccountCall): readonly FinancialRecord[] {
  const orderOf = ordersOf(exchange, accountId, at);
  return [
    ...exchange.fills(accountId, {}).flatMap((fill) => ofFill(fill, orderOf(fill))),
    ...exchange.funding(accountId).map(ofFunding),
    ...exchange
      .entries(accountId)
      .filter(({ wallet }) => wallet === 'unified')
      .map(ofEntry),
  ];
}

function ofFill(fill: Fill, order: Order | null): FinancialRecord[] {
  const { id: symbol, category, symbol: figures } = listingOf(fill.symbol);
  const isBuy = fill.side === 'buy';
  const number = Number(fill.tradeId);
  const common = { at: fill.at, category, symbol };
  const feeIn = (coin: string): Decimal => (fill.feeAsset === coin ? fill.fee : Decimal.zero);
  const id = (kind: (typeof KINDS)[number]): string =>
    idOf(fill.symbol, fill.at, number, kind, isBuy ? 0 : 1);
  if (category === 'USDT-FUTURES')
    return [
      {
        ...common,
        id: id('trade'),
        coin: figures.quote,
        type: dealType(fill, order),
        amount: fill.realizedPnl,
        fee: feeIn(figures.quote),
      },
    ];
  const moved = [
    ['trade', figures.base, isBuy ? fill.quantity : fill.quantity.negate()],
    ['trade_other_side', figures.quote, isBuy ? fill.cost.negate() : fill.cost],
  ] as const;
  const sides = moved.map(([kind, coin, amount]) => ({
    ...common,
    id: id(kind),
    coin,
    type: amount.isNegative() ? 'ORDER_DEALT_FROZEN_OUT' : 'ORDER_DEALT_IN',
    amount,
    fee: feeIn(coin),
  }));
  if (fill.feeAsset === figures.base || fill.feeAsset === figures.quote) return sides;
  // "handling fee deduction", in the venue's own coin.
  const deduction = { ...common, coin: fill.feeAsset, type: 'ORDER_PLF_FEE_OUT', fee: Decimal.zero };
  return [
    ...sides,
    { ...deduction, id: `${id('trade').slice(0, -1)}${isBuy ? 8 : 9}`, amount: fill.fee.negate() },
  ];
}

function dealType(fill: Fill, order: Order | null): string {
  const isLiquidation = order !== null && venueReasonOf(order) === 'liquidation';
  const side = fill.side.toUpperCase();
  if (fill.positionSide === 'net') return isLiquidation ? `BURST_${side}_SSM` : `${side}_DEAL`;
  const of = fill.positionSide.toUpperCase();
  if (isLiquidation) return `BURST_CLOSE_${of}`;
  return closesSide(fill) ? `CLOSE_${of}` : `OPEN_${of}`;
}

function ofFunding(payment: FundingPayment): FinancialRecord {
  const { id: symbol, category } = listingOf(payment.symbol);
  const side = { net: 0, long: 1, short: 2 }[payment.positionSide];
  return {
    at: payment.at,
    id: idOf(payment.symbol, payment.at, side, 'funding', 0),
    category,
    symbol,
    coin: payment.asset,
    type: `CONTRACT_MAIN_SETTLE_FEE_USER_${payment.amount.isNegative() ? 'OUT' : 'IN'}`,
    amount: payment.amount,
    fee: Decimal.zero,
  };
}

/** Money that is no trade: what came in and went out, and what a liquidation costs. */
function ofEntry(entry: LedgerEntry): FinancialRecord {
  const listing = entry.symbol === null ? null : listingOf(entry.symbol);
  return {
    at: entry.at,
    id: idOf(entry.symbol, entry.at, entry.number, 'entry', 0),
    category: listing?.category ?? 'OTHER',
    symbol: listing?.id ?? '',
    coin: entry.asset,
    type: entryType(entry),
    amount: entry.amount,
    fee: Decimal.zero,
  };
}

function entryType({ kind, amount }: LedgerEntry): string {
  const way = amount.isNegative() ? 'OUT' : 'IN';
  switch (kind) {
    case 'deposit':
    case 'withdrawal':
    case 'transfer':
      return `TRANSFER_${way}`;
    case 'distribution':
      return `SYSTEM_TRANSFER_${way}`;
    case 'liquidation_fee':
      return 'LIQ_FEE';
    case 'insurance':
      return `RISK_LIQ_USER_${way}`;
  }
}
