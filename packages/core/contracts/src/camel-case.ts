/** `reductionFactor` for `reduction_factor`. */
type CamelCase<S extends string> = S extends `${infer First}_${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : S;

/** Options by their own names or in camel case. */
export type EitherSpelling<I> = I & { [K in keyof I as CamelCase<K & string>]?: I[K] };

/** `reductionFactor` for `reduction_factor`, `factorizedPhmW` for `factorized_phm_W`. */
export const camelCase = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
