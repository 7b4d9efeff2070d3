/** The logger of this folder: the part of pino's interface that it uses. */
export interface JournalLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}
