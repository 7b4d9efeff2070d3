/**
 * The form of a backup file, as bytes. Knows nothing of databases or directories.
 *
 * Entry points: `headerLine`, `parseHeader`, `frames`, `sectionsOf`.
 *
 * A file is
 *  1. one line of JSON, the header, in plain text, so that every release can read which form and schema a file has;
 *  2. a zstd stream (RFC 8878) of frames: a byte for the kind, four for the length (big-endian), the payload. A section is
 *     one frame that names it (a table's rows or a file's bytes) and the data frames after it; the last frame, `closing`,
 *     holds what is known only at the end;
 *  3. `\n`, the SHA-256 of everything before as 64 hex digits, `\n`.
 *
 * Rows are what `COPY … TO STDOUT` gives in PostgreSQL's text format, UTF-8, times in UTC.
 *
 * Invariant: nothing of a section is held in memory but the frame that is passed on.
 */
import { z } from 'zod';

export const BACKUP_FORMAT = 'plimsoll-backup';
/** Counts up with every change that an older release could not read. */
export const BACKUP_VERSION = 1;
/** `\n`, 64 hex digits, `\n`. */
export const TRAILER_BYTES = 66;
/** A header holds some dozen tables and a line for each portfolio. */
export const MAX_HEADER_BYTES = 64 * 1024 * 1024;
const MAX_FRAME_BYTES = 16 * 1024 * 1024;
const FRAME_HEAD_BYTES = 5;

/** The file is no backup that this release can restore. The message says why; its subject is the file. */
export class BackupInvalid extends Error {
  override readonly name = 'BackupInvalid';
}

const header = z.object({
  format: z.literal(BACKUP_FORMAT),
  version: z.literal(BACKUP_VERSION),
  /** The program's version. */
  release: z.string(),
  made_at: z.string(),
  /** Those that had run on the database, in order: its schema. */
  migrations: z.array(z.object({ name: z.string(), sha256: z.string() })).min(1),
  /** In an order in which every table comes after those that its rows refer to. */
  tables: z.array(z.object({ name: z.string(), columns: z.array(z.string()).min(1) })),
  heads: z.array(z.object({ portfolio_id: z.string(), seq: z.number(), hash: z.string() })),
  /** `environment`: the key file of the data directory, if there is one, does not open the accounts; PLIMSOLL_MASTER_KEY does. */
  master_key: z.enum(['included', 'environment']),
});

export type BackupHeader = z.output<typeof header>;

const closing = z.object({
  rows: z.record(z.string(), z.number()),
  files: z.array(z.object({ path: z.string(), bytes: z.number() })),
});

/** How much every section held. */
export type BackupClosing = z.output<typeof closing>;

/** `rows` is known once `data` has been read to its end. */
export type OutgoingSection =
  | {
      readonly kind: 'table';
      readonly name: string;
      readonly data: AsyncIterable<Buffer>;
      readonly rows: () => number;
    }
  | { readonly kind: 'file'; readonly path: string; readonly data: AsyncIterable<Buffer> };

/** `data` must be read to its end before the next section is asked for. */
export type IncomingSection =
  | { readonly kind: 'table'; readonly name: string; readonly data: AsyncIterable<Buffer> }
  | { readonly kind: 'file'; readonly path: string; readonly data: AsyncIterable<Buffer> }
  | { readonly kind: 'closing'; readonly closing: BackupClosing };

export function headerLine(value: BackupHeader): string {
  return `${JSON.stringify(value)}\n`;
}

/** Throws `BackupInvalid`, for a file of a newer form in words of its own. */
export function parseHeader(line: string): BackupHeader {
  const document = parseJson(line);
  const form = z.object({ format: z.literal(BACKUP_FORMAT), version: z.number() }).safeParse(document);
  if (!form.success) throw new BackupInvalid('it is no backup of this service');
  if (form.data.version > BACKUP_VERSION) {
    throw new BackupInvalid(
      `it was made by a newer release (backup form ${form.data.version}, this release reads up to ${BACKUP_VERSION}): ` +
        'restore it with that release or a newer one',
    );
  }
  const parsed = header.safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new BackupInvalid(`its header is damaged: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  return parsed.data;
}

// --- frames ---

const KINDS = { table: 1, file: 2, data: 3, closing: 4 } as const;
const sectionName = z.object({ name: z.string() });

function frame(kind: keyof typeof KINDS, payload: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUInt8(KINDS[kind]);
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, payload]);
}

const jsonFrame = (kind: keyof typeof KINDS, value: unknown): Buffer =>
  frame(kind, Buffer.from(JSON.stringify(value)));

/** The frames of all sections, and of the closing that counts them. */
export async function* frames(sections: AsyncIterable<OutgoingSection>): AsyncGenerator<Buffer> {
  const closed: { rows: Record<string, number>; files: { path: string; bytes: number }[] } = {
    rows: {},
    files: [],
  };
  for await (const section of sections) {
    const name = section.kind === 'table' ? section.name : section.path;
    yield jsonFrame(section.kind, { name });
    let bytes = 0;
    for await (const chunk of section.data) {
      bytes += chunk.length;
      yield frame('data', chunk);
    }
    if (section.kind === 'table') closed.rows[name] = section.rows();
    else closed.files.push({ path: name, bytes });
  }
  yield jsonFrame('closing', closed);
}

interface Frame {
  readonly kind: number;
  readonly payload: Buffer;
}

async function* framesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let held: Buffer[] = [];
  let bytes = 0;
  let needed = FRAME_HEAD_BYTES;
  for await (const chunk of chunks) {
    held.push(chunk);
    bytes += chunk.length;
    // Joined only when a whole frame is there, so that large ones are not copied again and again.
    while (bytes >= needed) {
      const all = held.length === 1 ? (held[0] ?? chunk) : Buffer.concat(held);
      held = [all];
      const length = all.readUInt32BE(1);
      if (length > MAX_FRAME_BYTES) throw new BackupInvalid('its content is damaged');
      needed = FRAME_HEAD_BYTES + length;
      if (bytes < needed) break;
      yield { kind: all.readUInt8(0), payload: all.subarray(FRAME_HEAD_BYTES, needed) };
      held = [all.subarray(needed)];
      bytes -= needed;
      needed = FRAME_HEAD_BYTES;
    }
  }
  if (bytes > 0) throw new BackupInvalid('its content ends in the midst of a frame');
}

/** The sections of an uncompressed stream, the closing last. Throws `BackupInvalid`. */
export async function* sectionsOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<IncomingSection> {
  const source = framesOf(chunks);
  let next = await source.next();
  while (next.done !== true) {
    const { kind, payload } = next.value;
    if (kind === KINDS.closing) {
      yield { kind: 'closing', closing: closing.parse(parseJson(payload.toString('utf8'))) };
      return;
    }
    if (kind !== KINDS.table && kind !== KINDS.file) throw new BackupInvalid('its content is damaged');
    const { name } = sectionName.parse(parseJson(payload.toString('utf8')));
    const data = async function* (): AsyncGenerator<Buffer> {
      for (next = await source.next(); next.done !== true; next = await source.next()) {
        if (next.value.kind !== KINDS.data) return;
        yield next.value.payload;
      }
    };
    yield kind === KINDS.table
      ? { kind: 'table', name, data: data() }
      : { kind: 'file', path: name, data: data() };
  }
  throw new BackupInvalid('its content has no end');
}

/** Undefined when the text is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
