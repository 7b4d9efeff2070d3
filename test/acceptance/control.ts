/** The simulator's control API as tests see it: the venue's truth, and the means to disturb it. */
import { z } from 'zod';

const health = z.object({
  ready: z.boolean(),
  instance: z.string(),
  venues: z.record(
    z.string(),
    z.object({
      rest: z.string(),
      ws: z.string(),
      key: z.string(),
      secret: z.string(),
      passphrase: z.string().nullable(),
    }),
  ),
});
const orders = z.array(
  z.object({
    venue_order_id: z.string(),
    client_order_id: z.string().nullable(),
    symbol: z.string(),
    side: z.string(),
    /** Null on spot. */
    position_side: z.string().nullable(),
    type: z.string(),
    price: z.string().nullable(),
    quantity: z.string().nullable(),
    filled: z.string(),
    status: z.string(),
    account_id: z.string(),
    /** Of an order that a triggered conditional one became: the venue id of that one. */
    conditional_venue_order_id: z.string().nullable(),
  }),
);
const fills = z.array(
  z.object({
    trade_id: z.string(),
    venue_order_id: z.string(),
    client_order_id: z.string().nullable(),
    symbol: z.string(),
    side: z.string(),
    position_side: z.string().nullable(),
    price: z.string(),
    quantity: z.string(),
    fee: z.string(),
    fee_asset: z.string().nullable(),
    account_id: z.string(),
  }),
);
const balances = z.array(
  z.object({ wallet: z.string(), asset: z.string(), total: z.string(), free: z.string() }),
);
const positions = z.array(
  z.object({
    symbol: z.string(),
    position_side: z.string(),
    side: z.string(),
    quantity: z.string(),
    entry_price: z.string(),
  }),
);
const requestCounts = z.array(z.object({ route: z.string(), outcome: z.string(), count: z.number() }));

const keys = z.object({ key: z.string(), secret: z.string() });

/** Keys that sign requests to the venue. */
export type Keys = z.infer<typeof keys>;
export type ControlOrder = z.infer<typeof orders>[number];
export type ControlFill = z.infer<typeof fills>[number];

export interface Fault {
  readonly kind: string;
  readonly route: string;
  readonly count?: number;
  readonly probability?: number;
  readonly seed?: number;
  readonly delay_ms?: number;
  readonly status?: number;
}

export class Control {
  readonly #url: string;
  readonly #venue: string;

  /** Of one venue of the simulators at `url`. */
  constructor(url: string, venue = 'binance') {
    this.#url = url;
    this.#venue = venue;
  }

  /** The same simulators, of another venue. */
  at(venue: string): Control {
    return new Control(this.#url, venue);
  }

  async health(): Promise<z.infer<typeof health>> {
    return health.parse(await this.#ask('GET', '/control/health'));
  }

  async orders(): Promise<ControlOrder[]> {
    return rows(orders, await this.#ask('GET', `/control/${this.#venue}/orders`));
  }

  async fills(): Promise<ControlFill[]> {
    return rows(fills, await this.#ask('GET', `/control/${this.#venue}/fills`));
  }

  /** Of the ready-made account, or of another one. */
  async balances(account?: string): Promise<z.infer<typeof balances>> {
    return rows(balances, await this.#ask('GET', `/control/${this.#venue}/balances${ofAccount(account)}`));
  }

  async positions(account?: string): Promise<z.infer<typeof positions>> {
    return rows(positions, await this.#ask('GET', `/control/${this.#venue}/positions${ofAccount(account)}`));
  }

  /** How many requests of a fault route came in and were not refused, since the venue began. */
  async requests(route: string): Promise<number> {
    return rows(requestCounts, await this.#ask('GET', `/control/${this.#venue}/requests`))
      .filter((row) => row.route === route && row.outcome === 'ok')
      .reduce((sum, { count }) => sum + count, 0);
  }

  async price(symbol: string, price: string, hold = true): Promise<void> {
    await this.#ask('POST', `/control/${this.#venue}/price`, { symbol, price, hold });
  }

  /** Shows the book of a symbol otherwise (docs/simulator.md); the symbol alone shows it whole. */
  async book(symbol: string, shape: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.#ask('POST', `/control/${this.#venue}/book`, { symbol, ...shape });
  }

  async deposit(asset: string, amount: string, wallet = 'spot'): Promise<void> {
    await this.#ask('POST', `/control/${this.#venue}/deposits`, { asset, amount, wallet });
  }

  async withdraw(asset: string, amount: string, wallet = 'spot'): Promise<void> {
    await this.#ask('POST', `/control/${this.#venue}/withdrawals`, { asset, amount, wallet });
  }

  async transfer(asset: string, amount: string, from: string, to: string): Promise<void> {
    await this.#ask('POST', `/control/${this.#venue}/transfers`, { asset, amount, from, to });
  }

  /** Moves a balance without a record that says why. */
  async adjust(asset: string, amount: string): Promise<void> {
    await this.#ask('POST', `/control/${this.#venue}/adjustments`, { asset, amount });
  }

  /** Settles funding now. */
  async funding(symbol: string, rate: string): Promise<void> {
    await this.#ask('POST', `/control/${this.#venue}/funding`, { symbol, rate });
  }

  /** A further trader at the venue, with an opening balance of his own. */
  async trader(accountId: string): Promise<Keys> {
    return keys.parse(await this.#ask('POST', `/control/${this.#venue}/accounts`, { account_id: accountId }));
  }

  async fault(fault: Fault): Promise<void> {
    await this.#ask('POST', `/control/${this.#venue}/faults`, fault);
  }

  /** How many faults are live. */
  async faults(): Promise<number> {
    return z.array(z.unknown()).parse(await this.#ask('GET', `/control/${this.#venue}/faults`)).length;
  }

  async heal(): Promise<void> {
    await this.#ask('DELETE', `/control/${this.#venue}/faults`);
  }

  /** Forgets every order and fill; the books begin anew. */
  async reset(): Promise<void> {
    await this.#ask('POST', `/control/${this.#venue}/reset`);
  }

  async #ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return text === '' ? null : JSON.parse(text);
  }
}

function ofAccount(account: string | undefined): string {
  return account === undefined ? '' : `?account=${account}`;
}

/** A listing answers with an array, bare or as the one field of an object. */
function rows<Row>(schema: z.ZodType<Row[]>, answer: unknown): Row[] {
  if (Array.isArray(answer)) return schema.parse(answer);
  const [first] = Object.values(answer as Record<string, unknown>);
  return schema.parse(first);
}
