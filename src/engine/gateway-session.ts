/**
 * One gateway from its start to its stop.
 *
 * Entry point: `GatewaySession`. `start` tries until the venue can be reached, at growing intervals; `end` stops the gateway, also one
 * that is still starting.
 */
import type { Gateway, GatewayListener } from '../venues/gateway.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

/** Pause before a gateway that could not start is started again, the first time; each further one is twice as long, up to the longest. */
export const FIRST_START_RETRY_MS = 1_000;
export const LONGEST_START_RETRY_MS = 30_000;
/** The fraction of a pause that is left to chance, so that the accounts of many services do not come back all at once. */
const JITTER = 0.25;

export interface GatewaySessionOptions {
  readonly gateway: Gateway;
  /** As `EngineAccount.connectionId`. */
  readonly connectionId: string;
  readonly listener: GatewayListener;
  readonly clock: Clock;
  readonly log: Log;
  /** A fraction from 0 up to 1, of chance. */
  readonly fraction: () => number;
}

export class GatewaySession {
  readonly #options: GatewaySessionOptions;
  #isEnded = false;
  #endPause = (): void => undefined;

  constructor(options: GatewaySessionOptions) {
    this.#options = options;
  }

  get gateway(): Gateway {
    return this.#options.gateway;
  }

  get connectionId(): string {
    return this.#options.connectionId;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Resolves with true once the gateway has started, or with false when it was ended before. */
  async start(): Promise<boolean> {
    const { gateway, listener, log } = this.#options;
    for (let failures = 0; !this.#isEnded; failures += 1) {
      try {
        await gateway.start(listener);
        break;
      } catch (error) {
        if (this.#isEnded) break;
        const { accountId, venue } = gateway;
        const pauseMs = this.#pauseAfter(failures);
        log.warn(
          { accountId, venue, error, again_in_ms: pauseMs },
          'the venue cannot be reached; trying again',
        );
        await this.#pause(pauseMs);
      }
    }
    if (!this.#isEnded) return true;
    // It may have started after it was stopped.
    await gateway.stop();
    return false;
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    this.#endPause();
    await this.#options.gateway.stop();
  }

  /** Between three quarters of the growing pause and all of it. */
  #pauseAfter(failures: number): number {
    const longest = Math.min(FIRST_START_RETRY_MS * 2 ** failures, LONGEST_START_RETRY_MS);
    return Math.round(longest * (1 - JITTER * this.#options.fraction()));
  }

  #pause(pauseMs: number): Promise<void> {
    return new Promise((resolve) => {
      const stopTimer = this.#options.clock.after(pauseMs, resolve);
      this.#endPause = () => {
        stopTimer();
        resolve();
      };
    });
  }
}
