/** Stops that do not protect the position that they were to protect, as the API shows them. */
import { z } from 'zod';
import { ACCOUNT_MODES } from '../../core/ids.ts';
import { PROTECTION_ALARM_KINDS, type ProtectionAlarm } from '../../core/order/protection-alarms.ts';
import { POSITION_SIDES } from '../../core/order/terms.ts';
import { decimalOut, isoTime, timeOut } from '../fields.ts';

export const protectionAlarmView = z
  .object({
    account: z.string(),
    mode: z.enum(ACCOUNT_MODES),
    alarm: z.enum(PROTECTION_ALARM_KINDS),
    symbol: z.string(),
    position_side: z.enum(POSITION_SIDES),
    order_id: z.string(),
    stop_quantity: decimalOut.meta({ description: 'What the stop was still to close, base units.' }),
    position_quantity: decimalOut.meta({ description: 'What is open, base units without a sign.' }),
    why: z.string(),
    since: timeOut,
  })
  .meta({
    id: 'ProtectionAlarm',
    description:
      'A stop that is larger than what is left of its position (`stop_too_large`), that has triggered and rests as a limit order (`stop_unfilled`), or that the exchange ended while its position is open (`stop_lost`).',
  });

export function toProtectionAlarmView(alarm: ProtectionAlarm): z.output<typeof protectionAlarmView> {
  return {
    account: alarm.accountId,
    mode: alarm.mode,
    alarm: alarm.kind,
    symbol: alarm.symbol,
    position_side: alarm.positionSide,
    order_id: alarm.orderId,
    stop_quantity: alarm.stopQuantity.toString(),
    position_quantity: alarm.positionQuantity.toString(),
    why: alarm.why,
    since: isoTime(alarm.since),
  };
}
