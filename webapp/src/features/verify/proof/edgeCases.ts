/** y coordinates of the points of small order, little-endian, and the prime of the field. */
const smallOrder = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])

/**
 * Whether these 32 bytes encode a point of small order, or are not a point's one canonical encoding (y not below
 * 2^255-19). No honest key or signature has such a point.
 */
export function isUnusualPoint(encoded: Uint8Array): boolean {
  const y = Array.from(encoded)
  y[31] = (y[31] ?? 0) & 0x7f
  const beyondPrime = y[31] === 0x7f && y.slice(1, 31).every((byte) => byte === 0xff) && (y[0] ?? 0) >= 0xed
  return beyondPrime || smallOrder.has(y.map((byte) => byte.toString(16).padStart(2, '0')).join(''))
}
