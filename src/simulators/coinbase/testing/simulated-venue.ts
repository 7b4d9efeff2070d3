/** A simulated Coinbase with what its tests need: the control API, an independent client, requests by hand, messages of its streams. */
import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import { CBAdvancedTradeClient } from 'coinbase-api';
import { WebSocket } from 'ws';
import { systemClock, type Clock } from '../../clock.ts';
import type { SimulatorOptions } from '../../host.ts';
import type { RequestByHand } from '../../testing/opened-venues.ts';
import { runVenue, type RunningTestVenue } from '../../testing/running-venue.ts';

export type Json = Record<string, unknown>;

export type Answer = {
  readonly status: number;
  readonly text: string;
  /** Of an answer that is JSON; else empty. */
  readonly json: Json;
  readonly headers: Headers;
};

/** The parts of a request by hand that differ from an ordinary one. */
export type Changes = {
  readonly claims?: Json;
  readonly key?: string;
  readonly privateKey?: KeyObject;
  readonly unsigned?: true;
  readonly headers?: Record<string, string>;
};

export type SimulatedVenue = RunningTestVenue & {
  readonly client: CBAdvancedTradeClient;
  /** A signed request, to see status and text; the path is below `/api/v3/brokerage`, and `POST` sends JSON. */
  readonly raw: RequestByHand<Answer, Changes>;
  /** The token of a message of the streams. */
  readonly streamToken: (changes?: Changes) => string;
};

/** Time that a test moves: what sleeps looks again every few milliseconds. */
export function movedClock(time: { nowMs: number }): Clock {
  return {
    nowMs: () => time.nowMs,
    sleep: (durationMs, signal) => systemClock.sleep(Math.min(durationMs, 5), signal),
  };
}

export async function simulatedVenue(options: Partial<SimulatorOptions> = {}): Promise<SimulatedVenue> {
  const venue = await runVenue('coinbase', options);
  const { restUrl, key, secret } = venue;
  const nowMs = (): number => (options.clock ?? systemClock).nowMs();
  return {
    ...venue,
    client: new CBAdvancedTradeClient({ apiKey: key, apiSecret: secret, baseUrl: restUrl }),
    raw: (method, path, parameters = {}, changes = {}) =>
      request({ restUrl, key, secret, nowMs }, method, path, parameters, changes),
    streamToken: (changes = {}) => token({ key, secret, nowMs }, null, changes),
  };
}

interface Signer {
  readonly key: string;
  readonly secret: string;
  readonly nowMs: () => number;
}

/** A token as the venue's documentation has it, with `changes`. */
export function token(signer: Signer, uri: string | null, changes: Changes): string {
  const { key = signer.key, privateKey = createPrivateKey(signer.secret), claims = {} } = changes;
  const isEd25519 = privateKey.asymmetricKeyType === 'ed25519';
  const seconds = Math.floor(signer.nowMs() / 1000);
  const encoded = (part: Json): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const head = encoded({ alg: isEd25519 ? 'EdDSA' : 'ES256', typ: 'JWT', kid: key, nonce: 'once' });
  const body = encoded({
    sub: key,
    iss: 'cdp',
    nbf: seconds,
    exp: seconds + 120,
    ...(uri === null ? {} : { uri }),
    ...claims,
  });
  const text = Buffer.from(`${head}.${body}`);
  const signature = isEd25519
    ? sign(null, text, privateKey)
    : sign('sha256', text, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${head}.${body}.${signature.toString('base64url')}`;
}

async function request(
  signer: Signer & { readonly restUrl: string },
  method: 'GET' | 'POST',
  path: string,
  parameters: object,
  changes: Changes,
): Promise<Answer> {
  const query = new URLSearchParams(
    Object.entries(parameters).flatMap(([name, value]): [string, string][] =>
      (Array.isArray(value) ? value : [value]).map((one) => [name, String(one)]),
    ),
  ).toString();
  const whole = path.startsWith('/v2') ? path : `/api/v3/brokerage${path}`;
  const uri = `${method} api.coinbase.com${whole}`;
  const answer = await fetch(
    `${signer.restUrl}${whole}${method === 'GET' && query !== '' ? `?${query}` : ''}`,
    {
      method,
      headers: {
        'content-type': 'application/json',
        ...(changes.unsigned === true ? {} : { authorization: `Bearer ${token(signer, uri, changes)}` }),
        ...changes.headers,
      },
      ...(method === 'GET' ? {} : { body: JSON.stringify(parameters) }),
    },
  );
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json') === true;
  return {
    status: answer.status,
    text,
    json: isJson ? (JSON.parse(text) as Json) : {},
    headers: answer.headers,
  };
}

/** One connection and what came over it. */
export type Following = {
  readonly socket: WebSocket;
  readonly messages: Json[];
  readonly send: (message: object) => void;
  /** The events of a channel so far. */
  readonly events: (channel: string) => readonly Json[];
  /** The orders of the user channel so far. */
  readonly orders: () => readonly Json[];
};

export async function follow(url: string): Promise<Following> {
  const socket = new WebSocket(url);
  const messages: Json[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString('utf8')) as Json));
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const events = (channel: string): readonly Json[] =>
    messages
      .filter((message) => message['channel'] === channel)
      .flatMap(({ events: list }) => list as Json[]);
  return {
    socket,
    messages,
    send: (message) => socket.send(JSON.stringify(message)),
    events,
    orders: () => events('user').flatMap(({ orders }) => orders as Json[]),
  };
}
