/** Whether an error of a database call says that the database does not answer, rather than that the call was wrong. */
import pg from 'pg';

const SYSTEM_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);

/** Of `pg` itself, which gives these no code. */
const MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error)/;

/** Classes of SQLSTATE: https://www.postgresql.org/docs/18/errcodes-appendix.html */
const SQL_CLASSES = ['08', '53', '57P', '58'];

export function isStorageUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'ConnectionLost') return true;
  if (error instanceof pg.DatabaseError) {
    const code = error.code ?? '';
    return SQL_CLASSES.some((start) => code.startsWith(start));
  }
  const isSystem = 'code' in error && typeof error.code === 'string' && SYSTEM_CODES.has(error.code);
  return (isSystem && 'syscall' in error) || MESSAGES.test(error.message);
}
