/** Settings of swaps, of which none are connected at HTX. */
import type { SettingOutcome } from '../../core/venue/setting.ts';
import type { Settings } from '../connected-account.ts';
import { Inexpressible } from '../write.ts';
import type { Write } from '../write.ts';

const NO_SWAPS = 'swaps are not connected at this venue';

export class HtxSettings implements Settings {
  leverage(): Write<SettingOutcome> {
    throw new Inexpressible(NO_SWAPS);
  }

  marginMode(): Write<SettingOutcome> {
    throw new Inexpressible(NO_SWAPS);
  }

  positionMode(): Write<SettingOutcome> {
    throw new Inexpressible(NO_SWAPS);
  }
}
