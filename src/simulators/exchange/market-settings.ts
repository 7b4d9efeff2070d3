/** The settings of a market by its operator: mark and index price, how the book is shown, and whether it trades. */
import type { Decimal } from '../../core/decimal.ts';
import type { MarketChange } from './command.ts';
import { emitMark } from './emit.ts';
import { settlePositions } from './liquidation.ts';
import { quote } from './market-maker.ts';
import type { Refusal } from './refusal.ts';
import { withdraw } from './resting.ts';
import { isMadeElsewhere, isTrading, type SymbolState } from './state.ts';
import type { World } from './world.ts';

/** Changes what `change` names. Nothing changes when any of it is refused. A settled symbol stays so. */
export function setMarket(world: World, symbol: SymbolState, change: MarketChange): Refusal | null {
  const { market, instrument } = symbol;
  const { mark, index, shape, status } = change;
  for (const [field, price] of [
    ['mark', mark],
    ['index', index],
  ] as const) {
    const refusal = price === undefined || price === null ? null : reviewPrice(symbol, field, price);
    if (refusal !== null) return refusal;
  }
  if (status !== undefined && market.status === 'settled' && status !== 'settled')
    return { code: 'symbol_not_trading', status: 'settled' };
  if (isMadeElsewhere(market) && (mark !== undefined || index !== undefined || shape !== undefined))
    return { code: 'bad_field', field: 'symbol', detail: 'follows a market elsewhere' };
  if (shape?.distance !== undefined && shape.distance?.isMultipleOf(instrument.priceTick) === false)
    return { code: 'price_off_tick', field: 'price', tick: instrument.priceTick };
  world.markDirty(symbol);
  if (mark !== undefined) market.mark = mark;
  if (index !== undefined) market.index = index;
  if (shape !== undefined) market.shape = shape;
  if (status !== undefined) enter(world, symbol, status);
  if (isTrading(market)) quote(world, symbol);
  if ((mark !== undefined || index !== undefined) && instrument.swap !== null) emitMark(world, symbol);
  return null;
}

function reviewPrice({ instrument }: SymbolState, field: string, price: Decimal): Refusal | null {
  if (instrument.swap === null) return { code: 'bad_field', field, detail: 'is of swaps alone' };
  return price.isPositive() ? null : { code: 'bad_field', field, detail: 'must be above zero' };
}

function enter(world: World, symbol: SymbolState, status: NonNullable<MarketChange['status']>): void {
  symbol.market.status = status;
  if (status !== 'settled') return;
  for (const side of [symbol.quotes.bids, symbol.quotes.asks])
    for (const order of side.values()) withdraw(world, symbol, order);
  settlePositions(world, symbol);
}
