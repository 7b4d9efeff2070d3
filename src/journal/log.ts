/** What this folder needs of a logger; pino's own interface in the part that is used. */
export interface JournalLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}
