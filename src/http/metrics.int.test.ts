/** /metrics over a real socket, PostgreSQL and a simulated venue. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decimal } from '../core/decimal.ts';
import { createMetrics } from './metrics.ts';
import { startService, type TestService } from './testing/service-fixture.ts';

const SETTLES = { timeout: 40_000, interval: 200 };

let service: TestService;
beforeAll(async () => {
  service = await startService({ maxDailyLoss: decimal('500') });
});
afterAll(() => service.stop());

/** The samples of a metric by their labels, without the portfolio, whose name is chance. */
async function samples(metric: string): Promise<Readonly<Record<string, string>>> {
  const { body } = await service.call('GET', '//metrics', { token: service.tokens.read });
  const found: Record<string, string> = {};
  for (const line of String(body['text']).split('\n')) {
    const [, name, labels = '', value = ''] = /^(\w+)\{([^}]*)\} (.+)$/.exec(line) ?? [];
    if (name !== metric) continue;
    const kept = labels.split(',').filter((label) => !label.startsWith('portfolio='));
    if (labels.includes(service.desk.portfolioId)) found[kept.join(',')] = value;
  }
  return found;
}

const equityEnds = async (): Promise<readonly string[]> => Object.keys(await samples('plimsoll_equity'));

it('equity, loss, drawdown, ladder and trading states are given by portfolio and mode', async () => {
  await expect
    .poll(equityEnds, SETTLES)
    .toEqual([
      'mode="paper",end="low",currency="USDT"',
      'mode="paper",end="current",currency="USDT"',
      'mode="paper",end="high",currency="USDT"',
    ]);
  const paper = 'mode="paper"';
  expect(await samples('plimsoll_equity_width')).toEqual({ [paper]: '0' });
  expect(await samples('plimsoll_equity_uncertain')).toEqual({ [paper]: '0' });
  expect(await samples('plimsoll_daily_loss')).toEqual({ [paper]: '0' });
  expect(await samples('plimsoll_daily_loss_limit')).toEqual({ [paper]: '500' });
  expect(await samples('plimsoll_drawdown')).toEqual({ [paper]: '0' });
  expect(await samples('plimsoll_drawdown_limit')).toEqual({});
  expect(await samples('plimsoll_ladder_step')).toMatchObject({
    [`${paper},step="none"`]: '1',
    [`${paper},step="flatten"`]: '0',
  });
  const body = { scope: 'portfolio', state: 'reduce_only', reason: 'a look at the figures' };
  expect((await service.call('PUT', '/risk/trading-state', { body })).status).toBe(200);
  expect(await samples('plimsoll_trading')).toMatchObject({
    [`${paper},state="open"`]: '0',
    [`${paper},state="reduce_only"`]: '1',
  });
  expect(await samples('plimsoll_trading_state_scopes')).toMatchObject({
    'scope="portfolio",state="reduce_only"': '1',
    'scope="portfolio",state="halted"': '0',
  });
});

it('figures need a token, and are of the portfolio of the token unless it has power over users', async () => {
  expect(await service.call('GET', '//metrics', { token: null })).toMatchObject({
    status: 401,
    body: { code: 'unauthenticated' },
  });
  const portfoliosOf = async (token: string): Promise<ReadonlySet<string>> => {
    const { status, body } = await service.call('GET', '//metrics', { token });
    expect(status).toBe(200);
    const text = String(body['text']);
    expect(text).toContain('plimsoll_http_request_seconds_count{');
    return new Set([...text.matchAll(/portfolio="([^"]*)"/g)].map(([, owner = '']) => owner));
  };
  const { portfolioId: own } = service.desk;
  const whole = await portfoliosOf(service.tokens.admin);
  expect(whole.size).toBe(2);
  expect(await portfoliosOf(service.tokens.read)).toEqual(new Set([own]));
  const others = await portfoliosOf(service.tokens.otherUser);
  expect(others.size).toBe(1);
  expect(others.has(own)).toBe(false);
  const admin = { token: service.tokens.admin };
  const bound = await service.call('POST', '/tokens', {
    ...admin,
    body: { label: 'one account', scopes: ['read'], accounts: ['binance-paper'] },
  });
  expect(await service.call('GET', '//metrics', { token: String(bound.body['token']) })).toMatchObject({
    status: 403,
    body: { code: 'token_bound' },
  });
});

it('a figure that is not known has no sample', async () => {
  const detach = async (detached: boolean) =>
    service.call('POST', '/risk/accounts', {
      token: service.tokens.admin,
      body: { exchange: 'binance', detached, reason: 'a test' },
    });
  expect((await detach(true)).status).toBe(200);
  for (const metric of [
    'plimsoll_equity',
    'plimsoll_equity_width',
    'plimsoll_daily_loss',
    'plimsoll_drawdown',
  ])
    expect(await samples(metric)).toEqual({});
  expect(await samples('plimsoll_ladder_step')).toMatchObject({ 'mode="paper",step="none"': '1' });
  expect((await detach(false)).status).toBe(200);
  await expect.poll(equityEnds, SETTLES).toHaveLength(3);
});

it('docs/metrics.md lists every metric of the service', async () => {
  const document = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  const names = (await createMetrics(() => []).registry.getMetricsAsJSON()).map(({ name }) => name);
  const own = names.filter((name) => !/^plimsoll_(process|nodejs)_/.test(name));
  expect(own.length).toBeGreaterThan(15);
  expect(own.filter((name) => !document.includes(`\`${name}\``))).toEqual([]);
});
