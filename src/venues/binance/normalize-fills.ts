/**
 * Binance's execution payloads as fills.
 *
 * Entry points: `fillsFromAck` (the answer to a create), `fillFromTrade` (`myTrades`, `userTrades`), `fillFromEvent`
 * (the private streams). Each throws `MalformedAnswer` for a payload that is not of the documented shape. Sources:
 * rest-api.md and user-data-stream.md of binance-spot-api-docs; "Account Trade List" and "Event: Order Update" of the
 * USD-M futures documentation. A record becomes a fill only if it carries a trade id, which stays a text.
 */
import { Decimal } from '../../core/decimal.ts';
import { asset, tradeId, venueOrderId } from '../../core/ids.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { OrderReport, VenueFill } from '../../core/venue/report.ts';
import {
  asArray,
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
import { positionSideOf, sideOf, timeOf } from './normalize-orders.ts';

/** The itemised executions of a spot create with `newOrderRespType=FULL`; a USD-M answer has none. */
export function fillsFromAck(body: JsonValue, names: Names): readonly VenueFill[] {
  const order = asObject(body, 'order');
  const listed = order['fills'];
  if (listed === undefined) return [];
  const items = asArray(listed, 'fills').map((item) => {
    const fill = asObject(item, 'fill');
    return { fill, price: figure(fill, 'price'), quantity: figure(fill, 'qty') };
  });
  const amounts = quoteQuantitiesOf(order, items);
  if (amounts === null) return [];
  return (
    items
      .map((item, index) => ({ ...item, quote: ownQuote(item, amounts[index] ?? null) }))
      // An allocation of smart routing has no trade id, or -1; only trades book.
      .filter(({ fill }) => fill['tradeId'] !== undefined && text(fill, 'tradeId') !== '-1')
      .map(({ fill, price, quantity, quote }) => ({
        symbol: names.symbol(text(order, 'symbol')),
        tradeId: tradeId(text(fill, 'tradeId')),
        venueOrderId: venueOrderId(text(order, 'orderId')),
        venueClientOrderId: clientOrderIdIn(order, 'clientOrderId'),
        side: sideOf(order, 'side'),
        positionSide: 'net',
        sequence: sequenceOf(text(fill, 'tradeId')),
        price,
        quantity,
        ...quote,
        fee: figure(fill, 'commission'),
        feeAsset: asset(text(fill, 'commissionAsset')),
        // An order that trades at once takes.
        liquidity: 'taker',
        realizedPnl: null,
        executedAt: timeOf(order, ['transactTime', 'updateTime']),
      }))
  );
}

type Traded = Pick<VenueFill, 'price' | 'quantity'>;

/** Digits after the point of the amounts that spot moves ("quoteAssetPrecision" of exchangeInfo). */
const QUOTE_DIGITS = 8;
const QUOTE_UNIT = Decimal.of(1n, QUOTE_DIGITS);

/**
 * The quote units of each of the executions that an answer itemises, which says them of the order alone (`cummulativeQuoteQty`): what has
 * more digits than the venue moves is cut, as long as the sum is the order's. Null where it is another one: the venue's list says
 * each then, and nothing is booked from the answer.
 */
function quoteQuantitiesOf(order: JsonObject, fills: readonly Traded[]): readonly Decimal[] | null {
  const exact = fills.map(({ price, quantity }) => price.multiply(quantity));
  const [first, ...later] = exact;
  const moved = optionalFigure(order, 'cummulativeQuoteQty');
  if (moved === null || first === undefined) return exact;
  if (later.length === 0) return [moved];
  const cut = exact.map((each) => each.divide(Decimal.one, QUOTE_DIGITS, 'down'));
  if (cut.every((each, index) => each.equals(exact[index] ?? each))) return exact;
  return cut.reduce((sum, each) => sum.add(each), Decimal.zero).equals(moved) ? cut : null;
}

/** The quote units of a spot execution, where they are price x quantity rounded; a figure that is further off is not taken. */
function ownQuote({ price, quantity }: Traded, moved: Decimal | null): Pick<VenueFill, 'quoteQuantity'> {
  if (moved === null) return {};
  const off = moved.subtract(price.multiply(quantity)).abs();
  return off.isZero() || off.atLeast(QUOTE_UNIT) ? {} : { quoteQuantity: moved };
}

/** One of `myTrades` (spot) or `userTrades` (USD-M). */
export function fillFromTrade(body: JsonValue, names: Names): VenueFill {
  const trade = asObject(body, 'trade');
  const traded = { price: figure(trade, 'price'), quantity: figure(trade, 'qty') };
  const maker = names.kind === 'spot' ? flag(trade, 'isMaker') : flag(trade, 'maker');
  return {
    symbol: names.symbol(text(trade, 'symbol')),
    tradeId: tradeId(text(trade, 'id')),
    venueOrderId: venueOrderId(text(trade, 'orderId')),
    venueClientOrderId: null,
    side: names.kind === 'spot' ? (flag(trade, 'isBuyer') ? 'buy' : 'sell') : sideOf(trade, 'side'),
    positionSide: names.kind === 'spot' ? 'net' : (positionSideOf(trade, 'positionSide') ?? 'net'),
    sequence: sequenceOf(text(trade, 'id')),
    ...traded,
    // A swap moves what is realised, and its list rounds the quote units for showing.
    ...(names.kind === 'spot' ? ownQuote(traded, optionalFigure(trade, 'quoteQty')) : {}),
    fee: figure(trade, 'commission'),
    feeAsset: asset(text(trade, 'commissionAsset')),
    liquidity: maker ? 'maker' : 'taker',
    realizedPnl: names.kind === 'spot' ? null : optionalFigure(trade, 'realizedPnl'),
    executedAt: wholeNumber(trade, 'time'),
  };
}

/**
 * The execution that an event carries, or null. CALCULATED is a liquidation's; one that is only announced has no trade
 * id yet, which both products write as a number below one.
 */
export function fillFromEvent(event: JsonObject, report: OrderReport): VenueFill | null {
  const execution = text(event, 'x');
  if (execution !== 'TRADE' && execution !== 'CALCULATED') return null;
  if (!/^[1-9]\d*$/.test(text(event, 't'))) return null;
  const feeAsset = optionalText(event, 'N');
  const traded = { price: figure(event, 'L'), quantity: figure(event, 'l') };
  return {
    symbol: report.symbol,
    tradeId: tradeId(text(event, 't')),
    venueOrderId: report.venueOrderId,
    venueClientOrderId: report.venueClientOrderId,
    side: report.side,
    positionSide: report.positionSide ?? 'net',
    sequence: sequenceOf(text(event, 't')),
    ...traded,
    // Spot only.
    ...ownQuote(traded, optionalFigure(event, 'Y')),
    fee: optionalFigure(event, 'n') ?? Decimal.zero,
    feeAsset: feeAsset === null ? null : asset(feeAsset),
    liquidity: flag(event, 'm') ? 'maker' : 'taker',
    // USD-M only.
    realizedPnl: optionalFigure(event, 'rp'),
    executedAt: wholeNumber(event, 'T'),
  };
}

/**
 * Binance numbers the trades of a symbol in the order in which they are made: `fromId` of "Account trade list" and
 * "Account Trade List" goes on after a trade by its id. Null for an id that is no such number.
 */
function sequenceOf(id: string): number | null {
  return /^\d{1,15}$/.test(id) ? Number(id) : null;
}
