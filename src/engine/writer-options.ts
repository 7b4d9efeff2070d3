/** The parts and callbacks that the writer of a portfolio is made of. */
import type { PortfolioId } from '../core/ids.ts';
import type { SettingOf } from '../core/order/fills.ts';
import type { Effect } from '../core/portfolio/draft.ts';
import type { Journal, ReadModelChange } from '../journal/journal.ts';
import type { Clock } from './clock.ts';
import type { DurableEvents } from './desk.ts';
import type { Log } from './log.ts';

export interface WriterOptions {
  readonly portfolioId: PortfolioId;
  readonly node: string;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
  readonly settingOf: SettingOf;
  /** Called with effects that may go out now. */
  readonly onEffects: (effects: readonly Effect[]) => void;
  readonly onDurable: (durable: DurableEvents) => void;
  /** Observations to be written with the next append; lost with it if it is lost. */
  readonly observations: () => readonly ReadModelChange[];
  /** Another node owns the portfolio now. */
  readonly onFenced: () => void;
}
