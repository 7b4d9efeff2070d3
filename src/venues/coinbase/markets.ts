/**
 * Coinbase's products, read once from their list and shared by every account.
 *
 * Entry points: `parseProducts`, `bookIdsIn`. Source: "List Public Products" of the Advanced Trade API.
 */
import { Decimal } from '../../core/decimal.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { asArray, asObject, figure, optionalText, positiveFigure, text } from '../ccxt/exact-json.ts';
import { identityOf } from '../markets.ts';
import type { ListedInstrument } from '../markets.ts';

/** Rates of an account without volume ("Advanced 1" of the fee tiers): the worst case. */
const BASE_FEES = { makerFeeRate: Decimal.parse('0.006'), takerFeeRate: Decimal.parse('0.012') };

function productsIn(list: JsonValue): readonly JsonObject[] {
  return asArray(asObject(list, 'products')['products'], 'products')
    .map((row) => asObject(row, 'product'))
    .filter((product) => text(product, 'product_type') === 'SPOT');
}

/** Spot products; no price band is stated. */
export function parseProducts(list: JsonValue): readonly ListedInstrument[] {
  return productsIn(list).map((product) => {
    const base = text(product, 'base_currency_id');
    const quote = text(product, 'quote_currency_id');
    const maxQuantity = positiveFigure(product, 'base_max_size');
    return {
      venueSymbol: text(product, 'product_id'),
      instrument: {
        ...identityOf('coinbase', 'spot', [base, quote, quote]),
        tickSize: figure(product, 'price_increment'),
        lotSize: figure(product, 'base_increment'),
        minQuantity: figure(product, 'base_min_size'),
        maxQuantity,
        maxMarketQuantity: maxQuantity,
        minNotional: positiveFigure(product, 'quote_min_size'),
        minPrice: null,
        maxPrice: null,
        priceBand: null,
        contractSize: Decimal.one,
        ...BASE_FEES,
        // A commission is in quote, beside what the order costs.
        buyFeeTakenFrom: 'quote',
        active: isTraded(product),
      },
    };
  });
}

/** The flags that stand for products in which no order of ours can be placed; of one that is left out nothing is said. */
const CLOSED = ['is_disabled', 'cancel_only', 'trading_disabled', 'view_only', 'post_only', 'auction_mode'];

function isTraded(product: JsonObject): boolean {
  return text(product, 'status') === 'online' && CLOSED.every((name) => product[name] !== true);
}

/** The product in whose book each trades: `alias` names it ("Product id for the corresponding unified book"). */
export function bookIdsIn(list: JsonValue): ReadonlyMap<string, string> {
  return new Map(
    productsIn(list).map((product) => {
      const id = text(product, 'product_id');
      return [id, optionalText(product, 'alias') ?? id];
    }),
  );
}
