/**
 * HTX's contract look-ups and lists: one order, open orders, past orders, executions.
 *
 * Entry point: `orderListEndpoints`. An order that has ended is not found by the user's id any more. Sources: "Get Order Info", "Get Current Orders",
 * "Get Order History" and "Get Execution Details (last 3 days)" of the v5 documentation. No page says what a span may cover, nor whether a
 * page begins with the row that `from` names.
 */
import type { Exchange } from '../../exchange/exchange.ts';
import { isOpen, type Fill, type Order } from '../../exchange/order.ts';
import { privateEndpoint, type AccountCall, type Endpoint } from '../access.ts';
import { contractExecutionId, LISTINGS_OF } from '../instruments.ts';
import { readCount, type Parameters } from '../parameters.ts';
import type { Json } from '../spot/order-json.ts';
import { contextOf, executionJson, orderJson, orderRowId } from './order-json.ts';
import { contractFrom, optionalContract, optionalMarginMode, readMarginMode } from './order-requests.ts';
import { marginModeOf, stateWord, typeWord } from './order-words.ts';
import { fieldInvalid, orderUnknown } from './refusals.ts';

const HOUR_MS = 60 * 60 * 1_000;
const USUAL_SPAN_MS = 48 * HOUR_MS;
const OLDEST_ORDERS_MS = 90 * 24 * HOUR_MS;
/** The title of the page; its table says ninety days. */
const OLDEST_EXECUTIONS_MS = 72 * HOUR_MS;
const USUAL_PAGE = 10;
const LARGEST_PAGE = 100;

export interface ContractListSettings {
  readonly exchange: Exchange;
  readonly pagesBeginWithFrom: boolean;
  readonly absentContractOrder: 'no_data' | 'refused';
}

export function orderListEndpoints(settings: ContractListSettings): Endpoint[] {
  return [
    privateEndpoint({ form: 'v5' }, '/v5/trade/order', 'query_order', (call) => detail(settings, call)),
    privateEndpoint({ form: 'v5' }, '/v5/trade/order/opens', 'open_orders', (call) => opens(settings, call)),
    privateEndpoint({ form: 'v5' }, '/v5/trade/order/history', 'query_order', (call) =>
      history(settings, call),
    ),
    privateEndpoint({ form: 'v5' }, '/v5/trade/order/details', 'fills', (call) => executions(settings, call)),
  ];
}

/** "If both are provided, order_id will take precedence." */
function detail(
  { exchange, absentContractOrder }: ContractListSettings,
  { at, accountId, parameters: { parameters } }: AccountCall,
): unknown {
  const asked = optionalContract(parameters);
  optionalMarginMode(parameters);
  const venueOrderId = parameters.optional('order_id');
  const clientOrderId = venueOrderId === undefined ? parameters.required('client_order_id') : undefined;
  for (const { unified: symbol } of asked === undefined ? LISTINGS_OF.linear : [asked]) {
    const order =
      venueOrderId === undefined
        ? exchange.lookUp(at, accountId, { symbol, clientOrderId: clientOrderId ?? '' })
        : exchange.lookUp(at, accountId, { symbol, venueOrderId });
    if (order !== null) return orderJson(order, contextOf(exchange, order));
  }
  if (absentContractOrder === 'refused') throw orderUnknown();
  return null;
}

/** A page of a list from the row that `from` names on; `prev` goes the other way. */
function pageOf<Row>(
  rows: readonly Row[],
  idOf: (row: Row) => string,
  parameters: Parameters,
  pagesBeginWithFrom: boolean,
): readonly Row[] {
  const limit = readCount(parameters, 'limit', USUAL_PAGE, LARGEST_PAGE);
  const from = parameters.optional('from') ?? '0';
  const direct = parameters.optional('direct') ?? 'next';
  if (direct !== 'next' && direct !== 'prev') throw fieldInvalid('direct');
  const inOrder = direct === 'next' ? rows : rows.toReversed();
  if (from === '0') return inOrder.slice(0, limit);
  const found = inOrder.findIndex((row) => idOf(row) === from);
  if (found < 0) return [];
  const start = pagesBeginWithFrom ? found : found + 1;
  return inOrder.slice(start, start + limit);
}

/** "you will get all open orders sorted on the creation time in chronological order". */
function opens({ exchange, pagesBeginWithFrom }: ContractListSettings, call: AccountCall): unknown {
  const { parameters } = call.parameters;
  const listing = optionalContract(parameters);
  const mode = optionalMarginMode(parameters);
  const venueOrderId = parameters.optional('order_id');
  const clientOrderId = parameters.optional('client_order_id');
  const orders = exchange
    .openOrders(call.accountId, {
      marketType: 'swap',
      ...(listing === undefined ? {} : { symbol: listing.unified }),
    })
    .filter(
      (order) =>
        (mode === undefined || marginModeOf(order) === mode) &&
        (venueOrderId === undefined || order.venueOrderId === venueOrderId) &&
        (clientOrderId === undefined || order.clientOrderId === clientOrderId),
    )
    .toSorted((left, right) => left.createdAt - right.createdAt);
  return pageOf(orders, orderRowId, parameters, pagesBeginWithFrom).map((order) =>
    orderJson(order, contextOf(exchange, order)),
  );
}

/** "Last 90 days. Default value (now) – 48h". */
function spanOf(
  parameters: Parameters,
  oldestMs: number,
  nowMs: number,
): { readonly from: number; readonly to: number } {
  const to = parameters.optionalInteger('end_time') ?? nowMs;
  const from = parameters.optionalInteger('start_time') ?? to - USUAL_SPAN_MS;
  if (to < from) throw fieldInvalid('end_time');
  return { from: Math.max(from, nowMs - oldestMs), to };
}

/** Orders that have ended, the newest first. */
function history({ exchange, pagesBeginWithFrom }: ContractListSettings, call: AccountCall): unknown {
  const { at, accountId, clockMs } = call;
  const { parameters } = call.parameters;
  const { unified: symbol } = contractFrom(parameters);
  const mode = readMarginMode(parameters);
  const states = parameters.optional('state')?.split(',');
  const type = parameters.optional('type');
  const { from, to } = spanOf(parameters, OLDEST_ORDERS_MS, clockMs);
  const orders = exchange
    .orders(at, accountId, { symbol, sinceMs: from, untilMs: to })
    .filter(
      (order) =>
        !isOpen(order.status) &&
        marginModeOf(order) === mode &&
        (states === undefined || states.includes(stateWord(order))) &&
        (type === undefined || typeWord(order) === type),
    )
    .toReversed();
  return pageOf(orders, orderRowId, parameters, pagesBeginWithFrom).map((order): Json =>
    orderJson(order, contextOf(exchange, order)),
  );
}

/** The newest first. */
function executions({ exchange, pagesBeginWithFrom }: ContractListSettings, call: AccountCall): unknown {
  const { at, accountId, clockMs } = call;
  const { parameters } = call.parameters;
  const listing = optionalContract(parameters);
  const venueOrderId = parameters.optional('order_id');
  const { from, to } = spanOf(parameters, OLDEST_EXECUTIONS_MS, clockMs);
  const fills = exchange
    .fills(accountId, {
      sinceMs: from,
      untilMs: to,
      ...(listing === undefined ? {} : { symbol: listing.unified }),
      ...(venueOrderId === undefined ? {} : { venueOrderId }),
    })
    .filter(({ marketType }) => marketType === 'swap')
    .toReversed();
  const orderOf = ({ symbol, venueOrderId: id }: Fill): Order | null =>
    exchange.known(at, accountId, { symbol, venueOrderId: id });
  return pageOf(fills, contractExecutionId, parameters, pagesBeginWithFrom).map((fill) =>
    executionJson(fill, orderOf(fill)),
  );
}
