/**
 * The parts that all accounts at one OKX address share, with the allowances of the address.
 *
 * Entry point: `openOkxAccess`. Public endpoints count for the IP address, each for itself: every account of this service draws on the same
 * windows. Private ones count for an account.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import { openAccess } from '../access.ts';
import type { AccessOptions, VenueAccess } from '../access.ts';
import type { AllPrices } from '../all-prices.ts';
import type { MarketStream } from '../market-stream.ts';
import { RateStop } from '../rate-budget.ts';
import type { RateWindow } from '../rate-budget.ts';
import type { SharedReading } from '../shared-reading.ts';
import { ADDRESSES, ENDPOINTS, demoHeaders } from './endpoints.ts';
import type { Endpoint, StreamName } from './endpoints.ts';
import type { CollateralTiers } from './normalize-account.ts';
import { marketProtocol } from './streams.ts';

/** Name of the window of one endpoint. */
export const OWN = 'endpoint';

export interface OkxAccess extends VenueAccess<StreamName> {
  /** Of every request in this mode. */
  readonly headers: Readonly<Record<string, string>>;
  /** The window of a public endpoint; made when it is first asked for. */
  addressWindow(endpoint: Endpoint): RateWindow;
  /** The venue's "stop", where an answer asks for a pause. */
  readonly stop: RateStop;
  readonly tickers: Readonly<Record<InstrumentKind, AllPrices>>;
  readonly marks: AllPrices;
  /** The one market-data connection. */
  marketStream(): MarketStream;
  /** How far coins count as collateral. */
  readonly tiers: SharedReading<CollateralTiers>;
}

export function openOkxAccess(options: AccessOptions): OkxAccess {
  const access = openAccess(ADDRESSES, options);
  const { addresses, markets, marketStreams } = access;
  const pricesAt = ({ count, perMs }: Endpoint): AllPrices =>
    access.allPrices({ limit: count, intervalMs: perMs });
  return {
    ...access,
    headers: demoHeaders(options.mode),
    addressWindow: ({ path, count, perMs }) => access.window(path, OWN, count, perMs),
    stop: new RateStop(),
    tickers: { spot: pricesAt(ENDPOINTS.tickers), linear_swap: pricesAt(ENDPOINTS.tickers) },
    marks: pricesAt(ENDPOINTS.markPrices),
    marketStream: () => {
      const url = addresses.streams.public;
      return marketStreams.get(url, () =>
        marketProtocol(
          url,
          (venueSymbol) =>
            markets.byVenueSymbol('spot', venueSymbol) ?? markets.byVenueSymbol('linear_swap', venueSymbol),
        ),
      );
    },
    tiers: access.sharedReading(),
  };
}
