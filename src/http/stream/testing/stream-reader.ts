/** A client of the stream for tests: keeps every message, and waits for some. */
import { expect } from 'vitest';
import { WebSocket } from 'ws';

export interface Message {
  readonly channel?: string;
  readonly seq?: number;
  readonly event?: string;
  readonly error?: { readonly code: string; readonly detail: string; readonly [name: string]: unknown };
  readonly subscribed?: readonly string[];
  readonly [name: string]: unknown;
}

export class StreamReader {
  readonly socket: WebSocket;
  readonly messages: Message[] = [];
  /** The code and reason that it is closed with. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => this.messages.push(JSON.parse(data.toString('utf8')) as Message));
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') }));
    });
  }

  /** With the token in the header; without one the first message has to log in. */
  static async open(url: string, token: string | null): Promise<StreamReader> {
    const socket = new WebSocket(
      url,
      token === null ? {} : { headers: { Authorization: `Bearer ${token}` } },
    );
    const reader = new StreamReader(socket);
    await new Promise((resolve, reject) => {
      socket.on('open', resolve).on('error', reject);
    });
    return reader;
  }

  send(message: object | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Sends, and resolves with the first answer: the subscriptions, or an error. */
  async ask(message: object | string): Promise<Message> {
    const before = this.#answers().length;
    this.send(message);
    await expect.poll(() => this.#answers().length, { timeout: 10_000 }).toBeGreaterThan(before);
    return this.#answers()[before] ?? {};
  }

  on(channel: string): readonly Message[] {
    return this.messages.filter((message) => message.channel === channel);
  }

  /** The messages of the portfolio channels. */
  get news(): readonly Message[] {
    return this.messages.filter((message) => message.channel !== undefined && message.seq !== undefined);
  }

  close(): void {
    this.socket.close();
  }

  #answers(): readonly Message[] {
    return this.messages.filter((message) => 'subscribed' in message || 'error' in message);
  }
}
