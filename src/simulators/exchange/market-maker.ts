/**
 * Carries the market process (market/market-process.ts) into the books: the maker's ladder, the flow account's orders,
 * and the users' orders that a move of the mid reaches. Entry points: `stepMarket`, `steer`, `quote`.
 */
import { Decimal } from '../../core/decimal.ts';
import { flowOrder, ladder, walk } from '../market/market-process.ts';
import { emitMark } from './emit.ts';
import { crosses, opposite } from './book.ts';
import type { Instrument } from './instrument.ts';
import { accept, internalRequest } from './intake.ts';
import { remaining, type OrderRequest } from './order.ts';
import type { Refusal } from './refusal.ts';
import { rest, withdraw } from './resting.ts';
import { quoteShown } from './shown-market.ts';
import {
  FLOW_ACCOUNT,
  isMadeElsewhere,
  isTrading,
  MAKER_ACCOUNT,
  markOf,
  type BookShape,
  type QuotedLevel,
  type SymbolState,
} from './state.ts';
import { start } from './triggers.ts';
import type { World } from './world.ts';

/** Prices in one path. */
const MAX_PATH = 10_000;

/** One step of one market. */
export function stepMarket(world: World, symbol: SymbolState): void {
  const { instrument, market, random } = symbol;
  if (!isTrading(market) || isMadeElsewhere(market)) return;
  const [next, ...later] = market.path;
  if (next !== undefined) {
    market.path = later;
    if (later.length === 0) market.held = market.holdAtEnd;
    moveTo(world, symbol, next);
    return;
  }
  if (market.held) return;
  shift(world, symbol, walk(instrument, market.mid, random));
  const drawn = flowOrder(instrument, market.mid, random);
  if (drawn !== null) flow(world, symbol, { side: drawn.side, type: 'market', quantity: drawn.quantity });
}

/** Moves the mid to one price after the other, one per market step, the first at once; `hold` then pins it there. */
export function steer(
  world: World,
  symbol: SymbolState,
  path: readonly Decimal[],
  hold: boolean,
): Refusal | null {
  const { priceTick } = symbol.instrument;
  const [first, ...later] = path;
  if (isMadeElsewhere(symbol.market))
    return { code: 'bad_field', field: 'symbol', detail: 'follows a market elsewhere' };
  if (first === undefined || path.length > MAX_PATH)
    return { code: 'bad_field', field: 'path', detail: `needs 1 to ${MAX_PATH} prices` };
  for (const price of path) {
    if (!price.isPositive()) return { code: 'bad_field', field: 'price', detail: 'must be above zero' };
    if (!price.isMultipleOf(priceTick)) return { code: 'price_off_tick', field: 'price', tick: priceTick };
  }
  const { market } = symbol;
  market.path = later;
  market.holdAtEnd = hold;
  market.held = hold && later.length === 0;
  moveTo(world, symbol, first);
  return null;
}

/** Moves the mid there and lets the market trade at it, so that stops see it. */
function moveTo(world: World, symbol: SymbolState, mid: Decimal): void {
  shift(world, symbol, mid);
  if (!isTrading(symbol.market)) return;
  const quantity = symbol.instrument.minQuantity.max(symbol.instrument.quantityStep);
  // The maker shows the smallest quantity at the mid itself, and the flow account takes it. No user's order stands
  // on the wrong side of the mid by now; one that stands at it was just filled.
  const offer = internalRequest(symbol, { side: 'sell', type: 'limit', quantity, price: mid });
  rest(world, symbol, accept(world, world.account(MAKER_ACCOUNT), symbol, offer));
  flow(world, symbol, { side: 'buy', type: 'limit', timeInForce: 'IOC', quantity, price: mid });
}

function shift(world: World, symbol: SymbolState, mid: Decimal): void {
  const former = markOf(symbol.market);
  symbol.market.mid = mid;
  world.markDirty(symbol);
  quote(world, symbol);
  if (!markOf(symbol.market).equals(former) && symbol.instrument.marketType === 'swap')
    emitMark(world, symbol);
}

function flow(world: World, symbol: SymbolState, request: Omit<OrderRequest, 'symbol'>): void {
  const account = world.account(FLOW_ACCOUNT);
  start(world, symbol, account, accept(world, account, symbol, internalRequest(symbol, request)));
}

/**
 * Shows the maker's ladder around the mid again; users' orders that reach `beyond` past the mid are filled first:
 * zero when the market moves there, a tick when it only shows again what was taken.
 */
export function quote(world: World, symbol: SymbolState, beyond: Decimal = Decimal.zero): void {
  if (!isTrading(symbol.market)) return;
  if (symbol.market.shown !== null) {
    quoteShown(world, symbol);
    return;
  }
  const { quotes } = symbol;
  const maker = world.account(MAKER_ACCOUNT);
  const shown = ladderOf(world, symbol);
  const wanted = { bids: new Map(shown.bids), asks: new Map(shown.asks) };
  for (const side of ['bids', 'asks'] as const) {
    for (const [price, order] of quotes[side]) {
      const level = wanted[side].get(price);
      if (level?.quantity.equals(remaining(order)) === true) wanted[side].delete(price);
      else withdraw(world, symbol, order);
    }
  }
  sweep(world, symbol, beyond);
  for (const side of ['bids', 'asks'] as const) {
    for (const [price, level] of wanted[side]) {
      const request = internalRequest(symbol, {
        side: side === 'bids' ? 'buy' : 'sell',
        type: 'limit',
        ...level,
      });
      const order = accept(world, maker, symbol, request);
      rest(world, symbol, order);
      quotes[side].set(price, order);
    }
  }
  symbol.quotesHit = false;
}

function ladderOf(world: World, symbol: SymbolState): NonNullable<SymbolState['ladder']> {
  const { instrument, market } = symbol;
  const { mid, shape } = market;
  if (symbol.ladder === null || !symbol.ladder.mid.equals(mid) || symbol.ladder.shape !== shape) {
    const former = symbol.ladder?.shape === shape && isWhole(shape) ? symbol.ladder : null;
    const levels = (side: 'bids' | 'asks'): ReadonlyMap<string, QuotedLevel> =>
      new Map(
        shaped(instrument, mid, side, world.seed, shape, former?.[side]).map((level) => [
          level.price.toString(),
          level,
        ]),
      );
    symbol.ladder = { mid, shape, bids: levels('bids'), asks: levels('asks') };
  }
  return symbol.ladder;
}

/** Whether levels are shown with the quantities that the market process gives them. */
function isWhole({ share }: BookShape): boolean {
  return share.equals(Decimal.one);
}

/** The ladder as the market's operator wants it shown. `former`: one of the same shape, with whole quantities. */
function shaped(
  instrument: Instrument,
  mid: Decimal,
  side: 'bids' | 'asks',
  seed: number,
  shape: BookShape,
  former: ReadonlyMap<string, QuotedLevel> | undefined,
): readonly QuotedLevel[] {
  const levels = side === 'bids' ? shape.bidLevels : shape.askLevels;
  const shown = ladder(instrument, mid, side, seed, shape.distance ?? instrument.priceTick, former);
  const kept = levels === null ? shown : shown.slice(0, levels);
  if (isWhole(shape)) return kept;
  const least = instrument.minQuantity.max(instrument.quantityStep);
  return kept.map(({ price, quantity }) => ({
    price,
    quantity: quantity.multiply(shape.share).roundToMultipleOf(instrument.quantityStep, 'down').max(least),
  }));
}

/** Fills users' orders that reach `beyond` past the mid, each at its own price. */
function sweep(world: World, symbol: SymbolState, beyond: Decimal): void {
  const { mid } = symbol.market;
  for (const side of ['sell', 'buy'] as const) {
    const price = side === 'sell' ? mid.add(beyond) : mid.subtract(beyond);
    // Ends: each round fills at least one resting order or finds none at the mid.
    for (;;) {
      let quantity = Decimal.zero;
      for (const level of opposite(symbol, side).bestFirst()) {
        if (!crosses(side, price, level.price)) break;
        quantity = quantity.add(level.total);
      }
      if (!quantity.isPositive()) break;
      flow(world, symbol, { side, type: 'limit', timeInForce: 'IOC', quantity, price });
    }
  }
}
