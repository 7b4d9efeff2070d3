/** Settings that were asked of venues and have no answer yet, as the state keeps them: oldest first, bounded. */
import type { AccountId, TimeMs } from '../ids.ts';
import type { SettingFacts } from '../venue/setting.ts';

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

/** The open settings without the oldest request that the answer is to. */
export function settleSetting(
  open: readonly OpenSetting[],
  answered: SettingFacts & { readonly accountId: AccountId },
): readonly OpenSetting[] {
  const index = open.findIndex((request) => isRequestOf(request, answered));
  return index < 0 ? open : open.toSpliced(index, 1);
}

/** Whether an answer is to this request. */
export function isRequestOf(
  request: OpenSetting,
  answered: SettingFacts & { readonly accountId: AccountId },
): boolean {
  return (
    request.accountId === answered.accountId &&
    request.setting === answered.setting &&
    request.symbol === answered.symbol &&
    request.value === answered.value
  );
}
