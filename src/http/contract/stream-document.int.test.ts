/**
 * The AsyncAPI document of the stream: valid by the specification's own schema, and true of real messages. A run brings every
 * message that the document has, and each is held against the schema that the document has for it.
 */
import { Ajv, type ValidateFunction } from 'ajv';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExampleRunner } from '../testing/example-runner.ts';
import { startService, type TestService } from '../testing/service-fixture.ts';
import { StreamReader, type Message } from '../stream/testing/stream-reader.ts';
import { PORTFOLIO_CHANNELS } from '../stream/channels.ts';
import { CLIENT_MESSAGES, SERVICE_MESSAGES } from '../stream/messages.ts';
import type { StreamDocument } from './stream-document.ts';

const SPECIFICATION = createRequire(import.meta.url).resolve('@asyncapi/specs/schemas/3.0.0.json');
const PRICES = 'prices:binance:BTC/USDT';
/** A bound, not a wait. */
const SOON = { timeout: 20_000 };

let service: TestService;
let document: StreamDocument;
/** By the name of the message. */
const validators = new Map<string, ValidateFunction>();

beforeAll(async () => {
  service = await startService();
  for (const symbol of ['BTC/USDT', 'BTC/USDT:USDT'])
    await service.control('POST', 'binance/price', { symbol, price: '60000', hold: true });
  const answer = await service.call('GET', '//asyncapi.json', { token: null });
  expect(answer.status).toBe(200);
  document = answer.body as unknown as StreamDocument;
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema({ $id: 'stream', ...document });
  for (const name of Object.keys(document.components.messages))
    validators.set(name, ajv.compile({ $ref: `stream#/components/schemas/${name}` }));
});
afterAll(() => service.stop());

/** The names of the messages that a value is, by the document. */
function namesOf(message: unknown): readonly string[] {
  return [...validators].filter(([, isValid]) => isValid(message)).map(([name]) => name);
}

async function order(type: string, parts: object): Promise<void> {
  const body = { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.001', ...parts };
  const answer = await service.call('POST', `/trading/v2/orders/${type}`, { body });
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
}

const admin = async (method: string, path: string, body: object): Promise<void> => {
  const answer = await service.call(method, path, { token: service.tokens.admin, body });
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
};

describe('the AsyncAPI document', () => {
  it('is valid by the schema of the specification', () => {
    // The specification brings the schema of schemas along.
    const ajv = new Ajv({ strict: false, validateFormats: false, meta: false, validateSchema: false });
    const isValid = ajv.compile(JSON.parse(readFileSync(SPECIFICATION, 'utf8')) as object);
    expect(isValid(document), JSON.stringify(isValid.errors?.slice(0, 5), null, 1)).toBe(true);
    expect(isValid({ ...document, channels: { stream: { address: 7 } } })).toBe(false);
  });

  it('has every message, refers to nothing that it does not have, and shares its schemas with the OpenAPI document', async () => {
    expect(validators.size).toBe(CLIENT_MESSAGES.length + SERVICE_MESSAGES.length);
    for (const [, path = ''] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      let part: unknown = document;
      for (const name of path.split('/')) part = (part as Record<string, unknown>)[name];
      expect(part, path).toBeTypeOf('object');
    }
    const { body } = await service.call('GET', '//openapi.json', { token: null });
    const { schemas } = body['components'] as { readonly schemas: Record<string, unknown> };
    for (const name of ['Order', 'Fill', 'Position', 'Balance', 'DriftCase'])
      expect(document.components.schemas[name], name).toEqual(schemas[name]);
    const page = await service.call('GET', '//', { token: null });
    expect(page.body['text']).toContain('/asyncapi.json');
    expect((body['info'] as { readonly description: string }).description).toContain('/asyncapi.json');
  });

  it('is true of every message of a run, and the run brings each of them', async () => {
    const reader = await StreamReader.open(service.streamUrl, service.tokens.admin);
    await reader.ask({ subscribe: [...PORTFOLIO_CHANNELS, PRICES] });
    await reader.ask({ subscribe: ['nothing'] });
    await order('market', { wait_ms: 5_000 });
    await order('market', { symbol: 'BTC/USDT:USDT', quantity: '0.002', wait_ms: 5_000 });
    await order('stop', { side: 'sell', quantity: '0.0005', stop_price: '50000' });
    await order('limit', { price: '50000' });
    const close = { exchange: 'binance', wait_ms: 5_000 };
    expect(
      (await service.call('POST', '/trading/v2/positions/BTC-USDT-SWAP/close', { body: close })).status,
    ).toBe(201);
    const limits = { max_open_orders: 50 };
    await admin('PUT', '/risk/limits', { scope: 'portfolio', limits, reason: 'a look', version: 0 });
    await admin('PUT', '/risk/trading-state', {
      scope: 'account',
      account: 'binance-paper',
      state: 'halted',
      version: 0,
      reason: 'a look',
    });
    const refused = await service.call('POST', '/trading/v2/orders/market', {
      body: { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.001' },
    });
    expect(refused.status).toBe(422);
    await admin('POST', '/risk/kill-switch', { engaged: true, reason: 'a look' });
    // Somebody trades elsewhere with the keys of the account: a drift case.
    const runner = new ExampleRunner(service);
    await runner.send('GET /drift', { summary: 'cases', status: 200 });

    const seen = (): ReadonlySet<string> => new Set(reader.messages.flatMap(namesOf));
    const fromService = [...validators.keys()].filter(
      (name) => !['StreamLogin', 'StreamSubscription'].includes(name),
    );
    await expect.poll(() => fromService.filter((name) => !seen().has(name)), SOON).toEqual([]);
    const events = new Set(reader.messages.map(({ channel, event }) => `${channel} ${event}`));
    for (const event of [
      'orders order_denied',
      'risk order_denied',
      'risk alarms',
      'risk trading_state_set',
      'risk kill_switch_set',
      'drift drift_opened',
    ])
      expect(events).toContain(event);
    for (const message of reader.messages) expect(faultsOf(message)).toEqual([]);
    reader.close();
  }, 90_000);

  it('takes from a client what the service takes, and no more', async () => {
    const reader = await StreamReader.open(service.streamUrl, service.tokens.read);
    for (const message of [
      { subscribe: ['orders'] },
      { subscribe: ['orders'], after: 'x' },
      { subscribe: 'orders' },
      { subscribe: ['orders'], why: 'x' },
      { unsubscribe: ['orders'] },
    ] as const) {
      const { error } = await reader.ask(message);
      expect(namesOf(message).includes('StreamSubscription'), JSON.stringify(message)).toBe(
        error === undefined,
      );
    }
    expect(namesOf({ token: 'x' })).toEqual(['StreamLogin']);
    reader.close();
  });
});

/** Each message is one of the document, and no two of them. */
function faultsOf(message: Message): readonly string[] {
  const names = namesOf(message);
  if (names.length === 1) return [];
  return [`${names.length} schemas fit ${JSON.stringify(message).slice(0, 1_000)}`];
}
