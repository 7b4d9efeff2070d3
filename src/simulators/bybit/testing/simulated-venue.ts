/** A simulated Bybit with what its tests need: the control API, an independent client, requests by hand. */
import { RestClientV5 } from 'bybit-api';
import type { SimulatorOptions } from '../../host.ts';
import { requestPairs, type Signer, type RequestByHand } from '../../testing/opened-venues.ts';
import { runVenue, type RunningTestVenue } from '../../testing/running-venue.ts';
import { hmac } from '../../wire/signatures.ts';
import { signedText } from '../signing.ts';

export type Answer = {
  readonly status: number;
  readonly retCode: unknown;
  readonly retMsg: unknown;
  readonly result: Record<string, unknown>;
  readonly retExtInfo: unknown;
  readonly headers: Headers;
};

/** The parts of a request by hand that differ from an ordinary one. */
export type Changes = {
  readonly timestamp?: number;
  readonly receiveWindow?: string;
  readonly signature?: string;
  readonly key?: string;
  readonly unsigned?: true;
};

export type SimulatedVenue = RunningTestVenue & {
  readonly client: RestClientV5;
  /** A signed request, to see status, code and text; `POST` sends its parameters as JSON. */
  readonly raw: RequestByHand<Answer, Changes>;
};

export async function simulatedVenue(options: Partial<SimulatorOptions> = {}): Promise<SimulatedVenue> {
  const venue = await runVenue('bybit', options);
  const { restUrl, key, secret } = venue;
  return {
    ...venue,
    client: new RestClientV5({ key, secret, baseUrl: restUrl }),
    raw: (method, path, parameters = {}, changes = {}) =>
      signedRequest({ restUrl, key, secret }, method, path, parameters, changes),
  };
}

export async function signedRequest(
  signer: Omit<Signer, 'passphrase'>,
  method: 'GET' | 'POST',
  path: string,
  parameters: object,
  changes: Changes = {},
): Promise<Answer> {
  const { timestamp = Date.now(), receiveWindow = '5000', key = signer.key } = changes;
  const query = new URLSearchParams(requestPairs(parameters)).toString();
  const payload = method === 'GET' ? query : JSON.stringify(parameters);
  const text = signedText(String(timestamp), key, receiveWindow, payload);
  const answer = await fetch(
    `${signer.restUrl}${path}${method === 'GET' && query !== '' ? `?${query}` : ''}`,
    {
      method,
      headers: {
        'content-type': 'application/json',
        ...(changes.unsigned
          ? {}
          : {
              'X-BAPI-API-KEY': key,
              'X-BAPI-TIMESTAMP': String(timestamp),
              'X-BAPI-RECV-WINDOW': receiveWindow,
              'X-BAPI-SIGN': changes.signature ?? hmac(text, signer.secret),
            }),
      },
      ...(method === 'GET' ? {} : { body: payload }),
    },
  );
  const body = (await answer.json()) as Pick<Answer, 'retCode' | 'retMsg' | 'result' | 'retExtInfo'>;
  return { ...body, status: answer.status, headers: answer.headers };
}
