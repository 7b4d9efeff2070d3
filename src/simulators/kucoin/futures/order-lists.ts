/**
 * KuCoin's look-ups and lists of futures orders, and their fills.
 *
 * Entry point: `futuresListEndpoints`. Sources: "Get Order List", "Get Stop Order List", "Get Recent Closed Orders", "Get Trade History" and "Get Recent
 * Trade History" of the futures documentation. Lists go newest first.
 */
import { Decimal } from '../../../core/decimal.ts';
import { isOpen, type Fill, type Order } from '../../exchange/order.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { privateEndpoint, type AccountCall, type Draw, type Endpoint } from '../access.ts';
import type { Json } from '../exact-json.ts';
import { DAY_MS, numberedPage, readSpan } from '../pages.ts';
import { readWord, type Parameters } from '../parameters.ts';
import { CONTRACTS, contractOf, type Contract } from './instruments.ts';
import { fillJson, isStop, orderJson } from './order-json.ts';
import { absentOrder } from './refusals.ts';
import { contractFrom, leverageOf } from './settings.ts';

const TWO: Draw = ['futures', 2];
const FIVE: Draw = ['futures', 5];
const MOST_RECENT = 1_000;
const MOST_ON_PAGE = { usual: 50, most: 1_000 } as const;
/** "canceled by the client id" within seven days of the order. */
const CLIENT_ID_MS = 7 * DAY_MS;
/** "The data of the last three months". */
const FILLS_MS = 90 * DAY_MS;

export function futuresListEndpoints(exchange: Exchange): Endpoint[] {
  const shown = (accountId: string) => {
    const leverages = new Map(
      CONTRACTS.map((contract) => [contract.unified, leverageOf(exchange, accountId, contract)]),
    );
    return (order: Order): Json => orderJson(order, leverages.get(order.symbol) ?? 1);
  };
  return [
    {
      ...privateEndpoint('v1/orders', 'query_order', TWO, (call) => {
        const orders = listed(exchange, call).map(shown(call.accountId));
        return numberedPage(orders, call.parameters.parameters, MOST_ON_PAGE);
      }),
      routeOf: ({ query }) =>
        new URLSearchParams(query).get('status') === 'active' ? 'open_orders' : 'query_order',
    },
    privateEndpoint('v1/stopOrders', 'open_orders', ['futures', 6], (call) => {
      const wanted = isAsked(call.parameters.parameters);
      const orders = exchange
        .openOrders(call.accountId, { marketType: 'swap' })
        .filter((order) => order.status === 'untriggered' && wanted(order))
        .toReversed();
      return numberedPage(orders.map(shown(call.accountId)), call.parameters.parameters, MOST_ON_PAGE);
    }),
    privateEndpoint(
      'v1/orders/byClientOid',
      'query_order',
      FIVE,
      ({ parameters: { parameters }, accountId, at }) => {
        const clientOrderId = parameters.required('clientOid');
        const order = newest(
          CONTRACTS.map(({ unified }) => exchange.lookUp(at, accountId, { symbol: unified, clientOrderId })),
        );
        if (order === null || (!isOpen(order.status) && at - order.createdAt > CLIENT_ID_MS))
          throw absentOrder();
        return shown(accountId)(order);
      },
    ),
    privateEndpoint(
      'v1/orders/:orderId',
      'query_order',
      FIVE,
      ({ parameters: { parameters }, accountId, at }) => {
        const venueOrderId = parameters.required('orderId');
        const order = newest(
          CONTRACTS.map(({ unified }) => exchange.lookUp(at, accountId, { symbol: unified, venueOrderId })),
        );
        if (order === null) throw absentOrder();
        return shown(accountId)(order);
      },
    ),
    privateEndpoint(
      'v1/recentDoneOrders',
      'query_order',
      FIVE,
      ({ parameters: { parameters }, accountId, at }) =>
        exchange
          .orders(at, accountId, { marketType: 'swap', ...symbolAsked(parameters) })
          .filter(({ status, updatedAt }) => !isOpen(status) && at - updatedAt <= DAY_MS)
          .toSorted((left, right) => right.updatedAt - left.updatedAt)
          .slice(0, MOST_RECENT)
          .map(shown(accountId)),
    ),
    privateEndpoint(
      'v1/openOrderStatistics',
      'other',
      ['futures', 10],
      ({ parameters: { parameters }, accountId }) =>
        openValues(exchange, accountId, contractFrom(parameters)),
    ),
    privateEndpoint('v1/fills', 'fills', FIVE, (call) => {
      const rows = fills(exchange, call);
      return numberedPage(rows, call.parameters.parameters, MOST_ON_PAGE);
    }),
    privateEndpoint(
      'v1/recentFills',
      'fills',
      ['futures', 3],
      ({ parameters: { parameters }, accountId, at }) =>
        fillRows(
          exchange,
          { accountId, at },
          exchange
            .fills(accountId, symbolAsked(parameters))
            .filter((fill) => fill.marketType === 'swap' && at - fill.at <= DAY_MS),
        ).slice(0, MOST_RECENT),
    ),
  ];
}

function newest(orders: readonly (Order | null)[]): Order | null {
  return orders
    .filter((order) => order !== null)
    .reduce<Order | null>(
      (last, order) => (last === null || order.createdAt >= last.createdAt ? order : last),
      null,
    );
}

function symbolAsked(parameters: Parameters): { readonly symbol?: string } {
  return parameters.has('symbol') ? { symbol: contractFrom(parameters).unified } : {};
}

const TYPES = ['limit', 'market', 'limit_stop', 'market_stop', 'oco_limit', 'oco_stop'] as const;

function isAsked(parameters: Parameters): (order: Order) => boolean {
  const { symbol } = symbolAsked(parameters);
  const side = readWord(parameters, 'side', ['buy', 'sell']);
  const type = readWord(parameters, 'type', TYPES);
  return (order) =>
    (symbol === undefined || order.symbol === symbol) &&
    (side === undefined || order.side === side) &&
    (type === undefined || type === typeOf(order));
}

function typeOf(order: Order): string {
  const type = order.price === null ? 'market' : 'limit';
  return isStop(order) ? `${type}_stop` : type;
}

/** Of `active` ones, those that wait for their trigger have a list of their own; "done" ones lie within seven days. */
function listed(
  exchange: Exchange,
  { parameters: { parameters }, accountId, at, clockMs }: AccountCall,
): Order[] {
  const status = readWord(parameters, 'status', ['active', 'done']) ?? 'done';
  const wanted = isAsked(parameters);
  if (status === 'active')
    return exchange
      .openOrders(accountId, { marketType: 'swap' })
      .filter((order) => order.status !== 'untriggered' && wanted(order))
      .toReversed();
  const { from, to } = readSpan(parameters, clockMs);
  return exchange
    .orders(at, accountId, { marketType: 'swap' })
    .filter(
      (order) => !isOpen(order.status) && order.createdAt >= from && order.createdAt <= to && wanted(order),
    )
    .toReversed();
}

/** "if you specify orderId, other parameters can be ignored"; without both ends of a span it is a day. */
function fills(
  exchange: Exchange,
  { parameters: { parameters }, accountId, at, clockMs }: AccountCall,
): Json[] {
  const orderId = parameters.optional('orderId');
  const span =
    orderId === undefined
      ? readSpan(parameters, clockMs, { usualMs: DAY_MS })
      : { from: 0, to: Number.MAX_SAFE_INTEGER };
  const side = orderId === undefined ? readWord(parameters, 'side', ['buy', 'sell']) : undefined;
  const found = exchange
    .fills(accountId, orderId === undefined ? symbolAsked(parameters) : { venueOrderId: orderId })
    .filter(
      (fill) =>
        fill.marketType === 'swap' &&
        fill.at >= span.from &&
        fill.at <= span.to &&
        at - fill.at <= FILLS_MS &&
        (side === undefined || fill.side === side),
    );
  return fillRows(exchange, { accountId, at }, found);
}

function fillRows(
  exchange: Exchange,
  { accountId, at }: Pick<AccountCall, 'accountId' | 'at'>,
  found: readonly Fill[],
): Json[] {
  return found
    .toReversed()
    .map((fill) =>
      fillJson(fill, exchange.known(at, accountId, { symbol: fill.symbol, venueOrderId: fill.venueOrderId })),
    );
}

function openValues(exchange: Exchange, accountId: string, { unified, symbol }: Contract): Json {
  const orders = exchange.openOrders(accountId, { symbol: unified });
  const total = (side: 'buy' | 'sell', of: (order: Order) => Decimal): Decimal =>
    orders.filter((order) => order.side === side).reduce((sum, order) => sum.add(of(order)), Decimal.zero);
  const left = ({ quantity, filled }: Order): Decimal => quantity.subtract(filled);
  const cost = (order: Order): Decimal =>
    left(order)
      .multiply(contractOf(order.symbol).symbol.multiplier)
      .multiply(order.price ?? Decimal.zero);
  return {
    openOrderBuySize: Number(total('buy', left).toString()),
    openOrderSellSize: Number(total('sell', left).toString()),
    openOrderBuyCost: total('buy', cost).toString(),
    openOrderSellCost: total('sell', cost).toString(),
    settleCurrency: symbol.quote,
  };
}
