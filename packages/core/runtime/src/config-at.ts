/** How the weights of an encoder's file are stored. */
export type StoredPrecision = 'float32' | 'float16' | 'bfloat16' | 'int8';

/** What `config.json` names our int8, so that a library which does not know it refuses the file and reads no bytes as weights. */
const INT8_ROWS = 'adapterfusion-int8-rows';

/** A configuration that says of its weights what these are: others read them at the precision that it names. */
export function configAt(precision: StoredPrecision, bytes: Uint8Array): Uint8Array {
  const { quantization_config: before, ...config } = JSON.parse(new TextDecoder().decode(bytes)) as {
    [key: string]: unknown;
  };
  const dtype = precision === 'int8' ? 'float32' : precision;
  const wrong = ['torch_dtype', 'dtype'].filter((key) => key in config && config[key] !== dtype);
  if (precision === 'float32' && before === undefined && wrong.length === 0) return bytes;
  for (const key of wrong) config[key] = dtype;
  if (!('torch_dtype' in config || 'dtype' in config)) config['torch_dtype'] = dtype;
  const quantization = precision === 'int8' ? { quantization_config: { quant_method: INT8_ROWS } } : {};
  return new TextEncoder().encode(`${JSON.stringify({ ...config, ...quantization }, null, 2)}\n`);
}
