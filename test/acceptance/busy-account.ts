/**
 * Callers that keep one account busy with market and limit orders, and remember how each request was answered and how
 * long that took.
 *
 * Entry point: `BusyAccount`.
 */
import type { Api, OrderAnswer } from './api.ts';

const CALLERS = 6;
const BUY = { exchange: 'binance', symbol: 'BTC/USDT', quantity: '0.001' };

interface Asked {
  readonly phase: string;
  readonly what: string;
  readonly answer: OrderAnswer;
  /** The statuses that an order may have after this request. */
  readonly expected: readonly string[];
  readonly tookMs: number;
}

export class BusyAccount {
  readonly #api: Api;
  readonly #accountId: string;
  readonly #asked: Asked[] = [];
  #phase = '';
  #callers = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(api: Api, accountId: string) {
    this.#api = api;
    this.#accountId = accountId;
  }

  begin(phase: string): void {
    this.#phase = phase;
    this.#callers = new AbortController();
    const { signal } = this.#callers;
    this.#running = Promise.all(
      Array.from({ length: CALLERS }, (_unused, index) => this.#call(index, signal)),
    );
  }

  /** Names what follows; the callers go on. */
  enter(phase: string): void {
    this.#phase = phase;
  }

  /** No new requests; resolves when each one under way is answered. */
  async end(): Promise<void> {
    this.#callers.abort();
    await this.#running;
  }

  answered(phase: string): number {
    return this.#asked.filter((asked) => asked.phase === phase).length;
  }

  /** Every request that was answered other than an undisturbed account answers it, in words. */
  disturbed(): readonly string[] {
    return this.#asked.flatMap(({ phase, what, answer, expected }) => {
      if (answer.kind === 'order' && expected.includes(answer.order.status)) return [];
      return [`${phase}: ${what}: ${answer.kind === 'order' ? answer.order.status : JSON.stringify(answer)}`];
    });
  }

  /** The time, in milliseconds, within which 99 of 100 requests of a phase were answered. */
  p99Ms(phase: string): number {
    const times = this.#asked.filter((asked) => asked.phase === phase).map(({ tookMs }) => tookMs);
    return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Infinity;
  }

  async #call(index: number, ended: AbortSignal): Promise<void> {
    for (let round = index; !ended.aborted; round += 1) {
      const side = round % 2 === 0 ? 'buy' : 'sell';
      await this.#ask(`market ${side}`, ['filled'], () => this.#place('market', { side }));
      const rests = await this.#ask('limit', ['open'], () =>
        this.#place('limit', { side: 'buy', price: '57000' }),
      );
      if (rests.kind === 'order')
        await this.#ask('cancel', ['canceled'], () => this.#api.cancel(rests.order.id));
    }
  }

  #place(kind: string, parts: Readonly<Record<string, string>>): Promise<OrderAnswer> {
    return this.#api.place(kind, { ...BUY, ...parts, account: this.#accountId, wait_ms: 5_000 });
  }

  async #ask(
    what: string,
    expected: readonly string[],
    ask: () => Promise<OrderAnswer>,
  ): Promise<OrderAnswer> {
    const phase = this.#phase;
    const startedAt = performance.now();
    const answer = await ask();
    this.#asked.push({ phase, what, answer, expected, tookMs: performance.now() - startedAt });
    return answer;
  }
}
