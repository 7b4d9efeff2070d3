/**
 * Leverage and position mode of HTX's swaps.
 *
 * Entry point: `HtxSettings`. Sources: "Set Leverage" and "Set Position Mode" of the v5 documentation. The margin mode is named by each order, and
 * ours are crossed.
 */
import { Decimal } from '../../core/decimal.ts';
import type { JsonObject } from '../../core/json.ts';
import type { MarginMode, PositionMode, SettingOutcome } from '../../core/venue/setting.ts';
import { MalformedAnswer, asObject, text } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Settings } from '../connected-account.ts';
import type { ListedInstrument } from '../markets.ts';
import { Inexpressible, settingWrite } from '../write.ts';
import type { Write } from '../write.ts';
import { CLASSIFIERS, dataOf } from './classify.ts';
import { SWAP } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { CROSS } from './order-parameters.ts';
import type { HtxRequests } from './requests.ts';

export class HtxSettings implements Settings {
  readonly #requests: HtxRequests;

  constructor(requests: HtxRequests) {
    this.#requests = requests;
  }

  /** Of crossed margin it is one for both sides. */
  leverage({ venueSymbol }: ListedInstrument, leverage: Decimal): Write<SettingOutcome> {
    if (leverage.scale > 0 || leverage.lessThan(Decimal.one))
      throw new Inexpressible(`leverage ${leverage.toString()} is no whole number from one up`);
    const lever = Number(leverage.toString());
    return this.#write(
      SWAP.setLeverage,
      { contract_code: venueSymbol, ...CROSS, lever_rate: lever },
      (setting) => text(setting, 'lever_rate') === leverage.toString(),
    );
  }

  marginMode(_listed: ListedInstrument, marginMode: MarginMode): Write<SettingOutcome> {
    throw new Inexpressible(`margin mode ${marginMode}: our orders name cross margin`);
  }

  positionMode(positionMode: PositionMode): Write<SettingOutcome> {
    const mode = positionMode === 'hedged' ? 'dual_side' : 'single_side';
    return this.#write(
      SWAP.setPositionMode,
      { position_mode: mode },
      (setting) => text(setting, 'position_mode') === mode,
    );
  }

  /** `isSet`: whether the answer repeats what was asked for. */
  #write(
    endpoint: Endpoint,
    parameters: Parameters,
    isSet: (setting: JsonObject) => boolean,
  ): Write<SettingOutcome> {
    return settingWrite(this.#requests, endpoint, parameters, {
      classify: (answer) => CLASSIFIERS.linear_swap.setting(answer),
      read: (body) => {
        if (!isSet(asObject(dataOf(body), 'setting'))) throw new MalformedAnswer('another setting was made');
        return { kind: 'set' };
      },
    });
  }
}
