/**
 * The service's log: one line for each message, as JSON, or readable where a person watches it on a terminal.
 *
 * Entry points: `createLog`, `readableLine`.
 *
 * Invariants:
 *  1. Fields that may hold a secret are never written, at any depth that our own code logs.
 *  2. A warning or an error that repeats (an exchange that cannot be reached) is written at growing intervals, and says how
 *     often it was left out meanwhile. Lines of level info, which name requests and orders, are all written.
 */
import { writeSync } from 'node:fs';
import { pino, type Logger, type LoggerOptions } from 'pino';
import type { LogFormat, LogLevel } from '../configuration/environment.ts';

/** The first pause between two lines that are the same; each further one is twice as long, up to the longest. */
export const FIRST_REPEAT_MS = 2_000;
export const LONGEST_REPEAT_MS = 300_000;
/** A line that was not repeated for so many of its pauses is new again. */
const FORGET_AFTER_PAUSES = 3;
/** Different lines that are watched at one time; beyond that the oldest is new again. */
const MAX_LINES = 1_000;
const LEVEL_WARN = 40;
const STANDARD_ERROR = 2;

const SECRET_NAMES = ['authorization', 'token', 'secret', 'apiKey', 'passphrase', 'credentials', 'headers'];

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Whether the output is a terminal, which `auto` goes by. */
  readonly isTerminal: boolean;
  /** Milliseconds of a clock that is never set: a repeated line is held back for no longer when the wall clock is set back. */
  readonly monotonic: () => number;
  /** Takes lines with their line end; the standard error by default. */
  readonly write?: (line: string) => void;
}

export function createLog(options: LogOptions): Logger {
  const { level, format, isTerminal, monotonic, write } = options;
  const isReadable = format === 'readable' || (format === 'auto' && isTerminal);
  const repeats = new Repeats(monotonic);
  const settings: LoggerOptions = {
    name: 'plimsoll',
    level,
    // The engine logs errors under `error`; pino serializes only `err`, and would write an empty object.
    serializers: { error: pino.stdSerializers.err },
    redact: {
      paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
      censor: '[redacted]',
    },
    hooks: {
      logMethod(line, method, lineLevel) {
        const left = lineLevel < LEVEL_WARN ? 0 : repeats.take(line);
        if (left === null) return;
        if (left === 0) {
          Reflect.apply(method, this, line);
          return;
        }
        const [first, ...rest] = line as unknown[];
        Reflect.apply(
          method,
          this,
          typeof first === 'object' ? [{ ...first, repeated: left }, ...rest] : [{ repeated: left }, ...line],
        );
      },
    },
  };
  if (!isReadable && write === undefined)
    return pino(settings, pino.destination({ fd: STANDARD_ERROR, sync: true }));
  const put = write ?? ((line: string) => void writeSync(STANDARD_ERROR, line));
  return pino(settings, { write: isReadable ? (line: string) => put(readableLine(line)) : put });
}

interface Repeated {
  readonly at: number;
  readonly pauseMs: number;
  readonly left: number;
}

/** Counts lines that are the same: of one message, about one account and instrument, for one reason. */
class Repeats {
  readonly #monotonic: () => number;
  readonly #lines = new Map<string, Repeated>();

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  /** How often the line was left out since it was last written, where it is to be written now; null where it is not. */
  take(line: readonly unknown[]): number | null {
    const key = lineKey(line);
    const at = this.#monotonic();
    const before = this.#lines.get(key);
    const age = before === undefined ? Number.POSITIVE_INFINITY : at - before.at;
    if (before !== undefined && age < before.pauseMs) {
      this.#lines.set(key, { ...before, left: before.left + 1 });
      return null;
    }
    this.#lines.delete(key);
    if (this.#lines.size >= MAX_LINES) {
      const oldest = this.#lines.keys().next();
      if (oldest.done === false) this.#lines.delete(oldest.value);
    }
    const isNew = before === undefined || age > before.pauseMs * FORGET_AFTER_PAUSES;
    const pauseMs = isNew ? FIRST_REPEAT_MS : Math.min(before.pauseMs * 2, LONGEST_REPEAT_MS);
    this.#lines.set(key, { at, pauseMs, left: 0 });
    return before?.left ?? 0;
  }
}

/** The message, its subject and its reason; figures that change from time to time are no part. */
function lineKey(line: readonly unknown[]): string {
  const [first, second] = line;
  if (typeof first !== 'object' || first === null) return String(first);
  const fields = first as Readonly<Record<string, unknown>>;
  const subject = ['portfolioId', 'accountId', 'symbol', 'exchange', 'mode', 'order_id', 'reason'];
  const error = fields['error'] ?? fields['err'];
  return [
    String(second),
    ...subject.map((name) => (typeof fields[name] === 'string' ? fields[name] : '')),
    error instanceof Error ? error.message.replaceAll(/\d+/g, '0') : '',
  ].join('\n');
}

const LEVEL_NAMES: ReadonlyMap<number, string> = new Map([
  [10, 'trace'],
  [20, 'debug'],
  [30, 'info '],
  [40, 'WARN '],
  [50, 'ERROR'],
  [60, 'FATAL'],
]);
const IN_EVERY_LINE: ReadonlySet<string> = new Set(['level', 'time', 'name', 'pid', 'hostname', 'msg', 'v']);

/** A line of JSON as a person reads it: time of day (UTC), level, message and fields; of an error its stack, indented below. */
export function readableLine(json: string): string {
  let fields: Readonly<Record<string, unknown>>;
  try {
    fields = JSON.parse(json) as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (error instanceof SyntaxError) return json;
    throw error;
  }
  const { level, time, msg } = fields;
  const stacks: string[] = [];
  const words: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (IN_EVERY_LINE.has(name)) continue;
    if ((name === 'err' || name === 'error') && typeof value === 'object' && value !== null) {
      const { message, stack } = value as { readonly message?: unknown; readonly stack?: unknown };
      words.push(`${name}=${JSON.stringify(message)}`);
      if (Number(level) > LEVEL_WARN && typeof stack === 'string') stacks.push(stack);
      continue;
    }
    words.push(
      `${name}=${typeof value === 'string' && /^[\w./:@+-]+$/.test(value) ? value : JSON.stringify(value)}`,
    );
  }
  const at = new Date(Number(time)).toISOString().slice(11, 23);
  const head = `${at} ${LEVEL_NAMES.get(Number(level)) ?? String(level)} ${typeof msg === 'string' ? msg : ''}`;
  const below = stacks.map((stack) => `\n${stack.replaceAll(/^/gm, '    ')}`).join('');
  return `${[head.trimEnd(), ...words].join('  ')}${below}\n`;
}
