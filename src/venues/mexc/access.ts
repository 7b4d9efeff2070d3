/**
 * The parts that all accounts at one MEXC address share, with the allowances of the address.
 *
 * Entry point: `openMexcAccess`. Public endpoints and nearly all of spot ("Weight(IP)") count for the IP address, each for itself: every
 * account of this service draws on the same windows. Private ones of contracts count for an account.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import { openAccess } from '../access.ts';
import type { AccessOptions, VenueAccess } from '../access.ts';
import type { AllPrices } from '../all-prices.ts';
import type { MarketStream } from '../market-stream.ts';
import { RateStop } from '../rate-budget.ts';
import type { RateWindow } from '../rate-budget.ts';
import { ADDRESSES, SPOT, SWAP } from './endpoints.ts';
import type { Endpoint, StreamName } from './endpoints.ts';
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
}

export function openMexcAccess(options: AccessOptions): MexcAccess {
  const access = openAccess(ADDRESSES, options);
  const { addresses, markets, marketStreams } = access;
  const places: Readonly<Record<InstrumentKind, Places>> = { spot: new Places(), linear_swap: new Places() };
  const pricesAt = ({ count, perMs }: Endpoint): AllPrices =>
    access.allPrices({ limit: count, intervalMs: perMs });
  return {
    ...access,
    addressWindow: ({ kind, method, path, count, perMs }) =>
      access.window(`${kind} ${method} ${path}`, OWN, count, perMs),
    stop: new RateStop(),
    prices: { spot: pricesAt(SPOT.bookTicker), linear_swap: pricesAt(SWAP.tickers) },
    marketStream: (kind, venueSymbol) => {
      const url = kind === 'spot' ? addresses.streams.spot : addresses.streams.swap;
      const place = Math.floor(places[kind].of(venueSymbol) / INSTRUMENTS_PER_CONNECTION[kind]);
      return marketStreams.get(`${url} ${place}`, () =>
        marketProtocol(kind, url, (name) => markets.byVenueSymbol(kind, name)),
      );
    },
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
