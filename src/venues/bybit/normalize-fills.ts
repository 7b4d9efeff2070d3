/**
 * Bybit's executions as fills: of the trade history and of the execution stream, which have the same fields but for the result.
 *
 * Entry points: `fillFrom`, `resultsIn`, `movesPosition`, `closesPosition`; the first two throw `MalformedAnswer`. Sources: "Get Trade
 * History", the execution stream, `execType`, "Get Transaction Log" and "Spot Fee Currency Instruction" of the v5 documentation.
 *
 * Rows of funding, corporate actions and types that nobody documented stand in the same list and are no fills. The venue's own
 * closings (liquidation, auto-deleveraging, delisting) are: they move a position at a price, under orders of the venue.
 */
import { Decimal } from '../../core/decimal.ts';
import { asset, tradeId, venueOrderId } from '../../core/ids.ts';
import type { Asset } from '../../core/ids.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { PositionSide } from '../../core/order/terms.ts';
import type { VenueFill } from '../../core/venue/report.ts';
import type { PositionMode } from '../../core/venue/setting.ts';
import {
  asObject,
  figure,
  flag,
  optionalFigure,
  optionalText,
  text,
  wholeNumber,
} from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { clientOrderIdIn } from '../report-fields.ts';
import { sideOf } from './normalize-orders.ts';

const MOVES_A_POSITION: ReadonlySet<string> = new Set([
  'Trade',
  'AdlTrade',
  'BustTrade',
  'Delivery',
  'BlockTrade',
  'FutureSpread',
  'MovePosition',
]);

/** Whether the execution bought or sold something; an unknown type says nothing of the kind. */
export function movesPosition(execution: JsonObject): boolean {
  return MOVES_A_POSITION.has(text(execution, 'execType'));
}

/** Whether the execution closed something of a position of contracts; one that says nothing of it may have. */
export function closesPosition(execution: JsonObject): boolean {
  return optionalFigure(execution, 'closedSize')?.isZero() !== true;
}

/**
 * The results of executions by their ids, in USDT and without fees: "cashFlow" of the transaction log, "close the position, and unRPL
 * converts to RPL".
 */
export function resultsIn(log: readonly JsonValue[]): ReadonlyMap<string, Decimal> {
  const results = new Map<string, Decimal>();
  for (const row of log) {
    const entry = asObject(row, 'log entry');
    const id = optionalText(entry, 'tradeId');
    if (id !== null) results.set(id, figure(entry, 'cashFlow'));
  }
  return results;
}

/**
 * `mode`: of the account as it is known now; executions do not name their position. `results`: as of `resultsIn`, where the row itself
 * states none.
 */
export function fillFrom(
  body: JsonValue,
  names: Names,
  mode: PositionMode | null,
  results: ReadonlyMap<string, Decimal> = new Map(),
): VenueFill {
  const execution = asObject(body, 'execution');
  const sequence = execution['seq'] === undefined ? null : wholeNumber(execution, 'seq');
  return {
    symbol: names.symbol(text(execution, 'symbol')),
    tradeId: tradeId(text(execution, 'execId')),
    venueOrderId: venueOrderId(text(execution, 'orderId')),
    venueClientOrderId: clientOrderIdIn(execution, 'orderLinkId'),
    side: sideOf(execution),
    positionSide: positionSideOf(execution, names, mode),
    sequence,
    price: figure(execution, 'execPrice'),
    quantity: figure(execution, 'execQty'),
    fee: figure(execution, 'execFee'),
    feeAsset: feeAssetOf(execution, names),
    liquidity: flag(execution, 'isMaker') ? 'maker' : 'taker',
    realizedPnl: names.kind === 'spot' ? null : realizedBy(execution, results),
    executedAt: wholeNumber(execution, 'execTime'),
  };
}

/** The stream states it with the execution. Null where it is not known yet. */
function realizedBy(execution: JsonObject, results: ReadonlyMap<string, Decimal>): Decimal | null {
  const stated = optionalFigure(execution, 'execPnl');
  if (stated !== null) return stated;
  return closesPosition(execution) ? (results.get(text(execution, 'execId')) ?? null) : Decimal.zero;
}

/** In hedge mode an execution either opens a side or closes it: a purchase that closes belongs to the short side. */
function positionSideOf(execution: JsonObject, names: Names, mode: PositionMode | null): PositionSide {
  if (names.kind === 'spot' || mode !== 'hedged') return 'net';
  const closes = optionalFigure(execution, 'closedSize')?.isPositive() === true;
  return (sideOf(execution) === 'buy') === closes ? 'short' : 'long';
}

/** Contracts settle in USDT, and pay their fees in it where the venue names nothing. */
function feeAssetOf(execution: JsonObject, names: Names): Asset | null {
  const stated = optionalText(execution, 'feeCurrency');
  if (stated !== null) return asset(stated);
  return names.kind === 'spot' ? null : asset('USDT');
}
