/**
 * One venue's state on disk: numbered snapshots, each followed by a log of the commands since then.
 *
 * `append` puts a command in memory; `whenDurable` runs a callback after everything appended before it has been
 * written and synced, one sync for all that came in meanwhile (group commit). A command whose answer never left may be
 * lost by a crash; one whose answer left never is. When the log grows past its bound the next generation begins:
 * commands go to its log at once while the snapshot before them is being written; the former generation is deleted
 * only when that snapshot is on disk. `load` takes the newest whole snapshot and every log from there on, and cuts a torn tail.
 *
 * Files: `snapshot-<n>.jsonl` (absent for 0: a fresh world), in parts of a line each, since no text can be as long as a
 * state may grow, closed by a line that counts them; `log-<n>.jsonl`. Each line is `<crc32> <JSON>`. (Snapshots of earlier
 * programs had neither sums nor a closing line; they are still read.)
 *
 * Either `load` gives back exactly what was appended and synced, or it throws a StateError. When the disk refuses a write
 * nothing leaves any more: what was not answered is all that can be missing after the next start.
 */
import { mkdir, open, readdir, readFile, rename, rm, truncate, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { decode, encode } from './codec.ts';
import { StateError, syncDirectory } from './disk.ts';

const WAY_OUT = 'put back a copy of the directory, or delete it to begin anew';

interface RotationRequest {
  /** Lines appended before the snapshot was taken and not yet written. */
  readonly tail: string;
  readonly switched: (generation: number) => void;
}

export interface StoreOptions<Record> {
  readonly directory: string;
  /** Called once when the disk refuses; nothing is sent any more then. */
  readonly onFailure: (failure: unknown) => void;
  /** The cost of applying a record again, in units of about a tenth of a millisecond. */
  readonly costOf: (record: Record) => number;
  /** A log that costs at least this much to replay makes way for a snapshot. */
  readonly minLogCost?: number;
}

const NEW_LINE = 0x0a;
const OPENING_BRACE = 0x7b;
/** About three seconds of replay. */
const MIN_LOG_COST = 30_000;
/** A snapshot of so many bytes takes about a tenth of a unit of cost to make; ten times that may be replayed before. */
const SNAPSHOT_BYTES_PER_COST = 500;

export interface Loaded<Part, Record> {
  /** The parts of the newest snapshot; null when there is none. */
  readonly snapshot: readonly Part[] | null;
  readonly records: readonly Record[];
}

export class Store<Part, Record> {
  readonly #directory: string;
  readonly #onFailure: (failure: unknown) => void;
  #generation = 0;
  #log: FileHandle | null = null;
  #pending: string[] = [];
  #waiting: (() => void)[] = [];
  #flushing: Promise<void> | null = null;
  /** To replay what came since the last snapshot. */
  #logCost = 0;
  #snapshotBytes = 0;
  #rotationRequest: RotationRequest | null = null;
  /** The snapshot that is being written. */
  #rotation: Promise<void> | null = null;
  #failure: unknown = null;

  readonly #costOf: (record: Record) => number;
  readonly #minLogCost: number;

  constructor({ directory, onFailure, costOf, minLogCost = MIN_LOG_COST }: StoreOptions<Record>) {
    this.#directory = directory;
    this.#onFailure = onFailure;
    this.#costOf = costOf;
    this.#minLogCost = minLogCost;
  }

  /** Reads what is there and opens the log for what comes. */
  async load(): Promise<Loaded<Part, Record>> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const names = await readdir(this.#directory);
    const generations = names
      .map((name) => /^snapshot-(\d+)\.jsonl$/.exec(name)?.[1])
      .filter((number) => number !== undefined)
      .map(Number)
      .sort((left, right) => right - left);
    const [newest = 0] = generations;
    const snapshot = newest === 0 ? null : await this.#readSnapshot(newest);
    const logs = names
      .map((name) => /^log-(\d+)\.jsonl$/.exec(name)?.[1])
      .filter((number) => number !== undefined)
      .map(Number)
      .filter((number) => number >= newest)
      .sort((left, right) => left - right);
    const gap = logs.findIndex((number, index) => number !== newest + index);
    if (gap >= 0) throw new StateError(`${this.#path('log', newest + gap)} is missing: ${WAY_OUT}`);
    const records: Record[] = [];
    for (const number of logs) {
      const isLast = number === logs.at(-1);
      records.push(...(await this.#readLog(number, isLast)));
    }
    for (const record of records) this.#logCost += this.#costOf(record);
    this.#generation = logs.at(-1) ?? newest;
    await this.#openLog();
    return { snapshot, records };
  }

  async #readSnapshot(number: number): Promise<Part[]> {
    const path = this.#path('snapshot', number);
    const bytes = await readFile(path);
    this.#snapshotBytes = bytes.length;
    const isSummed = bytes[0] !== OPENING_BRACE;
    const parts: unknown[] = [];
    for (let start = 0; start < bytes.length;) {
      const end = bytes.indexOf(NEW_LINE, start);
      const line = bytes.subarray(start, end < 0 ? bytes.length : end).toString('utf8');
      const part = end < 0 ? null : isSummed ? readLine(line) : readBareLine(line);
      if (part === null) throw damaged(path, start);
      parts.push(part);
      start = end + 1;
    }
    if (isSummed && closingCount(parts.pop()) !== parts.length) throw damaged(path, bytes.length);
    return parts as Part[];
  }

  async #readLog(number: number, isLast: boolean): Promise<Record[]> {
    const path = this.#path('log', number);
    const bytes = await readFile(path);
    const records: Record[] = [];
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(NEW_LINE, start);
      const line = end < 0 ? null : bytes.subarray(start, end).toString('utf8');
      const record = line === null ? null : readLine(line);
      if (record === null) break;
      records.push(record as Record);
      start = end + 1;
    }
    if (start < bytes.length) {
      // Only the end of the last log can be torn: what came before a later log, or before a whole line, was synced.
      const later = bytes.subarray(start).toString('utf8').split('\n').slice(1, -1);
      if (!isLast || later.some((line) => readLine(line) !== null)) throw damaged(path, start);
      await truncate(path, start);
    }
    return records;
  }

  async #openLog(): Promise<void> {
    this.#log = await open(this.#path('log', this.#generation), 'a', 0o600);
    await syncDirectory(this.#directory);
  }

  append(record: Record): void {
    this.#logCost += this.#costOf(record);
    this.#pending.push(lineOf(record));
  }

  /** Runs `send` once all that was appended before is on disk; at once when it is already and nothing waits before it. */
  whenDurable(send: () => void): void {
    if (this.#pending.length === 0 && this.#waiting.length === 0 && this.#flushing === null) {
      if (this.#failure === null) send();
      return;
    }
    this.#waiting.push(send);
    this.#flushing ??= this.#flushAll();
  }

  /** Resolves when all that was appended is on disk. */
  flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null)
        reject(new StateError('the state could not be written', { cause: this.#failure }));
      else this.whenDurable(resolve);
    });
  }

  async #flushAll(): Promise<void> {
    try {
      // Lets every request of this turn of the event loop into the same sync.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      while ((this.#waiting.length > 0 || this.#rotationRequest !== null) && this.#failure === null) {
        if (this.#rotationRequest !== null) await this.#switchLog(this.#rotationRequest);
        const lines = this.#pending;
        const senders = this.#waiting;
        this.#pending = [];
        this.#waiting = [];
        if (lines.length > 0) await this.#write(lines.join(''));
        for (const send of senders) send();
      }
    } catch (failure) {
      this.#fail(failure);
    } finally {
      this.#flushing = null;
    }
  }

  #fail(failure: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = failure;
    this.#onFailure(failure);
  }

  /** Completes the former log with what came before the snapshot, and begins the next. */
  async #switchLog(request: RotationRequest): Promise<void> {
    if (request.tail.length > 0) await this.#write(request.tail);
    await this.#log?.close();
    this.#generation += 1;
    await this.#openLog();
    this.#rotationRequest = null;
    request.switched(this.#generation);
  }

  async #write(text: string): Promise<void> {
    if (this.#log === null) throw new Error('the store is not open');
    await this.#log.appendFile(text);
    await this.#log.datasync();
  }

  /** Whether the log has grown enough for `rotate`. */
  get isFull(): boolean {
    const bound = Math.max(this.#minLogCost, this.#snapshotBytes / SNAPSHOT_BYTES_PER_COST);
    return this.#rotation === null && this.#failure === null && this.#logCost > bound;
  }

  /**
   * Begins the next generation with this state, which must hold everything appended so far: take it and call this in
   * the same turn of the event loop. Resolves when the former generation is deleted.
   */
  rotate(parts: Iterable<Part>): Promise<void> {
    if (this.#rotation !== null || this.#failure !== null) return Promise.resolve();
    const lines = snapshotLines(parts);
    const tail = this.#pending.join('');
    this.#pending = [];
    this.#logCost = 0;
    const switched = new Promise<number>((resolve) => {
      this.#rotationRequest = { tail, switched: resolve };
      this.#flushing ??= this.#flushAll();
    });
    this.#rotation = switched
      .then(async (generation) => {
        await this.#writeSnapshot(generation, lines);
        await this.#deleteBefore(generation);
      })
      .catch((failure: unknown) => this.#fail(failure))
      .finally(() => {
        this.#rotation = null;
      });
    return this.#rotation;
  }

  /** Forgets everything and begins again with this state. Nothing may be appended until it resolves. */
  async restart(parts: Iterable<Part>): Promise<void> {
    const lines = snapshotLines(parts);
    await this.#rotation;
    await this.flush();
    // The new state is on disk before the new log begins, so that no command of the new life meets the former state.
    await this.#writeSnapshot(this.#generation + 1, lines);
    await this.#log?.close();
    this.#generation += 1;
    this.#logCost = 0;
    await this.#openLog();
    await this.#deleteBefore(this.#generation);
  }

  async #writeSnapshot(number: number, lines: readonly string[]): Promise<void> {
    const path = this.#path('snapshot', number);
    const file = await open(`${path}.new`, 'w', 0o600);
    let bytes = 0;
    try {
      for (const line of lines) {
        await file.appendFile(line);
        bytes += line.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
    await syncDirectory(this.#directory);
    this.#snapshotBytes = bytes;
  }

  async #deleteBefore(generation: number): Promise<void> {
    for (const name of await readdir(this.#directory)) {
      // A draft of a snapshot that was never finished goes too.
      const number = /^(?:snapshot|log)-(\d+)\.jsonl(?:\.new)?$/.exec(name)?.[1];
      if (number !== undefined && Number(number) < generation) await rm(join(this.#directory, name));
    }
  }

  async close(): Promise<void> {
    await this.#rotation;
    if (this.#failure === null) await this.flush();
    await this.#log?.close();
    this.#log = null;
  }

  #path(kind: 'snapshot' | 'log', number: number): string {
    return join(this.#directory, `${kind}-${number}.jsonl`);
  }
}

function lineOf(value: unknown): string {
  const json = encode(value);
  return `${crc32(json).toString(16)} ${json}\n`;
}

/** The lines of a snapshot: a line for each part, then one that counts them. */
function snapshotLines(parts: Iterable<unknown>): string[] {
  const lines = Array.from(parts, lineOf);
  return [...lines, lineOf({ parts: lines.length })];
}

/** Null when the value is no closing line. */
function closingCount(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'parts' in value ? value.parts : null;
}

/** Null when the line is not whole. */
function readLine(line: string): unknown {
  const space = line.indexOf(' ');
  const json = line.slice(space + 1);
  return space > 0 && line.slice(0, space) === crc32(json).toString(16) ? decode(json) : null;
}

/** A line of a snapshot without sums; null when it is no JSON. */
function readBareLine(line: string): unknown {
  try {
    return decode(line);
  } catch (failure) {
    if (failure instanceof SyntaxError) return null;
    throw failure;
  }
}

function damaged(path: string, byte: number): StateError {
  return new StateError(`${path} is damaged at byte ${byte}: ${WAY_OUT}`);
}
