/**
 * KuCoin's margin as an account sees it that has not opened it: its pairs, its empty accounts, and the mark prices that are public.
 *
 * Entry points: `marginEndpoints`, `pairMark`. Sources: "Get Symbols - Cross Margin", "Get Symbols - Isolated Margin", "Get Account - Cross Margin", "Get Account -
 * Isolated Margin", "Get Mark Price Detail" and "Get Mark Price List" of the documentation. Margin is not traded here.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { privateEndpoint, publicEndpoint, type Call, type Draw, type Endpoint } from '../access.ts';
import { numeral } from '../exact-json.ts';
import { COINS } from './currencies.ts';
import { SPOT_LISTINGS, type SpotListing } from './instruments.ts';
import type { Json } from './order-json.ts';
import { listingFrom } from './order-requests.ts';
import { symbolJson } from './symbols.ts';

const ACCOUNT: Draw = ['spot', 15];

export function marginEndpoints(exchange: Exchange): Endpoint[] {
  return [
    publicEndpoint('v3/margin/symbols', 'other', 3, ({ clockMs, parameters: { parameters } }) => {
      const listings = parameters.has('symbol') ? [listingFrom(parameters)] : SPOT_LISTINGS;
      return { timestamp: clockMs, items: listings.map((listing) => crossSymbol(exchange, listing)) };
    }),
    publicEndpoint('v1/isolated/symbols', 'other', 3, () =>
      SPOT_LISTINGS.map(({ id, symbol }) => ({
        symbol: id,
        symbolName: id,
        baseCurrency: symbol.base,
        quoteCurrency: symbol.quote,
        maxLeverage: 10,
        flDebtRatio: '0.97',
        tradeEnable: true,
        autoRenewMaxDebtRatio: '0.96',
        baseBorrowEnable: true,
        quoteBorrowEnable: true,
        baseTransferInEnable: true,
        quoteTransferInEnable: true,
        baseBorrowCoefficient: '1',
        quoteBorrowCoefficient: '1',
      })),
    ),
    publicEndpoint('v3/mark-price/all-symbols', 'market_data', 10, ({ clockMs }) =>
      SPOT_LISTINGS.map((listing) => markJson(exchange, listing, clockMs)),
    ),
    privateEndpoint('v3/margin/accounts', 'balances', ACCOUNT, () => ({
      totalAssetOfQuoteCurrency: '0',
      totalLiabilityOfQuoteCurrency: '0',
      debtRatio: '0',
      status: 'EFFECTIVE',
      accounts: COINS.map(emptyAsset),
    })),
    privateEndpoint('v1/margin/account', 'balances', ['spot', 40], () => ({
      debtRatio: '0',
      accounts: COINS.map((currency) => ({
        currency,
        totalBalance: '0',
        availableBalance: '0',
        holdBalance: '0',
        liability: '0',
        maxBorrowSize: '0',
      })),
    })),
    privateEndpoint('v3/isolated/accounts', 'balances', ACCOUNT, ({ clockMs }) => ({
      totalAssetOfQuoteCurrency: '0',
      totalLiabilityOfQuoteCurrency: '0',
      timestamp: clockMs,
      assets: SPOT_LISTINGS.map(({ id, symbol }) => ({
        symbol: id,
        status: 'EFFECTIVE',
        debtRatio: '0',
        baseAsset: emptyAsset(symbol.base),
        quoteAsset: emptyAsset(symbol.quote),
      })),
    })),
  ];
}

/** The mark price of the pair that a request names. */
export function pairMark(exchange: Exchange, { parameters: { parameters }, clockMs }: Call): Json {
  return markJson(exchange, listingFrom(parameters), clockMs);
}

/** The last price stands for it. */
function markJson(exchange: Exchange, { unified, id }: SpotListing, timePoint: number): Json {
  return {
    symbol: id,
    timePoint,
    value: numeral(exchange.market(unified)?.lastPrice ?? Decimal.zero),
  };
}

function crossSymbol(exchange: Exchange, { symbol, unified }: SpotListing): Json {
  const status = exchange.market(unified)?.status ?? 'trading';
  const row = symbolJson(symbol, status === 'trading' || status === 'reduce_only');
  const names = [
    'symbol',
    'name',
    'enableTrading',
    'market',
    'baseCurrency',
    'quoteCurrency',
    'baseIncrement',
    'baseMinSize',
    'baseMaxSize',
    'quoteIncrement',
    'quoteMinSize',
    'quoteMaxSize',
    'priceIncrement',
    'feeCurrency',
    'priceLimitRate',
    'minFunds',
  ];
  return Object.fromEntries(names.map((name) => [name, row[name]]));
}

function emptyAsset(currency: string): Json {
  return {
    currency,
    borrowEnabled: true,
    transferInEnabled: true,
    total: '0',
    available: '0',
    hold: '0',
    liability: '0',
    liabilityPrincipal: '0',
    liabilityInterest: '0',
    maxBorrowSize: '0',
  };
}
