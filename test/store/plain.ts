import * as z from 'zod/mini';
import type { JsonObject } from '../../shared/model.ts';

const Plain = z.record(z.string(), z.json());

/** What a document holds, whatever it is; for tests that look behind the collections. */
export const plainOf = (document: { readonly value: unknown } | undefined): JsonObject =>
  Plain.parse(document?.value ?? {});
