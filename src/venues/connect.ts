/**
 * Connects one account to its venue, in the order that every venue shares.
 *
 * Entry point: `connectAccount`. The clock is measured first, because everything that is signed rests on it. The
 * rest (markets, a trial of the keys, the parts of the account) is a function of the venue's folder.
 *
 * Invariant: a connection that fails on the way leaves no socket, timer or waiting request behind.
 */
import type { Venue } from '../core/ids.ts';
import { VenueCalls } from './ccxt/call.ts';
import type { NamedEndpoint } from './ccxt/exchange.ts';
import type { ConnectRequest, ConnectedAccount } from './connected-account.ts';
import type { GatewayOptions } from './connection.ts';
import type { Platform } from './platform.ts';
import type { VenueRequests } from './requests.ts';
import type { VenueClock } from './venue-clock.ts';

/** Idle connections are closed well before the venue would. */
const KEEP_ALIVE_MS = 20_000;

export interface AccountConnection<Endpoint extends NamedEndpoint> {
  readonly venue: Venue;
  readonly platform: Platform;
  readonly credentials: GatewayOptions['credentials'];
  readonly clock: VenueClock;
  /** The venue's production origins, each with where its requests go instead. */
  readonly origins: Readonly<Record<string, string>>;
  readonly requests: (calls: VenueCalls) => VenueRequests<Endpoint>;
  /** Loads the markets, tries the keys, puts the account together. */
  readonly assemble: (
    requests: VenueRequests<Endpoint>,
  ) => Promise<Omit<ConnectedAccount, 'requests' | 'disconnect'>>;
}

/** Rejects with `ReadFailure` or `MalformedAnswer` when the venue cannot be reached or refuses the keys. */
export async function connectAccount<Endpoint extends NamedEndpoint>(
  connection: AccountConnection<Endpoint>,
  { kinds, timeouts }: ConnectRequest,
): Promise<ConnectedAccount> {
  const { clock, credentials, origins, platform, venue } = connection;
  const calls = await VenueCalls.open({
    venue,
    platform,
    credentials,
    venueNow: () => clock.now(),
    origins,
    keepAliveMs: KEEP_ALIVE_MS,
    connectTimeoutMs: timeouts.connectMs,
  });
  const requests = connection.requests(calls);
  try {
    const [firstKind] = kinds;
    if (firstKind !== undefined) await requests.venueTime(firstKind, 'look_up');
    const account = await connection.assemble(requests);
    return { ...account, requests, disconnect: async () => calls.close() };
  } catch (error) {
    requests.close();
    await calls.close();
    throw error;
  }
}
