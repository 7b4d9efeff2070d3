/**
 * Positions that an OKX account has closed, and what it may still order.
 *
 * Entry points: `positionHistoryEndpoints`. Sources: "Get positions history", "Get account and position risk", "Get maximum order quantity",
 * "Get maximum available balance/equity" and "Get maximum withdrawals" of the v5 documentation. A position is listed when it is closed whole.
 */
import { Decimal } from '../../core/decimal.ts';
import { closedPositions, type ClosedPosition } from '../exchange/closed-positions.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { venueReasonOf } from '../exchange/order.ts';
import { privateEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { balanceJson } from './account.ts';
import { listingOf, type Listing } from './instruments.ts';
import type { Json } from './market-data.ts';
import { ordersOf } from './order-json.ts';
import { instTypeFrom, listingFor, readLimit } from './parameters.ts';
import { positionId, positionJson } from './positions.ts';

const MOST_ROWS = 100;
const FIGURE_SCALE = 12;
/** "the positions data … last 3 months". */
const KEPT_MS = 90 * 24 * 60 * 60 * 1_000;

export function positionHistoryEndpoints(exchange: Exchange): Endpoint[] {
  return [
    privateEndpoint('account/positions-history', 'positions', (call) => history(exchange, call)),
    privateEndpoint('account/account-position-risk', 'positions', ({ accountId, clockMs }) => {
      const { adjEq, details } = balanceJson(exchange, accountId, clockMs);
      const open = exchange.positions(accountId).filter(({ quantity }) => !quantity.isZero());
      return [
        {
          adjEq,
          balData: (details as readonly Json[]).map(({ ccy, eq, disEq }) => ({ ccy, disEq, eq })),
          posData: open.map((position) => positionJson(exchange, position)),
          ts: String(clockMs),
        },
      ];
    }),
    privateEndpoint('account/max-size', 'balances', (call) =>
      eachInstrument(call, (listing) => {
        const { buy, sell } = available(exchange, call, listing);
        const { price, leverage } = terms(exchange, call, listing);
        const inContracts = (value: Decimal): Decimal =>
          value
            .multiply(leverage)
            .divide(price.multiply(listing.symbol.contractValue), FIGURE_SCALE, 'down')
            .roundToMultipleOf(listing.symbol.lotSize, 'down');
        const isSpot = listing.instType === 'SPOT';
        return {
          ccy: isSpot ? listing.symbol.base : listing.symbol.quote,
          instId: listing.id,
          maxBuy: inContracts(buy).toString(),
          maxSell: (isSpot ? sell : inContracts(sell)).toString(),
        };
      }),
    ),
    privateEndpoint('account/max-avail-size', 'balances', (call) =>
      eachInstrument(call, (listing) => {
        const { buy, sell } = available(exchange, call, listing);
        return { availBuy: buy.toString(), availSell: sell.toString(), instId: listing.id };
      }),
    ),
    privateEndpoint('account/max-withdrawal', 'balances', ({ parameters: { parameters }, accountId }) => {
      const asked = parameters.optional('ccy')?.split(',');
      return exchange
        .balances(accountId, 'unified')
        .filter(({ asset, total }) => (asked === undefined ? !total.isZero() : asked.includes(asset)))
        .map(({ asset, total, free }) => {
          const most = free.min(total).max(Decimal.zero).toString();
          return {
            ccy: asset,
            maxWd: most,
            maxWdEx: most,
            spotOffsetMaxWd: '0',
            spotOffsetMaxWdEx: '0',
          };
        });
    }),
    privateEndpoint('account/interest-accrued', 'other', () => []),
    privateEndpoint('account/risk-state', 'other', ({ clockMs }) => [
      { atRisk: false, atRiskIdx: [], atRiskMgn: [], ts: String(clockMs) },
    ]),
  ];
}

function eachInstrument(
  { parameters: { parameters } }: AccountCall,
  row: (listing: Listing) => Json,
): Json[] {
  return parameters
    .required('instId')
    .split(',')
    .map((id) => row(listingFor(id)));
}

/** Money that can back an order: the quote coin of a purchase, the base coin of a sale on spot, margin of both sides of a swap. */
function available(
  exchange: Exchange,
  { accountId }: AccountCall,
  { instType, symbol }: Listing,
): { readonly buy: Decimal; readonly sell: Decimal } {
  const free = (asset: string): Decimal => {
    const held = exchange.balances(accountId, 'unified').find((balance) => balance.asset === asset);
    return (held?.free ?? Decimal.zero).max(Decimal.zero);
  };
  if (instType === 'SPOT') return { buy: free(symbol.quote), sell: free(symbol.base) };
  const margin = (exchange.margin(accountId, symbol.quote)?.availableBalance ?? Decimal.zero).max(
    Decimal.zero,
  );
  return { buy: margin, sell: margin };
}

function terms(
  exchange: Exchange,
  { parameters: { parameters }, accountId }: AccountCall,
  { unified, instType, symbol }: Listing,
): { readonly price: Decimal; readonly leverage: Decimal } {
  const held = exchange.positions(accountId).find((position) => position.symbol === unified);
  const leverage = held?.leverage ?? exchange.instrument(unified)?.swap?.defaultLeverage ?? 1;
  return {
    price: parameters.optionalDecimal('px') ?? exchange.market(unified)?.lastPrice ?? symbol.startPrice,
    leverage: instType === 'SPOT' ? Decimal.one : Decimal.fromInteger(leverage),
  };
}

/** The last to be closed first; `after` and `before` are times. */
function history(exchange: Exchange, call: AccountCall): unknown {
  const { parameters } = call.parameters;
  const { accountId, at } = call;
  const instType = instTypeFrom(parameters);
  const instId = parameters.optional('instId');
  const mgnMode = parameters.optional('mgnMode') ?? 'cross';
  const type = parameters.optional('type');
  const posId = parameters.optional('posId');
  const after = parameters.optionalInteger('after') ?? Number.MAX_SAFE_INTEGER;
  const before = parameters.optionalInteger('before') ?? 0;
  const limit = readLimit(parameters, MOST_ROWS, MOST_ROWS);
  if ((instType !== undefined && instType !== 'SWAP') || mgnMode !== 'cross') return [];
  const orderOf = ordersOf(exchange, accountId, at);
  const typeOf = ({ last }: ClosedPosition): string => {
    const order = orderOf(last);
    return order !== null && venueReasonOf(order) === 'liquidation' ? '3' : '2';
  };
  return closedPositions(exchange.fills(accountId, {}), exchange.funding(accountId))
    .filter(({ closedAt }) => closedAt < after && closedAt > before && at - closedAt <= KEPT_MS)
    .map((position) => historyJson(exchange, accountId, position, typeOf(position)))
    .filter(
      (row) =>
        (instId === undefined || instId.split(',').includes(String(row['instId']))) &&
        (type === undefined || row['type'] === type) &&
        (posId === undefined || row['posId'] === posId),
    )
    .toReversed()
    .slice(0, limit);
}

function historyJson(exchange: Exchange, accountId: string, closed: ClosedPosition, type: string): Json {
  const { id, symbol } = listingOf(closed.symbol);
  const held = exchange.positions(accountId).find((position) => position.symbol === closed.symbol);
  const leverage = held?.leverage ?? 1;
  const fee = closed.openFees.add(closed.closeFees).negate();
  const realized = closed.pnl.add(fee).add(closed.funding);
  return {
    cTime: String(closed.openedAt),
    ccy: symbol.quote,
    closeAvgPx: closed.closePrice.toString(),
    closeTotalPos: closed.closedQuantity.toString(),
    direction: closed.direction,
    fee: fee.toString(),
    fundingFee: closed.funding.toString(),
    instId: id,
    instType: 'SWAP',
    lever: String(leverage),
    liqPenalty: '0',
    mgnMode: 'cross',
    nonSettleAvgPx: '',
    openAvgPx: closed.openPrice.toString(),
    openMaxPos: closed.mostHeld.toString(),
    pnl: closed.pnl.toString(),
    pnlRatio: realized
      .multiply(Decimal.fromInteger(leverage))
      .divide(closed.openedCost, FIGURE_SCALE, 'half_even')
      .toString(),
    posId: positionId(closed.symbol, closed.side),
    posSide: closed.side,
    realizedPnl: realized.toString(),
    settledPnl: '',
    triggerPx: '',
    type,
    uTime: String(closed.closedAt),
    uly: id.replace(/-SWAP$/, ''),
  };
}
