/**
 * docs/api.md, the served routes and the OpenAPI document say the same, and every example of it works: each row is a
 * test of its own, which sends the examples and holds requests and answers against the documented schemas.
 *
 * With PLIMSOLL_WRITE_EXAMPLES=1 the answers are written to answers.json, from where the document shows them.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ApiSchemas, rowsOfApiDocument } from '../testing/api-document.ts';
import { ExampleRunner } from '../testing/example-runner.ts';
import { startService, type TestService } from '../testing/service-fixture.ts';
import { operationName, type OperationName } from './operation.ts';
import { OPERATIONS } from './operations.ts';

const WRITES = process.env['PLIMSOLL_WRITE_EXAMPLES'] === '1';
const LIST_KEPT = 2;
const TEXT_KEPT = 400;

const rows = rowsOfApiDocument();
const recorded: Record<string, { type: string; body: unknown }> = {};
let service: TestService;
let schemas: ApiSchemas;
let runner: ExampleRunner;

beforeAll(async () => {
  service = await startService();
  await service.control('POST', 'binance/price', { symbol: 'BTC/USDT', price: '60000', hold: true });
  const bought = await service.call('POST', '/trading/v2/orders/market', {
    body: { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.05' },
  });
  expect(bought.status).toBe(201);
  schemas = new ApiSchemas((await service.call('GET', '//openapi.json', { token: null })).body);
  runner = new ExampleRunner(service);
});
afterAll(async () => {
  await service.stop();
  if (WRITES)
    writeFileSync(join(import.meta.dirname, 'answers.json'), `${JSON.stringify(recorded, null, 2)}\n`);
});

const sorted = (names: Iterable<string>): string[] => [...names].sort();
const isPage = (row: string): boolean =>
  service.served.some(({ method, url, isPage: page }) => page && operationName(method, url) === row);

describe('the contract', () => {
  it('docs/api.md has a row for every route that is served, and for no other', () => {
    expect(sorted(rows)).toEqual(sorted(service.served.map(({ method, url }) => operationName(method, url))));
    expect(new Set(rows).size).toBe(rows.length);
  });

  it('the OpenAPI document has an operation for every row that is no page, and no other', () => {
    expect(sorted(schemas.operations.keys())).toEqual(sorted(rows.filter((row) => !isPage(row))));
  });

  it('every operation has its example and its problems, and none is left from a route that is gone', () => {
    expect(sorted(Object.keys(OPERATIONS))).toEqual(sorted(schemas.operations.keys()));
  });

  it('operation ids are unique', () => {
    const ids = [...schemas.operations.values()].map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('each row', () => {
  it.each(rows)('%s', async (row) => {
    if (isPage(row)) {
      const page = await fetch(service.url + row.replace('GET ', '').replace('*', ''));
      expect(page.status).toBe(200);
      expect(page.headers.get('content-type')).toContain('text/html');
      expect((await page.text()).length).toBeGreaterThan(100);
      return;
    }
    const contract = OPERATIONS[row as OperationName];
    if (contract === undefined) throw new Error(`src/http/contract/operations.ts has no entry for ${row}`);
    const documented = schemas.operations.get(row);
    if (documented === undefined) throw new Error(`/openapi.json has no operation for ${row}`);
    const { requestBody, parameters, responses } = documented.operation;
    // A body or a parameter that nobody can see an example of is not documented.
    if (requestBody !== undefined) expect(contract.examples[0].body).toBeDefined();
    for (const parameter of parameters.filter(({ required }) => required === true))
      expect(parameter, `${row} ${parameter.name}`).toHaveProperty('example');
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '500', '503']));
    if (row === 'GET /stream') {
      await expectWelcome();
      return;
    }
    for (const [index, example] of contract.examples.entries()) {
      if (example.body !== undefined) expect(schemas.faultsOfBody(row, example.body)).toEqual([]);
      const answer = await runner.send(row, example);
      expect(answer.status, `${example.summary}: ${JSON.stringify(answer.body)}`).toBe(example.status);
      const type = answer.headers.get('content-type') ?? '';
      const isText = !type.includes('json');
      const body = isText ? answer.body['text'] : answer.body;
      expect(schemas.faultsOfAnswer(row, answer.status, type, body), example.summary).toEqual([]);
      if (index === 0) recorded[row] = { type: type.split(';', 1)[0] ?? '', body: shortened(row, body) };
    }
    if (WRITES) return;
    const shown = Object.entries(responses[String(contract.examples[0].status)]?.content ?? {});
    expect(shown).not.toEqual([]);
    for (const [type, { examples }] of shown) {
      const values = Object.values(examples ?? {});
      expect(values, `${row}: run npm run docs:examples`).not.toEqual([]);
      // A problem's examples stand among the components, and are held against their schema by the test of problems.
      for (const { value } of values.filter(({ $ref }) => $ref === undefined))
        expect(schemas.faultsOfAnswer(row, contract.examples[0].status, type, value)).toEqual([]);
    }
  });
});

describe('problems', () => {
  it.each(rows.filter((row) => !/\*|\/docs|GET \/$/.test(row)))('of %s are as documented', async (row) => {
    const documented = schemas.operations.get(row);
    if (documented === undefined) return;
    const { method, path } = documented;
    const url = `/${path.replaceAll(/\{\w+\}/g, 'BTC-USDT')}`;
    const needsToken = (documented.operation.security ?? []).length > 0;
    const calls = [
      // Without a token, with a token of another scope, and with an unknown field.
      ...(needsToken ? [{ token: null }, { token: 'wrong' }] : []),
      { token: service.tokens.read, query: '?no_such_field=1' },
      ...(method === 'GET' ? [] : [{ token: service.tokens.admin, body: '{"no_such_field":1}' }]),
    ];
    for (const { query, ...options } of calls as { token: string | null; query?: string; body?: string }[]) {
      const answer = await service.call(method, url + (query ?? ''), options);
      if (answer.status < 400) continue;
      const type = answer.headers.get('content-type') ?? '';
      expect(schemas.faultsOfAnswer(row, answer.status, type, answer.body)).toEqual([]);
      expect(type).toContain('application/problem+json');
    }
    if (needsToken) expect((await service.call(method, url, { token: null })).status).toBe(401);
  });
});

async function expectWelcome(): Promise<void> {
  const socket = new WebSocket(service.streamUrl, {
    headers: { Authorization: `Bearer ${service.tokens.read}` },
  });
  const first = await new Promise<string>((resolve, reject) => {
    socket.on('message', (data: Buffer) => resolve(data.toString('utf8'))).on('error', reject);
  });
  expect(JSON.parse(first)).toMatchObject({ login: { scopes: ['read'] } });
  socket.close();
}

/** An answer as an example: lists cut to a few, texts to their beginning, secrets to what they look like. */
function shortened(row: string, body: unknown): unknown {
  if (row === 'GET /openapi.json')
    return { openapi: '3.1.0', info: { title: 'Plimsoll', version: '1' }, paths: {} };
  if (row === 'GET /asyncapi.json')
    return { asyncapi: '3.0.0', info: { title: 'Plimsoll stream', version: '1' }, channels: {} };
  if (typeof body === 'string') return `${body.slice(0, TEXT_KEPT).split('\n').slice(0, -1).join('\n')}\n`;
  const text = JSON.stringify(body, (_name, value: unknown) =>
    Array.isArray(value) ? value.slice(0, LIST_KEPT) : value,
  );
  return JSON.parse(text.replaceAll(/plm_[\w-]{43}/g, 'plm_shown-this-once'));
}
