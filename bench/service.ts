/**
 * The service as it is run: a process of its own with the PostgreSQL it brings, its paper account on the venue under test.
 *
 * Entry point: `ServiceUnderTest.start`.
 */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { freePortBlock } from '../src/cli/port-block.ts';
import type { Child, Children } from './children.ts';
import { postmasterOf, type Postmaster } from './usage.ts';

export const ADMIN_TOKEN = 'bench-admin-token';
const READY_WITHIN_MS = 60_000;
const POLL_MS = 50;
const API = '/api/v1';
export const ORDERS_PATH = `${API}/trading/v2/orders/market`;
/** PostgreSQL's backends publish their counts at the end of a transaction, at most this often. */
const COUNTS_PUBLISHED_AFTER_MS = 1_100;

/**
 * Every rule of risk is on. The rate of orders alone is widened, to 10,000 a second: its default would be what is measured.
 */
const WIDE_LIMITS = { max_orders_per_window: 1_000, order_rate_window_ms: 100, max_open_orders: 10_000 };

export interface ServiceOptions {
  readonly name: string;
  /** Control API of the stub or of a simulator. */
  readonly controlUrl: string;
  /** Flags for Node, such as those of a profile. */
  readonly nodeFlags?: string;
}

export class ServiceUnderTest {
  readonly port: number;
  readonly pid: number;
  readonly dataDir: string;
  readonly postmaster: Postmaster;
  readonly #child: Child;

  private constructor(port: number, dataDir: string, child: Child, postmaster: Postmaster) {
    this.port = port;
    this.dataDir = dataDir;
    this.pid = child.pid;
    this.#child = child;
    this.postmaster = postmaster;
  }

  /** Resolves when it takes orders. */
  static async start(children: Children, options: ServiceOptions): Promise<ServiceUnderTest> {
    const port = await freePortBlock(1);
    const dataDir = join(children.root, options.name);
    const child = await children.main(options.name, ['serve'], {
      PORT: String(port),
      DATA_DIR: dataDir,
      PLIMSOLL_ADMIN_TOKEN: ADMIN_TOKEN,
      PLIMSOLL_SIMULATOR_URL: options.controlUrl,
      LOG_LEVEL: 'warn',
      ...(options.nodeFlags === undefined ? {} : { BENCH_NODE_FLAGS: options.nodeFlags }),
    });
    const until = performance.now() + READY_WITHIN_MS;
    while (!(await isReady(port))) {
      if (child.process.exitCode !== null || performance.now() > until)
        throw new Error(`the service does not get ready:\n${await child.logTail()}`);
      await pause(POLL_MS);
    }
    const service = new ServiceUnderTest(port, dataDir, child, await postmasterOf(dataDir));
    await service.widenLimits();
    return service;
  }

  /** One request of the API. Rejects when the answer is none of 2xx. */
  async ask(method: string, path: string, body?: object, token = ADMIN_TOKEN): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.port}${API}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return text === '' ? null : (JSON.parse(text) as unknown);
  }

  /** Of the portfolio that the token belongs to. */
  async widenLimits(token = ADMIN_TOKEN): Promise<void> {
    const { stored } = (await this.ask('GET', '/risk/limits', undefined, token)) as {
      readonly stored: readonly { readonly version: number }[];
    };
    const [portfolio] = stored;
    await this.ask(
      'PUT',
      '/risk/limits',
      { scope: 'portfolio', version: portfolio?.version ?? 0, reason: 'a load test', limits: WIDE_LIMITS },
      token,
    );
  }

  /** Flushes of the write-ahead log so far, by all of PostgreSQL's processes. Takes a moment: counts are published with a delay. */
  async walFlushes(): Promise<number> {
    await pause(COUNTS_PUBLISHED_AFTER_MS);
    // A backend that writes publishes its counts at the end of its next transaction.
    await this.ask('POST', '/trading/v2/orders/market', JSON.parse(orderBody(0, 0)) as object);
    await pause(COUNTS_PUBLISHED_AFTER_MS);
    const client = new pg.Client(connectionTo(this.postmaster));
    await client.connect();
    try {
      const { rows } = await client.query<{ flushes: string }>(
        `SELECT coalesce(sum(fsyncs), 0)::text AS flushes FROM pg_stat_io WHERE object = 'wal'`,
      );
      return Number(rows[0]?.flushes ?? 0);
    } finally {
      await client.end();
    }
  }

  logTail(): Promise<string> {
    return this.#child.logTail();
  }

  async stop(): Promise<void> {
    await this.#child.stop();
  }
}

export function connectionTo({ host, port }: Postmaster): pg.ClientConfig {
  return { host, port, user: 'plimsoll', database: 'plimsoll' };
}

const run = Date.now().toString(36);
let keys = 0;

/** A client order id that no order before had. */
function newKey(): string {
  keys += 1;
  return `${run}-${keys}`;
}

/**
 * A small market order. Each caller sells what it bought before, so that no position grows, and no sale takes of the inventory beside it:
 * that would move capital, which is one record more.
 */
export function orderBody(_caller: number, index: number): string {
  const side = index % 2 === 0 ? 'buy' : 'sell';
  return `{"exchange":"binance","symbol":"BTC/USDT","side":"${side}","quantity":"0.001","client_order_id":"${newKey()}"}`;
}

/** The same order in the naive gateway's form. */
export function naiveOrderBody(_caller: number, index: number): string {
  const side = index % 2 === 0 ? 'buy' : 'sell';
  return `{"symbol":"BTC/USDT","side":"${side}","quantity":"0.001","client_order_id":"${newKey()}"}`;
}

/** The venue's id of an order, out of an answer of either gateway. */
export function venueOrderIdIn(body: string): string | null {
  const start = body.indexOf('"venue_order_id":"');
  if (start < 0) return null;
  const from = start + '"venue_order_id":"'.length;
  return body.slice(from, body.indexOf('"', from));
}

/** Whether the service at this port takes orders. */
export async function isReady(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health/ready`, {
      signal: AbortSignal.timeout(2_000),
    });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    // Not listening yet.
    return false;
  }
}
