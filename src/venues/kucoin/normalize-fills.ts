/**
 * KuCoin's executions as fills, of the lists of spot and of futures; messages of the streams state no fee.
 *
 * Entry point: `fillFrom`, which throws `MalformedAnswer`. Sources: "Get Trade History" of spot, "Get Trade History" and "Get Recent Trade History" of
 * futures of the documentation. Trade ids of spot are numbers that a double does not hold.
 */
import type { Decimal } from '../../core/decimal.ts';
import { asset, tradeId, venueOrderId } from '../../core/ids.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { VenueFill } from '../../core/venue/report.ts';
import { asObject, figure, optionalFigure, text, wholeNumber, word } from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { clientOrderIdIn } from '../report-fields.ts';
import { millisecondsOf, positionSideOf, quantityIn, sideOf } from './normalize-orders.ts';

const LIQUIDITIES = { maker: 'maker', taker: 'taker' } as const;

export function fillFrom(body: JsonValue, names: Names): VenueFill {
  const fill = asObject(body, 'execution');
  const venueSymbol = text(fill, 'symbol');
  const price = figure(fill, 'price');
  const quantity = quantityIn(fill, 'size', names, venueSymbol);
  const moved = movedQuote(fill, names, price.multiply(quantity));
  return {
    symbol: names.symbol(venueSymbol),
    tradeId: tradeId(text(fill, 'tradeId')),
    venueOrderId: venueOrderId(text(fill, 'orderId')),
    venueClientOrderId: clientOrderIdIn(fill, 'clientOid'),
    side: sideOf(fill),
    positionSide: positionSideOf(fill, names),
    // No page says that ids of executions order them.
    sequence: null,
    price,
    quantity,
    ...(moved === null ? {} : { quoteQuantity: moved }),
    fee: figure(fill, 'fee'),
    feeAsset: asset(text(fill, 'feeCurrency')),
    liquidity: word(fill, 'liquidity', LIQUIDITIES),
    realizedPnl: null,
    // When it was matched; `createdAt` of futures is when it was written down.
    executedAt: names.kind === 'spot' ? wholeNumber(fill, 'createdAt') : millisecondsOf(fill, 'tradeTime'),
  };
}

/** `funds` of spot, where they are not price x size. */
function movedQuote(fill: JsonObject, { kind }: Names, computed: Decimal): Decimal | null {
  const funds = kind === 'spot' ? optionalFigure(fill, 'funds') : null;
  return funds === null || funds.equals(computed) ? null : funds;
}
