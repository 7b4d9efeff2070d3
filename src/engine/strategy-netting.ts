/**
 * Netting of strategies' books that offset one another, at the mark of the moment.
 *
 * Entry point: `BookNetting`. Core says what offsets what; this finds a price that is known now. Without one nothing is closed: a guess
 * would move results from one strategy to another.
 */
import type { Decimal } from '../core/decimal.ts';
import type { AccountId, InstrumentSymbol, TimeMs } from '../core/ids.ts';
import type { Input, Reply } from '../core/portfolio/decide.ts';
import type { PortfolioState } from '../core/portfolio/state.ts';
import type { Position } from '../core/position/position.ts';
import { positionsToNet } from '../core/risk/strategy-netting.ts';
import type { Accounts } from './accounts.ts';
import type { NettingOutcome, PositionFilter } from './desk.ts';
import type { InboxLane } from './inbox.ts';

export interface BookNettingOptions {
  readonly accounts: Accounts;
  readonly state: () => PortfolioState;
  readonly submit: (lane: InboxLane, make: () => Input) => Promise<Reply>;
  readonly now: () => TimeMs;
}

export class BookNetting {
  readonly #options: BookNettingOptions;

  constructor(options: BookNettingOptions) {
    this.#options = options;
  }

  /** The net swap positions that have parts to net, flat ones among them; none of an account that was removed. */
  candidates({ accountIds, symbol }: Pick<PositionFilter, 'accountIds' | 'symbol'>): readonly Position[] {
    return positionsToNet(this.#options.state()).filter(
      (position) =>
        !this.#options.accounts.removed.has(position.accountId) &&
        (accountIds === undefined || accountIds.includes(position.accountId)) &&
        (symbol === undefined || symbol === position.symbol),
    );
  }

  /** Resolves once the netting is durable. */
  async net(position: Position, requestedBy: string, lane: InboxLane): Promise<NettingOutcome> {
    const { accountId, symbol } = position;
    await this.#options.accounts.freshQuote(accountId, symbol);
    const price = this.#mark(accountId, symbol);
    if (price === null) return { position, kind: 'no_mark' };
    const reply = await this.#options.submit(lane, () => ({
      type: 'net_strategy_books',
      accountId,
      symbol,
      price: this.#mark(accountId, symbol) ?? price,
      requestedBy,
    }));
    if (reply.kind !== 'control' || reply.outcome.kind !== 'strategy_books_netted')
      throw new TypeError(`not an answer to a netting: ${reply.kind}`);
    const { netted } = reply.outcome;
    return netted === null ? { position, kind: 'nothing_to_net' } : { position, kind: 'netted', netted };
  }

  /** The confirmed mark, no older than a quote that orders may be decided on: a jump that nothing confirms is none. */
  #mark(accountId: AccountId, symbol: InstrumentSymbol): Decimal | null {
    const { accounts, now } = this.#options;
    const quote = accounts.knownQuote(accountId, symbol);
    const oldestMs = accounts.staleQuoteMs(accountId, symbol);
    const { confirmedMark: mark = null, confirmedMarkAt: at = null } = quote ?? {};
    if (mark === null || at === null || oldestMs === undefined) return null;
    return mark.isPositive() && now() - at <= oldestMs ? mark : null;
  }
}
