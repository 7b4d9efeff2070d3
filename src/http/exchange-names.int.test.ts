/** An exchange that is not supported is answered alike by every operation that takes one, and as documented. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OPERATIONS } from './contract/operations.ts';
import type { OperationName } from './contract/operation.ts';
import { ApiSchemas, type NamedOperation } from './testing/api-document.ts';
import { ExampleRunner } from './testing/example-runner.ts';
import { startService, type TestService } from './testing/service-fixture.ts';

let service: TestService;
let schemas: ApiSchemas;
beforeAll(async () => {
  service = await startService();
  const document = await service.call('GET', '//openapi.json', { token: null });
  schemas = new ApiSchemas(document.body);
});
afterAll(() => service.stop());

/** The example with another exchange wherever it may name one; null for an operation that names none. */
function withExchange(
  { name, method, operation }: NamedOperation,
  exchange: unknown,
): { readonly path?: object; readonly query?: object; readonly body?: object } | null {
  const [first] = OPERATIONS[name as OperationName]?.examples ?? [];
  if (first === undefined) return null;
  if (operation.parameters.some((one) => one.in === 'query' && one.name === 'exchange')) {
    // Of an order: its id at the exchange, beside which the exchange is looked at.
    const symbol = operation.parameters.some((one) => one.name === 'order_id') ? { symbol: 'BTC/USDT' } : {};
    return { ...first, query: { ...first.query, ...symbol, exchange } };
  }
  if (method === 'GET' || first.body === undefined) return null;
  const { body } = first as { readonly body: Readonly<Record<string, unknown>> };
  if ('orders' in body) {
    const orders = (body['orders'] as object[]).map((order) => ({ ...order, exchange }));
    return { ...first, body: { ...body, orders } };
  }
  const isScope = 'scope' in body;
  if (!isScope && !('exchange' in body)) return null;
  if (!isScope) return { ...first, body: { ...body, exchange } };
  const { account: _account, strategy: _strategy, ...others } = body;
  return { ...first, body: { ...others, scope: 'instrument', symbol: 'BTC/USDT', exchange } };
}

it('an exchange that is not supported is 422, and what is no name of one 400, on every operation', async () => {
  const runner = new ExampleRunner(service);
  const before = await service.ordersAtVenue();
  const covered: string[] = [];
  for (const operation of schemas.operations.values()) {
    const { name } = operation;
    for (const [exchange, status, code] of [
      ['kraken', 422, 'exchange_not_supported'],
      ['', 400, 'invalid_request'],
    ] as const) {
      const request = withExchange(operation, exchange);
      if (request === null) continue;
      const unliving = JSON.parse(
        JSON.stringify(request).replaceAll(/ord_[0-9A-Za-z]+/g, 'nobody'),
      ) as typeof request;
      const answer = await runner.send(name, { summary: name, status, ...unliving } as never);
      expect(answer, `${name} ${exchange}`).toMatchObject({ status, body: { code } });
      expect(schemas.faultsOfProblem(name, status, answer.body), `${name} ${exchange}`).toEqual([]);
      expect(String(answer.body['detail']), `${name} ${exchange}`).toContain('exchange');
      covered.push(name);
    }
  }
  expect(new Set(covered).size).toBeGreaterThan(25);
  expect(await service.ordersAtVenue()).toBe(before);
});

it('an unknown exchange beside another fault is one of the faults', async () => {
  const body = { exchange: 'kraken', symbol: 'BTC/USDT', side: 'up', quantity: '0.001' };
  const answer = await service.call('POST', '/trading/v2/orders/market', { body });
  expect(answer).toMatchObject({
    status: 400,
    body: {
      code: 'invalid_request',
      errors: [
        { field: 'exchange', reason: '"kraken" is not supported; GET /exchanges lists those that are' },
        { field: 'side' },
      ],
    },
  });
});
