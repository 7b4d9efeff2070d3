/**
 * Positions of HTX's contracts, their leverage and the account's position mode.
 *
 * Entry points: `positionEndpoints`, `positionJson`, `pushedPositionJson`. Sources: "Get Current Position", "Get Leverage List", "Set Leverage", "Get
 * Position Mode", "Set Position Mode", "Get Futures Risk Limit" and "Subscribe to data of position changes" of the v5 documentation, with
 * the types that the answers of June 2026 have in ccxt's class. Margin of isolated positions cannot be moved here.
 */
import { Decimal, decimal } from '../../../core/decimal.ts';
import type { Position } from '../../exchange/account.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { privateEndpoint, tradingEndpoint, type AccountCall, type Endpoint } from '../access.ts';
import { LISTINGS_OF, listingOf, type Listing } from '../instruments.ts';
import type { Json } from '../spot/order-json.ts';
import { leverageOf } from './order-json.ts';
import { contractFrom, optionalContract, optionalMarginMode, readMarginMode } from './order-requests.ts';
import { POSITION_SIDES } from './order-words.ts';
import { contractRefusal, fieldInvalid } from './refusals.ts';

const FIGURE_SCALE = 18;
const RATE_SCALE = 4;
/** "-110163.84…" of the examples: below zero where no price liquidates the position. */
const NO_LIQUIDATION = decimal('-1');

export function positionEndpoints(exchange: Exchange): Endpoint[] {
  return [
    privateEndpoint({ form: 'v5' }, '/v5/trade/position/opens', 'positions', (call) => {
      const listing = optionalContract(call.parameters.parameters);
      return exchange
        .positions(call.accountId)
        .filter(
          ({ symbol, quantity }) =>
            !quantity.isZero() && (listing === undefined || symbol === listing.unified),
        )
        .map((position) => positionJson(exchange, call.accountId, position));
    }),
    privateEndpoint({ form: 'v5' }, '/v5/position/lever', 'settings', (call) => leverages(exchange, call)),
    tradingEndpoint({ form: 'v5' }, '/v5/position/lever', 'settings', (call) => setLeverage(exchange, call)),
    privateEndpoint({ form: 'v5' }, '/v5/position/mode', 'settings', ({ accountId }) => ({
      position_mode: modeWord(exchange.isHedged(accountId)),
    })),
    tradingEndpoint({ form: 'v5' }, '/v5/position/mode', 'settings', (call) => setMode(exchange, call)),
    privateEndpoint({ form: 'v5' }, '/v5/market/risk/limit', 'other', (call) => {
      const listing = optionalContract(call.parameters.parameters);
      return contractsAsked(listing).map(({ id, symbol }) => ({
        contract_code: id,
        margin_mode: 'cross',
        tier: 1,
        max_lever: String(symbol.maxLeverage),
        maintenance_margin_rate: symbol.maintenanceMarginRate.toString(),
        max_volume: symbol.maxQuantity.toString(),
        min_volume: '1',
      }));
    }),
  ];
}

function contractsAsked(listing: Listing | undefined): readonly Listing[] {
  return listing === undefined ? LISTINGS_OF.linear : [listing];
}

function modeWord(hedged: boolean): string {
  return hedged ? 'dual_side' : 'single_side';
}

function figure(value: Decimal): string {
  return value.divide(Decimal.one, FIGURE_SCALE, 'half_even').toString();
}

function part(of: Decimal, whole: Decimal): string {
  return whole.isPositive() ? of.divide(whole, RATE_SCALE, 'half_even').toString() : '0';
}

function common(exchange: Exchange, accountId: string, position: Position): Json {
  const { symbol: unified, quantity, unrealizedPnl } = position;
  const { id } = listingOf(unified);
  const initial = position.marginMode === 'isolated' ? position.isolatedMargin : position.initialMargin;
  const equity = exchange.margin(accountId)?.marginBalance ?? Decimal.zero;
  const last = exchange.market(unified)?.lastPrice ?? position.markPrice;
  return {
    contract_code: id,
    position_side: POSITION_SIDES[position.side],
    direction: quantity.isNegative() ? 'sell' : 'buy',
    margin_mode: position.marginMode,
    open_avg_price: position.entryPrice.toString(),
    volume: quantity.abs().toString(),
    available: quantity.abs().toString(),
    lever_rate: position.leverage,
    adl_risk_percent: quantity.isZero() ? null : 3,
    liquidation_price: figure(position.liquidationPrice ?? NO_LIQUIDATION),
    initial_margin: figure(initial),
    maintenance_margin: figure(position.maintenanceMargin),
    profit_unreal: figure(unrealizedPnl),
    profit_rate: part(unrealizedPnl, initial),
    margin_rate: part(position.maintenanceMargin, equity),
    mark_price: figure(position.markPrice),
    last_price: last.toString(),
    contract_type: 'swap',
    created_time: String(position.updatedAt),
    updated_time: String(position.updatedAt),
  };
}

export function positionJson(exchange: Exchange, accountId: string, position: Position): Json {
  const row = common(exchange, accountId, position);
  return { ...row, margin: row['initial_margin'], margin_currency: 'USDT' };
}

/** A position that was closed is pushed once more, flat. */
export function pushedPositionJson(exchange: Exchange, accountId: string, position: Position): Json {
  const { symbol } = listingOf(position.symbol);
  return {
    ...common(exchange, accountId, position),
    symbol: symbol.base,
    position_mode: modeWord(exchange.isHedged(accountId)),
    fee: '0',
    profit: figure(position.realizedPnl),
    state: 'normal',
    funding_fee: '0',
    version: position.updatedAt,
  };
}

function leverages(exchange: Exchange, { accountId, parameters: { parameters } }: AccountCall): unknown {
  const listing = optionalContract(parameters);
  const mode = optionalMarginMode(parameters) ?? 'cross';
  return contractsAsked(listing).map(({ id, unified, symbol }) => ({
    contract_code: id,
    margin_mode: mode,
    position_side: 'both',
    lever_rate: leverageOf(exchange, accountId, unified),
    contract_type: 'swap',
    available_lever: `1,2,3,5,10,20,${symbol.maxLeverage}`,
  }));
}

/** Both margin modes of a contract have one leverage here, as both sides have. */
function setLeverage(
  exchange: Exchange,
  { accountId, at, parameters: { parameters } }: AccountCall,
): unknown {
  const { id, unified } = contractFrom(parameters);
  const mode = readMarginMode(parameters);
  const leverage = parameters.requiredInteger('lever_rate');
  const result = exchange.setLeverage(at, accountId, unified, leverage);
  if (!result.ok) throw contractRefusal(result.refusal, exchange.isHedged(accountId));
  return { contract_code: id, margin_mode: mode, lever_rate: leverage };
}

function setMode(exchange: Exchange, { accountId, at, parameters: { parameters } }: AccountCall): unknown {
  const mode = parameters.required('position_mode');
  if (mode !== 'single_side' && mode !== 'dual_side') throw fieldInvalid('position_mode');
  const hedged = mode === 'dual_side';
  if (exchange.isHedged(accountId) !== hedged) {
    const result = exchange.setHedged(at, accountId, hedged);
    if (!result.ok) throw contractRefusal(result.refusal, !hedged);
  }
  return { position_mode: mode };
}
