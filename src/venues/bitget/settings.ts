/**
 * Leverage and position mode of Bitget's swaps.
 *
 * Entry point: `BitgetSettings`. Sources: "Set Leverage" and "Set Holding Mode" of the unified account's documentation. A setting that is made already
 * is answered as one that was made.
 */
import { Decimal } from '../../core/decimal.ts';
import type { JsonValue } from '../../core/json.ts';
import type { MarginMode, PositionMode, SettingOutcome } from '../../core/venue/setting.ts';
import { MalformedAnswer } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Settings } from '../connected-account.ts';
import type { ListedInstrument } from '../markets.ts';
import { Inexpressible, settingWrite } from '../write.ts';
import type { Write } from '../write.ts';
import { CLASSIFIER } from './classify.ts';
import { CATEGORIES, ENDPOINTS } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import type { BitgetRequests } from './requests.ts';

export class BitgetSettings implements Settings {
  readonly #requests: BitgetRequests;

  constructor(requests: BitgetRequests) {
    this.#requests = requests;
  }

  /** Of crossed margin it is one for both sides. */
  leverage({ venueSymbol }: ListedInstrument, leverage: Decimal): Write<SettingOutcome> {
    if (!leverage.isMultipleOf(Decimal.one) || leverage.lessThan(Decimal.one))
      throw new Inexpressible(`leverage ${leverage.toString()} is no whole number above zero`);
    return this.#write(ENDPOINTS.setLeverage, {
      category: CATEGORIES.linear_swap,
      symbol: venueSymbol,
      leverage: leverage.toString(),
    });
  }

  marginMode(_listed: ListedInstrument, marginMode: MarginMode): Write<SettingOutcome> {
    throw new Inexpressible(`margin mode ${marginMode}: at this venue each order names its own`);
  }

  positionMode(positionMode: PositionMode): Write<SettingOutcome> {
    const holdMode = positionMode === 'hedged' ? 'hedge_mode' : 'one_way_mode';
    return this.#write(ENDPOINTS.setHoldMode, { holdMode });
  }

  #write(endpoint: Endpoint, parameters: Parameters): Write<SettingOutcome> {
    return settingWrite(this.#requests, endpoint, parameters, {
      classify: (answer) => CLASSIFIER.setting(answer),
      read: saysDone,
    });
  }
}

/** "data: Success or not". */
function saysDone(data: JsonValue): SettingOutcome {
  if (data !== 'success' && data !== null) throw new MalformedAnswer('the setting is not said to be made');
  return { kind: 'set' };
}
