/**
 * Settings that an account keeps at its venue, as far as the journal goes: who asked for which, why, within what limit,
 * and what became of it. The settings themselves live at the venue and are read from there; the state has only the requests
 * that were not answered yet.
 *
 * Entry points: `requestSetting`, before anything is sent; `noteSettingAnswer`, after. A request has one answer at the most,
 * and one whose process ended before it came is answered by the next (engine/venue-settings.ts).
 */
import type { AccountId } from '../ids.ts';
import { refusal, type Refusal } from '../risk/refusal.ts';
import type { RiskLimits } from '../risk/limits.ts';
import type { VenueRefusal } from '../venue/outcome.ts';
import { settingValue, type PositionMode, type SettingChange, type SettingFacts } from '../venue/setting.ts';
import type { Draft } from './draft.ts';
import { isRequestOf } from './open-settings.ts';

export interface SettingRequest {
  readonly accountId: AccountId;
  readonly change: SettingChange;
  /** The value that the venue last showed, as text; null where it is not known. */
  readonly former: string | null;
  /** In force for the instrument. */
  readonly limits: Pick<RiskLimits, 'checksEnabled' | 'maxLeverage'>;
  readonly requestedBy: string;
  readonly why: string;
}

export type SettingReply =
  | { readonly kind: 'setting_requested' }
  | { readonly kind: 'setting_denied'; readonly refusal: Refusal };

export interface SettingAnswered {
  readonly accountId: AccountId;
  readonly change: SettingChange;
  readonly outcome: 'set' | 'refused' | 'not_sent' | 'unknown';
  /** The value read back after an answer that proved nothing; null where it was not read, or the venue did not say. */
  readonly shown: string | null;
  readonly venueRefusal: VenueRefusal | null;
  readonly detail: string;
}

/** Leverage above the cap is denied; everything else may be asked of the venue. Either is journaled. */
export function requestSetting(draft: Draft, request: SettingRequest): SettingReply {
  const { accountId, change, former, limits, requestedBy, why } = request;
  const limit =
    change.setting === 'leverage' && limits.checksEnabled && limits.maxLeverage !== null
      ? limits.maxLeverage
      : null;
  const facts = { accountId, ...factsOf(change), former, requestedBy, why };
  if (change.setting === 'leverage' && limit !== null && !change.leverage.atMost(limit)) {
    const denied = refusal(
      'leverage',
      'leverage_limit',
      `leverage: ${change.leverage.toString()} is above the limit of ${limit.toString()}`,
      { limit, actual: change.leverage },
    );
    draft.emit({ type: 'setting_denied', ...facts, refusal: denied });
    return { kind: 'setting_denied', refusal: denied };
  }
  draft.emit({ type: 'setting_requested', ...facts, limit: limit?.toString() ?? null });
  return { kind: 'setting_requested' };
}

/**
 * An answer to no open request is dropped: another one was journaled first. A position mode that was set is the account's
 * from here on.
 */
export function noteSettingAnswer(draft: Draft, answered: SettingAnswered): void {
  const { accountId, change, outcome, shown, venueRefusal, detail } = answered;
  const facts = { accountId, ...factsOf(change) };
  if (!draft.state.openSettings.some((request) => isRequestOf(request, facts))) return;
  draft.emit({
    type: 'setting_answered',
    ...facts,
    outcome,
    shown,
    venueRefusal,
    detail,
  });
  if (change.setting === 'position_mode' && outcome === 'set')
    notePositionMode(draft, accountId, change.positionMode);
}

/** The position mode that the venue shows for an account; journaled when it is another than was known. */
export function notePositionMode(draft: Draft, accountId: AccountId, positionMode: PositionMode): void {
  const account = draft.state.accounts.get(accountId);
  if (account === undefined || account.positionMode === positionMode) return;
  draft.emit({ type: 'position_mode_seen', accountId, positionMode });
}

/** Figures as text: a record holds what was asked for, and nothing is computed with it. */
function factsOf(change: SettingChange): SettingFacts {
  return {
    setting: change.setting,
    symbol: change.setting === 'position_mode' ? null : change.symbol,
    value: settingValue(change),
  };
}
