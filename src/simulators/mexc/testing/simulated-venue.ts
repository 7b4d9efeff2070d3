/** A simulated MEXC with what its tests need: the control API, an independent client, requests by hand. */
import ccxt from 'ccxt';
import type { SimulatorOptions } from '../../host.ts';
import { closeClient, redirect, type Internals } from '../../testing/ccxt-bot.ts';
import { requestPairs, type Row, type Signer } from '../../testing/opened-venues.ts';
import { runVenue, type RunningTestVenue } from '../../testing/running-venue.ts';
import { hmac } from '../../wire/signatures.ts';
import { signedText as futuresText } from '../futures/access.ts';
import { signedText as spotText } from '../spot/access.ts';

export interface SpotAnswer {
  readonly status: number;
  readonly body: Row;
  readonly headers: Headers;
}

export interface FuturesAnswer {
  readonly status: number;
  readonly success: boolean;
  readonly code: number;
  readonly message?: string;
  readonly data?: unknown;
  /** As it was sent: figures stand bare in it. */
  readonly text: string;
}

/** The parts of a request by hand that differ from an ordinary one. */
export interface Changes {
  readonly timestamp?: number;
  readonly recvWindow?: string;
  readonly signature?: string;
  readonly key?: string;
  /** Spot: where the parameters go; default the query string. */
  readonly place?: 'query' | 'body' | 'json' | 'both';
}

export type MexcClient = InstanceType<typeof ccxt.pro.mexc>;

export type SimulatedVenue = RunningTestVenue & {
  readonly client: MexcClient;
  readonly spot: (method: string, path: string, parameters?: Row, changes?: Changes) => Promise<SpotAnswer>;
  readonly futures: (
    method: 'GET' | 'POST',
    path: string,
    parameters?: Row | readonly unknown[],
    changes?: Changes,
  ) => Promise<FuturesAnswer>;
};

export async function simulatedVenue(options: Partial<SimulatorOptions> = {}): Promise<SimulatedVenue> {
  const venue = await runVenue('mexc', options);
  const client = await ccxtClient(venue);
  return {
    ...venue,
    client,
    spot: (method, path, parameters = {}, changes = {}) =>
      spotRequest(venue, method, path, parameters, changes),
    futures: (method, path, parameters = {}, changes = {}) =>
      futuresRequest(venue, method, path, parameters, changes),
    close: async () => {
      await closeClient(client);
      await venue.close();
    },
  };
}

/** The class of ccxt with its streams and its own reader of protobuf. */
async function ccxtClient({ restUrl, wsUrl, key, secret }: RunningTestVenue): Promise<MexcClient> {
  const client = new ccxt.pro.mexc({ apiKey: key, secret, enableRateLimit: false });
  await redirect(client, restUrl);
  const { ws } = (client as unknown as Internals).urls.api;
  ws['spot'] = `${wsUrl}/ws`;
  ws['swap'] = `${wsUrl}/edge`;
  return client;
}

/** `path` is below `/api/v3/`. */
export async function spotRequest(
  signer: Omit<Signer, 'passphrase'>,
  method: string,
  path: string,
  parameters: Row = {},
  changes: Changes = {},
): Promise<SpotAnswer> {
  const { timestamp = Date.now(), recvWindow, place = 'query' } = changes;
  const own = requestPairs(parameters);
  const timing: [string, string][] = [
    ...(recvWindow === undefined ? [] : [['recvWindow', recvWindow] as [string, string]]),
    ['timestamp', String(timestamp)],
  ];
  const queried = place === 'query' ? [...own, ...timing] : place === 'both' ? own : [];
  const sent = place === 'query' ? [] : place === 'both' ? timing : [...own, ...timing];
  const body =
    place === 'json' ? JSON.stringify(Object.fromEntries(sent)) : new URLSearchParams(sent).toString();
  const query = new URLSearchParams(queried).toString();
  const signature = changes.signature ?? hmac(spotText(query, body), signer.secret);
  const signed = `${query}${query === '' ? '' : '&'}signature=${signature}`;
  const answer = await fetch(`${signer.restUrl}/api/v3/${path}?${signed}`, {
    method,
    headers: {
      'X-MEXC-APIKEY': changes.key ?? signer.key,
      'content-type': place === 'json' ? 'application/json' : 'application/x-www-form-urlencoded',
    },
    ...(place === 'query' ? {} : { body }),
  });
  return { status: answer.status, body: (await answer.json()) as Row, headers: answer.headers };
}

/** `path` is below `/api/v1/private/`. */
export async function futuresRequest(
  signer: Omit<Signer, 'passphrase'>,
  method: 'GET' | 'POST',
  path: string,
  parameters: Row | readonly unknown[] = {},
  changes: Changes = {},
): Promise<FuturesAnswer> {
  const { timestamp = Date.now(), key = signer.key } = changes;
  const isGet = method === 'GET';
  const pairs = Object.entries(parameters)
    .map(([name, value]): [string, string] => [name, String(value)])
    .toSorted(([left], [right]) => (left < right ? -1 : 1));
  const payload = isGet ? new URLSearchParams(pairs).toString() : JSON.stringify(parameters);
  const signature = changes.signature ?? hmac(futuresText(key, String(timestamp), payload), signer.secret);
  const target = `${signer.restUrl}/api/v1/private/${path}${isGet && payload !== '' ? `?${payload}` : ''}`;
  const answer = await fetch(target, {
    method,
    headers: {
      ApiKey: key,
      'Request-Time': String(timestamp),
      Signature: signature,
      'content-type': 'application/json',
      ...(changes.recvWindow === undefined ? {} : { 'Recv-Window': changes.recvWindow }),
    },
    ...(isGet ? {} : { body: payload }),
  });
  const text = await answer.text();
  return { ...(JSON.parse(text) as Omit<FuturesAnswer, 'status' | 'text'>), status: answer.status, text };
}
