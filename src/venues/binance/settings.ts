/**
 * Leverage, margin mode and position mode of Binance's swaps.
 *
 * Entry point: `BinanceSettings`. Sources: "Change Initial Leverage", "Change Margin Type" and "Change Position Mode"
 * of the USD-M futures documentation.
 */
import { Decimal } from '../../core/decimal.ts';
import type { JsonValue } from '../../core/json.ts';
import type { MarginMode, PositionMode, SettingOutcome } from '../../core/venue/setting.ts';
import { asObject, figure, text } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Settings } from '../connected-account.ts';
import type { ListedInstrument } from '../markets.ts';
import { Inexpressible, settingWrite } from '../write.ts';
import type { Write } from '../write.ts';
import { CLASSIFIERS } from './classify.ts';
import { SWAP } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import type { BinanceRequests } from './requests.ts';

export class BinanceSettings implements Settings {
  readonly #requests: BinanceRequests;

  constructor(requests: BinanceRequests) {
    this.#requests = requests;
  }

  leverage({ venueSymbol }: ListedInstrument, leverage: Decimal): Write<SettingOutcome> {
    if (!leverage.isMultipleOf(Decimal.one) || !leverage.isPositive())
      throw new Inexpressible(`leverage ${leverage.toString()} is not a whole number above zero`);
    const wanted = leverage.toString();
    return this.#write(SWAP.leverage, { symbol: venueSymbol, leverage: wanted }, (body) => {
      const answer = asObject(body, 'leverage');
      return figure(answer, 'leverage').equals(leverage)
        ? { kind: 'set' }
        : { kind: 'unknown', detail: `the venue says that leverage is ${text(answer, 'leverage')} now` };
    });
  }

  marginMode({ venueSymbol }: ListedInstrument, marginMode: MarginMode): Write<SettingOutcome> {
    const marginType = marginMode === 'isolated' ? 'ISOLATED' : 'CROSSED';
    return this.#write(SWAP.marginType, { symbol: venueSymbol, marginType }, saysDone);
  }

  positionMode(positionMode: PositionMode): Write<SettingOutcome> {
    const dualSidePosition = positionMode === 'hedged' ? 'true' : 'false';
    return this.#write(SWAP.setPositionMode, { dualSidePosition }, saysDone);
  }

  #write(
    endpoint: Endpoint,
    parameters: Parameters,
    read: (body: JsonValue) => SettingOutcome,
  ): Write<SettingOutcome> {
    return settingWrite(this.#requests, endpoint, parameters, {
      classify: (answer) => CLASSIFIERS[endpoint.kind].setting(answer),
      read,
    });
  }
}

/** Settings without a figure of their own are answered `{"code":200,"msg":"success"}`. */
function saysDone(body: JsonValue): SettingOutcome {
  const code = text(asObject(body, 'setting'), 'code');
  return code === '200'
    ? { kind: 'set' }
    : { kind: 'unknown', detail: `the venue answered with code ${code}` };
}
