/**
 * The transaction log of a Bybit account: every change of a balance of the unified wallet.
 *
 * Entry point: `transactionLogEndpoint`. Source: "Get Transaction Log" of the v5 documentation: `change` is what the balance moved by,
 * "cashFlow + funding - fee". A trade of contracts that moves nothing but the fee has an entry as well, a spot trade one for each of
 * its two assets.
 */
import { Decimal } from '../../core/decimal.ts';
import type { FundingPayment, LedgerEntry } from '../exchange/account.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Fill, Order } from '../exchange/order.ts';
import { privateEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { executionId, listingOf } from './instruments.ts';
import { fundingId, ordersById, type Json } from './order-json.ts';
import { execTypeName, sideName } from './order-words.ts';
import type { Sorted } from '../wire/pages.ts';
import { pageOf, readSpan } from './pages.ts';

export function transactionLogEndpoint(exchange: Exchange): Endpoint {
  return privateEndpoint('/v5/account/transaction-log', 'other', (call) => log(exchange, call));
}

function log(exchange: Exchange, call: AccountCall): unknown {
  const { parameters } = call.parameters;
  const { from, to } = readSpan(parameters, call.clockMs, 1);
  const [category, currency, base, type] = ['category', 'currency', 'baseCoin', 'type'].map((name) =>
    parameters.optional(name),
  );
  const rows = allRows(exchange, call)
    .filter(({ at }) => at >= from && at <= to)
    .filter(
      ({ row }) =>
        (category === undefined || row['category'] === category || row['category'] === '') &&
        (currency === undefined || row['currency'] === currency) &&
        (base === undefined || String(row['symbol']).startsWith(base)) &&
        (type === undefined || row['type'] === type),
    );
  const page = pageOf(rows, parameters, 20, 50);
  return { nextPageCursor: page.nextPageCursor, list: page.rows };
}

function allRows(exchange: Exchange, { accountId, at }: AccountCall): Sorted<Json>[] {
  const fills = exchange.fills(accountId, {});
  const orderOf = ordersById(exchange, accountId, at, fills);
  return [
    ...fills.flatMap((fill) => tradeRows(fill, orderOf(fill))),
    ...exchange.funding(accountId).map(fundingRow),
    ...exchange
      .entries(accountId)
      .filter(({ wallet }) => wallet === 'unified')
      .map(entryRow),
  ];
}

interface Change {
  readonly at: number;
  readonly id: string;
  readonly type: string;
  readonly currency: string;
  readonly cashFlow: Decimal;
  readonly fee: Decimal;
  /** Null where there is none, as in every entry but those of funding. */
  readonly funding: Decimal | null;
  readonly more?: Json;
}

function rowOf({ at, id, type, currency, cashFlow, fee, funding, more }: Change): Sorted<Json> {
  const change = cashFlow.add(funding ?? Decimal.zero).subtract(fee);
  return {
    at,
    id: `${id} ${currency}`,
    row: {
      transSubType: '',
      id,
      symbol: '',
      side: 'None',
      funding: funding === null ? '' : funding.toString(),
      orderLinkId: '',
      orderId: '',
      fee: fee.toString(),
      change: change.toString(),
      cashFlow: cashFlow.toString(),
      transactionTime: String(at),
      type,
      feeRate: '',
      bonusChange: '',
      size: '',
      qty: '',
      cashBalance: '',
      currency,
      category: '',
      tradePrice: '',
      tradeId: '',
      extraFees: '',
      ...more,
    },
  };
}

const LOG_TYPES: Readonly<Record<string, string>> = { BustTrade: 'LIQUIDATION', Delivery: 'DELIVERY' };

function tradeRows(fill: Fill, order: Order | null): Sorted<Json>[] {
  const listing = listingOf(fill.symbol);
  const { base, quote } = listing.symbol;
  const isBuy = fill.side === 'buy';
  const common = {
    at: fill.at,
    // "Unique id" is one of an account and symbol with the cross sequence, in the page's own example not unique.
    id: `1_${listing.id}_${fill.tradeId}`,
    type: LOG_TYPES[execTypeName(order)] ?? 'TRADE',
    funding: null,
  };
  const more = {
    symbol: listing.id,
    side: sideName(fill.side),
    orderLinkId: fill.clientOrderId ?? '',
    orderId: fill.venueOrderId,
    category: listing.category,
    tradePrice: listing.price(fill.price),
    tradeId: executionId(fill),
  };
  const feeIn = (asset: string): Decimal => (fill.feeAsset === asset ? fill.fee : Decimal.zero);
  if (listing.category === 'linear')
    return [
      rowOf({
        ...common,
        currency: quote,
        cashFlow: fill.realizedPnl,
        fee: feeIn(quote),
        more: { ...more, qty: listing.quantity(fill.quantity) },
      }),
    ];
  return (
    [
      [base, isBuy ? fill.quantity : fill.quantity.negate()],
      [quote, isBuy ? fill.cost.negate() : fill.cost],
    ] as const
  ).map(([currency, cashFlow]) =>
    rowOf({
      ...common,
      currency,
      cashFlow,
      fee: feeIn(currency),
      more: { ...more, qty: cashFlow.toString() },
    }),
  );
}

/** Funding is a settlement in the log. */
function fundingRow(payment: FundingPayment): Sorted<Json> {
  const listing = listingOf(payment.symbol);
  return rowOf({
    at: payment.at,
    id: `1_${listing.id}_${fundingId(payment)}`,
    type: 'SETTLEMENT',
    currency: payment.asset,
    cashFlow: Decimal.zero,
    fee: Decimal.zero,
    funding: payment.amount,
    more: {
      symbol: listing.id,
      side: payment.quantity.isPositive() ? 'Buy' : 'Sell',
      size: payment.quantity.toString(),
      qty: payment.quantity.abs().toString(),
      category: listing.category,
      feeRate: payment.rate.toString(),
      tradePrice: listing.price(payment.markPrice),
      tradeId: fundingId(payment),
    },
  });
}

/** Money that is no trade: a deposit or transfer comes in, a withdrawal or transfer goes out, and what a liquidation costs. */
function entryRow(entry: LedgerEntry): Sorted<Json> {
  const listing = entry.symbol === null ? null : listingOf(entry.symbol);
  return rowOf({
    at: entry.at,
    id: `1_${listing?.id ?? entry.asset}_${entry.number}`,
    type: entryType(entry),
    currency: entry.asset,
    cashFlow: entry.amount,
    fee: Decimal.zero,
    funding: null,
    ...(listing === null ? {} : { more: { symbol: listing.id, category: listing.category } }),
  });
}

function entryType({ kind, amount }: LedgerEntry): string {
  switch (kind) {
    case 'deposit':
    case 'withdrawal':
    case 'transfer':
      return amount.isNegative() ? 'TRANSFER_OUT' : 'TRANSFER_IN';
    case 'distribution':
      return 'AIRDROP';
    case 'liquidation_fee':
    case 'insurance':
      return 'LIQUIDATION';
  }
}
