/**
 * The risk limits of KuCoin's contracts, of which there is one tier here, how much can be opened, and the margin of isolated positions.
 *
 * Entry points: `riskLimitEndpoints`, `tierRates`. Sources: "Get Isolated Margin Risk Limit", "Get Cross Margin Risk Limit", "Get Max Open Size", "Add
 * Isolated Margin", "Remove Isolated Margin" and "Get Max Withdraw Margin" of the futures documentation.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { Position } from '../../exchange/account.ts';
import {
  privateEndpoint,
  publicEndpoint,
  tradingEndpoint,
  type AccountCall,
  type Endpoint,
} from '../access.ts';
import { malformed } from '../errors.ts';
import { numeral, type Json } from '../exact-json.ts';
import { readWord, type Parameters } from '../parameters.ts';
import { contractNamed, type Contract } from './instruments.ts';
import { positionJson } from './positions.ts';
import { futuresRefusal, unknownContract } from './refusals.ts';
import { contractFrom, leverageOf, type SettingSettings } from './settings.ts';

/** `maxRiskLimit` of the only tier, in USDT. */
export const MOST_RISK = 100_000_000;
const RATE_SCALE = 10;

export function tierRates({ symbol }: Contract): {
  readonly initial: Decimal;
  readonly maintenance: Decimal;
} {
  return {
    initial: Decimal.one.divide(Decimal.parse(String(symbol.maxLeverage)), RATE_SCALE, 'up'),
    maintenance: symbol.maintainMargin,
  };
}

export function riskLimitEndpoints(settings: SettingSettings): Endpoint[] {
  return [
    publicEndpoint('v1/contracts/risk-limit/:symbol', 'other', 5, ({ parameters: { parameters } }) => {
      const contract = contractFrom(parameters);
      const { initial, maintenance } = tierRates(contract);
      return [
        {
          symbol: contract.id,
          level: 1,
          maxRiskLimit: MOST_RISK,
          minRiskLimit: 0,
          maxLeverage: contract.symbol.maxLeverage,
          initialMargin: numeral(initial),
          maintainMargin: numeral(maintenance),
        },
      ];
    }),
    privateEndpoint('v2/batchGetCrossOrderLimit', 'other', ['futures', 2], (call) =>
      crossLimits(settings, call),
    ),
    privateEndpoint(
      'v2/getMaxOpenSize',
      'other',
      ['futures', 2],
      ({ parameters: { parameters }, accountId }) => {
        const contract = contractFrom(parameters);
        const price = parameters.requiredDecimal('price');
        const leverage = parameters.requiredInteger('leverage');
        if (leverage < 1 || !price.isPositive()) throw malformed('leverage');
        const size = mostLots(settings, accountId, contract, price, leverage);
        return { symbol: contract.id, maxBuyOpenSize: numeral(size), maxSellOpenSize: numeral(size) };
      },
    ),
    privateEndpoint('v1/margin/maxWithdrawMargin', 'other', ['futures', 10], (call) => {
      const position = positionFrom(settings, call);
      const free =
        position === undefined ? Decimal.zero : position.isolatedMargin.subtract(position.initialMargin);
      return free.max(Decimal.zero).toString();
    }),
    tradingEndpoint('POST', 'v1/position/margin/deposit-margin', 'settings', ['futures', 4], (call) => {
      changeMargin(settings, call, call.parameters.parameters.requiredDecimal('margin'));
      const position = positionFrom(settings, call);
      return position === undefined ? null : positionJson(settings, call.accountId, position, call.clockMs);
    }),
    tradingEndpoint('POST', 'v1/margin/withdrawMargin', 'settings', ['futures', 10], (call) => {
      const { parameters } = call.parameters;
      const amount = parameters.requiredDecimal('withdrawAmount');
      changeMargin(settings, call, amount.negate());
      return { symbol: contractFrom(parameters).id, withdrawAmount: amount.toString() };
    }),
  ];
}

/** The lots that what is available opens at this price and leverage, whole. */
function mostLots(
  { exchange }: SettingSettings,
  accountId: string,
  { symbol }: Contract,
  price: Decimal,
  leverage: number,
): Decimal {
  const available = exchange.margin(accountId, symbol.quote)?.availableBalance ?? Decimal.zero;
  const worth = available.max(Decimal.zero).multiply(Decimal.parse(String(leverage)));
  return worth
    .divide(price.multiply(symbol.multiplier), 0, 'down')
    .min(Decimal.parse(String(symbol.maxOrderQty)));
}

function crossLimits(
  settings: SettingSettings,
  { parameters: { parameters }, accountId }: AccountCall,
): Json[] {
  const { exchange } = settings;
  return parameters
    .required('symbol')
    .split(',')
    .map((name): Json => {
      const contract = contractNamed(name);
      if (contract === undefined) throw unknownContract();
      const { initial, maintenance } = tierRates(contract);
      const leverage = parameters.optionalInteger('leverage') ?? leverageOf(exchange, accountId, contract);
      const price = exchange.market(contract.unified)?.markPrice ?? contract.symbol.startPrice;
      const size = mostLots(settings, accountId, contract, price, leverage);
      return {
        symbol: contract.id,
        maxOpenSize: numeral(size),
        maxOpenValue: size.multiply(price).multiply(contract.symbol.multiplier).toString(),
        totalMargin: (
          exchange.margin(accountId, contract.symbol.quote)?.marginBalance ?? Decimal.zero
        ).toString(),
        price: price.toString(),
        leverage: String(leverage),
        mmr: maintenance.toString(),
        imr: initial.toString(),
        currency: contract.symbol.quote,
      };
    });
}

function sideFrom(parameters: Parameters, isHedged: boolean): Position['side'] {
  if (!isHedged) return 'net';
  const word = readWord(parameters, 'positionSide', ['LONG', 'SHORT', 'BOTH']);
  return word === 'SHORT' ? 'short' : 'long';
}

function positionFrom(
  { exchange }: SettingSettings,
  { parameters: { parameters }, accountId }: AccountCall,
): Position | undefined {
  const { unified } = contractFrom(parameters);
  const side = sideFrom(parameters, exchange.isHedged(accountId));
  return exchange.positions(accountId).find((one) => one.symbol === unified && one.side === side);
}

function changeMargin(settings: SettingSettings, call: AccountCall, amount: Decimal): void {
  const { exchange } = settings;
  const { parameters } = call.parameters;
  const { unified } = contractFrom(parameters);
  const side = sideFrom(parameters, exchange.isHedged(call.accountId));
  const done = exchange.changeMargin(call.at, call.accountId, unified, side, amount);
  if (!done.ok) throw futuresRefusal(done.refusal);
}
