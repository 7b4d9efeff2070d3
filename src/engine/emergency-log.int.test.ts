import { appendFile, mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { orderId, portfolioId } from '../core/ids.ts';
import {
  openFileEmergencyLog,
  PLACE_BYTES,
  PREALLOCATED_PLACES,
  type EmergencyLog,
} from './emergency-log.ts';
import { silentLog } from './log.ts';
import { smallDisk } from './testing/small-disk.ts';

const MAIN = portfolioId('main');

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plimsoll-emergency-'));
  path = join(folder, 'cancels');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const opened = (): Promise<EmergencyLog> => openFileEmergencyLog(path, silentLog);

const entry = (order: string, portfolio = 'main', at = 1) => ({
  portfolioId: portfolioId(portfolio),
  orderId: orderId(order),
  requestedBy: 'admin',
  at,
});

const ordersOf = async (log: EmergencyLog): Promise<readonly string[]> =>
  (await log.entries(MAIN)).map((kept) => kept.orderId);

const fillPlaces = async (log: EmergencyLog): Promise<void> => {
  await Promise.all(
    Array.from({ length: PREALLOCATED_PLACES }, (_, n) => log.write(entry(`order-${String(n)}`))),
  );
};

it('keeps cancels across a restart, for each portfolio its own, until they are journaled', async () => {
  const log = await opened();
  expect(await log.entries(MAIN)).toEqual([]);
  await log.write(entry('one'));
  await log.write(entry('other', 'second'));
  await log.write(entry('two'));
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const again = await opened();
  expect(await again.entries(MAIN)).toEqual([entry('one'), entry('two')]);
  const journaled = await again.entries(MAIN);
  await Promise.all([again.write(entry('three')), again.remove(journaled)]);
  expect(await again.entries(MAIN)).toEqual([entry('three')]);
  expect(await again.entries(portfolioId('second'))).toEqual([entry('other', 'second')]);
  await again.remove([entry('three'), entry('other', 'second')]);
  expect(await (await opened()).entries(MAIN)).toEqual([]);
  expect((await readFile(path, 'utf8')).trim()).toBe('');
});

it('gives cancels in the order in which they were taken, wherever their places are', async () => {
  const log = await opened();
  await log.write(entry('one'));
  await log.write(entry('two'));
  const text = await readFile(path, 'utf8');
  const [first, second] = [text.slice(0, PLACE_BYTES), text.slice(PLACE_BYTES, 2 * PLACE_BYTES)];
  await writeFile(path, second + first + text.slice(2 * PLACE_BYTES));
  expect(await ordersOf(await opened())).toEqual(['one', 'two']);
});

it('has its places from the start, and is no longer for what is written and removed', async () => {
  const log = await opened();
  const sizeBytes = PREALLOCATED_PLACES * PLACE_BYTES;
  expect((await stat(path)).size).toBe(sizeBytes);
  for (let round = 0; round < 3; round += 1) {
    await fillPlaces(log);
    expect((await log.entries(MAIN)).length).toBe(PREALLOCATED_PLACES);
    await log.remove(await log.entries(MAIN));
  }
  expect((await stat(path)).size).toBe(sizeBytes);
  expect((await stat(path)).blocks * 512).toBeGreaterThanOrEqual(sizeBytes);
});

it('grows by as many places where all are taken and the disk has room', async () => {
  const log = await opened();
  await fillPlaces(log);
  await log.write(entry('one-more'));
  expect((await stat(path)).size).toBe(2 * PREALLOCATED_PLACES * PLACE_BYTES);
  const orders = await ordersOf(await opened());
  expect([orders.length, orders.at(-1)]).toEqual([PREALLOCATED_PLACES + 1, 'one-more']);
});

it('takes one place for an order, which stays until the last cancel of it is journaled', async () => {
  const log = await opened();
  await log.write(entry('one', 'main', 1));
  const journaled = await log.entries(MAIN);
  await log.write(entry('one', 'main', 2));
  await log.remove(journaled);
  expect(await ordersOf(log)).toEqual(['one']);
  await log.remove(await log.entries(MAIN));
  expect(await ordersOf(log)).toEqual([]);
});

it('leaves out an entry that a power cut tore, and writes over it', async () => {
  const log = await opened();
  await log.write(entry('one'));
  await log.write(entry('two'));
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('"orderId":"two"', '"orderId":"twx"'));
  const again = await opened();
  expect(await ordersOf(again)).toEqual(['one']);
  await fillPlaces(again).catch(() => undefined);
  await again.remove(await again.entries(MAIN));
  expect((await stat(path)).size).toBe(2 * PREALLOCATED_PLACES * PLACE_BYTES);
});

it('cuts a name that is too long for its place, and keeps the order', async () => {
  const log = await opened();
  await log.write({ ...entry('one'), requestedBy: 'ä'.repeat(2_000) });
  const [kept] = await (await opened()).entries(MAIN);
  expect(kept).toMatchObject({ orderId: 'one', requestedBy: expect.stringMatching(/^ä{50,}$/) });
});

it('opens a file of the former releases, a torn last line included, and adds its places', async () => {
  // Written twice, where the caller asked twice.
  const old = [entry('old-one'), entry('old-two'), entry('old-one')];
  await writeFile(path, old.map((kept) => `${JSON.stringify(kept)}\n`).join(''));
  await appendFile(path, '{"portfolioId":"main","ord');
  const log = await opened();
  expect(await log.entries(MAIN)).toEqual([entry('old-one'), entry('old-two')]);
  await log.write(entry('new'));
  await log.remove([entry('old-one')]);
  const again = await opened();
  expect(await ordersOf(again)).toEqual(['old-two', 'new']);
  await again.remove(await again.entries(MAIN));
  expect(await ordersOf(await opened())).toEqual([]);
});

it('takes cancels on a disk that has filled up, and refuses one that there is no place for', async ({
  skip,
}) => {
  const disk = await smallDisk();
  if (disk === null) return skip('neither a file system can be mounted here, nor the size of files limited');
  try {
    const full = join(disk.folder, 'cancels');
    const log = await openFileEmergencyLog(full, silentLog);
    await disk.fill();
    await fillPlaces(log);
    const refused = await log.write(entry('one-more')).then(
      () => null,
      (error: unknown) => (error as NodeJS.ErrnoException).code,
    );
    expect(['ENOSPC', 'EFBIG']).toContain(refused);
    const kept = await log.entries(MAIN);
    expect(kept.length).toBe(PREALLOCATED_PLACES);
    // An acknowledged entry is not written over; one that is journaled makes room.
    await log.remove(kept.slice(0, 1));
    await log.write(entry('one-more'));
    expect(await ordersOf(await openFileEmergencyLog(full, silentLog))).toContain('one-more');
  } finally {
    await disk.release();
  }
});

it('opens on a disk without room, says so, and refuses entries until there is some', async ({ skip }) => {
  const disk = await smallDisk();
  if (disk === null) return skip('neither a file system can be mounted here, nor the size of files limited');
  const errors: string[] = [];
  try {
    await disk.fill();
    const full = join(disk.folder, 'cancels');
    const log = await openFileEmergencyLog(full, {
      ...silentLog,
      error: (_fields, message) => errors.push(message),
    });
    expect(errors).toEqual([expect.stringContaining('no room for the emergency log')]);
    await expect(log.write(entry('one'))).rejects.toThrow();
    expect(await ordersOf(log)).toEqual([]);
  } finally {
    await disk.release();
  }
});

it('keeps why a cancel was asked for, as much of it as its place holds', async () => {
  const log = await opened();
  const short = { ...entry('short'), why: 'the kill switch: out' };
  const long = { ...entry('long'), why: 'because '.repeat(100) };
  await log.write(short);
  await log.write(long);
  const [first, second] = await (await opened()).entries(MAIN);
  expect(first).toEqual(short);
  expect(second).toMatchObject({ requestedBy: 'admin', orderId: 'long' });
  expect(second?.why?.length).toBeGreaterThan(100);
  expect(long.why.startsWith(second?.why ?? 'none')).toBe(true);
});

it('a cancel is answered as recorded once it is on the disk, and no sooner', async () => {
  const log = await opened();
  const handle = await open(path);
  const prototype = Object.getPrototypeOf(handle) as typeof handle;
  await handle.close();
  const synced = vi.spyOn(prototype, 'datasync');
  try {
    await log.write(entry('one'));
    expect(synced).toHaveBeenCalledOnce();
  } finally {
    synced.mockRestore();
  }
});
