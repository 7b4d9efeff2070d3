/** Changes of limits that a person asks for: judged against the version that the author has seen. */
import type { Draft } from '../portfolio/draft.ts';
import {
  EVERY_FIGURE,
  LIMITS_OF_SCOPE,
  MOST_LIMIT_SCOPES,
  scopeKey,
  type LimitScope,
  type StoredLimits,
} from './limit-scopes.ts';
import { NOTHING_SET, type RiskLimits, type SetLimits } from './limits.ts';

/** A change of what one scope says: the figures given, null to clear one; the others stay. */
export interface LimitChange {
  readonly scope: LimitScope;
  /** The version that the author has seen; 0 where nothing was ever stored. */
  readonly expectedVersion: number;
  readonly figures: Partial<SetLimits>;
  readonly requestedBy: string;
  readonly why: string;
}

export type LimitReply =
  | { readonly kind: 'limits_changed'; readonly stored: StoredLimits }
  /** Somebody changed them since. Nothing was journaled. */
  | { readonly kind: 'limits_version_conflict'; readonly version: number }
  /** A scope may not set this figure. Nothing was journaled. */
  | { readonly kind: 'limit_of_another_scope'; readonly name: keyof RiskLimits }
  | { readonly kind: 'too_many_limit_scopes' };

/** Judges a change against what is stored now, so that of two authors who saw the same version one is refused. */
export function changeLimits(draft: Draft, change: LimitChange): LimitReply {
  const { scope, figures } = change;
  const key = scopeKey(scope);
  const { storedLimits } = draft.state;
  const version = storedLimits.get(key)?.version ?? 0;
  if (version !== change.expectedVersion) return { kind: 'limits_version_conflict', version };
  const allowed: readonly string[] = LIMITS_OF_SCOPE[scope.kind];
  const foreign = EVERY_FIGURE.find((name) => name in figures && !allowed.includes(name));
  if (foreign !== undefined) return { kind: 'limit_of_another_scope', name: foreign };
  if (!storedLimits.has(key) && storedLimits.size >= MOST_LIMIT_SCOPES)
    return { kind: 'too_many_limit_scopes' };
  const limits = { ...(storedLimits.get(key)?.limits ?? NOTHING_SET), ...figures };
  const stored = {
    scope,
    version: version + 1,
    limits,
    requestedBy: change.requestedBy,
    why: change.why,
  };
  draft.emit({ type: 'limits_changed', ...stored });
  return { kind: 'limits_changed', stored: { ...stored, at: draft.at } };
}
