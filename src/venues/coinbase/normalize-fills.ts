/**
 * Coinbase's executions as fills.
 *
 * Entry points: `fillFrom`, `isExecution`; `fillFrom` throws `MalformedAnswer`. Source: "List Fills". Rows of reversals, corrections and
 * synthetic trades stand in the same list and are no fills.
 */
import { tradeId, venueOrderId } from '../../core/ids.ts';
import type { Decimal } from '../../core/decimal.ts';
import type { Instrument } from '../../core/instrument.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { VenueFill } from '../../core/venue/report.ts';
import { asObject, figure, optionalText, text } from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { timeIn } from './fields.ts';
import { sideOf } from './normalize-orders.ts';

export function isExecution(fill: JsonObject): boolean {
  return text(fill, 'trade_type') === 'FILL';
}

/** The commission is always in quote, whichever side the trade has. */
export function fillFrom(body: JsonValue, names: Names): VenueFill {
  const fill = asObject(body, 'fill');
  const instrument = names.instrument(text(fill, 'product_id'));
  const price = figure(fill, 'price');
  return {
    symbol: instrument.symbol,
    tradeId: tradeId(text(fill, 'trade_id')),
    venueOrderId: venueOrderId(text(fill, 'order_id')),
    // The list does not carry it.
    venueClientOrderId: null,
    side: sideOf(fill),
    positionSide: 'net',
    sequence: null,
    price,
    quantity: quantityOf(fill, price, instrument),
    fee: figure(fill, 'commission'),
    feeAsset: instrument.quote,
    liquidity: liquidityOf(fill),
    realizedPnl: null,
    executedAt: timeIn(fill, 'trade_time'),
  };
}

/** Digits of a quotient before it comes to the grid. */
const QUOTIENT_SCALE = 18;

/**
 * A size in quote comes of an order that was sized in quote, as nobody places here: the quantity nearest to it on the grid is then the one
 * that was traded, unless the size was rounded.
 */
function quantityOf(fill: JsonObject, price: Decimal, { lotSize }: Instrument): Decimal {
  const size = figure(fill, 'size');
  if (fill['size_in_quote'] !== true) return size;
  return size.divide(price, QUOTIENT_SCALE, 'half_even').roundToMultipleOf(lotSize, 'half_even');
}

function liquidityOf(fill: JsonObject): VenueFill['liquidity'] {
  switch (optionalText(fill, 'liquidity_indicator')) {
    case 'MAKER':
      return 'maker';
    case 'TAKER':
      return 'taker';
    default:
      return null;
  }
}
