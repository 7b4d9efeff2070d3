/**
 * Positions of Bybit's contracts.
 *
 * Entry points: `positionEndpoints`, `positionJson`. Source: "Get Position Info" and the position stream of the v5 documentation.
 */
import { Decimal } from '../../core/decimal.ts';
import type { Position } from '../exchange/account.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { PositionSide } from '../exchange/order.ts';
import { privateEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { missing } from './errors.ts';
import { listingOf, type Listing } from './instruments.ts';
import type { Json } from './order-json.ts';
import { positionIndex } from './order-words.ts';
import type { Sorted } from '../wire/pages.ts';
import { pageOf } from './pages.ts';
import { linearOnly, optionalListing } from './parameters.ts';

const FIGURE_SCALE = 8;
/** Average entry prices are printed with all the digits that were computed. */
const ENTRY_SCALE = 12;

export function positionEndpoints(exchange: Exchange): Endpoint[] {
  return [privateEndpoint('/v5/position/list', 'positions', (call) => positions(exchange, call))];
}

/** "If symbol passed, it returns data regardless of having position or not", else those above zero. */
function positions(
  exchange: Exchange,
  { parameters: { parameters }, accountId, clockMs }: AccountCall,
): unknown {
  linearOnly(parameters);
  const listing = optionalListing(parameters, 'linear');
  const settle = parameters.optional('settleCoin');
  if (listing === undefined && settle === undefined) throw missing('symbol or settleCoin');
  const held = exchange.positions(accountId);
  // The sides of one symbol come in the order of their numbers.
  if (listing !== undefined)
    return {
      list: ofSymbol(exchange, accountId, listing, held, clockMs).map((position) =>
        positionJson(position, 'avgPrice'),
      ),
      nextPageCursor: '',
      category: 'linear',
    };
  const rows = held
    .filter(({ symbol, quantity }) => !quantity.isZero() && listingOf(symbol).symbol.quote === settle)
    .map((position): Sorted<Json> => ({
      at: position.updatedAt,
      id: `${position.symbol} ${position.side}`,
      row: positionJson(position, 'avgPrice'),
    }));
  const page = pageOf(rows, parameters, 20, 200);
  return { list: page.rows, nextPageCursor: page.nextPageCursor, category: 'linear' };
}

/** Each side that the account's mode has, flat where there was never one. */
function ofSymbol(
  exchange: Exchange,
  accountId: string,
  { unified }: Listing,
  held: readonly Position[],
  at: number,
): readonly Position[] {
  const sides: readonly PositionSide[] = exchange.isHedged(accountId) ? ['long', 'short'] : ['net'];
  return sides.map(
    (side) =>
      held.find((position) => position.symbol === unified && position.side === side) ??
      flat(exchange, unified, side, at),
  );
}

function flat(exchange: Exchange, symbol: string, side: PositionSide, at: number): Position {
  return {
    symbol,
    side,
    quantity: Decimal.zero,
    entryPrice: Decimal.zero,
    markPrice: exchange.market(symbol)?.markPrice ?? Decimal.zero,
    unrealizedPnl: Decimal.zero,
    realizedPnl: Decimal.zero,
    leverage: exchange.instrument(symbol)?.swap?.defaultLeverage ?? 1,
    marginMode: 'cross',
    isolatedMargin: Decimal.zero,
    initialMargin: Decimal.zero,
    maintenanceMargin: Decimal.zero,
    liquidationPrice: null,
    updatedAt: at,
  };
}

function figure(value: Decimal): string {
  return value.divide(Decimal.one, FIGURE_SCALE, 'half_even').toString();
}

/** The entry price is named `avgPrice` in the list and `entryPrice` on the stream. */
export function positionJson(position: Position, entry: 'avgPrice' | 'entryPrice'): Json {
  const { id, price, quantity } = listingOf(position.symbol);
  const isFlat = position.quantity.isZero();
  const side = isFlat ? '' : position.quantity.isPositive() ? 'Buy' : 'Sell';
  return {
    positionIdx: positionIndex(position.side),
    riskId: 1,
    riskLimitValue: '2000000',
    symbol: id,
    side,
    size: quantity(position.quantity.abs()),
    [entry]: position.entryPrice.divide(Decimal.one, ENTRY_SCALE, 'half_even').toString(),
    positionValue: isFlat ? '' : figure(position.quantity.abs().multiply(position.entryPrice)),
    tradeMode: 0,
    positionStatus: 'Normal',
    autoAddMargin: 0,
    adlRankIndicator: isFlat ? 0 : 2,
    leverage: String(position.leverage),
    breakEvenPrice: isFlat ? '' : figure(position.entryPrice),
    positionBalance: figure(
      position.marginMode === 'isolated' ? position.isolatedMargin : position.initialMargin,
    ),
    markPrice: price(position.markPrice),
    liqPrice: position.liquidationPrice === null ? '' : price(position.liquidationPrice),
    bustPrice: '',
    positionMM: figure(position.maintenanceMargin),
    positionMMByMp: figure(position.maintenanceMargin),
    positionIM: figure(position.initialMargin),
    positionIMByMp: figure(position.initialMargin),
    tpslMode: 'Full',
    takeProfit: '',
    stopLoss: '',
    trailingStop: '0',
    unrealisedPnl: isFlat ? '' : figure(position.unrealizedPnl),
    curRealisedPnl: figure(position.realizedPnl),
    cumRealisedPnl: figure(position.realizedPnl),
    seq: isFlat ? -1 : position.updatedAt,
    isReduceOnly: false,
    mmrSysUpdatedTime: '',
    leverageSysUpdatedTime: '',
    sessionAvgPrice: '',
    createdTime: String(position.updatedAt),
    updatedTime: String(position.updatedAt),
    openTime: isFlat ? 0 : position.updatedAt,
  };
}
