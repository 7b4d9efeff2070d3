/** Changes that come with time alone: GTD orders expire, funding is settled, the markets make their steps. */
import { end } from './endings.ts';
import { fundOnTime } from './funding.ts';
import { stepMarket } from './market-maker.ts';
import { settle } from './settling.ts';
import { nextMultiple, type World } from './world.ts';
import { STEP_MS } from '../market/market-process.ts';

/** Market steps that are made up for after a pause; a longer one (the process was down) is passed over. */
const MAX_STEPS_AT_ONCE = 900;

/** When the next market step, expiry or funding is due, in ms since the epoch. */
export function nextDueAt(world: World): number {
  let due = world.nextStepAt;
  const expiresAt = world.expiring[0]?.expiresAt;
  if (expiresAt !== undefined && expiresAt !== null) due = Math.min(due, expiresAt);
  for (const { instrument, nextFundingAt } of world.symbols.values())
    if (instrument.swap !== null) due = Math.min(due, nextFundingAt);
  return due;
}

/** Carries out everything due until `at`, each at its own time. An earlier `at` than the world's time counts as that. */
export function passTime(world: World, at: number): void {
  const until = Math.max(at, world.now);
  if (until - world.nextStepAt > MAX_STEPS_AT_ONCE * STEP_MS)
    world.nextStepAt = nextMultiple(until, STEP_MS) - STEP_MS;
  for (let due = nextDueAt(world); due <= until; due = nextDueAt(world)) {
    world.now = Math.max(world.now, due);
    for (
      let [order] = world.expiring;
      order !== undefined && (order.expiresAt ?? 0) <= due;
      [order] = world.expiring
    )
      end(world, order, 'expired', 'good_till_date');
    for (const symbol of world.symbols.values())
      if (symbol.instrument.swap !== null && symbol.nextFundingAt <= due) fundOnTime(world, symbol);
    if (world.nextStepAt <= due) {
      world.nextStepAt += STEP_MS;
      for (const symbol of world.books()) stepMarket(world, symbol);
    }
    settle(world);
  }
  world.now = until;
}
