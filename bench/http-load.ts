/**
 * A load generator: a fixed number of callers, each with a connection of its own that stays open, each sending its next
 * request when the last one is answered.
 *
 * Entry point: `HttpLoad`. It writes to bare sockets, at a fraction of what a general HTTP client costs, so that on a
 * small machine it takes little from what it measures; its own CPU is in every report all the same.
 */
import { connect, type Socket } from 'node:net';

/** One request's text for a caller: `index` counts the caller's own requests since the load was made, from 0. */
export type MakeBody = (caller: number, index: number) => string;

export interface LoadTarget {
  readonly port: number;
  readonly path: string;
  /** In rounds: each stands for two requests of a caller. */
  readonly tokens: readonly string[];
}

export interface LoadResult {
  /** Requests answered with 201. */
  readonly done: number;
  readonly seconds: number;
  /** Milliseconds of each, in order of their answers. */
  readonly latenciesMs: readonly number[];
  /** Every other answer: status, how often, and the first body. */
  readonly others: ReadonlyMap<number, { readonly count: number; readonly first: string }>;
}

/**
 * How many requests were answered with something else than an order: on a machine so busy that requests outlive their
 * lifetime some are, and the report says so. When it is every fifth, the run measures refusals: throws with the first one.
 */
export function othersTolerated(name: string, { done, others }: LoadResult): number {
  let count = 0;
  let words = '';
  for (const [status, other] of others) {
    count += other.count;
    words ||= `${status} ${other.first}`;
  }
  if (count > done / 5)
    throw new Error(`${name}: ${count} requests of ${done + count} were refused; the first one: ${words}`);
  return count;
}

const HEAD_END = '\r\n\r\n';
const CREATED = 201;
/** A request without an answer for so long fails the run. */
const ANSWER_WITHIN_MS = 30_000;

export class HttpLoad {
  readonly #target: LoadTarget;
  readonly #makeBody: MakeBody;
  readonly #onDone: (body: string) => void;
  readonly #callers: Caller[] = [];

  /** `onDone` is given the body of each 201. */
  constructor(target: LoadTarget, makeBody: MakeBody, onDone: (body: string) => void = () => undefined) {
    this.#target = target;
    this.#makeBody = makeBody;
    this.#onDone = onDone;
  }

  /** Every caller sends until `forMs` are over, or until `most` requests are sent; what is under way then is waited for. */
  async run(callers: number, forMs: number, most = Number.POSITIVE_INFINITY): Promise<LoadResult> {
    while (this.#callers.length < callers) this.#callers.push(await Caller.open(this.#target.port));
    const latenciesMs: number[] = [];
    const others = new Map<number, { count: number; first: string }>();
    const startedAt = performance.now();
    const endsAt = startedAt + forMs;
    let left = most;
    const drive = async (caller: Caller, number: number): Promise<void> => {
      await caller.drive(
        () => {
          if (performance.now() >= endsAt || left <= 0) return null;
          left -= 1;
          const { tokens, path } = this.#target;
          const index = caller.begun;
          caller.begun += 1;
          // A purchase and the sale after it go to one portfolio, and all callers together round all of them.
          const token = tokens[(number + Math.floor(index / 2) * callers) % tokens.length] ?? '';
          const body = this.#makeBody(number, index);
          return `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}${HEAD_END}${body}`;
        },
        (status, body, latencyMs) => {
          if (status === CREATED) {
            latenciesMs.push(latencyMs);
            this.#onDone(body);
            return;
          }
          const other = others.get(status);
          if (other === undefined) others.set(status, { count: 1, first: body });
          else other.count += 1;
        },
      );
    };
    await Promise.all(this.#callers.slice(0, callers).map(drive));
    return {
      done: latenciesMs.length,
      seconds: (performance.now() - startedAt) / 1_000,
      latenciesMs,
      others,
    };
  }

  close(): void {
    for (const caller of this.#callers) caller.close();
    this.#callers.length = 0;
  }
}

/** One connection, one request at a time. */
class Caller {
  /** Requests so far. */
  begun = 0;
  readonly #socket: Socket;
  #pending = '';
  #onAnswer: ((status: number, body: string) => void) | null = null;
  #onFailure: ((error: Error) => void) | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the connection was closed')));
    socket.setTimeout(ANSWER_WITHIN_MS, () => {
      if (this.#onAnswer !== null) this.#fail(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`));
    });
  }

  static async open(port: number): Promise<Caller> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new Caller(socket);
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Sends what `next` gives until it gives null. Rejects when the connection fails. */
  drive(
    next: () => string | null,
    onAnswer: (status: number, body: string, latencyMs: number) => void,
  ): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#onFailure = reject;
      let sentAt = 0;
      const send = (): void => {
        const text = next();
        if (text === null) {
          this.#onAnswer = null;
          this.#onFailure = null;
          resolve();
          return;
        }
        sentAt = performance.now();
        this.#socket.write(text, 'latin1');
      };
      this.#onAnswer = (status, body) => {
        onAnswer(status, body, performance.now() - sentAt);
        send();
      };
      send();
    });
  }

  #fail(error: Error): void {
    const onFailure = this.#onFailure;
    this.#onAnswer = null;
    this.#onFailure = null;
    onFailure?.(error);
  }

  #read(chunk: Buffer): void {
    this.#pending =
      this.#pending === '' ? chunk.toString('latin1') : this.#pending + chunk.toString('latin1');
    const headEnd = this.#pending.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#pending.slice(0, headEnd))?.[1];
    if (length === undefined) {
      this.#fail(new Error('an answer without a length'));
      return;
    }
    const bodyStart = headEnd + HEAD_END.length;
    const end = bodyStart + Number(length);
    if (this.#pending.length < end) return;
    const status = Number(this.#pending.slice(9, 12));
    const body = this.#pending.slice(bodyStart, end);
    this.#pending = this.#pending.slice(end);
    this.#onAnswer?.(status, body);
  }
}
