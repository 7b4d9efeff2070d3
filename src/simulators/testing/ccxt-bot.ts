/**
 * A bot on ccxt's own class, as its user configures it: keys, default options, and the addresses of a simulated venue.
 *
 * Entry points: `ccxtBot`; `redirect` alone sends any client of ccxt elsewhere. Production REST URLs stay as they are and only the
 * dispatcher goes elsewhere, because ccxt maps errors by URL; WebSocket URLs keep their path and get another host.
 */
import ccxt, { type Exchange } from 'ccxt';
import type { VenueName } from '../venue-protocol.ts';
import type { RunningTestVenue } from './running-venue.ts';

type Dispatch = (options: object, handler: object) => boolean;
type AgentInstance = { dispatch: Dispatch; close(): Promise<void> };

/** The parts of ccxt that its own types leave open. */
export type Internals = {
  readonly urls: { readonly api: { ws: Record<string, unknown> } };
  fetchDispatcher: { dispatch: Dispatch; close(): Promise<void> };
  undiciModule: { readonly Agent: new () => AgentInstance };
  loadFetchImplementation(): Promise<void>;
  loadHttpProxyAgent(): Promise<unknown>;
};

type AnswerHandler = (
  status: number,
  reason: string,
  url: string,
  method: string,
  ...rest: unknown[]
) => unknown;

export type CcxtBot = {
  readonly client: Exchange;
  /** Requests that the venue answered with 404, as if it had no such endpoint: method and address. */
  readonly unserved: readonly string[];
  readonly close: () => Promise<void>;
};

export type BotSettings = {
  /** ccxt's options beside its defaults, where a user of the venue must set them. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Other credentials than the ready-made account's; null: a client without keys. */
  readonly credentials?: Pick<RunningTestVenue, 'key' | 'secret' | 'passphrase'> | null;
};

/** Addresses that differ from the venue's own in more than the host, where one port serves what the venue has on several. */
const STREAM_ADDRESSES: Partial<Record<VenueName, (wsUrl: string) => Record<string, unknown>>> = {
  // ccxt knows spot by the word "stream" in the URL.
  binance: (wsUrl) => ({ spot: `${wsUrl}/stream/ws` }),
};

/** The caller closes it. */
export async function ccxtBot(
  name: VenueName,
  venue: RunningTestVenue,
  settings: BotSettings = {},
): Promise<CcxtBot> {
  const { options = {}, credentials = venue } = settings;
  const classes = ccxt.pro as unknown as Readonly<Record<string, new (options: object) => Exchange>>;
  const Client = classes[name];
  if (Client === undefined) throw new Error(`ccxt has no class for ${name}`);
  const client = new Client({
    ...(credentials === null
      ? {}
      : {
          apiKey: credentials.key,
          secret: credentials.secret,
          password: credentials.passphrase ?? undefined,
        }),
    enableRateLimit: false,
    // Far beyond what a busy machine needs.
    timeout: 60_000,
    options,
  });
  await redirect(client, venue.restUrl);
  const { api } = (client as unknown as Internals).urls;
  api.ws = withHost(api.ws, venue.wsUrl) as Internals['urls']['api']['ws'];
  Object.assign(api.ws, STREAM_ADDRESSES[name]?.(venue.wsUrl));
  return { client, unserved: unservedBy(client), close: () => closeClient(client) };
}

/** Sends a ccxt client's requests to another address. The caller closes `fetchDispatcher`. */
export async function redirect(client: object, restUrl: string): Promise<void> {
  const internals = client as Internals;
  await internals.loadFetchImplementation();
  const agent = new internals.undiciModule.Agent();
  internals.fetchDispatcher = {
    dispatch: (request: object, handler: object) => agent.dispatch({ ...request, origin: restUrl }, handler),
    close: () => agent.close(),
  };
  // Without this ccxt refuses plain ws:// URLs.
  await internals.loadHttpProxyAgent();
}

/** Closes the client's sockets. */
export async function closeClient(client: object): Promise<void> {
  await (client as Exchange).close();
  await (client as Internals).fetchDispatcher.close();
}

/** The requests that are answered with 404 from now on. */
function unservedBy(client: Exchange): readonly string[] {
  const unserved: string[] = [];
  const seen = client as unknown as { handleErrors: AnswerHandler };
  const handleErrors = seen.handleErrors.bind(client);
  seen.handleErrors = (status, reason, url, method, ...rest) => {
    if (status === 404) unserved.push(`${method} ${url}`);
    return handleErrors(status, reason, url, method, ...rest);
  };
  return unserved;
}

/** The same tree of addresses at another host. */
function withHost(addresses: unknown, wsUrl: string): unknown {
  if (typeof addresses === 'string') return addresses.replace(/^wss?:\/\/[^/]+/, wsUrl);
  return Object.fromEntries(
    Object.entries(addresses as object).map(([name, address]) => [name, withHost(address, wsUrl)]),
  );
}
