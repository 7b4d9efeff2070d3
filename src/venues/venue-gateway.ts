/**
 * Puts the gateway of an account together from what a venue's folder provides.
 *
 * Entry points: `VenueParts`, `createGateway`, `venueAdapter`. Orders go out through the venue's own endpoints, signed and carried by
 * ccxt, not through ccxt's unified calls: those cut figures to a precision of their own and hide the raw answer that an outcome is
 * read from.
 */
import type { WalletDeclaration } from '../core/balance/wallet.ts';
import type { InstrumentKind } from '../core/instrument.ts';
import type { PositionMode } from '../core/venue/setting.ts';
import type { VenueCapabilities } from '../core/venue/capabilities.ts';
import type { AccessOptions, VenueAccess } from './access.ts';
import { AccountGateway } from './account-gateway.ts';
import type { VenueAdapter } from './adapter.ts';
import type { Allowances } from './allowance.ts';
import { DEFAULT_BREAKER } from './breaker.ts';
import type { NamedEndpoint } from './ccxt/exchange.ts';
import { connectAccount } from './connect.ts';
import type { ConnectRequest, ConnectedAccount } from './connected-account.ts';
import type { GatewayOptions } from './connection.ts';
import type { Gateway, Lane } from './gateway.ts';
import { MarketsOfKinds, Names } from './markets.ts';
import { Quotes } from './quotes.ts';
import type { QuoteFeed } from './quotes.ts';
import { VenueRequests } from './requests.ts';
import type { RequestRules } from './requests.ts';
import type { VenueClock } from './venue-clock.ts';

/** One account that is being connected: what its orders, readings and settings work with. */
export interface VenueAccount<Endpoint extends NamedEndpoint, Access extends VenueAccess> {
  readonly options: GatewayOptions;
  readonly kinds: readonly InstrumentKind[];
  readonly access: Access;
  readonly clock: VenueClock;
  readonly requests: VenueRequests<Endpoint>;
  readonly names: Readonly<Record<InstrumentKind, Names>>;
}

/** The position mode as it was last read or stated; null before. For venues whose executions or positions do not name it, and mean one by it. */
export interface KnownMode {
  value: PositionMode | null;
}

/** The parts of an account that differ between venues. */
export interface AccountParts extends Pick<
  ConnectedAccount,
  'orders' | 'readings' | 'settings' | 'marketData' | 'privateStreams'
> {
  readonly quoteFeed: QuoteFeed;
}

/** How the requests of one account are put. */
export interface RequestSetting<Access extends VenueAccess> {
  readonly access: Access;
  readonly kinds: readonly InstrumentKind[];
  /** Share of the allowances for new orders. */
  readonly orderShare: number;
}

/** One venue, as its folder provides it. */
export interface VenueParts<Endpoint extends NamedEndpoint, Access extends VenueAccess> {
  readonly capabilities: VenueCapabilities;
  readonly wallets: readonly WalletDeclaration[];
  readonly openAccess: (options: AccessOptions) => Access;
  readonly requests: (setting: RequestSetting<Access>) => {
    readonly rules: RequestRules<Endpoint>;
    readonly allowances: Allowances;
  };
  /** Reads the instruments of a kind into the access, unless an account did less than `maxAgeMs` ago. */
  readonly loadMarkets: (
    access: Access,
    requests: VenueRequests<Endpoint>,
    kind: InstrumentKind,
    maxAgeMs: number,
    lane: Lane,
  ) => Promise<void>;
  /**
   * Tries the keys by a signed reading, so that bad ones are found before an order is, and makes the parts. The markets are loaded by
   * then. Rejects with `ReadFailure` or `MalformedAnswer`.
   */
  readonly assemble: (
    account: VenueAccount<Endpoint, Access>,
    request: ConnectRequest,
  ) => Promise<AccountParts>;
}

/** Listings, filters and trading states change; the first account that finds them old reads them for all. */
const MARKETS_EVERY_MS = 60 * 60 * 1_000;

/** `access` is what the accounts at one address share. */
export function createGateway<Endpoint extends NamedEndpoint, Access extends VenueAccess>(
  parts: VenueParts<Endpoint, Access>,
  options: GatewayOptions,
  access: Access,
): Gateway {
  return new AccountGateway(options, {
    capabilities: parts.capabilities,
    wallets: parts.wallets,
    clock: access.clock,
    connect: async (request) => connect(parts, options, access, request),
  });
}

/** The venue as the registry knows it. */
export function venueAdapter<Endpoint extends NamedEndpoint, Access extends VenueAccess>(
  parts: VenueParts<Endpoint, Access>,
  readKeyPermissions: VenueAdapter['readKeyPermissions'],
): VenueAdapter {
  return {
    capabilities: parts.capabilities,
    atAddress: (address) => {
      const access = parts.openAccess(address);
      return (options) => createGateway(parts, options, access);
    },
    readKeyPermissions,
  };
}

async function connect<Endpoint extends NamedEndpoint, Access extends VenueAccess>(
  parts: VenueParts<Endpoint, Access>,
  options: GatewayOptions,
  access: Access,
  request: ConnectRequest,
): Promise<ConnectedAccount> {
  const { kinds, listener, timeouts } = request;
  const { clock, platform } = access;
  const { credentials, orderShare = 1, breaker = DEFAULT_BREAKER } = options;
  const loadMarkets = async (requests: VenueRequests<Endpoint>, lane: Lane): Promise<void> => {
    await Promise.all(
      kinds.map(async (kind) => parts.loadMarkets(access, requests, kind, MARKETS_EVERY_MS, lane)),
    );
  };
  return connectAccount(
    {
      venue: parts.capabilities.venue,
      platform,
      credentials,
      clock,
      origins: access.addresses.origins,
      requests: (calls) =>
        new VenueRequests({
          ...parts.requests({ access, kinds, orderShare }),
          calls,
          clock,
          kinds,
          timeouts,
          breaker,
          random: () => platform.random(),
        }),
      assemble: async (requests) => {
        await loadMarkets(requests, 'look_up');
        const markets = new MarketsOfKinds(access.markets, kinds);
        const names = { spot: new Names(markets, 'spot'), linear_swap: new Names(markets, 'linear_swap') };
        const { quoteFeed, ...made } = await parts.assemble(
          { options, kinds, access, clock, requests, names },
          request,
        );
        const positionMode = kinds.includes('linear_swap')
          ? await made.readings.positionMode('look_up')
          : null;
        return {
          ...made,
          markets,
          positionMode,
          // Made last: they have a timer.
          quotes: new Quotes({ feed: quoteFeed, clock, markets, listener }),
          readMarkets: async () => loadMarkets(requests, 'poll'),
        };
      },
    },
    request,
  );
}
