/**
 * Calls of a bot on ccxt beside its orders, of the market, its account and its settings, and what came of them.
 *
 * Entry points: `marketCalls`, `accountCalls`, `settingCalls` list calls by the name of the method, those alone that the venue's
 * class says it has; `failuresOf` makes them.
 */
import type { Exchange } from 'ccxt';

export type Calls = Readonly<Record<string, () => Promise<unknown>>>;

/** Public data of one symbol and of the venue. */
export function marketCalls(client: Exchange, symbol: string): Calls {
  return available(client, {
    fetchTime: () => client.fetchTime(),
    fetchStatus: () => client.fetchStatus(),
    fetchCurrencies: () => client.fetchCurrencies(),
    fetchTicker: () => client.fetchTicker(symbol),
    fetchTickers: () => client.fetchTickers([symbol]),
    fetchBidsAsks: () => client.fetchBidsAsks([symbol]),
    fetchLastPrices: () => client.fetchLastPrices([symbol]),
    fetchOrderBook: () => client.fetchOrderBook(symbol, 20),
    fetchTrades: () => client.fetchTrades(symbol, undefined, 20),
    fetchOHLCV: () => client.fetchOHLCV(symbol, '1h', undefined, 20),
    ...(symbol.includes(':') ? swapMarketCalls(client, symbol) : {}),
  });
}

function swapMarketCalls(client: Exchange, symbol: string): Calls {
  return {
    fetchFundingRate: () => client.fetchFundingRate(symbol),
    fetchFundingRates: () => client.fetchFundingRates([symbol]),
    fetchFundingRateHistory: () => client.fetchFundingRateHistory(symbol, undefined, 20),
    fetchFundingInterval: () => client.fetchFundingInterval(symbol),
    fetchFundingIntervals: () => client.fetchFundingIntervals([symbol]),
    fetchMarkPrice: () => client.fetchMarkPrice(symbol),
    fetchMarkPrices: () => client.fetchMarkPrices([symbol]),
    fetchMarkOHLCV: () => client.fetchMarkOHLCV(symbol, '1h', undefined, 20),
    fetchIndexOHLCV: () => client.fetchIndexOHLCV(symbol, '1h', undefined, 20),
    fetchPremiumIndexOHLCV: () => client.fetchPremiumIndexOHLCV(symbol, '1h', undefined, 20),
    fetchOpenInterest: () => client.fetchOpenInterest(symbol),
    fetchOpenInterests: () => client.fetchOpenInterests([symbol]),
    fetchOpenInterestHistory: () => client.fetchOpenInterestHistory(symbol, '1h', undefined, 20),
    fetchLongShortRatioHistory: () => client.fetchLongShortRatioHistory(symbol, '1h', undefined, 20),
    fetchLeverageTiers: () => client.fetchLeverageTiers([symbol]),
    fetchMarketLeverageTiers: () => client.fetchMarketLeverageTiers(symbol),
  };
}

/** Look-ups of the account, with and without a symbol. */
export function accountCalls(client: Exchange, symbol: string): Calls {
  const isSwap = symbol.includes(':');
  return available(client, {
    fetchBalance: () => client.fetchBalance(isSwap ? { type: 'swap' } : {}),
    fetchAccounts: () => client.fetchAccounts(),
    fetchTradingFee: () => client.fetchTradingFee(symbol),
    fetchTradingFees: () => client.fetchTradingFees(isSwap ? { type: 'swap' } : {}),
    fetchOpenOrders: () => client.fetchOpenOrders(symbol),
    fetchOrders: () => client.fetchOrders(symbol),
    fetchClosedOrders: () => client.fetchClosedOrders(symbol),
    fetchCanceledOrders: () => client.fetchCanceledOrders(symbol),
    fetchCanceledAndClosedOrders: () => client.fetchCanceledAndClosedOrders(symbol),
    fetchMyTrades: () => client.fetchMyTrades(symbol),
    fetchLedger: () => client.fetchLedger('USDT', undefined, undefined, isSwap ? { type: 'swap' } : {}),
    fetchDeposits: () => client.fetchDeposits('USDT'),
    fetchWithdrawals: () => client.fetchWithdrawals('USDT'),
    fetchDepositsWithdrawals: () => client.fetchDepositsWithdrawals('USDT'),
    fetchTransfers: () => client.fetchTransfers('USDT'),
    fetchDepositAddress: () => client.fetchDepositAddress('USDT', { network: 'ERC20' }),
    fetchDepositAddressesByNetwork: () => client.fetchDepositAddressesByNetwork('USDT'),
    fetchDepositWithdrawFees: () => client.fetchDepositWithdrawFees(['USDT']),
    ...(isSwap ? positionCalls(client, symbol) : {}),
  });
}

function positionCalls(client: Exchange, symbol: string): Calls {
  return {
    fetchPositions: () => client.fetchPositions([symbol]),
    fetchPosition: () => client.fetchPosition(symbol),
    fetchPositionsRisk: () => client.fetchPositionsRisk([symbol]),
    fetchPositionsHistory: () => client.fetchPositionsHistory([symbol]),
    fetchPositionMode: () => client.fetchPositionMode(symbol),
    fetchPositionADLRank: () => client.fetchPositionADLRank(symbol),
    fetchLeverage: () => client.fetchLeverage(symbol),
    fetchLeverages: () => client.fetchLeverages([symbol]),
    fetchMarginMode: () => client.fetchMarginMode(symbol),
    fetchMarginModes: () => client.fetchMarginModes([symbol]),
    fetchFundingHistory: () => client.fetchFundingHistory(symbol),
    fetchMyLiquidations: () => client.fetchMyLiquidations(symbol),
    fetchMarginAdjustmentHistory: () => client.fetchMarginAdjustmentHistory(symbol),
  };
}

/** Settings that a bot makes before it trades a swap. */
export function settingCalls(client: Exchange, symbol: string, leverage: number): Calls {
  return available(client, {
    setPositionMode: () => client.setPositionMode(false, symbol),
    setMarginMode: () =>
      client.setMarginMode('cross', symbol, {
        lever: String(leverage),
        leverage,
        direction: 'long',
      }),
    setLeverage: () => client.setLeverage(leverage, symbol, { openType: 2, positionType: 1 }),
  });
}

function available(client: Exchange, calls: Calls): Calls {
  const has = client.has as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.entries(calls).filter(([name]) => has[name] === true));
}

/** The methods that failed, each with its error, in order; empty: all went well. */
export async function failuresOf(calls: Calls): Promise<Record<string, string>> {
  const failures: Record<string, string> = {};
  for (const [name, call] of Object.entries(calls)) {
    try {
      await call();
    } catch (error) {
      failures[name] = error instanceof Error ? `${error.constructor.name}: ${error.message}` : String(error);
    }
  }
  return failures;
}
