/** A browser and a system by the names people know them by; empty where the text says nothing we understand. */
export function describeUserAgent(userAgent: string): string {
  const browser = first(userAgent, [
    [/\bEdg(e|A|iOS)?\//, 'Edge'],
    [/\bOPR\//, 'Opera'],
    [/\b(Firefox|FxiOS)\//, 'Firefox'],
    [/\b(Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
    [/\bSafari\//, 'Safari'],
    [/^curl\//, 'curl'],
  ])
  const system = first(userAgent, [
    [/\b(iPhone|iPad)\b/, 'iOS'],
    [/\bAndroid\b/, 'Android'],
    [/\bWindows\b/, 'Windows'],
    [/\bMac OS X\b/, 'macOS'],
    [/\bLinux\b/, 'Linux'],
  ])
  return [browser, system].filter(Boolean).join(', ')
}

function first(text: string, candidates: [RegExp, string][]): string {
  return candidates.find(([pattern]) => pattern.test(text))?.[1] ?? ''
}
