/**
 * A simulated venue as the tests of its folder run it, with the control API.
 *
 * Entry point: `runVenue`, to which a venue's `testing/simulated-venue.ts` adds an independent client and requests by hand.
 */
import { runSimulators, type SimulatorOptions } from '../host.ts';
import type { VenueName } from '../venue-protocol.ts';

export type RunningTestVenue = {
  readonly restUrl: string;
  readonly wsUrl: string;
  /** Of the paper account. */
  readonly key: string;
  readonly secret: string;
  readonly passphrase: string | null;
  /** A call of the control API; throws when it is refused. */
  readonly control: (method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown) => Promise<unknown>;
  /** Pins a market at a price. */
  readonly price: (symbol: string, value: string) => Promise<void>;
  readonly close: () => Promise<void>;
};

export async function runVenue(
  name: VenueName,
  options: Partial<SimulatorOptions> = {},
): Promise<RunningTestVenue> {
  const simulators = await runSimulators({ controlPort: 0, venues: [name], ...options });
  const venue = simulators.venues.get(name);
  if (venue === undefined) throw new Error(`${name} is not being simulated`);
  const control: RunningTestVenue['control'] = async (method, path, body) => {
    const answer = await fetch(`${simulators.controlUrl}/control/${name}/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
    return JSON.parse(text);
  };
  return {
    ...venue.urls,
    ...venue.paperCredentials,
    control,
    price: async (symbol, value) => {
      await control('POST', 'price', { symbol, price: value, hold: true });
    },
    close: () => simulators.close(),
  };
}
