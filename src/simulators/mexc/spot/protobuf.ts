/**
 * Messages in the wire format of protocol buffers, version 3, as far as MEXC's pushes need it: texts, whole numbers, booleans, messages, and
 * lists of messages.
 *
 * Entry point: `encodeMessage`. Source: "Encoding" of the protocol buffers documentation. A field that has its usual value (an empty text,
 * zero, false) is left out, as every encoder does.
 */

export interface Field {
  readonly number: number;
  /** `message` may be a list of them. */
  readonly type: 'text' | 'integer' | 'boolean' | MessageSchema;
}

export type MessageSchema = Readonly<Record<string, Field>>;
export type Message = Readonly<Record<string, unknown>>;

const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** The bytes of a message. A field that the schema does not have, or with a value of another type, is a mistake of ours. */
export function encodeMessage(schema: MessageSchema, message: Message): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [name, value] of Object.entries(message)) {
    const field = schema[name];
    if (field === undefined) throw new Error(`${name} is no field of the message`);
    if (value === undefined || value === null) continue;
    for (const one of Array.isArray(value) ? value : [value]) parts.push(...encodeField(field, one));
  }
  return Buffer.concat(parts);
}

function encodeField({ number, type }: Field, value: unknown): readonly Uint8Array[] {
  if (typeof type !== 'string') {
    if (typeof value !== 'object') throw new TypeError(`field ${number} takes a message`);
    return delimited(number, encodeMessage(type, value as Message));
  }
  switch (type) {
    case 'text':
      if (typeof value !== 'string') throw new TypeError(`field ${number} takes a text`);
      return value === '' ? [] : delimited(number, Buffer.from(value, 'utf8'));
    case 'boolean':
      return value === true ? [tag(number, VARINT), varint(1n)] : [];
    case 'integer':
      if (typeof value !== 'number' || !Number.isSafeInteger(value))
        throw new TypeError(`field ${number} takes a whole number`);
      return value === 0 ? [] : [tag(number, VARINT), varint(BigInt.asUintN(64, BigInt(value)))];
  }
}

function delimited(number: number, bytes: Uint8Array): readonly Uint8Array[] {
  return [tag(number, LENGTH_DELIMITED), varint(BigInt(bytes.length)), bytes];
}

function tag(number: number, wireType: number): Uint8Array {
  return varint(BigInt(number * 8 + wireType));
}

/** Seven bits a byte, the lowest first; the highest bit of a byte says that more follow. */
function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128n) {
    bytes.push(Number(rest % 128n) + 128);
    rest /= 128n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
