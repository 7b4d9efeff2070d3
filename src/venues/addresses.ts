/**
 * Where the requests and streams of an account go.
 *
 * Entry point: `addressesFor`, from a venue's `AddressTable`.
 */
import type { AccountMode } from '../core/ids.ts';
import type { GatewayOptions } from './connection.ts';

/** One set of a venue's hosts. */
export interface AddressSet<StreamName extends string> {
  /** Scheme and host of requests, by a name of the venue's folder; in production those of ccxt's URLs, unless `signedFor` says them. */
  readonly origins: Readonly<Record<string, string>>;
  readonly streams: Readonly<Record<StreamName, string>>;
}

export interface AddressTable<StreamName extends string> {
  readonly production: AddressSet<StreamName>;
  /** With the same names; null for a venue that has no testnet, as its capabilities say. */
  readonly testnet: AddressSet<StreamName> | null;
  /** The origins of ccxt's URLs by the same names, where they are not those of production. */
  readonly signedFor?: AddressSet<StreamName>['origins'];
}

export interface VenueAddresses<StreamName extends string> {
  /** The origins of ccxt's URLs, each with where its requests go instead. */
  readonly origins: Readonly<Record<string, string>>;
  readonly streams: Readonly<Record<StreamName, string>>;
}

/** Overrides replace scheme, host and port; every path stays as it is. Throws for a testnet that the venue does not have. */
export function addressesFor<StreamName extends string>(
  { production, testnet, signedFor = production.origins }: AddressTable<StreamName>,
  mode: AccountMode,
  overrides: GatewayOptions['endpoints'],
): VenueAddresses<StreamName> {
  const target = mode === 'testnet' ? testnet : production;
  if (target === null) throw new Error('the venue has no testnet');
  const origins = Object.entries(signedFor).map(([name, origin]) => {
    const there = overrides.rest ?? target.origins[name];
    if (there === undefined) throw new Error(`no origin ${name}`);
    return [origin, there] as const;
  });
  const streams = Object.entries<string>(target.streams).map(
    ([name, url]) => [name, rebased(url, overrides.ws)] as const,
  );
  return {
    origins: Object.fromEntries(origins),
    // The names are those of the table.
    streams: Object.fromEntries(streams) as Record<StreamName, string>,
  };
}

function rebased(url: string, origin: string | null): string {
  return origin === null ? url : `${origin}${new URL(url).pathname}`;
}
