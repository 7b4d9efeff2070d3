/**
 * Settings that an account keeps at its venue: leverage and margin mode of an instrument, position mode of the account.
 *
 * Entry points: `SettingChange`, `SettingOutcome`, `settingValue`, `settingChange`.
 */
import { Decimal } from '../decimal.ts';
import type { InstrumentSymbol } from '../ids.ts';
import type { NotSentReason, VenueRefusal } from './outcome.ts';

export type MarginMode = 'cross' | 'isolated';

export const POSITION_MODES = ['one_way', 'hedged'] as const;
/** How an account holds the swaps of one instrument: as one net position, or as a long and a short one side by side. */
export type PositionMode = (typeof POSITION_MODES)[number];

export type SettingChange =
  | { readonly setting: 'leverage'; readonly symbol: InstrumentSymbol; readonly leverage: Decimal }
  | { readonly setting: 'margin_mode'; readonly symbol: InstrumentSymbol; readonly marginMode: MarginMode }
  | { readonly setting: 'position_mode'; readonly positionMode: PositionMode };

export type SettingName = SettingChange['setting'];

/** The value to be set, as text. */
export function settingValue(change: SettingChange): string {
  switch (change.setting) {
    case 'leverage':
      return change.leverage.toString();
    case 'margin_mode':
      return change.marginMode;
    case 'position_mode':
      return change.positionMode;
  }
}

/** A change as records have it: figures as text. */
export interface SettingFacts {
  readonly setting: SettingName;
  /** Null for what is set for the whole account. */
  readonly symbol: InstrumentSymbol | null;
  readonly value: string;
}

/** The change that the facts belong to; null where they belong to none of the requested changes. */
export function settingChange({ setting, symbol, value }: SettingFacts): SettingChange | null {
  switch (setting) {
    case 'position_mode':
      return value === 'one_way' || value === 'hedged' ? { setting, positionMode: value } : null;
    case 'leverage':
      return symbol === null ? null : { setting, symbol, leverage: Decimal.parse(value) };
    case 'margin_mode':
      return symbol !== null && (value === 'cross' || value === 'isolated')
        ? { setting, symbol, marginMode: value }
        : null;
  }
}

/** The outcome of one request for a setting, by what the venue's answer proves. */
export type SettingOutcome =
  /** The venue says that it is so now, whether it was so before or not. */
  | { readonly kind: 'set' }
  | { readonly kind: 'refused'; readonly reason: VenueRefusal }
  | { readonly kind: 'not_sent'; readonly reason: NotSentReason; readonly detail: string }
  /** It may have been set; only reading it back proves it. */
  | { readonly kind: 'unknown'; readonly detail: string };

/** Of one swap, as the venue shows them. */
export interface SwapSettings {
  readonly leverage: Decimal | null;
  readonly marginMode: MarginMode | null;
}
