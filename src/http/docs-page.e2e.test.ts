/** /docs in a real browser that can reach nothing but the service: what it shows is all there is. */
import chromium from '@sparticuz/chromium';
import { chromium as browsers, type Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startService, type TestService } from './testing/service-fixture.ts';

const SHOWN_WITHIN_MS = 90_000;

let service: TestService;
let browser: Browser;
beforeAll(async () => {
  service = await startService();
  browser = await browsers.launch({
    executablePath: await chromium.executablePath(),
    args: chromium.args,
    headless: true,
  });
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await service.stop();
});

it(
  'GET /docs shows every operation, without an error and without asking anybody else',
  { timeout: 300_000 },
  async () => {
    const { paths } = (await service.call('GET', '//openapi.json', { token: null })).body as {
      paths: Record<string, Record<string, { summary: string; tags: string[] }>>;
    };
    const page = await browser.newPage();
    const complaints: string[] = [];
    const elsewhere: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.route('**/*', async (route) => {
      const url = route.request().url();
      if (url.startsWith(service.url) || /^(?:data|blob):/.test(url)) {
        await route.continue();
        return;
      }
      elsewhere.push(url);
      await route.abort();
    });
    await page.goto(`${service.url}/docs#tag/orders/POST/api/v1/trading/v2/orders/market`, {
      timeout: SHOWN_WITHIN_MS,
      waitUntil: 'domcontentloaded',
    });
    // The list at the side has every group of operations; one opens to show its operations.
    const tags = new Set(
      Object.values(paths).flatMap((operations) => Object.values(operations).flatMap((each) => each.tags)),
    );
    expect(tags.size).toBeGreaterThan(5);
    const shows = (text: string): Promise<void> =>
      page.getByText(text, { exact: true }).first().waitFor({ timeout: SHOWN_WITHIN_MS, state: 'attached' });
    for (const tag of tags) await shows(tag);
    for (const { summary } of Object.values(paths['/api/v1/trading/v2/orders/market'] ?? {}))
      await shows(summary);
    expect(await page.getByText('/api/v1/trading/v2/orders/market').count()).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
    expect(elsewhere).toEqual([]);

    const errors = await page.goto(`${service.url}/docs/errors#order_not_found`);
    expect(errors?.status()).toBe(200);
    await page.locator('#order_not_found').waitFor();
    expect(complaints).toEqual([]);
  },
);
