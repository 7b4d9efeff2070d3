/**
 * Sends the examples of the contract to a living service, with living ids in the place of those they are written with.
 *
 * Entry point: `ExampleRunner`.
 */
import { setImmediate } from 'node:timers/promises';
import { VenueTrader } from '../../../test/acceptance/venue-trader.ts';
import { EXAMPLE, type ExampleRequest } from '../contract/operation.ts';
import type { Answer, TestService } from './service-fixture.ts';

const RESTING = { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.001', price: '50000' };
const BOUGHT = { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.002' };
const KEYS = { exchange: 'binance', mode: 'live', api_key: 'a key', secret: 'a secret' };

const APPEARS_WITHIN_MS = 45_000;

export class ExampleRunner {
  readonly #service: TestService;
  #users = 0;

  constructor(service: TestService) {
    this.#service = service;
  }

  /** Creates the objects that the request names, sends it, and gives the answer with the ids of the examples in it. */
  async send(name: string, example: ExampleRequest): Promise<Answer> {
    const [method = '', path = ''] = name.split(' ');
    const living = await this.#living(method, name, example);
    const alive = <Value>(value: Value): Value => replaceAll(value, living);
    const filled = path.replaceAll(/\{(\w+)\}/g, (_match, part: string) =>
      encodeURIComponent(alive(example.path?.[part] ?? '')),
    );
    const query = new URLSearchParams(alive(example.query ?? {})).toString();
    const isRoot = !this.#service.served.some(({ url }) => url.startsWith('/api/') && named(url) === path);
    const answer = await this.#service.call(
      method,
      `${isRoot ? '/' : ''}${filled}${query === '' ? '' : `?${query}`}`,
      {
        token: this.#service.tokens.admin,
        ...(example.body === undefined ? {} : { body: alive(example.body) }),
      },
    );
    const written = new Map([...living].map(([theirs, ours]) => [ours, theirs]));
    return { ...answer, body: replaceAll(answer.body, written) };
  }

  /** Living values by those that the example is written with. */
  async #living(method: string, name: string, example: ExampleRequest): Promise<Map<string, string>> {
    const text = JSON.stringify([example.path, example.query, example.body]);
    const living = new Map<string, string>();
    if (text.includes(EXAMPLE.orderId) || text.includes(EXAMPLE.venueOrderId)) {
      // A request that changes an order needs a working one; a request that reads one shows more with fills.
      const answer =
        method === 'GET'
          ? await this.#must('POST', '/trading/v2/orders/market', BOUGHT)
          : await this.#must('POST', '/trading/v2/orders/limit', RESTING);
      living.set(EXAMPLE.orderId, String(answer['id']));
      living.set(EXAMPLE.venueOrderId, String(answer['venue_order_id']));
    }
    if (text.includes(EXAMPLE.accountId) || name === 'POST /accounts') {
      const { accounts } = await this.#must('GET', '/accounts');
      for (const { id, mode } of accounts as { id: string; mode: string }[])
        if (mode === 'live') await this.#must('DELETE', `/accounts/${id}`);
      if (name !== 'POST /accounts')
        living.set(EXAMPLE.accountId, String((await this.#must('POST', '/accounts', KEYS))['id']));
    }
    if (text.includes(EXAMPLE.paperAccountId)) {
      const made = await this.#must('POST', '/accounts', { exchange: 'binance', mode: 'paper' });
      living.set(EXAMPLE.paperAccountId, String(made['id']));
    }
    if (text.includes(EXAMPLE.userId) || text.includes(EXAMPLE.tokenId)) {
      this.#users += 1;
      const user = String((await this.#must('POST', '/users', { name: `user-${this.#users}` }))['id']);
      const token = await this.#must('POST', '/tokens', { user_id: user, label: 'bot', scopes: ['read'] });
      living.set(EXAMPLE.userId, user);
      living.set(EXAMPLE.tokenId, String(token['id']));
    }
    if (text.includes(EXAMPLE.driftId) || name === 'GET /drift') {
      await this.#tradeElsewhere();
      const [found] = await this.#until('a drift case is open', async () => {
        const { drift } = await this.#must('GET', '/drift');
        return drift as { id: string }[];
      });
      living.set(EXAMPLE.driftId, String(found?.id));
    }
    if (name === 'POST /risk/reset') await this.#loseMoney();
    return living;
  }

  /** Somebody with the keys of the account places an order at the exchange itself. */
  async #tradeElsewhere(): Promise<void> {
    const health = (await this.#service.control('GET', 'health')) as {
      venues: Record<string, { rest: string; key: string; secret: string }>;
    };
    const venue = health.venues['binance'];
    if (venue === undefined) throw new Error('binance is not simulated');
    const { rest, key, secret } = venue;
    await new VenueTrader(rest, { key, secret }).place({ side: 'BUY', quantity: '0.001', price: '51000' });
  }

  /** The fees paid so far reach a loss limit that is set below them. */
  async #loseMoney(): Promise<void> {
    const { stored } = await this.#must('GET', '/risk/limits');
    const { version } = (stored as { version: number }[])[0] ?? { version: 0 };
    const change = { scope: 'portfolio', reason: 'a test' };
    await this.#must('PUT', '/risk/limits', { ...change, version, limits: { max_daily_loss: '0.01' } });
    await this.#until('the ladder has taken a step', async () => {
      const { ladder } = await this.#must('GET', '/risk/status');
      return ladder === null || (ladder as { step: unknown }).step === 'none' ? [] : [ladder];
    });
    await this.#must('PUT', '/risk/limits', {
      ...change,
      version: version + 1,
      limits: { max_daily_loss: null },
    });
  }

  async #until<Found>(what: string, look: () => Promise<readonly Found[]>): Promise<readonly Found[]> {
    const end = performance.now() + APPEARS_WITHIN_MS;
    for (;;) {
      const found = await look();
      if (found.length > 0) return found;
      if (performance.now() > end) throw new Error(`in ${APPEARS_WITHIN_MS} ms it was not so that ${what}`);
      await setImmediate();
    }
  }

  async #must(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const answer = await this.#service.call(method, path, {
      token: this.#service.tokens.admin,
      ...(body === undefined ? {} : { body }),
    });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
}

function named(url: string): string {
  return url.replace(/^\/api\/v1/, '').replaceAll(/:([a-z_]+)/g, '{$1}');
}

/** A copy of the value in which texts that contain a key hold its value instead. */
function replaceAll<Value>(value: Value, by: ReadonlyMap<string, string>): Value {
  let text = JSON.stringify(value);
  for (const [from, to] of by)
    text = text.replaceAll(JSON.stringify(from).slice(1, -1), JSON.stringify(to).slice(1, -1));
  return JSON.parse(text) as Value;
}
