/** A simulated Binance with what its tests need: the control API, an independent client, requests by hand. */
import { MainClient } from 'binance';
import type { SimulatorOptions } from '../../host.ts';
import { runVenue, type RunningTestVenue } from '../../testing/running-venue.ts';
import { signedRequest, type Answer } from './signed-request.ts';

export type SimulatedVenue = RunningTestVenue & {
  readonly client: MainClient;
  /** A signed request, to see status, code and text. */
  readonly raw: (method: string, path: string, params?: Record<string, string>) => Promise<Answer>;
};

export async function simulatedVenue(options: Partial<SimulatorOptions> = {}): Promise<SimulatedVenue> {
  const venue = await runVenue('binance', options);
  const { restUrl, key, secret } = venue;
  return {
    ...venue,
    client: new MainClient({ api_key: key, api_secret: secret, baseUrl: restUrl, disableTimeSync: true }),
    raw: (method, path, params) => signedRequest({ restUrl, key, secret }, method, path, params),
  };
}
