/**
 * The settings of an account of Bybit: leverage, position mode, margin mode, and what becomes of a limit price beyond the band.
 *
 * Entry points: `settingEndpoints`, `limitPriceIsMoved`. Sources: "Set Leverage", "Switch Position Mode", "Set Margin Mode", "Get
 * Account Info", "Set Price Limit Behaviour" and "Get Trade Behaviour Config" of the v5 documentation. The margin mode is the whole
 * account's. So is the position mode here; the venue has one for each symbol, and switches those of a coin together.
 */
import type { MarginMode } from '../exchange/account.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { privateEndpoint, tradingEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { BybitRefusal, exchangeRefusal, malformed, missing, notModified, parameterError } from './errors.ts';
import { LISTINGS, listingNamed } from './instruments.ts';
import { categoryOf, linearOnly, listingFrom } from './parameters.ts';

/** Options that the exchange keeps of an account. */
const MOVES_LINEAR = 'moves_limit_price_linear';
const MOVES_SPOT = 'moves_limit_price_spot';

/** Whether a limit price of contracts beyond the band is moved to its edge, as it is unless the account asks for a refusal. */
export function limitPriceIsMoved(exchange: Exchange, accountId: string): boolean {
  return exchange.options(accountId)[MOVES_LINEAR] !== 'false';
}

export function settingEndpoints(exchange: Exchange): Endpoint[] {
  return [
    tradingEndpoint('/v5/position/set-leverage', 'settings', (call) => setLeverage(exchange, call)),
    tradingEndpoint('/v5/position/switch-mode', 'settings', (call) => switchMode(exchange, call)),
    tradingEndpoint('/v5/account/set-margin-mode', 'settings', (call) => setMarginMode(exchange, call)),
    tradingEndpoint('/v5/account/set-limit-px-action', 'settings', (call) => setLimitPrice(exchange, call)),
    privateEndpoint('/v5/account/user-setting-config', 'other', ({ accountId }) => ({
      lpaSpot: exchange.options(accountId)[MOVES_SPOT] === 'true',
      // Of contracts the flag says the contrary: true refuses.
      lpaPerp: !limitPriceIsMoved(exchange, accountId),
      deltaEnable: false,
      smsef: false,
      fmsef: false,
    })),
    privateEndpoint('/v5/account/info', 'other', (call) => ({
      marginMode:
        marginModeOf(exchange, call.accountId) === 'isolated' ? 'ISOLATED_MARGIN' : 'REGULAR_MARGIN',
      updatedTime: String(exchange.account(call.accountId)?.createdAt ?? 0),
      unifiedMarginStatus: 5,
      dcpStatus: 'OFF',
      timeWindow: 0,
      smpGroup: 0,
      isMasterTrader: false,
      spotHedgingStatus: 'OFF',
    })),
  ];
}

const SWAPS = LISTINGS.filter(({ category }) => category === 'linear');

/** The mode of all positions; an account without any is in cross mode. */
export function marginModeOf(exchange: Exchange, accountId: string): MarginMode {
  return exchange.positions(accountId)[0]?.marginMode ?? 'cross';
}

/** Leverage as a venue's user gives it: two equal figures where margin is crossed. */
function setLeverage(
  exchange: Exchange,
  { parameters: { parameters }, accountId, at }: AccountCall,
): unknown {
  linearOnly(parameters);
  const listing = listingFrom(parameters, 'linear');
  const buy = parameters.requiredDecimal('buyLeverage');
  const sell = parameters.requiredDecimal('sellLeverage');
  if (!buy.equals(sell)) throw parameterError('params error: buyLeverage and sellLeverage must be the same');
  if (buy.scale > 0) throw parameterError('params error: leverage invalid');
  const leverage = Number(buy.toString());
  const held = exchange.positions(accountId).find((position) => position.symbol === listing.unified);
  const now = held?.leverage ?? exchange.instrument(listing.unified)?.swap?.defaultLeverage;
  if (now === leverage) throw notModified(110043, 'Set leverage has not been modified.');
  const result = exchange.setLeverage(at, accountId, listing.unified, leverage);
  if (!result.ok) throw exchangeRefusal('linear', result.refusal);
  return {};
}

/** 0 is one-way, 3 both sides. By symbol or by coin: either switches every symbol here. */
function switchMode(exchange: Exchange, { parameters: { parameters }, accountId, at }: AccountCall): unknown {
  linearOnly(parameters);
  const symbol = parameters.optional('symbol');
  const coin = parameters.optional('coin');
  if (symbol === undefined && coin === undefined) throw missing('symbol or coin');
  if (symbol !== undefined && listingNamed('linear', symbol) === undefined) throw malformed('symbol');
  if (symbol === undefined && coin !== 'USDT') throw malformed('coin');
  const mode = parameters.requiredInteger('mode');
  if (mode !== 0 && mode !== 3) throw malformed('mode');
  const hedged = mode === 3;
  if (exchange.isHedged(accountId) === hedged) throw notModified(110025, 'Position mode is not modified');
  const result = exchange.setHedged(at, accountId, hedged);
  if (!result.ok) throw exchangeRefusal('linear', result.refusal);
  return {};
}

function setMarginMode(
  exchange: Exchange,
  { parameters: { parameters }, accountId, at }: AccountCall,
): unknown {
  const asked = parameters.required('setMarginMode');
  if (!['ISOLATED_MARGIN', 'REGULAR_MARGIN', 'PORTFOLIO_MARGIN'].includes(asked))
    throw malformed('setMarginMode');
  if (asked === 'PORTFOLIO_MARGIN') throw new BybitRefusal(3400045, 'Set margin mode failed');
  const mode = asked === 'ISOLATED_MARGIN' ? 'isolated' : 'cross';
  const isInUse =
    exchange.openOrders(accountId, { marketType: 'swap' }).length > 0 ||
    exchange.positions(accountId).some(({ quantity }) => !quantity.isZero());
  if (isInUse && marginModeOf(exchange, accountId) !== mode)
    throw new BybitRefusal(3400045, 'Set margin mode failed');
  for (const { unified } of SWAPS) {
    const result = exchange.setMarginMode(at, accountId, unified, mode);
    if (!result.ok) throw exchangeRefusal('linear', result.refusal);
  }
  return { reasons: [] };
}

function setLimitPrice(
  exchange: Exchange,
  { parameters: { parameters }, accountId, at }: AccountCall,
): unknown {
  const category = categoryOf(parameters);
  const moves = parameters.optionalBoolean('modifyEnable');
  if (moves === undefined) throw missing('modifyEnable');
  exchange.setOption(at, accountId, category === 'spot' ? MOVES_SPOT : MOVES_LINEAR, String(moves));
  return {};
}
