/** The ends of a stream's connection, each with its code and reason, and the documents that list them. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { PortfolioEngine } from '../../engine/portfolio-engine.ts';
import { Problem } from '../problem.ts';
import { STREAM_CLOSE_GRACE_MS } from '../server.ts';
import { startService, type TestService } from '../testing/service-fixture.ts';
import { closingOfLogin, CLOSINGS, isNotOpened } from './closings.ts';
import { STREAM_LIMITS } from './limits.ts';
import { StreamReader } from './testing/stream-reader.ts';

const DOCUMENT = join(import.meta.dirname, '../../../docs/api.md');
const STREAMS = 3;
/** Longer than a restart takes here without any client; without the bound nothing would end the wait. */
const RESTART_MS = 20_000;
const NOT_OPENED = /^(recovering|not_owner)$/;

let service: TestService;
beforeAll(async () => {
  service = await startService({}, { streamLimits: { connections: STREAMS, recheckTokenMs: 200 } });
});
afterAll(() => service.stop());

const sentWith = ({ code, reason }: { readonly code: number; readonly reason: string }): object => ({
  code,
  reason,
});

it('a service that stops closes its streams with 1001, those that are logged in and those that are not', async () => {
  const loggedIn = await StreamReader.open(service.streamUrl, service.tokens.read);
  await loggedIn.ask({ subscribe: ['orders', 'positions'] });
  const silent = await StreamReader.open(service.streamUrl, null);
  await service.restart();
  for (const reader of [loggedIn, silent]) expect(await reader.closed).toEqual(sentWith(CLOSINGS.stopping));
});

it('a service that stops waits for no client that never answers', async () => {
  const frozen = new WebSocket(service.streamUrl);
  await once(frozen, 'open');
  // It reads nothing any more, as a program that is stopped in a debugger.
  frozen.pause();
  const late = new AbortController();
  const first = await Promise.race([
    service.restart().then(() => 'stopped'),
    pause(STREAM_CLOSE_GRACE_MS * 3 + RESTART_MS, 'waited', { signal: late.signal }),
  ]);
  late.abort();
  expect(first).toBe('stopped');
  frozen.terminate();
});

it('authentication faults close with 1008 and the code of the error that was sent', async () => {
  for (const [first, code] of [
    [{ token: 'wrong' }, 'unauthenticated'],
    [{ subscribe: ['orders'] }, 'unauthenticated'],
    ['{', 'malformed_json'],
  ] as const) {
    const reader = await StreamReader.open(service.streamUrl, null);
    reader.send(first);
    expect(await reader.closed).toEqual({ code: 1008, reason: code });
    expect(reader.messages).toMatchObject([{ error: { code } }]);
  }
  const made = await service.call('POST', '/tokens', {
    token: service.tokens.admin,
    body: { label: 'short-lived', scopes: ['read'], expires_at: new Date(Date.now() + 1_500).toISOString() },
  });
  const expiring = await StreamReader.open(service.streamUrl, String(made.body['token']));
  expect(await expiring.closed).toEqual(sentWith(CLOSINGS.tokenEnded));
});

it('a login that cannot be judged now closes with 1013, and a fault of ours with 1011', () => {
  for (const [code, closing] of [
    ['storage_unavailable', 1013],
    ['login_throttled', 1013],
    ['internal_error', 1011],
    ['unauthenticated', 1008],
    ['scope_missing', 1008],
    ['invalid_request', 1008],
  ] as const)
    expect(closingOfLogin(new Problem(code, 'a test'))).toEqual({ code: closing, reason: code });
});

it('a connection beyond the bound is closed with 1013', async () => {
  const readers: StreamReader[] = [];
  while (readers.length < STREAMS)
    readers.push(await StreamReader.open(service.streamUrl, service.tokens.read));
  const socket = new WebSocket(service.streamUrl, {
    headers: { Authorization: `Bearer ${service.tokens.read}` },
  });
  const ended = await new Promise((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') }));
  });
  expect(ended).toEqual(sentWith(CLOSINGS.crowded));
  for (const reader of readers) {
    reader.close();
    await reader.closed;
  }
});

it('the AsyncAPI document and docs/api.md list every end, with its code, reason and remedy', async () => {
  const { body } = await service.call('GET', '//asyncapi.json', { token: null });
  const { stream } = body['channels'] as { readonly stream: Readonly<Record<string, unknown>> };
  expect(stream['x-close-codes']).toEqual(Object.values(CLOSINGS));
  const rows = readFileSync(DOCUMENT, 'utf8')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  for (const { code, reason, when, remedy } of Object.values(CLOSINGS))
    expect(rows).toContainEqual(['', String(code), reason ?? '', `${when} ${remedy}`, '']);
  // The bounds in their words are those of the service.
  expect(CLOSINGS.noLogin.when).toContain(`${STREAM_LIMITS.loginWithinMs / 1_000} s`);
  expect(CLOSINGS.tokenEnded.when).toContain(`${STREAM_LIMITS.recheckTokenMs / 1_000} s`);
  expect(CLOSINGS.tooMany.when).toContain(`${STREAM_LIMITS.unreadMessages} messages`);
  expect(CLOSINGS.tooSlow.when).toContain(`${STREAM_LIMITS.bufferedBytes / 1024 / 1024} MB`);
  expect(CLOSINGS.crowded.when).toContain(STREAM_LIMITS.connections.toLocaleString('en'));
});

// From here on the portfolio is not opened again.
it('a portfolio that is no longer run here closes its streams with 1012', async () => {
  const reader = await StreamReader.open(service.streamUrl, service.tokens.read);
  await reader.ask({ subscribe: ['orders'] });
  if (!(service.desk instanceof PortfolioEngine)) throw new TypeError('the desk is no engine');
  await service.desk.stop();
  expect(await reader.closed).toEqual(sentWith(CLOSINGS.moved));
});

it('a subscription before the portfolio is open here gets its error, and closes with 1013', async () => {
  for (const wish of [{ subscribe: ['orders'] }, { subscribe: ['orders'], after: 1 }]) {
    const reader = await StreamReader.open(service.streamUrl, service.tokens.read);
    reader.send(wish);
    expect(await reader.closed).toEqual(sentWith(CLOSINGS.notOpened));
    expect(reader.messages.at(-1)).toMatchObject({
      error: { code: expect.stringMatching(NOT_OPENED) as string },
    });
  }
  const unsaid = await StreamReader.open(service.streamUrl, service.tokens.read);
  // A wish that is wrong by itself leaves the connection open.
  expect((await unsaid.ask({ subscribe: 'orders' })).error?.code).toBe('invalid_request');
  expect(unsaid.socket.readyState).toBe(unsaid.socket.OPEN);
  unsaid.close();
});

it.each([
  ['recovering', true],
  ['not_owner', true],
  ['journal_stalled', false],
  ['invalid_request', false],
  ['after_too_old', false],
] as const)('%s on a subscription ends the connection: %s', (code, ends) => {
  expect(isNotOpened(new Problem(code, 'a test'))).toBe(ends);
});
