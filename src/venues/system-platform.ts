/** The real clocks, timers, chance and connections of this machine. */
import { VenueDispatcher } from './ccxt/dispatcher.ts';
import type { Platform } from './platform.ts';
import { openWebSocket } from './web-socket.ts';

export const SYSTEM_PLATFORM: Platform = {
  scheduler: {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    after: (delayMs, action) => {
      const timer = setTimeout(action, delayMs);
      return () => {
        clearTimeout(timer);
      };
    },
    every: (periodMs, action) => {
      const timer = setInterval(action, periodMs);
      timer.unref();
      return () => {
        clearInterval(timer);
      };
    },
  },
  transport: {
    http: (options) => new VenueDispatcher(options),
    webSocket: openWebSocket,
  },
  random: () => Math.random(),
};
