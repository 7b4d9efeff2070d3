/** A simulated KuCoin with what its tests need: the control API, the official client, requests by hand. */
import {
  ClientOptionBuilder,
  DefaultClient,
  TransportOptionBuilder,
  WebSocketClientOptionBuilder,
} from 'kucoin-universal-sdk';
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
  readonly code: string;
  readonly msg: unknown;
  readonly data: unknown;
  readonly headers: Headers;
  readonly text: string;
};

export interface Changes extends PassphraseChanges<number> {
  readonly version?: string;
}

export type SimulatedVenue = RunningTestVenue & {
  /** The official client, which writes its version to the log when it is made. */
  readonly client: () => DefaultClient;
  /** A signed request, to see status, code and text; `POST` sends its parameters as JSON. `path` is below `/api/`. */
  readonly raw: RequestByHand<Answer, Changes, 'GET' | 'POST' | 'DELETE'>;
};

export async function simulatedVenue(options: Partial<SimulatorOptions> = {}): Promise<SimulatedVenue> {
  const venue = await runVenue('kucoin', options);
  const { restUrl, key, secret, passphrase } = venue;
  const settings = new ClientOptionBuilder()
    .setKey(key)
    .setSecret(secret)
    .setPassphrase(passphrase ?? '')
    .setSpotEndpoint(restUrl)
    .setFuturesEndpoint(restUrl)
    .setTransportOption(new TransportOptionBuilder().setKeepAlive(false).setMaxRetries(1).build())
    .setWebSocketClientOption(new WebSocketClientOptionBuilder().withReconnect(false).build())
    .build();
  return {
    ...venue,
    client: () => new DefaultClient(settings),
    raw: (method, path, parameters = {}, changes = {}) =>
      signedRequest(venue, method, path, parameters, changes),
  };
}

export async function signedRequest(
  signer: Signer,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  parameters: object,
  changes: Changes = {},
): Promise<Answer> {
  const { timestamp = Date.now(), key = signer.key, version = '3' } = changes;
  const passphrase = changes.passphrase ?? signer.passphrase ?? '';
  const isList = Array.isArray(parameters);
  const query = isList ? '' : new URLSearchParams(requestPairs(parameters)).toString();
  const target = `/api/${path}${method !== 'POST' && query !== '' ? `?${query}` : ''}`;
  const body = method === 'POST' ? JSON.stringify(parameters) : '';
  const text = signedText(String(timestamp), method, target, body);
  const answer = await fetch(`${signer.restUrl}${target}`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(changes.unsigned
        ? {}
        : {
            'KC-API-KEY': key,
            'KC-API-SIGN': changes.signature ?? hmac(text, signer.secret, 'base64'),
            'KC-API-TIMESTAMP': String(timestamp),
            'KC-API-PASSPHRASE': hmac(passphrase, signer.secret, 'base64'),
            'KC-API-KEY-VERSION': version,
          }),
    },
    ...(method === 'POST' ? { body } : {}),
  });
  const json = await answer.text();
  const parsed = JSON.parse(json) as Pick<Answer, 'code' | 'msg' | 'data'>;
  return { ...parsed, status: answer.status, headers: answer.headers, text: json };
}
