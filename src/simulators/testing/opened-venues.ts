/**
 * Simulated venues and connections to them, as the tests of a venue's rules open them; all are closed when the tests have ended.
 *
 * Entry points: `openedVenues`, called once in a test file; `Signer`, `RequestByHand` and `requestPairs` for requests by hand.
 */
import { afterAll, afterEach } from 'vitest';
import { WebSocket } from 'ws';
import type { SimulatorOptions } from '../host.ts';
import type { RunningTestVenue } from './running-venue.ts';

export type Row = Record<string, unknown>;

/** The account that signs a request by hand. */
export type Signer = Pick<RunningTestVenue, 'restUrl' | 'key' | 'secret' | 'passphrase'>;

/** A signed request, to see its whole answer; `POST` sends its parameters as JSON. */
export type RequestByHand<Answer, Changes, Method extends string = 'GET' | 'POST'> = (
  method: Method,
  path: string,
  parameters?: object,
  changes?: Changes,
) => Promise<Answer>;

/** The parts of a request by hand that differ from an ordinary one, at venues whose keys have a passphrase. */
export interface PassphraseChanges<Timestamp = string> {
  readonly timestamp?: Timestamp;
  readonly signature?: string;
  readonly key?: string;
  readonly passphrase?: string;
  readonly unsigned?: true;
}

/** One WebSocket. */
export interface TestConnection {
  /** Everything that came, in its order. */
  readonly messages: Row[];
  /** A text as it is, anything else as JSON. */
  readonly send: (message: unknown) => void;
  readonly closed: () => boolean;
}

export interface OpenedVenues<Venue> {
  /** A venue with BTC/USDT and its swap pinned at 60,000. */
  readonly open: (options?: Partial<SimulatorOptions>) => Promise<Venue>;
  /** Connects; the connection ends with the test. `read` makes a row of a message; JSON is parsed unless given. */
  readonly connect: (url: string, read?: (data: Buffer, isBinary: boolean) => Row) => Promise<TestConnection>;
}

export function openedVenues<Venue extends RunningTestVenue>(
  simulate: (options: Partial<SimulatorOptions>) => Promise<Venue>,
  usual: Partial<SimulatorOptions> = { limits: false },
): OpenedVenues<Venue> {
  const opened: Venue[] = [];
  const sockets: WebSocket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.terminate();
  });
  afterAll(async () => {
    for (const venue of opened.splice(0)) await venue.close();
  });
  return {
    open: async (options = {}) => {
      const venue = await simulate({ ...usual, ...options });
      opened.push(venue);
      for (const symbol of ['BTC/USDT', 'BTC/USDT:USDT']) await venue.price(symbol, '60000');
      return venue;
    },
    connect: async (url, read = parsed) => {
      const socket = new WebSocket(url);
      sockets.push(socket);
      const messages: Row[] = [];
      let isClosed = false;
      socket.on('message', (data: Buffer, isBinary) => messages.push(read(data, isBinary)));
      socket.on('close', () => {
        isClosed = true;
      });
      await new Promise((resolve) => {
        socket.once('open', resolve);
      });
      return {
        messages,
        send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
        closed: () => isClosed,
      };
    },
  };
}

function parsed(data: Buffer): Row {
  return JSON.parse(data.toString('utf8')) as Row;
}

/** As `openedVenues` reads messages, with the bare text that answers a ping as `{ pong: true }`. */
export function parsedOrPong(data: Buffer): Row {
  return data.toString('utf8') === 'pong' ? { pong: true } : parsed(data);
}

/** Parameters as the pairs of a query string. */
export function requestPairs(parameters: object): [string, string][] {
  return Object.entries(parameters).map(([name, value]) => [name, String(value)]);
}
