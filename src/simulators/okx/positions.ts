/**
 * Positions of OKX's swaps.
 *
 * Entry points: `positionEndpoint`, `positionJson`. In net mode `pos` is below zero for a short position, in long/short mode each side has a
 * record of its own, above zero. Source: "Get positions" and "Positions channel" of the v5 documentation.
 */
import { Decimal } from '../../core/decimal.ts';
import type { Position } from '../exchange/account.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { PositionSide } from '../exchange/order.ts';
import { privateEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { LISTINGS, listingOf } from './instruments.ts';
import type { Json } from './market-data.ts';
import { instTypeFrom } from './parameters.ts';

const FIGURE_SCALE = 12;

export function positionEndpoint(exchange: Exchange): Endpoint {
  return privateEndpoint('account/positions', 'positions', (call) => positions(exchange, call));
}

/** How long a position that was closed is still shown where its instrument is named, milliseconds. */
const SHOWN_AFTER_CLOSE_MS = 30 * 24 * 60 * 60 * 1_000;

/**
 * Flat positions are shown only where their instrument is named, and there was one: "If the instrument ever had position and its open
 * interest is 0, it will return the position information with specific instId", until "more than 30 days after the last full close".
 */
function positions(
  exchange: Exchange,
  { parameters: { parameters }, accountId, clockMs }: AccountCall,
): unknown {
  const instType = instTypeFrom(parameters);
  const instIds = parameters.optional('instId')?.split(',');
  if (instType !== undefined && instType !== 'SWAP') return [];
  return exchange
    .positions(accountId)
    .filter(({ symbol, side, quantity }) => {
      if (instIds?.includes(listingOf(symbol).id) === false) return false;
      if (!quantity.isZero()) return true;
      const last = exchange
        .fills(accountId, { symbol })
        .findLast(({ positionSide }) => positionSide === side);
      return instIds !== undefined && last !== undefined && clockMs - last.at <= SHOWN_AFTER_CLOSE_MS;
    })
    .map((position) => positionJson(exchange, position));
}

function figure(value: Decimal): string {
  return value.divide(Decimal.one, FIGURE_SCALE, 'half_even').toString();
}

export function positionJson(exchange: Exchange, position: Position): Json {
  const { id, symbol } = listingOf(position.symbol);
  const market = exchange.market(position.symbol);
  const isFlat = position.quantity.isZero();
  const size = position.side === 'net' ? position.quantity : position.quantity.abs();
  const notional = position.quantity.abs().multiply(symbol.contractValue).multiply(position.markPrice);
  const open = (text: string): string => (isFlat ? '' : text);
  return {
    adl: open('1'),
    availPos: position.side === 'net' ? '' : open(size.toString()),
    avgPx: open(position.entryPrice.toString()),
    baseBal: '',
    baseBorrowed: '',
    baseInterest: '',
    bePx: open(position.entryPrice.toString()),
    bizRefId: '',
    bizRefType: '',
    cTime: String(position.updatedAt),
    ccy: symbol.quote,
    clSpotInUseAmt: '',
    closeOrderAlgo: [],
    deltaBS: '',
    deltaPA: '',
    fee: '0',
    fundingFee: '0',
    gammaBS: '',
    gammaPA: '',
    hedgedPos: '',
    idxPx: market?.indexPrice.toString() ?? '',
    imr: open(figure(position.initialMargin)),
    instId: id,
    instType: 'SWAP',
    interest: '',
    last: market?.lastPrice.toString() ?? '',
    lever: String(position.leverage),
    liab: '',
    liabCcy: '',
    liqPenalty: '0',
    liqPx: position.liquidationPrice === null ? '' : figure(position.liquidationPrice),
    margin: '',
    markPx: position.markPrice.toString(),
    maxSpotInUseAmt: '',
    mgnMode: 'cross',
    mgnRatio: open('100'),
    mmr: open(figure(position.maintenanceMargin)),
    nonSettleAvgPx: '',
    notionalUsd: open(figure(notional)),
    optVal: '',
    pendingCloseOrdLiabVal: '',
    pnl: position.realizedPnl.toString(),
    pos: size.toString(),
    posCcy: '',
    posId: positionId(position.symbol, position.side),
    posSide: position.side,
    quoteBal: '',
    quoteBorrowed: '',
    quoteInterest: '',
    realizedPnl: position.realizedPnl.toString(),
    settledPnl: '',
    spotInUseAmt: '',
    spotInUseCcy: '',
    thetaBS: '',
    thetaPA: '',
    tradeId: '',
    uTime: String(position.updatedAt),
    upl: open(figure(position.unrealizedPnl)),
    uplLastPx: open(figure(position.unrealizedPnl)),
    uplRatio: open('0'),
    uplRatioLastPx: open('0'),
    usdPx: '',
    vegaBS: '',
    vegaPA: '',
  };
}

/** The same for every position of an instrument and side. */
export function positionId(unified: string, side: PositionSide): string {
  const index = LISTINGS.findIndex((listing) => listing.unified === unified);
  return String(1_752_810_569_801_498_000n + BigInt(index * 3 + SIDE_NUMBERS[side]));
}

const SIDE_NUMBERS = { net: 0, long: 1, short: 2 } as const;
