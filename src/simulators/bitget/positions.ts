/**
 * Positions of Bitget's perpetuals, open and closed.
 *
 * Entry points: `positionEndpoints`, `positionJson`, `streamedPositionJson`. Sizes stand above zero, and `posSide` says of which kind. Source: "Get
 * Position Info", "Get Position History", "Get Position ADL Rank" and "Positions Channel" of the unified account's documentation.
 */
import { Decimal } from '../../core/decimal.ts';
import type { Position } from '../exchange/account.ts';
import { closedPositions, type ClosedPosition } from '../exchange/closed-positions.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { privateEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { malformed } from './errors.ts';
import { listingOf } from './instruments.ts';
import type { Json } from './order-json.ts';
import { pageOf, readSpan } from './pages.ts';
import { categoryFrom, optionalListing } from './parameters.ts';

const FIGURE_SCALE = 12;

export function positionEndpoints(exchange: Exchange): Endpoint[] {
  return [
    privateEndpoint('position/current-position', 'positions', (call) => positions(exchange, call)),
    privateEndpoint('position/history-position', 'other', (call) => history(exchange, call)),
    privateEndpoint('position/adlRank', 'other', ({ accountId }) =>
      exchange
        .positions(accountId)
        .filter(({ quantity }) => !quantity.isZero())
        .map((position) => ({
          symbol: listingOf(position.symbol).id,
          marginCoin: listingOf(position.symbol).symbol.quote,
          adlRank: '0.25',
          holdSide: sideName(position),
        })),
    ),
  ];
}

/** Of positions that were closed, newest first. */
function history(
  exchange: Exchange,
  { parameters: { parameters }, accountId, clockMs }: AccountCall,
): unknown {
  const category = categoryFrom(parameters);
  if (category === 'SPOT') throw malformed('category');
  const listing = optionalListing(parameters, category);
  const { from, to } = readSpan(parameters, clockMs);
  const rows = closedPositions(exchange.fills(accountId, {}), exchange.funding(accountId))
    .map((position, index) => ({
      position,
      id: `${position.closedAt}${String(index % 1_000).padStart(3, '0')}`,
    }))
    .filter(
      ({ position }) =>
        category !== null &&
        (listing === undefined || listing.unified === position.symbol) &&
        position.closedAt >= from &&
        position.closedAt <= to,
    )
    .map(({ position, id }) => ({ at: position.closedAt, id, row: closedJson(position, id) }));
  return pageOf(rows, parameters);
}

function closedJson(position: ClosedPosition, positionId: string): Json {
  const { id, symbol } = listingOf(position.symbol);
  const { pnl, openFees, closeFees, funding, closedQuantity } = position;
  return {
    positionId,
    category: 'USDT-FUTURES',
    symbol: id,
    marginCoin: symbol.quote,
    holdMode: position.side === 'net' ? 'one_way_mode' : 'hedge_mode',
    posSide: position.direction,
    marginMode: 'crossed',
    openPriceAvg: position.openPrice.toString(),
    closePriceAvg: position.closePrice.toString(),
    openTotalPos: closedQuantity.toString(),
    closeTotalPos: closedQuantity.toString(),
    cumRealisedPnl: pnl.toString(),
    netProfit: pnl.subtract(openFees).subtract(closeFees).add(funding).toString(),
    totalFunding: funding.toString(),
    openFeeTotal: openFees.negate().toString(),
    closeFeeTotal: closeFees.negate().toString(),
    createdTime: String(position.openedAt),
    updatedTime: String(position.closedAt),
  };
}

function positions(exchange: Exchange, { parameters: { parameters }, accountId }: AccountCall): unknown {
  const category = categoryFrom(parameters);
  if (category === 'SPOT') throw malformed('category');
  const listing = optionalListing(parameters, category);
  const side = parameters.optional('posSide');
  const held = exchange
    .positions(accountId)
    .filter(
      (position) =>
        category !== null &&
        !position.quantity.isZero() &&
        (listing === undefined || listing.unified === position.symbol) &&
        (side === undefined || side === sideName(position)),
    );
  return { list: held.map((position) => positionJson(position)) };
}

function sideName({ side, quantity }: Position): 'long' | 'short' {
  if (side !== 'net') return side;
  return quantity.isNegative() ? 'short' : 'long';
}

function figure(value: Decimal): string {
  return value.divide(Decimal.one, FIGURE_SCALE, 'half_even').toString();
}

function commonJson(position: Position): Json {
  const { id, symbol } = listingOf(position.symbol);
  return {
    symbol: id,
    marginCoin: symbol.quote,
    holdMode: position.side === 'net' ? 'one_way_mode' : 'hedge_mode',
    posSide: sideName(position),
    marginMode: 'crossed',
    available: position.quantity.abs().toString(),
    frozen: '0',
    leverage: String(position.leverage),
    curRealisedPnl: position.realizedPnl.toString(),
    avgPrice: position.entryPrice.toString(),
    unrealisedPnl: figure(position.unrealizedPnl),
    profitRate: '0',
    markPrice: position.markPrice.toString(),
    openFeeTotal: '0',
    closeFeeTotal: '0',
    createdTime: String(position.updatedAt),
    updatedTime: String(position.updatedAt),
  };
}

/** "Less than or equal to 0 means liquidation will not occur". */
function liquidation({ liquidationPrice }: Position): string {
  return liquidationPrice === null ? '0' : figure(liquidationPrice);
}

export function positionJson(position: Position): Json {
  const { symbol } = listingOf(position.symbol);
  return {
    ...commonJson(position),
    category: 'USDT-FUTURES',
    positionBalance: figure(position.initialMargin),
    total: position.quantity.abs().toString(),
    positionStatus: 'normal',
    liquidationPrice: liquidation(position),
    mmr: symbol.maintenanceMarginRate.toString(),
    breakEvenPrice: position.entryPrice.toString(),
    totalFunding: '0',
  };
}

/** A position as its channel shows it: `ended` when it is flat. */
export function streamedPositionJson(position: Position): Json {
  const { symbol } = listingOf(position.symbol);
  const isFlat = position.quantity.isZero();
  return {
    ...commonJson(position),
    marginSize: figure(position.initialMargin),
    size: position.quantity.abs().toString(),
    positionStatus: isFlat ? 'ended' : 'opening',
    liqPrice: isFlat ? '' : liquidation(position),
    mmr: isFlat ? '' : symbol.maintenanceMarginRate.toString(),
    breakEvenPrice: isFlat ? '' : position.entryPrice.toString(),
    totalFundingFee: '0',
  };
}
