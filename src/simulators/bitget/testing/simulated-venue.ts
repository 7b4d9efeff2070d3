/** A simulated Bitget with what its tests need: the control API, an independent client, requests by hand. */
import { RestClientV3 } from 'bitget-api';
import type { SimulatorOptions } from '../../host.ts';
import {
  requestPairs,
  type Signer,
  type PassphraseChanges,
  type RequestByHand,
} from '../../testing/opened-venues.ts';
import { runVenue, type RunningTestVenue } from '../../testing/running-venue.ts';
import { hmac } from '../../wire/signatures.ts';
import { signedText } from '../signing.ts';

export type Answer = {
  readonly status: number;
  readonly code: unknown;
  readonly msg: unknown;
  readonly requestTime: unknown;
  readonly data: unknown;
};

export type Changes = PassphraseChanges;

export type SimulatedVenue = RunningTestVenue & {
  readonly client: RestClientV3;
  /** A signed request, to see status, code and text; `POST` sends its parameters as JSON. `path` is below `/api/v3/`. */
  readonly raw: RequestByHand<Answer, Changes>;
};

export async function simulatedVenue(options: Partial<SimulatorOptions> = {}): Promise<SimulatedVenue> {
  const venue = await runVenue('bitget', options);
  const { restUrl, key, secret, passphrase } = venue;
  return {
    ...venue,
    client: new RestClientV3({
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
  name: string,
  parameters: object,
  changes: Changes = {},
): Promise<Answer> {
  const { timestamp = String(Date.now()), key = signer.key } = changes;
  const query = method === 'POST' ? '' : new URLSearchParams(requestPairs(parameters)).toString();
  const body = method === 'GET' ? '' : JSON.stringify(parameters);
  const path = `/api/v3/${name}`;
  const text = signedText(timestamp, method, path, query, body);
  const answer = await fetch(`${signer.restUrl}${path}${query === '' ? '' : `?${query}`}`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(changes.unsigned
        ? {}
        : {
            'ACCESS-KEY': key,
            'ACCESS-PASSPHRASE': changes.passphrase ?? signer.passphrase ?? '',
            'ACCESS-TIMESTAMP': timestamp,
            'ACCESS-SIGN': changes.signature ?? hmac(text, signer.secret, 'base64'),
          }),
    },
    ...(method === 'GET' ? {} : { body }),
  });
  return { ...((await answer.json()) as Omit<Answer, 'status'>), status: answer.status };
}
