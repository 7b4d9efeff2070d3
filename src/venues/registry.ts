/**
 * From the name of a venue to the gateway of an account there.
 *
 * Entry points: `GatewayRegistry`, `capabilitiesOf`, `readKeyPermissions`. The registry keeps the parts that accounts at
 * one address share, so there is one registry a process.
 */
import type { Venue } from '../core/ids.ts';
import type { VenueCapabilities } from '../core/venue/capabilities.ts';
import type { CreateGateway, VenueAdapter } from './adapter.ts';
import { BINANCE } from './binance/gateway.ts';
import { BITGET } from './bitget/gateway.ts';
import { BYBIT } from './bybit/gateway.ts';
import { COINBASE } from './coinbase/gateway.ts';
import type { GatewayOptions } from './connection.ts';
import type { Gateway, ReadAnswer } from './gateway.ts';
import { HTX } from './htx/gateway.ts';
import type { KeyOptions } from './key-inquiry.ts';
import type { KeyPermissions } from './key-permissions.ts';
import { KUCOIN } from './kucoin/gateway.ts';
import { MEXC } from './mexc/gateway.ts';
import { OKX } from './okx/gateway.ts';

/** The venues with a gateway; the others are named by `UnsupportedVenue`. */
export const SUPPORTED_VENUES = [
  'binance',
  'okx',
  'bybit',
  'htx',
  'bitget',
  'coinbase',
  'kucoin',
  'mexc',
] as const satisfies readonly Venue[];
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

const ADAPTERS: Readonly<Record<SupportedVenue, VenueAdapter>> = {
  binance: BINANCE,
  okx: OKX,
  bybit: BYBIT,
  htx: HTX,
  bitget: BITGET,
  coinbase: COINBASE,
  kucoin: KUCOIN,
  mexc: MEXC,
};

function adapterOf(venue: Venue): VenueAdapter {
  if (!isSupported(venue)) throw new UnsupportedVenue(venue);
  return ADAPTERS[venue];
}

/** The capabilities of a venue, without connecting to it. Throws `UnsupportedVenue`. */
export function capabilitiesOf(venue: Venue): VenueCapabilities {
  return adapterOf(venue).capabilities;
}

/** The rights of these keys as the venue states them; null where it does not say. Throws `UnsupportedVenue`. */
export async function readKeyPermissions(
  venue: Venue,
  options: KeyOptions,
): Promise<ReadAnswer<KeyPermissions | null>> {
  return adapterOf(venue).readKeyPermissions(options);
}

export class GatewayRegistry {
  readonly #byAddress = new Map<string, CreateGateway>();

  /** A gateway that is not started. Throws `UnsupportedVenue`. */
  create(venue: Venue, options: GatewayOptions): Gateway {
    const { rest, ws } = options.endpoints;
    const address = `${venue} ${options.mode} ${rest ?? ''} ${ws ?? ''}`;
    let create = this.#byAddress.get(address);
    if (create === undefined) {
      create = adapterOf(venue).atAddress(options);
      this.#byAddress.set(address, create);
    }
    return create(options);
  }
}
