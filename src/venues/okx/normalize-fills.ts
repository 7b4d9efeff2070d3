/**
 * OKX's executions as fills: of the transaction details, and of the order channel, which has each in the message of its order.
 *
 * Entry points: `fillFrom`, `fillOfOrderMessage`, which throw `MalformedAnswer`. Sources: "Transaction details" and "Order channel" of the
 * v5 documentation. Fees are below zero where they were paid. The venue's own closings (liquidation, deleveraging, delivery) are executions
 * like others, under orders of the venue.
 */
import type { Decimal } from '../../core/decimal.ts';
import { asset, tradeId, venueOrderId } from '../../core/ids.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { VenueFill } from '../../core/venue/report.ts';
import {
  asObject,
  figure,
  optionalFigure,
  optionalText,
  text,
  wholeNumber,
  word,
} from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { clientOrderIdIn } from '../report-fields.ts';
import { positionSideOf, sideOf, sizeInBase } from './normalize-orders.ts';

const LIQUIDITY: Readonly<Record<string, 'maker' | 'taker'>> = { M: 'maker', T: 'taker' };

/** A row of the transaction details. */
export function fillFrom(body: JsonValue, names: Names): VenueFill {
  const fill = asObject(body, 'fill');
  return { ...commonOf(fill, names), ...feeOf(fill, 'fee', 'feeCcy') };
}

/** The execution that a message of the order channel is about; null where it is about none. */
export function fillOfOrderMessage(message: JsonObject, names: Names): VenueFill | null {
  const isFill =
    optionalText(message, 'tradeId') !== null && optionalFigure(message, 'fillSz')?.isPositive() === true;
  return isFill ? { ...commonOf(message, names), ...feeOf(message, 'fillFee', 'fillFeeCcy') } : null;
}

function commonOf(fill: JsonObject, names: Names): Omit<VenueFill, 'fee' | 'feeAsset'> {
  return {
    symbol: names.symbol(text(fill, 'instId')),
    tradeId: tradeId(text(fill, 'tradeId')),
    venueOrderId: venueOrderId(text(fill, 'ordId')),
    venueClientOrderId: clientOrderIdIn(fill, 'clOrdId', 'algoClOrdId'),
    side: sideOf(fill),
    positionSide: positionSideOf(fill, names),
    sequence: null,
    price: figure(fill, 'fillPx'),
    quantity: sizeInBase(fill, names, 'fillSz'),
    liquidity: optionalText(fill, 'execType') === null ? null : word(fill, 'execType', LIQUIDITY),
    realizedPnl: names.kind === 'spot' ? null : optionalFigure(fill, 'fillPnl'),
    executedAt: wholeNumber(fill, 'fillTime'),
  };
}

/** A rebate is above zero at the venue. */
function feeOf(
  fill: JsonObject,
  amountKey: string,
  assetKey: string,
): { readonly fee: Decimal; readonly feeAsset: VenueFill['feeAsset'] } {
  const name = optionalText(fill, assetKey);
  return { fee: figure(fill, amountKey).negate(), feeAsset: name === null ? null : asset(name) };
}
