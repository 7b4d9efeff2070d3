/**
 * The bills of an OKX account: every change of a balance of the trading account, newest first.
 *
 * Entry point: `billEndpoints`. Source: "Get bills details" of the v5 documentation. A trade on spot has a bill for each of its
 * two currencies, one of a swap a bill for its settlement currency.
 */
import { Decimal } from '../../core/decimal.ts';
import type { FundingPayment, LedgerEntry } from '../exchange/account.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { venueReasonOf, type Fill, type Order } from '../exchange/order.ts';
import { privateEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { billId } from './bill-ids.ts';
import { ARCHIVE_MS, HISTORY_MS, listingOf } from './instruments.ts';
import type { Json } from './market-data.ts';
import { ordersOf } from './order-json.ts';
import { TAGS } from './order-requests.ts';
import { fillSubType } from './order-words.ts';
import { pageOf, type Sorted } from './pages.ts';

export function billEndpoints(exchange: Exchange): Endpoint[] {
  return [
    privateEndpoint('account/bills', 'other', (call) => bills(exchange, call, HISTORY_MS)),
    privateEndpoint('account/bills-archive', 'other', (call) => bills(exchange, call, ARCHIVE_MS)),
  ];
}

function bills(exchange: Exchange, call: AccountCall, keptMs: number): unknown {
  const { parameters } = call.parameters;
  const wanted = ['instType', 'instId', 'ccy', 'mgnMode', 'type', 'subType'].flatMap((name) => {
    const value = parameters.optional(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const rows = allRows(exchange, call).filter(
    ({ at, row }) => at >= call.clockMs - keptMs && wanted.every(([name, value]) => row[name] === value),
  );
  return pageOf(rows, parameters);
}

function allRows(exchange: Exchange, { accountId, at }: AccountCall): Sorted<Json>[] {
  const orderOf = ordersOf(exchange, accountId, at);
  return [
    ...exchange.fills(accountId, {}).flatMap((fill) => tradeRows(fill, orderOf(fill))),
    ...exchange.funding(accountId).map(fundingRow),
    ...exchange
      .entries(accountId)
      .filter(({ wallet }) => wallet === 'unified')
      .map(entryRow),
  ];
}

/** The fields that a bill has; `given` are those that say something. */
function billRow(id: string, at: number, given: Json): Sorted<Json> {
  return {
    at,
    id,
    row: {
      bal: '',
      balChg: '0',
      billId: id,
      ccy: '',
      clOrdId: '',
      earnAmt: '',
      earnApr: '',
      execType: '',
      fee: '0',
      fillFwdPx: '',
      fillIdxPx: '',
      fillMarkPx: '',
      fillMarkVol: '',
      fillPxUsd: '',
      fillPxVol: '',
      fillTime: '',
      from: '',
      instId: '',
      instType: '',
      interest: '0',
      mgnMode: '',
      notes: '',
      ordId: '',
      pnl: '0',
      posBal: '0',
      posBalChg: '0',
      px: '',
      subType: '',
      sz: '0',
      tag: '',
      to: '',
      tradeId: '',
      ts: String(at),
      type: '',
      ...given,
    },
  };
}

function tradeType(order: Order | null): string {
  switch (order === null ? null : venueReasonOf(order)) {
    case 'liquidation':
      return '5';
    case 'settlement':
      return '3';
    case null:
      return '2';
  }
}

function tradeRows(fill: Fill, order: Order | null): Sorted<Json>[] {
  const { id, instType, symbol } = listingOf(fill.symbol);
  const isBuy = fill.side === 'buy';
  const common = {
    clOrdId: fill.clientOrderId ?? '',
    execType: fill.liquidity === 'maker' ? 'M' : 'T',
    fillTime: String(fill.at),
    instId: id,
    instType,
    mgnMode: 'cross',
    ordId: fill.venueOrderId,
    px: fill.price.toString(),
    subType: fillSubType(fill, order),
    tag: order?.tags[TAGS.tag] ?? '',
    tradeId: fill.tradeId,
    type: tradeType(order),
  };
  const feeIn = (asset: string): Decimal => (fill.feeAsset === asset ? fill.fee : Decimal.zero);
  const row = (kind: 'trade' | 'trade_other_side', ccy: string, moved: Decimal, more: Json): Sorted<Json> =>
    billRow(billId(fill, kind), fill.at, {
      ...common,
      ccy,
      balChg: moved.subtract(feeIn(ccy)).toString(),
      fee: feeIn(ccy).negate().toString(),
      ...more,
    });
  if (instType === 'SWAP')
    return [
      row('trade', symbol.quote, fill.realizedPnl, {
        pnl: fill.realizedPnl.toString(),
        sz: fill.quantity.toString(),
      }),
    ];
  return [
    row('trade', symbol.base, isBuy ? fill.quantity : fill.quantity.negate(), {
      sz: fill.quantity.toString(),
    }),
    row('trade_other_side', symbol.quote, isBuy ? fill.cost.negate() : fill.cost, {
      sz: fill.cost.toString(),
    }),
  ];
}

const SIDE_NUMBERS = { net: 0, long: 1, short: 2 } as const;

function fundingRow(payment: FundingPayment): Sorted<Json> {
  const { id } = listingOf(payment.symbol);
  const { at, amount } = payment;
  return billRow(billId(payment, 'funding', SIDE_NUMBERS[payment.positionSide]), at, {
    balChg: amount.toString(),
    ccy: payment.asset,
    instId: id,
    instType: 'SWAP',
    mgnMode: 'cross',
    pnl: amount.toString(),
    px: payment.markPrice.toString(),
    subType: amount.isNegative() ? '173' : '174',
    sz: payment.quantity.abs().toString(),
    type: '8',
  });
}

/** Money that is no trade: what came in and went out, and what a liquidation costs. */
function entryRow(entry: LedgerEntry): Sorted<Json> {
  const { at, amount } = entry;
  const isOut = amount.isNegative();
  return billRow(billId(entry, 'entry', entry.number), at, {
    balChg: amount.toString(),
    ccy: entry.asset,
    sz: amount.abs().toString(),
    instId: entry.symbol === null ? '' : listingOf(entry.symbol).id,
    instType: entry.symbol === null ? '' : 'SWAP',
    notes: entry.info ?? '',
    ...entryTypes(entry, isOut),
  });
}

/** 6 is the funding account, 18 the trading account. */
function entryTypes({ kind }: LedgerEntry, isOut: boolean): Json {
  switch (kind) {
    case 'deposit':
    case 'withdrawal':
    case 'transfer':
    case 'distribution':
      return isOut
        ? { type: '1', subType: '12', from: '18', to: '6' }
        : { type: '1', subType: '11', from: '6', to: '18' };
    case 'liquidation_fee':
    case 'insurance':
      return { type: '5', subType: isOut ? '111' : '110' };
  }
}
