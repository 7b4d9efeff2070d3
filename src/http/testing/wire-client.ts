/**
 * A client that sends any bytes, right or wrong, over kept connections, and reads what comes back.
 *
 * Entry point: `WireClient`. At most `size` connections; a request on a connection of its own is beside them.
 */
import { connect, type Socket } from 'node:net';

export interface WireAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface WireRequest {
  readonly bytes: readonly Buffer[];
  readonly isHead: boolean;
  /** For what may leave the connection in any state. */
  readonly ownConnection: boolean;
}

const ANSWER_WITHIN_MS = 45_000;
const HEAD_END = Buffer.from('\r\n\r\n');

export class WireClient {
  readonly #port: number;
  readonly #idle: Socket[] = [];

  constructor(port: number) {
    this.#port = port;
  }

  /** The answer; null when the connection ended without one. */
  async ask(request: WireRequest): Promise<WireAnswer | null> {
    const kept = request.ownConnection ? undefined : this.#idle.pop();
    const socket = kept ?? (await this.#open());
    const answer = await exchange(socket, request);
    const isKept = answer !== null && answer.headers.get('connection') !== 'close' && !socket.destroyed;
    if (isKept && !request.ownConnection) this.#idle.push(socket);
    else socket.destroy();
    // The other end may have closed an idle connection just now: nothing of the request was read then.
    return answer === null && kept !== undefined ? this.ask({ ...request, ownConnection: true }) : answer;
  }

  close(): void {
    for (const socket of this.#idle) socket.destroy();
  }

  #open(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port: this.#port, host: '127.0.0.1' }, () => {
        socket.off('error', reject);
        // An error ends the connection, and that is seen by its closing.
        socket.on('error', () => socket.destroy());
        resolve(socket);
      });
      socket.once('error', reject);
    });
  }
}

function exchange(socket: Socket, { bytes, isHead }: WireRequest): Promise<WireAnswer | null> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no answer in ${ANSWER_WITHIN_MS} ms`));
    }, ANSWER_WITHIN_MS);
    const finish = (answer: WireAnswer | null): void => {
      clearTimeout(timer);
      socket.off('data', take).off('close', end);
      resolve(answer);
    };
    const take = (data: Buffer): void => {
      received = received.length === 0 ? data : Buffer.concat([received, data]);
      const answer = parse(received, isHead, false);
      if (answer !== null) finish(answer);
    };
    const end = (): void => finish(parse(received, isHead, true));
    socket.on('data', take).on('close', end);
    for (const part of bytes) socket.write(part);
  });
}

/** The answer in the bytes; null while it is not whole. An interim answer (1xx) is passed over, but for an upgrade. */
function parse(received: Buffer, isHead: boolean, isEnd: boolean): WireAnswer | null {
  const at = received.indexOf(HEAD_END);
  if (at < 0) return null;
  const [statusLine = '', ...lines] = received.toString('latin1', 0, at).split('\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1]);
  const rest = received.subarray(at + HEAD_END.length);
  if (status === 100) return parse(rest, isHead, isEnd);
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const body =
    isHead || status === 101 || status === 204 || status === 304 ? '' : bodyOf(rest, headers, isEnd);
  return body === null ? null : { status, headers, body };
}

function bodyOf(rest: Buffer, headers: ReadonlyMap<string, string>, isEnd: boolean): string | null {
  const length = headers.get('content-length');
  if (length !== undefined)
    return rest.length >= Number(length) ? rest.toString('utf8', 0, Number(length)) : null;
  if (headers.get('transfer-encoding') !== 'chunked') return isEnd ? rest.toString('utf8') : null;
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    const size = Number.parseInt(rest.toString('latin1', at, lineEnd), 16);
    const from = lineEnd + 2;
    if (rest.length < from + size + 2) return null;
    if (size === 0) return Buffer.concat(parts).toString('utf8');
    parts.push(rest.subarray(from, from + size));
    at = from + size + 2;
  }
}
