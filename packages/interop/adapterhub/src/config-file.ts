import { parseJsonObject } from '@adapterfusion/checkpoint';
import { AdapterFusionError, type Files, type JsonValue } from '@adapterfusion/contracts';
import type { ImportedModel } from './imported.js';

type Json = { readonly [key: string]: JsonValue };

/** A JSON file of the reference, with access to its fields by path and type. */
export interface ConfigFile {
  readonly at: string;
  readonly value: Json;
  text(key: string): string;
  object(key: string): Json;
  /** The model that the file names. */
  model(): ImportedModel;
  /** @throws BUNDLE_INVALID for the field `key` */
  refuse(key: string, expected: string): never;
}

/** @throws FILE_NOT_FOUND; BUNDLE_INVALID for a file that is no JSON object */
export async function readConfigFile(files: Files, dir: string, name: string): Promise<ConfigFile> {
  const at = files.join(dir, name);
  const bytes = await files.read(at);
  return configFile(parseJsonObject(bytes, 'BUNDLE_INVALID', at, 'a JSON object', 'Save it again.') as Json, at);
}

function configFile(value: Json, at: string): ConfigFile {
  const refuse = (key: string, expected: string): never => {
    const got = key.split('.').reduce<unknown>((inner, step) => (inner as Json | undefined)?.[step], value);
    const shown = (JSON.stringify(got) ?? 'none').slice(0, 80);
    throw new AdapterFusionError('BUNDLE_INVALID', {
      at: `${at}: ${key}`,
      expected,
      got: shown,
      fix: 'Save it again.',
    });
  };
  const text = (key: string): string => {
    const got = value[key];
    return typeof got === 'string' ? got : refuse(key, 'a text');
  };
  return {
    at,
    value,
    text,
    object(key) {
      const got = value[key];
      return typeof got === 'object' && got !== null && !Array.isArray(got) ? (got as Json) : refuse(key, 'an object');
    },
    model() {
      const hiddenSize = value['hidden_size'];
      const modelName = value['model_name'] ?? '';
      if (typeof hiddenSize !== 'number' || !Number.isSafeInteger(hiddenSize) || hiddenSize < 1)
        return refuse('hidden_size', 'a whole number above 0');
      return { modelType: text('model_type'), modelName: typeof modelName === 'string' ? modelName : '', hiddenSize };
    },
    refuse,
  };
}
