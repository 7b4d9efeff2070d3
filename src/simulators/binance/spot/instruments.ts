/** The spot symbols as the neutral exchange trades them, and Binance spot's rules as policy. */
import { decimal } from '../../../core/decimal.ts';
import type { Instrument, LiquidityTerms } from '../../exchange/instrument.ts';
import type { MarketPolicy } from '../../exchange/policy.ts';
import { eight } from '../figures.ts';
import { gridOf, type Listing } from '../listing.ts';
import { SPOT_LIMITS, SPOT_SYMBOLS, type SpotSymbol } from './symbols.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Mid price of a fresh venue and typical move per step in millionths, by symbol id. */
const MARKETS: Readonly<Record<string, readonly [startPrice: string, volatilityPpm: number]>> = {
  BTCUSDT: ['60000', 60],
  ETHUSDT: ['2500', 80],
  SOLUSDT: ['150', 120],
  BNBUSDT: ['600', 80],
  XRPUSDT: ['0.5', 120],
  ETHBTC: ['0.04167', 60],
};

function liquidityOf(symbol: SpotSymbol): LiquidityTerms {
  const [startPrice, volatilityPpm] = MARKETS[symbol.id] ?? ['1', 100];
  return {
    startPrice: decimal(startPrice),
    levels: 50,
    levelNotional: symbol.quote === 'BTC' ? decimal('1') : decimal('30000'),
    volatilityPpm,
  };
}

/** `BTCUSDT` as `BTC/USDT`. */
export function unifiedSpotSymbol(symbol: SpotSymbol): string {
  return `${symbol.base}/${symbol.quote}`;
}

export const SPOT_INSTRUMENTS: readonly Instrument[] = SPOT_SYMBOLS.map((symbol) => ({
  symbol: unifiedSpotSymbol(symbol),
  marketType: 'spot',
  ...gridOf(symbol),
  // PERCENT_PRICE_BY_SIDE looks at an average price, so it is checked with the other filters.
  priceBand: null,
  maxOpenOrders: SPOT_LIMITS.maxOrders,
  maxUntriggeredOrders: SPOT_LIMITS.maxAlgoOrders,
  swap: null,
  liquidity: liquidityOf(symbol),
}));

/** How market data prints a symbol: all figures with eight digits. */
function listingOf(symbol: SpotSymbol): Listing {
  return {
    id: symbol.id,
    unified: unifiedSpotSymbol(symbol),
    price: eight,
    quantity: eight,
    amount: eight,
    turnover: eight,
    averageScale: 8,
  };
}

export const SPOT_LISTINGS: readonly Listing[] = SPOT_SYMBOLS.map(listingOf);

const LISTINGS = new Map(SPOT_LISTINGS.map((listing) => [listing.id, listing]));

/** The listing of a symbol's id, or undefined. */
export function spotListing(id: string): Listing | undefined {
  return LISTINGS.get(id);
}

/** Every asset that a spot symbol here has as base or quote. */
export const SPOT_ASSETS: readonly string[] = [
  ...new Set(SPOT_SYMBOLS.flatMap((symbol) => [symbol.base, symbol.quote])),
].sort((left, right) => (left < right ? -1 : 1));

const BY_UNIFIED = new Map(SPOT_SYMBOLS.map((symbol) => [unifiedSpotSymbol(symbol), symbol]));

/** The symbol of a unified one, or undefined when it is not a spot one of this venue. */
export function spotSymbolOf(unified: string): SpotSymbol | undefined {
  return BY_UNIFIED.get(unified);
}

/**
 * Client ids are unique among open orders of a symbol only: a filled market order frees its id at once.
 * Orders that ended without a fill are archived after 90 days. Source: rest-api.md and errors.md.
 */
export const SPOT_POLICY: MarketPolicy = {
  clientOrderId: { onDuplicate: 'refuse', knownWhile: 'open', forMs: null, scope: 'symbol' },
  lookUp: { unfilledForMs: 90 * DAY_MS, finishedForMs: null, clientOrderIdEndsWithOrder: false },
  requestLifetime: { defaultMs: 5000, maxMs: 60_000, aheadMs: 1000 },
  fees: { maker: decimal('0.001'), taker: decimal('0.001') },
  wallet: 'spot',
  orderIds: 'per_symbol',
  conditionalIdsFrom: null,
  feeCoin: null,
  postOnlyWouldTake: 'refuse',
  unfilledRest: 'expired',
  alreadyTriggered: 'refuse',
  onTrigger: 'same_order',
  triggeredClientOrderId: 'same',
  defaultSelfTradePrevention: 'none',
};
