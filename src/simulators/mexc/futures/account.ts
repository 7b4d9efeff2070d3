/**
 * The contract wallet of a MEXC account: assets, transfers, fees, risk limits.
 *
 * Entry points: `accountEndpoints`, `assetJson`, `pushedAssetJson`. Source: "Get all informations of user's asset", "Get the user's asset
 * transfer records", "Gets the user's current trading fee rate" and "Get risk limits" of the contract documentation.
 */
import { Decimal, decimal } from '../../../core/decimal.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { privateEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { FuturesRefusal, parameterError } from './errors.ts';
import { CONTRACT_LISTINGS } from './instruments.ts';
import type { Json } from './order-json.ts';
import { contractFrom, optionalContract, pageOf } from './parameters.ts';

const ACCOUNT = '/api/v1/private/account';
const SETTLE = 'USDT';

export function accountEndpoints(exchange: Exchange): Endpoint[] {
  return [
    privateEndpoint(`${ACCOUNT}/assets`, 'balances', ({ accountId }) =>
      assetsOf(exchange, accountId).map((asset) => assetJson(exchange, accountId, asset)),
    ),
    privateEndpoint(`${ACCOUNT}/asset/:currency`, 'balances', ({ accountId, parameters: { named } }) => {
      const currency = named['currency'] ?? '';
      if (!assetsOf(exchange, accountId).includes(currency))
        throw new FuturesRefusal(4001, 'Unsupported currency');
      return assetJson(exchange, accountId, currency);
    }),
    privateEndpoint(`${ACCOUNT}/transfer_record`, 'other', (call) => transfers(exchange, call)),
    privateEndpoint(`${ACCOUNT}/tiered_fee_rate`, 'other', ({ parameters: { parameters } }) => {
      contractFrom(parameters);
      const { maker, taker } = exchange.policyOf('swap').fees;
      return {
        level: 0,
        dealAmount: Decimal.zero,
        walletBalance: Decimal.zero,
        makerFee: maker,
        takerFee: taker,
        makerFeeDiscount: 1,
        takerFeeDiscount: 1,
      };
    }),
    privateEndpoint(`${ACCOUNT}/risk_limit`, 'other', ({ parameters: { parameters } }) => {
      const listing = optionalContract(parameters);
      const listed = listing === undefined ? CONTRACT_LISTINGS : [listing];
      return Object.fromEntries(
        listed.map(({ id, contract }) => [
          id,
          [1, 2].map((positionType) => ({
            level: 1,
            maxVol: contract.maxVolume,
            maxLeverage: contract.maxLeverage,
            mmr: contract.maintenanceMarginRate,
            imr: decimal('1').divide(decimal(String(contract.maxLeverage)), 4, 'up'),
            symbol: id,
            positionType,
          })),
        ]),
      );
    }),
  ];
}

/** The settle asset always, others as far as there is something of them. */
function assetsOf(exchange: Exchange, accountId: string): readonly string[] {
  const held = exchange.balances(accountId, 'swap').filter(({ total }) => !total.isZero());
  return [...new Set([SETTLE, ...held.map(({ asset }) => asset)])];
}

interface Figures {
  readonly equity: Decimal;
  readonly unrealized: Decimal;
  readonly positionMargin: Decimal;
  readonly frozen: Decimal;
  readonly available: Decimal;
}

function figuresOf(exchange: Exchange, accountId: string, asset: string): Figures {
  const margin = exchange.margin(accountId, asset);
  const zero = Decimal.zero;
  return {
    equity: margin?.marginBalance ?? zero,
    unrealized: margin?.unrealizedPnl ?? zero,
    positionMargin: margin?.positionInitialMargin ?? zero,
    frozen: margin?.openOrderInitialMargin ?? zero,
    available: margin?.availableBalance ?? zero,
  };
}

export function assetJson(exchange: Exchange, accountId: string, asset: string): Json {
  const { equity, unrealized, positionMargin, frozen, available } = figuresOf(exchange, accountId, asset);
  return {
    currency: asset,
    positionMargin,
    availableBalance: available,
    cashBalance: available,
    frozenBalance: frozen,
    equity,
    unrealized,
    bonus: 0,
  };
}

/** The push has neither equity nor what is unrealized. */
export function pushedAssetJson(exchange: Exchange, accountId: string, asset: string): Json {
  const { positionMargin, frozen, available } = figuresOf(exchange, accountId, asset);
  return { availableBalance: available, bonus: 0, currency: asset, frozenBalance: frozen, positionMargin };
}

/** Amounts that came from the spot wallet or went there, newest first. */
function transfers(exchange: Exchange, { accountId, parameters: { parameters } }: AccountCall): unknown {
  const currency = parameters.optional('currency');
  const type = parameters.optional('type');
  if (type !== undefined && type !== 'IN' && type !== 'OUT') throw parameterError();
  const rows = exchange
    .entries(accountId)
    .filter(
      ({ wallet, kind, asset, amount }) =>
        wallet === 'swap' &&
        kind !== 'liquidation_fee' &&
        kind !== 'insurance' &&
        (currency === undefined || asset === currency) &&
        (type === undefined || (type === 'IN') === amount.isPositive()),
    )
    .toReversed()
    .map((entry) => ({
      id: entry.number,
      txid: `transfer${entry.number}`,
      currency: entry.asset,
      amount: entry.amount.abs(),
      type: entry.amount.isPositive() ? 'IN' : 'OUT',
      state: 'SUCCESS',
      createTime: entry.at,
      updateTime: entry.at,
    }));
  return pageOf(rows, parameters);
}
