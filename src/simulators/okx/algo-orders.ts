/**
 * OKX's algo orders that wait for a price: `conditional` (one of a take-profit and a stop-loss price) and `trigger`.
 *
 * Entry points: `algoEndpoints`, `algoJson`. An algo order is no order: it has an id of its own, holds nothing in the order lists, and
 * makes an order when it triggers. Sources: "Place algo order", "Cancel algo order", "Algo order details", "Algo order list", "Algo order
 * history" and "Algo orders channel" of the v5 documentation. `oco`, `chase`, trailing, iceberg and time-weighted orders are not served.
 */
import { Decimal } from '../../core/decimal.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Order, OrderRequest, OrderType, Side, TriggerSource } from '../exchange/order.ts';
import { OrderAnswers, privateEndpoint, tradingEndpoint, type AccountCall, type Endpoint } from './access.ts';
import {
  eitherMissing,
  exchangeRefusal,
  missing,
  OkxRefusal,
  orderAbsent,
  parameterError,
} from './errors.ts';
import { ARCHIVE_MS, LISTINGS, listingOf, type Listing } from './instruments.ts';
import type { Json } from './market-data.ts';
import { readClientId, readTag, TAGS } from './order-requests.ts';
import { checkTradeMode, readPositionSide, readSide } from './order-words.ts';
import { pageOf, type Sorted } from './pages.ts';
import { instTypeFrom, listingFrom, optionalListing, type Parameters } from './parameters.ts';

/** Tags that only the payloads of algo orders show. */
const ALGO_TAGS = { kind: 'algoKind', source: 'algoSource' } as const;
/** A price of −1 is the market's. */
const AT_MARKET = '-1';
const MOST_CANCELED = 10;

export function algoEndpoints(exchange: Exchange): Endpoint[] {
  return [
    tradingEndpoint('trade/order-algo', 'create_order', (call) => place(exchange, call)),
    tradingEndpoint('trade/cancel-algos', 'cancel_order', (call) => cancel(exchange, call)),
    privateEndpoint('trade/order-algo', 'query_order', (call) => details(exchange, call)),
    privateEndpoint('trade/orders-algo-pending', 'open_orders', ({ parameters: { parameters }, accountId }) =>
      page(exchange, exchange.openOrders(accountId, { conditional: true }), parameters),
    ),
    privateEndpoint('trade/orders-algo-history', 'query_order', (call) => history(exchange, call)),
  ];
}

function place(exchange: Exchange, { parameters: { parameters }, accountId, at }: AccountCall): OrderAnswers {
  const algoClOrdId = parameters.optional('algoClOrdId') ?? '';
  const entry = { algoClOrdId, clOrdId: '', tag: parameters.optional('tag') ?? '' };
  try {
    const listing = listingFrom(parameters);
    const placed = exchange.placeOrder(at, accountId, readAlgo(exchange, accountId, listing, parameters));
    if (placed.ok)
      return new OrderAnswers([{ ...entry, algoId: placed.order.venueOrderId, sCode: '0', sMsg: '' }]);
    if (placed.refusal.code === 'duplicate_client_order_id')
      throw new OkxRefusal(51065, 'algoClOrdId already exists.');
    if (placed.refusal.code === 'would_trigger_immediately') throw passedTrigger(parameters);
    throw exchangeRefusal(listing.instType, placed.refusal);
  } catch (error) {
    if (!(error instanceof OkxRefusal) || error.code < 51_000) throw error;
    return new OrderAnswers([{ ...entry, algoId: '', sCode: String(error.code), sMsg: error.message }]);
  }
}

/** The code says which trigger, of which side, against which price. */
function passedTrigger(parameters: Parameters): OkxRefusal {
  const isTarget = parameters.has('tpTriggerPx');
  const name = isTarget ? 'TP' : 'SL';
  const isMark = (parameters.optional(isTarget ? 'tpTriggerPxType' : 'slTriggerPxType') ?? 'last') !== 'last';
  const isLower = parameters.required('side') === (isTarget ? 'sell' : 'buy');
  const price = isMark ? 'mark' : 'last';
  const codes = isMark
    ? { TP: [51300, 51303], SL: [51304, 51302] }
    : { TP: [51277, 51279], SL: [51280, 51278] };
  const [higher, lower] = codes[name];
  return isLower
    ? new OkxRefusal(lower ?? 51000, `${name} trigger price cannot be lower than the ${price} price.`)
    : new OkxRefusal(higher ?? 51000, `${name} trigger price cannot be higher than the ${price} price.`);
}

interface TriggerTerms {
  readonly stopPrice: Decimal;
  readonly price: Decimal | null;
  readonly source: TriggerSource;
  readonly sourceName: string;
  /** Whether the price has to rise to it. */
  readonly rises: boolean;
  readonly kind: 'tp' | 'sl' | 'trigger';
}

function readAlgo(
  exchange: Exchange,
  accountId: string,
  listing: Listing,
  parameters: Parameters,
): OrderRequest {
  checkTradeMode(parameters);
  const side = readSide(parameters);
  const ordType = parameters.required('ordType');
  const trigger = readTrigger(exchange, listing, parameters, side, ordType);
  const positionSide = readPositionSide(parameters, listing.instType, exchange.isHedged(accountId));
  const isSwap = listing.instType === 'SWAP';
  const reduceOnly = isSwap && positionSide === 'net' && parameters.optionalBoolean('reduceOnly') === true;
  const closes = parameters.optional('closeFraction');
  if (closes !== undefined && (closes !== '1' || !isSwap)) throw parameterError('closeFraction');
  if (closes !== undefined && positionSide === 'net' && !reduceOnly)
    throw new OkxRefusal(51328, 'closeFraction is only available for reduceOnly orders');
  const size = parameters.optionalDecimal('sz');
  if (closes === undefined && size === undefined) throw eitherMissing('sz', 'closeFraction');
  const algoClOrdId = readClientId(parameters, 'algoClOrdId');
  return {
    symbol: listing.unified,
    side,
    positionSide,
    type: typeOf(side, trigger),
    stopPrice: trigger.stopPrice,
    triggerSource: trigger.source,
    ...(trigger.price === null ? {} : { price: trigger.price }),
    ...(algoClOrdId === undefined ? {} : { clientOrderId: algoClOrdId }),
    ...(size === undefined || closes !== undefined
      ? { closePosition: true }
      : { quantity: inBase(listing, parameters, side, trigger, size) }),
    ...(reduceOnly ? { reduceOnly: true } : {}),
    tags: {
      [TAGS.ordType]: ordType,
      [TAGS.tag]: readTag(parameters),
      [ALGO_TAGS.kind]: trigger.kind,
      [ALGO_TAGS.source]: trigger.sourceName,
    },
  };
}

/** A market purchase on spot is sized in quote; an order that waits has a quantity here, at the price of its trigger. */
function inBase(
  { instType, symbol }: Listing,
  parameters: Parameters,
  side: Side,
  { price, stopPrice }: TriggerTerms,
  size: Decimal,
): Decimal {
  if (instType === 'SWAP' || price !== null) return size;
  const target = parameters.optional('tgtCcy') ?? (side === 'buy' ? 'quote_ccy' : 'base_ccy');
  if (target !== 'quote_ccy' && target !== 'base_ccy') throw parameterError('tgtCcy');
  return target === 'base_ccy'
    ? size
    : size.divide(stopPrice, 18, 'down').roundToMultipleOf(symbol.lotSize, 'down');
}

function typeOf(side: Side, { rises, price }: TriggerTerms): OrderType {
  const isStop = (side === 'buy') === rises;
  if (price === null) return isStop ? 'stop_market' : 'take_profit_market';
  return isStop ? 'stop_limit' : 'take_profit_limit';
}

function readTrigger(
  exchange: Exchange,
  { unified }: Listing,
  parameters: Parameters,
  side: Side,
  ordType: string,
): TriggerTerms {
  switch (ordType) {
    case 'conditional': {
      const [isTarget, isStop] = [parameters.has('tpTriggerPx'), parameters.has('slTriggerPx')];
      if (isTarget === isStop) throw parameterError(isTarget ? 'ordType' : 'slTriggerPx');
      const kind = isTarget ? 'tp' : 'sl';
      const stopPrice = parameters.requiredDecimal(`${kind}TriggerPx`);
      const rises = (side === 'sell') === isTarget;
      return { ...priced(parameters, `${kind}OrdPx`, `${kind}TriggerPxType`), stopPrice, rises, kind };
    }
    case 'trigger': {
      // It waits for the price to cross: on which side of it the trigger lies decides.
      const stopPrice = parameters.requiredDecimal('triggerPx');
      const terms = priced(parameters, 'orderPx', 'triggerPxType');
      const market = exchange.market(unified);
      const now = (terms.source === 'mark' ? market?.markPrice : market?.lastPrice) ?? stopPrice;
      return { ...terms, stopPrice, rises: stopPrice.greaterThan(now), kind: 'trigger' };
    }
    default:
      throw parameterError('ordType');
  }
}

function priced(
  parameters: Parameters,
  priceName: string,
  typeName: string,
): Pick<TriggerTerms, 'price' | 'source' | 'sourceName'> {
  const text = parameters.optional(priceName);
  if (text === undefined) throw missing(priceName);
  const price = text === AT_MARKET ? null : parameters.requiredDecimal(priceName);
  const sourceName = parameters.optional(typeName) ?? 'last';
  if (sourceName !== 'last' && sourceName !== 'mark' && sourceName !== 'index')
    throw parameterError(typeName);
  // The index is the mark price here, unless its operator parts them.
  return { price, source: sourceName === 'last' ? 'last' : 'mark', sourceName };
}

/** An algo order by either id: clients that name an instrument may name another one than its own. */
function find(exchange: Exchange, accountId: string, at: number, parameters: Parameters): Order | null {
  const algoId = parameters.optional('algoId');
  const algoClOrdId = parameters.optional('algoClOrdId');
  if (algoId === undefined && algoClOrdId === undefined) throw eitherMissing('algoId', 'algoClOrdId');
  for (const { unified } of LISTINGS) {
    const by = algoId === undefined ? { clientOrderId: algoClOrdId ?? '' } : { venueOrderId: algoId };
    const order = exchange.lookUp(at, accountId, { symbol: unified, ...by, conditional: true });
    if (order?.conditional === true) return order;
  }
  return null;
}

function cancel(exchange: Exchange, { parameters: { entries }, accountId, at }: AccountCall): OrderAnswers {
  if (entries === null) throw new OkxRefusal(50002, 'JSON syntax error', 400);
  if (entries.length > MOST_CANCELED) throw new OkxRefusal(51111, 'Maximum 10 orders can be placed in bulk.');
  return new OrderAnswers(
    entries.map((parameters) => {
      const order = find(exchange, accountId, at, parameters);
      const common = { algoClOrdId: '', algoId: parameters.optional('algoId') ?? '', clOrdId: '', tag: '' };
      const canceled =
        order === null
          ? null
          : exchange.cancelOrder(at, accountId, {
              symbol: order.symbol,
              venueOrderId: order.venueOrderId,
              conditional: true,
            });
      if (canceled?.ok === true)
        return { ...common, algoId: canceled.order.venueOrderId, sCode: '0', sMsg: '' };
      const refusal =
        order?.status === 'triggered'
          ? new OkxRefusal(51416, "Order has been triggered and can't be canceled")
          : exchangeRefusal('SWAP', { code: 'order_not_found' }, 'cancel');
      return { ...common, sCode: String(refusal.code), sMsg: refusal.message };
    }),
  );
}

function details(exchange: Exchange, { parameters: { parameters }, accountId, at }: AccountCall): unknown {
  const order = find(exchange, accountId, at, parameters);
  if (order === null) throw orderAbsent();
  return [algoJson(exchange, order)];
}

function page(exchange: Exchange, orders: readonly Order[], parameters: Parameters): unknown {
  const ordTypes = parameters.required('ordType').split(',');
  const instType = instTypeFrom(parameters);
  const listing = optionalListing(parameters);
  const algoId = parameters.optional('algoId');
  const rows = orders
    .filter(
      (order) =>
        ordTypes.includes(order.tags[TAGS.ordType] ?? '') &&
        (instType === undefined || listingOf(order.symbol).instType === instType) &&
        (listing === undefined || listing.unified === order.symbol) &&
        (algoId === undefined || algoId === order.venueOrderId),
    )
    .map((order): Sorted<Json> => ({
      at: order.createdAt,
      id: order.venueOrderId,
      row: algoJson(exchange, order),
    }));
  return pageOf(rows, parameters);
}

/** "Either state or algoId is required". */
function history(exchange: Exchange, { parameters: { parameters }, accountId, at }: AccountCall): unknown {
  const state = parameters.optional('state');
  if (state === undefined && !parameters.has('algoId')) throw eitherMissing('state', 'algoId');
  const orders = exchange
    .orders(at, accountId, { conditional: true })
    .filter(
      (order) =>
        order.status !== 'untriggered' &&
        at - order.updatedAt <= ARCHIVE_MS &&
        (state === undefined || algoState(order) === state),
    );
  return page(exchange, orders, parameters);
}

function algoState({ status }: Order): string {
  switch (status) {
    case 'pending':
    case 'untriggered':
    case 'open':
    case 'partially_filled':
      return 'live';
    case 'triggered':
    case 'filled':
      return 'effective';
    case 'canceled':
      return 'canceled';
    case 'expired':
    case 'rejected':
      return 'order_failed';
  }
}

/** An algo order of the look-up, the lists and the channel. */
export function algoJson(exchange: Exchange, order: Order): Json {
  const { id, instType, symbol } = listingOf(order.symbol);
  const kind = order.tags[ALGO_TAGS.kind] ?? 'trigger';
  const source = order.tags[ALGO_TAGS.source] ?? 'last';
  const stopPrice = order.stopPrice?.toString() ?? '';
  const price = order.price?.toString() ?? AT_MARKET;
  const of = (wanted: string, text: string): string => (kind === wanted ? text : '');
  const made = order.triggeredVenueOrderId ?? '';
  const isTriggered = order.status === 'triggered';
  return {
    activePx: '',
    actualPx: isTriggered ? (order.price?.toString() ?? '') : '',
    actualSide: isTriggered && kind !== 'trigger' ? kind : '',
    actualSz: isTriggered ? order.quantity.toString() : '0',
    algoClOrdId: order.clientOrderId ?? '',
    algoId: order.venueOrderId,
    amendPxOnTriggerType: '0',
    amendResult: '',
    attachAlgoOrds: [],
    cTime: String(order.createdAt),
    callbackRatio: '',
    callbackSpread: '',
    ccy: '',
    chaseType: '',
    chaseVal: '',
    clOrdId: '',
    closeFraction: order.closePosition ? '1' : '',
    failCode: algoState(order) === 'order_failed' ? '51008' : '0',
    instId: id,
    instType,
    isTradeBorrowMode: '',
    last: exchange.market(order.symbol)?.lastPrice.toString() ?? '',
    lever: '',
    linkedOrd: { ordId: '' },
    maxChaseType: '',
    maxChaseVal: '',
    moveTriggerPx: '',
    notionalUsd: order.quantity
      .multiply(symbol.contractValue)
      .multiply(order.stopPrice ?? Decimal.zero)
      .toString(),
    ordId: made,
    ordIdList: made === '' ? [] : [made],
    ordPx: of('trigger', price),
    ordType: order.tags[TAGS.ordType] ?? 'conditional',
    posSide: order.positionSide,
    pxLimit: '',
    pxSpread: '',
    pxVar: '',
    quickMgnType: '',
    reduceOnly: String(order.reduceOnly),
    reqId: '',
    side: order.side,
    slOrdPx: of('sl', price),
    slTriggerPx: of('sl', stopPrice),
    slTriggerPxType: of('sl', source),
    state: algoState(order),
    sz: order.closePosition ? '' : order.quantity.toString(),
    szLimit: '',
    tag: order.tags[TAGS.tag] ?? '',
    tdMode: 'cross',
    tgtCcy: instType === 'SPOT' ? 'base_ccy' : '',
    timeInterval: '',
    tpOrdPx: of('tp', price),
    tpTriggerPx: of('tp', stopPrice),
    tpTriggerPxType: of('tp', source),
    triggerPx: of('trigger', stopPrice),
    triggerPxType: of('trigger', source),
    triggerTime: order.triggeredAt === null ? '' : String(order.triggeredAt),
    tradeQuoteCcy: instType === 'SPOT' ? symbol.quote : '',
    uTime: String(order.updatedAt),
  };
}
