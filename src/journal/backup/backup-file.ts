/**
 * A backup as a file: written whole or not at all, and read only after its checksum was found right.
 *
 * Entry points: `writeBackupFile`, `openBackupFile`.
 *
 * Invariants:
 *  1. The file appears under its name when everything is in it and on disk, with mode 0600; an attempt that fails leaves nothing.
 *  2. `openBackupFile` has read the whole file and compared its SHA-256 before it gives anything out.
 */
import { createHash, randomBytes, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, lstat, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants as zlib, createZstdCompress, createZstdDecompress } from 'node:zlib';
import {
  BackupInvalid,
  frames,
  headerLine,
  MAX_HEADER_BYTES,
  parseHeader,
  sectionsOf,
  TRAILER_BYTES,
  type BackupHeader,
  type IncomingSection,
  type OutgoingSection,
} from './format.ts';

const READ_BYTES = 256 * 1024;
const NEW_LINE = 0x0a;

/** The file cannot be written. The message names it and the reason. */
export class BackupNotWritten extends Error {
  override readonly name = 'BackupNotWritten';
}

export interface BackupFileOptions {
  /** 1 (fast) to 22 (small). Default 3. */
  readonly compression?: number;
  /** Ends the attempt. */
  readonly signal?: AbortSignal;
}

/** Throws `BackupNotWritten` when a file could not be written under this name; to be asked before the work begins. */
export async function refuseTarget(path: string): Promise<void> {
  const taken = await lstat(path).then(
    () => true,
    () => false,
  );
  if (taken)
    throw new BackupNotWritten(
      `${path} is there already, and a backup is never written over: choose another name.`,
    );
  try {
    await access(dirname(path), constants.W_OK);
  } catch (error) {
    throw notWritten(path, error);
  }
}

/** Returns the size in bytes. Throws `BackupNotWritten`, and what the sections throw. */
export async function writeBackupFile(
  path: string,
  header: BackupHeader,
  sections: AsyncIterable<OutgoingSection>,
  options: BackupFileOptions = {},
): Promise<number> {
  const { compression = 3, signal } = options;
  const draft = `${path}.${randomBytes(6).toString('hex')}.new`;
  let file: FileHandle;
  try {
    file = await open(draft, 'wx', 0o600);
  } catch (error) {
    throw notWritten(path, error);
  }
  try {
    const hash = createHash('sha256');
    const write = async (bytes: Buffer): Promise<void> => {
      hash.update(bytes);
      await writeAll(file, bytes, path);
    };
    await write(Buffer.from(headerLine(header)));
    await pipeline(
      frames(sections),
      createZstdCompress({ params: { [zlib.ZSTD_c_compressionLevel]: compression } }),
      async (compressed: AsyncIterable<Buffer>) => {
        for await (const bytes of compressed) await write(bytes);
      },
      signal === undefined ? {} : { signal },
    );
    await writeAll(file, Buffer.from(`\n${hash.digest('hex')}\n`), path);
    await file.sync();
    const { size } = await file.stat();
    await file.close();
    await rename(draft, path);
    await syncDirectory(dirname(path));
    return size;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(draft, { force: true });
    throw error;
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, path: string): Promise<void> {
  try {
    await file.appendFile(bytes);
  } catch (error) {
    throw notWritten(path, error);
  }
}

function notWritten(path: string, error: unknown): Error {
  return new BackupNotWritten(`${path} cannot be written: ${messageOf(error)}.`, { cause: error });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Makes a rename in the directory last. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export interface BackupFile {
  readonly header: BackupHeader;
  /** To be read once. Throws `BackupInvalid`. */
  sections(): AsyncGenerator<IncomingSection>;
  close(): Promise<void>;
}

/** Throws `BackupInvalid` for what is no whole backup that this release can read. */
export async function openBackupFile(path: string): Promise<BackupFile> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    throw new BackupInvalid(`it cannot be read: ${messageOf(error)}`, { cause: error });
  }
  try {
    const size = await sizeOf(file, path);
    // Read before the checksum: where another release sums otherwise, it is the form that is to be named.
    const line = await readHeaderLine(file, size);
    const header = parseHeader(line.toString('utf8'));
    await checkSum(file, size);
    const start = line.length + 1;
    return {
      header,
      sections: () => sectionsOf(decompressed(file, start, size - TRAILER_BYTES)),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function sizeOf(file: FileHandle, path: string): Promise<number> {
  if (!(await stat(path)).isFile()) throw new BackupInvalid('it is no file');
  return (await file.stat()).size;
}

/** Without its line feed. */
async function readHeaderLine(file: FileHandle, size: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunksOf(file, 0, Math.min(size, MAX_HEADER_BYTES))) {
    const end = chunk.indexOf(NEW_LINE);
    chunks.push(end < 0 ? chunk : chunk.subarray(0, end));
    bytes += chunk.length;
    if (end >= 0) return Buffer.concat(chunks);
    // Every header begins alike: no need to look for a line's end in what is something else.
    if (bytes === chunk.length && chunk[0] !== '{'.charCodeAt(0)) break;
  }
  throw new BackupInvalid('it is no backup of this service');
}

async function checkSum(file: FileHandle, size: number): Promise<void> {
  const covered = size - TRAILER_BYTES;
  if (covered <= 0) throw notWhole();
  const hash: Hash = createHash('sha256');
  for await (const chunk of chunksOf(file, 0, covered)) hash.update(chunk);
  const trailer: Buffer[] = [];
  for await (const chunk of chunksOf(file, covered, size)) trailer.push(chunk);
  if (Buffer.concat(trailer).toString('latin1') !== `\n${hash.digest('hex')}\n`) throw notWhole();
}

function notWhole(): BackupInvalid {
  return new BackupInvalid('it is not whole: its checksum does not fit (it was cut short or changed)');
}

async function* chunksOf(file: FileHandle, from: number, to: number): AsyncGenerator<Buffer> {
  for (let position = from; position < to;) {
    const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, to - position));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) throw notWhole();
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function* decompressed(file: FileHandle, from: number, to: number): AsyncGenerator<Buffer> {
  const stream = createZstdDecompress();
  // An error reaches the reader below; this promise ends with it.
  const feeding = pipeline(chunksOf(file, from, to), stream).catch(() => undefined);
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (error) {
    if (error instanceof Error && 'errno' in error)
      throw new BackupInvalid(`its content is damaged: ${error.message}`);
    throw error;
  } finally {
    stream.destroy();
    await feeding;
  }
}
