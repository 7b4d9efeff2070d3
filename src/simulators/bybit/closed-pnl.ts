/**
 * Earnings of the closed positions of a Bybit account: a row for each position that was closed whole.
 *
 * Entry point: `closedPnlEndpoint`. Source: "Get Closed PnL" of the v5 documentation. `closedPnl` has the fees of both ends in it, `side` is that of
 * the closing order.
 */
import { closedPositions, type ClosedPosition } from '../exchange/closed-positions.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { privateEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { listingOf } from './instruments.ts';
import { ordersById, type Json } from './order-json.ts';
import { execTypeName, sideName } from './order-words.ts';
import { pageOf, readSpan } from './pages.ts';
import { linearOnly, optionalListing } from './parameters.ts';

export function closedPnlEndpoint(exchange: Exchange): Endpoint {
  return privateEndpoint('/v5/position/closed-pnl', 'positions', (call) => closedPnl(exchange, call));
}

function closedPnl(exchange: Exchange, call: AccountCall): unknown {
  const { parameters } = call.parameters;
  const { accountId, at, clockMs } = call;
  linearOnly(parameters);
  const listing = optionalListing(parameters, 'linear');
  const { from, to } = readSpan(parameters, clockMs, 7);
  const fills = exchange.fills(accountId, {});
  const orderOf = ordersById(exchange, accountId, at, fills);
  const rows = closedPositions(fills, exchange.funding(accountId))
    .filter(
      ({ symbol, closedAt }) =>
        (listing === undefined || listing.unified === symbol) && closedAt >= from && closedAt <= to,
    )
    .map((closed) => ({
      at: closed.closedAt,
      id: closed.last.venueOrderId,
      row: closedJson(exchange, accountId, closed, {
        execType: execTypeName(orderOf(closed.last)),
        isMarket: orderOf(closed.last)?.type === 'market',
      }),
    }));
  const page = pageOf(rows, parameters, 50, 100);
  return { category: 'linear', list: page.rows, nextPageCursor: page.nextPageCursor };
}

function closedJson(
  exchange: Exchange,
  accountId: string,
  closed: ClosedPosition,
  { execType, isMarket }: { readonly execType: string; readonly isMarket: boolean },
): Json {
  const { id, quantity } = listingOf(closed.symbol);
  const held = exchange.positions(accountId).find((position) => position.symbol === closed.symbol);
  return {
    symbol: id,
    orderId: closed.last.venueOrderId,
    side: sideName(closed.last.side),
    qty: quantity(closed.closedQuantity),
    orderPrice: closed.last.price.toString(),
    orderType: isMarket ? 'Market' : 'Limit',
    execType,
    closedSize: quantity(closed.closedQuantity),
    cumEntryValue: closed.openedCost.toString(),
    avgEntryPrice: closed.openPrice.toString(),
    cumExitValue: closed.closedCost.toString(),
    avgExitPrice: closed.closePrice.toString(),
    closedPnl: closed.pnl.subtract(closed.openFees).subtract(closed.closeFees).toString(),
    fillCount: '1',
    leverage: String(held?.leverage ?? 1),
    openFee: closed.openFees.toString(),
    closeFee: closed.closeFees.toString(),
    createdTime: String(closed.openedAt),
    updatedTime: String(closed.closedAt),
  };
}
