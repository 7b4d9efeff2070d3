/**
 * A client that is generated from the OpenAPI document compiles, is typed, and trades.
 *
 * The program below is compiled against it under `strict`: each line that expects an error proves a type, since a line without
 * the error does not compile. Then it is run against the service.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { generateApi } from 'swagger-typescript-api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startService, type TestService } from '../testing/service-fixture.ts';

const ROOT = join(import.meta.dirname, '../../..');
const PROGRAM = `import { Api } from './client.ts';

export async function trade(url: string, token: string): Promise<{ status: string; price: string | null; open: number; refused: string }> {
  const api = new Api<string>({
    baseUrl: url,
    securityWorker: (bearer) => (bearer === null ? undefined : { headers: { Authorization: \`Bearer \${bearer}\` } }),
  });
  api.setSecurityData(token);
  const order = { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.001', price: 55000.1 } as const;
  const { data: placed } = await api.api.placeLimitOrder(order);
  const status: 'accepted' | 'submitting' | 'open' | 'partially_filled' | 'filled' | 'canceling' | 'canceled' | 'rejected' | 'denied' | 'expired' | 'armed' | 'unknown' | 'failed' = placed.status;
  const { data: listed } = await api.api.listOpenOrders({ exchange: 'binance' });
  const refused = await api.api.placeLimitOrder({ ...order, quantity: '0' }).catch((answer: { error: { code: 'invalid_request' | 'route_not_found' } }) => answer.error.code);
  await api.api.cancelOrder(placed.id, { wait_ms: 5000 });
  return { status, price: placed.price, open: listed.orders.length, refused: String(refused) };
}

export function wrong(api: Api<string>): void {
  // @ts-expect-error an exchange that there is not
  void api.api.placeLimitOrder({ exchange: 'mtgox', symbol: 'BTC/USDT', side: 'buy', quantity: '1', price: '1' });
  // @ts-expect-error a side that there is not
  void api.api.placeLimitOrder({ exchange: 'binance', symbol: 'BTC/USDT', side: 'long', quantity: '1', price: '1' });
  // @ts-expect-error a limit order without a price
  void api.api.placeLimitOrder({ exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '1' });
  // @ts-expect-error a flag is no number
  void api.api.placeLimitOrder({ exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '1', price: '1', post_only: 1 });
  // @ts-expect-error a count is a number
  void api.api.listOrderHistory({ limit: 'ten' });
  // @ts-expect-error a name that no order has
  void api.api.listOrderHistory({}).then(({ data }) => data.orders[0].no_such_field);
}
`;

let service: TestService;
let directory: string;

beforeAll(async () => {
  service = await startService();
  // Inside the project, so that the client's types are resolved as a program's own would be.
  await mkdir(join(ROOT, 'test-output'), { recursive: true });
  directory = await mkdtemp(join(ROOT, 'test-output/client-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
  await service.stop();
});

it('compiles under strict, is typed, and places an order', async () => {
  await service.control('POST', 'binance/price', { symbol: 'BTC/USDT', price: '60000', hold: true });
  const { body: document } = await service.call('GET', '//openapi.json', { token: null });
  await generateApi({
    spec: document,
    output: directory,
    fileName: 'client.ts',
    generateUnionEnums: true,
    extractRequestParams: false,
    silent: true,
  });
  await writeFile(join(directory, 'program.ts'), PROGRAM);
  const compiled = await promisify(execFile)(process.execPath, [
    join(ROOT, 'node_modules/typescript/bin/tsc'),
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--allowImportingTsExtensions',
    '--target',
    'es2024',
    '--module',
    'nodenext',
    join(directory, 'program.ts'),
  ]).catch((error: { readonly stdout: string }) => error);
  expect(compiled.stdout).toBe('');

  const { trade } = (await import(pathToFileURL(join(directory, 'program.ts')).href)) as {
    readonly trade: (url: string, token: string) => Promise<unknown>;
  };
  expect(await trade(service.url, service.tokens.trade)).toEqual({
    status: 'open',
    price: '55000.1',
    open: 1,
    refused: 'invalid_request',
  });
}, 120_000);

it('every pattern of the document is read the same by the common engines of regular expressions', async () => {
  const { body: document } = await service.call('GET', '//openapi.json', { token: null });
  const patterns = new Set(
    [...JSON.stringify(document).matchAll(/"pattern":"((?:[^"\\]|\\.)*)"/g)].map(
      ([, text]) => JSON.parse(`"${text ?? ''}"`) as string,
    ),
  );
  expect(patterns.size).toBeGreaterThan(3);
  // Classes by name, look-around, and \\d (any digit of any script to some) differ between engines.
  for (const pattern of patterns) expect(pattern).not.toMatch(/\\[pPdDwWsSuk]|\(\?/);
});
