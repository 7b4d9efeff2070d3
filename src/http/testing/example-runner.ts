/**
 * Sends the examples of the contract to a living service, with living ids in the place of those they are written with.
 *
 * Entry point: `ExampleRunner`.
 */
import { EXAMPLE, type ExampleRequest } from '../contract/operation.ts';
import type { Answer, TestService } from './service-fixture.ts';

const RESTING = { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.001', price: '50000' };
const BOUGHT = { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.002' };
const KEYS = { exchange: 'binance', mode: 'live', api_key: 'a key', secret: 'a secret' };

export class ExampleRunner {
  readonly #service: TestService;
  #users = 0;

  constructor(service: TestService) {
    this.#service = service;
  }

  /** Makes what the request speaks of, sends it, and gives the answer with the ids of the examples in it. */
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
      // What is to be changed must still work; what is looked at is more telling with fills.
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
    if (text.includes(EXAMPLE.userId) || text.includes(EXAMPLE.tokenId)) {
      this.#users += 1;
      const user = String((await this.#must('POST', '/users', { name: `user-${this.#users}` }))['id']);
      const token = await this.#must('POST', '/tokens', { user_id: user, label: 'bot', scopes: ['read'] });
      living.set(EXAMPLE.userId, user);
      living.set(EXAMPLE.tokenId, String(token['id']));
    }
    return living;
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
