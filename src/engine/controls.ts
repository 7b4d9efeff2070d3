/**
 * Changes that a person makes to a portfolio: the kill switch, trading states, its limits, the risk ladder, the resolution of a drift
 * case, and settings at a venue.
 *
 * Entry point: `PortfolioControls`. Each change is an input like any other: decided, journaled with who and why, then
 * answered. While the journal does not answer, the outcome of a change is unknown; the caller gets `journal_stalled`
 * within a bound.
 */
import type { AnsweredRequest } from '../core/portfolio/answered-request.ts';
import type { RememberReply } from '../core/portfolio/answered-requests.ts';
import type { AccountId, AccountMode } from '../core/ids.ts';
import type { ControlOutcome, Input, Reply } from '../core/portfolio/decide.ts';
import type { DriftReply } from '../core/reconcile/resolve.ts';
import type { KillSwitchAnswer } from '../core/risk/kill-switch-record.ts';
import type { KillSwitchChange, KillSwitchReply } from '../core/risk/kill-switch.ts';
import type { DetachReply } from '../core/risk/capital.ts';
import type { StatedPrice } from '../core/risk/equity-record.ts';
import type { StatedPriceReply } from '../core/risk/stated-price.ts';
import type { Reclassified } from '../core/risk/equity-record.ts';
import type { ReclassifyReply } from '../core/risk/unexplained.ts';
import type { LadderReply } from '../core/risk/ladder.ts';
import type { LimitChange, LimitReply } from '../core/risk/change-limits.ts';
import type { TradingStateChange, TradingStateReply } from '../core/risk/trading-state.ts';
import type { SettingChange } from '../core/venue/setting.ts';
import type { Background } from './background.ts';
import type { Accounts } from './accounts.ts';
import type { AdoptionReply } from '../core/position/adopt.ts';
import {
  EngineUnavailable,
  KeyTaken,
  type AdoptionIntent,
  type AdoptionRefusal,
  type Controls,
  type NettingOutcome,
  type PositionFilter,
  type SettingAnswer,
} from './desk.ts';
import type { BookNetting } from './strategy-netting.ts';
import type { VenueSettings } from './venue-settings.ts';
import type { PortfolioWriter } from './writer.ts';

const ANSWER_MS = 5_000;
const DETACH_ANSWERS = ['account_detached', 'account_attached', 'already_so', 'unknown_account'] as const;

/** Compares an account with its venue; whether that was complete within the bound, in milliseconds. */
type CompareAnew = (accountId: AccountId, withinMs: number) => Promise<boolean>;

export class PortfolioControls implements Controls {
  readonly #writer: PortfolioWriter;
  readonly #background: Background;
  readonly #venueSettings: VenueSettings;
  readonly #accounts: Accounts;
  readonly #netting: BookNetting;
  readonly #readEquity: () => Promise<void>;
  readonly #compareAnew: CompareAnew;

  constructor(
    writer: PortfolioWriter,
    background: Background,
    venueSettings: VenueSettings,
    accounts: Accounts,
    netting: BookNetting,
    readEquity: () => Promise<void>,
    compareAnew: CompareAnew,
  ) {
    this.#writer = writer;
    this.#background = background;
    this.#venueSettings = venueSettings;
    this.#accounts = accounts;
    this.#netting = netting;
    this.#readEquity = readEquity;
    this.#compareAnew = compareAnew;
  }

  async setKillSwitch(change: KillSwitchChange): Promise<KillSwitchReply> {
    this.#writer.requireOpen();
    const reply = await this.#writer.submit('cancel', () => ({ type: 'kill_switch', ...change }));
    if (reply.kind !== 'kill_switch') throw new TypeError(`not an answer to the kill switch: ${reply.kind}`);
    return reply.outcome;
  }

  async keepKillSwitchReceipt(answer: KillSwitchAnswer): Promise<void> {
    this.#writer.requireOpen();
    await this.#writer.submit('outcome', () => ({ type: 'kill_switch_answered', ...answer }));
  }

  async rememberRequest(request: AnsweredRequest): Promise<RememberReply> {
    const input = { type: 'request_answered', ...request } as const;
    try {
      return await this.#decided(input, ['request_remembered', 'key_taken']);
    } catch (error) {
      if (error instanceof KeyTaken) return { kind: 'key_taken' };
      throw error;
    }
  }

  killSwitchReceipt(key: string): Promise<string | null> {
    return this.#writer.read((state) => state.killSwitchReceipts.get(key) ?? null);
  }

  async changeLimits(change: LimitChange): Promise<LimitReply> {
    return this.#decided({ type: 'change_limits', ...change }, [
      'limits_changed',
      'limits_version_conflict',
      'limit_of_another_scope',
      'too_many_limit_scopes',
    ]);
  }

  async setTradingState(change: TradingStateChange): Promise<TradingStateReply> {
    const reply = await this.#decision({ type: 'set_trading_state', ...change });
    if (reply.kind !== 'trading_state')
      throw new TypeError(`not an answer to a trading state: ${reply.kind}`);
    return reply.outcome;
  }

  async resetLadder(mode: AccountMode, requestedBy: string, why: string): Promise<LadderReply> {
    const input = { type: 'reset_ladder', mode, requestedBy, why } as const;
    return this.#followed(this.#decided(input, ['ladder_reset', 'nothing_to_reset']));
  }

  async detachAccount(accountId: AccountId, requestedBy: string, why: string): Promise<DetachReply> {
    const input = { type: 'detach_account', accountId, requestedBy, why } as const;
    return this.#followed(this.#decided(input, DETACH_ANSWERS));
  }

  async attachAccount(accountId: AccountId, requestedBy: string, why: string): Promise<DetachReply> {
    const input = { type: 'attach_account', accountId, requestedBy, why } as const;
    return this.#followed(this.#decided(input, DETACH_ANSWERS));
  }

  async reclassifyChange(
    changeId: string,
    as: Reclassified,
    requestedBy: string,
    why: string,
  ): Promise<ReclassifyReply> {
    const input = { type: 'reclassify_change', changeId, as, requestedBy, why } as const;
    return this.#followed(this.#decided(input, ['change_reclassified', 'unknown_change']));
  }

  async statePrice(stated: StatedPrice): Promise<StatedPriceReply> {
    const input = { type: 'state_price', ...stated } as const;
    return this.#followed(this.#decided(input, ['price_stated', 'price_not_needed', 'price_known']));
  }

  async resolveDrift(driftId: string, requestedBy: string, resolution: string): Promise<DriftReply> {
    const input = { type: 'resolve_drift', driftId, requestedBy, resolution } as const;
    return this.#decided(input, ['drift_resolved', 'drift_not_open']);
  }

  async adoptHoldings(intent: AdoptionIntent): Promise<AdoptionReply | AdoptionRefusal> {
    const { accountId, symbol } = intent;
    this.#writer.requireOpen();
    const account = this.#accounts.get(accountId);
    const instrument = this.#accounts.instrument(accountId, symbol);
    const setting = this.#accounts.settingOf(accountId, symbol);
    if (account === undefined || instrument === undefined || setting === null)
      return { kind: 'unknown_instrument' };
    if (instrument.kind !== 'spot') return { kind: 'not_spot' };
    this.#accounts.requireConnected(account);
    const mark = (await this.#accounts.freshQuote(accountId, symbol))?.mark ?? null;
    if (mark === null) return { kind: 'no_mark' };
    const venueAt = account.gateway.venueNow();
    const reply = await this.#answered(
      this.#writer.submit('venue', () => ({ type: 'adopt_holdings', ...intent, setting, mark, venueAt })),
    );
    if (reply.kind !== 'adoption') throw new TypeError(`not an answer to an adoption: ${reply.kind}`);
    return this.#followed(Promise.resolve(reply.outcome));
  }

  async readAnew(accountIds: readonly AccountId[], withinMs: number): Promise<ReadonlySet<AccountId>> {
    const unread = new Set<AccountId>();
    await Promise.all(
      accountIds.map(async (accountId) => {
        if (!(await this.#compareAnew(accountId, withinMs))) unread.add(accountId);
      }),
    );
    return unread.size === accountIds.length ? unread : this.#followed(Promise.resolve(unread));
  }

  async netStrategyBooks(
    filter: Pick<PositionFilter, 'accountIds' | 'symbol'>,
    requestedBy: string,
  ): Promise<readonly NettingOutcome[]> {
    this.#writer.requireOpen();
    return Promise.all(
      this.#netting
        .candidates(filter)
        .map((position) => this.#answered(this.#netting.net(position, requestedBy, 'cancel'))),
    );
  }

  changeSetting(
    accountId: AccountId,
    change: SettingChange,
    requestedBy: string,
    why: string,
  ): Promise<SettingAnswer> {
    return this.#venueSettings.change(accountId, change, requestedBy, why);
  }

  /**
   * Decides a control and gives its outcome, which is of one of `kinds`. Ahead of new orders, so that a limit that is
   * tightened holds for those that wait.
   */
  async #decided<Kind extends ControlOutcome['kind']>(
    input: Input,
    kinds: readonly Kind[],
  ): Promise<Extract<ControlOutcome, { kind: Kind }>> {
    const reply = await this.#decision(input);
    if (reply.kind !== 'control') throw new TypeError(`not an answer to a control: ${reply.kind}`);
    const { outcome } = reply;
    if (!isOneOf(outcome, kinds)) throw new TypeError(`not an answer to ${input.type}: ${outcome.kind}`);
    return outcome;
  }

  /** The outcome of a change of the equity once a reading has followed it, so that its answer shows the figures after it. */
  async #followed<Outcome>(decided: Promise<Outcome>): Promise<Outcome> {
    const outcome = await decided;
    await this.#background.unlessLate(this.#readEquity(), ANSWER_MS);
    return outcome;
  }

  /** Ahead of new orders, so that a limit that is tightened holds for those that wait. */
  async #decision(input: Input): Promise<Reply> {
    this.#writer.requireOpen();
    return this.#answered(this.#writer.submit('cancel', () => input));
  }

  /** The reply, unless the journal does not answer within the bound. */
  async #answered<Answer>(submitted: Promise<Answer>): Promise<Answer> {
    const reply = await this.#background.unlessLate(submitted, ANSWER_MS);
    if (reply === null)
      throw new EngineUnavailable(
        'journal_stalled',
        'the journal does not answer: whether this was taken in is not known yet',
        1_000,
      );
    return reply;
  }
}

function isOneOf<Kind extends ControlOutcome['kind']>(
  outcome: ControlOutcome,
  kinds: readonly Kind[],
): outcome is Extract<ControlOutcome, { kind: Kind }> {
  return kinds.some((kind) => kind === outcome.kind);
}
