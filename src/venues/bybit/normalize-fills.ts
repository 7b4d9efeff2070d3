/**
 * Bybit's executions as fills: of the trade history and of the execution stream, which have the same fields.
 *
 * Entry points: `fillFrom`, `movesPosition`; `fillFrom` throws `MalformedAnswer`. Sources: "Get Trade History", the execution stream,
 * `execType` and "Spot Fee Currency Instruction" of the v5 documentation.
 *
 * Rows of funding, corporate actions and types that nobody documented stand in the same list and are no fills. The venue's own
 * closings (liquidation, auto-deleveraging, delisting) are: they move a position at a price, under orders of the venue.
 */
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

/** `mode`: of the account as it is known now; executions do not name their position. */
export function fillFrom(body: JsonValue, names: Names, mode: PositionMode | null): VenueFill {
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
    // The stream alone states it.
    realizedPnl: names.kind === 'spot' ? null : optionalFigure(execution, 'execPnl'),
    executedAt: wholeNumber(execution, 'execTime'),
  };
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
