/**
 * Cancels that were sent while the journal could not take them: kept in an fsynced file, and journaled later by the owner
 * of the portfolio, this node or another.
 *
 * Entry points: `openFileEmergencyLog`, `memoryEmergencyLog`.
 *
 * The file is lines of JSON, each in a place of `PLACE_BYTES`. Places are written as blanks and fsynced at the start, and
 * an entry is written over a blank one: a disk that has filled up since cannot refuse it. A place whose cancel is
 * journaled is blanked and used again. Files of former releases have lines of any length, which are read and blanked in
 * the same way.
 *
 * Invariants:
 *  1. An entry that was acknowledged is never written over: with all places taken and no room for more, the new one is refused.
 *  2. An order takes one place, however often its cancel is asked for.
 *  3. An entry that a power cut tore does not match its checksum, and is left out.
 */
import { hash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { OrderId, PortfolioId, TimeMs } from '../core/ids.ts';
import { orderId, portfolioId } from '../core/ids.ts';
import type { Log } from './log.ts';

/** Size of the place of one entry, its line feed included. */
export const PLACE_BYTES = 512;
/** How many places a file is made with, and grows by when all are taken. */
export const PREALLOCATED_PLACES = 1_024;

const CHECKSUM_LENGTH = 16;

export interface EmergencyCancel {
  readonly portfolioId: PortfolioId;
  readonly orderId: OrderId;
  readonly requestedBy: string;
  /** Left out where the request was about this order alone, and in entries of former releases. */
  readonly why?: string;
  readonly at: TimeMs;
}

export interface EmergencyLog {
  /** Resolves once the entry survives power loss. Rejects when it may not: nothing can be promised of it then. */
  write(entry: EmergencyCancel): Promise<void>;
  /** The entries of a portfolio so far, oldest first. */
  entries(portfolio: PortfolioId): Promise<readonly EmergencyCancel[]>;
  /** Drops entries that are journaled, or handed over to the owner; entries written meanwhile stay. */
  remove(entries: readonly EmergencyCancel[]): Promise<void>;
}

function isSame(left: EmergencyCancel, right: EmergencyCancel): boolean {
  return keyOf(left) === keyOf(right) && left.at === right.at;
}

function keyOf({ portfolioId: portfolio, orderId: order }: EmergencyCancel): string {
  return `${portfolio} ${order}`;
}

/**
 * Opens the log of a file and makes its places. A disk without room for them is logged as an error and no reason to
 * reject; entries that there is no place for are refused then. Rejects when a file that exists cannot be read.
 */
export async function openFileEmergencyLog(path: string, log: Log): Promise<EmergencyLog> {
  const file = new FileEmergencyLog(path, await readText(path));
  try {
    await file.preallocate();
  } catch (error) {
    log.error(
      { path, error },
      'there is no room for the emergency log: cancels that are taken while the database is unavailable may not be recorded',
    );
  }
  return file;
}

interface Place {
  readonly offset: number;
  /** Of its line, without the line feed. */
  readonly length: number;
}

interface KeptEntry {
  readonly entry: EmergencyCancel;
  /** One; several where a former release wrote the order more than once. */
  readonly places: readonly Place[];
}

interface WaitingEntry {
  readonly entry: EmergencyCancel;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** No other process writes the file: what was read at the start, and is written since, is known. */
class FileEmergencyLog implements EmergencyLog {
  readonly #path: string;
  /** By portfolio and order, oldest first. */
  readonly #kept = new Map<string, KeptEntry>();
  /** Offsets of blank places. */
  readonly #free: number[] = [];
  #sizeBytes: number;
  /** A last line that was torn has no end: what is appended must not become part of it. */
  #isLastLineTorn: boolean;
  #lastSequence = 0;
  /** Entries that come while others are written share the next write to disk. */
  #waiting: WaitingEntry[] = [];
  /** A serial queue: an entry that is written while another is blanked could be lost. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(path: string, text: string) {
    this.#path = path;
    this.#sizeBytes = Buffer.byteLength(text);
    this.#isLastLineTorn = text !== '' && !text.endsWith('\n');
    const lines = text.split('\n');
    // The text after the last line feed is empty, or torn.
    lines.pop();
    const found: { readonly entry: EmergencyCancel; readonly sequence: number; readonly place: Place }[] = [];
    let offset = 0;
    for (const line of lines) {
      const place = { offset, length: Buffer.byteLength(line) };
      const read = parseLine(line);
      if (read === null) this.#release(place);
      else found.push({ ...read, place });
      offset += place.length + 1;
    }
    found.sort((left, right) => left.sequence - right.sequence);
    for (const { entry, place } of found) this.#keep(entry, [place]);
    this.#lastSequence = found.at(-1)?.sequence ?? 0;
  }

  /** Rejects when the disk has no room. */
  preallocate(): Promise<void> {
    return this.#inSeries(async () => {
      const taken = [...this.#kept.values()].flatMap(({ places }) => places).filter(isWholePlace);
      const missing = PREALLOCATED_PLACES - this.#free.length - taken.length;
      if (missing > 0) await this.#withFile((file) => this.#grow(file, missing));
    });
  }

  write(entry: EmergencyCancel): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject });
      void this.#inSeries(() => this.#writeWaiting());
    });
  }

  entries(portfolio: PortfolioId): Promise<readonly EmergencyCancel[]> {
    return this.#inSeries(() =>
      Promise.resolve(
        [...this.#kept.values()].map(({ entry }) => entry).filter((entry) => entry.portfolioId === portfolio),
      ),
    );
  }

  remove(entries: readonly EmergencyCancel[]): Promise<void> {
    return this.#inSeries(async () => {
      const gone = entries.flatMap((removed) => {
        const kept = this.#kept.get(keyOf(removed));
        return kept !== undefined && isSame(kept.entry, removed) ? [kept] : [];
      });
      if (gone.length === 0) return;
      const places = gone.flatMap((kept) => kept.places);
      await this.#withFile(async (file) => {
        for (const { offset, length } of places) await writeAll(file, Buffer.alloc(length, ' '), offset);
        await file.datasync();
      });
      for (const { entry } of gone) this.#kept.delete(keyOf(entry));
      for (const place of places) this.#release(place);
    });
  }

  #inSeries<Value>(work: () => Promise<Value>): Promise<Value> {
    const done = this.#last.then(work, work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #writeWaiting(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    const asked = new Map<string, EmergencyCancel>();
    for (const { entry } of waiting) {
      // The later moment stays in memory alone: it keeps the place from being blanked once the earlier cancel is journaled.
      if (this.#kept.has(keyOf(entry))) this.#keep(entry, []);
      else asked.set(keyOf(entry), entry);
    }
    let failure: unknown = null;
    if (asked.size > 0)
      await this.#withFile((file) => this.#put(file, [...asked.values()])).catch((error: unknown) => {
        failure = error;
      });
    for (const { entry, resolve, reject } of waiting) {
      if (this.#kept.has(keyOf(entry))) resolve();
      else reject(failure);
    }
  }

  /** Writes entries to blank places, as many as there are. Rejects when there were too few, or the disk failed. */
  async #put(file: FileHandle, entries: readonly EmergencyCancel[]): Promise<void> {
    const missing = entries.length - this.#free.length;
    const noRoom =
      missing <= 0
        ? null
        : await this.#grow(file, Math.max(missing, PREALLOCATED_PLACES)).then(() => null, errorOf);
    const placed = entries.flatMap((entry, index) => {
      const offset = this.#free[index];
      return offset === undefined ? [] : [{ entry, offset }];
    });
    for (const { entry, offset } of placed) {
      this.#lastSequence += 1;
      await writeAll(file, lineOf(entry, this.#lastSequence), offset);
    }
    if (placed.length > 0) await file.datasync();
    this.#free.splice(0, placed.length);
    for (const { entry, offset } of placed) this.#keep(entry, [{ offset, length: PLACE_BYTES - 1 }]);
    if (noRoom !== null) throw noRoom;
  }

  /** Appends blank places, durably; all of them or none. */
  async #grow(file: FileHandle, places: number): Promise<void> {
    const start = this.#sizeBytes + (this.#isLastLineTorn ? 1 : 0);
    const blanks = blankPlace().toString().repeat(places);
    try {
      await writeAll(file, Buffer.from(this.#isLastLineTorn ? `\n${blanks}` : blanks), this.#sizeBytes);
      await file.sync();
      await syncDirectory(dirname(this.#path));
    } catch (error) {
      await file.truncate(this.#sizeBytes).catch(() => undefined);
      throw error;
    }
    this.#isLastLineTorn = false;
    this.#sizeBytes = start + places * PLACE_BYTES;
    for (let place = 0; place < places; place += 1) this.#free.push(start + place * PLACE_BYTES);
  }

  async #withFile(work: (file: FileHandle) => Promise<void>): Promise<void> {
    const file = await open(this.#path, constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      await work(file);
    } finally {
      await file.close();
    }
  }

  #keep(entry: EmergencyCancel, places: readonly Place[]): void {
    const before = this.#kept.get(keyOf(entry))?.places ?? [];
    this.#kept.set(keyOf(entry), { entry, places: [...before, ...places] });
  }

  #release(place: Place): void {
    if (isWholePlace(place)) this.#free.push(place.offset);
  }
}

/** For portfolios whose journal cannot fail apart from the process, as in a simulation. */
export function memoryEmergencyLog(): EmergencyLog {
  let kept: EmergencyCancel[] = [];
  return {
    write: (entry) => {
      kept.push(entry);
      return Promise.resolve();
    },
    entries: (portfolio) => Promise.resolve(kept.filter((entry) => entry.portfolioId === portfolio)),
    remove: (entries) => {
      kept = kept.filter((entry) => !entries.some((gone) => isSame(gone, entry)));
      return Promise.resolve();
    },
  };
}

/** Whether an entry fits: lines of former releases have any length. */
function isWholePlace({ length }: Place): boolean {
  return length === PLACE_BYTES - 1;
}

function blankPlace(): Buffer {
  const place = Buffer.alloc(PLACE_BYTES, ' ');
  place.write('\n', PLACE_BYTES - 1);
  return place;
}

/**
 * The bytes of an entry, as long as its place. A reason too long for it is cut, and then a name: the order matters more than who asked,
 * and who asked more than why.
 */
function lineOf(entry: EmergencyCancel, sequence: number): Buffer {
  let { requestedBy, why } = entry;
  for (;;) {
    const { why: _why, ...rest } = entry;
    const fields = { ...rest, requestedBy, ...(why === undefined ? {} : { why }), sequence };
    const line = JSON.stringify({ ...fields, checksum: checksumOf(fields) });
    if (Buffer.byteLength(line) < PLACE_BYTES) {
      const place = blankPlace();
      place.write(line);
      return place;
    }
    if (why !== undefined) {
      why = why === '' ? undefined : halfOf(why);
      continue;
    }
    if (requestedBy === '') throw new RangeError(`order ${entry.orderId} has an id too long for its place`);
    requestedBy = halfOf(requestedBy);
  }
}

function halfOf(text: string): string {
  return text.slice(0, Math.floor(text.length / 2));
}

function checksumOf(fields: EmergencyCancel & { readonly sequence: number }): string {
  const { portfolioId: portfolio, orderId: order, requestedBy, why, at, sequence } = fields;
  const summed = [portfolio, order, requestedBy, at, sequence, ...(why === undefined ? [] : [why])];
  return hash('sha256', JSON.stringify(summed), 'hex').slice(0, CHECKSUM_LENGTH);
}

/** Null for a line that holds no entry, or a torn one. Lines of former releases have no sequence and come first. */
function parseLine(line: string): { readonly entry: EmergencyCancel; readonly sequence: number } | null {
  if (line.trim() === '') return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (typeof parsed !== 'object' || parsed === null) return null;
  const {
    portfolioId: portfolio,
    orderId: order,
    requestedBy,
    why,
    at,
    ...rest
  } = parsed as Record<string, unknown>;
  if (
    typeof portfolio !== 'string' ||
    typeof order !== 'string' ||
    typeof requestedBy !== 'string' ||
    typeof at !== 'number'
  )
    return null;
  const entry = {
    portfolioId: portfolioId(portfolio),
    orderId: orderId(order),
    requestedBy,
    ...(typeof why === 'string' ? { why } : {}),
    at,
  };
  const { sequence, checksum } = rest;
  if (sequence === undefined && checksum === undefined) return { entry, sequence: 0 };
  if (typeof sequence !== 'number' || checksum !== checksumOf({ ...entry, sequence })) return null;
  return { entry, sequence };
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissingFile(error)) return '';
    throw error;
  });
}

async function writeAll(file: FileHandle, bytes: Buffer, offset: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, offset + written);
    written += bytesWritten;
  }
}

/** So that a file that was made just now is found after a power cut. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function isMissingFile(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
