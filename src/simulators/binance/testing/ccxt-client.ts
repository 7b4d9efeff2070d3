/**
 * A real ccxt `pro.binance` on a simulated venue, for the tests of this folder.
 *
 * Production REST URLs stay as they are and only the dispatcher goes elsewhere, because ccxt maps errors by URL.
 * WebSocket URLs are set; spot's goes by `/stream/ws`, since ccxt knows spot by the word "stream" in the URL.
 */
import ccxt from 'ccxt';

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

export type BinanceClient = InstanceType<typeof ccxt.pro.binance>;

export type ClientOptions = {
  readonly restUrl: string;
  readonly wsUrl: string;
  readonly key: string;
  readonly secret: string;
};

/** The caller closes it with `closeClient`. */
export async function ccxtClient(options: ClientOptions): Promise<BinanceClient> {
  const client = new ccxt.pro.binance({
    apiKey: options.key,
    secret: options.secret,
    enableRateLimit: false,
  });
  await redirect(client, options.restUrl);
  const { ws } = (client as unknown as Internals).urls.api;
  ws['spot'] = `${options.wsUrl}/stream/ws`;
  ws['future'] = `${options.wsUrl}/ws`;
  ws['ws-api'] = { spot: `${options.wsUrl}/ws-api/v3`, future: `${options.wsUrl}/ws-fapi/v1` };
  return client;
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
export async function closeClient(client: BinanceClient): Promise<void> {
  await client.close();
  const dispatcher = (client as unknown as Internals).fetchDispatcher as { close(): Promise<void> };
  await dispatcher.close();
}
