/**
 * Which state a spot symbol is in, in the venue's words, and the parameter that asks for symbols of one state.
 *
 * Entry points: `statusOf`, `readStatusFilter`. Source: `symbolStatus` in rest-api.md, enums.md.
 */
import type { Exchange } from '../../exchange/exchange.ts';
import { BinanceRefusal } from '../errors.ts';
import type { Parameters } from '../parameters.ts';
import { SPOT_STATUSES, type SpotStatus } from './symbols.ts';

/** `unified`: the symbol as the exchange names it. */
export function statusOf(exchange: Exchange, unified: string): SpotStatus {
  switch (exchange.market(unified)?.status) {
    case 'cancel_only':
      return 'CANCEL_ONLY';
    case 'halted':
    // Positions, which alone could be closed then, are of swaps.
    case 'reduce_only':
      return 'HALT';
    case 'settled':
      return 'BREAK';
    case 'trading':
    case undefined:
      return 'TRADING';
  }
}

/** A test for the symbols that `symbolStatus` leaves; all where it is not sent. One that was named and is not left is refused. */
export function readStatusFilter(exchange: Exchange, parameters: Parameters): (unified: string) => boolean {
  const text = parameters.optional('symbolStatus');
  if (text === undefined) return () => true;
  const wanted = SPOT_STATUSES.find((status) => status === text);
  if (wanted === undefined) throw new BinanceRefusal(400, -1122, 'Invalid symbolStatus.');
  return (unified) => {
    const isLeft = statusOf(exchange, unified) === wanted;
    if (!isLeft && parameters.has('symbol'))
      throw new BinanceRefusal(400, -1220, "The symbol's status does not match the requested symbolStatus.");
    return isLeft;
  };
}
