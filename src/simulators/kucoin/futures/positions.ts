/**
 * Positions of KuCoin's contracts, open and closed.
 *
 * Entry points: `positionEndpoints`, `positionJson`. Sources: "Get Position List", "Get Position Details" and "Get Positions History" of the futures
 * documentation. Figures are numbers; `currentQty` is in lots, below zero where it is short.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { Position } from '../../exchange/account.ts';
import { closedPositions } from '../../exchange/closed-positions.ts';
import type { PositionSide } from '../../exchange/order.ts';
import { privateEndpoint, type AccountCall, type Draw, type Endpoint } from '../access.ts';
import { numeral, type Json } from '../exact-json.ts';
import { readLimit } from '../parameters.ts';
import { userIdOf } from '../user-numbers.ts';
import { CONTRACTS, contractOf, type Contract } from './instruments.ts';
import { POSITION_SIDES } from './order-json.ts';
import type { FuturesSymbol } from './symbols.ts';
import { contractFrom, leverageOf, marginModeOf, type SettingSettings } from './settings.ts';

const TWO: Draw = ['futures', 2];
const FIGURE_SCALE = 10;
const RATIO_SCALE = 4;

export function positionEndpoints(settings: SettingSettings): Endpoint[] {
  const { exchange } = settings;
  const sidesOf = (accountId: string): readonly PositionSide[] =>
    exchange.isHedged(accountId) ? ['long', 'short'] : ['net'];
  const ofContract = ({ accountId, clockMs }: AccountCall, contract: Contract): Json[] =>
    sidesOf(accountId).map((side) => {
      const held = exchange
        .positions(accountId)
        .find((position) => position.symbol === contract.unified && position.side === side);
      return positionJson(
        settings,
        accountId,
        held ?? flat(settings, accountId, contract, side, clockMs),
        clockMs,
      );
    });
  return [
    privateEndpoint(
      'v1/positions',
      'positions',
      TWO,
      ({ parameters: { parameters }, accountId, clockMs }) => {
        const currency = parameters.optional('currency');
        return exchange
          .positions(accountId)
          .filter(
            ({ quantity, symbol }) =>
              !quantity.isZero() && (currency === undefined || contractOf(symbol).symbol.quote === currency),
          )
          .map((position) => positionJson(settings, accountId, position, clockMs));
      },
    ),
    // One of each side of a hedged account in the second version; the first shows one alone.
    privateEndpoint(
      'v1/position',
      'positions',
      TWO,
      (call) => ofContract(call, contractFrom(call.parameters.parameters))[0],
    ),
    privateEndpoint('v2/position', 'positions', TWO, (call) =>
      ofContract(call, contractFrom(call.parameters.parameters)),
    ),
    privateEndpoint('v1/history-positions', 'other', TWO, (call) => closed(settings, call)),
  ];
}

function flat(
  settings: SettingSettings,
  accountId: string,
  contract: Contract,
  side: PositionSide,
  at: number,
): Position {
  const { exchange } = settings;
  return {
    symbol: contract.unified,
    side,
    quantity: Decimal.zero,
    entryPrice: Decimal.zero,
    markPrice: exchange.market(contract.unified)?.markPrice ?? Decimal.zero,
    unrealizedPnl: Decimal.zero,
    realizedPnl: Decimal.zero,
    leverage: leverageOf(exchange, accountId, contract),
    marginMode: marginModeOf(settings, accountId, contract) === 'CROSS' ? 'cross' : 'isolated',
    isolatedMargin: Decimal.zero,
    initialMargin: Decimal.zero,
    maintenanceMargin: Decimal.zero,
    liquidationPrice: null,
    updatedAt: at,
  };
}

function figure(value: Decimal, scale = FIGURE_SCALE): unknown {
  return numeral(value.divide(Decimal.one, scale, 'half_even'));
}

export function positionJson(
  settings: SettingSettings,
  accountId: string,
  position: Position,
  nowMs: number,
): Json {
  const { quantity, markPrice, entryPrice, unrealizedPnl, realizedPnl, initialMargin } = position;
  const contract = contractOf(position.symbol);
  const { symbol, id } = contract;
  const isFlat = quantity.isZero();
  const base = quantity.multiply(symbol.multiplier);
  const cost = base.multiply(entryPrice);
  const margin = position.marginMode === 'isolated' ? position.isolatedMargin : initialMargin;
  const part = (of: Decimal): Decimal =>
    of.isZero() ? Decimal.zero : unrealizedPnl.divide(of.abs(), RATIO_SCALE, 'half_even');
  return {
    id: `5000000000${String(CONTRACTS.indexOf(contract)).padStart(8, '0')}`,
    symbol: id,
    crossMode: position.marginMode === 'cross',
    delevPercentage: isFlat ? 0 : numeral('0.5'),
    openingTimestamp: isFlat ? null : position.updatedAt,
    currentTimestamp: nowMs,
    currentQty: numeral(quantity),
    currentCost: figure(cost),
    currentComm: 0,
    unrealisedCost: figure(cost),
    realisedGrossCost: 0,
    realisedCost: 0,
    isOpen: !isFlat,
    markPrice: figure(markPrice),
    markValue: figure(base.multiply(markPrice)),
    posCost: figure(cost),
    posInit: figure(margin),
    posMargin: figure(margin),
    realisedGrossPnl: figure(realizedPnl),
    realisedPnl: figure(realizedPnl),
    unrealisedPnl: figure(unrealizedPnl),
    unrealisedPnlPcnt: figure(part(cost), RATIO_SCALE),
    unrealisedRoePcnt: figure(part(margin), RATIO_SCALE),
    avgEntryPrice: numeral(entryPrice),
    liquidationPrice: position.liquidationPrice === null ? 0 : figure(position.liquidationPrice, 2),
    bankruptPrice: 0,
    settleCurrency: symbol.quote,
    isInverse: false,
    marginMode: isFlat
      ? marginModeOf(settings, accountId, contract)
      : position.marginMode === 'cross'
        ? 'CROSS'
        : 'ISOLATED',
    positionSide: POSITION_SIDES[position.side],
    leverage: position.leverage,
    ...(position.marginMode === 'cross' ? {} : isolatedJson(position, symbol)),
  };
}

/** The figures that isolated positions have alone. `maintMargin` is the position's margin with what it has gained, whatever its name says. */
function isolatedJson(
  { isolatedMargin, leverage, maintenanceMargin, unrealizedPnl }: Position,
  { maintainMargin }: FuturesSymbol,
): Json {
  return {
    autoDeposit: false,
    maintMarginReq: numeral(maintainMargin),
    maintainMargin: numeral(maintainMargin),
    riskLimit: 100_000,
    riskLimitLevel: 1,
    realLeverage: leverage,
    posCross: 0,
    posCrossMargin: 0,
    posComm: 0,
    posCommCommon: 0,
    posLoss: 0,
    posFunding: 0,
    posMaint: figure(maintenanceMargin),
    maintMargin: figure(isolatedMargin.add(unrealizedPnl)),
  };
}

function closed({ exchange }: SettingSettings, { parameters: { parameters }, accountId }: AccountCall): Json {
  const pageSize = readLimit(parameters, 'limit', 10, 200);
  const page = parameters.optionalInteger('pageId') ?? 1;
  const from = parameters.optionalInteger('from') ?? 0;
  const to = parameters.optionalInteger('to') ?? Number.MAX_SAFE_INTEGER;
  const asked = parameters.has('symbol') ? contractFrom(parameters).unified : undefined;
  const rows = closedPositions(exchange.fills(accountId, {}), exchange.funding(accountId))
    .map((row, index) => ({ row, closeId: `500000000${String(index).padStart(9, '0')}` }))
    .filter(
      ({ row }) =>
        row.closedAt >= from && row.closedAt <= to && (asked === undefined || row.symbol === asked),
    )
    .toReversed()
    .map(({ row, closeId }): Json => ({
      closeId,
      userId: userIdOf(accountId),
      symbol: contractOf(row.symbol).id,
      settleCurrency: contractOf(row.symbol).symbol.quote,
      leverage: String(leverageOf(exchange, accountId, contractOf(row.symbol))),
      type: row.direction === 'long' ? 'CLOSE_LONG' : 'CLOSE_SHORT',
      pnl: row.pnl.subtract(row.openFees).subtract(row.closeFees).add(row.funding).toString(),
      realisedGrossCost: row.pnl.negate().toString(),
      realisedGrossCostNew: row.pnl.negate().toString(),
      withdrawPnl: '0.0',
      tradeFee: row.openFees.add(row.closeFees).toString(),
      // Above zero: paid.
      fundingFee: row.funding.negate().toString(),
      openTime: row.openedAt,
      closeTime: row.closedAt,
      openPrice: row.openPrice.toString(),
      closePrice: row.closePrice.toString(),
      marginMode: 'CROSS',
      tax: '0.0',
      roe: null,
      liquidAmount: null,
      liquidPrice: null,
      side: row.direction === 'long' ? 'LONG' : 'SHORT',
    }));
  return {
    currentPage: page,
    pageSize,
    totalNum: rows.length,
    totalPage: Math.ceil(rows.length / pageSize),
    items: rows.slice((page - 1) * pageSize, page * pageSize),
  };
}
