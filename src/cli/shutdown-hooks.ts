/** Ends the parts that a process has started, in reverse order, each within a bound. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';

/** Bound on each step of the end. */
const STEP_WITHIN_MS = 8_000;

export class ShutdownHooks {
  readonly #steps: { readonly name: string; readonly close: () => Promise<unknown> }[] = [];

  add(name: string, close: () => Promise<unknown>): void {
    this.#steps.push({ name, close });
  }

  async closeAll(log: Logger): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      const { name, close } = step;
      const began = performance.now();
      const outcome = await Promise.race([
        close().then(
          () => 'done',
          (error: unknown) => {
            log.error({ err: error }, `closing failed: ${name}`);
            return 'failed';
          },
        ),
        pause(STEP_WITHIN_MS, 'late', { ref: false }),
      ]);
      const ms = Math.round(performance.now() - began);
      if (outcome === 'late') log.warn({ ms }, `did not close in time: ${name}`);
      else log.debug({ ms }, `closed: ${name}`);
    }
  }
}
