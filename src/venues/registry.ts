/**
 * From the name of a venue to the gateway of an account there.
 *
 * Entry points: `GatewayRegistry`, `capabilitiesOf`, `readKeyPermissions`. It keeps what accounts at one address share, so there is one registry a process.
 */
import type { Venue } from '../core/ids.ts';
import type { VenueCapabilities } from '../core/venue/capabilities.ts';
import { BinanceAccess } from './binance/access.ts';
import { BINANCE_CAPABILITIES } from './binance/capabilities.ts';
import { createBinanceGateway } from './binance/gateway.ts';
import { readBinanceKeyPermissions } from './binance/key-check.ts';
import type { GatewayOptions } from './connection.ts';
import type { Gateway, ReadAnswer } from './gateway.ts';
import type { KeyPermissions } from './key-permissions.ts';

/** The venues with a gateway; the others are named by `UnsupportedVenue`. */
export const SUPPORTED_VENUES = ['binance'] as const satisfies readonly Venue[];
export type SupportedVenue = (typeof SUPPORTED_VENUES)[number];

export class UnsupportedVenue extends Error {
  override readonly name = 'UnsupportedVenue';

  constructor(venue: Venue) {
    super(`venue ${venue} is not supported yet; supported: ${SUPPORTED_VENUES.join(', ')}`);
  }
}

export function isSupported(venue: Venue): venue is SupportedVenue {
  return SUPPORTED_VENUES.some((supported) => supported === venue);
}

/** What a venue can do, without connecting to it. Throws `UnsupportedVenue`. */
export function capabilitiesOf(venue: Venue): VenueCapabilities {
  if (!isSupported(venue)) throw new UnsupportedVenue(venue);
  switch (venue) {
    case 'binance':
      return BINANCE_CAPABILITIES;
  }
}

/** What the venue says these keys may do; null where it does not say. Throws `UnsupportedVenue`. */
export async function readKeyPermissions(
  venue: Venue,
  options: Pick<GatewayOptions, 'mode' | 'credentials' | 'endpoints' | 'timeouts' | 'now'>,
): Promise<ReadAnswer<KeyPermissions | null>> {
  if (!isSupported(venue)) throw new UnsupportedVenue(venue);
  switch (venue) {
    case 'binance':
      return readBinanceKeyPermissions(options);
  }
}

export class GatewayRegistry {
  readonly #binance = new Map<string, BinanceAccess>();

  /** A gateway that is not started. Throws `UnsupportedVenue`. */
  create(venue: Venue, options: GatewayOptions): Gateway {
    if (!isSupported(venue)) throw new UnsupportedVenue(venue);
    switch (venue) {
      case 'binance':
        return createBinanceGateway(options, this.#binanceAccess(options));
    }
  }

  #binanceAccess(options: GatewayOptions): BinanceAccess {
    const address = `${options.mode} ${options.endpoints.rest ?? ''} ${options.endpoints.ws ?? ''}`;
    let access = this.#binance.get(address);
    if (access === undefined) {
      access = new BinanceAccess(options);
      this.#binance.set(address, access);
    }
    return access;
  }
}
