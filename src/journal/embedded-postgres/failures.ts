/**
 * Translates errors of the system and PostgreSQL's own words into an `EmbeddedPostgresError` that says what to do.
 *
 * Entry points: `describeSystemError` (a failed system call), `explain` (the output of a program that ended).
 */
import { EmbeddedPostgresError, PG_VERSION } from '../postgres-programs.ts';

/** The parts of a `Place` that messages name. */
interface NamedPlace {
  readonly base: string;
  readonly cluster: string;
  readonly logFile: string;
  readonly runAs: { readonly uid: number };
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

export function describeSystemError(error: unknown, path: string): Error {
  if (error instanceof EmbeddedPostgresError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(path, error);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new EmbeddedPostgresError(
      'permission_denied',
      `${path} cannot be written (${code}): give DATA_DIR to the user that runs the service, or choose another.`,
      { cause: error },
    );
  }
  return new EmbeddedPostgresError('start_failed', `${path}: ${String(error)}`, { cause: error });
}

function diskFull(path: string, cause?: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'disk_full',
    `The disk that holds ${path} is full: free some space (at least 1 GB is sensible) and start again. ` +
      `Nothing that was acknowledged is lost.`,
    { cause },
  );
}

/**
 * Classifies the end of a program by its output. `event` says what ended and how, for the message.
 * Transient: another attempt may succeed without anybody's help.
 */
export function explain(
  event: string,
  output: string,
  place: NamedPlace,
): { readonly transient: boolean; readonly error: EmbeddedPostgresError } {
  const tail = output.trim().split('\n').slice(-8).join('\n');
  if (/No space left on device|Disk quota exceeded/i.test(output)) {
    return { transient: false, error: diskFull(place.base) };
  }
  if (/lock file ".*" already exists|pre-existing shared memory block|is another postmaster/i.test(output)) {
    return {
      transient: true,
      error: new EmbeddedPostgresError(
        'start_failed',
        `Another PostgreSQL still holds ${place.cluster}; it did not give it up in time. ${event}:\n${tail}`,
      ),
    };
  }
  if (/incompatible with server|was initialized by PostgreSQL version/i.test(output)) {
    return {
      transient: false,
      error: new EmbeddedPostgresError(
        'other_version',
        `${place.cluster} was made by another version or build of PostgreSQL than ${PG_VERSION}:\n${tail}`,
      ),
    };
  }
  if (/has wrong ownership|invalid permissions|Permission denied/i.test(output)) {
    return {
      transient: false,
      error: new EmbeddedPostgresError(
        'permission_denied',
        `PostgreSQL (user id ${place.runAs.uid}) may not use ${place.cluster}: everything in it must belong to that user, ` +
          `the directory itself with mode 0700.\n${tail}`,
      ),
    };
  }
  if (/too long/i.test(output) && /socket/i.test(output)) {
    return {
      transient: false,
      error: new EmbeddedPostgresError(
        'socket_path_too_long',
        `Set DATA_DIR or TMPDIR to a shorter path.\n${tail}`,
      ),
    };
  }
  if (/could not locate a valid checkpoint record|invalid primary checkpoint|PANIC/i.test(output)) {
    return {
      transient: false,
      error: new EmbeddedPostgresError(
        'data_directory_damaged',
        `PostgreSQL cannot recover ${place.cluster}; put back a backup. Its log is ${place.logFile}:\n${tail}`,
      ),
    };
  }
  return {
    transient: false,
    error: new EmbeddedPostgresError('start_failed', `${event}; its log is ${place.logFile}:\n${tail}`),
  };
}
