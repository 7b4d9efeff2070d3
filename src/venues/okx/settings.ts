/**
 * Leverage and position mode of OKX's swaps.
 *
 * Entry point: `OkxSettings`. Sources: "Set leverage" and "Set position mode" of the v5 documentation. A setting that is made already is
 * answered as one that was made.
 */
import { Decimal } from '../../core/decimal.ts';
import type { JsonValue } from '../../core/json.ts';
import type { MarginMode, PositionMode, SettingOutcome } from '../../core/venue/setting.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Settings } from '../connected-account.ts';
import type { ListedInstrument } from '../markets.ts';
import { Inexpressible, settingWrite } from '../write.ts';
import type { Write } from '../write.ts';
import { CLASSIFIER } from './classify.ts';
import { ENDPOINTS } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { onlyEntry } from './normalize-account.ts';
import type { OkxRequests } from './requests.ts';

/** "from `0.01` to `125`" of orders; below one it is refused ("59105"). */
const LEVERAGE_STEP = Decimal.parse('0.01');

export class OkxSettings implements Settings {
  readonly #requests: OkxRequests;

  constructor(requests: OkxRequests) {
    this.#requests = requests;
  }

  /** Of crossed margin it is one for both sides. */
  leverage({ venueSymbol }: ListedInstrument, leverage: Decimal): Write<SettingOutcome> {
    if (!leverage.isMultipleOf(LEVERAGE_STEP) || leverage.lessThan(Decimal.one))
      throw new Inexpressible(`leverage ${leverage.toString()} is below one or finer than 0.01`);
    const parameters = { instId: venueSymbol, lever: leverage.toString(), mgnMode: 'cross' };
    return this.#write(ENDPOINTS.setLeverage, parameters);
  }

  marginMode(_listed: ListedInstrument, marginMode: MarginMode): Write<SettingOutcome> {
    throw new Inexpressible(
      `margin mode ${marginMode}: in multi-currency margin mode every position is crossed`,
    );
  }

  positionMode(positionMode: PositionMode): Write<SettingOutcome> {
    const posMode = positionMode === 'hedged' ? 'long_short_mode' : 'net_mode';
    return this.#write(ENDPOINTS.setPositionMode, { posMode });
  }

  #write(endpoint: Endpoint, parameters: Parameters): Write<SettingOutcome> {
    return settingWrite(this.#requests, endpoint, parameters, {
      classify: (answer) => CLASSIFIER.setting(answer),
      read: saysDone,
    });
  }
}

/** The setting as it is now. */
function saysDone(data: JsonValue): SettingOutcome {
  onlyEntry(data, 'setting');
  return { kind: 'set' };
}
