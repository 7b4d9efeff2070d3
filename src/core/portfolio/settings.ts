/**
 * Settings that an account keeps at its venue, as far as the journal goes: who asked for which, why, within what limit,
 * and what became of it. The settings themselves live at the venue and are read from there; the state has only the requests
 * that were not answered yet.
 *
 * Entry points: `requestSetting`, before anything is sent; `noteSettingAnswer`, after. A request has one answer at the most,
 * and one whose process ended before it came is answered by the next (engine/venue-settings.ts).
 */
import type { AccountId, TimeMs } from '../ids.ts';
import { refusal, type Refusal } from '../risk/refusal.ts';
import type { RiskLimits } from '../risk/limits.ts';
import type { VenueRefusal } from '../venue/outcome.ts';
import { settingValue, type SettingChange, type SettingFacts } from '../venue/setting.ts';
import type { Draft } from './draft.ts';

export interface SettingRequest {
  readonly accountId: AccountId;
  readonly change: SettingChange;
  /** What the venue last showed, as text; null where it is not known. */
  readonly former: string | null;
  /** In force for the instrument. */
  readonly limits: Pick<RiskLimits, 'checksEnabled' | 'maxLeverage'>;
  readonly requestedBy: string;
  readonly why: string;
}

/** A request that has no answer yet. */
export interface OpenSetting extends SettingFacts {
  readonly accountId: AccountId;
  readonly requestedAt: TimeMs;
}

/** Far more than can wait; the oldest are forgotten first. */
const MAX_OPEN = 1_000;

export function openSetting(open: readonly OpenSetting[], requested: OpenSetting): readonly OpenSetting[] {
  return [...open, requested].slice(-MAX_OPEN);
}

/** Without the oldest request that the answer is to. */
export function settleSetting(
  open: readonly OpenSetting[],
  answered: SettingFacts & { readonly accountId: AccountId },
): readonly OpenSetting[] {
  const index = open.findIndex((request) => isOf(request, answered));
  return index < 0 ? open : open.toSpliced(index, 1);
}

function isOf(request: OpenSetting, answered: SettingFacts & { readonly accountId: AccountId }): boolean {
  return (
    request.accountId === answered.accountId &&
    request.setting === answered.setting &&
    request.symbol === answered.symbol &&
    request.value === answered.value
  );
}

export type SettingReply =
  | { readonly kind: 'setting_requested' }
  | { readonly kind: 'setting_denied'; readonly refusal: Refusal };

export interface SettingAnswered {
  readonly accountId: AccountId;
  readonly change: SettingChange;
  readonly outcome: 'set' | 'refused' | 'not_sent' | 'unknown';
  /** What the venue showed when it was asked after an answer that proved nothing; null where it was not asked or did not say. */
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

/** An answer to no open request is let go: another one was journaled first. */
export function noteSettingAnswer(draft: Draft, answered: SettingAnswered): void {
  const { accountId, change, outcome, shown, venueRefusal, detail } = answered;
  const facts = { accountId, ...factsOf(change) };
  if (!draft.state.openSettings.some((request) => isOf(request, facts))) return;
  draft.emit({
    type: 'setting_answered',
    ...facts,
    outcome,
    shown,
    venueRefusal,
    detail,
  });
}

/** Figures as text: what is recorded is what was asked for, and nothing is reckoned with it. */
function factsOf(change: SettingChange): SettingFacts {
  return {
    setting: change.setting,
    symbol: change.setting === 'position_mode' ? null : change.symbol,
    value: settingValue(change),
  };
}
