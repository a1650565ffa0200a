/** The five languages have the same keys, and each message has the same parameters in all of them. */
import { readFileSync } from 'node:fs'

type Messages = { [key: string]: string | Messages }
const locales = ['en', 'fr', 'es', 'de', 'it']

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

function read(locale: string): Map<string, string> {
  return flatten(JSON.parse(readFileSync(new URL(`../src/locales/${locale}.json`, import.meta.url), 'utf8')))
}

const problems: string[] = []
const reference = read('en')
for (const locale of locales) {
  const messages = read(locale)
  for (const [key, text] of reference) {
    const other = messages.get(key)
    if (other === undefined) problems.push(`${locale}: ${key} is missing`)
    else if (other.trim() === '') problems.push(`${locale}: ${key} is empty`)
    else if (parameters(other) !== parameters(text))
      problems.push(`${locale}: ${key} has other parameters than en`)
    else if (other.split(' | ').length !== text.split(' | ').length)
      problems.push(`${locale}: ${key} has other plurals`)
  }
  for (const key of messages.keys()) if (!reference.has(key)) problems.push(`${locale}: ${key} is not in en`)
}
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exit(1)
