/**
 * The parts that all accounts at one HTX address share, with the allowances of the address.
 *
 * Entry point: `openHtxAccess`.
 */
import type { JsonValue } from '../../core/json.ts';
import { openAccess } from '../access.ts';
import type { AccessOptions, VenueAccess } from '../access.ts';
import type { AllPrices } from '../all-prices.ts';
import type { MarketStream } from '../market-stream.ts';
import { RateStop, RateWindow } from '../rate-budget.ts';
import { ADDRESSES, ENDPOINTS, WINDOW_MS } from './endpoints.ts';
import type { Endpoint, StreamName } from './endpoints.ts';
import { parseSpotSymbols } from './markets.ts';
import { marketProtocol } from './streams.ts';

/** Name of the window of one endpoint. */
export const OWN = 'endpoint';

export interface HtxAccess extends VenueAccess<StreamName> {
  /** The window of a public endpoint; made when it is first asked for. */
  addressWindow(endpoint: Endpoint): RateWindow;
  /** The venue's "stop", where an answer asks for a pause. */
  readonly stop: RateStop;
  readonly tickers: AllPrices;
  /** The one market-data connection. */
  marketStream(): MarketStream;
  /** Reads the pairs into `markets`, unless they were read less than `maxAgeMs` ago or are being read. */
  loadMarkets(maxAgeMs: number, read: () => Promise<JsonValue>): Promise<void>;
}

export function openHtxAccess(options: AccessOptions): HtxAccess {
  const access = openAccess(ADDRESSES, options);
  const { addresses, clock, markets, marketStreams } = access;
  const windows = new Map<string, RateWindow>();
  const loaded = access.sharedReading<void>();
  return {
    ...access,
    addressWindow: ({ path, count }) => {
      let window = windows.get(path);
      if (window === undefined) {
        window = new RateWindow(OWN, count, WINDOW_MS, () => clock.now(), 'rolling');
        windows.set(path, window);
      }
      return window;
    },
    stop: new RateStop(),
    tickers: access.allPrices({ limit: ENDPOINTS.tickers.count, intervalMs: WINDOW_MS }),
    marketStream: () => {
      const url = addresses.streams.public;
      return marketStreams.get(url, () => marketProtocol(url));
    },
    loadMarkets: async (maxAgeMs, read) =>
      loaded.get(maxAgeMs, async () => {
        markets.put('spot', parseSpotSymbols(await read()));
      }),
  };
}
