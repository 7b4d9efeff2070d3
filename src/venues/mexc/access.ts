/**
 * The parts that all accounts at one MEXC address share, with the allowances of the address.
 *
 * Entry point: `openMexcAccess`. Public endpoints and nearly all of spot ("Weight(IP)") count for the IP address, each for itself: every
 * account of this service draws on the same windows. Private ones of contracts count for an account.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonValue } from '../../core/json.ts';
import { openAccess } from '../access.ts';
import type { AccessOptions, VenueAccess } from '../access.ts';
import type { AllPrices } from '../all-prices.ts';
import type { MarketStream } from '../market-stream.ts';
import { RateStop, RateWindow } from '../rate-budget.ts';
import type { SharedReading } from '../shared-reading.ts';
import { ADDRESSES, SPOT, SWAP } from './endpoints.ts';
import type { Endpoint, StreamName } from './endpoints.ts';
import { parseSpotInstruments, parseSwapInstruments } from './markets.ts';
import { INSTRUMENTS_PER_CONNECTION, marketProtocol } from './market-streams.ts';

/** Name of the window of one endpoint. */
export const OWN = 'endpoint';

export interface MexcAccess extends VenueAccess<StreamName> {
  /** The window of an endpoint that counts for the address; made when it is first asked for. */
  addressWindow(endpoint: Endpoint): RateWindow;
  /** The venue's "stop", where an answer asks for a pause. */
  readonly stop: RateStop;
  readonly prices: Readonly<Record<InstrumentKind, AllPrices>>;
  /** The market-data connection of an instrument; one carries few, so that there are several. */
  marketStream(kind: InstrumentKind, venueSymbol: string): MarketStream;
  /**
   * Reads the instruments of a kind into `markets`, unless they were read less than `maxAgeMs` ago or are being read; a failed
   * read is tried again by the next caller.
   */
  loadMarkets(kind: InstrumentKind, maxAgeMs: number, read: () => Promise<JsonValue>): Promise<void>;
}

export function openMexcAccess(options: AccessOptions): MexcAccess {
  const access = openAccess(ADDRESSES, options);
  const { addresses, clock, markets, marketStreams } = access;
  const windows = new Map<string, RateWindow>();
  const loaded: Readonly<Record<InstrumentKind, SharedReading<void>>> = {
    spot: access.sharedReading(),
    linear_swap: access.sharedReading(),
  };
  const places: Readonly<Record<InstrumentKind, Places>> = { spot: new Places(), linear_swap: new Places() };
  const pricesAt = ({ count, perMs }: Endpoint): AllPrices =>
    access.allPrices({ limit: count, intervalMs: perMs });
  return {
    ...access,
    addressWindow: ({ kind, method, path, count, perMs }) => {
      const key = `${kind} ${method} ${path}`;
      let window = windows.get(key);
      if (window === undefined) {
        window = new RateWindow(OWN, count, perMs, () => clock.now(), 'rolling');
        windows.set(key, window);
      }
      return window;
    },
    stop: new RateStop(),
    prices: { spot: pricesAt(SPOT.bookTicker), linear_swap: pricesAt(SWAP.tickers) },
    marketStream: (kind, venueSymbol) => {
      const url = kind === 'spot' ? addresses.streams.spot : addresses.streams.swap;
      const place = Math.floor(places[kind].of(venueSymbol) / INSTRUMENTS_PER_CONNECTION[kind]);
      return marketStreams.get(`${url} ${place}`, () =>
        marketProtocol(kind, url, (name) => markets.byVenueSymbol(kind, name)),
      );
    },
    loadMarkets: async (kind, maxAgeMs, read) =>
      loaded[kind].get(maxAgeMs, async () => {
        const parse = kind === 'spot' ? parseSpotInstruments : parseSwapInstruments;
        markets.put(kind, parse(await read()));
      }),
  };
}

/** Numbers of instruments in the order in which they were first asked for. */
class Places {
  readonly #numbers = new Map<string, number>();

  of(venueSymbol: string): number {
    const known = this.#numbers.get(venueSymbol);
    if (known !== undefined) return known;
    const next = this.#numbers.size;
    this.#numbers.set(venueSymbol, next);
    return next;
  }
}
