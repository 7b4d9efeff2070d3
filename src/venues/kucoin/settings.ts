/**
 * Leverage, margin mode and position mode of KuCoin's swaps.
 *
 * Entry point: `KucoinSettings`. Sources: "Modify Cross Margin Leverage", "Switch Margin Mode" and "Switch Position Mode" of the futures documentation.
 */
import { Decimal } from '../../core/decimal.ts';
import type { JsonValue } from '../../core/json.ts';
import type { MarginMode, PositionMode, SettingOutcome } from '../../core/venue/setting.ts';
import { MalformedAnswer, asObject, text } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Settings } from '../connected-account.ts';
import type { ListedInstrument } from '../markets.ts';
import { Inexpressible, settingWrite } from '../write.ts';
import type { Write } from '../write.ts';
import { CLASSIFIERS } from './classify.ts';
import { SWAP } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import type { KucoinRequests } from './requests.ts';

export class KucoinSettings implements Settings {
  readonly #requests: KucoinRequests;

  constructor(requests: KucoinRequests) {
    this.#requests = requests;
  }

  /** Of cross mode, which all our orders state. */
  leverage({ venueSymbol }: ListedInstrument, leverage: Decimal): Write<SettingOutcome> {
    if (leverage.scale > 0 || leverage.lessThan(Decimal.one))
      throw new Inexpressible(`leverage ${leverage.toString()} is no whole number from one up`);
    const parameters = { symbol: venueSymbol, leverage: leverage.toString() };
    return this.#write(SWAP.setLeverage, parameters, (data) => {
      if (data !== true) throw new MalformedAnswer('the leverage was not set');
    });
  }

  marginMode({ venueSymbol }: ListedInstrument, marginMode: MarginMode): Write<SettingOutcome> {
    if (marginMode === 'isolated')
      throw new Inexpressible('margin mode isolated: our orders state cross mode');
    return this.#write(SWAP.setMarginMode, { symbol: venueSymbol, marginMode: 'CROSS' }, (data) => {
      if (text(asObject(data, 'margin mode'), 'marginMode') !== 'CROSS')
        throw new MalformedAnswer('another margin mode was set');
    });
  }

  positionMode(positionMode: PositionMode): Write<SettingOutcome> {
    const mode = positionMode === 'hedged' ? '1' : '0';
    return this.#write(SWAP.setPositionMode, { positionMode: mode }, (data) => {
      if (text(asObject(data, 'position mode'), 'positionMode') !== mode)
        throw new MalformedAnswer('another position mode was set');
    });
  }

  /** `check` throws `MalformedAnswer` for an answer that does not repeat what was asked for. */
  #write(
    endpoint: Endpoint,
    parameters: Parameters,
    check: (data: JsonValue) => void,
  ): Write<SettingOutcome> {
    return settingWrite(this.#requests, endpoint, parameters, {
      classify: (answer) => CLASSIFIERS.linear_swap.setting(answer),
      read: (data) => {
        check(data);
        return { kind: 'set' };
      },
    });
  }
}
