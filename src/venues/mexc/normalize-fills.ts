/**
 * MEXC's executions as fills: of the lists and of the streams, which report them apart from orders.
 *
 * Entry points: `spotFillFrom`, `spotFillFromPush`, `swapFillFrom`, which throw `MalformedAnswer`. Sources: "Account Trade List" and "Spot Account
 * Deals" of the spot v3 documentation; "Get all transaction details of the user's order" of the contract documentation, and recorded
 * messages of its channel of deals. The venue's own closings (liquidation, deleveraging) are executions like others, under orders of the
 * venue.
 */
import { Decimal } from '../../core/decimal.ts';
import { asset, tradeId, venueOrderId } from '../../core/ids.ts';
import { fromContracts } from '../../core/instrument.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
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
  word,
} from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { clientOrderIdIn } from '../report-fields.ts';
import { PUSHED_SIDES, directionOf, ownIdIn } from './normalize-orders.ts';

/** One of `myTrades`. */
export function spotFillFrom(body: JsonValue, names: Names): VenueFill {
  const trade = asObject(body, 'trade');
  const traded = { price: figure(trade, 'price'), quantity: figure(trade, 'qty') };
  return {
    symbol: names.symbol(text(trade, 'symbol')),
    tradeId: tradeId(text(trade, 'id')),
    venueOrderId: venueOrderId(text(trade, 'orderId')),
    venueClientOrderId: clientOrderIdIn(trade, 'clientOrderId'),
    side: flag(trade, 'isBuyer') ? 'buy' : 'sell',
    positionSide: 'net',
    sequence: null,
    ...traded,
    ...ownQuote(traded, optionalFigure(trade, 'quoteQty')),
    ...spotFee(trade, 'commission', 'commissionAsset'),
    liquidity: flag(trade, 'isMaker') ? 'maker' : 'taker',
    realizedPnl: null,
    executedAt: wholeNumber(trade, 'time'),
  };
}

/** `message`: the push, which alone says of which symbol. A flag that is not set is left out of it. */
export function spotFillFromPush(message: JsonObject, names: Names): VenueFill {
  const deal = asObject(message['privateDeals'], 'deal');
  const traded = { price: figure(deal, 'price'), quantity: figure(deal, 'quantity') };
  return {
    symbol: names.symbol(text(message, 'symbol')),
    tradeId: tradeId(text(deal, 'tradeId')),
    venueOrderId: venueOrderId(text(deal, 'orderId')),
    venueClientOrderId: clientOrderIdIn(deal, 'clientOrderId'),
    side: word(deal, 'tradeType', PUSHED_SIDES),
    positionSide: 'net',
    sequence: null,
    ...traded,
    ...ownQuote(traded, optionalFigure(deal, 'amount')),
    ...spotFee(deal, 'feeAmount', 'feeCurrency'),
    liquidity: deal['isMaker'] === true ? 'maker' : 'taker',
    realizedPnl: null,
    executedAt: wholeNumber(deal, 'time'),
  };
}

/** An execution without a charge may name no asset. */
function spotFee(row: JsonObject, amountKey: string, assetKey: string): Pick<VenueFill, 'fee' | 'feeAsset'> {
  const name = optionalText(row, assetKey);
  return {
    fee: optionalFigure(row, amountKey) ?? Decimal.zero,
    feeAsset: name === null ? null : asset(name),
  };
}

/** One unit of the last digit that amounts of quote assets are moved with. */
const QUOTE_UNIT = Decimal.of(1n, 8);

/** The quote units that moved, where they are price x quantity rounded; a figure that is further off is not taken. */
function ownQuote(
  { price, quantity }: Pick<VenueFill, 'price' | 'quantity'>,
  moved: Decimal | null,
): Pick<VenueFill, 'quoteQuantity'> {
  if (moved === null) return {};
  const off = moved.subtract(price.multiply(quantity)).abs();
  return off.isZero() || off.atLeast(QUOTE_UNIT) ? {} : { quoteQuantity: moved };
}

/** A row of `order_deals` or a message of the channel of deals. `known`: the mode of the account, where the row does not state its own. */
export function swapFillFrom(body: JsonValue, names: Names, known: PositionMode | null): VenueFill {
  const deal = asObject(body, 'deal');
  const instrument = names.instrument(text(deal, 'symbol'));
  const { side, positionSide } = directionOf(deal, known);
  return {
    symbol: instrument.symbol,
    tradeId: tradeId(text(deal, 'id')),
    venueOrderId: venueOrderId(text(deal, 'orderId')),
    venueClientOrderId: ownIdIn(deal),
    side,
    positionSide: positionSide ?? 'net',
    sequence: null,
    price: figure(deal, 'price'),
    quantity: fromContracts(instrument, figure(deal, 'vol')),
    fee: figure(deal, 'fee'),
    feeAsset: asset(text(deal, 'feeCurrency')),
    liquidity: isTaker(deal) ? 'taker' : 'maker',
    realizedPnl: optionalFigure(deal, 'profit'),
    executedAt: wholeNumber(deal, 'timestamp'),
  };
}

/** The list writes `taker`, the channel `isTaker`. */
function isTaker(deal: JsonObject): boolean {
  return flag(deal, deal['taker'] === undefined ? 'isTaker' : 'taker');
}
