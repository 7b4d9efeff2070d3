/**
 * The contracts as the neutral exchange trades them, MEXC's rules of contracts as policy, and how contracts are named.
 *
 * Entry points: `FUTURES_INSTRUMENTS`, `futuresPolicy`, `contractOf`, `contractNamed`, `contractTradeId`, `positionId`. Sources: "Get the contract
 * information", "Order", "Bulk order", "Time security" and "Order" of the private channels of the contract documentation.
 */
import { decimal } from '../../../core/decimal.ts';
import type { Instrument } from '../../exchange/instrument.ts';
import type { PositionSide } from '../../exchange/order.ts';
import type { MarketPolicy } from '../../exchange/policy.ts';
import { offeredLiquidity } from '../../market/offered-liquidity.ts';
import { Listings, swapSymbol } from '../../wire/listings.ts';
import type { UndecidedBehaviour } from '../undecided.ts';
import { CONTRACTS, FUNDING_HOURS, PRICE_LIMIT_RATE, type Contract } from './symbols.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const DEFAULT_LEVERAGE = 20;
const ONE = decimal('1');

export interface ContractListing {
  readonly contract: Contract;
  readonly id: string;
  /** `BTC/USDT:USDT`. */
  readonly unified: string;
}

export const CONTRACT_LISTINGS: readonly ContractListing[] = CONTRACTS.map((contract) => ({
  contract,
  id: contract.id,
  unified: swapSymbol(contract),
}));

const listings = new Listings(CONTRACT_LISTINGS, ({ id }) => id);

/** The listing of a unified symbol of this venue. */
export const contractOf = (unified: string): ContractListing => listings.of(unified);

/** The listing that a request names, or undefined. */
export function contractNamed(id: string): ContractListing | undefined {
  return listings.named(id);
}

export const FUTURES_INSTRUMENTS: readonly Instrument[] = CONTRACT_LISTINGS.map(
  ({ contract, unified }): Instrument => ({
    symbol: unified,
    marketType: 'swap',
    base: contract.base,
    quote: contract.quote,
    priceTick: contract.priceUnit,
    quantityStep: ONE,
    minQuantity: contract.minVolume,
    maxQuantity: contract.maxVolume,
    maxMarketQuantity: null,
    minNotional: decimal('0'),
    costStep: decimal('0.0001'),
    contractSize: contract.contractSize,
    priceBand: {
      lowest: ONE.subtract(PRICE_LIMIT_RATE),
      highest: ONE.add(PRICE_LIMIT_RATE),
      oneSided: true,
    },
    // `maxNumOrders` of the contract list.
    maxOpenOrders: 200,
    maxUntriggeredOrders: 50,
    swap: {
      defaultLeverage: DEFAULT_LEVERAGE,
      maxLeverage: contract.maxLeverage,
      maintenanceMarginRate: contract.maintenanceMarginRate,
      liquidationFeeRate: decimal('0.0006'),
      fundingIntervalMs: FUNDING_HOURS * HOUR_MS,
      fundingRate: decimal('0.0001'),
    },
    liquidity: offeredLiquidity(contract),
  }),
);

/**
 * The history is asked for in spans of at most 90 days; how long a single order can be looked up is not said. The fees of orders over the
 * API are those of the venue's announcement of 2026-05-01, dearer than the listed ones.
 */
export function futuresPolicy({ repeatedExternalId }: UndecidedBehaviour): MarketPolicy {
  return {
    clientOrderId: {
      onDuplicate: repeatedExternalId === 'first_order' ? 'return_existing' : 'accept',
      knownWhile: 'ever',
      forMs: null,
      scope: 'symbol',
    },
    lookUp: { unfilledForMs: null, finishedForMs: 90 * DAY_MS, clientOrderIdEndsWithOrder: false },
    // "less or more than 10 seconds"; the header is given in seconds, "with a maximum value of 60".
    requestLifetime: { defaultMs: 10_000, maxMs: 60_000, aheadMs: 10_000 },
    fees: { maker: decimal('0.0006'), taker: decimal('0.0008') },
    feeCoin: null,
    wallet: 'swap',
    orderIds: 'per_venue',
    conditionalIdsFrom: null,
    postOnlyWouldTake: 'canceled',
    unfilledRest: 'canceled',
    alreadyTriggered: 'refuse',
    onTrigger: 'same_order',
    triggeredClientOrderId: 'same',
    defaultSelfTradePrevention: 'none',
    rejectsLate: [],
    collateralRates: null,
  };
}

/** Deals are numbered over all contracts. The same number of a contract always gives the same id. */
export function contractTradeId({
  symbol,
  tradeId,
}: {
  readonly symbol: string;
  readonly tradeId: string;
}): string {
  return `${contractOf(symbol).contract.contractId}${tradeId.padStart(12, '0')}`;
}

const SIDE_NUMBERS: Readonly<Record<PositionSide, number>> = { net: 0, long: 1, short: 2 };

/** The number of a position; the venue gives each one that is opened anew another. */
export function positionId(symbol: string, side: PositionSide): number {
  return 1_000_000 + contractOf(symbol).contract.contractId * 10 + SIDE_NUMBERS[side];
}

/** The position that a number names, or undefined. */
export function positionNamed(
  id: number,
): { readonly listing: ContractListing; readonly side: PositionSide } | undefined {
  const listing = CONTRACT_LISTINGS.find(
    ({ contract }) => contract.contractId === Math.floor((id - 1_000_000) / 10),
  );
  const side = (['net', 'long', 'short'] as const)[id % 10];
  return listing === undefined || side === undefined ? undefined : { listing, side };
}
