/**
 * In every area the five languages have the same keys, and each message has the same parameters in all of them. No key
 * is in two areas: they become one tree of messages.
 */
import { readdirSync, readFileSync } from 'node:fs'

type Messages = { [key: string]: string | Messages }
const locales = ['en', 'fr', 'es', 'de', 'it']
const folder = new URL('../src/locales/', import.meta.url)
const areas = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
)

function flatten(messages: Messages, prefix = ''): Map<string, string> {
  const flat = new Map<string, string>()
  for (const [key, value] of Object.entries(messages)) {
    if (typeof value === 'string') flat.set(prefix + key, value)
    else for (const entry of flatten(value, `${prefix}${key}.`)) flat.set(...entry)
  }
  return flat
}

function parameters(message: string): string {
  return [...new Set(message.match(/\{\w+\}/g) ?? [])].sort().join(' ')
}

function read(area: string, locale: string): Map<string, string> {
  return flatten(JSON.parse(readFileSync(new URL(`${area}/${locale}.json`, folder), 'utf8')))
}

const problems: string[] = []
const areaOf = new Map<string, string>()
for (const area of areas) {
  const reference = read(area, 'en')
  for (const key of reference.keys()) {
    const other = areaOf.get(key)
    if (other) problems.push(`${key} is in ${other} and in ${area}`)
    areaOf.set(key, area)
  }
  for (const locale of locales) {
    const file = `${area}/${locale}`
    const messages = read(area, locale)
    for (const [key, text] of reference) {
      const other = messages.get(key)
      if (other === undefined) problems.push(`${file}: ${key} is missing`)
      else if (other.trim() === '') problems.push(`${file}: ${key} is empty`)
      else if (parameters(other) !== parameters(text))
        problems.push(`${file}: ${key} has other parameters than en`)
      else if (other.split(' | ').length !== text.split(' | ').length)
        problems.push(`${file}: ${key} has other plurals`)
    }
    for (const key of messages.keys()) if (!reference.has(key)) problems.push(`${file}: ${key} is not in en`)
  }
}
for (const key of areaOf.keys()) {
  const parts = key.split('.')
  const above = parts.map((_, index) => parts.slice(0, index).join('.')).find((part) => areaOf.has(part))
  if (above) problems.push(`${above} is a message, and has ${key} below it`)
}
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exit(1)
