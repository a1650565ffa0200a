/** Of what the reader has signed, in the cache of answers. */
export const mySignaturesKey = ['signatures'] as const
