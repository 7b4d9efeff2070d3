/** The changes of one book between two messages of a diff depth stream. */
import type { BookEvent, BookLevel } from '../exchange/event.ts';

/** Book changes gathered since the last message, by price. */
export class DepthChanges {
  first = 0;
  last = 0;
  readonly bids = new Map<string, BookLevel>();
  readonly asks = new Map<string, BookLevel>();

  get empty(): boolean {
    return this.first === 0;
  }

  add(event: BookEvent): void {
    if (this.first === 0) this.first = event.updateId;
    this.last = event.updateId;
    for (const level of event.bids) this.bids.set(level[0].toString(), level);
    for (const level of event.asks) this.asks.set(level[0].toString(), level);
  }

  clear(): void {
    this.first = 0;
    this.bids.clear();
    this.asks.clear();
  }
}
