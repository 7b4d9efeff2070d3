/**
 * HTX's spot executions as fills: of the match results, and of the stream of clearings.
 *
 * Entry points: `fillFrom`, `fillFromClearing`, which throw `MalformedAnswer`. Sources: "Search Match Results" and "Subscribe Trade Details &
 * Order Cancellation post Clearing" of the spot documentation. Fees are above zero where they were paid; those that points or a coin of the
 * venue paid for stand apart, in that coin.
 */
import type { Decimal } from '../../core/decimal.ts';
import { asset, tradeId, venueOrderId } from '../../core/ids.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { VenueFill } from '../../core/venue/report.ts';
import {
  asObject,
  figure,
  flag,
  optionalText,
  positiveFigure,
  text,
  wholeNumber,
  word,
} from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { clientOrderIdIn } from '../report-fields.ts';
import { sideOf } from './normalize-orders.ts';

const LIQUIDITY: Readonly<Record<string, 'maker' | 'taker'>> = { maker: 'maker', taker: 'taker' };

/** A row of the match results, which carries no id of ours. */
export function fillFrom(body: JsonValue, names: Names): VenueFill {
  const fill = asObject(body, 'fill');
  return {
    symbol: names.symbol(text(fill, 'symbol')),
    tradeId: tradeId(text(fill, 'trade-id')),
    venueOrderId: venueOrderId(text(fill, 'order-id')),
    venueClientOrderId: null,
    side: sideOf(text(fill, 'type')),
    positionSide: 'net',
    sequence: null,
    price: figure(fill, 'price'),
    quantity: figure(fill, 'filled-amount'),
    ...feeOf(fill, {
      amount: 'filled-fees',
      coin: 'fee-currency',
      deducted: 'filled-points',
      deductedCoin: 'fee-deduct-currency',
    }),
    liquidity: optionalText(fill, 'role') === null ? null : word(fill, 'role', LIQUIDITY),
    realizedPnl: null,
    executedAt: wholeNumber(fill, 'created-at'),
  };
}

/** A message about a clearing. */
export function fillFromClearing(fill: JsonObject, names: Names): VenueFill {
  return {
    symbol: names.symbol(text(fill, 'symbol')),
    tradeId: tradeId(text(fill, 'tradeId')),
    venueOrderId: venueOrderId(text(fill, 'orderId')),
    venueClientOrderId: clientOrderIdIn(fill, 'clientOrderId'),
    side: sideOf(text(fill, 'orderSide')),
    positionSide: 'net',
    sequence: null,
    price: figure(fill, 'tradePrice'),
    quantity: figure(fill, 'tradeVolume'),
    ...feeOf(fill, {
      amount: 'transactFee',
      coin: 'feeCurrency',
      deducted: 'feeDeduct',
      deductedCoin: 'feeDeductType',
    }),
    liquidity: flag(fill, 'aggressor') ? 'taker' : 'maker',
    realizedPnl: null,
    executedAt: wholeNumber(fill, 'tradeTime'),
  };
}

type FeeKeys = Readonly<Record<'amount' | 'coin' | 'deducted' | 'deductedCoin', string>>;

/** The deduction stands for the whole fee where there is one. */
function feeOf(
  fill: JsonObject,
  keys: FeeKeys,
): { readonly fee: Decimal; readonly feeAsset: VenueFill['feeAsset'] } {
  const deducted = positiveFigure(fill, keys.deducted);
  const coin = optionalText(fill, deducted === null ? keys.coin : keys.deductedCoin);
  return {
    fee: deducted ?? figure(fill, keys.amount),
    feeAsset: coin === null ? null : asset(coin.toUpperCase()),
  };
}
