/** A simulated HTX with what its tests need: the control API, an independent client of each of its APIs, requests by hand. */
import { FuturesClient, SpotClient } from 'htx-api';
import type { SimulatorOptions } from '../../host.ts';
import { runVenue, type RunningTestVenue } from '../../testing/running-venue.ts';
import { hmac } from '../../wire/signatures.ts';
import { pairsOf, signedText, timeText } from '../signing.ts';

export type Row = Record<string, unknown>;
export type Answer = Row & { readonly status: unknown; readonly httpStatus: number };

/** The parts of a request by hand that differ from an ordinary one. */
export interface Changes {
  readonly timestamp?: string;
  readonly signature?: string;
  readonly key?: string;
  readonly host?: string;
  readonly version?: string;
  readonly unsigned?: true;
}

export interface Signer {
  readonly restUrl: string;
  readonly key: string;
  readonly secret: string;
}

export type SimulatedVenue = RunningTestVenue & {
  readonly client: SpotClient;
  readonly contracts: FuturesClient;
  /** A signed request, to see status, code and text; `POST` sends its parameters as JSON. */
  readonly raw: (
    method: 'GET' | 'POST',
    path: string,
    parameters?: Row | readonly Row[],
    changes?: Changes,
  ) => Promise<Answer>;
};

export async function simulatedVenue(options: Partial<SimulatorOptions> = {}): Promise<SimulatedVenue> {
  const venue = await runVenue('htx', options);
  const { restUrl: baseUrl, key: apiKey, secret: apiSecret } = venue;
  // Of an address without TLS it takes the scheme for the host that it signs over.
  const host = { baseDomain: new URL(baseUrl).host };
  return {
    ...venue,
    client: Object.assign(new SpotClient({ apiKey, apiSecret, baseUrl }), host),
    contracts: Object.assign(new FuturesClient({ apiKey, apiSecret, baseUrl }), host),
    raw: (method, path, parameters = {}, changes = {}) =>
      signedRequest(venue, method, path, parameters, changes),
  };
}

export async function signedRequest(
  { restUrl, key, secret }: Signer,
  method: 'GET' | 'POST',
  path: string,
  parameters: Row | readonly Row[],
  changes: Changes = {},
): Promise<Answer> {
  const fields = {
    ...(changes.unsigned
      ? {}
      : {
          AccessKeyId: changes.key ?? key,
          SignatureMethod: 'HmacSHA256',
          SignatureVersion: changes.version ?? '2',
          Timestamp: changes.timestamp ?? timeText(Date.now()),
        }),
    ...(method === 'GET'
      ? Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)]))
      : {}),
  };
  const pairs = pairsOf(fields);
  const text = signedText(method, changes.host ?? new URL(restUrl).host, path, pairs);
  const signature = changes.signature ?? hmac(text, secret, 'base64');
  const signed = changes.unsigned ? [] : [`Signature=${encodeURIComponent(signature)}`];
  const answer = await fetch(`${restUrl}${path}?${[...pairs, ...signed].join('&')}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(method === 'GET' ? {} : { body: JSON.stringify(parameters) }),
  });
  const body = (await answer.json()) as Row;
  return { ...body, status: body['status'], httpStatus: answer.status };
}
