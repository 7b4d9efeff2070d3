/** The system user of this process, by name or, where the system has none for it (containers), by its id. */
import { userInfo } from 'node:os';

export function systemUserName(): string {
  try {
    return userInfo().username;
  } catch (error) {
    // libuv reports an id without an entry in the user database as a system error.
    if (error instanceof Error && 'code' in error) return `id ${process.getuid?.() ?? 'unknown'}`;
    throw error;
  }
}
