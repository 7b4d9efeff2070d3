/** The service as its callers see it: HTTP and the published contract, nothing of its code. */
import { z } from 'zod';

const TIMEOUT_MS = 60_000;
const PAGE = '1000';
const PREFIX = '/api/v1';

const amounts = z.array(z.object({ asset: z.string(), amount: z.string() }));

export const apiOrder = z.object({
  id: z.string(),
  client_order_id: z.string().nullable(),
  venue_client_order_id: z.string(),
  venue_order_id: z.string().nullable(),
  symbol: z.string(),
  exchange: z.string(),
  type: z.string(),
  time_in_force: z.string().nullable(),
  side: z.string(),
  position_side: z.string(),
  quantity: z.string().nullable(),
  filled_quantity: z.string(),
  price: z.string().nullable(),
  protection_price: z.string().nullable(),
  cost: z.string(),
  fees: amounts,
  status: z.string(),
  reason: z.object({ code: z.string(), detail: z.string() }).nullable(),
  strategy: z.string().nullable(),
  fills_count: z.number(),
});
export type ApiOrder = z.infer<typeof apiOrder>;

const apiFill = z.object({
  trade_id: z.string(),
  venue_order_id: z.string(),
  symbol: z.string(),
  side: z.string(),
  position_side: z.string(),
  price: z.string(),
  quantity: z.string(),
  fee: z.string(),
  fee_asset: z.string().nullable(),
});
export type ApiFill = z.infer<typeof apiFill>;

const apiBalance = z.object({
  asset: z.string(),
  wallet: z.string(),
  free: z.string().nullable(),
  used: z.string().nullable(),
  total: z.string(),
});
export type ApiBalance = z.infer<typeof apiBalance>;

const apiPosition = z.object({
  account: z.string(),
  symbol: z.string(),
  position_side: z.string(),
  side: z.string(),
  quantity: z.string(),
  entry_price: z.string().nullable(),
  realized_pnl: z.string().nullable(),
});
export type ApiPosition = z.infer<typeof apiPosition>;

const apiDrift = z.object({
  id: z.string(),
  kind: z.string(),
  subject: z.string(),
  symbol: z.string().nullable(),
  ours: z.string(),
  theirs: z.string(),
  detail: z.string(),
});
export type ApiDrift = z.infer<typeof apiDrift>;

const problem = z.object({
  code: z.string(),
  detail: z.string(),
  order_id: z.string().optional(),
  rule: z.string().optional(),
  limit: z.string().nullish(),
  actual: z.string().nullish(),
});
export type ApiProblem = z.infer<typeof problem>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** How a request that asks for an order was answered. */
export type OrderAnswer =
  | { readonly kind: 'order'; readonly status: number; readonly order: ApiOrder; readonly replayed: boolean }
  | { readonly kind: 'problem'; readonly status: number; readonly problem: ApiProblem }
  /** The connection ended before an answer: the outcome of the request is unknown. */
  | { readonly kind: 'lost'; readonly why: string };

export class Api {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** One request; rejects when no answer comes. `text` goes out as it is written. */
  async ask(method: string, path: string, text?: string): Promise<Answer> {
    const response = await fetch(`${this.#url}${PREFIX}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(text === undefined ? {} : { body: text }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: answer === '' ? null : (JSON.parse(answer) as unknown),
    };
  }

  /** `kind` is the last part of the path: market, limit, stop. */
  place(kind: string, body: Readonly<Record<string, unknown>>): Promise<OrderAnswer> {
    return this.#orderAnswer('POST', `/trading/v2/orders/${kind}`, JSON.stringify(body));
  }

  cancel(orderId: string, waitMs = 5_000): Promise<OrderAnswer> {
    return this.#orderAnswer('DELETE', `/trading/v2/orders/${orderId}?wait_ms=${waitMs}`);
  }

  async #orderAnswer(method: string, path: string, text?: string): Promise<OrderAnswer> {
    let answer: Answer;
    try {
      answer = await this.ask(method, path, text);
    } catch (error) {
      return { kind: 'lost', why: String(error) };
    }
    const { status, body, headers } = answer;
    if (status >= 400) return { kind: 'problem', status, problem: problem.parse(body) };
    const replayed = headers.get('idempotent-replayed') === 'true';
    return { kind: 'order', status, order: apiOrder.parse(body), replayed };
  }

  /** The order as the API shows it now; null when there is none. */
  async order(orderId: string): Promise<ApiOrder | null> {
    const { status, body } = await this.ask('GET', `/trading/v2/orders/${orderId}/status`);
    if (status === 404) return null;
    if (status !== 200)
      throw new Error(`the status of ${orderId} answered ${status}: ${JSON.stringify(body)}`);
    return apiOrder.parse(body);
  }

  /** Every order there is, finished or not; of one exchange where it is named. */
  async orders(exchange?: string): Promise<ApiOrder[]> {
    // Open ones first: an order that ends in between is then seen twice rather than never.
    const found = new Map<string, ApiOrder>();
    const open = z
      .object({ orders: z.array(apiOrder) })
      .parse(await this.#read(`/trading/v2/orders/open${queryOf({ exchange })}`));
    for (const order of open.orders) found.set(order.id, order);
    const page = z.object({ orders: z.array(apiOrder), next_cursor: z.string().nullable() });
    for await (const { orders } of this.#pages('/trading/v2/orders/history', page, { exchange }))
      for (const order of orders) found.set(order.id, order);
    return [...found.values()];
  }

  async fills(exchange?: string): Promise<ApiFill[]> {
    const page = z.object({ fills: z.array(apiFill), next_cursor: z.string().nullable() });
    const found: ApiFill[] = [];
    for await (const { fills } of this.#pages('/trading/v2/fills', page, { exchange })) found.push(...fills);
    return found;
  }

  /** Of the exchange's default account, or of another one. */
  async balances(account?: string, exchange = 'binance'): Promise<ApiBalance[]> {
    const answer = await this.#read(`/trading/v2/account/balance${queryOf({ exchange, account })}`);
    return z.object({ balances: z.array(apiBalance) }).parse(answer).balances;
  }

  async positions(exchange = 'binance'): Promise<ApiPosition[]> {
    const answer = await this.#read(`/trading/v2/positions${queryOf({ exchange })}`);
    return z.object({ positions: z.array(apiPosition) }).parse(answer).positions;
  }

  async drift(): Promise<ApiDrift[]> {
    return z.object({ drift: z.array(apiDrift) }).parse(await this.#read('/drift')).drift;
  }

  async #read(path: string): Promise<unknown> {
    const { status, body } = await this.ask('GET', path);
    if (status !== 200) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`);
    return body;
  }

  async *#pages<Page extends { readonly next_cursor: string | null }>(
    path: string,
    schema: z.ZodType<Page>,
    filter: Readonly<Record<string, string | undefined>>,
  ): AsyncGenerator<Page> {
    let cursor: string | null = null;
    do {
      const query: string = queryOf({ ...filter, limit: PAGE, cursor: cursor ?? undefined });
      const page: Page = schema.parse(await this.#read(path + query));
      yield page;
      cursor = page.next_cursor;
    } while (cursor !== null);
  }
}

/** With its question mark; parameters that are undefined are left out. */
function queryOf(parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}
