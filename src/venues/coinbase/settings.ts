/** Leverage, margin mode and position mode: Coinbase has none of them here, since it has no swaps. Entry point: `NO_SETTINGS`. */
import type { Settings } from '../connected-account.ts';
import { Inexpressible } from '../write.ts';

function refuse(): never {
  throw new Inexpressible('the venue has no swaps');
}

export const NO_SETTINGS: Settings = { leverage: refuse, marginMode: refuse, positionMode: refuse };
