/**
 * Orders and fills as OKX prints them, over REST and on the order channel.
 *
 * Entry points: `orderJson`, `streamedOrderJson`, `fillJson`. Fees below zero were paid. Sources: "Order details", "Transaction details" and
 * "Order channel" of the v5 documentation: the fields, their types and their empty values are those of the pages' examples.
 */
import { Decimal } from '../../core/decimal.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { averagePriceOf, type Fill, type Order } from '../exchange/order.ts';
import { billId } from './bill-ids.ts';
import { listingOf, type Listing } from './instruments.ts';
import type { Json } from './market-data.ts';
import { TAGS } from './order-requests.ts';
import { cancelSourceName, categoryName, fillSubType, selfTradeName, stateName } from './order-words.ts';
import type { UndecidedBehaviour } from './undecided.ts';

/** Digits that averages are printed with at most. */
const AVERAGE_SCALE = 15;

export interface OrderFacts {
  readonly exchange: Exchange;
  /** The source of a cancellation that the exchange does not know: the countdown. */
  readonly canceledByTimer: (order: Order) => boolean;
  readonly spotListedAs: UndecidedBehaviour['spotListedAs'];
}

/** The type under which orders and fills of an instrument are listed. */
export function listedType(
  { spotListedAs }: Pick<OrderFacts, 'spotListedAs'>,
  symbol: string,
): 'SPOT' | 'MARGIN' | 'SWAP' {
  return listingOf(symbol).instType === 'SPOT' ? spotListedAs : 'SWAP';
}

/** The type as it was asked for; of an order that a trigger or the venue made, as it works. */
function ordTypeName(order: Order): string {
  const asked = order.tags[TAGS.ordType];
  if (asked !== undefined && asked !== 'conditional' && asked !== 'trigger') return asked;
  return order.price === null ? 'market' : 'limit';
}

function sizeText(order: Order): string {
  return (order.cost ?? order.quantity).toString();
}

/** The asset that the fees of the order are paid in, whether or not something was filled. */
function feeAsset(order: Order, { instType, symbol }: Listing): string {
  if (instType === 'SWAP') return symbol.quote;
  return order.side === 'buy' ? symbol.base : symbol.quote;
}

function feeOf(order: Order): Decimal {
  return order.fees.reduce((sum, { amount }) => sum.subtract(amount), Decimal.zero);
}

/** The fields that the list and the channel have in common. */
function commonJson(facts: OrderFacts, order: Order): Json {
  const { exchange, canceledByTimer } = facts;
  const listing = listingOf(order.symbol);
  const { id, instType, symbol } = listing;
  const isSpot = instType === 'SPOT';
  const algo =
    order.conditionalVenueOrderId === null
      ? null
      : exchange.known(exchange.now(), order.accountId, {
          symbol: order.symbol,
          venueOrderId: order.conditionalVenueOrderId,
          conditional: true,
        });
  const held = exchange.positions(order.accountId).find((position) => position.symbol === order.symbol);
  const state = stateName(order);
  return {
    accFillSz: order.filled.toString(),
    algoClOrdId: algo?.clientOrderId ?? '',
    algoId: order.conditionalVenueOrderId ?? '',
    attachAlgoClOrdId: '',
    attachAlgoOrds: [],
    cTime: String(order.createdAt),
    cancelSource: state !== 'canceled' ? '' : canceledByTimer(order) ? '20' : cancelSourceName(order),
    category: categoryName(order),
    ccy: '',
    clOrdId: order.clientOrderId ?? '',
    fee: feeOf(order).toString(),
    feeCcy: feeAsset(order, listing),
    instId: id,
    instType: listedType(facts, order.symbol),
    isTpLimit: 'false',
    lever: isSpot
      ? ''
      : String(held?.leverage ?? exchange.instrument(order.symbol)?.swap?.defaultLeverage ?? 1),
    linkedAlgoOrd: { algoId: '' },
    ordId: order.venueOrderId,
    ordType: ordTypeName(order),
    posSide: isSpot ? '' : order.positionSide,
    px: order.price?.toString() ?? '',
    pxType: '',
    pxUsd: '',
    pxVol: '',
    quickMgnType: '',
    rebate: '0',
    rebateCcy: isSpot && order.side === 'sell' ? symbol.base : symbol.quote,
    reduceOnly: String(order.reduceOnly),
    side: order.side,
    slOrdPx: '',
    slTriggerPx: '',
    slTriggerPxType: '',
    source: sourceName(algo),
    state,
    stpId: '',
    stpMode: selfTradeName(order),
    sz: sizeText(order),
    tag: order.tags[TAGS.tag] ?? '',
    tdMode: 'cross',
    tgtCcy: order.tags[TAGS.tgtCcy] ?? '',
    tpOrdPx: '',
    tpTriggerPx: '',
    tpTriggerPxType: '',
    tradeQuoteCcy: isSpot ? symbol.quote : '',
    uTime: String(order.updatedAt),
  };
}

/** 6 of a trigger order, 7 of one with a take-profit or stop-loss price. */
function sourceName(algo: Order | null): string {
  if (algo === null) return '';
  return algo.tags[TAGS.ordType] === 'trigger' ? '6' : '7';
}

function averagePrice(order: Order): string | null {
  const { contractValue } = listingOf(order.symbol).symbol;
  return averagePriceOf(order, AVERAGE_SCALE, contractValue)?.toString() ?? null;
}

function pnlOf(fills: readonly Fill[]): Decimal {
  return fills.reduce((sum, { realizedPnl }) => sum.add(realizedPnl), Decimal.zero);
}

/** An order of the look-up and the lists, with its last fill. */
export function orderJson(facts: OrderFacts, order: Order): Json {
  const { symbol, venueOrderId, accountId } = order;
  const fills = order.filled.isZero() ? [] : facts.exchange.fills(accountId, { symbol, venueOrderId });
  const last = fills.at(-1);
  const common = commonJson(facts, order);
  return {
    ...common,
    avgPx: averagePrice(order) ?? '',
    cancelSourceReason: '',
    fillPx: last?.price.toString() ?? '',
    fillSz: last?.quantity.toString() ?? '0',
    fillTime: last === undefined ? '' : String(last.at),
    pnl: pnlOf(fills).toString(),
    posSide: order.positionSide,
    tradeId: last?.tradeId ?? '',
  };
}

export interface StreamedExtra {
  readonly fill: Fill | null;
  readonly amendResult: string;
  readonly reqId: string;
}

/** A message of the order channel, with the fill that it is about. */
export function streamedOrderJson(facts: OrderFacts, order: Order, extra: StreamedExtra): Json {
  const { exchange } = facts;
  const { symbol, venueOrderId, accountId } = order;
  const { fill, amendResult, reqId } = extra;
  const { instType, symbol: figures } = listingOf(symbol);
  const market = exchange.market(symbol);
  const worth = order.quantity
    .multiply(figures.contractValue)
    .multiply(order.price ?? market?.lastPrice ?? Decimal.zero);
  const fills = order.filled.isZero() ? [] : exchange.fills(accountId, { symbol, venueOrderId });
  const common = commonJson(facts, order);
  return {
    ...common,
    amendResult,
    amendSource: amendResult === '' ? '' : '1',
    avgPx: averagePrice(order) ?? '0',
    code: '0',
    execType: fill === null ? '' : fill.liquidity === 'maker' ? 'M' : 'T',
    fillFee: fill === null ? '0' : fill.fee.negate().toString(),
    fillFeeCcy: fill?.feeAsset ?? '',
    fillFwdPx: '',
    fillIdxPx: '',
    fillMarkPx: fill === null || instType === 'SPOT' ? '' : (market?.markPrice.toString() ?? ''),
    fillMarkVol: '',
    fillNotionalUsd: fill === null ? '' : fill.cost.toString(),
    fillPnl: fill === null ? '0' : fill.realizedPnl.toString(),
    fillPx: fill?.price.toString() ?? '',
    fillPxUsd: '',
    fillPxVol: '',
    fillSz: fill?.quantity.toString() ?? '0',
    fillTime: fill === null ? '' : String(fill.at),
    lastPx: market?.lastPrice.toString() ?? '',
    lever: common['lever'] === '' ? '0' : common['lever'],
    msg: '',
    notionalUsd: worth.toString(),
    pnl: pnlOf(fills).toString(),
    reqId,
    tradeId: fill?.tradeId ?? '',
  };
}

/** One fill of the transaction details; `order` is the one that it belongs to, where it is known. */
export function fillJson(facts: Pick<OrderFacts, 'spotListedAs'>, fill: Fill, order: Order | null): Json {
  const { id, instType, symbol } = listingOf(fill.symbol);
  return {
    side: fill.side,
    fillSz: fill.quantity.toString(),
    fillPx: fill.price.toString(),
    fillPxVol: '',
    fillFwdPx: '',
    fee: fill.fee.negate().toString(),
    fillPnl: fill.realizedPnl.toString(),
    ordId: fill.venueOrderId,
    feeRate: feeRate(fill, symbol.base),
    instType: listedType(facts, fill.symbol),
    fillPxUsd: '',
    instId: id,
    clOrdId: fill.clientOrderId ?? '',
    posSide: fill.positionSide,
    billId: billId(fill, 'trade'),
    subType: fillSubType(fill, order),
    fillMarkVol: '',
    tag: order?.tags[TAGS.tag] ?? '',
    fillTime: String(fill.at),
    execType: fill.liquidity === 'maker' ? 'M' : 'T',
    fillIdxPx: '',
    tradeId: fill.tradeId,
    fillMarkPx: '',
    feeCcy: fill.feeAsset,
    ts: String(fill.at),
    tradeQuoteCcy: instType === 'SPOT' ? symbol.quote : '',
  };
}

function feeRate(fill: Fill, base: string): string {
  const of = fill.feeAsset === base ? fill.quantity : fill.cost;
  return of.isZero() ? '0' : fill.fee.negate().divide(of, 5, 'half_even').toString();
}

/** The orders that fills belong to. */
export function ordersOf(exchange: Exchange, accountId: string, at: number): (fill: Fill) => Order | null {
  const known = new Map<string, Order | null>();
  return ({ symbol, venueOrderId }) => {
    if (!known.has(venueOrderId))
      known.set(venueOrderId, exchange.known(at, accountId, { symbol, venueOrderId }));
    return known.get(venueOrderId) ?? null;
  };
}
