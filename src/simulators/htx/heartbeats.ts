/**
 * Pings that HTX sends as messages of its own, and the end of a connection that does not answer them.
 *
 * Entry point: `startHeartbeats`. Sources: "Heartbeat" of the spot documentation (accounts: every 20 s; market data: every 5 s), "Market
 * Heartbeat" and "Order Push Heartbeat" of the USDT-margined one (every 5 s, cut after five that were ignored).
 */
import type { Clock } from '../clock.ts';

export interface HeartbeatSettings {
  readonly clock: Clock;
  /** Of the venue. */
  readonly signal: AbortSignal;
  readonly everyMs: number;
  /** How many pings in a row may go unanswered. */
  readonly mostMissed: number;
  readonly ping: (nowMs: number) => void;
  readonly cut: () => void;
}

export interface Heartbeats {
  /** The client answered. */
  answered(): void;
  stop(): void;
}

export function startHeartbeats({
  clock,
  signal,
  everyMs,
  mostMissed,
  ping,
  cut,
}: HeartbeatSettings): Heartbeats {
  const ended = new AbortController();
  const both = AbortSignal.any([signal, ended.signal]);
  let missed = 0;
  const run = async (): Promise<void> => {
    while (!both.aborted) {
      await clock.sleep(everyMs, both);
      if (both.aborted) return;
      if (missed >= mostMissed) {
        cut();
        return;
      }
      missed += 1;
      ping(clock.nowMs());
    }
  };
  void run();
  return {
    answered: () => {
      missed = 0;
    },
    stop: () => {
      ended.abort();
    },
  };
}
