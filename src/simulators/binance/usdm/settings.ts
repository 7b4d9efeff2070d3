/**
 * The settings of a USD-M account, its own and the venue's: leverage, margin type, position mode, brackets, commission.
 *
 * Entry points: `settingEndpoints`, `configurationEndpoints`. Margin is single-asset: a request to change that is refused.
 * Source: "Change Initial Leverage", "Change Margin Type", "Change Position Mode" and "Account" of the USD-M futures
 * documentation.
 */
import type { Exchange } from '../../exchange/exchange.ts';
import { type AccountCall, type Endpoint, signedEndpoint } from '../authentication.ts';
import { invalidParameter, usdmRefusal } from '../errors.ts';
import type { OrderCounts } from '../rate-limits.ts';
import { accountHead } from './balances.ts';
import { unifiedUsdmSymbol, USDM_POLICY } from './instruments.ts';
import { usdmSymbolId } from './order-json.ts';
import { usdmSymbolFrom } from './order-requests.ts';
import { changePositionMode } from './position-sides.ts';
import { leverageOf, positionsOn } from './positions.ts';
import { usdmExchangeRefusal } from './refusals.ts';
import { bracketsOf, notionalCap, USDM_SYMBOLS } from './symbols.ts';

export function settingEndpoints(exchange: Exchange): Endpoint[] {
  return [
    {
      method: 'POST',
      path: '/fapi/v1/leverage',
      route: 'settings',
      security: 'trade',
      weight: 1,
      answer: (call) => {
        const symbol = usdmSymbolFrom(call.parameters.required('symbol'));
        const leverage = call.parameters.requiredInteger('leverage');
        if (leverage < 1) throw usdmRefusal(-4028, `Leverage ${leverage} is not valid`);
        const result = exchange.setLeverage(call.at, call.accountId, unifiedUsdmSymbol(symbol), leverage);
        if (!result.ok) {
          if (result.refusal.code === 'leverage_out_of_range')
            throw usdmRefusal(-4028, `Leverage ${leverage} is not valid`);
          if (result.refusal.code === 'insufficient_balance')
            throw usdmRefusal(-2028, 'Leverage is smaller than permitted: insufficient margin balance.');
          throw usdmExchangeRefusal(result.refusal);
        }
        return {
          leverage,
          maxNotionalValue: String(notionalCap(symbol, leverage)),
          symbol: symbol.id,
        };
      },
    },
    {
      method: 'POST',
      path: '/fapi/v1/marginType',
      route: 'settings',
      security: 'trade',
      weight: 1,
      answer: (call) => changeMarginType(exchange, call),
    },
    {
      method: 'POST',
      path: '/fapi/v1/positionSide/dual',
      route: 'settings',
      security: 'trade',
      weight: 1,
      answer: (call) => {
        call.parameters.required('dualSidePosition');
        const hedged = call.parameters.optionalBoolean('dualSidePosition') === true;
        changePositionMode(exchange, call.at, call.accountId, hedged);
        return { code: 200, msg: 'success' };
      },
    },
    {
      method: 'POST',
      path: '/fapi/v1/feeBurn',
      route: 'settings',
      security: 'trade',
      weight: 1,
      answer: (call) => {
        call.parameters.required('feeBurn');
        const on = call.parameters.optionalBoolean('feeBurn') === true;
        const result = exchange.setFeeCoin(call.at, call.accountId, on);
        if (!result.ok) throw usdmExchangeRefusal(result.refusal);
        return { code: 200, msg: 'success' };
      },
    },
    {
      method: 'POST',
      path: '/fapi/v1/multiAssetsMargin',
      route: 'other',
      security: 'trade',
      weight: 1,
      answer: (call) => {
        call.parameters.required('multiAssetsMargin');
        if (call.parameters.optionalBoolean('multiAssetsMargin') !== true)
          throw usdmRefusal(-4171, 'No need to change multi-assets mode.');
        throw usdmRefusal(-4084, 'Method is not allowed currently. Upcoming soon.');
      },
    },
  ];
}

function changeMarginType(exchange: Exchange, call: AccountCall): unknown {
  const symbol = usdmSymbolFrom(call.parameters.required('symbol'));
  const type = call.parameters.required('marginType');
  if (type !== 'ISOLATED' && type !== 'CROSSED') throw invalidParameter('marginType');
  const mode = type === 'ISOLATED' ? 'isolated' : 'cross';
  const unified = unifiedUsdmSymbol(symbol);
  const current = positionsOn(exchange, call.accountId, symbol)[0]?.marginMode ?? 'cross';
  if (current === mode) throw usdmRefusal(-4046, 'No need to change margin type.');
  if (exchange.openOrders(call.accountId, { symbol: unified }).length > 0)
    throw usdmRefusal(-4047, 'Margin type cannot be changed if there exists open orders.');
  const result = exchange.setMarginMode(call.at, call.accountId, unified, mode);
  if (!result.ok) throw usdmExchangeRefusal(result.refusal);
  return { code: 200, msg: 'success' };
}

export function configurationEndpoints(exchange: Exchange, counts: OrderCounts): Endpoint[] {
  return [
    signedEndpoint('/fapi/v1/positionSide/dual', 'other', 30, (call) => ({
      dualSidePosition: exchange.isHedged(call.accountId),
    })),
    signedEndpoint('/fapi/v1/multiAssetsMargin', 'other', 30, () => ({ multiAssetsMargin: false })),
    signedEndpoint('/fapi/v1/feeBurn', 'other', 30, (call) => ({
      feeBurn: exchange.paysFeesInCoin(call.accountId),
    })),
    // Nobody's orders are judged here, so no account is restricted.
    signedEndpoint('/fapi/v1/apiTradingStatus', 'other', 1, (call) => ({
      indicators: {},
      updateTime: call.clockMs,
    })),
    signedEndpoint('/fapi/v1/accountConfig', 'other', 5, (call) => {
      const { feeBurn: _, ...head } = accountHead(exchange, call);
      return { ...head, dualSidePosition: exchange.isHedged(call.accountId) };
    }),
    signedEndpoint('/fapi/v1/symbolConfig', 'other', 5, (call) => {
      const id = call.parameters.optional('symbol');
      const symbols = id === undefined ? USDM_SYMBOLS : [usdmSymbolFrom(id)];
      return symbols.map((symbol) => {
        const positions = positionsOn(exchange, call.accountId, symbol);
        const leverage = leverageOf(exchange, positions, symbol);
        return {
          symbol: symbol.id,
          marginType: positions[0]?.marginMode === 'isolated' ? 'ISOLATED' : 'CROSSED',
          isAutoAddMargin: false,
          leverage,
          maxNotionalValue: String(notionalCap(symbol, leverage)),
        };
      });
    }),
    signedEndpoint('/fapi/v1/leverageBracket', 'other', 1, (call) => {
      const id = call.parameters.optional('symbol');
      return id === undefined
        ? USDM_SYMBOLS.map((symbol) => bracketsOf(symbol))
        : [bracketsOf(usdmSymbolFrom(id))];
    }),
    signedEndpoint('/fapi/v1/commissionRate', 'other', 20, (call) => {
      const symbol = usdmSymbolFrom(call.parameters.required('symbol'));
      return {
        symbol: symbol.id,
        makerCommissionRate: USDM_POLICY.fees.maker.toFixed(6),
        takerCommissionRate: USDM_POLICY.fees.taker.toFixed(6),
        rpiCommissionRate: '0.000000',
      };
    }),
    signedEndpoint('/fapi/v1/rateLimit/order', 'other', 1, () =>
      counts.intervals.map((interval) => ({ rateLimitType: 'ORDERS', ...interval })),
    ),
    signedEndpoint('/fapi/v1/adlQuantile', 'other', 5, (call) => adlQuantiles(exchange, call)),
  ];
}

/**
 * Nobody is deleveraged here, so every position stands at the end of the queue. Crossed positions in hedge mode have the
 * sign `HEDGE` in place of `BOTH`. Source: "Position ADL Quantile Estimation".
 */
function adlQuantiles(exchange: Exchange, call: AccountCall): unknown {
  const open = exchange.positions(call.accountId).filter((position) => !position.quantity.isZero());
  const bySymbol = new Map(open.map((position) => [position.symbol, position]));
  return [...bySymbol.values()].map(({ symbol, side, marginMode }) => ({
    symbol: usdmSymbolId(symbol),
    adlQuantile:
      side !== 'net' && marginMode === 'cross'
        ? { LONG: 0, SHORT: 0, HEDGE: 0 }
        : { LONG: 0, SHORT: 0, BOTH: 0 },
  }));
}
