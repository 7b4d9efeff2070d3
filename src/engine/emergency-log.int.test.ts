import { appendFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { orderId, portfolioId } from '../core/ids.ts';
import { fileEmergencyLog } from './emergency-log.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plimsoll-emergency-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const entry = (order: string, portfolio = 'main') => ({
  portfolioId: portfolioId(portfolio),
  orderId: orderId(order),
  requestedBy: 'admin',
  at: 1,
});

it('keeps cancels across a restart, for each portfolio its own, until they are journaled', async () => {
  const path = join(folder, 'cancels');
  const log = fileEmergencyLog(path);
  expect(await log.entries(portfolioId('main'))).toEqual([]);
  await log.write(entry('one'));
  await log.write(entry('other', 'second'));
  await log.write(entry('two'));
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const again = fileEmergencyLog(path);
  expect(await again.entries(portfolioId('main'))).toEqual([entry('one'), entry('two')]);
  const journaled = await again.entries(portfolioId('main'));
  await Promise.all([again.write(entry('three')), again.remove(journaled)]);
  expect(await again.entries(portfolioId('main'))).toEqual([entry('three')]);
  expect(await again.entries(portfolioId('second'))).toEqual([entry('other', 'second')]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await again.remove([entry('three'), entry('other', 'second')]);
  await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
});

it('leaves out a line that a power cut tore', async () => {
  const path = join(folder, 'cancels');
  const log = fileEmergencyLog(path);
  await log.write(entry('one'));
  await appendFile(path, '{"portfolioId":"main","ord');
  expect(await fileEmergencyLog(path).entries(portfolioId('main'))).toEqual([entry('one')]);
});
