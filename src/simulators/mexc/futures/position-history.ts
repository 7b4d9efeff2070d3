/**
 * Positions that a MEXC account has closed.
 *
 * Entry point: `positionHistoryEndpoint`. Source: "Get the user's history position information" of the contract documentation; the figures behind
 * `version` are those of answers that clients have recorded.
 */
import { Decimal } from '../../../core/decimal.ts';
import { closedPositions, type ClosedPosition } from '../../exchange/closed-positions.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { privateEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { contractOf, positionId } from './instruments.ts';
import type { Json } from './order-json.ts';
import { optionalContract, pageOf } from './parameters.ts';

const RATIO_SCALE = 4;

export function positionHistoryEndpoint(exchange: Exchange): Endpoint {
  return privateEndpoint('/api/v1/private/position/list/history_positions', 'positions', (call) =>
    history(exchange, call),
  );
}

/** The last to be closed first; a list without the frame of its page. */
function history(exchange: Exchange, { accountId, parameters: { parameters } }: AccountCall): unknown {
  const listing = optionalContract(parameters);
  const type = parameters.optionalInteger('type');
  const rows = closedPositions(exchange.fills(accountId, {}), exchange.funding(accountId))
    .filter(
      ({ symbol, direction }) =>
        (listing === undefined || listing.unified === symbol) &&
        (type === undefined || (type === 1) === (direction === 'long')),
    )
    .map((closed) => closedJson(exchange, accountId, closed))
    .toReversed();
  return pageOf(rows, parameters).resultList;
}

function closedJson(exchange: Exchange, accountId: string, closed: ClosedPosition): Json {
  const held = exchange.positions(accountId).find(({ symbol }) => symbol === closed.symbol);
  const leverage = held?.leverage ?? 1;
  const fees = closed.openFees.add(closed.closeFees);
  const realised = closed.pnl.subtract(fees).add(closed.funding);
  return {
    positionId: positionId(closed.symbol, closed.side),
    symbol: contractOf(closed.symbol).id,
    positionType: closed.direction === 'long' ? 1 : 2,
    openType: held?.marginMode === 'isolated' ? 1 : 2,
    state: 3,
    holdVol: Decimal.zero,
    frozenVol: Decimal.zero,
    closeVol: closed.closedQuantity,
    holdAvgPrice: closed.openPrice,
    openAvgPrice: closed.openPrice,
    closeAvgPrice: closed.closePrice,
    liquidatePrice: Decimal.zero,
    oim: Decimal.zero,
    im: Decimal.zero,
    holdFee: closed.funding,
    realised,
    leverage,
    createTime: closed.openedAt,
    updateTime: closed.closedAt,
    autoAddIm: false,
    version: 1,
    profitRatio: realised
      .multiply(Decimal.fromInteger(leverage))
      .divide(closed.openedCost, RATIO_SCALE, 'half_even'),
    newOpenAvgPrice: closed.openPrice,
    newCloseAvgPrice: closed.closePrice,
    closeProfitLoss: closed.pnl,
    fee: fees,
    positionShowStatus: 'CLOSED',
  };
}
