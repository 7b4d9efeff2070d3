/**
 * The public data of the Coinbase App API, which clients read when they start: currencies, exchange rates, prices, the time.
 *
 * Entry point: `appCurrencyEndpoints`. Sources: "Currencies", "Exchange Rates", "Prices" and "Time" of the Coinbase App API. Rates come from the
 * last prices of the listed products; prices to buy and sell at are the best ones of the book.
 */
import { Decimal } from '../../core/decimal.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { publicEndpoint, type Call, type Endpoint } from './access.ts';
import { invalidArgument } from './errors.ts';
import { idOf, LISTINGS } from './instruments.ts';
import { timeText, type Json } from './order-json.ts';
import { listingFrom } from './parameters.ts';
import { COINBASE_PRODUCTS, QUOTE_NAMES } from './symbols.ts';
import { isFiat } from './wallet.ts';

/** Digits of a rate. */
const RATE_SCALE = 16;

export function appCurrencyEndpoints(exchange: Exchange): Endpoint[] {
  return [
    publicEndpoint('/v2/currencies', 'other', () => ({
      data: Object.entries(QUOTE_NAMES)
        .filter(([id]) => isFiat(id))
        .map(([id, name]) => ({ id, name, min_size: '0.01' })),
    })),
    publicEndpoint('/v2/currencies/crypto', 'other', () => ({ data: cryptoCurrencies() })),
    publicEndpoint('/v2/exchange-rates', 'prices', (call) => ({ data: exchangeRates(exchange, call) })),
    ...(['buy', 'sell', 'spot'] as const).map((kind) =>
      publicEndpoint(`/v2/prices/:pair/${kind}`, 'prices', (call) => ({ data: price(exchange, call, kind) })),
    ),
    publicEndpoint('/v2/time', 'other', ({ clockMs }) => ({
      data: { iso: timeText(clockMs), epoch: Math.floor(clockMs / 1000) },
    })),
  ];
}

/** The currency as the accounts of the Coinbase App API show it too. */
export function currencyJson(code: string): Json {
  return isFiat(code)
    ? { code, name: nameOf(code), color: '#0052FF', sort_index: 0, exponent: 2, type: 'fiat' }
    : {
        asset_id: idOf('asset', code),
        code,
        name: nameOf(code),
        color: '#000000',
        sort_index: 100 + CRYPTO.indexOf(code),
        exponent: 8,
        type: 'crypto',
        address_regex: '',
      };
}

const CRYPTO: readonly string[] = [
  ...new Set([
    ...COINBASE_PRODUCTS.map(({ base }) => base),
    ...Object.keys(QUOTE_NAMES).filter((code) => !isFiat(code)),
  ]),
];

function nameOf(code: string): string {
  const quote = Object.entries(QUOTE_NAMES).find(([id]) => id === code)?.[1];
  return quote ?? COINBASE_PRODUCTS.find(({ base }) => base === code)?.baseName ?? code;
}

function cryptoCurrencies(): readonly Json[] {
  return CRYPTO.map((code) => currencyJson(code));
}

/** The worth of one unit of a currency in dollars; a stablecoin is a dollar. */
function dollarsOf(exchange: Exchange, code: string): Decimal | undefined {
  if (code in QUOTE_NAMES) return Decimal.one;
  const listing = LISTINGS.find(({ product }) => product.base === code && product.quote === 'USD');
  return listing === undefined
    ? undefined
    : (exchange.market(listing.unified)?.lastPrice ?? listing.product.startPrice);
}

/** How much of each currency one unit of `currency` is. */
function exchangeRates(exchange: Exchange, { parameters: { parameters } }: Call): Json {
  const currency = parameters.optional('currency') ?? 'USD';
  const own = dollarsOf(exchange, currency);
  if (own === undefined) throw invalidArgument('Invalid currency');
  const rates = [...Object.keys(QUOTE_NAMES), ...CRYPTO].flatMap((code) => {
    const other = dollarsOf(exchange, code);
    return other === undefined || other.isZero()
      ? []
      : [[code, own.divide(other, RATE_SCALE, 'half_even').toString()] as const];
  });
  return { currency, rates: Object.fromEntries(rates) };
}

function price(exchange: Exchange, { parameters }: Call, kind: 'buy' | 'sell' | 'spot'): Json {
  const { product, unified } = listingFrom(parameters.pathParameter('pair'));
  const book = exchange.book(unified, 1);
  const last = exchange.market(unified)?.lastPrice ?? product.startPrice;
  const best = kind === 'buy' ? book?.asks[0]?.[0] : kind === 'sell' ? book?.bids[0]?.[0] : last;
  return { amount: (best ?? last).toString(), base: product.base, currency: product.quote };
}
