/**
 * When an account's records are read at the venue, and from when on.
 *
 * Entry point: `RecordReadings`. Records are read when a balance differs, which one of them may explain, and by themselves from time to time.
 */
import type { AccountId, InstrumentSymbol, TimeMs } from '../core/ids.ts';
import { instrumentKey } from '../core/portfolio/keys.ts';
import type { PortfolioState } from '../core/portfolio/state.ts';
import type { AccountRecords } from '../core/venue/account-record.ts';
import type { Gateway, ReadAnswer } from '../venues/gateway.ts';

/** How often account records are read although every balance agrees. */
export const RECORDS_EVERY_MS = 60_000;
/** By how much a reading of account records goes back before the one before it. */
const READ_AGAIN_MS = 60_000;
/** The first reading of account records goes back this far. */
const FIRST_RECORDS_SINCE_MS = 3 * 86_400_000;

/** A reading whose records are in the books. */
interface TakenReading {
  /** On the venue's clock, when the balances that it goes with were asked for. */
  readonly until: TimeMs;
  /** The same on our monotonic clock. */
  readonly askedAt: number;
}

export class RecordReadings {
  readonly #accountId: AccountId;
  readonly #state: () => PortfolioState;
  #taken: TakenReading | null = null;

  constructor(accountId: AccountId, state: () => PortfolioState) {
    this.#accountId = accountId;
    this.#state = state;
  }

  /** `now` is of our monotonic clock. */
  areDue(now: number, differs: boolean): boolean {
    return this.#taken === null || now - this.#taken.askedAt >= RECORDS_EVERY_MS || differs;
  }

  /**
   * Whether the account's figures can be compared without a reading of them. The take-over of its balances cannot: records count from that
   * moment on.
   */
  get canWait(): boolean {
    const { accounts, recordsRead } = this.#state();
    return accounts.get(this.#accountId)?.balancesKnown === true && recordsRead.has(this.#accountId);
  }

  /** The account's records since the last reading of them; after a start since the one that is journaled. */
  async read(gateway: Gateway): Promise<ReadAnswer<AccountRecords>> {
    const journaled = this.#state().recordsRead.get(this.#accountId)?.until;
    // Earlier than that: the venue's clock as we know it may be ahead, and a record is booked once however often it is read.
    const since = this.#taken?.until ?? journaled ?? gateway.venueNow() - FIRST_RECORDS_SINCE_MS;
    return gateway.accountRecords(since - READ_AGAIN_MS);
  }

  /**
   * The instruments of which the lists name executions since the reading before, and of which none is read otherwise, each with the first
   * time: others have traded them while no process followed the account. Those of before the first reading are in the figures that were
   * taken over.
   */
  unreadTrades({ traded = [] }: AccountRecords): ReadonlyMap<InstrumentSymbol, TimeMs> {
    const { fillsCursors, recordsRead } = this.#state();
    const since = this.#taken?.until ?? recordsRead.get(this.#accountId)?.until ?? Infinity;
    const first = new Map<InstrumentSymbol, TimeMs>();
    for (const { symbol, at } of traded)
      if (at >= since && !fillsCursors.has(instrumentKey(this.#accountId, symbol)))
        first.set(symbol, Math.min(at, first.get(symbol) ?? at));
    return first;
  }

  /** The next reading goes on from this one. */
  taken(reading: TakenReading): void {
    this.#taken = reading;
  }
}
