/** Our path of a tensor of the reference's. */
export function pathOf(name: string): string {
  return name
    .replace(/^bert\./, '')
    .replace(/^heads\.clf\.1\./, 'heads/clf/dense.')
    .replace(/^heads\.clf\.4\./, 'heads/clf/out.')
    .replace(
      /^encoder\.layer\.(\d+)\.output\.adapter_fusion_layer\.mnli,qqp,sst\./,
      'fusions/mnli+qqp+sst/$1/output_adapter/',
    )
    .replace(
      /^encoder\.layer\.(\d+)\.output\.adapters\.mnli\.adapter_down\.0\./,
      'adapters/mnli/$1/output_adapter/down.',
    )
    .replace(/^encoder\.layer\.(\d+)\.output\.adapters\.mnli\.adapter_up\./, 'adapters/mnli/$1/output_adapter/up.');
}
