/** A made-up venue for the tests of this folder: two spot markets and a swap, with Binance-like rules unless overridden. */
import { decimal } from '../../core/decimal.ts';
import { Exchange } from './exchange.ts';
import type { ExchangeConfig } from './world.ts';
import type { Instrument } from './instrument.ts';
import type { MarketPolicy, VenuePolicy } from './policy.ts';

export const START_AT = 1_700_000_000_500;

const spotTerms = {
  marketType: 'spot',
  quote: 'USDT',
  priceTick: decimal('0.01'),
  quantityStep: decimal('0.001'),
  minQuantity: decimal('0.001'),
  maxQuantity: decimal('9000'),
  maxMarketQuantity: decimal('100'),
  minNotional: decimal('5'),
  costStep: decimal('0.01'),
  contractSize: decimal('1'),
  priceBand: { lowest: decimal('0.2'), highest: decimal('5') },
  maxOpenOrders: 200,
  maxUntriggeredOrders: 5,
  swap: null,
} as const;

export const BTC: Instrument = {
  ...spotTerms,
  symbol: 'BTC/USDT',
  base: 'BTC',
  liquidity: {
    startPrice: decimal('60000'),
    levels: 20,
    levelNotional: decimal('60000'),
    volatilityPpm: 100,
  },
};

export const ETH: Instrument = {
  ...spotTerms,
  symbol: 'ETH/USDT',
  base: 'ETH',
  liquidity: { startPrice: decimal('3000'), levels: 20, levelNotional: decimal('30000'), volatilityPpm: 150 },
};

export const BTC_SWAP: Instrument = {
  ...spotTerms,
  symbol: 'BTC/USDT:USDT',
  marketType: 'swap',
  base: 'BTC',
  swap: {
    defaultLeverage: 20,
    maxLeverage: 125,
    maintenanceMarginRate: decimal('0.005'),
    liquidationFeeRate: decimal('0.01'),
    fundingIntervalMs: 28_800_000,
    fundingRate: decimal('0.0001'),
  },
  liquidity: {
    startPrice: decimal('60000'),
    levels: 20,
    levelNotional: decimal('200000'),
    volatilityPpm: 100,
  },
};

const market: MarketPolicy = {
  clientOrderId: { onDuplicate: 'refuse', knownWhile: 'open', forMs: null, scope: 'symbol' },
  lookUp: { unfilledForMs: null, finishedForMs: null, clientOrderIdEndsWithOrder: false },
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
  triggeredClientOrderId: 'none',
  defaultSelfTradePrevention: 'none',
  rejectsLate: [],
  collateralRates: null,
};

export function examplePolicy(override: Partial<MarketPolicy> = {}): VenuePolicy {
  return {
    spot: { ...market, ...override },
    swap: {
      ...market,
      wallet: 'swap',
      onTrigger: 'new_order',
      fees: { maker: decimal('0.0002'), taker: decimal('0.0005') },
      ...override,
    },
  };
}

export function exampleConfig(override: Partial<ExchangeConfig> = {}): ExchangeConfig {
  return {
    venue: 'example',
    instruments: [BTC, ETH, BTC_SWAP],
    policy: examplePolicy(),
    seed: 7,
    limits: true,
    startAt: START_AT,
    ...override,
  };
}

/** An exchange with every market held at its start price and two funded users, `alice` and `bob`. */
export function heldExchange(override: Partial<ExchangeConfig> = {}): Exchange {
  const exchange = new Exchange(exampleConfig(override));
  for (const accountId of ['alice', 'bob']) {
    exchange.registerAccount(START_AT, {
      accountId,
      credentials: { key: `${accountId}-key`, secret: `${accountId}-secret`, passphrase: null },
      permissions: { trade: true, withdraw: false },
      balances: [
        { wallet: 'spot', asset: 'USDT', amount: decimal('100000') },
        { wallet: 'spot', asset: 'BTC', amount: decimal('2') },
        { wallet: 'spot', asset: 'ETH', amount: decimal('20') },
        { wallet: 'swap', asset: 'USDT', amount: decimal('100000') },
      ],
    });
  }
  for (const { symbol, liquidity } of exchange.instruments())
    exchange.movePrice(START_AT, symbol, [liquidity.startPrice], true);
  return exchange;
}
