/**
 * Bitget's executions as fills: of the fill history and of the fill channel.
 *
 * Entry point: `fillFrom`, which throws `MalformedAnswer`. Sources: "Get Fill History", "Fill Channel", the page of enumerations and the change
 * log of the unified account's documentation: since 11 March 2026 a fee that was paid stands above zero. The venue's own closings
 * (liquidation, deleveraging, delivery) are executions like others, under orders of the venue.
 */
import { Decimal } from '../../core/decimal.ts';
import { asset, tradeId, venueOrderId } from '../../core/ids.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { PositionSide } from '../../core/order/terms.ts';
import type { VenueFill } from '../../core/venue/report.ts';
import type { PositionMode } from '../../core/venue/setting.ts';
import {
  MalformedAnswer,
  asArray,
  asObject,
  excerpt,
  figure,
  optionalFigure,
  optionalText,
  text,
  wholeNumber,
  word,
} from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { clientOrderIdIn } from '../report-fields.ts';
import { sideOf } from './normalize-orders.ts';

const LIQUIDITY: Readonly<Record<string, 'maker' | 'taker'>> = { maker: 'maker', taker: 'taker' };

/** `mode`: of the account as it is known now; rows of the history do not name their position. */
export function fillFrom(body: JsonValue, names: Names, mode: PositionMode | null): VenueFill {
  const fill = asObject(body, 'fill');
  return {
    symbol: names.symbol(text(fill, 'symbol')),
    tradeId: tradeId(text(fill, 'execId')),
    venueOrderId: venueOrderId(text(fill, 'orderId')),
    venueClientOrderId: clientOrderIdIn(fill, 'clientOid'),
    side: sideOf(fill),
    positionSide: positionSideOf(fill, names, mode),
    sequence: null,
    price: figure(fill, 'execPrice'),
    quantity: figure(fill, 'execQty'),
    ...feeOf(fill, names),
    liquidity: optionalText(fill, 'tradeScope') === null ? null : word(fill, 'tradeScope', LIQUIDITY),
    realizedPnl: names.kind === 'spot' ? null : optionalFigure(fill, 'execPnl'),
    executedAt: wholeNumber(fill, fill['execTime'] === undefined ? 'createdTime' : 'execTime'),
  };
}

/**
 * Messages name the position in `holdSide`. Rows of the history have `tradeSide`: `open` or `close`, of a side by whether it was bought or sold, or
 * the words of the page of enumerations, that end in the side (`close_long`, `burst_close_short`) or in `single`.
 */
function positionSideOf(fill: JsonObject, names: Names, mode: PositionMode | null): PositionSide {
  if (names.kind === 'spot' || mode !== 'hedged') return 'net';
  const stated = optionalText(fill, 'holdSide');
  if (stated === 'long' || stated === 'short') return stated;
  const tradeSide = text(fill, 'tradeSide');
  const [, side] = /_(long|short|single)$/.exec(tradeSide) ?? [];
  if (side === 'long' || side === 'short') return side;
  if (side === 'single') return 'net';
  if (tradeSide !== 'open' && tradeSide !== 'close')
    throw new MalformedAnswer(`tradeSide is of no position: ${excerpt(tradeSide)}`);
  return (sideOf(fill) === 'buy') === (tradeSide === 'open') ? 'long' : 'short';
}

/** One coin pays: BGB where the account has chosen so, and what was received, or USDT, otherwise. */
function feeOf(fill: JsonObject, names: Names): Pick<VenueFill, 'fee' | 'feeAsset'> {
  const details = asArray(fill['feeDetail'] ?? [], 'feeDetail').flatMap((item) => {
    const detail = asObject(item, 'fee');
    const fee = optionalFigure(detail, 'fee');
    return fee === null ? [] : [{ fee, coin: optionalText(detail, 'feeCoin') }];
  });
  const paid = details.find(({ fee }) => !fee.isZero()) ?? details[0];
  const coin = paid?.coin ?? (names.kind === 'spot' ? null : 'USDT');
  return { fee: paid?.fee ?? Decimal.zero, feeAsset: coin === null ? null : asset(coin) };
}
