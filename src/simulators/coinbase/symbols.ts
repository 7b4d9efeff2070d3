/**
 * The products that the simulated Coinbase lists, with their figures, and the JSON of a product.
 *
 * Entry points: `COINBASE_PRODUCTS`, `productJson`. Source: "List Public Products" of the Advanced Trade API; the figures of BTC-USD are
 * those that the exchange showed in April 2026, the others are of the same kind. Spot alone: perpetuals left this API in October 2026.
 */
import { decimal, type Decimal } from '../../core/decimal.ts';
import type { SymbolStatus } from '../exchange/state.ts';

export interface CoinbaseProduct {
  /** `BTC-USD`. */
  readonly id: string;
  readonly base: string;
  readonly baseName: string;
  readonly quote: Quote;
  readonly priceIncrement: Decimal;
  readonly baseIncrement: Decimal;
  readonly baseMaxSize: Decimal;
  readonly startPrice: Decimal;
  readonly volatilityPpm: number;
  /** The product in whose book this one trades; null: in its own. */
  readonly aliasOf: string | null;
}

export type Quote = 'USD' | 'USDC' | 'USDT';

export const QUOTE_NAMES: Readonly<Record<Quote, string>> = {
  USD: 'US Dollar',
  USDC: 'USDC',
  USDT: 'Tether',
};

/** Least and largest amount in quote of an order. */
export const QUOTE_MIN_SIZE = decimal('1');
const QUOTE_MAX_SIZE = decimal('150000000');

type Figures = readonly [
  base: string,
  baseName: string,
  priceIncrement: string,
  baseIncrement: string,
  baseMaxSize: string,
  startPrice: string,
  volatilityPpm: number,
];

const FIGURES: readonly Figures[] = [
  ['BTC', 'Bitcoin', '0.01', '0.00000001', '3400', '60000', 60],
  ['ETH', 'Ethereum', '0.01', '0.00000001', '42000', '2500', 80],
  ['SOL', 'Solana', '0.01', '0.00000001', '330000', '150', 120],
  ['XRP', 'XRP', '0.0001', '0.000001', '44000000', '0.55', 120],
  ['DOGE', 'Dogecoin', '0.00001', '0.1', '190000000', '0.12', 150],
];

/** The dollar and USDC have one book: the product in USDC is an alias of the one in dollars (`alias`, `alias_to`). */
const ALIASED: Readonly<Partial<Record<Quote, Quote>>> = { USDC: 'USD' };

function productOf(figures: Figures, quote: Quote): CoinbaseProduct {
  const [base, baseName, priceIncrement, baseIncrement, baseMaxSize, startPrice, volatilityPpm] = figures;
  const canonical = ALIASED[quote];
  return {
    id: `${base}-${quote}`,
    base,
    baseName,
    quote,
    priceIncrement: decimal(priceIncrement),
    baseIncrement: decimal(baseIncrement),
    baseMaxSize: decimal(baseMaxSize),
    startPrice: decimal(startPrice),
    volatilityPpm,
    aliasOf: canonical === undefined ? null : `${base}-${canonical}`,
  };
}

export const COINBASE_PRODUCTS: readonly CoinbaseProduct[] = FIGURES.flatMap((figures) =>
  (['USD', 'USDC', 'USDT'] as const).map((quote) => productOf(figures, quote)),
);

/** The flags by which a product says what can be done with it. */
function tradingFlags(status: SymbolStatus): Record<string, unknown> {
  switch (status) {
    case 'trading':
    case 'reduce_only':
      return { status: 'online', is_disabled: false, cancel_only: false, trading_disabled: false };
    case 'cancel_only':
      return { status: 'online', is_disabled: false, cancel_only: true, trading_disabled: false };
    case 'halted':
      return { status: 'offline', is_disabled: false, cancel_only: false, trading_disabled: true };
    case 'settled':
      return { status: 'delisted', is_disabled: true, cancel_only: false, trading_disabled: true };
  }
}

/** The figures of a product that change with its market. */
export interface ProductMarket {
  readonly status: SymbolStatus;
  readonly price: string;
  readonly changePercent: string;
  readonly volume: string;
  readonly quoteVolume: string;
}

/** An entry of the list of products. */
export function productJson(product: CoinbaseProduct, market: ProductMarket): Record<string, unknown> {
  const { id, base, baseName, quote, aliasOf } = product;
  const aliases = COINBASE_PRODUCTS.filter((other) => other.aliasOf === id).map((other) => other.id);
  return {
    product_id: id,
    price: market.price,
    price_percentage_change_24h: market.changePercent,
    volume_24h: market.volume,
    volume_percentage_change_24h: '0',
    base_increment: product.baseIncrement.toString(),
    quote_increment: product.priceIncrement.toString(),
    quote_min_size: QUOTE_MIN_SIZE.toString(),
    quote_max_size: QUOTE_MAX_SIZE.toString(),
    base_min_size: product.baseIncrement.toString(),
    base_max_size: product.baseMaxSize.toString(),
    base_name: baseName,
    quote_name: QUOTE_NAMES[quote],
    watched: false,
    new: false,
    ...tradingFlags(market.status),
    limit_only: false,
    post_only: false,
    auction_mode: false,
    product_type: 'SPOT',
    quote_currency_id: quote,
    base_currency_id: base,
    fcm_trading_session_details: null,
    mid_market_price: '',
    alias: aliasOf ?? '',
    alias_to: aliases,
    base_display_symbol: base,
    quote_display_symbol: quote === 'USDC' ? 'USD' : quote,
    view_only: false,
    price_increment: product.priceIncrement.toString(),
    display_name: id,
    product_venue: 'CBE',
    approximate_quote_24h_volume: market.quoteVolume,
    new_at: '2023-01-01T00:00:00Z',
    market_cap: '',
    icon_color: '',
    icon_url: '',
    display_name_overwrite: '',
    is_alpha_testing: false,
    about_description: '',
    best_bid_price: '',
    best_ask_price: '',
  };
}

/** Digits after the point that prices of the product are printed with. */
export function priceScaleOf({ priceIncrement }: CoinbaseProduct): number {
  return priceIncrement.scale;
}
