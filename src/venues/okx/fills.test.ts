import { expect, it } from 'vitest';
import type { ListedInstrument } from '../markets.ts';
import type { OkxAccount } from './account.ts';
import { ENDPOINTS, type Endpoint } from './endpoints.ts';
import { fillsBetween, fillsPage } from './fills.ts';

const NOW = 2_000_000_000_000;
const HOUR_MS = 3_600_000;
const BTC = {
  instrument: { kind: 'linear_swap' },
  venueSymbol: 'BTC-USDT-SWAP',
} as unknown as ListedInstrument;

/** The lists that readings of executions since a moment ask. */
async function listsAsked(since: number): Promise<ReadonlySet<Endpoint>> {
  const asked = new Set<Endpoint>();
  const account = {
    clock: { now: () => NOW },
    names: {},
    requests: {
      read: async (endpoint: Endpoint) => {
        asked.add(endpoint);
        return [];
      },
    },
  } as unknown as OkxAccount;
  await fillsPage(account, BTC, null, since);
  await fillsBetween(account, BTC, since, NOW, 'look_up');
  return asked;
}

it.each([
  [1, 'recentExecutions'],
  [60, 'recentExecutions'],
  // "last 3 days": what is near its end is read from the other list already.
  [71, 'executions'],
  [73, 'executions'],
  [24 * 9, 'executions'],
] as const)('executions since %s hours ago are read from the list %s', async (hours, list) => {
  expect([...(await listsAsked(NOW - hours * HOUR_MS))]).toEqual([ENDPOINTS[list]]);
});
