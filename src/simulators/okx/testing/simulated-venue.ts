/** A simulated OKX with what its tests need: the control API, an independent client, requests by hand. */
import { RestClient } from 'okx-api';
import type { SimulatorOptions } from '../../host.ts';
import {
  requestPairs,
  type Row,
  type Signer,
  type PassphraseChanges,
  type RequestByHand,
} from '../../testing/opened-venues.ts';
import { runVenue, type RunningTestVenue } from '../../testing/running-venue.ts';
import { hmac } from '../../wire/signatures.ts';
import { signedText } from '../signing.ts';

export type Answer = {
  readonly status: number;
  readonly code: string;
  readonly msg: string;
  readonly data: readonly Row[];
};

export interface Changes extends PassphraseChanges {
  readonly expTime?: number;
}

export type SimulatedVenue = RunningTestVenue & {
  readonly client: RestClient;
  /** A signed request, to see status, code and text; `POST` sends its parameters as JSON. `path` is below `/api/v5/`. */
  readonly raw: RequestByHand<Answer, Changes>;
};

export async function simulatedVenue(options: Partial<SimulatorOptions> = {}): Promise<SimulatedVenue> {
  const venue = await runVenue('okx', options);
  const { restUrl, key, secret, passphrase } = venue;
  return {
    ...venue,
    client: new RestClient({
      apiKey: key,
      apiSecret: secret,
      apiPass: passphrase ?? '',
      baseUrl: restUrl,
    }),
    raw: (method, path, parameters = {}, changes = {}) =>
      signedRequest(venue, method, path, parameters, changes),
  };
}

export async function signedRequest(
  signer: Signer,
  method: 'GET' | 'POST',
  path: string,
  parameters: object,
  changes: Changes = {},
): Promise<Answer> {
  const { timestamp = new Date().toISOString(), key = signer.key } = changes;
  const query = new URLSearchParams(requestPairs(parameters)).toString();
  const body = method === 'GET' ? '' : JSON.stringify(parameters);
  const target = `/api/v5/${path}${method === 'GET' && query !== '' ? `?${query}` : ''}`;
  const text = signedText(timestamp, method, target, body);
  const answer = await fetch(`${signer.restUrl}${target}`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(changes.expTime === undefined ? {} : { expTime: String(changes.expTime) }),
      ...(changes.unsigned
        ? {}
        : {
            'OK-ACCESS-KEY': key,
            'OK-ACCESS-PASSPHRASE': changes.passphrase ?? signer.passphrase ?? '',
            'OK-ACCESS-TIMESTAMP': timestamp,
            'OK-ACCESS-SIGN': changes.signature ?? hmac(text, signer.secret, 'base64'),
          }),
    },
    ...(method === 'GET' ? {} : { body }),
  });
  return { ...((await answer.json()) as Omit<Answer, 'status'>), status: answer.status };
}
