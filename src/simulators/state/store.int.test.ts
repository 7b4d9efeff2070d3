/** The store on a real disk: order, group commit, generations, torn and damaged files. */
import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Decimal, decimal } from '../../core/decimal.ts';
import { decode, encode } from './codec.ts';
import { StateError } from './disk.ts';
import { Store } from './store.ts';

interface Entry {
  readonly number: number;
  readonly amount: Decimal;
}

/** The state of a store of numbers: the sum and the count of those appended. */
interface Sum {
  readonly count: number;
  readonly sum: Decimal;
}

let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'store-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

async function openStore(minLogCost = 1_000_000) {
  const store = new Store<Sum, Entry>({
    directory,
    onFailure: (failure) => {
      throw failure;
    },
    costOf: () => 1,
    minLogCost,
  });
  const loaded = await store.load();
  return { store, loaded };
}

function entry(number: number): Entry {
  return { number, amount: Decimal.of(BigInt(number), 2) };
}

test('the codec gives back exactly what it was given', () => {
  const value = {
    amount: decimal('-0.00000001'),
    list: [decimal('1'), null, 'text', { deep: decimal('2.5') }],
    flag: true,
  };
  expect(decode(encode(value))).toEqual(value);
  expect(encode(decode(encode(value)))).toBe(encode(value));
});

test('what was appended before is on disk when the callback runs, and callbacks keep their order', async () => {
  const { store } = await openStore();
  const seen: number[] = [];
  const onDisk: Promise<boolean>[] = [];
  for (let number = 1; number <= 100; number += 1) {
    store.append(entry(number));
    store.whenDurable(() => {
      seen.push(number);
      onDisk.push(
        readFile(join(directory, 'log-0.jsonl'), 'utf8').then((text) => text.includes(`"number":${number},`)),
      );
    });
  }
  await store.flush();
  expect(seen).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  expect(new Set(await Promise.all(onDisk))).toEqual(new Set([true]));
  await store.close();
  const { store: again, loaded } = await openStore();
  expect(loaded.snapshot).toBeNull();
  expect(loaded.records).toEqual(Array.from({ length: 100 }, (_, index) => entry(index + 1)));
  await again.close();
});

test('nothing to wait for: the callback runs at once', async () => {
  const { store } = await openStore();
  let isSent = false;
  store.whenDurable(() => {
    isSent = true;
  });
  expect(isSent).toBe(true);
  await store.close();
});

test('generations rotate under load and lose nothing; former ones are deleted', async () => {
  const { store } = await openStore(100);
  let held: Sum = { count: 0, sum: Decimal.zero };
  let rotations = 0;
  for (let number = 1; number <= 2000; number += 1) {
    const next = entry(number);
    store.append(next);
    held = { count: held.count + 1, sum: held.sum.add(next.amount) };
    if (store.isFull) {
      rotations += 1;
      void store.rotate([held]);
    }
    if (number % 7 === 0) await store.flush();
  }
  await store.close();
  expect(rotations).toBeGreaterThan(3);
  const { store: again, loaded } = await openStore();
  const { records } = loaded;
  const [snapshot] = loaded.snapshot ?? [];
  const total = records.reduce((sum, record) => sum.add(record.amount), snapshot?.sum ?? Decimal.zero);
  expect([(snapshot?.count ?? 0) + records.length, total.toString()]).toEqual([2000, held.sum.toString()]);
  await again.close();
  expect((await readdir(directory)).filter((name) => name.startsWith('snapshot')).length).toBe(1);
});

test('a log whose snapshot was not finished follows the former snapshot and its log', async () => {
  const { store } = await openStore();
  await store.restart([{ count: 0, sum: Decimal.zero }]);
  store.append(entry(1));
  await store.flush();
  await store.close();
  // The files after a crash between the switch of the log and the end of the snapshot.
  const line = await readFile(join(directory, 'log-1.jsonl'), 'utf8');
  await writeFile(join(directory, 'log-2.jsonl'), line.repeat(2));
  await writeFile(join(directory, 'snapshot-2.jsonl.new'), '{"count":');
  const { store: again, loaded } = await openStore();
  expect(loaded.snapshot?.[0]?.count).toBe(0);
  expect(loaded.records).toEqual([entry(1), entry(1), entry(1)]);
  again.append(entry(9));
  await again.close();
  const { store: third, loaded: last } = await openStore();
  expect(last.records.at(-1)).toEqual(entry(9));
  await third.close();
});

test.each(['deadbeef {"number":2,"amount":{"$d":"1"}}\n', '1234', 'x\n'])(
  'a torn tail %j is cut off and the log goes on',
  async (tail) => {
    const { store } = await openStore();
    store.append(entry(1));
    await store.close();
    await appendFile(join(directory, 'log-0.jsonl'), tail);
    const { store: again, loaded } = await openStore();
    expect(loaded.records).toEqual([entry(1)]);
    again.append(entry(2));
    await again.close();
    const { store: third, loaded: last } = await openStore();
    expect(last.records).toEqual([entry(1), entry(2)]);
    await third.close();
  },
);

test('damage before a whole line, or before the last log, is an error and not a loss', async () => {
  const { store } = await openStore();
  store.append(entry(1));
  await store.close();
  const whole = await readFile(join(directory, 'log-0.jsonl'), 'utf8');
  await writeFile(join(directory, 'log-0.jsonl'), `${whole}damaged\n${whole}`);
  await expect(openStore()).rejects.toThrow('damaged');
  await writeFile(join(directory, 'log-0.jsonl'), whole);
  await appendFile(join(directory, 'log-0.jsonl'), 'damaged\n');
  await writeFile(join(directory, 'log-1.jsonl'), '');
  await expect(openStore()).rejects.toThrow('damaged');
});

test('a damaged snapshot, a shortened one and a missing log are refused by name', async () => {
  const { store } = await openStore();
  await store.restart([
    { count: 1, sum: decimal('1.25') },
    { count: 2, sum: decimal('2.5') },
  ]);
  store.append(entry(1));
  await store.close();
  const path = join(directory, 'snapshot-1.jsonl');
  const whole = await readFile(path, 'utf8');
  const lines = whole.split('\n');
  for (const damage of [
    whole.replace('1.25', '1.26'),
    lines.filter((_line, index) => index !== 1).join('\n'),
    lines.filter((_line, index) => index !== 2).join('\n'),
    whole.slice(0, -1),
    'x',
  ]) {
    await writeFile(path, damage);
    await expect(openStore(), damage).rejects.toThrow(
      /snapshot-1\.jsonl is damaged at byte \d+: .* begin anew/,
    );
  }
  await writeFile(path, whole);
  await writeFile(join(directory, 'log-3.jsonl'), '');
  await expect(openStore()).rejects.toThrow(/log-2\.jsonl is missing/);
  await expect(openStore()).rejects.toThrow(StateError);
  await rm(join(directory, 'log-3.jsonl'));
  const { store: again, loaded } = await openStore();
  expect(loaded.snapshot).toHaveLength(2);
  expect(loaded.records).toEqual([entry(1)]);
  await again.close();
});

test('a snapshot without sums, as earlier programs wrote it, is read', async () => {
  await writeFile(join(directory, 'snapshot-4.jsonl'), '{"count":3,"sum":{"$d":"4.5"}}\n{"count":1}\n');
  const { store, loaded } = await openStore();
  expect(loaded.snapshot).toEqual([{ count: 3, sum: decimal('4.5') }, { count: 1 }]);
  await store.close();
  await writeFile(join(directory, 'snapshot-4.jsonl'), '{"count":3,"sum"\n');
  await expect(openStore()).rejects.toThrow('damaged');
});

test('a draft of a snapshot that a crash left is no state, and goes with its generation', async () => {
  await writeFile(join(directory, 'snapshot-1.jsonl.new'), '{"count":');
  const { store, loaded } = await openStore();
  expect(loaded).toEqual({ snapshot: null, records: [] });
  for (let generation = 1; generation <= 2; generation += 1)
    await store.restart([{ count: generation, sum: Decimal.zero }]);
  await store.close();
  expect((await readdir(directory)).sort()).toEqual(['log-2.jsonl', 'snapshot-2.jsonl']);
});

test('restart forgets everything at once', async () => {
  const { store } = await openStore();
  store.append(entry(1));
  await store.restart([
    { count: 5, sum: decimal('5') },
    { count: 1, sum: decimal('1') },
  ]);
  store.append(entry(2));
  await store.close();
  const { store: again, loaded } = await openStore();
  expect(loaded).toEqual({
    snapshot: [
      { count: 5, sum: decimal('5') },
      { count: 1, sum: decimal('1') },
    ],
    records: [entry(2)],
  });
  await again.close();
});

test('a disk that refuses is reported once, and nothing is sent', async () => {
  const failures: unknown[] = [];
  const store = new Store<Sum, Entry>({
    directory,
    onFailure: (failure) => failures.push(failure),
    costOf: () => 1,
  });
  await store.load();
  await store.close();
  store.append(entry(1));
  let isSent = false;
  store.whenDurable(() => {
    isSent = true;
  });
  await expect.poll(() => failures.length).toBe(1);
  store.whenDurable(() => {
    isSent = true;
  });
  await expect(store.flush()).rejects.toThrow('could not be written');
  expect(isSent).toBe(false);
});

test.runIf(existsSync('/dev/full'))(
  'a full disk: reported once, nothing leaves after it, and all that left is there when there is room again',
  async () => {
    const failures: unknown[] = [];
    const store = new Store<Sum, Entry>({
      directory,
      onFailure: (failure) => failures.push(failure),
      costOf: () => 1,
    });
    await store.load();
    store.append(entry(1));
    await store.flush();
    // The next generation's log stands on a device that has no room.
    await symlink('/dev/full', join(directory, 'log-1.jsonl'));
    await store.rotate([{ count: 1, sum: entry(1).amount }]);
    let sent = 0;
    for (let number = 2; number <= 4; number += 1) {
      store.append(entry(number));
      store.whenDurable(() => {
        sent += 1;
      });
    }
    await expect.poll(() => failures).toMatchObject([{ code: 'ENOSPC' }]);
    await expect(store.flush()).rejects.toThrow('could not be written');
    await store.rotate([{ count: 9, sum: Decimal.zero }]);
    expect([sent, failures.length]).toEqual([0, 1]);
    await store.close();

    await rm(join(directory, 'log-1.jsonl'));
    const { store: again, loaded } = await openStore();
    expect(loaded).toEqual({ snapshot: [{ count: 1, sum: entry(1).amount }], records: [] });
    again.append(entry(2));
    await again.close();
  },
);
