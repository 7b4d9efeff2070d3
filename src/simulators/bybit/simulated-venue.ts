/** A simulated Bybit with what its tests need: the control API, an independent client, requests by hand. */
import { RestClientV5 } from 'bybit-api';
import { runSimulators, type SimulatorOptions } from '../host.ts';
import { sign, signedText } from './signing.ts';

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

export type SimulatedVenue = {
  readonly restUrl: string;
  readonly wsUrl: string;
  readonly key: string;
  readonly secret: string;
  readonly client: RestClientV5;
  /** A call of the control API; throws when it is refused. */
  readonly control: (method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown) => Promise<unknown>;
  /** A signed request, to see status, code and text; `POST` sends its parameters as JSON. */
  readonly raw: (
    method: 'GET' | 'POST',
    path: string,
    parameters?: object,
    changes?: Changes,
  ) => Promise<Answer>;
  /** Pins a market at a price. */
  readonly price: (symbol: string, value: string) => Promise<void>;
  readonly close: () => Promise<void>;
};

export async function simulatedVenue(options: Partial<SimulatorOptions> = {}): Promise<SimulatedVenue> {
  const simulators = await runSimulators({ controlPort: 0, venues: ['bybit'], ...options });
  const venue = simulators.venues.get('bybit');
  if (venue === undefined) throw new Error('bybit is not being simulated');
  const { restUrl, wsUrl } = venue.urls;
  const { key, secret } = venue.paperCredentials;
  const control: SimulatedVenue['control'] = async (method, path, body) => {
    const answer = await fetch(`${simulators.controlUrl}/control/bybit/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
    return JSON.parse(text);
  };
  return {
    restUrl,
    wsUrl,
    key,
    secret,
    client: new RestClientV5({ key, secret, baseUrl: restUrl }),
    control,
    raw: (method, path, parameters = {}, changes = {}) =>
      signedRequest({ restUrl, key, secret }, method, path, parameters, changes),
    price: async (symbol, value) => {
      await control('POST', 'price', { symbol, price: value, hold: true });
    },
    close: () => simulators.close(),
  };
}

export async function signedRequest(
  signer: Pick<SimulatedVenue, 'restUrl' | 'key' | 'secret'>,
  method: 'GET' | 'POST',
  path: string,
  parameters: object,
  changes: Changes = {},
): Promise<Answer> {
  const { timestamp = Date.now(), receiveWindow = '5000', key = signer.key } = changes;
  const query = new URLSearchParams(
    Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
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
              'X-BAPI-SIGN': changes.signature ?? sign(text, signer.secret),
            }),
      },
      ...(method === 'GET' ? {} : { body: payload }),
    },
  );
  const body = (await answer.json()) as Pick<Answer, 'retCode' | 'retMsg' | 'result' | 'retExtInfo'>;
  return { ...body, status: answer.status, headers: answer.headers };
}
