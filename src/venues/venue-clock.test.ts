import { describe, expect, it } from 'vitest';
import { VenueClock } from './venue-clock.ts';
import type { Scheduler } from './platform.ts';
import { SYSTEM_PLATFORM } from './system-platform.ts';

/** A clock of ours that stands still. */
const at = (now: number): Scheduler => ({ ...SYSTEM_PLATFORM.scheduler, now: () => now });

describe('venue clock', () => {
  it('is ours until the first sample', () => {
    const clock = new VenueClock(at(1_000));
    expect(clock.now()).toBe(1_000);
    expect(clock.measured).toBe(false);
  });

  it('places the reading in the middle of the round trip', () => {
    const clock = new VenueClock(at(10_000));
    clock.record(1_000, 1_100, 6_050);
    expect(clock.offsetMs).toBe(5_000);
    expect(clock.now()).toBe(15_000);
  });

  it('prefers the shortest round trip', () => {
    const clock = new VenueClock(at(0));
    clock.record(0, 10, 105);
    clock.record(1_000, 1_200, 1_260);
    expect(clock.offsetMs).toBe(100);
  });

  it('drops old samples when a clock was set', () => {
    const clock = new VenueClock(at(0));
    clock.record(0, 10, 105);
    clock.record(1_000, 1_200, 61_100);
    expect(clock.offsetMs).toBe(60_000);
  });
});
