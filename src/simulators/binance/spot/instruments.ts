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
  ADAUSDT: ['0.45', 120],
  DOGEUSDT: ['0.12', 150],
  SHIBUSDT: ['0.000018', 200],
  PEPEUSDT: ['0.0000092', 250],
  '1000SATSUSDT': ['0.00021', 250],
  '1000CATUSDT': ['0.0082', 250],
  '1MBABYDOGEUSDT': ['0.0013', 250],
  币安人生USDT: ['0.15', 250],
  LTCUSDT: ['70', 100],
  LINKUSDT: ['13', 120],
  AVAXUSDT: ['28', 120],
  DOTUSDT: ['5.2', 120],
  TRXUSDT: ['0.14', 60],
  UNIUSDT: ['7.5', 120],
  PAXGUSDT: ['2500', 20],
  USDCUSDT: ['1', 2],
  FDUSDUSDT: ['0.9985', 2],
  BTCUSDC: ['60000', 60],
  ETHUSDC: ['2500', 80],
  SOLUSDC: ['150', 120],
  XRPUSDC: ['0.5', 120],
  BTCFDUSD: ['60090', 60],
  ETHFDUSD: ['2504', 80],
  BNBFDUSD: ['601', 80],
  BNBBTC: ['0.01', 60],
  SOLBTC: ['0.0025', 90],
  LTCBTC: ['0.001167', 80],
  DOGEBTC: ['0.000002', 150],
  WBTCBTC: ['0.9985', 5],
  BNBETH: ['0.24', 60],
  BTCEUR: ['55000', 60],
  BTCTRY: ['2050000', 60],
  BTCJPY: ['9000000', 60],
};

/** The worth of a level where the quote asset is not a dollar. */
const LEVEL_NOTIONALS: Readonly<Record<string, string>> = {
  BTC: '1',
  ETH: '12',
  TRY: '1000000',
  JPY: '4500000',
};

/** Levels of a side: deep where most is traded. */
const DEEP: ReadonlySet<string> = new Set(['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'BNBUSDT', 'XRPUSDT', 'ETHBTC']);
const DEEP_LEVELS = 50;
const LEVELS = 20;

function liquidityOf(symbol: SpotSymbol): LiquidityTerms {
  const market = MARKETS[symbol.id];
  if (market === undefined) throw new Error(`no market for ${symbol.id}`);
  const [startPrice, volatilityPpm] = market;
  return {
    startPrice: decimal(startPrice),
    levels: DEEP.has(symbol.id) ? DEEP_LEVELS : LEVELS,
    levelNotional: decimal(LEVEL_NOTIONALS[symbol.quote] ?? '30000'),
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
  feeCoin: { asset: 'BNB', part: decimal('0.75') },
  postOnlyWouldTake: 'refuse',
  unfilledRest: 'expired',
  alreadyTriggered: 'refuse',
  onTrigger: 'same_order',
  triggeredClientOrderId: 'same',
  defaultSelfTradePrevention: 'none',
  rejectsLate: [],
  collateralRates: null,
};
