/** How fast the disk alone is: a page written and flushed, again and again. Entry point: `flushPages`. */
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** PostgreSQL's page of the write-ahead log. */
const PAGE_BYTES = 8_192;
/** The file is written round and round in this many pages, as the log's segments are reused. */
const PAGES = 2_048;

/** Milliseconds of each write with its `fdatasync`. Blocks the process for `forMs`. */
export function flushPages(directory: string, forMs: number): readonly number[] {
  const path = join(directory, 'flushed-pages');
  const file = openSync(path, 'w');
  const page = Buffer.alloc(PAGE_BYTES, 1);
  try {
    // Written once first: overwriting needs no change of the file's size.
    for (let index = 0; index < PAGES; index += 1) writeSync(file, page, 0, PAGE_BYTES, index * PAGE_BYTES);
    fdatasyncSync(file);
    const latenciesMs: number[] = [];
    const endsAt = performance.now() + forMs;
    for (let index = 0; performance.now() < endsAt; index = (index + 1) % PAGES) {
      const startedAt = performance.now();
      writeSync(file, page, 0, PAGE_BYTES, index * PAGE_BYTES);
      fdatasyncSync(file);
      latenciesMs.push(performance.now() - startedAt);
    }
    return latenciesMs;
  } finally {
    closeSync(file);
    rmSync(path);
  }
}
