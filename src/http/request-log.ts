/**
 * The log of one request: every line has the request's id, and the log costs nothing until a line is written.
 *
 * Entry point: `requestLog`. Pino serialises the bindings of a child logger when it is made, redaction included; most
 * requests write no line, so that work is put off until the first one.
 */
import type { FastifyBaseLogger } from 'fastify';
import type { Bindings, ChildLoggerOptions } from 'pino';

/** As `log.child(bindings, options)`, made when it is first used. */
export function requestLog(
  log: FastifyBaseLogger,
  bindings: Bindings,
  options: ChildLoggerOptions | undefined,
): FastifyBaseLogger {
  return new RequestLog(log, bindings, options);
}

class RequestLog implements FastifyBaseLogger {
  readonly #log: FastifyBaseLogger;
  readonly #bindings: Bindings;
  readonly #options: ChildLoggerOptions | undefined;
  #made: FastifyBaseLogger | null = null;

  constructor(log: FastifyBaseLogger, bindings: Bindings, options: ChildLoggerOptions | undefined) {
    this.#log = log;
    this.#bindings = bindings;
    this.#options = options;
  }

  get level(): string {
    return this.#bound().level;
  }

  set level(level: string) {
    this.#bound().level = level;
  }

  fatal(...line: unknown[]): void {
    this.#write('fatal', line);
  }

  error(...line: unknown[]): void {
    this.#write('error', line);
  }

  warn(...line: unknown[]): void {
    this.#write('warn', line);
  }

  info(...line: unknown[]): void {
    this.#write('info', line);
  }

  debug(...line: unknown[]): void {
    this.#write('debug', line);
  }

  trace(...line: unknown[]): void {
    this.#write('trace', line);
  }

  silent(...line: unknown[]): void {
    this.#write('silent', line);
  }

  child(bindings: Bindings, options?: ChildLoggerOptions): FastifyBaseLogger {
    return this.#bound().child(bindings, options);
  }

  #write(
    level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent',
    line: readonly unknown[],
  ): void {
    const log = this.#bound();
    Reflect.apply(log[level], log, line);
  }

  #bound(): FastifyBaseLogger {
    this.#made ??= this.#log.child(this.#bindings, this.#options);
    return this.#made;
  }
}
