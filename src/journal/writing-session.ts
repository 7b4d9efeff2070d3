/**
 * The one session of a node that writes: opened, replaced when it is lost, and remembered when it is over.
 *
 * Entry point: `WritingSession`.
 *
 * Invariants:
 *  1. There is one current session at most. A new one becomes current only after `prepare` has resolved on it.
 *  2. A session that was lost never becomes current again, and nothing is sent on it any more.
 *  3. The numbers of the last sessions are kept: a head that still names one of them is ours to take.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { JournalLog } from './log.ts';
import { openSession, type Session } from './postgres-session.ts';

const RECONNECT_FIRST_MS = 20;
const RECONNECT_MAX_MS = 1_000;
const PAST_SESSIONS_KEPT = 16;

export interface WritingSessionOptions {
  readonly connection: pg.ClientConfig;
  readonly statementTimeoutMs: number;
  readonly log: JournalLog;
  /** Readies a new session. When it rejects, the session is destroyed. */
  readonly prepare: (session: Session) => Promise<void>;
  /** The current session was lost. */
  readonly onLost: () => void;
}

export class WritingSession {
  readonly #options: WritingSessionOptions;
  #current: Session | null = null;
  /** Newest last. */
  readonly #past: number[] = [];
  #lastAttemptSucceeded = false;
  #reconnects = 0;

  constructor(options: WritingSessionOptions) {
    this.#options = options;
  }

  get current(): Session | null {
    return this.#current;
  }

  /** Whether there is a session and the last statement on it came through. */
  get healthy(): boolean {
    return this.#current !== null && this.#lastAttemptSucceeded;
  }

  get reconnects(): number {
    return this.#reconnects;
  }

  noteAttempt(succeeded: boolean): void {
    this.#lastAttemptSucceeded = succeeded;
  }

  /** Whether a session number is that of `session` or of one of this node's that is over. */
  isOurs(session: Session, sessionId: number): boolean {
    return sessionId === session.id || this.#past.includes(sessionId);
  }

  /** Opens a session, prepares it and makes it current. Rejects with what `pg` or `prepare` throws. */
  async connect(): Promise<void> {
    const { connection, statementTimeoutMs, prepare } = this.#options;
    let opened: Session | null = null;
    let lostEarly = false;
    opened = await openSession(connection, statementTimeoutMs, (reason) => {
      lostEarly = true;
      if (opened !== null) this.lose(opened, reason);
    });
    try {
      await prepare(opened);
    } catch (error) {
      opened.destroy();
      throw error;
    }
    if (lostEarly) throw new Error('The connection was lost while it was set up.');
    this.#current = opened;
    this.#lastAttemptSucceeded = true;
  }

  /** Connects, with backoff, until it succeeds or `isClosing`. */
  async reconnect(isClosing: () => boolean): Promise<void> {
    const { log } = this.#options;
    let delayMs = RECONNECT_FIRST_MS;
    while (!isClosing()) {
      try {
        await this.connect();
        this.#reconnects += 1;
        log.info({}, 'the database is reached again');
        return;
      } catch (error) {
        log.warn({ reason: String(error) }, 'the database is unavailable; trying again');
        await pause(delayMs);
        delayMs = Math.min(delayMs * 2, RECONNECT_MAX_MS);
      }
    }
  }

  /** Destroys a session whose outcome is unknown. The current one leaves its number behind. */
  lose(session: Session, reason: unknown): void {
    session.destroy();
    if (this.#current !== session) return;
    this.#current = null;
    this.#lastAttemptSucceeded = false;
    this.#past.push(session.id);
    if (this.#past.length > PAST_SESSIONS_KEPT) this.#past.shift();
    this.#options.log.warn({ reason: String(reason) }, 'the connection to the database was lost');
    this.#options.onLost();
  }

  /** There is no current session from here on; the one there was, to be ended by the caller. */
  take(): Session | null {
    const session = this.#current;
    this.#current = null;
    return session;
  }
}
