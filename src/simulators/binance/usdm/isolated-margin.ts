/**
 * The margin of isolated USD-M positions: adding to it, taking from it, and the list of such changes.
 *
 * Entry point: `isolatedMarginEndpoints`. Source: "Modify Isolated Position Margin" and "Get Position Margin Change History" of the
 * USD-M futures documentation.
 */
import type { Exchange } from '../../exchange/exchange.ts';
import type { MarginChange } from '../../exchange/account.ts';
import { type AccountCall, type Endpoint, signedEndpoint } from '../authentication.ts';
import { invalidParameter, usdmRefusal } from '../errors.ts';
import { eight } from '../figures.ts';
import { page, readWindow } from '../history-window.ts';
import type { Parameters } from '../parameters.ts';
import { unifiedUsdmSymbol } from './instruments.ts';
import { usdmSymbolId } from './order-json.ts';
import { usdmSymbolFrom } from './order-requests.ts';
import { positionSideName, readPositionSide } from './position-sides.ts';
import { usdmExchangeRefusal } from './refusals.ts';

const LONGEST_HOURS = 30 * 24;

export function isolatedMarginEndpoints(exchange: Exchange): Endpoint[] {
  return [
    {
      method: 'POST',
      path: '/fapi/v1/positionMargin',
      route: 'settings',
      security: 'trade',
      weight: 1,
      answer: (call) => changeMargin(exchange, call),
    },
    signedEndpoint('/fapi/v1/positionMargin/history', 'other', 1, (call) => history(exchange, call)),
  ];
}

/** 1 adds, 2 takes out. */
function readType(parameters: Parameters): 1 | 2 | undefined {
  const type = parameters.optionalInteger('type');
  if (type !== undefined && type !== 1 && type !== 2) throw invalidParameter('type');
  return type;
}

function changeMargin(exchange: Exchange, call: AccountCall): unknown {
  const { parameters, accountId } = call;
  const symbol = usdmSymbolFrom(parameters.required('symbol'));
  const side = readPositionSide(parameters, exchange.isHedged(accountId));
  const amount = parameters.requiredDecimal('amount');
  parameters.required('type');
  const type = readType(parameters);
  if (!amount.isPositive()) throw usdmRefusal(-4055, 'Amount must be positive.');
  const change = type === 1 ? amount : amount.negate();
  const result = exchange.changeMargin(call.at, accountId, unifiedUsdmSymbol(symbol), side, change);
  if (!result.ok)
    throw result.refusal.code === 'insufficient_balance'
      ? usdmRefusal(-4050, 'Cross balance insufficient.')
      : usdmExchangeRefusal(result.refusal);
  return {
    code: 200,
    msg: 'Successfully modify position margin.',
    amount: amount.toApproximateNumber(),
    type,
  };
}

function history(exchange: Exchange, call: AccountCall): unknown {
  const { parameters } = call;
  const symbol = unifiedUsdmSymbol(usdmSymbolFrom(parameters.required('symbol')));
  const type = readType(parameters);
  const { startMs, endMs, limit } = readWindow(parameters, LONGEST_HOURS);
  const rows = exchange
    .marginChanges(call.accountId)
    .filter(
      (change) =>
        change.symbol === symbol &&
        (type === undefined || typeOf(change) === type) &&
        (startMs === undefined || change.at >= startMs) &&
        (endMs === undefined || change.at <= endMs),
    );
  return page(rows, startMs !== undefined, limit).map((change) => ({
    symbol: usdmSymbolId(change.symbol),
    type: typeOf(change),
    deltaType: 'USER_ADJUST',
    amount: eight(change.amount.abs()),
    asset: change.asset,
    time: change.at,
    positionSide: positionSideName(change.positionSide),
  }));
}

function typeOf({ amount }: MarginChange): 1 | 2 {
  return amount.isPositive() ? 1 : 2;
}
