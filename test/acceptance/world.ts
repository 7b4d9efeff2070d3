/**
 * A service with a simulator of the test's own beside it: without rate limits, with the control API at hand, and alive
 * after every end of the service.
 *
 * Entry point: `openWorld`.
 */
import type { Api } from './api.ts';
import type { Control } from './control.ts';
import { makeHome, startService, startSimulator, type Home, type ServiceProcess } from './service.ts';

/** The price of the market at the beginning, kept unless a test moves it. */
export const PINNED_PRICE = '60000';

export interface World {
  readonly home: Home;
  readonly control: Control;
  readonly api: Api;
  readonly service: () => ServiceProcess;
  /** Starts the service again after it was killed or has ended. */
  readonly restart: () => Promise<ServiceProcess>;
  readonly close: () => Promise<void>;
}

/** `environment` goes to the service. */
export async function openWorld(environment: Readonly<Record<string, string>> = {}): Promise<World> {
  const simulatorHome = await makeHome();
  const simulator = await startSimulator(simulatorHome);
  for (const symbol of ['BTC/USDT', 'BTC/USDT:USDT'])
    await simulator.control.price(symbol, PINNED_PRICE, true);
  const home = await makeHome({
    environment: { PLIMSOLL_SIMULATOR_URL: simulator.controlUrl, ...environment },
  });
  let service = await startService(home);
  return {
    home,
    control: simulator.control,
    api: service.api,
    service: () => service,
    restart: async () => {
      service = await startService(home);
      return service;
    },
    close: async () => {
      await home.release();
      await simulatorHome.release();
    },
  };
}

/** Runs `count` calls, `width` of them at a time, and returns their results in order. */
export async function inParallel<Result>(
  count: number,
  width: number,
  call: (index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      results[index] = await call(index);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
