/**
 * The served OpenAPI document and docs/api.md, read for tests.
 *
 * Entry points: `rowsOfApiDocument`, `ApiSchemas`.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { operationName } from '../contract/operation.ts';

const DOCUMENT = join(import.meta.dirname, '../../../docs/api.md');

/** The calls that docs/api.md has a row for, as `POST /risk/kill-switch`, in its order. */
export function rowsOfApiDocument(): string[] {
  const text = readFileSync(DOCUMENT, 'utf8');
  return [...text.matchAll(/^\| *`([A-Z]+ \/[^`]*)` *\|/gm)].map(([, row = '']) => row);
}

const media = z.looseObject({
  schema: z.looseObject({}).optional(),
  example: z.unknown().optional(),
  examples: z
    .record(z.string(), z.looseObject({ value: z.unknown().optional(), $ref: z.string().optional() }))
    .optional(),
});

const operationShape = z.looseObject({
  operationId: z.string(),
  security: z.array(z.looseObject({})).optional(),
  parameters: z
    .array(
      z.looseObject({
        name: z.string(),
        in: z.enum(['path', 'query', 'header']),
        required: z.boolean().optional(),
        schema: z.looseObject({}).optional(),
        example: z.unknown().optional(),
      }),
    )
    .default([]),
  requestBody: z.looseObject({ content: z.record(z.string(), media) }).optional(),
  responses: z.record(
    z.string(),
    z.looseObject({ description: z.string(), content: z.record(z.string(), media).optional() }),
  ),
});

const documentShape = z.looseObject({
  openapi: z.literal('3.1.0'),
  paths: z.record(z.string(), z.record(z.string(), operationShape)),
  components: z.looseObject({
    schemas: z.record(z.string(), z.looseObject({})),
    examples: z.record(z.string(), z.looseObject({})),
  }),
});

export type DocumentedOperation = z.output<typeof operationShape>;

export interface NamedOperation {
  /** As `POST /risk/kill-switch`. */
  readonly name: string;
  readonly method: string;
  /** With the prefix, parameters in braces. */
  readonly path: string;
  readonly operation: DocumentedOperation;
}

/** The document, and its schemas ready to hold values against. */
export class ApiSchemas {
  readonly operations: ReadonlyMap<string, NamedOperation>;
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  readonly #validators = new Map<string, ValidateFunction>();

  /** `document` is the parsed body of `/openapi.json`. Throws where it is no such document. */
  constructor(document: unknown) {
    const { paths } = documentShape.parse(document);
    this.#ajv.addSchema({ ...(document as object), $id: 'api' });
    this.operations = new Map(
      Object.entries(paths).flatMap(([path, operations]) =>
        Object.entries(operations).map(([lower, operation]) => {
          const method = lower.toUpperCase();
          const name = operationName(method, path);
          return [name, { name, method, path, operation }] as const;
        }),
      ),
    );
  }

  /** The faults of an answer's body by the schema of its status and type; none for one that is documented. */
  faultsOfAnswer(name: string, status: number, contentType: string, body: unknown): string[] {
    const found = this.operations.get(name);
    const type = contentType.split(';', 1)[0]?.trim() ?? '';
    const answer = found?.operation.responses[String(status)];
    if (found === undefined || answer === undefined) return [`${name} has no documented answer ${status}`];
    if (answer.content?.[type]?.schema === undefined)
      return [`${name} has no documented answer ${status} of type ${JSON.stringify(type)}`];
    if (type === 'application/problem+json')
      return this.faultsOfProblem(name, status, body as Readonly<Record<string, unknown>>);
    return this.#faults(
      [
        'paths',
        found.path,
        found.method.toLowerCase(),
        'responses',
        String(status),
        'content',
        type,
        'schema',
      ],
      body,
    );
  }

  /** As `faultsOfAnswer`, for problem documents alone, of which there may be many. */
  faultsOfProblem(name: string, status: number, problem: Readonly<Record<string, unknown>>): string[] {
    const answer = this.operations.get(name)?.operation.responses[String(status)];
    const codes = Object.keys(answer?.content?.['application/problem+json']?.examples ?? {});
    return codes.includes(String(problem['code']))
      ? this.#faults(['components', 'schemas', 'Problem'], problem)
      : [`${name} does not document ${String(problem['code'])} with ${status}`];
  }

  /** The faults of a request's body by its schema. */
  faultsOfBody(name: string, body: unknown): string[] {
    const found = this.operations.get(name);
    if (found?.operation.requestBody === undefined) return [`${name} documents no body`];
    return this.#faults(
      [
        'paths',
        found.path,
        found.method.toLowerCase(),
        'requestBody',
        'content',
        'application/json',
        'schema',
      ],
      body,
    );
  }

  #faults(place: readonly string[], value: unknown): string[] {
    const pointer = place.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')));
    const reference = `api#/${pointer.join('/')}`;
    let validate = this.#validators.get(reference);
    if (validate === undefined) {
      validate = this.#ajv.compile({ $ref: reference });
      this.#validators.set(reference, validate);
    }
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`,
    );
  }
}
