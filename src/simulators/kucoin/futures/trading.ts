/**
 * KuCoin's endpoints that act on futures orders: one, a list of them, all of a contract.
 *
 * Entry point: `futuresTradingEndpoints`. An answer holds ids alone, and a cancel is a request. Stops are canceled by the same endpoints for one order,
 * and by one of their own for all. Source: "Add Order", "Batch Add Orders", "Cancel Order By OrderId", "Batch Cancel Orders", "Cancel All
 * Orders" and "Cancel All Stop orders" of the futures documentation.
 */
import type { Order, OrderReference } from '../../exchange/order.ts';
import { tradingEndpoint, type AccountCall, type Draw, type Endpoint } from '../access.ts';
import { KucoinRefusal, missing, parameterError } from '../errors.ts';
import type { Json } from '../exact-json.ts';
import { objectParameters, textOf, type Parameters } from '../parameters.ts';
import { isObject } from '../../wire/request-fields.ts';
import { CONTRACTS } from './instruments.ts';
import { readNewOrder, TAGS } from './order-requests.ts';
import { futuresRefusal, notCancelable, wrongMarginMode } from './refusals.ts';
import { alignMarginMode, contractFrom, marginModeOf, type SettingSettings } from './settings.ts';

export interface FuturesTradingSettings extends SettingSettings {
  /** Whether a cancel of an order that is filled is taken all the same, as far as its acknowledgement goes. */
  readonly takesCancelOf: (order: Order, at: number) => boolean;
}

const ONE: Draw = ['futures', 1];
const TWO: Draw = ['futures', 2];
const MANY: Draw = ['futures', 20];

export function futuresTradingEndpoints(settings: FuturesTradingSettings): Endpoint[] {
  const post = (path: string, draw: Draw, answer: (call: AccountCall) => unknown): Endpoint =>
    tradingEndpoint('POST', path, 'create_order', draw, answer);
  const cancelAt = (path: string, draw: Draw, answer: (call: AccountCall) => unknown): Endpoint =>
    tradingEndpoint('DELETE', path, 'cancel_order', draw, answer);
  return [
    post('v1/orders', TWO, (call) => idsOf(place(settings, call, call.parameters.parameters))),
    post('v1/orders/test', TWO, ({ parameters: { parameters }, accountId, at }) => {
      readNewOrder({ exchange: settings.exchange, accountId, at }, contractFrom(parameters), parameters);
      return { orderId: '234125150956625920', clientOid: parameters.required('clientOid') };
    }),
    post('v1/orders/multi', MANY, (call) => placeList(settings, call)),
    cancelAt('v1/orders/multi-cancel', MANY, (call) => cancelList(settings, call)),
    cancelAt('v1/orders/client-order/:clientOid', ONE, (call) => {
      const { parameters } = call.parameters;
      const clientOrderId = parameters.required('clientOid');
      cancel(settings, call, { symbol: contractFrom(parameters).unified, clientOrderId });
      return { clientOid: clientOrderId };
    }),
    cancelAt('v1/orders/:orderId', ONE, (call) => {
      const venueOrderId = call.parameters.parameters.required('orderId');
      cancelById(settings, call, venueOrderId);
      return { cancelledOrderIds: [venueOrderId] };
    }),
    cancelAt('v3/orders', ['futures', 10], (call) => {
      const { unified } = contractFrom(call.parameters.parameters);
      return cancelMany(
        settings,
        call,
        (order) => order.symbol === unified && order.status !== 'untriggered',
      );
    }),
    cancelAt('v1/orders', ['futures', 800], (call) => {
      const unified = symbolAsked(call.parameters.parameters);
      return cancelMany(settings, call, (order) => unified(order) && order.status !== 'untriggered');
    }),
    cancelAt('v1/stopOrders', ['futures', 15], (call) => {
      const unified = symbolAsked(call.parameters.parameters);
      return cancelMany(settings, call, (order) => unified(order) && order.status === 'untriggered');
    }),
  ];
}

function symbolAsked(parameters: Parameters): (order: Order) => boolean {
  if (!parameters.has('symbol')) return () => true;
  const { unified } = contractFrom(parameters);
  return ({ symbol }) => symbol === unified;
}

function idsOf({ venueOrderId, clientOrderId }: Order): Json {
  return { orderId: venueOrderId, clientOid: clientOrderId ?? '' };
}

function place(settings: FuturesTradingSettings, call: AccountCall, parameters: Parameters): Order {
  const { exchange } = settings;
  const { accountId, at } = call;
  const contract = contractFrom(parameters);
  // "marginMode: ISOLATED, CROSS. If not specified, the default is ISOLATED".
  const mode = parameters.optional('marginMode') ?? 'ISOLATED';
  const request = readNewOrder({ exchange, accountId, at }, contract, parameters);
  if (mode !== marginModeOf(settings, accountId, contract)) throw wrongMarginMode();
  alignMarginMode(settings, call, contract);
  const leverage = parameters.optionalDecimal('leverage');
  if (mode === 'ISOLATED' && leverage !== undefined) {
    const done = exchange.setLeverage(at, accountId, contract.unified, Number(leverage.toString()));
    if (!done.ok) throw futuresRefusal(done.refusal);
  }
  const placed = exchange.placeOrder(at, accountId, {
    ...request,
    tags: { ...request.tags, [TAGS.marginMode]: mode },
  });
  if (!placed.ok) throw futuresRefusal(placed.refusal, request.side);
  return placed.order;
}

const MOST_IN_LIST = 20;

/** "You can place up to 20 orders at one time". */
function placeList(settings: FuturesTradingSettings, call: AccountCall): Json[] {
  const { body } = call.parameters;
  if (!Array.isArray(body) || body.length === 0) throw missing('orders');
  if (body.length > MOST_IN_LIST) throw parameterError('The number of orders cannot exceed 20');
  return body.map((entry: unknown) => {
    const { clientOid, symbol } = isObject(entry) ? entry : {};
    try {
      const order = place(settings, call, objectParameters(entry));
      return { ...idsOf(order), symbol, code: '200000', msg: 'success' };
    } catch (error) {
      if (!(error instanceof KucoinRefusal)) throw error;
      return { orderId: null, clientOid, symbol, code: error.code, msg: error.message };
    }
  });
}

function cancel(
  { exchange, takesCancelOf }: FuturesTradingSettings,
  { accountId, at }: AccountCall,
  reference: OrderReference,
): void {
  const canceled = exchange.cancelOrder(at, accountId, reference);
  if (canceled.ok) return;
  const known = exchange.known(at, accountId, reference);
  if (canceled.refusal.code === 'order_not_open' && known !== null && takesCancelOf(known, at)) return;
  throw futuresRefusal(canceled.refusal);
}

/** Ids count over the venue, so that one is of one contract. */
function cancelById(settings: FuturesTradingSettings, call: AccountCall, venueOrderId: string): void {
  const found = findById(settings, call, venueOrderId);
  if (found === null) throw notCancelable();
  cancel(settings, call, { symbol: found.symbol, venueOrderId });
}

function findById(
  { exchange }: SettingSettings,
  { accountId, at }: AccountCall,
  venueOrderId: string,
): Order | null {
  for (const { unified } of CONTRACTS) {
    const known = exchange.known(at, accountId, { symbol: unified, venueOrderId });
    if (known !== null) return known;
  }
  return null;
}

/** Each entry of the answer says what became of its cancel; 200 is a success here. */
function cancelList(settings: FuturesTradingSettings, call: AccountCall): Json[] {
  const { body } = call.parameters;
  const { orderIdsList, clientOidsList } = isObject(body) ? body : {};
  const tried = (names: Json, act: () => void): Json => {
    try {
      act();
      return { ...names, code: '200', msg: 'success' };
    } catch (error) {
      if (!(error instanceof KucoinRefusal)) throw error;
      return { ...names, code: error.code, msg: error.message };
    }
  };
  if (Array.isArray(orderIdsList))
    return orderIdsList.map((id: unknown) =>
      tried({ orderId: textOf(id), clientOid: null }, () => cancelById(settings, call, textOf(id))),
    );
  if (!Array.isArray(clientOidsList)) throw missing('orderIdsList');
  return clientOidsList.map((entry: unknown) => {
    const parameters = objectParameters(entry);
    const clientOrderId = parameters.required('clientOid');
    return tried({ orderId: null, clientOid: clientOrderId }, () =>
      cancel(settings, call, { symbol: contractFrom(parameters).unified, clientOrderId }),
    );
  });
}

function cancelMany(
  { exchange }: FuturesTradingSettings,
  { accountId, at }: AccountCall,
  isMeant: (order: Order) => boolean,
): Json {
  const orders = exchange.openOrders(accountId, { marketType: 'swap' }).filter(isMeant);
  for (const { symbol, venueOrderId } of orders)
    exchange.cancelOrder(at, accountId, { symbol, venueOrderId });
  return { cancelledOrderIds: orders.map(({ venueOrderId }) => venueOrderId) };
}
