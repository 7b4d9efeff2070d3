/**
 * The market that a simulator makes: where the mid goes and what liquidity the venue's own maker shows around it.
 *
 * The model: each step (STEP_MS) the mid moves by a seeded, roughly normal draw, without drift or memory, on the tick
 * grid; a resting order of a user that the new mid reaches or passes is filled in full at its own price; now and then
 * a small order of the venue's flow account takes from the top of the book, in price-time order, so that users' quotes
 * inside the spread fill too, sometimes in part; afterwards the maker shows its ladder again around the new mid. Liquidity
 * that a user took comes back with the next step. While the price is held nothing moves, and liquidity that was taken comes
 * back at once; so the rest of a limit order that took at a held price is filled as well.
 *
 * The limits of the model: it is not a real market. No impact beyond the ladder, no queue dynamics, no volatility clusters,
 * no news, no correlation between symbols, nobody trading against you on purpose. A strategy's profit here says
 * nothing about its profit anywhere; what is faithful is the mechanics: books, locks, fills, fees, margin.
 *
 * Pure: state and draws come in, figures go out; exchange.ts applies them to the books.
 */
import { Decimal } from '../../core/decimal.ts';
import type { Instrument } from '../exchange/instrument.ts';
import { hashText, mix, type Random } from '../exchange/random.ts';

/** Time between two steps of every market. */
export const STEP_MS = 1000;

const PPM = Decimal.of(1_000_000n);
const TEN = Decimal.of(10n);
/** The mid never falls below this many ticks, so that a ladder below it exists. */
const LOWEST_MID_TICKS = 100n;
const PERCENT = Decimal.of(1n, 2);
/** Distance of ladder levels in parts of the price, before rounding down to a power of ten of ticks. */
const LEVEL_DISTANCE = Decimal.of(2n, 4);

/** The mid one step on, a multiple of the tick. */
export function walk(instrument: Instrument, mid: Decimal, random: Random): Decimal {
  // The sum of four uniform draws is close enough to normal; its standard deviation is 2 / sqrt(12) of one width.
  let draw = 0;
  for (let count = 0; count < 4; count += 1) draw += random.below(2001) - 1000;
  const movePpm = Math.round((draw * instrument.liquidity.volatilityPpm) / 1155);
  const moved = mid.add(mid.multiply(Decimal.fromInteger(movePpm)).divide(PPM, 18, 'half_even'));
  return moved
    .roundToMultipleOf(instrument.priceTick, 'half_even')
    .max(instrument.priceTick.multiply(Decimal.of(LOWEST_MID_TICKS)));
}

/** A small order of the flow account: its side and quantity, or null when none comes in this step. */
export function flowOrder(
  instrument: Instrument,
  mid: Decimal,
  random: Random,
): { readonly side: 'buy' | 'sell'; readonly quantity: Decimal } | null {
  const draw = random.next();
  if (draw % 3 === 0) return null;
  const percent = Decimal.fromInteger(1 + random.below(30));
  const worth = instrument.liquidity.levelNotional.multiply(percent).multiply(PERCENT);
  return { side: (draw & 8) === 0 ? 'buy' : 'sell', quantity: quantityWorth(instrument, mid, worth) };
}

export interface LadderLevel {
  readonly price: Decimal;
  readonly quantity: Decimal;
}

/**
 * The maker's ladder around a mid: best first, prices unique, quantities on the grid. `begin`: how far from the mid. `former`: levels
 * of a ladder of the same instrument and seed, by price; those that stay are taken from it, since their quantity follows from the price.
 */
export function ladder(
  instrument: Instrument,
  mid: Decimal,
  side: 'bids' | 'asks',
  seed: number,
  begin: Decimal = instrument.priceTick,
  former: ReadonlyMap<string, LadderLevel> = new Map(),
): readonly LadderLevel[] {
  const levels: LadderLevel[] = [];
  const distance = levelDistance(instrument, mid);
  const isBid = side === 'bids';
  let price = isBid ? mid.subtract(begin) : mid.add(begin);
  while (levels.length < instrument.liquidity.levels && price.isPositive()) {
    levels.push(former.get(price.toString()) ?? { price, quantity: levelQuantity(instrument, price, seed) });
    // The further levels stand on round prices, so that most of the ladder stays when the mid moves a little.
    const round = price.roundToMultipleOf(distance, isBid ? 'down' : 'up');
    price = round.equals(price) ? (isBid ? price.subtract(distance) : price.add(distance)) : round;
  }
  return levels;
}

function levelDistance(instrument: Instrument, mid: Decimal): Decimal {
  const widest = mid.multiply(LEVEL_DISTANCE);
  let distance = instrument.priceTick;
  while (distance.multiply(TEN).atMost(widest)) distance = distance.multiply(TEN);
  return distance;
}

/** The same price always shows the same quantity: half to one and a half times the level's worth. */
function levelQuantity(instrument: Instrument, price: Decimal, seed: number): Decimal {
  const percent = 50 + (mix(hashText(`${instrument.symbol} ${price.toString()}`) ^ seed) % 101);
  const worth = instrument.liquidity.levelNotional.multiply(Decimal.fromInteger(percent)).multiply(PERCENT);
  return quantityWorth(instrument, price, worth);
}

function quantityWorth(instrument: Instrument, price: Decimal, worth: Decimal): Decimal {
  return worth
    .divide(price.multiply(instrument.contractSize), 18, 'down')
    .roundToMultipleOf(instrument.quantityStep, 'down')
    .max(instrument.minQuantity)
    .max(instrument.quantityStep);
}
