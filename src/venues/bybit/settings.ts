/**
 * Leverage and position mode of Bybit's swaps, and what the venue does with limit prices beyond its band.
 *
 * Entry points: `BybitSettings`, `refuseMovedPrices`. Sources: "Set Leverage", "Switch Position Mode", "Set Margin Mode", "Get Trade Behaviour
 * Config" and "Set Price Limit Behaviour" of the v5 documentation.
 */
import { Decimal } from '../../core/decimal.ts';
import type { JsonValue } from '../../core/json.ts';
import type { MarginMode, PositionMode, SettingOutcome } from '../../core/venue/setting.ts';
import { asObject, flag } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Settings } from '../connected-account.ts';
import type { ListedInstrument } from '../markets.ts';
import { ReadFailure } from '../read-retry.ts';
import { Inexpressible, settingWrite } from '../write.ts';
import type { Write } from '../write.ts';
import { CLASSIFIER } from './classify.ts';
import { ENDPOINTS } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import type { BybitRequests } from './requests.ts';

const LEVERAGE_STEP = Decimal.parse('0.01');

export class BybitSettings implements Settings {
  readonly #requests: BybitRequests;

  constructor(requests: BybitRequests) {
    this.#requests = requests;
  }

  /** Both figures have to be the same in one-way mode and with crossed margin. */
  leverage({ venueSymbol }: ListedInstrument, leverage: Decimal): Write<SettingOutcome> {
    if (!leverage.isMultipleOf(LEVERAGE_STEP) || leverage.lessThan(Decimal.one))
      throw new Inexpressible(`leverage ${leverage.toString()} is below one or finer than 0.01`);
    const wanted = leverage.toString();
    return this.#write(ENDPOINTS.setLeverage, {
      category: 'linear',
      symbol: venueSymbol,
      buyLeverage: wanted,
      sellLeverage: wanted,
    });
  }

  marginMode(_listed: ListedInstrument, marginMode: MarginMode): Write<SettingOutcome> {
    throw new Inexpressible(`margin mode ${marginMode}: at this venue it is the whole account's`);
  }

  positionMode(positionMode: PositionMode): Write<SettingOutcome> {
    return this.#write(ENDPOINTS.switchMode, {
      category: 'linear',
      coin: 'USDT',
      mode: positionMode === 'hedged' ? 3 : 0,
    });
  }

  #write(endpoint: Endpoint, parameters: Parameters): Write<SettingOutcome> {
    return settingWrite(this.#requests, endpoint, parameters, {
      classify: (answer) => CLASSIFIER.setting(answer),
      read: saysDone,
    });
  }
}

/** Settings are answered by an empty result. */
function saysDone(body: JsonValue): SettingOutcome {
  asObject(body, 'result');
  return { kind: 'set' };
}

/**
 * Has the venue refuse limit prices of swaps beyond its band, which it moves to the edge otherwise: an order would rest at a price that
 * nobody asked for. Rejects with `ReadFailure` where that cannot be had; keys that may not trade are left as they are.
 */
export async function refuseMovedPrices(requests: BybitRequests): Promise<void> {
  const refuses = async (): Promise<boolean> =>
    flag(asObject(await requests.read(ENDPOINTS.tradeBehaviour, {}, 'look_up'), 'behaviour'), 'lpaPerp');
  if (await refuses()) return;
  const parameters = { category: 'linear', modifyEnable: false };
  const sent = await requests.writeNow(ENDPOINTS.setLimitPriceAction, parameters, 'new');
  const verdict = sent.kind === 'answered' ? CLASSIFIER.setting(sent.answer) : null;
  if (verdict?.kind === 'refused' && verdict.reason.kind === 'authentication') return;
  if (!(await refuses()))
    throw new ReadFailure(
      'the venue moves limit prices of swaps beyond its band, and could not be asked to refuse them (Set Price Limit Behaviour)',
      'refused',
    );
}
