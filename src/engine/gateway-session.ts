/**
 * One gateway from its start to its stop.
 *
 * Entry point: `GatewaySession`. `start` tries until the venue can be reached; `end` stops the gateway, also one that is
 * still starting.
 */
import type { Gateway, GatewayListener } from '../venues/gateway.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

/** Pause before a gateway that could not start is started again. */
const GATEWAY_RETRY_MS = 1_000;

export interface GatewaySessionOptions {
  readonly gateway: Gateway;
  /** As `EngineAccount.connectionId`. */
  readonly connectionId: string;
  readonly listener: GatewayListener;
  readonly clock: Clock;
  readonly log: Log;
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
    while (!this.#isEnded) {
      try {
        await gateway.start(listener);
        break;
      } catch (error) {
        if (this.#isEnded) break;
        const { accountId, venue } = gateway;
        log.warn({ accountId, venue, error }, 'the venue cannot be reached; trying again');
        await this.#pause();
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

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const stopTimer = this.#options.clock.after(GATEWAY_RETRY_MS, resolve);
      this.#endPause = () => {
        stopTimer();
        resolve();
      };
    });
  }
}
