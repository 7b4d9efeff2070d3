/**
 * The AsyncAPI document of the stream, made of the schemas that its messages are made with.
 *
 * Entry point: `streamDocument`.
 *
 * Invariants:
 *  1. Every message of `src/http/stream/messages.ts` is in it, by the name of its schema, and no other.
 *  2. Schemas with a name of their own (`Order`, `Position`) stand once, under the name that the OpenAPI document has for them.
 */
import { z } from 'zod';
import { CLIENT_MESSAGES, SERVICE_MESSAGES } from '../stream/messages.ts';
import { CLOSINGS } from '../stream/closings.ts';
import { documentField } from './document.ts';

type JsonSchema = Record<string, unknown>;

export interface StreamDocument {
  readonly asyncapi: string;
  readonly components: {
    readonly messages: Readonly<Record<string, { readonly payload: object }>>;
    readonly schemas: Readonly<Record<string, object>>;
    readonly securitySchemes: object;
  };
  readonly [part: string]: unknown;
}

const CHANNEL = 'stream';
const ABOUT = [
  'The events of a portfolio as they become durable, its alarms, and prices, over one WebSocket.',
  'A client logs in with its token in the header `Authorization: Bearer` or in its first message, and subscribes to channels by name;',
  'these are within the one connection. `x-close-codes` of the channel says how the service ends it, and what to do then. `docs/api.md` has the rules of seq and of coming back. Orders, positions, balances, fills and',
  'drift cases are those of the OpenAPI document, `/openapi.json`.',
].join(' ');

/** `address` is the path of the stream; `host` (with its port) and `isSecure` are of the server that the document is read from. */
export function streamDocument(address: string, host: string, isSecure: boolean): StreamDocument {
  const schemas: Record<string, object> = {};
  const fromClient = CLIENT_MESSAGES.map((message) => addSchema(schemas, message, 'input'));
  const fromService = SERVICE_MESSAGES.map((message) => addSchema(schemas, message, 'output'));
  const names = [...fromClient, ...fromService];
  return {
    asyncapi: '3.0.0',
    info: { title: 'Plimsoll stream', version: '1', description: ABOUT },
    defaultContentType: 'application/json',
    servers: {
      service: {
        host,
        protocol: isSecure ? 'wss' : 'ws',
        description: 'The service that this document was read from.',
        security: [{ $ref: '#/components/securitySchemes/token' }],
      },
    },
    channels: {
      [CHANNEL]: {
        address,
        messages: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
        bindings: { ws: { method: 'GET' } },
        'x-close-codes': Object.values(CLOSINGS),
      },
    },
    operations: {
      takeFromClient: operation('receive', 'Messages that a client sends.', fromClient),
      sendToClient: operation('send', 'Messages that a client is sent.', fromService),
    },
    components: {
      messages: Object.fromEntries(names.map((name) => [name, documentedMessage(name, schemas[name])])),
      schemas,
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function operation(action: 'send' | 'receive', summary: string, names: readonly string[]): object {
  return {
    action,
    summary,
    channel: { $ref: `#/channels/${CHANNEL}` },
    messages: names.map((name) => ({ $ref: `#/channels/${CHANNEL}/messages/${name}` })),
  };
}

function documentedMessage(name: string, schema: object | undefined): { readonly payload: object } {
  const { description } = (schema ?? {}) as { readonly description?: string };
  return {
    name,
    ...(description === undefined ? {} : { summary: description }),
    payload: { $ref: `#/components/schemas/${name}` },
  } as { readonly payload: object };
}

/** Adds the schema of a message, and those that it refers to by name; returns its own name. */
function addSchema(schemas: Record<string, object>, message: z.ZodType, io: 'input' | 'output'): string {
  const { id: name } = z.globalRegistry.get(message) ?? {};
  if (name === undefined) throw new TypeError('a message of the stream has no name');
  const made = z.toJSONSchema(message, { target: 'draft-7', io, override: documentField }) as JsonSchema;
  const text = JSON.stringify(made).replaceAll('"#/definitions/', '"#/components/schemas/');
  const { definitions = {} } = JSON.parse(text) as { readonly definitions?: Record<string, JsonSchema> };
  for (const [part, { id: _id, ...schema }] of Object.entries(definitions)) schemas[part] = schema;
  if (schemas[name] === undefined) throw new TypeError(`the schema of ${name} is not among its definitions`);
  return name;
}
