/**
 * KuCoin's instruments, read once from its lists and shared by every account.
 *
 * Entry points: `parseSpotInstruments`, `parseSwapInstruments`. Sources: "Get All Symbols" of spot and of futures of the documentation. Only perpetuals
 * that settle in USDT are read. Bitcoin is `XBT` in contracts; their sizes are lots of a multiplier.
 */
import { Decimal } from '../../core/decimal.ts';
import type { PriceBand } from '../../core/instrument.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { asArray, asObject, figure, flag, optionalFigure, positiveFigure, text } from '../ccxt/exact-json.ts';
import { identityOf } from '../markets.ts';
import type { ListedInstrument } from '../markets.ts';

export function parseSpotInstruments(data: JsonValue): readonly ListedInstrument[] {
  return asArray(data, 'symbols').map((item) => {
    const symbol = asObject(item, 'symbol');
    const base = text(symbol, 'baseCurrency');
    const quote = text(symbol, 'quoteCurrency');
    const lotSize = figure(symbol, 'baseIncrement');
    const rate = (coefficient: string): Decimal =>
      categoryRate(symbol).multiply(optionalFigure(symbol, coefficient) ?? Decimal.one);
    return {
      venueSymbol: text(symbol, 'symbol'),
      instrument: {
        ...identityOf('kucoin', 'spot', [base, quote, quote]),
        tickSize: figure(symbol, 'priceIncrement'),
        lotSize,
        minQuantity: positiveFigure(symbol, 'baseMinSize') ?? lotSize,
        maxQuantity: positiveFigure(symbol, 'baseMaxSize'),
        maxMarketQuantity: null,
        minNotional: leastWorth(symbol),
        minPrice: null,
        maxPrice: null,
        priceBand: spotBand(symbol),
        contractSize: Decimal.one,
        makerFeeRate: rate('makerFeeCoefficient'),
        takerFeeRate: rate('takerFeeCoefficient'),
        // "feeCurrency: The currency of charged fees", the quote of most pairs.
        buyFeeTakenFrom: text(symbol, 'feeCurrency') === base ? 'base' : 'quote',
        active: flag(symbol, 'enableTrading'),
      },
    };
  });
}

/** `feeCategory`: class A, B and C pay 0.1, 0.2 and 0.3 % without a volume ("Fee Levels"); one that is not known pays the most. */
function categoryRate(symbol: JsonObject): Decimal {
  const category = optionalFigure(symbol, 'feeCategory');
  const thousandths =
    category?.equals(Decimal.one) === true ? '0.001' : category?.toString() === '2' ? '0.002' : '0.003';
  return Decimal.parse(thousandths);
}

/** `quoteMinSize` of market orders by cost, and `minFunds` of all. */
function leastWorth(symbol: JsonObject): Decimal | null {
  const [ofAll, ofCost] = [positiveFigure(symbol, 'minFunds'), positiveFigure(symbol, 'quoteMinSize')];
  if (ofAll === null || ofCost === null) return ofAll ?? ofCost;
  return ofAll.max(ofCost);
}

/** "priceLimitRate: Threshold for price protection"; which price it is measured from is not said, so that the middle of the book stands for it. */
function spotBand(symbol: JsonObject): PriceBand | null {
  const rate = positiveFigure(symbol, 'priceLimitRate');
  if (rate === null) return null;
  const down = Decimal.one.subtract(rate);
  return {
    reference: 'mark',
    buy: { down: null, up: Decimal.one.add(rate) },
    sell: { down: down.isPositive() ? down : null, up: null },
  };
}

/** Our own names of assets that the venue names otherwise. */
const ASSETS: ReadonlyMap<string, string> = new Map([['XBT', 'BTC']]);

export function parseSwapInstruments(data: JsonValue): readonly ListedInstrument[] {
  return asArray(data, 'contracts')
    .map((item) => asObject(item, 'contract'))
    .filter(isLinearPerpetual)
    .map((contract) => {
      const venueBase = text(contract, 'baseCurrency');
      const quote = text(contract, 'quoteCurrency');
      const contractSize = figure(contract, 'multiplier');
      const lot = figure(contract, 'lotSize').multiply(contractSize);
      const most = positiveFigure(contract, 'maxOrderQty');
      return {
        venueSymbol: text(contract, 'symbol'),
        instrument: {
          ...identityOf('kucoin', 'linear_swap', [ASSETS.get(venueBase) ?? venueBase, quote, 'USDT']),
          tickSize: figure(contract, 'tickSize'),
          lotSize: lot,
          minQuantity: lot,
          maxQuantity: most === null ? null : most.multiply(contractSize),
          maxMarketQuantity: null,
          minNotional: null,
          minPrice: null,
          maxPrice: positiveFigure(contract, 'maxPrice'),
          priceBand: swapBand(contract),
          contractSize,
          makerFeeRate: figure(contract, 'makerFeeRate'),
          takerFeeRate: figure(contract, 'takerFeeRate'),
          buyFeeTakenFrom: 'quote',
          active: text(contract, 'status') === 'Open',
        },
      };
    });
}

/** `FFWCSX` is a perpetual ("type"); a contract of a day has another, and one in coins is inverse. */
function isLinearPerpetual(contract: JsonObject): boolean {
  return (
    text(contract, 'type') === 'FFWCSX' &&
    !flag(contract, 'isInverse') &&
    text(contract, 'settleCurrency') === 'USDT'
  );
}

const BAND_SCALE = 6;

/** `buyLimit` and `sellLimit` are prices of the moment, as multiples of the mark price of the same answer. */
function swapBand(contract: JsonObject): PriceBand | null {
  const mark = positiveFigure(contract, 'markPrice');
  const highest = positiveFigure(contract, 'buyLimit');
  const lowest = positiveFigure(contract, 'sellLimit');
  if (mark === null || (highest === null && lowest === null)) return null;
  return {
    reference: 'mark',
    buy: { down: null, up: highest === null ? null : highest.divide(mark, BAND_SCALE, 'down') },
    sell: { down: lowest === null ? null : lowest.divide(mark, BAND_SCALE, 'up'), up: null },
  };
}
