/**
 * Regular work while an account is connected: its clock is measured, its markets are read again.
 *
 * Entry point: `startUpkeep`. A machine that slept is noticed within a second: its monotonic clock, which the venue's is counted by,
 * may have stood still meanwhile.
 */
import { MalformedAnswer } from './ccxt/exact-json.ts';
import type { ConnectedAccount } from './connected-account.ts';
import { ReadFailure } from './read-retry.ts';
import type { VenueClock } from './venue-clock.ts';

const ROUND_EVERY_MS = 60_000;
/** Our two clocks drifting apart by this much within one tick means that one was set, or that one stood still. */
const CLOCK_JUMP_MS = 250;
const CLOCK_TICK_MS = 1_000;

/** Runs until what it returns is called. */
export function startUpkeep(clock: VenueClock, account: ConnectedAccount): () => void {
  const stops = [watchClock(clock, account), measureRegularly(clock, account)];
  return () => {
    for (const stop of stops) stop();
  };
}

/** The wall clock goes on while a machine sleeps; that it was set looks the same, and a sample more does no harm. */
function watchClock(clock: VenueClock, { requests }: ConnectedAccount): () => void {
  const { local } = clock;
  let apart = local.now() - local.monotonic();
  return local.every(CLOCK_TICK_MS, () => {
    const now = local.now() - local.monotonic();
    if (Math.abs(now - apart) > CLOCK_JUMP_MS) requests.measureClock();
    apart = now;
  });
}

function measureRegularly({ local }: VenueClock, account: ConnectedAccount): () => void {
  return local.every(ROUND_EVERY_MS, () => {
    account.requests.measureClock();
    void account.readMarkets().catch((error: unknown) => {
      // The known markets stay; the next round tries again.
      if (!(error instanceof ReadFailure) && !(error instanceof MalformedAnswer)) throw error;
    });
  });
}
