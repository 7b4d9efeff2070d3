import { expect, it } from 'vitest';
import type { Gateway, GatewayListener } from '../venues/gateway.ts';
import { FIRST_START_RETRY_MS, GatewaySession, LONGEST_START_RETRY_MS } from './gateway-session.ts';
import { silentLog } from './log.ts';
import { silentGateway } from './testing/silent-gateway.ts';

const LISTENER: GatewayListener = {
  onOrder: () => undefined,
  onFill: () => undefined,
  onGap: () => undefined,
  onQuote: () => undefined,
  onAccountChanged: () => undefined,
};

/** The pauses before each further attempt of a gateway that starts at the given one. */
async function pausesUntil(attempt: number, fraction: () => number): Promise<readonly number[]> {
  const pauses: number[] = [];
  let tries = 0;
  const gateway: Gateway = silentGateway({
    start: async () => {
      tries += 1;
      if (tries < attempt) throw new Error('the venue cannot be reached');
    },
  });
  const session = new GatewaySession({
    gateway,
    connectionId: 'one',
    listener: LISTENER,
    clock: {
      now: () => 0,
      monotonic: () => 0,
      after: (delayMs, action) => {
        pauses.push(delayMs);
        queueMicrotask(action);
        return () => undefined;
      },
    },
    log: silentLog,
    fraction,
  });
  expect(await session.start()).toBe(true);
  return pauses;
}

it('a venue that cannot be reached is tried again at growing intervals, up to a bound', async () => {
  expect([FIRST_START_RETRY_MS, LONGEST_START_RETRY_MS]).toEqual([1_000, 30_000]);
  expect(await pausesUntil(9, () => 0)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

it('a quarter of each pause is left to chance, so that not all accounts come back at once', async () => {
  expect(await pausesUntil(7, () => 0.5)).toEqual([875, 1_750, 3_500, 7_000, 14_000, 26_250]);
  for (const pause of await pausesUntil(3, () => 0.999)) expect(pause).toBeGreaterThanOrEqual(750);
});
