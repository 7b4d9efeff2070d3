/**
 * Positions of MEXC's contracts, their funding, leverage and mode.
 *
 * Entry points: `positionEndpoints`, `positionJson`. Leverage is set for a side of a contract; both sides get it here. Source: "Get the user's
 * current holding position", "Get details of user's funding rate", "Get leverage", "Switch leverage", "Get position mode", "Change position
 * mode" and "Increase or decrease margin" of the contract documentation.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { Position } from '../../exchange/account.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { NOTHING, privateEndpoint, tradingEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { exchangeRefusal, openTypeWrong, parameterError, positionTypeWrong } from './errors.ts';
import { contractOf, positionId, positionNamed, type ContractListing } from './instruments.ts';
import type { Json } from './order-json.ts';
import { positionTypeOf } from './order-words.ts';
import { contractFrom, optionalContract, pageOf } from './parameters.ts';

const POSITION = '/api/v1/private/position';
const FIGURE_SCALE = 8;

export function positionEndpoints(exchange: Exchange): Endpoint[] {
  return [
    privateEndpoint(
      `${POSITION}/open_positions`,
      'positions',
      ({ accountId, parameters: { parameters } }) => {
        const listing = optionalContract(parameters);
        return exchange
          .positions(accountId)
          .filter(
            ({ symbol, quantity }) =>
              !quantity.isZero() && (listing === undefined || symbol === listing.unified),
          )
          .map(positionJson);
      },
    ),
    privateEndpoint(`${POSITION}/funding_records`, 'other', (call) => fundingRecords(exchange, call)),
    privateEndpoint(`${POSITION}/leverage`, 'settings', (call) => leverages(exchange, call)),
    privateEndpoint(`${POSITION}/position_mode`, 'settings', ({ accountId }) =>
      exchange.isHedged(accountId) ? 1 : 2,
    ),
    tradingEndpoint(`${POSITION}/change_leverage`, 'settings', (call) => changeLeverage(exchange, call)),
    tradingEndpoint(`${POSITION}/change_position_mode`, 'settings', (call) => changeMode(exchange, call)),
    tradingEndpoint(`${POSITION}/change_margin`, 'settings', (call) => changeMargin(exchange, call)),
  ];
}

function figure(value: Decimal): Decimal {
  return value.divide(Decimal.one, FIGURE_SCALE, 'half_even');
}

export function positionJson(position: Position): Json {
  const { symbol, side, quantity, marginMode } = position;
  const margin = figure(marginMode === 'isolated' ? position.isolatedMargin : position.initialMargin);
  return {
    positionId: positionId(symbol, side),
    symbol: contractOf(symbol).id,
    positionType: positionTypeOf(side, !quantity.isNegative()),
    openType: marginMode === 'isolated' ? 1 : 2,
    state: quantity.isZero() ? 3 : 1,
    holdVol: quantity.abs(),
    frozenVol: 0,
    closeVol: 0,
    holdAvgPrice: position.entryPrice,
    openAvgPrice: position.entryPrice,
    closeAvgPrice: 0,
    liquidatePrice: position.liquidationPrice === null ? 0 : figure(position.liquidationPrice),
    oim: margin,
    im: margin,
    holdFee: 0,
    realised: figure(position.realizedPnl),
    leverage: position.leverage,
    createTime: position.updatedAt,
    updateTime: position.updatedAt,
    autoAddIm: false,
  };
}

/** "positive means get it, negative means lost it"; newest first. */
function fundingRecords(exchange: Exchange, { accountId, parameters: { parameters } }: AccountCall): unknown {
  const listing = optionalContract(parameters);
  const id = parameters.optionalInteger('position_id');
  const rows = exchange
    .funding(accountId)
    .map((payment, index) => ({ payment, number: index + 1 }))
    .filter(
      ({ payment }) =>
        (listing === undefined || payment.symbol === listing.unified) &&
        (id === undefined || positionId(payment.symbol, payment.positionSide) === id),
    )
    .toReversed()
    .map(({ payment, number }) => ({
      id: number,
      symbol: contractOf(payment.symbol).id,
      positionId: positionId(payment.symbol, payment.positionSide),
      positionType: positionTypeOf(payment.positionSide, payment.quantity.isPositive()),
      positionValue: figure(
        payment.quantity
          .abs()
          .multiply(payment.markPrice)
          .multiply(contractOf(payment.symbol).contract.contractSize),
      ),
      funding: payment.amount,
      rate: payment.rate,
      settleTime: payment.at,
    }));
  return pageOf(rows, parameters);
}

function settingsOf(
  exchange: Exchange,
  accountId: string,
  { unified }: ContractListing,
): { readonly leverage: number; readonly openType: number } {
  const held = exchange.positions(accountId).find(({ symbol }) => symbol === unified);
  return {
    leverage: held?.leverage ?? exchange.instrument(unified)?.swap?.defaultLeverage ?? 1,
    openType: held?.marginMode === 'isolated' ? 1 : 2,
  };
}

function leverages(exchange: Exchange, { accountId, parameters: { parameters } }: AccountCall): unknown {
  const listing = contractFrom(parameters);
  const { leverage, openType } = settingsOf(exchange, accountId, listing);
  const { maintenanceMarginRate, maxVolume } = listing.contract;
  return [1, 2].map((positionType) => ({
    level: 1,
    maxVol: maxVolume,
    mmr: maintenanceMarginRate,
    imr: Decimal.one.divide(Decimal.fromInteger(leverage), 4, 'up'),
    positionType,
    openType,
    leverage,
    limitBySys: false,
    currentMmr: maintenanceMarginRate,
  }));
}

/** By the number of a position, or without one by contract, side and margin mode. */
function changeLeverage(
  exchange: Exchange,
  { accountId, at, parameters: { parameters } }: AccountCall,
): unknown {
  const leverage = parameters.requiredInteger('leverage');
  const id = parameters.optionalInteger('positionId');
  const named = id === undefined ? undefined : positionNamed(id);
  if (id !== undefined && named === undefined) throw exchangeRefusal({ code: 'no_position' });
  const listing = named?.listing ?? contractFrom(parameters);
  if (named === undefined) {
    const openType = parameters.requiredInteger('openType');
    if (openType !== 1 && openType !== 2) throw openTypeWrong();
    const positionType = parameters.requiredInteger('positionType');
    if (positionType !== 1 && positionType !== 2) throw positionTypeWrong();
    const mode = openType === 1 ? 'isolated' : 'cross';
    if (settingsOf(exchange, accountId, listing).openType !== openType) {
      const result = exchange.setMarginMode(at, accountId, listing.unified, mode);
      if (!result.ok) throw exchangeRefusal(result.refusal);
    }
  }
  const result = exchange.setLeverage(at, accountId, listing.unified, leverage);
  if (!result.ok) throw exchangeRefusal(result.refusal);
  return NOTHING;
}

/** "there are no active orders, planned orders, or unfinished positions, otherwise it cannot be modified". */
function changeMode(exchange: Exchange, { accountId, at, parameters: { parameters } }: AccountCall): unknown {
  const mode = parameters.requiredInteger('positionMode');
  if (mode !== 1 && mode !== 2) throw parameterError();
  const result = exchange.setHedged(at, accountId, mode === 1);
  if (!result.ok) throw exchangeRefusal(result.refusal);
  return NOTHING;
}

function changeMargin(
  exchange: Exchange,
  { accountId, at, parameters: { parameters } }: AccountCall,
): unknown {
  const named = positionNamed(parameters.requiredInteger('positionId'));
  if (named === undefined) throw exchangeRefusal({ code: 'no_position' });
  const amount = parameters.requiredDecimal('amount');
  const type = parameters.required('type');
  if (type !== 'ADD' && type !== 'SUB') throw parameterError();
  const { listing, side } = named;
  const change = type === 'ADD' ? amount : amount.negate();
  const result = exchange.changeMargin(at, accountId, listing.unified, side, change);
  if (!result.ok) throw exchangeRefusal(result.refusal);
  return NOTHING;
}
