/**
 * Leverage, margin mode and position mode of an account, changed at its venue on a person's behalf.
 *
 * Entry points: `VenueSettings.change`; `settleOpen` for requests of a process that ended before an answer came.
 * Invariants:
 *  1. A request is journaled before it is sent, so that only the owner of the portfolio sends it; near the end of its
 *     lease it sends no more.
 *  2. A setting is sent once. An answer that proves nothing is followed by readings, until one shows the setting or the
 *     request can no longer arrive; the caller's answer says which.
 *  3. Every request is answered in the journal once: by the process that sent it, or by the next one from a reading.
 *  4. Changes of one account run in a bounded serial queue, so that a reading is of the change it follows.
 */
import type { AccountId } from '../core/ids.ts';
import type { SettingAnswered } from '../core/portfolio/settings.ts';
import type { LimitSubject } from '../core/risk/limit-scopes.ts';
import type { RiskLimits } from '../core/risk/limits.ts';
import {
  settingChange,
  settingValue,
  type SettingChange,
  type SettingOutcome,
} from '../core/venue/setting.ts';
import type { Gateway } from '../venues/gateway.ts';
import type { Accounts, ActiveAccount } from './accounts.ts';
import type { Background } from './background.ts';
import type { Clock } from './clock.ts';
import { EngineUnavailable, type SettingAnswer } from './desk.ts';
import type { PortfolioWriter } from './writer.ts';

const JOURNAL_ANSWER_MS = 5_000;
/** How long a request that was lost may still arrive, and how often it is looked for meanwhile. */
const READ_BACK_FOR_MS = 6_000;
const READ_BACK_EVERY_MS = 400;
const MAX_WAITING = 8;

export interface VenueSettingsOptions {
  readonly writer: PortfolioWriter;
  readonly accounts: Accounts;
  readonly background: Background;
  readonly clock: Clock;
  /** In force for orders on an instrument of an account; over the portfolio for null. */
  readonly limits: (subject: LimitSubject | null) => RiskLimits;
  /** Whether this node may still act as owner. */
  readonly mayAct: () => boolean;
  /** Asks for a comparison with the venue. */
  readonly reconcile: (accountId: AccountId) => void;
}

interface SettingQueue {
  waiting: number;
  last: Promise<unknown>;
}

export class VenueSettings {
  readonly #options: VenueSettingsOptions;
  readonly #queues = new Map<AccountId, SettingQueue>();

  constructor(options: VenueSettingsOptions) {
    this.#options = options;
  }

  /** Rejects with `EngineUnavailable` when the request was not sent and no outcome can be given. */
  async change(
    accountId: AccountId,
    change: SettingChange,
    requestedBy: string,
    why: string,
  ): Promise<SettingAnswer> {
    const { writer, accounts } = this.#options;
    writer.requireOpen();
    const account = accounts.get(accountId);
    if (account === undefined) return { kind: 'unknown_account' };
    if (!account.started)
      throw new EngineUnavailable('venue_unreachable', `${account.venue} has not answered yet`, 1_000);
    const unfit = unfitFor(account, change);
    if (unfit !== null) return unfit;
    return this.#inSeries(accountId, () => this.#carryOut(account, change, requestedBy, why));
  }

  /**
   * Reads the settings that were asked for before this process owned the portfolio and were not answered, and journals what
   * the venue shows of them. Call it when the account's gateway has started, and after each time the portfolio was claimed.
   */
  async settleOpen(accountId: AccountId): Promise<void> {
    const { writer, accounts, clock } = this.#options;
    const account = accounts.get(accountId);
    if (account?.started !== true) return;
    const left = writer.state.openSettings.filter((request) => request.accountId === accountId);
    for (const request of left) {
      const change = settingChange(request);
      if (change === null) continue;
      await this.#inSeries(accountId, async () => {
        const mayStillArriveMs = request.requestedAt + READ_BACK_FOR_MS - clock.now();
        const answer = await this.#readBack(
          account,
          change,
          'the service stopped before an answer came',
          Math.min(Math.max(mayStillArriveMs, 0), READ_BACK_FOR_MS),
        );
        if (answer.kind === 'set') accounts.confirmSetting(accountId, change);
        await this.#journalAnswer(accountId, change, answer);
      });
    }
  }

  async #inSeries<Value>(accountId: AccountId, work: () => Promise<Value>): Promise<Value> {
    const queue = this.#queues.get(accountId) ?? { waiting: 0, last: Promise.resolve() };
    if (queue.waiting >= MAX_WAITING)
      throw new EngineUnavailable('overloaded', 'too many settings of this account wait already', 1_000);
    this.#queues.set(accountId, queue);
    queue.waiting += 1;
    // A failure of the change before this one was reported to its own caller.
    const mine = queue.last.then(work, work);
    queue.last = mine;
    try {
      return await mine;
    } finally {
      queue.waiting -= 1;
      if (queue.waiting === 0) this.#queues.delete(accountId);
    }
  }

  async #carryOut(
    account: ActiveAccount,
    change: SettingChange,
    requestedBy: string,
    why: string,
  ): Promise<SettingAnswer> {
    const { accounts, background, limits, mayAct, reconcile, writer } = this.#options;
    const { accountId } = account;
    const subject =
      change.setting === 'position_mode' ? null : { accountId, venue: account.venue, symbol: change.symbol };
    const submitted = writer.submit('place', () => ({
      type: 'request_setting',
      accountId,
      change,
      former: formerOf(accounts, account, change),
      limits: limits(subject),
      requestedBy,
      why,
    }));
    const reply = await background.unlessLate(submitted, JOURNAL_ANSWER_MS);
    if (reply === null) {
      // The request may be journaled after all: its outcome is journaled then, too.
      background.run(submitted.then(() => this.#journalAnswer(accountId, change, GIVEN_UP)));
      throw new EngineUnavailable(
        'journal_stalled',
        'the journal does not answer; the exchange was not asked',
        1_000,
      );
    }
    if (reply.kind !== 'setting') throw new TypeError(`not an answer to a setting: ${reply.kind}`);
    if (reply.outcome.kind === 'setting_denied') return { kind: 'denied', refusal: reply.outcome.refusal };
    const answer = mayAct()
      ? await this.#ask(account, change)
      : notSent({ kind: 'not_sent', reason: 'expired', detail: 'this node owns the portfolio no longer' });
    if (answer.kind === 'set') {
      accounts.confirmSetting(accountId, change);
      reconcile(accountId);
    }
    // The caller gets the answer whether or not the journal takes it in time: it is the venue's.
    const noted = this.#journalAnswer(accountId, change, answer).catch((error: unknown) => {
      if (!(error instanceof EngineUnavailable)) throw error;
    });
    await background.unlessLate(noted, JOURNAL_ANSWER_MS);
    return answer;
  }

  async #journalAnswer(accountId: AccountId, change: SettingChange, answer: Answered): Promise<void> {
    await this.#options.writer.submit('outcome', () => ({
      type: 'setting_answered',
      accountId,
      change,
      ...recorded(answer),
    }));
  }

  async #ask(account: ActiveAccount, change: SettingChange): Promise<Answered> {
    const outcome = await send(account.gateway, change).catch((error: unknown): SettingOutcome => ({
      kind: 'unknown',
      detail: `the gateway failed: ${String(error)}`,
    }));
    switch (outcome.kind) {
      case 'set':
        return { kind: 'set', confirmedBy: 'answer' };
      case 'refused':
        return { kind: 'refused', venueRefusal: outcome.reason };
      case 'not_sent':
        return notSent(outcome);
      case 'unknown':
        return this.#readBack(account, change, outcome.detail);
    }
  }

  /**
   * A reading that shows the setting proves it; one that does not proves nothing while the request may yet arrive. Where the
   * venue says nothing at all, it is asked for longer.
   */
  async #readBack(
    account: ActiveAccount,
    change: SettingChange,
    detail: string,
    mayArriveForMs = READ_BACK_FOR_MS,
  ): Promise<Answered> {
    const { clock } = this.#options;
    const wanted = settingValue(change);
    const begunAt = clock.monotonic();
    let shown: string | null = null;
    for (;;) {
      // Through the gateway that the account has by now.
      shown = await read(account.gateway, change);
      if (shown === wanted) return { kind: 'set', confirmedBy: 'reading' };
      const boundMs = shown === null ? READ_BACK_FOR_MS : mayArriveForMs;
      if (clock.monotonic() + READ_BACK_EVERY_MS > begunAt + boundMs)
        return { kind: 'unknown', shown, detail };
      await new Promise<void>((resolve) => {
        clock.after(READ_BACK_EVERY_MS, resolve);
      });
    }
  }
}

/** The outcome of a request to the venue. */
type Answered = Extract<SettingAnswer, { kind: 'set' | 'refused' | 'not_sent' | 'unknown' }>;

const GIVEN_UP: Answered = {
  kind: 'not_sent',
  reason: 'expired',
  detail: 'the journal took too long; the caller was answered that nothing was sent',
};

function notSent({ reason, detail }: Extract<SettingOutcome, { kind: 'not_sent' }>): Answered {
  return { kind: 'not_sent', reason, detail };
}

function send(gateway: Gateway, change: SettingChange): Promise<SettingOutcome> {
  switch (change.setting) {
    case 'leverage':
      return gateway.setLeverage(change.symbol, change.leverage);
    case 'margin_mode':
      return gateway.setMarginMode(change.symbol, change.marginMode);
    case 'position_mode':
      return gateway.setPositionMode(change.positionMode);
  }
}

/** The setting as the venue shows it, as text; null when it does not answer. */
async function read(gateway: Gateway, change: SettingChange): Promise<string | null> {
  if (change.setting === 'position_mode') {
    const answer = await gateway.positionMode();
    return answer.kind === 'ok' ? answer.value : null;
  }
  const answer = await gateway.swapSettings(change.symbol);
  if (answer.kind === 'failed') return null;
  const { leverage, marginMode } = answer.value;
  return change.setting === 'leverage' ? (leverage?.toString() ?? null) : marginMode;
}

/** Why the account or the instrument has no such setting; null when it has. */
function unfitFor({ gateway, venue }: ActiveAccount, change: SettingChange): SettingAnswer | null {
  const notOffered = (detail: string): SettingAnswer => ({ kind: 'not_offered', detail });
  if (change.setting === 'position_mode') {
    const modes = gateway.capabilities.kinds.linear_swap?.positionModes ?? [];
    if (modes.includes(change.positionMode)) return null;
    return notOffered(
      modes.length === 0
        ? `this account on ${venue} has no swaps, and so no position mode`
        : `position_mode: ${change.positionMode} is not offered on ${venue}`,
    );
  }
  const instrument = gateway.instrument(change.symbol);
  if (instrument === undefined) return { kind: 'unknown_instrument' };
  const capabilities = gateway.capabilities.kinds[instrument.kind];
  if (instrument.kind === 'spot')
    return notOffered(
      `symbol: ${change.symbol} is a spot instrument: it has neither leverage nor margin mode`,
    );
  if (change.setting === 'leverage')
    return capabilities?.setsLeverage === true ? null : notOffered(`${venue} lets no leverage be set`);
  return capabilities?.marginModes.includes(change.marginMode) === true
    ? null
    : notOffered(`${venue} has no margin mode ${change.marginMode}`);
}

function formerOf(accounts: Accounts, account: ActiveAccount, change: SettingChange): string | null {
  if (change.setting === 'position_mode') return account.gateway.connection().positionMode;
  const known = accounts.venuePosition(account.accountId, change.symbol);
  return change.setting === 'leverage' ? (known?.leverage?.toString() ?? null) : (known?.marginMode ?? null);
}

function recorded(answer: Answered): Omit<SettingAnswered, 'accountId' | 'change'> {
  const { kind: outcome } = answer;
  switch (answer.kind) {
    case 'set':
      return {
        outcome,
        shown: null,
        venueRefusal: null,
        detail: answer.confirmedBy === 'answer' ? '' : 'read back from the venue',
      };
    case 'refused':
      return { outcome, shown: null, venueRefusal: answer.venueRefusal, detail: '' };
    case 'not_sent':
      return { outcome, shown: null, venueRefusal: null, detail: `${answer.reason}: ${answer.detail}` };
    case 'unknown':
      return { outcome, shown: answer.shown, venueRefusal: null, detail: answer.detail };
  }
}
