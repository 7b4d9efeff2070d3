/**
 * Position modes and sides as USD-M futures have them: one-way mode with `BOTH`, hedge mode with `LONG` and `SHORT`.
 *
 * Entry points: `changePositionMode`, `readPositionSide`, `readReduceOnly`, `positionSideName`. Sources, of the USD-M futures
 * documentation: "Change Position Mode" (-4067, -4068), "New Order" and "New Algo Order" (`positionSide` must be sent in hedge
 * mode; `reduceOnly` cannot be sent in hedge mode), "Error Code" (-4059, -4060, -4061). The documentation names no code for
 * `reduceOnly` in hedge mode; the venue is known to answer -1106, with the name in lower case, whatever the value.
 */
import type { Exchange } from '../../exchange/exchange.ts';
import { closesSide, type PositionSide, type Side } from '../../exchange/order.ts';
import { badCombination, parameterNotRequired, usdmRefusal, type BinanceRefusal } from '../errors.ts';
import type { Parameters } from '../parameters.ts';
import { usdmExchangeRefusal } from './refusals.ts';

type PositionSideName = 'BOTH' | 'LONG' | 'SHORT';

export function positionSideName(side: PositionSide): PositionSideName {
  switch (side) {
    case 'net':
      return 'BOTH';
    case 'long':
      return 'LONG';
    case 'short':
      return 'SHORT';
  }
}

/**
 * Puts the account into hedge mode or out of it, on every symbol. `at`: ms since the epoch. Throws -4059 when it is so
 * already, -4067 with open orders, conditional ones included, and -4068 with open positions.
 */
export function changePositionMode(exchange: Exchange, at: number, accountId: string, hedged: boolean): void {
  if (hedged === exchange.isHedged(accountId)) throw usdmRefusal(-4059, 'No need to change position side.');
  const result = exchange.setHedged(at, accountId, hedged);
  if (!result.ok) throw usdmExchangeRefusal(result.refusal);
}

function sideMismatch(): BinanceRefusal {
  return usdmRefusal(-4061, "Order's position side does not match user's setting.");
}

/** `positionSide` where it was sent. Throws -4060 for a word that is none. */
function optionalPositionSide(parameters: Parameters): PositionSide | undefined {
  const text = parameters.optional('positionSide');
  switch (text) {
    case undefined:
      return undefined;
    case 'BOTH':
      return 'net';
    case 'LONG':
      return 'long';
    case 'SHORT':
      return 'short';
    default:
      throw usdmRefusal(-4060, 'Invalid position side.');
  }
}

/** `positionSide` of a new order. Throws -4061 where an account in its mode has no such position. */
export function readPositionSide(parameters: Parameters, hedged: boolean): PositionSide {
  const side = optionalPositionSide(parameters) ?? 'net';
  if (hedged === (side === 'net')) throw sideMismatch();
  return side;
}

/** An amendment need not name the side; one that does must name the order's. Throws -4061 for another. */
export function checkAmendedSide(parameters: Parameters, side: PositionSide): void {
  const named = optionalPositionSide(parameters);
  if (named !== undefined && named !== side) throw sideMismatch();
}

/** `reduceOnly`, which cannot be sent in hedge mode, not even as false. */
export function readReduceOnly(parameters: Parameters, hedged: boolean): boolean {
  if (hedged && parameters.has('reduceOnly')) throw parameterNotRequired('reduceonly');
  return parameters.optionalBoolean('reduceOnly') === true;
}

/**
 * In hedge mode `closePosition` goes with sells of the long side and buys of the short one ("New Algo Order"). The
 * documentation names no code for the others; -1128 stands for a combination that is invalid.
 */
export function checkClosePosition(order: {
  readonly side: Side;
  readonly positionSide: PositionSide;
}): void {
  if (order.positionSide !== 'net' && !closesSide(order)) throw badCombination();
}
